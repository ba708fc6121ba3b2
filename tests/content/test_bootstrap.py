import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from attune_settings import SettingsError
from content import bootstrap
from content.bootstrap import (
    EMPTY_CATALOG,
    REFRESH_ANYWAY_S,
    RETRY_AFTER_S,
    SPOOL_RETRY_S,
    STARTER_FOLDER,
    Content,
    load_starter_once,
    open_content,
    read_starter_catalog,
)
from content.catalog.editing import ItemForm
from content.choosing.eligibility import History
from content.database import file_stamps, open_engine, writing
from content.errors import DatabaseError, StarterCatalogError
from content.types import Kind, PickContext, Status
from tests.content.builders import ad, media, moment, rng, theme
from tests.content.hand import Hand, hand
from tests.content.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
STARTER = (ad("ad-one"), media("media-one"), theme("theme-one"))


@pytest.fixture
def starter(tmp_path) -> Path:
    return write_starter(tmp_path / "starter", STARTER)


def write_starter(folder: Path, items) -> Path:
    folder.mkdir(exist_ok=True)
    forms = [ItemForm.from_item(i).model_dump(mode="json") for i in items]
    (folder / "starter.json").write_text(json.dumps({"items": forms}))
    return folder


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def open_at(url, tmp_path, starter, clock=None) -> Content:
    content = open_content(url, tmp_path / "media", starter_dir=starter)
    if clock is not None:
        content.close()
        content = Content(
            open_engine(url),
            content.assets,
            starter_folder=starter,
            spool_folder=tmp_path / "spool",
            clock=clock,
        )
    return content


def test_a_new_database_gets_the_starter_catalog(database_url, tmp_path, starter):
    content = open_at(database_url, tmp_path, starter)
    assert content.problem is None
    assert content.catalog().items == STARTER
    assert content.store.load() is content.catalog()
    content.close()


def test_what_was_deleted_stays_deleted(database_url, tmp_path, starter):
    content = open_at(database_url, tmp_path, starter)
    for item in STARTER:
        hand(content).delete(item.item_id)
    content.close()
    write_starter(starter, [*STARTER, ad("newer")])
    again = open_at(database_url, tmp_path, starter)
    assert again.catalog().items == ()
    assert again.problem == EMPTY_CATALOG
    again.close()


def test_a_database_with_items_is_not_added_to(engine, store, starter):
    store.create(ad("mine"))
    assert load_starter_once(engine, starter) is False
    assert [i.item_id for i in store.load().items] == ["mine"]


def test_the_starter_is_loaded_once(engine, store, starter):
    assert load_starter_once(engine, starter) is True
    assert load_starter_once(engine, starter) is False
    assert store.load().items == STARTER


@pytest.mark.slow
def test_processes_that_start_at_once_make_one_catalog(database_url, tmp_path, starter):
    program = (
        "import sys; from pathlib import Path; from content.bootstrap import open_content\n"
        "sys.stdin.readline()\n"
        "content = open_content(sys.argv[1], Path(sys.argv[2]), starter_dir=Path(sys.argv[3]))\n"
        "print(content.problem, len(content.catalog().items))"
    )
    arguments = [sys.executable, "-c", program, database_url, str(tmp_path / "media"), str(starter)]
    starts = [
        subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(3)
    ]
    for process in starts:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=120) for process in starts]
    assert [out for out, _ in ends] == ["None 3\n"] * 3, ends


def test_pages_choose_from_it(database_url, tmp_path, starter):
    content = open_at(database_url, tmp_path, starter)
    decision = content.picker.pick(Kind.AD, PickContext(None), History(), moment(0.0), rng())
    assert decision.item_id == "ad-one"
    hand(content).save(ad("ad-one", title="Edited"), 1)
    decision = content.picker.pick(Kind.AD, PickContext(None), History(), moment(1.0), rng())
    assert (decision.item_version, decision.catalog_version) == (2, content.store.version())
    content.close()


def test_settings_name_database_and_media_folder(tmp_path, starter, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'set.db'}")
    monkeypatch.setenv("ATTUNE_MEDIA_DIR", str(tmp_path / "set-media"))
    content = open_content(starter_dir=starter)
    assert (tmp_path / "set.db").exists()
    content.assets.add((STARTER_FOLDER.parent.parent / "tests/content/pixel.png").read_bytes())
    assert len(list((tmp_path / "set-media").iterdir())) == 1
    content.close()


def test_a_start_sweeps_uploads_that_no_row_refers_to_any_more(database_url, tmp_path, starter):
    content = open_at(database_url, tmp_path, starter)
    pixel = (STARTER_FOLDER.parent.parent / "tests/content/pixel.png").read_bytes()
    shown, unsaved, poster, broken, typed, given_up = (content.assets.add(pixel) for _ in range(6))
    content.store.keep_unsaved("new.1", "ann", media("typed", asset=typed))
    content.store.keep_unsaved("new.2", "ann", media("given-up", asset=given_up))
    hand(content).create(media("mine", asset=shown))
    hand(content).create(media("draft", status=Status.DRAFT, asset=replace(shown, poster=poster.location)))
    hand(content).create(media("broken", asset=broken))
    with writing(open_engine(database_url)) as connection:
        connection.execute(text("UPDATE items SET kind = 'film' WHERE item_id = 'broken'"))
        connection.execute(
            text("UPDATE unsaved SET kept_at_utc = '2020-01-01 00:00:00' WHERE place = 'new.2'")
        )
    content.close()
    for asset in (shown, unsaved, poster, broken, typed, given_up):
        os.utime(content.assets.path(asset), (0, 0))
    again = open_at(database_url, tmp_path, starter)
    assert again.assets.path(unsaved) is None and again.assets.path(given_up) is None
    assert all(again.assets.path(a) for a in (shown, poster.location, broken, typed))
    assert set(again.store.unsaved("ann")) == {"new.1"}
    again.close()


def test_a_sweep_that_fails_stops_nothing(tmp_path, starter, caplog):
    (tmp_path / "media" / ".catalog").mkdir(parents=True)
    content = open_at(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, starter)
    assert content.problem is None
    assert "tidy up" in caplog.text
    content.close()


def test_a_broken_database_leaves_the_app_running_and_a_mended_one_is_taken_up(
    tmp_path, starter, clock, caplog
):
    path = tmp_path / "x.db"
    path.write_bytes(b"this is no database" * 99)
    with caplog.at_level(logging.ERROR):
        content = open_at(f"sqlite:///{path}", tmp_path, starter, clock)
        content.catalog()
    assert content.catalog().items == ()
    assert "not a database" in content.problem
    assert (
        len([r for r in caplog.records if "not a database" in r.message and r.name == "content.bootstrap"])
        <= 2
    )
    with pytest.raises(DatabaseError):
        content.store.load()
    path.unlink()
    assert "not a database" in content.problem
    clock.now_s += RETRY_AFTER_S
    assert content.catalog().items == STARTER
    assert content.problem is None


def test_a_database_whose_files_stay_the_same_is_not_asked(tmp_path, starter, clock, monkeypatch):
    monkeypatch.setattr(bootstrap, "REFRESH_S", 0.01)
    url = f"sqlite:///{tmp_path / 'x.db'}"
    content, other = open_at(url, tmp_path, starter, clock), Hand(open_engine(url))
    asked, looked = [], []
    version = content.store.version
    monkeypatch.setattr(content.store, "version", lambda: asked.append(1) or version())
    monkeypatch.setattr(bootstrap, "file_stamps", lambda engine: looked.append(1) or file_stamps(engine))
    content.recent_catalog()
    wait_until(lambda: len(looked) > 20)
    assert len(asked) == 2

    other.create(ad("new"))
    wait_until(lambda: content.recent_catalog().get("new") is not None)
    seen = len(looked)
    wait_until(lambda: len(looked) > seen + 20)
    before, seen = len(asked), len(looked)
    wait_until(lambda: len(looked) > seen + 20)
    assert len(asked) == before

    # Commits within a tick of the clock may leave the files alike: now and then it is asked all the same.
    before = len(asked)
    clock.now_s += REFRESH_ANYWAY_S
    content.recent_catalog()
    wait_until(lambda: len(asked) > before)
    content.close()


def test_the_last_good_catalog_goes_on_while_the_database_is_away(tmp_path, starter, clock):
    path = tmp_path / "x.db"
    content = open_at(f"sqlite:///{path}", tmp_path, starter, clock)
    good = content.catalog()
    content.close()
    for part in tmp_path.glob("x.db*"):
        part.rename(part.with_name("away-" + part.name))
    path.mkdir()
    assert content.catalog() is good
    assert "unable to open" in content.problem
    path.rmdir()
    for part in tmp_path.glob("away-*"):
        part.rename(part.with_name(part.name.removeprefix("away-")))
    assert content.catalog() is good
    clock.now_s += RETRY_AFTER_S
    assert content.catalog().items == good.items
    assert content.problem is None


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (None, "No such file"),
        ("{", "Invalid JSON"),
        ('{"items": [{"item_id": "a"}]}', "items.0.kind"),
        ('{"items": {}}', "items"),
        ('{"items": [], "more": 1}', "more"),
    ],
)
def test_a_broken_starter_catalog_is_named_and_the_app_goes_on(tmp_path, written, says):
    folder = tmp_path / "starter"
    folder.mkdir()
    if written is not None:
        (folder / "starter.json").write_text(written)
    with pytest.raises(StarterCatalogError, match=says):
        read_starter_catalog(folder)
    content = open_at(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, folder)
    assert says in content.problem
    hand(content).create(ad("mine"))
    assert content.catalog().get("mine") is not None
    assert content.problem is None
    content.close()
    mended = open_at(f"sqlite:///{tmp_path / 'y.db'}", tmp_path, write_starter(folder, STARTER))
    assert mended.problem is None
    mended.close()


def test_a_new_database_that_cannot_be_written_is_named(tmp_path, starter):
    path = tmp_path / "x.db"
    content = open_content(f"sqlite:///file:{path}?mode=ro&uri=true", tmp_path, starter_dir=starter)
    assert "unable to open" in content.problem
    assert content.catalog().items == ()


def test_a_page_never_waits_for_another_ones_database(tmp_path, starter):
    content = open_at(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, starter)
    good = content.catalog()
    hand(content).create(ad("new"))
    with content._lock:
        assert content.catalog() is good
    assert content.catalog().get("new") is not None
    content.close()


def test_rows_that_cannot_be_read_are_named_and_the_others_show(tmp_path, starter):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    content = open_at(url, tmp_path, starter)
    with writing(open_engine(url)) as connection:
        connection.execute(text("UPDATE items SET kind = 'film' WHERE item_id = 'ad-one'"))
        connection.execute(text("UPDATE catalog_state SET version = version + 1"))
    assert [i.item_id for i in content.catalog().items] == ["media-one", "theme-one"]
    assert content.problem.endswith("unusable rows for 'ad-one'.")
    hand(content).delete("ad-one")
    content.catalog()
    assert content.problem is None
    content.close()


# -- the recorder ------------------------------------------------------------------------------------------


def test_the_recorder_is_one_and_its_spool_belongs_to_the_database(tmp_path, starter, monkeypatch):
    monkeypatch.setenv("ATTUNE_SPOOL_DIR", str(tmp_path / "waiting"))
    names = set()
    for name in ("one", "two"):
        content = open_content(f"sqlite:///{tmp_path / name}.db", tmp_path / "media", starter_dir=starter)
        assert content.recorder is not None and content.recorder is content.recorder
        content.close()
        names |= {p.name for p in (tmp_path / "waiting").glob("*.db")}
    assert len(names) == 2


def test_a_spool_that_cannot_be_opened_is_said_and_tried_again(tmp_path, starter, clock):
    blocked = tmp_path / "waiting"
    blocked.write_text("a file where a folder should be")
    opened = open_content(f"sqlite:///{tmp_path / 'a.db'}", tmp_path / "media", starter_dir=starter)
    content = Content(
        open_engine(f"sqlite:///{tmp_path / 'a.db'}"), opened.assets, spool_folder=blocked, clock=clock
    )
    opened.close()
    assert content.recorder is None and str(blocked) in content.recording_problem
    assert content.today(content.catalog(), moment(0)) == {}
    blocked.unlink()
    assert content.recorder is None, "not at every tick"
    clock.now_s += SPOOL_RETRY_S
    assert content.recorder is not None and content.recording_problem is None
    content.close()


@pytest.mark.parametrize(("raw", "days"), [("", 90), ("30", 30), ("0", None)])
def test_records_are_kept_for_as_long_as_the_setting_says(raw, days, tmp_path, starter, monkeypatch):
    monkeypatch.setenv("ATTUNE_RETENTION_DAYS", raw)
    content = open_at(f"sqlite:///{tmp_path / 'a.db'}", tmp_path, starter)
    assert content.retention == (None if days is None else timedelta(days=days))
    content.close()


def test_a_wrong_setting_opens_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "nonsense://")
    with pytest.raises(SettingsError, match=r"DATABASE_URL: Expected .* Received: "):
        open_content()
    # What the app alone reads is not asked for here.
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("ATTUNE_ICE_SERVERS", "nonsense")
    open_content().close()
