"""What is kept about this visit, a copy of it to download, and its deletion."""

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
from ui.app.fragment import fragment
from ui.app.setup import IN_THE_LOG
from ui.app.state import session
from ui.live.state import LiveState, Source
from ui.look.html import Markup, render
from ui.look.places import place
from ui.look.words import counted, percent, sentence

_log = logging.getLogger(__name__)


def retention_words(retention: timedelta | None) -> str:
    """For how long records are kept."""
    if retention is None:
        return "until somebody deletes them"
    return f"{counted(retention.days, 'day')}, then they are deleted"


def arm_words(state: LiveState, session_id: str) -> str:
    """Whether this visit follows the expression, and why some do not."""
    share = settings().control_share
    if state.source is Source.DEMO:
        return "Content follows the expression that you pick."
    if share <= 0:
        return "Content follows your expression, as on every visit."
    arm, _ = assign_arm(session_id, share)
    yours = (
        "Yours is one of them: content does not follow your expression."
        if arm is Arm.CONTROL
        else "Yours is not one of them: content follows your expression."
    )
    return f"{percent(share)} of the visits with a camera show random content, for comparison. {yours}"


def corrections_words(state: LiveState) -> str:
    """What the page has learned about this viewer's face."""
    resting = "measured" if state.calibration.has_baseline else "not measured"
    said = sentence(counted(state.calibration.corrections, "correction"))
    return f"Your resting face: {resting}. {said} by “That’s not how I look”."


def data_html(state: LiveState, session_id: str, content: Content, records: int | None) -> Markup:
    """All that is kept about this visit, and for how long.

    Args:
        state: whose visit.
        session_id: its random number.
        content: for how long records are kept.
        records: how many there are; None where they cannot be read.
    """
    return render(
        "live/your_data.html",
        records=records,
        number=session_id[:8],
        retention=retention_words(content.retention),
        comparison=arm_words(state, session_id),
        corrections=corrections_words(state),
    )


@fragment()
def your_data(content: Content | None, on_deleted: Callable[[str], None]) -> None:
    """The button and what opens from it: what is kept, a copy of it, and the button that deletes it.

    Args:
        content: with the recorder; None while nothing can be shown at all.
        on_deleted: called with what was deleted, in words.
    """
    # No dialog: Streamlit (1.67) closes one at the next tick of another fragment.
    state = session().page(LiveState)
    if state.page_is_late:
        st.rerun()
    popover = st.popover(
        "Your data", icon=":material/shield_person:", key="your-data", width="stretch", on_change="rerun"
    )
    if not popover.open:
        _ask(state, False)
        return
    with popover, st.container(key="your-data-body"):
        _show(content, on_deleted)


def _show(content: Content | None, on_deleted: Callable[[str], None]) -> None:
    state, session_id = session().page(LiveState), session().session_id
    recorder = content.recorder if content is not None else None
    if content is None or recorder is None:
        st.info(f"**Nothing is recorded right now**, so there is nothing to show. {IN_THE_LOG}")
        return
    kept: dict[str, object] | None = None
    unread_place = place()
    try:
        kept = recorder.export_session(session_id)
    except (DatabaseError, RecordError) as error:
        _log.error("The records of a visit cannot be read: %s", error)
        unread_place.warning(f"**Your records cannot be read right now.** They are kept. {IN_THE_LOG}")
    count = None if kept is None else sum(len(rows) for rows in kept.values() if isinstance(rows, list))
    _actions(state, recorder, kept, on_deleted)
    st.html(data_html(state, session_id, content, count))
    unsaved_place = place()
    if state.log is not None and state.log.problem:
        unsaved_place.warning(f"**The last records are not saved yet.** The page tries again. {IN_THE_LOG}")


def _actions(
    state: LiveState,
    recorder: Recorder,
    kept: dict[str, object] | None,
    on_deleted: Callable[[str], None],
) -> None:
    """The buttons stand first, so that they are in view however low the window is."""
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
    ask_place, question_place = end.empty(), place()
    if not state.delete_asked:
        ask_place.button(
            "Delete my session",
            icon=":material/delete:",
            key="delete-session",
            on_click=_ask,
            args=(state, True),
            width="stretch",
        )
        return
    with question_place.container():
        st.html(render("live/delete_question.html"))
        yes, no = st.columns(2)
        yes.button(
            "Yes, delete",
            type="primary",
            key="delete-yes",
            on_click=delete,
            args=(recorder, state, on_deleted),
            width="stretch",
        )
        no.button("Keep them", key="delete-no", on_click=_ask, args=(state, False), width="stretch")

        if state.delete_failed:
            st.error(f"**Nothing was deleted.** Try again in a moment. {IN_THE_LOG}")


def _ask(state: LiveState, asked: bool) -> None:
    state.delete_asked, state.delete_failed = asked, False


def delete(recorder: Recorder, state: LiveState, on_deleted: Callable[[str], None]) -> None:
    """Deletes this session's records, or has the page say that it was not possible."""
    try:
        count = recorder.delete_session(session().session_id)
    except (DatabaseError, RecordError) as error:
        _log.error("The records of a visit cannot be deleted: %s", error)
        state.delete_failed = True
        return
    on_deleted(f"{sentence(counted(count, 'record'))} deleted. Nothing is kept about your visit any more.")
