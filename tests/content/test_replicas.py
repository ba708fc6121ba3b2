"""Two processes on one database: what one has shown counts for the other."""

import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from content.bootstrap import Content, open_assets
from content.choosing.eligibility import History
from content.database import migrate, open_engine
from content.records.impressions import EventName, ImpressionEvent, record_of
from content.types import Kind, Moment
from tests.content.builders import ad, context, rng
from tests.content.hand import Hand

ROOT = Path(__file__).resolve().parents[2]
OTHER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from content.bootstrap import open_content
from content.choosing.eligibility import History
from content.types import Kind, Moment, PickContext
import numpy as np

content = open_content(sys.argv[1], Path(sys.argv[2]))
now = Moment(time.monotonic(), datetime.now(UTC))
today = content.today(content.catalog(), now)
rng, viewer = np.random.default_rng(1), PickContext(None, today=today)
picks = {content.picker.pick(Kind.AD, viewer, History(), now, rng).item_id for _ in range(40)}
print(sorted(today.items()), sorted(picks))
content.close()
"""


def show(content: Content, times: int, *, wanted: str) -> None:
    """Shows that item so often here, as a page does, and has it recorded."""
    now = Moment(10.0, datetime.now(UTC))
    for n in range(times):
        pick = (content.picker.pick(Kind.AD, context(None), History(), now, rng(n + k)) for k in range(100))
        decision = next(one for one in pick if one.item_id == wanted)
        record = record_of(decision, uuid.uuid4().hex, "hall")
        seen = ImpressionEvent(
            uuid.uuid4().hex, uuid.uuid4().hex, record.decision_id, record.session_id, EventName.IMPRESSION,
            now.at_utc, 1000,
        )  # fmt: skip
        content.recorder.record([record, seen])
    content.recorder.flush()


@pytest.mark.slow
@pytest.mark.parametrize(("shown", "picks"), [(2, "['capped', 'free']"), (3, "['free']")])
def test_a_daily_cap_holds_for_all_processes_together(database_url, tmp_path, monkeypatch, shown, picks):
    monkeypatch.setenv("ATTUNE_SPOOL_DIR", str(tmp_path / "other-spool"))
    engine = open_engine(database_url)
    migrate(engine)
    content = Content(engine, open_assets(tmp_path / "media"), spool_folder=tmp_path / "spool")
    store = Hand(engine)
    store.save_many(deleted={item.item_id: None for item in store.load().items})
    store.create(replace(ad("capped"), daily_cap=3))
    store.create(ad("free"))
    content.catalog()
    show(content, shown, wanted="capped")
    told = subprocess.run(
        [sys.executable, "-c", OTHER, database_url, str(tmp_path / "media")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == f"[('capped', {shown})] {picks}\n"
    content.close()
