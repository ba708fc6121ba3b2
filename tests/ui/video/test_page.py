"""The video page under AppTest: upload, reading beside the page, cancel, errors, and nothing left behind."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

import pytest
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

from content.bootstrap import open_content
from content.types import CatalogItem, Kind
from emotion.errors import ModelNotFoundError
from emotion.labels import Emotion
from emotion.types import EmotionScores, FaceBox
from tests.content.hand import hand
from tests.emotion.clip_files import clip, moving, sound, steady, wall
from tests.fakes import BoxesAt
from tests.ui.pages import words
from ui.app import presence
from ui.app.presence import Presence
from ui.app.setup import IN_THE_LOG
from ui.app.task import Stage
from ui.video import page as video_page
from ui.video.page import MAX_UPLOAD_MB
from ui.video.state import Clip, VideoState

PAGE = Path(__file__).parents[3] / "pages" / "video.py"
LIMIT_S = 60.0
HAPPY = (FaceBox(100, 50, 80, 80, 0.9), EmotionScores.certain(Emotion.HAPPY, 0.9))


class Gated(BoxesAt):
    """Reads no frame before the test opens the gate."""

    def __init__(self, *found) -> None:
        super().__init__(*found)
        self.gate = threading.Event()
        self.entered = threading.Event()

    def analyze(self, frame_bgr, at_s: float = 0.0):
        self.entered.set()
        assert self.gate.wait(LIMIT_S)
        return super().analyze(frame_bgr, at_s)


@pytest.fixture(scope="module")
def short_clip() -> bytes:
    return clip(steady(4, 10), wall())


@pytest.fixture
def temp_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What this process takes for the machine's temporary folder."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def catalog() -> None:
    """A catalog with an ad for happy and one for sad people."""
    opened = open_content()
    hand(opened).save_many(
        created=[
            CatalogItem("joy", Kind.AD, "Joy <b>", headline="Balloons", targets={Emotion.HAPPY: 1.0}),
            CatalogItem("hug", Kind.AD, "Hug", headline="A warm blanket", targets={Emotion.SAD: 1.0}),
            CatalogItem("any", Kind.AD, "Anything", headline="Plain water"),
        ],
        deleted={i.item_id: None for i in opened.catalog().items},
    )


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch):
    """Opens the page with an analyzer that finds what it is told."""

    def open_page(analyzer: object) -> AppTest:
        def made(model: str | None):
            if isinstance(analyzer, Exception):
                raise analyzer
            return analyzer

        monkeypatch.setattr(video_page, "_analyzer", made)
        return AppTest.from_file(PAGE, default_timeout=60).run()

    return open_page


def upload(page: AppTest, content: bytes, name: str = "me.mp4") -> AppTest:
    return page.file_uploader[0].set_value((name, content, "video/mp4")).run()


def video_of(page: AppTest) -> Clip:
    video = page.session_state["attune"].page(VideoState).clip
    assert video is not None
    return video


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def finish(page: AppTest) -> AppTest:
    task = video_of(page).reading
    assert task is not None
    task.join(LIMIT_S)
    assert task.status().is_over
    return page.run()


def test_the_empty_page_says_what_it_is_for_and_what_becomes_of_the_video(visit) -> None:
    page = visit(BoxesAt())
    assert not page.exception
    assert 'data-testid="video-empty"' in words(page)
    assert "never stores it" in words(page)


def test_nothing_is_read_before_the_viewer_asks(visit, short_clip: bytes) -> None:
    analyzer = BoxesAt(HAPPY)
    page = upload(visit(analyzer), short_clip)
    assert "320 × 240 pixels" in words(page)
    assert video_of(page).reading is None
    assert analyzer.frames == []


def test_a_clip_is_read_beside_the_page_and_its_result_shown(
    visit, catalog: None, short_clip: bytes, temp_folder: Path
) -> None:
    page = finish(press(upload(visit(BoxesAt(HAPPY)), short_clip), "video-read"))
    said = words(page)
    assert not page.exception
    assert 'data-testid="video-mood" data-mood="happy"' in said
    assert 'data-testid="video-shares"' in said
    assert "Joy &lt;b&gt;" in said and "Joy <b>" not in said
    assert 'data-seek="' in said
    labels = {d.label for d in page.get("download_button")}
    assert labels == {"Summary to print", "Table (CSV)", "Data (JSON)"}
    assert list(temp_folder.rglob("*")) == []


def test_the_rate_is_the_viewers_choice(visit, catalog: None, short_clip: bytes) -> None:
    page = upload(visit(BoxesAt(HAPPY)), short_clip)
    page.button_group(key="video-rate").set_value(10.0)
    page = finish(press(page, "video-read"))
    assert len(video_of(page).result.readings) == 40


def test_a_running_reading_shows_its_progress_and_can_be_cancelled(
    visit, catalog: None, short_clip: bytes, temp_folder: Path
) -> None:
    analyzer = Gated(HAPPY)
    page = press(upload(visit(analyzer), short_clip), "video-read")
    assert analyzer.entered.wait(LIMIT_S)
    assert 'data-testid="video-progress"' in words(page)
    assert not page.button_group, "no second start while one runs"
    press(page, "video-cancel")
    analyzer.gate.set()
    page = finish(page)
    video = video_of(page)
    assert "**Cancelled.** No results were kept." in words(page)
    assert video.reading.status().stage is Stage.CANCELLED
    assert video.result is None
    assert list(temp_folder.rglob("*")) == []
    # The clip is still there and can be read again.
    page = finish(press(page, "video-read"))
    assert 'data-testid="video-mood"' in words(page)


def test_removing_the_clip_ends_its_reading_and_forgets_it(visit, catalog: None, short_clip: bytes) -> None:
    analyzer = Gated(HAPPY)
    page = press(upload(visit(analyzer), short_clip), "video-read")
    assert analyzer.entered.wait(LIMIT_S)
    video = video_of(page)
    task = video.reading
    page.file_uploader[0].set_value(None).run()
    analyzer.gate.set()
    task.join(LIMIT_S)
    assert task.status().stage is Stage.CANCELLED
    assert page.session_state["attune"].page(VideoState).clip is None
    assert video.content == b"" and video.noted == []
    assert 'data-testid="video-empty"' in words(page)


def test_leaving_the_page_forgets_the_clip(open_app, monkeypatch, short_clip: bytes) -> None:
    monkeypatch.setattr(video_page, "_analyzer", lambda model: BoxesAt(HAPPY))
    app = open_app().switch_page("pages/video.py").run()
    upload(app, short_clip)
    assert app.session_state["attune"].page(VideoState).clip is not None
    app.switch_page("pages/model.py").run()
    assert app.session_state["attune"].page(VideoState).clip is None


def test_nobody_in_a_clip_is_said_kindly(visit, catalog: None, short_clip: bytes) -> None:
    page = finish(press(upload(visit(BoxesAt()), short_clip), "video-read"))
    assert "No face was found" in words(page)
    assert 'data-mood="unknown"' in words(page)
    assert "Plain water" in words(page) or "Anything" in words(page)


def test_lifting_the_mood_plays_another_programme(visit, catalog: None, short_clip: bytes) -> None:
    sad = (FaceBox(100, 50, 80, 80, 0.9), EmotionScores.certain(Emotion.SAD, 0.9))
    page = finish(press(upload(visit(BoxesAt(sad)), short_clip), "video-read"))
    assert 'data-item-id="hug"' in words(page)
    page.button_group(key="video-strategy").set_value("lift").run()
    assert 'data-item-id="hug"' not in words(page)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"not a video at all", "a text file"),
        (b"", "The file is empty"),
        (sound(), "no moving picture"),
        (clip(steady(2, 10), moving)[:-5000], "a damaged or incomplete video"),
        (clip([], wall(), container="matroska", sound_s=1.0), "No picture of the video can be read"),
    ],
    ids=["text", "empty", "audio", "cut", "no-frames"],
)
def test_a_file_that_is_no_video_gets_one_clear_message(
    visit, content: bytes, expected: str, temp_folder: Path
) -> None:
    page = upload(visit(BoxesAt()), content)
    assert not page.exception
    assert len(page.error) == 1
    assert "This file could not be read as a video." in page.error[0].value
    assert expected in page.error[0].value
    assert not page.button
    assert list(temp_folder.rglob("*")) == []


def test_a_clip_cut_in_the_middle_shows_what_there_is_and_says_so(visit, catalog: None) -> None:
    whole = clip(steady(6, 10), moving, container="matroska")
    page = upload(visit(BoxesAt(HAPPY)), whole[: len(whole) * 2 // 3], "me.webm")
    page = finish(press(page, "video-read"))
    assert "Only the beginning could be read" in words(page)
    assert "breaks off" in words(page)
    assert 'data-testid="video-mood"' in words(page)


def test_a_broken_model_gets_one_clear_message(visit, short_clip: bytes) -> None:
    broken = ModelNotFoundError("Expected a model. Received: nothing.")
    page = finish(press(upload(visit(broken), short_clip), "video-read"))
    assert not page.exception
    assert "This video could not be read." in page.error[0].value
    assert IN_THE_LOG in page.error[0].value


def test_the_video_with_boxes_is_made_beside_the_page(
    visit, catalog: None, short_clip: bytes, temp_folder: Path
) -> None:
    page = finish(press(upload(visit(BoxesAt(HAPPY)), short_clip), "video-read"))
    press(page, "video-annotate")
    task = video_of(page).annotation
    task.join(LIMIT_S)
    page.run()
    assert not page.exception
    assert any(d.label.startswith("Video with boxes") for d in page.get("download_button"))
    assert page.toggle(key="video-boxes").value
    assert list(temp_folder.rglob("*")) == []


def test_a_new_clip_takes_the_place_of_the_one_before(visit, catalog: None, short_clip: bytes) -> None:
    page = finish(press(upload(visit(BoxesAt(HAPPY)), short_clip), "video-read"))
    before = video_of(page)
    upload(page, clip(steady(1, 10), wall()), "other.mp4")
    after = video_of(page)
    assert after is not before
    assert before.content == b"" and before.result is None
    assert after.result is None


def test_uploads_do_not_pass_through_the_disk(visit) -> None:
    visit(BoxesAt())
    assert MultiPartParser.spool_max_size > MAX_UPLOAD_MB * 2**20


def test_a_viewer_without_a_server_is_always_there() -> None:
    now_s = [0.0]
    here = Presence(None, lambda: now_s[0])
    now_s[0] = 1000.0
    assert here()


def test_a_viewer_who_is_gone_for_long_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Server:
        sessions = {"me"}

        def is_active_session(self, session_id: str) -> bool:
            return session_id in self.sessions

    server, now_s = Server(), [0.0]
    monkeypatch.setattr(presence, "exists", lambda: True)
    monkeypatch.setattr(presence, "get_instance", lambda: server)
    here = Presence("me", lambda: now_s[0])
    server.sessions.clear()
    now_s[0] = 10.0
    assert here(), "a broken connection may come back"
    server.sessions.add("me")
    now_s[0] = 20.0
    assert here()
    server.sessions.clear()
    now_s[0] = 60.0
    assert not here()
