"""What is kept of this visit, in words; a copy of it; and its end."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from attune_settings import settings
from content.bootstrap import Content
from content.choosing.arms import assign_arm
from content.errors import DatabaseError, RecordError
from content.records.recorder import Recorder
from content.types import Arm
from ui.app.setup import IN_THE_LOG
from ui.app.state import session
from ui.live.state import LiveState, Source
from ui.look.words import counted, percent, sentence

_log = logging.getLogger(__name__)

RECORDS = (
    "which is linked to nothing else: what was chosen and why, for how long it was in view, your taps, and "
    "the expression of that moment as seven numbers."
)


def retention_words(retention: timedelta | None) -> str:
    """For how long records are kept."""
    if retention is None:
        return "until somebody deletes them"
    return f"{counted(retention.days, 'day')}, then they are deleted"


def arm_words(state: LiveState, session_id: str) -> str:
    """Whether this visit follows the expression, and why some do not."""
    share = settings().control_share
    if state.source is Source.DEMO:
        return "What shows follows the expression that you pick."
    if share <= 0:
        return "What shows follows your expression, as on every visit."
    arm, _ = assign_arm(session_id, share)
    yours = (
        "Yours is one of them: what shows does not follow your expression."
        if arm is Arm.CONTROL
        else "Yours is not one of them: what shows follows your expression."
    )
    return f"{percent(share)} of the visits with a camera are drawn by chance, for comparison. {yours}"


def corrections_words(state: LiveState) -> str:
    """What the page has learned about this viewer's face."""
    resting = "measured" if state.calibration.has_baseline else "not measured"
    said = sentence(counted(state.calibration.corrections, "correction"))
    return f"Your resting face: {resting}. {said} by “That’s not how I look”."


def data_html(state: LiveState, session_id: str, content: Content, records: int | None) -> str:
    """All that is known about this visit and for how long."""
    number = f"<b>{records:,}</b> so far" if records is not None else "not readable at the moment"
    code = f"<code>{session_id[:8]}</code>"
    rows = (
        ("Pictures", "None, ever. The camera’s pictures are read in memory and are gone at once."),
        ("Records", f"{number}, under the random number {code}, {RECORDS}"),
        ("Kept for", f"{retention_words(content.retention)}."),
        ("Comparison", arm_words(state, session_id)),
        ("Only until you close the page", corrections_words(state)),
    )
    listed = "".join(f"<dt>{name}</dt><dd>{words}</dd>" for name, words in rows)
    return f'<dl class="at-data" data-testid="your-data">{listed}</dl>'


@st.fragment
def your_data(content: Content | None, on_deleted: Callable[[str], None]) -> None:
    """The button and what opens from it: what is kept, a copy of it, and its end.

    Args:
        content: with the recorder; None while nothing can be shown at all.
        on_deleted: called with what was deleted, in words.
    """
    # No dialog: Streamlit (1.67) closes one at the next tick of another fragment.
    place = st.popover(
        "Your data", icon=":material/shield_person:", key="your-data", width="stretch", on_change="rerun"
    )
    if not place.open:
        session().page(LiveState).delete_asked = False
        return
    with place, st.container(key="your-data-body"):
        _show(content, on_deleted)


def _show(content: Content | None, on_deleted: Callable[[str], None]) -> None:
    state, session_id = session().page(LiveState), session().session_id
    recorder = content.recorder if content is not None else None
    if content is None or recorder is None:
        st.info(f"Nothing is recorded at the moment, so there is nothing to show. {IN_THE_LOG}")
        return
    kept: dict[str, object] | None = None
    try:
        kept = recorder.export_session(session_id)
    except (DatabaseError, RecordError) as error:
        _log.error("The records of a visit cannot be read: %s", error)
        st.warning(f"Your records wait on this server and cannot be read at the moment. {IN_THE_LOG}")
    count = None if kept is None else sum(len(rows) for rows in kept.values() if isinstance(rows, list))
    _actions(state, recorder, kept, on_deleted)
    st.html(data_html(state, session_id, content, count))
    if state.log is not None and state.log.problem:
        st.warning(f"The last records could not be kept. {IN_THE_LOG}")


def _actions(
    state: LiveState,
    recorder: Recorder,
    kept: dict[str, object] | None,
    on_deleted: Callable[[str], None],
) -> None:
    """First, so that they are in view however low the window is."""
    copy, end = st.columns(2)
    copy.download_button(
        "Export my session",
        json.dumps(kept, indent=2) if kept is not None else "",
        file_name=f"attune-session-{session().session_id[:8]}.json",
        mime="application/json",
        icon=":material/download:",
        key="export-session",
        on_click="ignore",
        disabled=kept is None,
        width="stretch",
    )
    if not state.delete_asked:
        end.button(
            "Delete my session",
            icon=":material/delete:",
            key="delete-session",
            on_click=_ask,
            args=(state, True),
            width="stretch",
        )
        return
    st.html(
        '<p class="at-text" data-testid="delete-question">Delete all records of this visit for good? '
        "The visit ends with it.</p>"
    )
    yes, no = st.columns(2)
    if yes.button("Yes, delete", type="primary", key="delete-yes", width="stretch"):
        delete(recorder, state, on_deleted)
    no.button("Keep it", key="delete-no", on_click=_ask, args=(state, False), width="stretch")


def _ask(state: LiveState, asked: bool) -> None:
    state.delete_asked = asked


def delete(recorder: Recorder, state: LiveState, on_deleted: Callable[[str], None]) -> None:
    """Deletes this session's records, or says why that is not possible."""
    try:
        count = recorder.delete_session(session().session_id)
    except (DatabaseError, RecordError) as error:
        _log.error("The records of a visit cannot be deleted: %s", error)
        st.error(f"Your records could not be deleted. Please try again in a moment. {IN_THE_LOG}")
        return
    on_deleted(f"{sentence(counted(count, 'record'))} deleted. Nothing is kept about your visit any more.")
