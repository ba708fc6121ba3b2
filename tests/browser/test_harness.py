"""The harness itself: the clip is a camera, the watch sees a new picture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from emotion.labels import Emotion
from tests.browser.clips import Phase, astronaut_face, frame, room, write_clip
from tests.browser.conftest import PictureWatch, is_picture
from tests.browser.faces import photo_analyzer

CAMERA_PAGE = """<!doctype html><title>camera</title><video autoplay muted playsinline></video><script>
const video = document.querySelector("video"), canvas = document.createElement("canvas");
navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}}).then(
  stream => { video.srcObject = stream; document.title = "on"; },
  error => { document.title = error.name; });
function middle() {  // mean colour of the face's place
  canvas.width = 640; canvas.height = 480;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  pen.drawImage(video, 0, 0, 640, 480);
  const data = pen.getImageData(270, 340, 100, 40).data;
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
  return sum / (data.length / 4 * 3);
}
</script>"""


@pytest.fixture
def camera_page(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(CAMERA_PAGE)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_clip_plays_as_a_camera_in_a_loop(
    camera_page: str, launch_browser: Callable[..., Browser], make_clip: Callable[..., Path], new_page
) -> None:
    face, empty = frame(room(), astronaut_face(), 0.0), room()
    dark, bright = (picture[340:380, 270:370].mean() for picture in (face, empty))
    assert bright - dark > 60
    clip = make_clip(Phase(astronaut_face(), 1.0), Phase(None, 1.0))
    page: Page = new_page(browser=launch_browser(clip))
    page.goto(camera_page)
    page.wait_for_function("document.title === 'on' && video.videoWidth === 640")
    threshold = (dark + bright) / 2
    for _ in range(2):
        page.wait_for_function(f"middle() > 5 && middle() < {threshold}")
        page.wait_for_function(f"middle() > {threshold}")


def test_camera_can_be_denied(camera_page: str, launch_browser: Callable[..., Browser], new_page) -> None:
    page: Page = new_page(browser=launch_browser(None, denied=True), camera=False)
    page.goto(camera_page)
    page.wait_for_function("document.title === 'NotAllowedError'")


def test_motion_jpeg_is_plain_jpegs(tmp_path: Path) -> None:
    content = write_clip(tmp_path / "a.mjpeg", [Phase(astronaut_face(), 0.1), Phase(None, 0.1)]).read_bytes()
    assert content.count(b"\xff\xd8\xff") == 6
    first = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert first is not None
    assert first.shape == (480, 640, 3)


def test_clip_needs_the_suffix_chromium_knows(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Received"):
        write_clip(tmp_path / "a.avi", [Phase(None)])


def test_watch_names_new_and_changed_pictures(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"\x89PNG\r\n\x1a\n1")
    watch = PictureWatch([tmp_path])
    assert watch.new() == []
    (tmp_path / "old.png").write_bytes(b"\x89PNG\r\n\x1a\n22")
    # Called something else, and still found.
    (tmp_path / "frame.cache").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "words.txt").write_text("no picture")
    assert watch.new() == [tmp_path / "frame.cache", tmp_path / "old.png"]


@pytest.mark.parametrize("head", [b"\0\0\0\x18ftypmp42", b"GIF89a", b"\x1aE\xdf\xa3", b"YUV4MPEG2 W640"])
def test_picture_is_known_by_its_first_bytes(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "x").write_bytes(head)
    assert is_picture(tmp_path / "x")


@pytest.mark.parametrize("emotion", [Emotion.HAPPY, Emotion.SURPRISE, Emotion.NEUTRAL])
def test_fer_face_is_found_at_every_place_of_its_circle(emotion: Emotion, fer_face) -> None:
    picture, analyzer = fer_face(emotion), photo_analyzer()
    for step in range(8):
        (reading,) = analyzer.analyze(frame(room(), picture, step / 8), 0.0)
        assert reading.scores.top is emotion


def test_nobody_is_found_in_the_room() -> None:
    assert photo_analyzer().analyze(room(), 0.0) == ()


def test_astronaut_smiles() -> None:
    analyzer = photo_analyzer()
    for step in range(8):
        (reading,) = analyzer.analyze(frame(room(), astronaut_face(), step / 8), 0.0)
        assert reading.scores.top is Emotion.HAPPY
