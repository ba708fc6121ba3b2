"""Two processes on one database behind each of the proxies that are shipped; one of them is killed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, create_engine, func, select

from content.bootstrap import spool_name
from content.records.recorder import encode
from content.records.spool import Spool
from content.tables import decisions, events, impressions
from content.types import Strategy
from tests.browser.conftest import AppServer, start_app, stop_app
from tests.browser.live_page import pick
from tests.browser.proxies import caddy, nginx
from tests.content.records.builders import a_decision
from tests.postgres import PostgresServer, postgres_for_test
from ui.look.words import STRATEGIES

LIFT = STRATEGIES[Strategy.LIFT]
Proxy = Callable[..., AbstractContextManager[str]]


class Replicas:
    """Two apps, ``a`` and ``b``, that share a database and the folder of uploads."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self._folder = folder
        self._shared = {"DATABASE_URL": database_url, "ATTUNE_MEDIA_DIR": str(folder / "media")}
        self.engine: Engine = create_engine(database_url)
        self.servers: dict[str, AppServer] = {}

    @property
    def urls(self) -> list[str]:
        return [self.servers[name].url for name in ("a", "b")]

    def start(self, name: str) -> None:
        """Starts one, or starts it again."""
        before = self.servers.get(name)
        port = before.port if before else None
        # The name of the place tells who has decided.
        environ = {**self._shared, "ATTUNE_SITE": name}
        self.servers[name] = start_app(self._folder / name, environ, port=port)

    def kill(self, name: str) -> None:
        """Ends one without warning."""
        self.servers[name].process.kill()
        self.servers[name].process.wait()

    def leave_waiting(self, name: str) -> str:
        """A decision on its disk that has not reached the database; returns the visit that it is of."""
        spool = Spool(self.servers[name].folder / "spool" / spool_name(self.engine))
        visit = uuid.uuid4().hex
        decision = a_decision(uuid.uuid4().hex, visit, decided_at_utc=datetime.now(UTC))
        spool.put([(visit, encode(decision))])
        spool.close()
        return visit

    def decided(self) -> list[tuple[str, str]]:
        """Visit and place of each decision, in order."""
        query = select(decisions.c.session_id, decisions.c.site).order_by(decisions.c.decided_at_utc)
        with self.engine.connect() as connection:
            return [(row.session_id, row.site) for row in connection.execute(query)]

    def close(self) -> None:
        self.engine.dispose()
        for server in self.servers.values():
            stop_app(server)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = postgres_for_test()
    yield server
    server.close()


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Replicas]:
    both = Replicas(tmp_path_factory.mktemp("replicas"), postgres.new_address())
    try:
        for name in ("a", "b"):
            both.start(name)
        yield both
    finally:
        both.close()


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "portrait.png"
    Image.fromarray(skimage.data.astronaut()).save(path)
    return path


def upload(page: Page, site: str, photo: Path) -> None:
    """An upload goes to the process that waits for it, and its picture comes from there."""
    page.goto(f"{site}/photo")
    page.locator('input[type="file"]').set_input_files(photo)
    expect(page.get_by_test_id("photo-mood")).to_have_attribute("data-mood", "happy")


@pytest.mark.parametrize("proxy", [caddy, nginx])
def test_a_visit_goes_on_in_the_other_replica_when_its_own_is_killed(
    page: Page, replicas: Replicas, proxy: Proxy, portrait: Path, tmp_path: Path
) -> None:
    with proxy(tmp_path / "proxy", *replicas.urls) as site:
        page.goto(site)
        page.locator(".st-key-demo button").click()
        pick(page, "Happy")
        page.get_by_role("radio", name=LIFT).click()
        mood, link = page.get_by_test_id("mood"), page.locator("html[data-attune-link=open]")
        expect(mood).to_have_attribute("data-mood", "happy")
        expect(link).to_be_attached()
        other = page.context.new_page()
        upload(other, site, portrait)
        visit, first = replicas.decided()[-1]

        replicas.kill(first)
        expect(page.locator("html[data-attune-link=closed]")).to_be_attached()
        expect(link).to_be_attached()
        expect(mood).to_have_attribute("data-mood", "happy")
        expect(page.get_by_role("radio", name=LIFT)).to_be_checked()
        second = "b" if first == "a" else "a"
        # The same visit, decided upon by the other one; and what is uploaded now goes there too.
        page.wait_for_function("() => document.querySelector('.at-feedback[data-decision-id]') !== null")
        upload(other, site, portrait)
        while (visit, second) not in replicas.decided():
            page.wait_for_timeout(200)

        # The one that was killed comes back: nobody is moved again. What it has on its disk is in the
        # database before anybody visits it.
        waiting = replicas.leave_waiting(first)
        replicas.start(first)
        while waiting not in [visit for visit, _ in replicas.decided()]:
            page.wait_for_timeout(200)
        upload(other, site, portrait)
        expect(link).to_be_attached()
    with replicas.engine.connect() as connection:
        for table, key in ((impressions, impressions.c.impression_id), (events, events.c.event_id)):
            rows, distinct = connection.execute(
                select(func.count(), func.count(key.distinct())).select_from(table)
            ).one()
            assert rows == distinct


def test_what_waits_is_in_the_database_when_a_replica_has_stopped(replicas: Replicas) -> None:
    waiting = replicas.leave_waiting("a")
    stop_app(replicas.servers["a"])
    assert waiting in [visit for visit, _ in replicas.decided()]
