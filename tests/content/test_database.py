import shutil
import sqlite3
import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.config import main as alembic
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from content.database import (
    MIGRATIONS,
    _alembic,
    _alone,
    _known,
    _switch_to_wal,
    migrate,
    open_engine,
    reading,
    shown_url,
    writing,
)
from content.errors import (
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    DatabaseVersionError,
)
from content.tables import metadata
from tests.content.builders import ad
from tests.content.hand import Hand


def test_the_migrations_make_the_tables_that_the_code_expects(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(engine):
    Hand(engine).create(ad("a"))
    migrate(engine)
    assert Hand(engine).load().get("a") == ad("a")


def test_migrations_are_one_line_of_steps():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_alembic_itself_works_on_the_database_of_the_setting(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    alembic([*("-c", str(MIGRATIONS / "alembic.ini")), "upgrade", "head"])
    engine = open_engine(url)
    assert Hand(engine).load().items == ()
    engine.dispose()
    alembic([*("-c", str(MIGRATIONS / "alembic.ini")), "downgrade", "base"])
    with pytest.raises(DatabaseUnavailableError, match="no such table"):
        Hand(open_engine(url)).load()


def test_what_was_read_before_readers_were_told_apart_was_read_on_the_server(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    configured = [*("-c", str(MIGRATIONS / "alembic.ini"))]
    alembic([*configured, "upgrade", "0006"])
    engine = open_engine(url)
    before = {"read": "m@1", "picked": ""}
    with writing(engine) as connection:
        for name, model in before.items():
            connection.execute(
                text(
                    "INSERT INTO decisions VALUES (:name, 's', 'hall', 'ad', 'tea', 1, 1, :model, 'best', "
                    "'mood', 1, 1, 'match', 0, 1, 'happy', NULL, '[]', 0, '2026-01-01 00:00:00')"
                ),
                {"name": name, "model": model},
            )
            connection.execute(
                text(
                    "INSERT INTO impressions (impression_id, decision_id, session_id, site, slot, item_id, "
                    "arm, mood, started_at_utc, visible_ms, quarters, clicks, likes, dislikes, skips) "
                    "VALUES (:name, :name, 's', 'hall', 'ad', 'tea', 'mood', 'happy', "
                    "'2026-01-01 00:00:00', 0, 0, 0, 0, 0, 0)"
                ),
                {"name": name},
            )
    migrate(engine)
    for table in ("decisions", "impressions"):
        with reading(engine) as connection:
            found = connection.execute(text(f"SELECT decision_id, reader FROM {table}")).all()
        assert dict(map(tuple, found)) == {"read": "server", "picked": None}
    engine.dispose()


def test_items_from_before_there_were_tags_have_none_and_lose_nothing(database_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    configured = [*("-c", str(MIGRATIONS / "alembic.ini"))]
    alembic([*configured, "upgrade", "head"])
    engine = open_engine(database_url)
    Hand(engine).create(ad("tea", tags=("Sale",)))
    engine.dispose()
    alembic([*configured, "downgrade", "0009"])
    alembic([*configured, "upgrade", "head"])
    engine = open_engine(database_url)
    store = Hand(engine)
    assert store.load().items == (ad("tea"),)
    store.save(ad("tea", tags=("Lobby",)), 1)
    assert store.load().items[0].tags == ("Lobby",)
    engine.dispose()


def test_sqlite_is_set_up_for_readers_beside_a_writer(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'x.db'}")
    migrate(engine)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5000
    store = Hand(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE catalog_state SET version = 77"))
        assert store.version() == 0
    assert store.version() == 77
    engine.dispose()


def test_a_failed_migration_leaves_nothing(engine, monkeypatch):
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE catalog_state"))
        connection.execute(text("DELETE FROM alembic_version"))
    # `items` is in the way of the first migration, which has made `catalog_state` by then.
    with pytest.raises(DatabaseUnavailableError, match="items"):
        migrate(engine)
    with reading(engine) as connection:
        assert not engine.dialect.has_table(connection, "catalog_state")
        assert MigrationContext.configure(connection).get_current_revision() is None


def newer(engine, *, needs):
    """As a newer version of the app leaves the database."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE deployment SET needs_revision = :needs"), {"needs": needs})


def test_a_newer_database_that_needs_a_newer_app_is_left_alone(engine):
    running = Hand(engine)
    newer(engine, needs="9998")
    with pytest.raises(DatabaseVersionError, match=r"update the app\. Received: 9998"):
        migrate(engine)
    # Nor does a process go on that was there before.
    with pytest.raises(DatabaseVersionError, match="update the app"):
        running.load()
    with pytest.raises(DatabaseVersionError, match="update the app"):
        running.create(ad("a"))


def test_a_newer_database_that_older_apps_can_use_is_used_and_not_migrated(engine):
    newer(engine, needs="0011")
    migrate(engine)
    Hand(engine).create(ad("a"))
    assert Hand(engine).load().get("a") == ad("a")
    with reading(engine) as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "9999"


def test_each_migration_says_whether_older_apps_can_go_on():
    scripts = ScriptDirectory(str(MIGRATIONS))
    asked = [s for s in scripts.walk_revisions() if s.revision >= "0011"]
    assert [
        s.revision for s in asked if not isinstance(getattr(s.module, "older_apps_work", None), bool)
    ] == []


def test_a_migration_without_which_an_app_cannot_go_on_is_noted(tmp_path, monkeypatch):
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    step = "revision = {!r}\ndown_revision = {!r}\nolder_apps_work = {}\ndef upgrade():\n    pass\n"
    (folder / "versions" / "next.py").write_text(step.format("next", head, False))
    (folder / "versions" / "last.py").write_text(step.format("last", "next", True))
    monkeypatch.setattr("content.database.MIGRATIONS", folder)
    _known.cache_clear()
    migrate(engine)
    monkeypatch.undo()
    _known.cache_clear()
    # The app of today against the database of the one after next.
    with pytest.raises(DatabaseVersionError, match="Received: next"):
        migrate(engine)
    engine.dispose()


@pytest.mark.parametrize("stage", ["empty", "0008"])
def test_who_starts_while_another_process_migrates_waits_for_it(database_url, stage, monkeypatch):
    first = open_engine(database_url)
    # As long as others wait for a writer is too short for a migration. (PostgreSQL's client takes no such
    # time for a connection; its lock is given it later.)
    if first.dialect.name == "sqlite":
        monkeypatch.setattr("content.database.BUSY_TIMEOUT_S", 0.05)
    second = open_engine(database_url)
    monkeypatch.setattr("content.database.BUSY_TIMEOUT_S", 0.05)
    if stage != "empty":
        with first.begin() as connection:
            command.upgrade(_alembic(connection), stage)
    waiter = threading.Thread(target=migrate, args=[second], daemon=True)
    if first.dialect.name == "sqlite":
        _switch_to_wal(first)
    with _alone(first) as connection:
        waiter.start()
        waiter.join(0.5)
        assert waiter.is_alive()
        command.upgrade(_alembic(connection), "head")
    waiter.join(60)
    assert not waiter.is_alive()
    assert Hand(second).load().items == ()
    for engine in (first, second):
        engine.dispose()


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_named(tmp_path, content):
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseCorruptError, match=r"x\.db.*Received: file is not a database"):
        migrate(open_engine(f"sqlite:///{path}"))


def test_a_damaged_database_is_named(tmp_path):
    path = tmp_path / "x.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    Hand(engine).save_many(created=[ad(f"a{n}", body="x" * 500) for n in range(100)])
    engine.dispose()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xee" * (len(whole) - 4096))
    with pytest.raises(DatabaseCorruptError, match="Received: "):
        Hand(open_engine(f"sqlite:///{path}")).load()


def test_a_read_only_database_is_read_and_the_refusal_to_write_is_named(tmp_path):
    path = tmp_path / "x.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    Hand(engine).create(ad("a"))
    engine.dispose()
    engine = open_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    migrate(engine)
    store = Hand(engine)
    assert store.load().get("a") == ad("a")
    with pytest.raises(DatabaseReadOnlyError, match="changes cannot be saved"):
        store.create(ad("b"))
    engine.dispose()


def test_a_locked_database_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("content.database.BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "x.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(DatabaseBusyError, match=r"try again\. Received: database is locked"):
            Hand(engine).create(ad("a"))
        assert Hand(engine).load().items == ()
    finally:
        other.close()
    Hand(engine).create(ad("a"))
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("no address", "Expected a database's address as"),
        ("oracle9://x/y", "Expected an installed driver"),
        ("mysql+nodriver://x/y", "Expected an installed driver"),
    ],
)
def test_an_address_that_is_none_is_named(url, says):
    with pytest.raises(DatabaseUnavailableError, match=says):
        open_engine(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseUnavailableError, match="Expected a folder"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'x.db'}")


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path):
    engine = open_engine(f"postgresql+psycopg://me:secret@/name?host={tmp_path}")
    with pytest.raises(DatabaseUnavailableError, match="Received: ") as caught:
        migrate(engine)
    assert "secret" not in str(caught.value)
    assert "secret" not in shown_url(engine)


def test_a_password_among_the_options_is_not_told_either(tmp_path):
    engine = open_engine(f"postgresql+psycopg://me@/name?host={tmp_path}&password=secret")
    with pytest.raises(DatabaseUnavailableError, match="Received: ") as caught:
        migrate(engine)
    assert "secret" not in str(caught.value)


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    with pytest.raises(DatabaseUnavailableError, match="unable to open"):
        migrate(open_engine(f"sqlite:///{tmp_path}"))
