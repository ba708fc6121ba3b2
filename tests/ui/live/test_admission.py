"""Places for viewers, and the line before them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.live.site import WAIT_S, Site, wait_for
from tests.ui.pages import html
from ui.app.state import new_session
from ui.live import socket, waiting
from ui.live.admission import Admission, admission
from ui.live.link import Link
from ui.live.state import LiveState

OpenApp = Callable[[], AppTest]


def link_of(app: AppTest) -> Link:
    kept = app.session_state["attune"].page(LiveState)
    assert isinstance(kept, LiveState)
    return kept.link


def demo(app: AppTest) -> AppTest:
    return app.button(key="demo").click().run()


def links(count: int) -> list[Link]:
    return [Link() for _ in range(count)]


def test_without_a_limit_everybody_has_a_place_and_nobody_is_counted() -> None:
    doors = Admission(0)
    assert all(doors.ask(link) and doors.has_place(link) for link in links(100))
    assert not doors._inside and not doors._waiting


def test_who_waited_longest_gets_the_place_and_is_woken() -> None:
    doors = Admission(2)
    a, b, c, d = links(4)
    woken: list[str] = []
    c.attach("c", lambda: woken.append("c"))
    d.attach("d", lambda: woken.append("d"))
    assert [doors.ask(link) for link in (a, b, c, d, c)] == [True, True, False, False, False]
    assert [doors.before(link) for link in (a, b, c, d)] == [None, None, 0, 1]
    doors.leave(a)
    assert woken == ["c"]
    assert doors.ask(c) and not doors.ask(d) and doors.before(d) == 0
    # Whoever comes now does not get past those who wait.
    doors.leave(b)
    assert woken == ["c", "d"] and not doors.ask(a) and doors.has_place(d)


def test_who_leaves_the_line_is_not_waited_for() -> None:
    doors = Admission(1)
    a, b, c = links(3)
    for link in (a, b, c):
        doors.ask(link)
    doors.leave(b)
    assert doors.before(c) == 0
    doors.leave(a)
    doors.leave(a)
    assert doors.has_place(c) and not doors._waiting


def test_who_was_inside_before_comes_first() -> None:
    doors = Admission(1)
    inside, new, back = links(3)
    doors.ask(inside)
    doors.ask(new)
    assert not doors.ask(back, ahead=True)
    assert (doors.before(back), doors.before(new)) == (0, 1)


def test_a_crowd_at_once_gets_exactly_as_many_places_as_there_are() -> None:
    doors = Admission(7)
    crowd = links(60)
    threads = [threading.Thread(target=doors.ask, args=(link,)) for link in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(doors.has_place(link) for link in crowd) == 7
    assert sorted(before for link in crowd if (before := doors.before(link)) is not None) == list(range(53))


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (None, "A place is free. The page goes on now."),
        (0, "You are next."),
        (1, "1 person waits before you."),
        (2, "2 people wait before you."),
    ],
)
def test_the_page_says_how_many_are_before_it(before: int | None, said: str) -> None:
    assert waiting.said(before) == said


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Admission]:
    monkeypatch.setenv("ATTUNE_MAX_VIEWERS", "1")
    admission.cache_clear()
    yield admission()
    admission.cache_clear()


def test_the_page_waits_and_goes_on_when_the_other_viewer_ends(
    one_place: Admission, open_app: OpenApp
) -> None:
    first, second = open_app(), open_app()
    demo(first)
    demo(second)
    assert 'data-testid="waiting"' in html(second) and "You are next." in html(second)
    assert 'data-testid="mood"' not in html(second)
    assert waiting.news(link_of(second))["changed"] == 0
    first.button(key="stop").click().run()
    assert waiting.news(link_of(second)) | {"beat": 0} == {
        "beat": 0,
        "changed": 1,
        "line": waiting.said(None),
    }
    second.run()
    assert not second.exception
    assert 'data-testid="mood"' in html(second) and 'data-testid="waiting"' not in html(second)


def test_the_notice_and_other_pages_need_no_place(one_place: Admission, open_app: OpenApp) -> None:
    first = open_app()
    demo(first)
    assert 'data-testid="notice"' in html(open_app())
    first.switch_page("pages/model.py").run()
    assert not one_place.has_place(link_of(first))


def test_waiting_can_be_stopped(one_place: Admission, open_app: OpenApp) -> None:
    first, second = open_app(), open_app()
    demo(first)
    demo(second)
    second.button(key="stop-waiting").click().run()
    assert 'data-testid="notice"' in html(second)
    assert one_place.before(link_of(second)) is None


def test_a_page_that_is_away_gives_its_place_away(one_place: Admission) -> None:
    viewer = new_session()
    link = viewer.page(LiveState).link
    assert one_place.ask(link)
    viewer.leave()
    assert not one_place.has_place(link)


def test_a_page_that_is_closed_frees_its_place_at_once_and_the_next_is_told(one_place: Admission) -> None:
    site = Site()
    inside, next_in_line = links(2)
    for link in (inside, next_in_line):
        site.links.admit(link)
        one_place.ask(link)
    next_in_line.tell, next_in_line.every_s = lambda: waiting.news(next_in_line), 3600.0
    try:
        with site.connect(inside.token) as page, site.connect(next_in_line.token) as waits:
            wait_for(lambda: inside.is_connected)
            assert json.loads(waits.recv(timeout=WAIT_S))["line"] == "You are next."
            page.close(code=socket.PAGE_LEFT)
            assert json.loads(waits.recv(timeout=WAIT_S))["changed"] == 1
        assert one_place.has_place(next_in_line)
    finally:
        site.stop()
