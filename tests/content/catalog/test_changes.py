"""A change that one process makes is told to all; what cannot be told is asked for."""

import queue

import pytest
from sqlalchemy import text

from content.bootstrap import Content, open_assets
from content.catalog.changes import Changes
from content.database import can_listen, migrate, open_engine
from tests.content.builders import ad
from tests.content.hand import Hand
from tests.content.waiting import SOON_S, wait_until


@pytest.fixture
def postgres_url(postgres_server):
    return postgres_server.new_address()


@pytest.fixture
def here(postgres_url):
    """This process's engine; the other process's is another one."""
    engine = open_engine(postgres_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def told(here):
    """What is told here, from the first moment on."""
    heard: queue.Queue[bool] = queue.Queue()
    changes = Changes(here, lambda: heard.put(True))
    changes.begin()
    heard.get(timeout=SOON_S)
    yield heard
    changes.close()


def test_a_change_in_another_process_is_told(told, postgres_url):
    other = open_engine(postgres_url)
    Hand(other).create(ad("a"))
    assert told.get(timeout=SOON_S)
    other.dispose()


def test_after_a_lost_connection_it_listens_again_and_says_so(told, here, caplog):
    with here.begin() as connection:
        ended = connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
        ).all()
    assert ended
    assert told.get(timeout=SOON_S)
    assert "looked for every second" in caplog.text
    Hand(here).create(ad("a"))
    assert told.get(timeout=SOON_S)


def test_sqlite_tells_nothing(engine):
    assert can_listen(engine) == (engine.dialect.name == "postgresql")


def test_pages_have_the_change_without_asking_for_it(here, postgres_url, tmp_path):
    content = Content(
        open_engine(postgres_url),
        open_assets(tmp_path / "media"),
        spool_folder=tmp_path / "spool",
    )
    content._changes.begin()
    wait_until(lambda: content._changes.is_on)
    Hand(here).create(ad("new"))
    wait_until(lambda: content.recent_catalog().get("new") is not None)
    assert content._refresher is None
    content.close()
