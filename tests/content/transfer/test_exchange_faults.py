"""A process that dies in the middle of an import leaves the catalog as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from content.bootstrap import open_content
from content.media.assets import SWEEP_AFTER, AssetStore
from content.transfer.exchange import export_zip, plan_import, read_catalog_file
from tests.content import builders
from tests.content.hand import hand
from tests.content.media_files import picture

ROOT = Path(__file__).resolve().parents[3]

DYING = """
import os, re, signal, sys
from sqlalchemy import Engine, event
from content.cli import main

@event.listens_for(Engine, "after_cursor_execute")
def die(connection, cursor, statement, *rest):
    if re.match(sys.argv[1], statement):
        os.kill(os.getpid(), signal.SIGKILL)

main(["import", sys.argv[2], "--replace"])
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("statement", ["UPDATE catalog_state", "DELETE FROM items", "INSERT INTO items", ""])
def test_kill_during_an_import(database_url, tmp_path, statement) -> None:
    theirs = AssetStore(tmp_path / "theirs", tmp_path)
    shown = builders.media("shown", asset=theirs.add(picture()))
    file = tmp_path / "catalog.zip"
    export_zip(builders.catalog(shown, builders.ad("changed", weight=2.0)), theirs, file)
    content = open_content(database_url, tmp_path / "media")
    gone = content.store.load().items
    hand(content).save_many(created=[builders.ad("changed")])
    before = content.store.load()
    environ = {**os.environ, "DATABASE_URL": database_url, "ATTUNE_MEDIA_DIR": str(tmp_path / "media")}
    # Without a statement the import goes through: it is the killing that makes the difference.
    program = [sys.executable, "-c", DYING, statement or "never", str(file)]
    done = subprocess.run(program, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    after = content.store.load()
    if not statement:
        assert done.returncode == 0, done.stderr
        assert [item.item_id for item in after.items] == ["changed", "shown"]
        content.close()
        return
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert after == before
    assert not content.store.history("shown")
    # The file that was kept first is no item's, and the sweep finds it a day later.
    [orphan] = content.assets.listing()
    assert content.assets.sweep({f"media/{orphan.name}"}, "this catalog", datetime.now(UTC)) == ()
    later = datetime.now(UTC) + SWEEP_AFTER + timedelta(minutes=1)
    assert content.assets.sweep(set(), "this catalog", later) == (orphan.name,)
    # The same import goes through afterwards.
    with read_catalog_file(file) as bundle:
        plan = plan_import(bundle, after, content.assets, replace=True)
    assert len(plan.deleted) == len(gone)
    assert [c.after for c in plan.changed] == [replace(builders.ad("changed"), weight=2.0)]
    content.close()
