"""One photo, read and put into words, pictures and tables."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from emotion.drawing import COLORS_RGB, POOR_RGB
from emotion.errors import DetectorError, ImageError
from emotion.labels import EMOTIONS, LABELS, Emotion
from emotion.photo import analyze_photo
from emotion.types import EmotionScores, FaceBox, FaceReading, Problem
from tests.fakes import BoxesAt
from tests.ui.photo.photos import face, photo
from ui.look.words import energy, pleasantness, sureness
from ui.photo.reading import (
    FACE_PX,
    PICTURE_SIDE_PX,
    THUMBNAIL_PX,
    PageLimits,
    PhotoReading,
    PhotoResult,
    annotate,
    annotated_jpeg,
    as_csv,
    as_json,
    as_zip,
    file_stem,
    read_photo,
    read_result,
    unique_name,
)


def reading_of(content: bytes, *found: tuple[FaceBox, EmotionScores], name: str = "me.png") -> PhotoReading:
    return read_photo(content, name, BoxesAt(*found))


def result_of(name: str, *found: tuple[FaceBox, EmotionScores]) -> PhotoResult:
    return PhotoResult(name, reading_of(photo(), *found, name=name))


HAPPY_RIGHT, SAD_LEFT = face(250, 90, Emotion.HAPPY), face(20, 40, Emotion.SAD)
BROKEN = PhotoResult("letter.jpg", None, "Expected a picture. Received: a text file.")


def test_faces_are_numbered_from_left_to_right_whatever_their_size() -> None:
    record = reading_of(photo(), HAPPY_RIGHT, SAD_LEFT).record
    assert [f.scores.top for f in record.faces] == [Emotion.SAD, Emotion.HAPPY]


def test_a_photo_that_was_turned_is_shown_turned() -> None:
    class Lying:
        """Sees a face only in a picture that is higher than wide, with red at its top."""

        model_version = "fake@1"

        def analyze(self, frame_bgr: np.ndarray, at_s: float = 0.0) -> tuple[FaceReading, ...]:
            upright = frame_bgr.shape[0] > frame_bgr.shape[1] and frame_bgr[5, 5, 2] > 200
            box, scores = face(20, 40, Emotion.SAD)
            return (FaceReading(box, scores, at_s),) if upright else ()

    lying = np.full((60, 100, 3), 90, np.uint8)
    lying[:, :30] = (0, 0, 255)
    content = io.BytesIO()
    Image.fromarray(lying[..., ::-1]).save(content, "PNG")
    reading = read_photo(content.getvalue(), "lying.png", Lying())
    assert reading.record.turned_deg == 90
    assert reading.picture_size_px == (60, 100)
    with Image.open(io.BytesIO(reading.picture)) as picture:
        red, green, _ = np.asarray(picture.convert("RGB"))[5, 30]
        assert red > 200 and green < 60
    (row,) = csv.DictReader(io.StringIO(as_csv([PhotoResult("lying.png", reading)])))
    assert row["turned_deg"] == "90"


def test_a_poor_picture_of_a_face_is_marked_wherever_it_is_told() -> None:
    poor = read_photo(photo(), "me.png", BoxesAt(HAPPY_RIGHT, quality=(Problem.BLURRED,)))
    good = reading_of(photo(), HAPPY_RIGHT)
    (row,) = csv.DictReader(io.StringIO(as_csv([PhotoResult("me.png", poor)])))
    assert (row["quality"], row["mood"]) == ("blurred", "unknown")
    assert json.loads(as_json([PhotoResult("me.png", poor)]))["faces"][0]["quality"] == ["blurred"]
    colours = [set(map(tuple, np.asarray(annotate(r)).reshape(-1, 3).tolist())) for r in (poor, good)]
    assert POOR_RGB in colours[0] and COLORS_RGB[Emotion.HAPPY] not in colours[0]
    assert COLORS_RGB[Emotion.HAPPY] in colours[1]


def test_a_photo_is_told_as_the_command_line_tells_it() -> None:
    ours = reading_of(photo(), HAPPY_RIGHT, SAD_LEFT).record.as_dict()
    theirs = analyze_photo(photo(), analyzer=BoxesAt(HAPPY_RIGHT, SAD_LEFT), name="me.png").as_dict()
    del ours["elapsed_ms"], theirs["elapsed_ms"]
    assert ours == theirs


def test_boxes_are_in_pixels_of_the_photo_also_when_it_was_scaled_down() -> None:
    analyzer = BoxesAt(face(1024, 512, Emotion.HAPPY))
    reading = read_photo(photo(8192, 1024), "wide.png", analyzer)
    assert analyzer.frames == [(512, 4096, 3)], "decoded and read once"
    assert (reading.record.width_px, reading.record.height_px) == (8192, 1024)
    assert reading.record.faces[0].box.x_px == pytest.approx(2048)
    assert reading.record.faces[0].box.width_px == pytest.approx(1024)
    assert reading.picture_size_px == (PICTURE_SIDE_PX, PICTURE_SIDE_PX // 8)
    assert reading.scale == pytest.approx(8192 / PICTURE_SIDE_PX)


def test_the_larger_face_counts_more_in_the_merged_mood() -> None:
    mood = reading_of(photo(), face(10, 40, Emotion.SAD, 0.9), face(150, 120, Emotion.HAPPY, 0.9)).record.mood
    assert mood.dominant is Emotion.HAPPY
    assert mood.faces_seen == 2


def test_no_face_is_an_unknown_mood() -> None:
    mood = reading_of(photo()).record.mood
    assert mood.dominant is None
    assert mood.faces_seen == 0


def test_a_file_that_is_no_picture_reaches_no_analyzer() -> None:
    analyzer = BoxesAt()
    with pytest.raises(ImageError, match="a text file"):
        read_photo(b"hello", "me.png", analyzer)
    assert analyzer.frames == []


class Failing:
    """An analyzer that raises what it is given."""

    model_version = "failing@1"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def analyze(self, frame_bgr: np.ndarray, at_s: float = 0.0) -> tuple[FaceReading, ...]:
        raise self._error


@pytest.mark.parametrize("error", [MemoryError(), ValueError("odd"), ZeroDivisionError(), IndexError()])
def test_what_is_wrong_with_one_file_is_told_and_not_raised(error: Exception) -> None:
    assert read_result(b"hello", "a.jpg", BoxesAt()).problem.startswith(
        "The file is a text file. Choose a JPEG"
    )
    result = read_result(photo(), "a.jpg", Failing(error))
    assert result.reading is None
    assert "damaged or unusual" in result.problem


def test_a_detector_that_cannot_be_used_is_no_fault_of_the_file() -> None:
    with pytest.raises(DetectorError):
        read_result(photo(), "a.jpg", Failing(DetectorError("Expected a detector. Received: none.")))


def test_annotated_picture_marks_the_face_and_leaves_the_photo_alone() -> None:
    reading = reading_of(photo(), face(100, 100, Emotion.HAPPY))
    with Image.open(io.BytesIO(reading.picture)) as stored:
        before = np.asarray(stored.convert("RGB")).astype(int)
    marked = np.asarray(annotate(reading)).astype(int)
    assert marked.shape == before.shape
    assert np.argwhere(np.abs(marked - before).sum(axis=2) > 30).size
    assert (marked[98:102, 148:152] == before[98:102, 148:152]).all(), "the face itself stays visible"


@pytest.mark.parametrize(
    "box",
    [
        FaceBox(-30, -30, 80, 80, 0.9),
        FaceBox(380, 280, 60, 60, 0.9),
        FaceBox(-500, -500, 40, 40, 0.9),
        FaceBox(0, 0, 400, 300, 0.9),
    ],
)
def test_a_face_at_the_edge_is_drawn_inside_the_picture(box: FaceBox) -> None:
    reading = reading_of(photo(), (box, EmotionScores.certain(Emotion.SAD, 0.9)))
    assert annotate(reading).size == (400, 300)
    with Image.open(io.BytesIO(reading.face_pictures[0])) as picture:
        assert picture.size == (FACE_PX, FACE_PX)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1)])
def test_a_picture_of_one_pixel_or_one_line_can_be_drawn(size: tuple[int, int]) -> None:
    reading = reading_of(photo(*size), (FaceBox(0, 0, 1, 1, 0.5), EmotionScores.uniform()))
    assert annotate(reading).size == size
    with Image.open(io.BytesIO(reading.thumbnail)) as thumbnail:
        assert thumbnail.size == THUMBNAIL_PX


def test_the_face_picture_shows_the_face() -> None:
    canvas = Image.new("RGB", (1000, 800), "blue")
    canvas.paste((255, 0, 0), (600, 50, 700, 150))
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG")
    reading = reading_of(buffer.getvalue(), face(600, 100, Emotion.HAPPY))
    with Image.open(io.BytesIO(reading.face_pictures[0])) as picture:
        shown = np.asarray(picture.convert("RGB")).astype(int)
    assert shown[FACE_PX // 2, FACE_PX // 2, 0] > 200
    assert shown[3, 3, 2] > 200, "and some of what is around it"


def test_results_carry_no_metadata_of_the_photo() -> None:
    picture = Image.new("RGB", (80, 60))
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    reading = reading_of(buffer.getvalue(), face(10, 30, Emotion.HAPPY))
    for content in (reading.picture, reading.thumbnail, *reading.face_pictures, annotated_jpeg(reading)):
        assert b"taken at home" not in content
        with Image.open(io.BytesIO(content)) as written:
            assert not written.getexif()


def test_json_holds_every_face_and_spells_unknown() -> None:
    record = json.loads(as_json([result_of("me.png", face(10, 60, Emotion.FEAR))]))
    assert record["path"] == "me.png"
    assert (record["width_px"], record["height_px"]) == (400, 300)
    (only,) = record["faces"]
    assert list(only["scores"]) == list(LABELS)
    assert only["dominant"] == "fear"
    assert only["box"] == {"x_px": 10.0, "y_px": 50.0, "width_px": 60.0, "height_px": 60.0}
    assert record["mood"]["dominant"] == "fear"
    assert json.loads(as_json([result_of("x")]))["mood"]["dominant"] == "unknown"


def rows_of(*results: PhotoResult) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(results))))


def test_csv_has_one_row_a_face_in_the_order_of_the_numbers() -> None:
    rows = rows_of(result_of("me.png", HAPPY_RIGHT, SAD_LEFT))
    assert [r["face"] for r in rows] == ["1", "2"]
    assert [r["dominant"] for r in rows] == ["sad", "happy"]
    assert all(abs(sum(float(r[name]) for name in LABELS) - 1) < 0.002 for r in rows)


def test_a_table_of_many_leaves_no_file_out() -> None:
    rows = rows_of(result_of("a.png", HAPPY_RIGHT, SAD_LEFT), result_of("empty.png"), BROKEN)
    assert [(r["path"], r["face"]) for r in rows] == [
        ("a.png", "1"),
        ("a.png", "2"),
        ("empty.png", ""),
        ("letter.jpg", ""),
    ]
    assert rows[2]["mood"] == "unknown"
    assert rows[3]["error"] == BROKEN.problem


@pytest.mark.parametrize("name", ["=1+1.png", "+1.png", "-1.png", "@SUM(A1).png"])
def test_no_file_name_is_a_formula_in_the_table(name: str) -> None:
    assert rows_of(result_of(name))[0]["path"] == f"'{name}"


def test_the_zip_holds_a_picture_of_each_one_table_and_one_data_file() -> None:
    results = (result_of("me.png", HAPPY_RIGHT), result_of("me.jpg"), result_of("../../evil/me.png"), BROKEN)
    with zipfile.ZipFile(io.BytesIO(as_zip(results))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "pictures/me-expressions.jpg",
            "pictures/me-expressions (2).jpg",
            "pictures/me-expressions (3).jpg",
            "expressions.csv",
            "expressions.json",
        ]
        with Image.open(io.BytesIO(archive.read("pictures/me-expressions.jpg"))) as picture:
            assert picture.size == (400, 300)
        records = json.loads(archive.read("expressions.json"))
        assert archive.read("expressions.csv").decode() == as_csv(results)
    assert [r["path"] for r in records] == [r.name for r in results]
    assert records[3] == {"path": "letter.jpg", "error": BROKEN.problem}


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("party.jpg", "party"),
        ("C:\\photos\\me.heic", "me"),
        ("../../etc/passwd", "passwd"),
        ("..", "photo"),
        ("", "photo"),
        ("Käse & Brot (1).png", "Käse & Brot (1)"),
        ("a\n<b>*?.png", "a__b___"),
        ("x" * 300 + ".png", "x" * 80),
    ],
)
def test_names_in_the_zip_are_fit_for_every_system(name: str, stem: str) -> None:
    assert file_stem(name) == stem


def test_no_two_photos_have_one_name() -> None:
    taken: set[str] = set()
    names = ["a.jpg", "A.jpg", "a.jpg", "a (2).jpg", "noend", "noend"]
    assert [unique_name(n, taken) for n in names] == [
        "a.jpg", "A (2).jpg", "a (3).jpg", "a (2) (2).jpg", "noend", "noend (2)",
    ]  # fmt: skip


def test_the_first_files_within_number_and_size_are_taken() -> None:
    limits = PageLimits(max_photos=3, max_bytes=100)
    assert limits.fitting([]) == 0
    assert limits.fitting([10, 10, 10]) == 3
    assert limits.fitting([10] * 5) == 3
    assert limits.fitting([60, 40, 1]) == 2
    assert limits.fitting([101]) == 0
    assert PageLimits().words == "60 photos and 200 MB"


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_words_for_a_certain_face_fit_it(emotion: Emotion) -> None:
    scores = EmotionScores.certain(emotion, 0.97)
    pleasant = pleasantness(scores.valence)
    if emotion in (Emotion.HAPPY, Emotion.SURPRISE):
        assert pleasant in ("clearly pleasant", "rather pleasant")
    elif emotion is Emotion.NEUTRAL:
        assert pleasant == "neither pleasant nor unpleasant"
        assert energy(scores.arousal) == "calm"
    else:
        assert pleasant == "clearly unpleasant"
    assert (energy(scores.arousal) == "subdued") == (emotion is Emotion.SAD)
    assert sureness(scores.confidence) == "quite sure"
