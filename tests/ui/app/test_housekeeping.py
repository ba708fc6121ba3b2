"""What runs for a viewer who has left ends, and its memory is given back at a quiet moment."""

from __future__ import annotations

import ctypes
import gc
import logging
import subprocess
import sys
import weakref
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.runtime import AsyncObjects, Runtime
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from ui.app import housekeeping, presence, state
from ui.app.housekeeping import LATEST_S, SESSION_KEPT_S, SETTLED_S, Housekeeper, give_back
from ui.app.state import AWAY_S, PageState, new_session


class House:
    """A housekeeper whose clock is moved by hand.

    Attributes:
        cleaned: when it gave memory back.
        left: what it ended.
    """

    def __init__(self) -> None:
        self.now_s = 0.0
        self.cleaned: list[float] = []
        self.left: list[str] = []
        self.keeper = Housekeeper(lambda: self.cleaned.append(self.now_s), lambda: self.now_s)

    def begin(self, name: str, *, until_s: float, is_stream: bool = False) -> None:
        self.keeper.watch(lambda: self.now_s < until_s, lambda: self.left.append(name), is_stream=is_stream)

    def run(self, until_s: float) -> None:
        while self.now_s < until_s:
            self.now_s += 1.0
            self.keeper.look()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    # The thread looks by itself; here the test does.
    monkeypatch.setattr(Housekeeper, "_run", lambda self: None)
    return House()


def test_what_is_not_needed_any_more_ends_once(house: House) -> None:
    house.begin("page", until_s=10)
    house.run(9)
    assert house.left == []
    house.run(60)
    assert house.left == ["page"]


def test_memory_is_given_back_when_all_has_settled_and_again_when_the_session_has_expired(
    house: House,
) -> None:
    house.begin("page", until_s=10)
    house.run(300)
    assert house.cleaned == [10 + SETTLED_S, 10 + SETTLED_S + SESSION_KEPT_S]
    assert not house.keeper.look(), "nothing is left to wait for"


def test_no_collection_falls_into_a_stream(house: House) -> None:
    house.begin("page", until_s=10)
    house.begin("camera", until_s=100, is_stream=True)
    house.run(99)
    assert house.cleaned == []
    house.run(101)
    assert len(house.cleaned) == 1


def test_a_screen_whose_camera_never_stops_is_collected_for_all_that(house: House) -> None:
    house.begin("kiosk", until_s=10_000, is_stream=True)
    house.begin("page", until_s=10)
    house.run(2000)
    assert house.cleaned[0] == 10 + SETTLED_S + LATEST_S


def test_one_that_cannot_be_ended_does_not_keep_the_next_from_ending(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ValueError("no")

    house.keeper.watch(lambda: False, broken)
    house.begin("page", until_s=0)
    with caplog.at_level(logging.ERROR):
        house.run(1)
    assert house.left == ["page"]
    assert "could not be ended" in caplog.text


def test_the_thread_ends_when_nothing_is_left_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(housekeeping, "SETTLED_S", 0.0)
    monkeypatch.setattr(housekeeping, "SESSION_KEPT_S", 0.0)
    keeper = Housekeeper(lambda: None)
    left: list[str] = []
    for name in ("one", "two"):
        keeper.watch(lambda: False, partial(left.append, name))
        thread = keeper._thread
        if thread is not None:
            thread.join(60)
        assert keeper._thread is None
    assert left == ["one", "two"]


def test_circles_are_collected_though_the_collector_rests() -> None:
    class Circle:
        def __init__(self) -> None:
            self.me = self

    gc.disable()
    try:
        gone = weakref.ref(Circle())
        assert gone() is not None
        give_back()
        assert gone() is None
    finally:
        gc.enable()


def test_sessions_whose_time_is_over_are_let_go_by_the_server_s_own_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the installed Streamlit's own storage and manager; what is private in them is where we look."""
    storage = MemorySessionStorage(ttl_seconds=0)
    manager = WebsocketSessionManager(storage, *[None] * 4)  # type: ignore[arg-type]
    session: Any = SimpleNamespace(id="gone")
    storage._cache["gone"] = session
    called: list[str] = []

    def call_soon_threadsafe(work: Any) -> None:
        called.append("server")
        work()

    assert "eventloop" in AsyncObjects._fields and hasattr(Runtime, "_get_async_objs")
    objects = SimpleNamespace(eventloop=SimpleNamespace(call_soon_threadsafe=call_soon_threadsafe))
    server = SimpleNamespace(_session_mgr=manager, _get_async_objs=lambda: objects)
    monkeypatch.setattr(
        housekeeping, "runtime", SimpleNamespace(exists=lambda: True, get_instance=lambda: server)
    )
    assert storage._cache._data  # type: ignore[attr-defined]
    give_back()
    assert not storage._cache._data  # type: ignore[attr-defined]
    assert called == ["server"]


def test_a_page_that_is_away_lets_go_and_is_watched_again_when_it_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Page(PageState):
        left = 0

        def leave(self) -> None:
            Page.left += 1

    sessions = {"me"}
    monkeypatch.setattr(state, "housekeeper", house.keeper)
    monkeypatch.setattr(state, "runtime", SimpleNamespace(exists=lambda: True))
    monkeypatch.setattr(presence, "exists", lambda: True)
    monkeypatch.setattr(
        presence, "get_instance", lambda: SimpleNamespace(is_active_session=sessions.__contains__)
    )
    monkeypatch.setattr(
        state, "presence", lambda after_s: presence.Presence("me", lambda: house.now_s, after_s)
    )
    viewer = new_session()
    viewer.page(Page)
    for turn in (1, 2):
        sessions.add("me")
        viewer.begin_run()
        viewer.begin_run()
        house.run(house.now_s + 20)
        assert Page.left == turn - 1
        sessions.clear()
        house.run(house.now_s + AWAY_S - 1)
        assert Page.left == turn - 1, "a short break is no leaving"
        house.run(house.now_s + 10)
        assert Page.left == turn


COUNT_HEAPS = """
import ctypes, sys, threading
from ui.app.housekeeping import keep_heaps_small
if sys.argv[1] == "tuned":
    keep_heaps_small()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.tmpfile.restype = ctypes.c_void_p, ctypes.c_void_p
together = threading.Barrier(12)
def allocate():
    together.wait()
    [libc.malloc(50_000) for _ in range(20)]
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
told, length = ctypes.c_void_p(), ctypes.c_size_t()
libc.open_memstream.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.open_memstream(ctypes.byref(told), ctypes.byref(length)))
libc.malloc_info(0, stream)
libc.fflush(stream)
print(ctypes.string_at(told, length.value).count(b"<heap "))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="only glibc has heaps for threads")
def test_many_threads_share_few_heaps() -> None:
    def heaps(how: str) -> int:
        ran = subprocess.run([sys.executable, "-c", COUNT_HEAPS, how], capture_output=True, check=True)
        return int(ran.stdout)

    assert heaps("tuned") <= housekeeping.FEW_HEAPS < heaps("untuned")


FIND_LARGE_BLOCK = """
import ctypes, sys
from ui.app.housekeeping import keep_heaps_small
if sys.argv[1] == "tuned":
    keep_heaps_small()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
libc.free(libc.malloc(30 << 20))
# glibc knows blocks with a place of their own by a bit in the eight bytes before them.
block = libc.malloc(4 << 20)
print(ctypes.c_size_t.from_address(block - 8).value & 2)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="only glibc can be tuned like this")
def test_a_large_block_has_a_place_of_its_own_after_a_larger_one_was_freed() -> None:
    def in_own_place(how: str) -> bool:
        ran = subprocess.run([sys.executable, "-c", FIND_LARGE_BLOCK, how], capture_output=True, check=True)
        return bool(int(ran.stdout))

    assert in_own_place("tuned")
    assert not in_own_place("untuned")
