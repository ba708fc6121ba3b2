"""What happens to the catalog when disk, server or process give way: all of a change is kept, or nothing."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, event, insert, inspect, text

from content.bootstrap import RETRY_AFTER_S, Content, open_content
from content.database import _alembic, migrate, open_engine
from content.errors import (
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
)
from content.tables import items
from tests.content.builders import ad, media, old_row
from tests.content.hand import Hand, hand

ROOT = Path(__file__).resolve().parents[3]
BULKY = "Words that fill a page of the database. " * 14
EDITORS = 20
ROUNDS = 3


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process of its own, spoken to by lines."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *(str(a) for a in arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


# -- killed in the middle ------------------------------------------------------------------------------

STOP_AFTER = """
import sys
from sqlalchemy import event
from content.database import migrate, open_engine
from tests.content.hand import Hand
from tests.content.builders import ad
engine = open_engine(sys.argv[1])
@event.listens_for(engine, "after_cursor_execute")
def wait_here(connection, cursor, statement, *rest):
    if statement.strip().startswith(sys.argv[2]):
        print("half", flush=True)
        sys.stdin.read()
"""
SAVE = "Hand(engine).save(ad('a', title='Half'), 1)"
IMPORT = (
    "Hand(engine).save_many([ad('a', title='Half')], deleted={'b': None},"
    " created=[ad(f'new-{n}') for n in range(3000)])"
)


def kill_at(statement: str, program: str, url: str) -> None:
    """Run the program until that statement is done, then kill it as ``kill -9`` does."""
    with start(STOP_AFTER + program, url, statement) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.kill()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "statement"),
    [
        (SAVE, "UPDATE catalog_state"),
        (SAVE, "UPDATE items"),
        (SAVE, "INSERT INTO revisions"),
        (IMPORT, "INSERT INTO items"),
        (IMPORT, "INSERT INTO revisions"),
    ],
    ids=["save counted", "saved", "save told", "imported", "import told"],
)
def test_a_process_killed_in_a_change_leaves_nothing_of_it(database_url, store, program, statement):
    store.save_many(created=[ad("a"), ad("b")])
    before, history = store.load(), store.history()
    kill_at(statement, program, database_url)
    assert store.load() is before
    assert store.history() == history
    # And nobody waits for the dead.
    assert store.save(ad("a", title="After"), 1).version == 2


@pytest.mark.slow
@pytest.mark.parametrize("delay_s", [0.0, 0.6])
def test_a_process_killed_at_any_time_leaves_all_of_an_import_or_nothing(database_url, store, delay_s):
    program = (
        "import sys\n"
        "from content.database import open_engine\n"
        "from tests.content.hand import Hand\n"
        "from tests.content.builders import ad\n"
        "store = Hand(open_engine(sys.argv[1]))\n"
        "for n in range(1000):\n"
        "    new = [ad(f'new-{n}-{m}') for m in range(400)]\n"
        "    print('go', flush=True)\n"
        "    store.save_many(created=new)\n"
    )
    with start(program, database_url) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        time.sleep(delay_s)
        process.kill()
    found = Counter(i.item_id.split("-")[1] for i in store.load().items)
    assert set(found.values()) <= {400}
    assert store.version() == len(found)
    assert len(store.history(limit=10**6)) == 400 * len(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement", ["CREATE TABLE drafts", "INSERT INTO revisions", "UPDATE alembic_version"]
)
def test_a_process_killed_in_a_migration_leaves_the_database_as_it_was(database_url, statement):
    engine = open_engine(database_url)
    old = [ad("a"), media("b")]
    with engine.begin() as connection:
        command.upgrade(_alembic(connection), "0002")
        connection.execute(insert(items), [old_row(item, n) for n, item in enumerate(old)])
    kill_at(statement, "migrate(engine)", database_url)
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0002"
        assert not {"revisions", "drafts"} & set(inspect(connection).get_table_names())
        assert len(connection.execute(text("SELECT item_id FROM items")).all()) == 2
    migrate(engine)
    store = Hand(engine)
    assert list(store.load().items) == old
    assert [r.item for r in reversed(store.history())] == old
    engine.dispose()


# -- no room -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_full_disk_is_named_and_nothing_is_half(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    migrate(open_engine(url))
    room = 200
    engine = open_engine(url)

    @event.listens_for(engine, "connect")
    def little_room(connection, _record) -> None:
        connection.execute(f"PRAGMA max_page_count = {room}")

    store = Hand(engine)
    store.create(ad("a"))
    before, history = store.load(), store.history()
    with pytest.raises(DatabaseFullError, match=r"Expected room.*Received: database or disk is full"):
        store.save_many([ad("a", title="Half")], created=[ad(f"n-{n}", body=BULKY) for n in range(2000)])
    assert store.load() is before
    assert store.history() == history
    engine.dispose()
    room = 10**6
    assert len(store.save_many(created=[ad(f"n-{n}", body=BULKY) for n in range(2000)])) == 2000
    engine.dispose()


def test_a_disk_that_refuses_to_write_is_named_and_nothing_is_half(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    engine = open_engine(url)
    migrate(engine)
    store = Hand(engine)
    store.create(ad("a"))
    before = store.load()
    # The kernel itself refuses: no file of this process may grow beyond 300 kB.
    program = (
        "import resource, sys\n"
        "from content.database import open_engine\n"
        "from content.errors import ContentError\n"
        "from tests.content.hand import Hand\n"
        "from tests.content.builders import ad\n"
        "store = Hand(open_engine(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try:\n"
        "    store.save_many(created=[ad(f'n-{n}', body=sys.argv[2]) for n in range(1000)])\n"
        "except ContentError as error:\n"
        "    print(type(error).__name__, error)\n"
        "print(len(store.load().items), store.save(ad('a', title='Small'), 1).version)\n"
    )
    out, _ = start(program, url, BULKY).communicate(timeout=120)
    refused, small = out.splitlines()
    assert refused.startswith(("DatabaseUnavailableError Expected a disk", "DatabaseFullError Expected room"))
    assert "Received: " in refused
    assert small == "1 2"
    assert store.load().items == (replace(before.items[0], title="Small", version=2),)
    assert len(store.history()) == 2
    engine.dispose()


def test_a_server_without_room_is_named_and_nothing_is_half(postgres_server):
    engine = open_engine(postgres_server.new_address())
    migrate(engine)
    store = Hand(engine)
    store.create(ad("a"))
    before, history = store.load(), store.history()
    # The server says by itself what it would say if its disk had filled up at this row.
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; "
                "END $$"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER full_disk BEFORE INSERT ON revisions FOR EACH ROW "
                "WHEN (NEW.item_id = 'n-1500') EXECUTE FUNCTION full_disk()"
            )
        )
    with pytest.raises(DatabaseFullError, match="Received: could not extend file"):
        store.save_many([ad("a", title="Half")], created=[ad(f"n-{n}") for n in range(2000)])
    assert store.load() is before
    assert store.history() == history
    engine.dispose()


def test_a_file_damaged_in_mid_session_leaves_the_catalog_and_a_backup_is_taken_up(tmp_path):
    now_s = 0.0
    path = tmp_path / "x.db"
    opened = open_content(f"sqlite:///{path}", tmp_path / "media")
    opened.close()
    backup = path.read_bytes()
    content = Content(
        open_engine(f"sqlite:///{path}"), opened.assets, spool_folder=tmp_path / "spool", clock=lambda: now_s
    )
    good = content.catalog()
    content.close()
    path.write_bytes(backup[:4096] + b"\xee" * (len(backup) - 4096))
    assert content.catalog() is good
    assert "put a backup in its place" in content.problem
    with pytest.raises(DatabaseCorruptError):
        hand(content).create(ad("new"))
    content.close()
    path.write_bytes(backup)
    now_s += RETRY_AFTER_S
    assert content.catalog() == good
    assert content.problem is None
    assert hand(content).create(ad("new")).version == 1
    content.close()


# -- PostgreSQL's own ----------------------------------------------------------------------------------


def test_a_postgres_that_another_writer_holds_is_named(postgres_server, monkeypatch):
    monkeypatch.setattr("content.database.BUSY_TIMEOUT_S", 0.2)
    url = postgres_server.new_address()
    engine, other = open_engine(url), create_engine(url)
    migrate(engine)
    store = Hand(engine)
    with other.connect() as holder:
        holder.execute(text("UPDATE catalog_state SET version = version"))
        with pytest.raises(DatabaseBusyError, match=r"try again\. Received: .*lock timeout") as caught:
            store.create(ad("a"))
        assert postgres_server.password not in str(caught.value)
        assert store.load().items == ()
    store.create(ad("a"))
    engine.dispose()
    other.dispose()


def test_a_postgres_that_may_only_be_read_is_named(postgres_server):
    url = postgres_server.new_address()
    engine = open_engine(url)
    migrate(engine)
    Hand(engine).create(ad("a"))
    engine.dispose()
    engine = open_engine(f"{url}%20-cdefault_transaction_read_only%3Don")
    migrate(engine)
    store = Hand(engine)
    with pytest.raises(DatabaseReadOnlyError, match="changes cannot be saved"):
        store.create(ad("b"))
    with pytest.raises(DatabaseReadOnlyError):
        store.save_draft(ad("a", title="New"))
    assert store.load().items == (ad("a"),)
    engine.dispose()


@pytest.mark.parametrize("without_warning", [False, True], ids=["stopped", "crashed"])
def test_a_server_that_goes_and_comes_back_in_mid_session(mortal_server, tmp_path, without_warning):
    now_s = 0.0
    url = mortal_server.new_address()
    opened = open_content(url, tmp_path / "media")
    opened.close()
    content = Content(open_engine(url), opened.assets, spool_folder=tmp_path / "spool", clock=lambda: now_s)
    item = hand(content).save(replace(content.catalog().items[0], title="Before"), 1)
    good = content.catalog()

    mortal_server.stop(without_warning=without_warning)
    assert content.catalog() is good
    assert "Received: " in content.problem
    assert mortal_server.password not in content.problem
    with pytest.raises(DatabaseUnavailableError) as caught:
        hand(content).save(replace(item, title="Lost"), item.version)
    assert mortal_server.password not in str(caught.value)
    now_s += RETRY_AFTER_S
    assert content.catalog() is good

    mortal_server.start()
    assert content.catalog() is good  # not asked again yet
    now_s += RETRY_AFTER_S
    assert content.catalog() == good
    assert content.problem is None
    saved = hand(content).save(replace(item, title="After"), item.version)
    assert content.catalog().get(item.item_id) == saved
    content.close()


def test_an_editors_save_is_taken_up_by_a_server_that_came_back(mortal_server):
    engine = open_engine(mortal_server.new_address())
    migrate(engine)
    store = Hand(engine)
    store.create(ad("a"))
    mortal_server.stop()
    mortal_server.start()
    # The pool's old connections are dead; nobody is told, as nothing was lost.
    assert store.save(ad("a", title="New"), 1).version == 2
    engine.dispose()


# -- many at once --------------------------------------------------------------------------------------

EDITOR = """
import sys, threading, json
from dataclasses import replace
from content.database import open_engine
from content.errors import ConflictError, ContentError, DatabaseBusyError
from tests.content.hand import Hand
from tests.content.builders import ad
url, process, threads, rounds = sys.argv[1], *map(int, sys.argv[2:])
store = Hand(open_engine(url))
told, failed = [], []
def try_until_done(change):
    while True:
        try:
            return change()
        except (ConflictError, DatabaseBusyError) as error:
            told.append(str(error))
def count_up():
    current = store.load().get("shared")
    changed = replace(current, body=str(int(current.body) + 1))
    return store.save(changed, current.version, author=threading.current_thread().name)
def edit(me):
    try:
        mine = try_until_done(lambda: store.create(ad(me), author=me))
        for n in range(rounds):
            try_until_done(count_up)
            mine = try_until_done(lambda: store.save(replace(mine, title=f"{me} {n}"), mine.version))
    except BaseException as error:
        failed.append(repr(error))
editors = [threading.Thread(target=edit, args=(n,), name=n) for n in
           (f"editor-{process}-{t}" for t in range(threads))]
print("ready", flush=True)
sys.stdin.readline()
for editor in editors: editor.start()
for editor in editors: editor.join()
print(json.dumps({"told": told, "failed": failed}))
"""


@pytest.mark.slow
def test_twenty_editors_at_once_lose_no_update_and_none_fails_without_a_message(database_url, store):
    store.create(ad("shared", body="0"))
    processes = [start(EDITOR, database_url, p, EDITORS // 4, ROUNDS) for p in range(4)]
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        ends = [json.loads(process.communicate(timeout=240)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [end["failed"] for end in ends] == [[]] * 4
    assert all("Received: " in message for end in ends for message in end["told"])

    shared = store.load().get("shared")
    assert (shared.body, shared.version) == (str(EDITORS * ROUNDS), EDITORS * ROUNDS + 1)
    saves = store.history("shared", limit=1000)[-2::-1]
    # Each save began from the one before it: nobody's was written over.
    assert [(c.field, c.before, c.after) for r in saves for c in r.changes] == [
        ("body", str(n), str(n + 1)) for n in range(EDITORS * ROUNDS)
    ]
    assert set(Counter(r.author for r in saves).values()) == {ROUNDS}
    own = [i for i in store.load().items if i.item_id != "shared"]
    assert len(own) == EDITORS
    assert {(i.version, i.title) for i in own} == {(ROUNDS + 1, f"{i.item_id} {ROUNDS - 1}") for i in own}


def test_editors_of_one_draft_at_once_lose_no_draft(store):
    store.create(ad("a"))
    store.load()
    kept: list[str] = []
    refused: list[DatabaseError] = []

    def draft(name: str) -> None:
        try:
            kept.append(store.save_draft(ad("a", title=name), name).author)
        except Exception as error:  # noqa: BLE001
            refused.append(error)

    editors = [threading.Thread(target=draft, args=(f"editor-{n}",)) for n in range(8)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert len(kept) == 1
    assert [type(error).__name__ for error in refused] == ["DraftConflictError"] * 7
    assert store.drafts()["a"].author == kept[0]
