"""The live socket on a real server: who may connect, what may be sent, and what a browser is told.

The server runs in this process, with the options that Streamlit gives it, so that tests may look into links.
"""

from __future__ import annotations

import json
import socket as sockets
import threading
import time
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from emotion.labels import EMOTIONS, Emotion
from emotion.types import Problem, SmoothingOptions
from tests.ui.live.site import WAIT_S, Site, ending, say, wait_for
from ui.app.limits import Allowance
from ui.app.state import new_session
from ui.live import socket
from ui.live.device_feed import DeviceFeed
from ui.live.link import LOOKS_A_SECOND, MOST_SOCKETS, SLOWEST_S, Link, Links, links
from ui.live.state import LiveState
from ui.live.wire import LATE_S, MOST_EVENTS, MOST_FACES, Batch, Reading, SentClock


def face(emotion: Emotion = Emotion.HAPPY, **changes: Any) -> dict[str, Any]:
    shares = [0.02] * len(EMOTIONS)
    shares[emotion.index] = 0.88
    return {"box": [100, 80, 120, 120, 0.9], "p": shares} | changes


def reading(at_ms: float = 1000.0, **changes: Any) -> dict[str, Any]:
    return {"at": at_ms, "sent": at_ms + 40, "size": [320, 240], "faces": [face()], "frame": None} | changes


@pytest.fixture
def feed(link: Link) -> DeviceFeed:
    return DeviceFeed(link, SmoothingOptions(), model_version="fake@1")


def frames(feed: DeviceFeed) -> int:
    snapshot = feed.snapshot(time.monotonic())
    return snapshot.frames_analyzed if snapshot is not None else 0


def wait_for_frames(feed: DeviceFeed, count: int) -> None:
    wait_for(lambda: frames(feed) == count)


def test_another_mood_is_told_at_once(link: Link, feed: DeviceFeed) -> None:
    woken_at: list[int] = []
    moods: list[Emotion | None] = []
    began_s = time.monotonic()
    for tenth, emotion in enumerate([Emotion.HAPPY] * 10 + [Emotion.SAD] * 20):
        at_s = began_s + tenth / 10
        link.attach("socket", lambda tenth=tenth: woken_at.append(tenth))  # type: ignore[misc]
        feed.take(Reading.model_validate(reading(1000.0 + 100 * tenth, faces=[face(emotion)])), at_s)
        snapshot = feed.snapshot(at_s)
        moods.append(snapshot.mood.dominant if snapshot is not None else None)
    changes = [n for n, (before, after) in enumerate(pairwise([None, *moods])) if before is not after]
    assert woken_at == changes
    assert [moods[n] for n in changes] == [Emotion.HAPPY, Emotion.SAD]


class TestWhoMayConnect:
    def test_a_page_of_this_site_with_its_token(self, site: Site, link: Link, feed: DeviceFeed) -> None:
        with site.connect(link.token, origin=f"http://{site.host}") as client:
            say(client, reading())
            wait_for(lambda: frames(feed) == 1)
            assert link.is_connected
        wait_for(lambda: not link.is_connected)

    def test_no_page_of_another_site(self, site: Site, link: Link) -> None:
        elsewhere = site.connect(link.token, origin="https://evil.example")
        with pytest.raises(InvalidStatus) as refused, elsewhere:
            pass
        assert refused.value.response.status_code == 403

    @pytest.mark.parametrize(
        "hello", ['{"token": ', '{"token": 7}', "{}", '{"token": "x", "as": "admin"}', "[]"]
    )
    def test_nobody_who_does_not_say_a_token(self, site: Site, hello: str) -> None:
        with site.connect() as client:
            say(client, hello)
            assert ending(client) == socket.NO_HELLO

    def test_nobody_who_says_nothing(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(socket, "HELLO_WITHIN_S", 0.05)
        with site.connect() as client:
            assert ending(client) == socket.NO_HELLO

    def test_nobody_with_a_forged_token(self, site: Site, link: Link, feed: DeviceFeed) -> None:
        with site.connect(link.token[:-1] + "!") as client:
            say(client, reading())
            assert ending(client) == socket.NO_PERMISSION
        assert frames(feed) == 0

    def test_nobody_whose_session_has_ended(self, site: Site) -> None:
        link = Link()
        before = site.links.admit(link)
        with site.connect(before) as client:
            wait_for(lambda: link.is_connected)
            site.links.dismiss(link)
            assert ending(client) == socket.NO_PERMISSION
        assert site.links.admit(link) != before
        with site.connect(before) as client:
            assert ending(client) == socket.NO_PERMISSION

    def test_after_a_restart_the_old_token_is_worth_nothing(self, site: Site, link: Link) -> None:
        other = Site()
        try:
            with other.connect(link.token) as client:
                assert ending(client) == socket.NO_PERMISSION
        finally:
            other.stop()

    def test_not_more_than_a_few_at_a_time(self, site: Site, link: Link) -> None:
        with ExitStack() as clients:
            for _ in range(MOST_SOCKETS):
                clients.enter_context(site.connect(link.token))
            wait_for(lambda: len(link._sockets) == MOST_SOCKETS)
            with site.connect(link.token) as client:
                assert ending(client) == socket.TOO_MANY_SOCKETS


NEITHER = {
    "no JSON": "{",
    "no object": "[1, 2]",
    "an unknown field": reading() | {"admin": True},
    "a time that is no number": reading(at="now"),
    "NaN in the time": '{"at": NaN, "sent": 1, "size": [320, 240], "faces": []}',
    "infinity in the box": json.dumps(reading()).replace("100", "Infinity"),
    "NaN in the probabilities": json.dumps(reading()).replace("0.88", "NaN"),
    "a negative probability": reading(faces=[face(p=[-0.1, 1.1, 0, 0, 0, 0, 0])]),
    "six probabilities": reading(faces=[face(p=[0.5, 0.5, 0, 0, 0, 0])]),
    "probabilities that add up to 2": reading(faces=[face(p=[1, 1, 0, 0, 0, 0, 0])]),
    "probabilities that add up to 0": reading(faces=[face(p=[0, 0, 0, 0, 0, 0, 0])]),
    "a box without a width": reading(faces=[face(box=[1, 2, 0, 4, 0.5])]),
    "a box of three numbers": reading(faces=[face(box=[1, 2, 3])]),
    "a detector surer than sure": reading(faces=[face(box=[1, 2, 3, 4, 1.5])]),
    "an unknown problem": reading(faces=[face(q="<script>")]),
    "too many faces": reading(faces=[face()] * (MOST_FACES + 1)),
    "a picture of no size": reading(size=[0, 240]),
    "sent before it was captured": reading(sent=1.0),
    "captured a minute ago": reading(sent=61_000.0),
    "no batch": '{"batch": null}',
    "a batch that is a list": '{"batch": []}',
    "a batch without a number": '{"batch": {"events": []}}',
    "a batch with a negative number": '{"batch": {"number": -1, "events": []}}',
    "a batch of too many events": json.dumps({"batch": {"number": 1, "events": [0] * (MOST_EVENTS + 1)}}),
    "a batch and more": '{"batch": {"number": 1, "events": []}, "admin": true}',
}


class TestWhatMayBeSent:
    @pytest.mark.parametrize("what", NEITHER)
    def test_what_is_neither_a_reading_nor_a_batch_ends_the_connection(
        self, site: Site, link: Link, feed: DeviceFeed, what: str
    ) -> None:
        wrong = NEITHER[what]
        with site.connect(link.token) as client:
            say(client, wrong)
            assert ending(client) == socket.NO_READING
        assert frames(feed) == 0

    def test_bytes_are_for_pages_that_send_pictures(self, site: Site, link: Link, feed: DeviceFeed) -> None:
        with site.connect(link.token) as client:
            say(client, b"\x00\x01")
            assert ending(client) == socket.NO_PICTURE

    @pytest.mark.parametrize("known", [True, False])
    def test_ten_megabytes_end_it_whoever_sends_them(self, site: Site, link: Link, known: bool) -> None:
        with site.connect(link.token if known else None) as client:
            say(client, "x" * 10_000_000)
            assert ending(client) == socket.TOO_LONG

    def test_ten_thousand_at_once_end_it(self, site: Site, link: Link, feed: DeviceFeed) -> None:
        with site.connect(link.token) as client:

            def flood() -> None:
                for number in range(10_000):
                    say(client, reading(1000.0 + number))

            sender = threading.Thread(target=flood)
            sender.start()
            assert ending(client) == socket.TOO_MANY
            sender.join(WAIT_S)
        assert 0 < frames(feed) < 1000

    def test_thirty_a_second_go_on_and_more_do_not(self) -> None:
        now = [0.0]
        allowance = Allowance(socket.MOST_A_SECOND, socket.AT_ONCE, lambda: now[0])
        assert all(allowance.spend() for _ in range(int(socket.AT_ONCE)))
        assert not allowance.spend()
        for _ in range(100):
            now[0] += 1.001 / socket.MOST_A_SECOND
            assert allowance.spend()
        now[0] += 0.5 / socket.MOST_A_SECOND
        assert not allowance.spend()

    def test_a_reading_counts_as_read_here(self, site: Site, link: Link, feed: DeviceFeed) -> None:
        with site.connect(link.token) as client:
            for number in range(12):
                say(client, reading(1000.0 + 100 * number))
                wait_for_frames(feed, number + 1)
        snapshot = feed.snapshot(time.monotonic())
        assert snapshot is not None and snapshot.model_version == "fake@1"
        assert [r.scores.top for r in snapshot.readings] == [Emotion.HAPPY]

    def test_another_connection_of_the_page_takes_over(
        self, site: Site, link: Link, feed: DeviceFeed
    ) -> None:
        with site.connect(link.token) as before, site.connect(link.token) as after:
            say(before, reading(1000.0))
            wait_for(lambda: frames(feed) == 1)
            say(after, reading(1100.0))
            wait_for(lambda: frames(feed) == 2)
            say(before, reading(1200.0))
            assert ending(before) == socket.OTHER_READER
            say(after, reading(1300.0))
            wait_for(lambda: frames(feed) == 3)

    def test_two_tabs_do_not_touch_each_other(self, site: Site) -> None:
        pages = [Link(), Link()]
        for link in pages:
            site.links.admit(link)
        feeds = [DeviceFeed(link, SmoothingOptions(), model_version="fake@1") for link in pages]
        with site.connect(pages[0].token) as one, site.connect(pages[1].token) as two:
            for number in range(12):
                say(one, reading(1000.0 + 100 * number))
                say(two, reading(9000.0 + 100 * number, faces=[face(Emotion.SAD)]))
                wait_for_frames(feeds[0], number + 1)
                wait_for_frames(feeds[1], number + 1)
        read = [[r.scores.top for r in feed.snapshot(time.monotonic()).readings] for feed in feeds]
        assert read == [[Emotion.HAPPY], [Emotion.SAD]]


class TestWhatWasSeen:
    @pytest.fixture
    def heard(self, link: Link) -> list[int]:
        heard: list[int] = []
        link.hear = lambda batch: heard.append(batch.number)
        link.tell = lambda: {"taken": heard[-1] if heard else 0}
        link.every_s = 60.0
        return heard

    def batch(self, number: int) -> dict[str, Any]:
        return {"batch": {"number": number, "events": [{"name": "impression"}]}}

    def test_the_page_is_told_at_once_which_batch_was_taken(
        self, site: Site, link: Link, heard: list[int]
    ) -> None:
        with site.connect(link.token) as client:
            assert json.loads(client.recv(timeout=WAIT_S)) == {"taken": 0}
            say(client, self.batch(1))
            assert json.loads(client.recv(timeout=WAIT_S)) == {"taken": 1}

    def test_readings_come_while_a_batch_waits_for_the_disk_and_an_early_one_is_left_out(
        self, site: Site, link: Link, feed: DeviceFeed, heard: list[int]
    ) -> None:
        disk, keep = threading.Event(), link.hear

        def wait_for_the_disk(batch: Batch) -> None:
            disk.wait(WAIT_S)
            keep(batch)

        link.hear = wait_for_the_disk
        with site.connect(link.token) as client:
            say(client, self.batch(1))
            say(client, self.batch(2))
            say(client, reading())
            wait_for_frames(feed, 1)
            assert heard == []
            disk.set()
            wait_for(lambda: heard == [1])
            say(client, self.batch(3))
            wait_for(lambda: heard == [1, 3])

    def test_what_cannot_be_taken_ends_nothing(
        self, site: Site, link: Link, feed: DeviceFeed, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(batch: Batch) -> None:
            raise RuntimeError("no disk")

        link.hear = fail
        with site.connect(link.token) as client:
            say(client, self.batch(1))
            wait_for(lambda: "What a page saw could not be taken" in caplog.text)
            say(client, reading())
            wait_for_frames(feed, 1)

    def test_batches_without_end_end_it(self, site: Site, link: Link, heard: list[int]) -> None:
        with site.connect(link.token) as client:
            for number in range(int(socket.BATCHES_AT_ONCE) + 20):
                say(client, self.batch(number))
            assert ending(client) == socket.TOO_MANY
        assert len(heard) <= socket.BATCHES_AT_ONCE


class TestTimes:
    def clock(self) -> SentClock:
        return SentClock()

    def test_the_picture_s_time_is_the_arrival_less_its_age(self) -> None:
        at = self.clock().captured_s(Reading(**reading(5000.0, sent=5250.0)), 100.0)
        assert at == pytest.approx(99.75)

    def test_doubled_and_disordered_ones_are_left_out(self) -> None:
        times = self.clock()
        assert times.captured_s(Reading(**reading(1000.0)), 10.0) is not None
        assert times.captured_s(Reading(**reading(1000.0)), 10.1) is None
        assert times.captured_s(Reading(**reading(900.0)), 10.2) is None
        assert times.captured_s(Reading(**reading(1100.0)), 10.3) is not None

    def test_a_late_one_is_left_out_and_the_next_in_time_is_not(self) -> None:
        times = self.clock()
        assert times.captured_s(Reading(**reading(1000.0)), 10.0) is not None
        assert times.captured_s(Reading(**reading(1100.0)), 10.1 + LATE_S + 0.1) is None
        assert times.captured_s(Reading(**reading(2500.0)), 11.5) is not None

    def test_after_the_device_slept_its_clock_is_found_again(self) -> None:
        """Some browsers' clocks stand still meanwhile, and then every message seems to come late."""
        times = self.clock()
        times.captured_s(Reading(**reading(1000.0)), 10.0)
        found = [
            times.captured_s(Reading(**reading(1000.0 + 66 * n)), 3610.0 + n * 0.066) for n in range(1, 200)
        ]
        assert found[0] is None and found[-1] is not None

    def test_times_rise_and_never_lie_ahead(self) -> None:
        times, last = self.clock(), -1.0
        # Together after a pause of the network: the older they are, the later they seem to have been sent.
        for number in range(10):
            arrived_s = 20.0 + number * 1e-6
            at_s = times.captured_s(Reading(**reading(1000.0 + number, sent=1100.0)), arrived_s)
            assert at_s is not None and last < at_s <= arrived_s
            last = at_s


class TestWhatIsTold:
    def test_only_what_has_changed_and_at_once_when_woken(self, site: Site, link: Link) -> None:
        news: dict[str, Any] = {"mood": {"held": 1}, "changed": 0}
        link.tell = lambda: dict(news)
        link.every_s = 3600.0
        with site.connect(link.token) as client:
            assert json.loads(client.recv(timeout=WAIT_S)) == {"mood": {"held": 1}, "changed": 0}
            news["changed"] = 1
            link.wake()
            assert json.loads(client.recv(timeout=WAIT_S)) == {"changed": 1}

    def test_the_more_pages_there_are_the_less_often_each_is_looked_at(self) -> None:
        here, link = Links(), Link()
        here.admit(link)
        assert here.every_s(link) == link.every_s
        for _ in range(int(LOOKS_A_SECOND / 2) - 1):
            here.admit(Link())
        assert here.every_s(link) == 0.5
        for _ in range(int(2 * LOOKS_A_SECOND)):
            here.admit(Link())
        assert here.every_s(link) == SLOWEST_S
        link.every_s = 60.0
        assert here.every_s(link) == 60.0

    def test_each_connection_is_told_from_the_beginning(self, site: Site, link: Link) -> None:
        link.tell = lambda: {"changed": 4}
        for _ in range(2):
            with site.connect(link.token) as client:
                assert json.loads(client.recv(timeout=WAIT_S)) == {"changed": 4}

    def test_a_fault_of_the_page_is_logged_once_and_readings_still_come(
        self, site: Site, link: Link, feed: DeviceFeed, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked: list[int] = []

        def broken() -> dict[str, Any]:
            asked.append(1)
            raise RuntimeError("broken")

        link.tell, link.every_s = broken, 0.01
        with site.connect(link.token) as client:
            wait_for(lambda: len(asked) > 3)
            say(client, reading())
            wait_for(lambda: frames(feed) == 1)
        assert caplog.text.count("A page could not be told what is new") == 1

    def test_for_a_browser_that_does_not_take_it_nothing_queues_up(
        self, site: Site, link: Link, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(socket, "SEND_WITHIN_S", 0.3)
        asked = 0

        def tell() -> dict[str, Any]:
            nonlocal asked
            asked += 1
            return {"mood": f"{asked} " + "x" * 500_000}

        link.tell, link.every_s = tell, 0.001
        # It reads nothing at all; what the systems on both ends take in is all there is.
        with sockets.create_connection(site.host.split(":")) as raw:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
            raw.sendall(
                f"GET /{socket.PATH} HTTP/1.1\r\nHost: {site.host}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            assert raw.recv(1).startswith(b"H")
            hello = json.dumps({"token": link.token}).encode()
            raw.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
            wait_for(lambda: asked > 0)
            wait_for(lambda: not link.is_connected)
        assert asked < 60


class TestFeed:
    def test_the_mood_follows_the_readings(self, link: Link) -> None:
        feed = DeviceFeed(link, SmoothingOptions(), model_version="fake@1", clock=lambda: 0.0)
        for number in range(12):
            feed.take(Reading(**reading()), 1 + number / 10)
        assert feed.snapshot(2.1).mood.dominant is Emotion.HAPPY
        assert feed.snapshot(2.1).mood.faces_seen == 1

    def test_a_face_that_does_not_last_is_held_back(self, link: Link) -> None:
        feed = DeviceFeed(link, SmoothingOptions(), model_version="fake@1", clock=lambda: 0.0)
        feed.take(Reading(**reading()), 1.0)
        assert feed.snapshot(1.0).readings == ()
        feed.take(Reading(**reading(faces=[face(box=[10, 10, 20, 20, 0.6])])), 1.1)
        assert feed.snapshot(1.1).readings == ()
        feed.take(Reading(**reading(faces=[face(box=[11, 10, 20, 20, 0.6])])), 1.2)
        assert len(feed.snapshot(1.2).readings) == 1

    def test_poor_pictures_are_told_and_count_for_no_mood(self, link: Link) -> None:
        feed = DeviceFeed(link, SmoothingOptions(), model_version="fake@1", clock=lambda: 0.0)
        for number in range(30):
            feed.take(Reading(**reading(faces=[face(q="blurred")])), 1 + number / 10)
        assert feed.snapshot(4.0).problem is Problem.BLURRED
        assert feed.snapshot(4.0).mood.dominant is None
        for number in range(30):
            feed.take(Reading(**reading(faces=[], frame="too_dark")), 5 + number / 10)
        assert feed.snapshot(8.0).problem is Problem.TOO_DARK

    def test_faces_come_largest_first(self) -> None:
        two = reading(faces=[face(box=[0, 0, 20, 20, 0.9]), face(Emotion.SAD, box=[50, 50, 90, 90, 0.9])])
        assert [r.scores.top for r in Reading(**two).readings(0.0)] == [Emotion.SAD, Emotion.HAPPY]

    def test_it_begins_and_ends_like_a_camera(self, link: Link) -> None:
        feed = DeviceFeed(link, SmoothingOptions(), model_version="fake@1", clock=lambda: 0.0)
        assert feed.snapshot(0.0) is None and not feed.status(0.0).live and not feed.begin_baseline()
        feed.take(Reading(**reading()), 1.0)
        assert feed.status(1.5).live and not feed.status(60.0).live and feed.begin_baseline()
        feed.hang_up()
        assert feed.snapshot(1.5) is None and not feed.status(1.5).live
        feed.take(Reading(**reading()), 0.5)
        assert feed.snapshot(0.5) is not None
        feed.close()
        feed.take(Reading(**reading()), 2.0)
        assert feed.snapshot(2.0) is None and link.receiver is None


class TestToken:
    def test_it_ends_with_the_page_and_another_one_comes_with_it(self) -> None:
        session = new_session()
        state = session.page(LiveState)
        session.begin_run()
        token = state.socket_token()
        session.end_run()
        assert state.socket_token() == token and links.find(token) is state.link
        session.leave()
        assert links.find(token) is None
        session.begin_run()
        again = state.socket_token()
        session.end_run()
        assert again != token and links.find(again) is state.link
        # Another page is shown.
        session.begin_run()
        session.end_run()
        assert links.find(again) is None

    def test_no_two_sessions_have_the_same(self) -> None:
        known = Links()
        tokens = {known.admit(Link()) for _ in range(100)}
        assert len(tokens) == 100 and min(map(len, tokens)) >= 43
