"""Small pictures over the live socket: what is taken, what ends the connection, and that they are read."""

from __future__ import annotations

import json
import math
import struct
import threading
from collections.abc import Iterator

import cv2
import pytest
import skimage.data

from content.types import Reader
from emotion.labels import Emotion
from emotion.types import SmoothingOptions
from tests.ui.live.site import WAIT_S, Site, ending, say, wait_for
from ui.live import socket
from ui.live.link import Link
from ui.live.picture_camera import PictureCamera
from ui.live.wire import MOST_PICTURE_BYTES, PICTURE_SIDE_PX, Picture, picture_of


def encoded(kind: str = ".jpg", side_px: int = PICTURE_SIDE_PX) -> bytes:
    face = cv2.cvtColor(skimage.data.astronaut()[:240, 100:420], cv2.COLOR_RGB2BGR)
    small = cv2.resize(face, (side_px, side_px * 3 // 4))
    lossy = [cv2.IMWRITE_WEBP_QUALITY, 80] if kind == ".webp" else []
    return bytes(cv2.imencode(kind, small, lossy)[1])


def message(content: bytes, at_ms: float = 1000.0, sent_ms: float | None = None) -> bytes:
    return struct.pack("<dd", at_ms, at_ms + 20 if sent_ms is None else sent_ms) + content


class Taken:
    """Takes pictures and answers when the test says so."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []

    def take(self, picture: Picture, at_s: float) -> None:
        self.pictures.append(picture)


@pytest.fixture
def taken(link: Link) -> Taken:
    link.pictures = Taken()
    return link.pictures


@pytest.mark.parametrize("kind", [".jpg", ".webp"])
def test_a_picture_comes_as_it_is_and_is_answered_by_its_time(
    site: Site, link: Link, taken: Taken, kind: str
) -> None:
    content = encoded(kind)
    with site.connect(link.token) as client:
        say(client, message(content, 4321.123456789))
        wait_for(lambda: len(taken.pictures) == 1)
        assert taken.pictures[0].content == content
        link.answer(taken.pictures[0].at)
        assert json.loads(client.recv(timeout=WAIT_S)) == {"read": 4321.123456789}


WRONG = {
    "nothing": b"",
    "times alone": message(b""),
    "a PNG": message(encoded(".png", 32)),
    "a text": message(b"<svg onload=alert(1)>"),
    "RIFF that is no WebP": message(b"RIFF\0\0\0\0WAVEfmt "),
    "no number as time": message(encoded(), math.nan),
    "a time without end": message(encoded(), math.inf),
    "a time before all": message(encoded(), -1.0),
    "sent before it was taken": message(encoded(), 1000.0, 999.0),
    "taken long ago": message(encoded(), 1000.0, 90_000.0),
}


@pytest.mark.parametrize("sent", WRONG.values(), ids=WRONG)
def test_what_is_no_picture_ends_the_connection(site: Site, link: Link, taken: Taken, sent: bytes) -> None:
    with site.connect(link.token) as client:
        say(client, sent)
        assert ending(client) == socket.NO_PICTURE
    assert not taken.pictures


def test_one_that_is_too_large_ends_it(site: Site, link: Link, taken: Taken) -> None:
    with site.connect(link.token) as client:
        say(client, message(encoded() + bytes(MOST_PICTURE_BYTES)))
        assert ending(client) == socket.TOO_LONG
    assert not taken.pictures


def test_a_browser_that_sends_without_waiting_is_ended() -> None:
    # By a clock that stands still: on a slow machine more of them are allowed before the last one comes.
    site, link, content = Site(lambda: 1000.0), Link(), encoded()
    site.links.admit(link)
    link.pictures = taken = Taken()
    with site.connect(link.token) as client:
        for number in range(100):
            say(client, message(content, 1000.0 + number))
        assert ending(client) == socket.TOO_MANY
    site.stop()
    assert 1 <= len(taken.pictures) <= socket.PICTURES_AT_ONCE + 1


def test_pictures_before_the_token_are_none(site: Site) -> None:
    with site.connect() as client:
        say(client, message(encoded()))
        assert ending(client) == socket.NO_HELLO


# --- the camera -------------------------------------------------------------------------------------------


class Answers(Link):
    """A link that notes what was answered."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[float] = []
        self.event = threading.Event()

    def answer(self, at_ms: float) -> None:
        self.answered.append(at_ms)
        self.event.set()


@pytest.fixture
def camera() -> Iterator[PictureCamera]:
    camera = PictureCamera(Answers(), SmoothingOptions())
    yield camera
    camera.close()


def put(camera: PictureCamera, content: bytes, at_s: float) -> None:
    """Sends one and waits until it was taken up."""
    link = camera._link
    assert isinstance(link, Answers)
    link.event.clear()
    camera.take(picture_of(message(content, at_s * 1000)), at_s)
    assert link.event.wait(WAIT_S)


def test_pictures_are_read_as_the_server_reads(camera: PictureCamera) -> None:
    now_s = camera._clock()
    content = encoded()

    def top() -> Emotion | None:
        snapshot = camera.snapshot(camera._clock())
        return snapshot.mood.scores.top if snapshot is not None and snapshot.readings else None

    assert camera.snapshot(now_s) is None and camera.reader is Reader.SERVER
    for number in range(4):
        put(camera, content, now_s + number / 5)
    wait_for(lambda: top() is Emotion.HAPPY)
    assert camera.size == (PICTURE_SIDE_PX, PICTURE_SIDE_PX * 3 // 4)


@pytest.mark.parametrize(
    "content",
    [encoded()[:200], b"\xff\xd8\xff" + bytes(1000), encoded(".webp")[:60], encoded(side_px=640)],
    ids=["cut off", "forged", "a WebP that is cut off", "too many pixels"],
)
def test_a_broken_one_is_answered_and_the_next_is_read(camera: PictureCamera, content: bytes) -> None:
    now_s = camera._clock()
    put(camera, content, now_s)
    wait_for(lambda: bool((s := camera.snapshot(camera._clock())) and s.error))
    assert camera.size is None
    put(camera, encoded(), now_s + 0.2)
    wait_for(lambda: bool((s := camera.snapshot(camera._clock())) and not s.error))


def test_it_ends_with_its_page() -> None:
    link = Link()
    camera = PictureCamera(link, SmoothingOptions())
    assert link.pictures is camera
    camera.close()
    assert link.pictures is None
    camera.take(Picture(1000.0, 1000.0, encoded()), camera._clock())
    assert camera.snapshot(camera._clock()) is None
