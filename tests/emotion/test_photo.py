"""One photo, one record: its form, the odd photos that open, and the bad ones that say why not."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from emotion.analysis import FrameAnalyzer
from emotion.bootstrap import create_photo_analyzer
from emotion.errors import ImageError
from emotion.images import ImageLimits
from emotion.labels import LABELS, Emotion
from emotion.photo import analyze_photo, read_upright, turned
from emotion.records import MomentRecord, PhotoRecord, as_text, photo_mood
from emotion.types import FaceReading, Problem
from tests.emotion.bad_photos import bad_pictures, encoded, good_pictures
from tests.fakes import FakeAnalyzer, FakeClassifier, FakeDetector, a_face, a_reading, no_problems

ROOT = Path(__file__).resolve().parents[2]
GOOD, BAD = good_pictures(), bad_pictures()


def analyzer_of(*faces: object) -> FrameAnalyzer:
    return FrameAnalyzer(FakeDetector(faces), FakeClassifier(), judge=no_problems)


@pytest.fixture(scope="module")
def photo_analyzer() -> FrameAnalyzer:
    return create_photo_analyzer()


def png(height_px: int = 480, width_px: int = 640) -> bytes:
    return cv2.imencode(".png", np.full((height_px, width_px, 3), 90, np.uint8))[1].tobytes()


class TestRecord:
    def test_one_line_in_exactly_the_agreed_form(self) -> None:
        record = analyze_photo(png(), analyzer=analyzer_of(a_face(100, 80)), name="a.png")
        line = record.as_json()
        assert "\n" not in line
        told = json.loads(line)
        assert list(told) == [
            *("path", "width_px", "height_px", "faces", "mood", "elapsed_ms"),
            *("turned_deg", "frames", "ends_early"),
        ]
        (face,) = told["faces"]
        assert list(face) == ["box", "scores", "dominant", "confidence", "valence", "arousal", "quality"]
        assert (told["turned_deg"], told["frames"], told["ends_early"]) == (0, 1, False)
        assert face["quality"] == []
        assert face["box"] == {"x_px": 100.0, "y_px": 80.0, "width_px": 120.0, "height_px": 120.0}
        assert tuple(face["scores"]) == LABELS
        assert (face["dominant"], face["confidence"]) == ("happy", 0.9)
        assert told["mood"] == {"dominant": "happy", "confidence": 0.9}
        assert (told["path"], told["width_px"], told["height_px"]) == ("a.png", 640, 480)

    def test_a_moment_has_its_time_after_the_path(self) -> None:
        mood = photo_mood([a_reading()])
        told = json.loads(MomentRecord("c.mp4", 1.25, 640, 480, (a_reading(),), mood, 5.0).as_json())
        assert list(told)[:2] == ["path", "t_s"]
        assert told["t_s"] == 1.25

    def test_without_a_face_the_mood_is_unknown(self) -> None:
        told = analyze_photo(png(), analyzer=analyzer_of()).as_dict()
        assert told["faces"] == []
        assert told["mood"] == {"dominant": "unknown", "confidence": pytest.approx(1 / 7, abs=1e-4)}

    def test_faces_are_numbered_from_the_left(self) -> None:
        record = analyze_photo(png(), analyzer=analyzer_of(a_face(400, 80), a_face(20, 200)))
        assert [face.box.x_px for face in record.faces] == [20, 400]

    def test_boxes_are_in_pixels_of_the_photo_that_was_scaled(self) -> None:
        analyzer = analyzer_of(a_face(10, 20, 40))
        record = analyze_photo(png(), analyzer=analyzer, limits=ImageLimits(max_side_px=320))
        assert (record.width_px, record.height_px) == (640, 480)
        box = record.faces[0].box
        assert (box.x_px, box.y_px, box.width_px) == (20, 40, 80)

    def test_a_name_that_is_no_text_can_still_be_written(self) -> None:
        name = os.fsdecode(b"gr\xfc\xdfe.jpg")
        assert as_text(name) == r"gr\xfc\xdfe.jpg"
        record = PhotoRecord(as_text(name), 1, 1, (), photo_mood(()), 0.0)
        json.loads(record.as_json().encode("ascii"))

    def test_a_mood_is_named_when_it_leads(self) -> None:
        assert photo_mood([a_reading(Emotion.SAD, 0.8)]).dominant is Emotion.SAD
        assert photo_mood([a_reading(Emotion.SAD, 0.2)]).dominant is None


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_picture_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(GOOD[name])
    record = analyze_photo(path, analyzer=analyzer_of())
    assert record.path == str(path)
    assert record.width_px >= 1


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_says_what_it_is(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    content, words = BAD[name]
    path.write_bytes(content)
    with pytest.raises(ImageError, match=words):
        analyze_photo(path, analyzer=analyzer_of())


def test_what_is_no_file_says_so(tmp_path: Path) -> None:
    loop = tmp_path / "loop.jpg"
    loop.symlink_to(loop)
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    for path, words in (
        (tmp_path, "a folder"),
        (tmp_path / "gone.jpg", "No such file"),
        (loop, "symbolic links"),
        (pipe, "no ordinary file"),
        ("zero\0byte.jpg", "null"),
    ):
        with pytest.raises(ImageError, match=words):
            analyze_photo(path, analyzer=analyzer_of())


def test_an_unreadable_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(png())

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    # Tests may run as root, whom no file refuses.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ImageError, match="Permission denied"):
        analyze_photo(path, analyzer=analyzer_of())


def test_a_file_too_large_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    with path.open("wb") as handle:
        handle.truncate(3 * 2**20)
    with pytest.raises(ImageError, match=r"at most 1 MB\. Received: 3\.0 MB"):
        analyze_photo(path, analyzer=analyzer_of(), limits=ImageLimits(max_bytes=2**20))


def test_five_hundred_faces_are_all_read(tiny_model: Path) -> None:
    from emotion.installed import load_classifier

    faces = [a_face(20 + 40 * (i % 25), 20 + 40 * (i // 25), 36) for i in range(500)]
    analyzer = FrameAnalyzer(FakeDetector(faces), load_classifier(tiny_model))
    record = analyze_photo(png(900, 1100), analyzer=analyzer)
    assert len(record.faces) == 500
    assert len(json.loads(record.as_json())["faces"]) == 500


def test_without_an_analyzer_the_app_s_model_reads(astronaut_bgr: np.ndarray) -> None:
    content = encoded(Image.fromarray(astronaut_bgr[..., ::-1]), "JPEG")
    record = analyze_photo(content)
    assert record.mood.dominant is Emotion.HAPPY
    assert len(record.faces) == 1


# --- what a photo may come as --------------------------------------------------------------------------


def test_a_path_bytes_a_stream_an_image_and_an_array_are_the_same_photo(
    tmp_path: Path, astronaut_bgr: np.ndarray, photo_analyzer: FrameAnalyzer
) -> None:
    image = Image.fromarray(astronaut_bgr[..., ::-1])
    content = encoded(image, "PNG")
    path = tmp_path / "face.png"
    path.write_bytes(content)
    with path.open("rb") as stream:
        records = [
            analyze_photo(source, analyzer=photo_analyzer)
            for source in (
                path, str(path), content, bytearray(content), memoryview(content),
                stream, io.BytesIO(content), image, Image.open(path), astronaut_bgr,
            )
        ]  # fmt: skip
    boxes = {tuple(record.as_dict()["faces"][0]["box"].values()) for record in records}
    assert len(boxes) == 1
    assert {record.mood.dominant for record in records} == {Emotion.HAPPY}
    assert {(record.width_px, record.height_px) for record in records} == {(512, 512)}
    assert [record.path for record in records[:3]] == [str(path), str(path), ""]


def test_arrays_may_be_grey_or_have_an_opacity() -> None:
    grey = np.full((20, 30), 90, np.uint8)
    for pixels in (grey, grey[..., None], np.dstack([grey] * 4)):
        assert analyze_photo(pixels, analyzer=analyzer_of()).width_px == 30


def test_a_pillow_image_is_turned_by_its_own_exif_and_stays_as_it_was() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    opened = Image.open(io.BytesIO(encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif)))
    record = analyze_photo(opened, analyzer=analyzer_of())
    assert (record.width_px, record.height_px) == (20, 40)
    assert opened.size == (40, 20)


@pytest.mark.parametrize(
    "pixels", [np.zeros((4, 4, 3)), np.zeros((4, 4, 2), np.uint8), np.zeros((0, 4, 3), np.uint8)]
)
def test_an_array_of_another_form_says_which_is_meant(pixels: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r"uint8 \(height, width, 3\).*Received: "):
        analyze_photo(pixels, analyzer=analyzer_of())


@pytest.mark.parametrize(
    ("source", "words"),
    [(0, r"analyze_camera\(0\)"), (None, "NoneType"), (io.StringIO("x"), "binary stream"), ([], "list")],
)
def test_what_is_no_photo_at_all_is_told_what_to_bring(source: object, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        analyze_photo(source, analyzer=analyzer_of())


# --- photos that lie -----------------------------------------------------------------------------------


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_a_photo_that_lies_is_turned_and_says_so(
    turn_deg: int, astronaut_bgr: np.ndarray, photo_analyzer: FrameAnalyzer
) -> None:
    lying = turned(astronaut_bgr[:400], 360 - turn_deg)
    record = analyze_photo(lying, analyzer=photo_analyzer)
    assert record.turned_deg == turn_deg
    assert (record.width_px, record.height_px) == (512, 400)
    (face,) = record.faces
    assert record.mood.dominant is Emotion.HAPPY
    assert face.box.x_px == pytest.approx(180, abs=12) and face.box.y_px == pytest.approx(63, abs=12)
    said = [note for note in record.notes if f"turned by {turn_deg}°" in note]
    assert bool(said) == (turn_deg != 0)
    assert record.as_dict()["turned_deg"] == turn_deg


def surely(confidence: float) -> tuple[FaceReading, ...]:
    face = a_reading()
    return (replace(face, box=replace(face.box, confidence=confidence)),)


@pytest.mark.parametrize(
    ("as_it_lies", "turned_by", "want"),
    [
        (surely(0.90), {}, 0),  # sure: no other turn is tried
        ((), {}, 0),
        ((), {180: surely(0.90)}, 180),
        ((), {90: surely(0.86), 270: surely(0.9)}, 270),
        ((), {180: surely(0.80)}, 0),  # a find that weak may be anything
        (surely(0.85), {180: surely(0.87)}, 0),  # no clear lead
        (surely(0.80), {180: surely(0.91), 90: surely(0.85)}, 180),
    ],
)
def test_only_a_clear_lead_turns_a_photo(
    as_it_lies: tuple[FaceReading, ...], turned_by: dict[int, tuple[FaceReading, ...]], want: int
) -> None:
    analyzer = FakeAnalyzer(as_it_lies, *(turned_by.get(turn, ()) for turn in (180, 90, 270)))
    turn_deg, found = read_upright(np.zeros((48, 64, 3), np.uint8), analyzer)
    assert turn_deg == want
    assert found == turned_by.get(want, as_it_lies)
    assert len(analyzer.seen) == (1 if as_it_lies == surely(0.90) else 4)


def test_a_photo_that_shows_nobody_in_any_turn_is_looked_at_again(
    astronaut_bgr: np.ndarray, photo_analyzer: FrameAnalyzer
) -> None:
    blurred = cv2.GaussianBlur(astronaut_bgr, (0, 0), 9)
    assert photo_analyzer.analyze(blurred) == ()
    turn_deg, (face,) = read_upright(blurred, photo_analyzer)
    assert turn_deg == 0 and face.box.x_px == pytest.approx(180, abs=15)
    assert face.is_poor, "found, but not clear enough to be read"


# --- what a person should know -------------------------------------------------------------------------


def test_notes_say_what_was_left_out() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    record = analyze_photo(content, analyzer=analyzer_of())
    assert record.frames == 2
    assert record.notes == ("The file holds 2 frames or pages. Only the first was read.",)
    noise = np.random.default_rng(3).normal(128, 90, (200, 200, 1)).clip(0, 255).astype(np.uint8)
    whole = encoded(Image.fromarray(noise.repeat(3, axis=2)), "JPEG")
    assert "ends too early" in analyze_photo(whole[:-2], analyzer=analyzer_of()).notes[0]
    assert analyze_photo(whole, analyzer=analyzer_of()).notes == ()


def test_no_mood_rests_on_a_poor_picture_of_a_face() -> None:
    good, poor = a_reading(Emotion.SAD), a_reading(Emotion.HAPPY, quality=(Problem.BLURRED,), side_px=400)
    assert photo_mood([poor]).dominant is None
    assert photo_mood([poor, good]).dominant is Emotion.SAD
    record = PhotoRecord("a.jpg", 9, 9, (poor, good), photo_mood([poor, good]), 1.0)
    assert record.notes == (
        "1 of the 2 faces is not clear enough to read (blurred). The mood leaves it out.",
    )
    assert record.as_dict()["faces"][0]["quality"] == ["blurred"]


@pytest.mark.slow
def test_damaged_photos_neither_crash_nor_hang_nor_fill_the_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "mutated_photos", "--examples", "200"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 damaged photos: no crash" in done.stdout
