"""The photo page under AppTest: upload, camera after consent, errors, and what the catalog would show."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from content.bootstrap import open_content
from content.types import CatalogItem, Kind
from emotion.errors import DetectorError
from emotion.labels import Emotion
from emotion.types import Problem
from tests.content.hand import hand
from tests.fakes import BoxesAt
from tests.ui.pages import words
from tests.ui.photo.photos import face, photo
from ui.app.task import Stage
from ui.live.state import LiveState
from ui.live.trouble import TROUBLES
from ui.look.words import STRATEGY_QUESTION, escape_markdown
from ui.photo import camera
from ui.photo import page as photo_page
from ui.photo.page import keep_uploads_in_memory
from ui.photo.reading import PageLimits
from ui.photo.state import PhotoState

PAGE = Path(__file__).parents[3] / "pages" / "photo.py"
PNG = "image/png"


class Broken:
    """A detector that cannot be used."""

    model_version = "broken@1"

    def analyze(self, frame_bgr: np.ndarray, at_s: float = 0.0):
        raise DetectorError("Expected the face detector's file. Received: nothing.")


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch):
    """Opens the page with an analyzer that finds what it is told."""

    def open_page(analyzer: object) -> AppTest:
        monkeypatch.setattr(photo_page, "_analyzer", lambda model: analyzer)
        return AppTest.from_file(PAGE, default_timeout=60).run()

    return open_page


@pytest.fixture
def catalog() -> None:
    """A catalog with an ad for happy and one for sad people."""
    opened = open_content()
    hand(opened).save_many(
        created=[
            CatalogItem("joy", Kind.AD, "Joy", headline="Balloons today", targets={Emotion.HAPPY: 1.0}),
            CatalogItem("hug", Kind.AD, "Hug", headline="A warm blanket", targets={Emotion.SAD: 1.0}),
            CatalogItem("calm", Kind.AD, "Calm", headline="Plain water", targets={Emotion.NEUTRAL: 1.0}),
        ],
        deleted={i.item_id: None for i in opened.catalog().items},
    )


def upload(page: AppTest, content: bytes, name: str = "me.png") -> AppTest:
    return upload_all(page, (name, content))


def upload_all(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    return page.file_uploader[0].set_value([(name, content, PNG) for name, content in files]).run()


def photos_of(page: AppTest) -> PhotoState:
    photos: PhotoState = page.session_state["attune"].page(PhotoState)
    return photos


def button(page: AppTest, key: str) -> Button:
    return next(b for b in page.button if b.key == key)


def test_the_empty_page_says_what_it_is_for_and_what_becomes_of_the_photo(visit) -> None:
    page = visit(BoxesAt())
    said = words(page)
    assert not page.exception
    assert 'data-testid="photo-empty"' in said
    assert "never stores them" in said


def test_a_face_is_read_and_the_catalog_answers_with_its_reason(visit, catalog: None) -> None:
    page = upload(visit(BoxesAt(face(100, 100, Emotion.HAPPY))), photo())
    said = words(page)
    assert not page.exception
    assert 'data-testid="photo-mood" data-mood="happy"' in said
    assert 'data-testid="face-1"' in said
    assert "clearly pleasant" in said
    assert "Balloons today" in said
    assert 'data-testid="why-ad"' in said
    reason = next(iter(photos_of(page).photos.values())).decisions[Kind.AD].reason
    assert "happy" in reason
    assert " for " not in reason.split("and this")[0], "a photo has no past"
    assert {d.label for d in page.get("download_button")} == {"Picture", "Table (CSV)", "Data (JSON)"}


def test_every_face_of_a_group_has_its_card(visit, catalog: None) -> None:
    moods = (Emotion.SAD, Emotion.FEAR, Emotion.HAPPY)
    faces = [face(20 + 100 * n, 60, mood) for n, mood in enumerate(moods)]
    said = words(upload(visit(BoxesAt(*faces)), photo()))
    for number, mood in ((1, "sad"), (2, "fear"), (3, "happy")):
        assert f'data-testid="face-{number}" data-mood="{mood}"' in said
    assert "3 faces together" in said


def test_lifting_the_mood_shows_something_else(visit, catalog: None) -> None:
    page = upload(visit(BoxesAt(face(100, 100, Emotion.SAD))), photo())
    assert "A warm blanket" in words(page)
    next(g for g in page.button_group if g.label == STRATEGY_QUESTION).set_value("lift").run()
    said = words(page)
    assert "Plain water" in said
    assert "A warm blanket" not in said


def test_the_choice_stays_while_the_photo_stays(visit, catalog: None) -> None:
    page = upload(visit(BoxesAt(face(100, 100, Emotion.HAPPY))), photo())
    (photo_before,) = photos_of(page).photos.values()
    decided, result = photo_before.decisions[Kind.AD], photo_before.result
    page.run()
    (photo_after,) = photos_of(page).photos.values()
    assert photo_after.decisions[Kind.AD].decision_id == decided.decision_id
    assert decided.model_version == "fake@1"
    assert photo_after.result is result


def test_no_face_is_said_kindly(visit, catalog: None) -> None:
    said = words(upload(visit(BoxesAt()), photo()))
    assert "No face was found" in said
    assert 'data-mood="unknown"' in said


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"not a picture at all", "a text file"),
        (b"", "The file is empty"),
        (photo()[:60], "damaged"),
    ],
)
def test_a_file_that_is_no_photo_gets_one_clear_message(visit, content: bytes, expected: str) -> None:
    page = upload(visit(BoxesAt()), content, "me.jpg")
    assert not page.exception
    assert len(page.error) == 1
    assert "This file could not be read as a photo." in page.error[0].value
    assert expected in page.error[0].value


def test_a_broken_detector_gets_one_clear_message(visit) -> None:
    page = upload(visit(Broken()), photo())
    assert not page.exception
    assert "could not be read.** " in page.error[0].value


def test_a_photo_taken_off_the_page_is_forgotten(visit, catalog: None) -> None:
    page = upload(visit(BoxesAt(face(100, 100, Emotion.HAPPY))), photo())
    assert len(photos_of(page).photos) == 1
    page.file_uploader[0].set_value(None).run()
    assert not photos_of(page).photos
    assert 'data-testid="photo-empty"' in words(page)


FACE = face(100, 100, Emotion.HAPPY)


def test_many_photos_are_summed_up_and_a_bad_one_is_named(visit, catalog: None) -> None:
    page = upload_all(
        visit(BoxesAt(FACE)), ("a.png", photo()), ("letter.png", b"Dear all,"), ("b.png", photo(200, 100))
    )
    said = words(page)
    assert not page.exception
    assert "<b>3 photos</b><span>2 faces · 1 could not be read</span>" in said
    results = photos_of(page).results
    assert [(r.name, r.reading is not None) for r in results] == [
        ("a.png", True),
        ("letter.png", False),
        ("b.png", True),
    ]
    assert "a text file" in results[1].problem
    assert "Everything (ZIP)" in {d.label for d in page.get("download_button")}
    assert not page.error, "the first photo that can be read is shown"
    assert "Photo 1 of 3" in said


def test_one_goes_through_the_photos_by_buttons(visit, catalog: None) -> None:
    page = upload_all(visit(BoxesAt(FACE)), ("a.png", photo()), ("letter.png", b"Dear all,"))
    assert button(page, "photo-previous").disabled
    button(page, "photo-next").click().run()
    assert "Photo 2 of 2" in words(page)
    assert "This file could not be read as a photo." in page.error[0].value
    assert button(page, "photo-next").disabled
    button(page, "photo-previous").click().run()
    assert not page.error


def test_photos_of_one_name_are_told_apart(visit, catalog: None) -> None:
    page = upload_all(visit(BoxesAt(FACE)), ("me.png", photo()), ("me.png", photo(90, 90)))
    assert [r.name for r in photos_of(page).results] == ["me.png", "me (2).png"]


def test_bytes_are_let_go_once_they_were_read(visit, catalog: None) -> None:
    page = upload_all(visit(BoxesAt(FACE)), ("a.png", photo()), ("letter.png", b"Dear all,"))
    assert [p.content for p in photos_of(page).photos.values()] == [b"", b""]


def test_clear_forgets_everything(visit, catalog: None) -> None:
    page = upload_all(visit(BoxesAt(FACE)), ("a.png", photo()), ("b.png", photo()))
    before = list(photos_of(page).photos.values())
    key = page.file_uploader[0].key
    button(page, "photo-clear").click().run()
    assert photos_of(page).photos == {}
    assert photos_of(page).reading is None
    assert page.file_uploader[0].key != key, "the upload begins empty"
    assert 'data-testid="photo-empty"' in words(page)
    assert all(p.content == b"" for p in before)


def test_clear_lets_go_of_the_bytes_that_streamlit_holds(visit, catalog: None, monkeypatch) -> None:
    let_go: list[str] = []
    monkeypatch.setattr(
        MemoryUploadedFileManager, "remove_file", lambda self, session_id, file_id: let_go.append(file_id)
    )
    page = upload_all(visit(BoxesAt(FACE)), ("a.png", photo()), ("letter.png", b"Dear all,"))
    ids = list(photos_of(page).photos)
    assert let_go == []
    button(page, "photo-clear").click().run()
    assert let_go == ids


def test_photos_are_forgotten_when_their_page_is_left(visit, catalog: None) -> None:
    page = upload_all(visit(BoxesAt(FACE)), ("a.png", photo()), ("b.png", photo()))
    state = page.session_state["attune"]
    photos = state.page(PhotoState)
    state.end_run()
    assert photos.photos, "the page itself has just shown them"
    state.begin_run()
    state.end_run()
    assert photos.photos == {}


def test_what_is_beyond_the_limits_is_left_out_and_named(visit, catalog: None, monkeypatch) -> None:
    monkeypatch.setattr(photo_page, "LIMITS", PageLimits(max_photos=2))
    page = upload_all(visit(BoxesAt(FACE)), ("a.png", photo()), ("b.png", photo()), ("c_d.png", photo()))
    assert [r.name for r in photos_of(page).results] == ["a.png", "b.png"]
    assert "1 photo left out" in page.warning[0].value
    assert f"at once: {escape_markdown('c_d.png')}." in page.warning[0].value


def test_a_set_that_is_too_large_altogether_is_refused_in_words(visit, monkeypatch) -> None:
    monkeypatch.setattr(photo_page, "LIMITS", PageLimits(max_bytes=10))
    page = upload(visit(BoxesAt(FACE)), photo())
    assert not page.exception
    assert photos_of(page).photos == {}
    assert "at most 60 photos and 10 bytes" in page.warning[0].value


class Held:
    """Reads a photo each time it is let."""

    model_version = "held@1"

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.began = threading.Semaphore(0)

    def analyze(self, frame_bgr: np.ndarray, at_s: float = 0.0):
        self.began.release()
        assert self.go.acquire(timeout=60)
        return BoxesAt(FACE).analyze(frame_bgr, at_s)


def held_page(visit, held: Held, monkeypatch) -> AppTest:
    monkeypatch.setattr(photo_page, "WAIT_MANY_S", 0.0)
    page = upload_all(visit(held), ("a.png", photo()), ("b.png", photo()), ("c.png", photo()))
    assert held.began.acquire(timeout=60)
    return page


def test_progress_is_shown_and_a_cancel_keeps_what_was_read(visit, catalog: None, monkeypatch) -> None:
    held = Held()
    page = held_page(visit, held, monkeypatch)
    assert "<b>0 of 3</b>" in words(page)
    held.go.release()
    assert held.began.acquire(timeout=60), "the second photo is being read"
    page.run()
    assert "<b>1 of 3</b><span>1 face so far</span>" in words(page)
    button(page, "photo-cancel").click().run()
    held.go.release()
    task = photos_of(page).reading
    assert task is not None
    task.join(60)
    page.run()
    said = words(page)
    assert "**Cancelled.** 1 of 3 photos not read." in said
    assert "<b>2 photos</b>" in said
    held.go.release()
    button(page, "photo-rest").click().run()
    rest = photos_of(page).reading
    assert rest is not None
    rest.join(60)
    assert len(photos_of(page.run()).results) == 3
    assert "<b>3 photos</b>" in words(page)


def test_clear_ends_what_runs(visit, monkeypatch) -> None:
    held = Held()
    page = held_page(visit, held, monkeypatch)
    task = photos_of(page).reading
    assert task is not None
    button(page, "photo-clear").click().run()
    held.go.release()
    task.join(60)
    assert task.status().stage is Stage.CANCELLED
    assert photos_of(page).results == ()
    assert not held.began.acquire(blocking=False), "no other photo was read"


def test_a_photo_that_is_added_is_read_and_the_others_are_not_read_again(visit, catalog: None) -> None:
    analyzer = BoxesAt(FACE)
    page = upload_all(visit(analyzer), ("a.png", photo()), ("b.png", photo()))
    before = photos_of(page).results
    kept = [(p.source_id, p.name, photo(), PNG) for p in photos_of(page).photos.values()]
    page.file_uploader[0]._files = [*kept, ("new", "c.png", photo(90, 90), PNG)]
    page.run()
    assert photos_of(page).results[:2] == before
    assert [r.name for r in photos_of(page).results] == ["a.png", "b.png", "c.png"]
    assert len(analyzer.frames) == 3


def test_not_all_cards_of_a_crowd_are_drawn_at_once(visit, catalog: None) -> None:
    crowd = [face(3 * n, 20, Emotion.HAPPY) for n in range(40)]
    page = upload(visit(BoxesAt(*crowd)), photo())
    said = words(page)
    assert 'data-testid="face-24"' in said
    assert 'data-testid="face-25"' not in said
    next(b for b in page.button if b.label == "Show more of the 40 faces").click().run()
    assert 'data-testid="face-40"' in words(page)


def answer(monkeypatch: pytest.MonkeyPatch, said: str | None) -> None:
    """What the browser says when it is asked for the camera."""
    monkeypatch.setattr(camera, "_question", lambda **_: SimpleNamespace(said=said))


def test_the_camera_waits_for_consent(visit, catalog: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, camera.READY)
    page = visit(BoxesAt(face(100, 100, Emotion.HAPPY)))
    page.button_group[0].set_value("Take a photo").run()
    assert not page.camera_input
    assert "Before the camera starts" in words(page)
    next(b for b in page.button if b.label == "I agree, start the camera").click().run()
    assert len(page.camera_input) == 1
    state = page.session_state["attune"]
    assert state.page(PhotoState).consented
    assert not state.page(LiveState).consented, "a yes to one photo is no yes to the live camera"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (None, TROUBLES["asking"].sentence),
        ("NotAllowedError", TROUBLES["denied"].sentence),
        ("NotFoundError", TROUBLES["missing"].sentence),
        ("NotReadableError", "Another program uses the camera"),
        ("insecure", TROUBLES["insecure"].sentence),
        ("AbortError", camera.OTHER_PROBLEM),
    ],
)
def test_each_reason_for_no_camera_has_its_sentence(
    visit, catalog: None, monkeypatch: pytest.MonkeyPatch, said: str | None, shown: str
) -> None:
    answer(monkeypatch, said)
    page: AppTest = visit(BoxesAt())
    page.button_group[0].set_value("Take a photo").run()
    next(b for b in page.button if b.label == "I agree, start the camera").click().run()
    assert not page.exception and not page.camera_input
    alerts = [alert.value for alert in page.warning] or [alert.value for alert in page.info]
    assert len(alerts) == 1 and shown in alerts[0]
    if said:
        answer(monkeypatch, camera.READY)
        next(b for b in page.button if b.label == "Try again").click().run()
        assert len(page.camera_input) == 1


def test_uploads_do_not_pass_through_the_disk() -> None:
    keep_uploads_in_memory()
    assert MultiPartParser.spool_max_size > 50 * 1024 * 1024


def test_a_photo_too_poor_to_read_is_marked_and_chooses_nothing(visit, catalog) -> None:
    page = upload(visit(BoxesAt(face(20, 90, Emotion.HAPPY), quality=(Problem.BLURRED,))), photo())
    said = words(page)
    assert "The face is not clear enough to read (blurred)." in said
    assert "Not clear enough" in said
    assert "Balloons today" not in said
    assert "Fairly sure" not in said and "fairly sure" not in said
    (shown,) = photos_of(page).photos.values()
    assert all(decision.mood.dominant is None for decision in shown.decisions.values())


def test_a_photo_of_several_frames_says_that_the_first_was_read(visit) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    content = io.BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:])
    said = words(upload(visit(BoxesAt()), content.getvalue(), "moving.gif"))
    assert "The file holds 2 frames or pages. Only the first was read." in said
