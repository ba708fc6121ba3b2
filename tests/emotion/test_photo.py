"""One photo, one record: its form, the odd photos that open, and the bad ones that say why not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.analysis import FrameAnalyzer
from emotion.errors import ImageError
from emotion.images import ImageLimits
from emotion.labels import LABELS, Emotion
from emotion.photo import analyze_photo
from emotion.records import MomentRecord, PhotoRecord, as_text, photo_mood
from tests.emotion.bad_photos import bad_pictures, encoded, good_pictures
from tests.fakes import FakeClassifier, FakeDetector, a_face, a_reading

ROOT = Path(__file__).resolve().parents[2]
GOOD, BAD = good_pictures(), bad_pictures()


def analyzer_of(*faces: object) -> FrameAnalyzer:
    return FrameAnalyzer(FakeDetector(faces), FakeClassifier())


def png(height_px: int = 480, width_px: int = 640) -> bytes:
    return cv2.imencode(".png", np.full((height_px, width_px, 3), 90, np.uint8))[1].tobytes()


class TestRecord:
    def test_one_line_in_exactly_the_agreed_form(self) -> None:
        record = analyze_photo(png(), analyzer=analyzer_of(a_face(100, 80)), name="a.png")
        line = record.as_json()
        assert "\n" not in line
        told = json.loads(line)
        assert list(told) == ["path", "width_px", "height_px", "faces", "mood", "elapsed_ms"]
        (face,) = told["faces"]
        assert list(face) == ["box", "scores", "dominant", "confidence", "valence", "arousal"]
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
    from PIL import Image

    content = encoded(Image.fromarray(astronaut_bgr[..., ::-1]), "JPEG")
    record = analyze_photo(content)
    assert record.mood.dominant is Emotion.HAPPY
    assert len(record.faces) == 1


@pytest.mark.slow
def test_damaged_photos_neither_crash_nor_hang_nor_fill_the_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "mutated_photos", "--examples", "200"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 damaged photos: no crash" in done.stdout
