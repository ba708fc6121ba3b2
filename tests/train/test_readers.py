"""Every source of faces and votes, and every way they can be broken."""

from __future__ import annotations

import csv
import shutil
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import pytest

from emotion.labels import LABELS, Emotion
from tests.train.tiny_data import make_faces, make_votes, write_csv, write_folder
from train.dataset import find_archive, load_faces
from train.errors import DatasetError
from train.faceset import (
    FERPLUS_COLUMNS,
    FaceSet,
    Votes,
    ferplus_distribution,
    ferplus_majority,
    grouped_holdout,
    require_matching_votes,
    row_name,
)
from train.readers import Problem, parse_label_map, read_faces, read_votes


def test_folder_zip_and_csv_hold_the_same_faces(faces: FaceSet, kaggle_folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "fer.zip"
    with zipfile.ZipFile(archive, "w") as handle:
        for file in sorted(kaggle_folder.rglob("*.png")):
            handle.write(file, file.relative_to(kaggle_folder))
    from_zip, from_folder = read_faces(archive), read_faces(kaggle_folder)
    from_csv = read_faces(write_csv(faces, tmp_path / "fer2013.csv"))
    assert from_zip.names == from_folder.names == tuple(sorted(faces.names))
    order = np.argsort(np.array(faces.names))
    np.testing.assert_array_equal(from_zip.images, faces.images[order])
    assert from_zip.labels.tolist() == faces.labels[order].tolist()
    assert from_zip.usages.tolist() == faces.usages[order].tolist()
    np.testing.assert_array_equal(from_csv.images, faces.images)
    assert from_csv.names[:2] == ("fer0000000.png", "fer0000001.png")
    assert from_csv.usage("PublicTest").sha256() == faces.usage("PublicTest").sha256()


def test_a_test_folder_without_prefixes_is_told_from_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "set" / "test" / "happy"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), np.full((48, 48), 9, np.uint8))
    assert read_faces(tmp_path / "set").usages.tolist() == ["test"]
    assert len(read_faces(tmp_path / "set").usage("test")) == 1
    with pytest.raises(DatasetError, match=r"'PrivateTest'.*\['test'\]"):
        read_faces(tmp_path / "set").usage("PrivateTest")


def test_the_split_is_read_wherever_it_is_written(tmp_path: Path) -> None:
    expected = {
        "copy of PublicTest_12.png": "PublicTest", "x-PrivateTest-3.png": "PrivateTest",
        "Training_9.png": "Training", "NotTraining1.png": "test", "plain.png": "test",
    }  # fmt: skip
    folder = tmp_path / "archive" / "test" / "happy"
    folder.mkdir(parents=True)
    for name in expected:
        cv2.imwrite(str(folder / name), np.full((48, 48), 9, np.uint8))
    faces = read_faces(tmp_path)
    assert {Path(n).name: str(u) for n, u in zip(faces.names, faces.usages, strict=True)} == expected
    for place, usage in (("validation/sad", "test"), ("PrivateTest/sad", "PrivateTest")):
        (tmp_path / "more" / place).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "more" / place / "a.png"), np.full((48, 48), 9, np.uint8))
        assert usage in read_faces(tmp_path / "more").usages


def test_a_set_without_splits_can_be_trained_and_judged_on(tmp_path: Path) -> None:
    for label in LABELS:
        (tmp_path / label.title() / "somebody").mkdir(parents=True)
        cv2.imwrite(str(tmp_path / label.title() / "somebody" / "a.jpg"), np.zeros((350, 300, 3), np.uint8))
    faces = read_faces(tmp_path)
    assert len(faces) == len(faces.usage("Training")) == len(faces.usage("test")) == 7
    assert faces.images.shape == (7, 48, 48, 1)
    with pytest.raises(DatasetError, match="'PublicTest'"):
        faces.usage("PublicTest")


def test_larger_pictures_in_splits_are_scaled_and_single_ones_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for label in LABELS:
            (tmp_path / split / label).mkdir(parents=True)
            picture = rng.integers(0, 255, (350, 350, 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / split / label / "a.jpg"), picture)
    assert len(read_faces(tmp_path).usage("test")) == 7


def test_a_spread_of_faces_is_of_every_class(faces: FaceSet) -> None:
    ordered = faces.take(np.argsort(faces.labels, kind="stable"))
    assert set(ordered.spread(14).labels.tolist()) == set(range(7))
    assert len(faces.spread(10_000)) == len(faces)
    assert len(faces.take(np.arange(0)).spread(5)) == 0


def test_another_data_set_is_mapped_and_scaled(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for folder, side in (("anger", 96), ("6", 32), ("contempt", 48)):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / "a.png"), np.full((side, side, 3), 120, np.uint8))
    mapped = load_faces(tmp_path, label_map=parse_label_map("anger=angry, 6=neutral"))
    assert sorted(mapped.labels.tolist()) == [0, 6]
    assert mapped.images.shape == (2, 48, 48, 1)
    assert mapped.left_out == {"contempt": 1}
    assert "contempt" in caplog.text
    assert parse_label_map("a=fear") == {"a": Emotion.FEAR}
    with pytest.raises(DatasetError, match="Received: 'a=rage'"):
        parse_label_map("a=rage")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("3,1 2 3,Training", r"line 3, which has 3 pixels instead of 2304"),
        ("7," + "0 " * 2304 + ",Training", r"line 3, whose label is 7 instead of 0 to 6"),
        ("-1," + "0 " * 2304 + ",Training", r"line 3, whose label is -1"),
        ("3," + "256 " * 2304 + ",Training", r"line 3, which has pixels outside 0 to 255"),
        ("3," + "x " * 2304 + ",Training", r"line 3, which is not a label and pixels"),
        ("3," + "0 " * 2304 + ",Validation", r"line 3, whose Usage is 'Validation'"),
    ],
)
def test_a_broken_csv_row_is_named(line: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_text("emotion,pixels,Usage\n0," + " ".join(["7"] * 2304) + ",Training\n" + line + "\n")
    with pytest.raises(DatasetError, match=f"fer2013.csv {why}"):
        read_faces(path)
    problems: list[Problem] = []
    assert len(read_faces(path, on_problem=problems.append)) == 1
    assert len(problems) == 1


def test_a_zip_without_the_folders_says_what_it_holds(tmp_path: Path) -> None:
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as handle:
        handle.writestr("holiday/beach.jpg", b"x")
    with pytest.raises(
        DatasetError, match=r"train/<emotion>.*photos.zip, which has the folders \['holiday'\]"
    ):
        read_faces(archive)
    (tmp_path / "notes.txt").write_text("no archive")
    with pytest.raises(DatasetError, match=r"zip or tar archive, a folder or a .csv. Received: .*notes.txt"):
        read_faces(tmp_path / "notes.txt")
    with pytest.raises(DatasetError, match="does not exist"):
        read_faces(tmp_path / "nowhere.zip")


def test_broken_pictures_are_named(kaggle_folder: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    folder = tmp_path / "train" / "sad"
    folder.mkdir(parents=True)
    whole = cv2.imencode(".jpg", rng.integers(0, 255, (48, 48), dtype=np.uint8))[1].tobytes()
    (folder / "good.jpg").write_bytes(whole)
    broken = {"cut.jpg": whole[: len(whole) // 2], "text.png": b"hello", "empty.jpg": b""}
    for name, content in broken.items():
        (folder / name).write_bytes(content)
    cv2.imwrite(str(folder / "large.png"), np.zeros((60, 50), np.uint8))
    problems: list[Problem] = []
    assert len(read_faces(tmp_path, on_problem=problems.append)) == 1
    found = {p.where.split(" in ")[0].rsplit("/", 1)[-1]: p.why for p in problems}
    assert found["cut.jpg"] == "a JPEG that is cut off"
    assert "cannot be decoded" in found["text.png"] and "cannot be decoded" in found["empty.jpg"]
    assert found["large.png"] == "of 50×60 instead of 48×48 pixels"
    with pytest.raises(DatasetError, match=r"Received: train/sad/\w+.\w+ in "):
        read_faces(tmp_path)


def test_a_camera_may_write_behind_a_picture_but_not_stop_within(tmp_path: Path) -> None:
    folder = tmp_path / "happy"
    folder.mkdir()
    picture = np.random.default_rng(0).integers(0, 255, (48, 48), dtype=np.uint8)
    whole = cv2.imencode(".jpg", picture)[1].tobytes()
    # A thumbnail in the head has an end marker of its own.
    thumbnail = b"\xff\xe1" + (len(whole) + 2).to_bytes(2) + whole
    with_head = whole[:2] + thumbnail + whole[2:]
    (folder / "more.jpg").write_bytes(with_head + b"made by a phone")
    assert len(read_faces(tmp_path)) == 1
    (folder / "cut.jpg").write_bytes(with_head[:-60])
    with pytest.raises(DatasetError, match=r"cut.jpg in .*, a JPEG that is cut off"):
        read_faces(tmp_path)


def test_a_broken_archive_is_named(faces: FaceSet, tmp_path: Path) -> None:
    archive = tmp_path / "fer.zip"
    with zipfile.ZipFile(archive, "w") as handle:
        for name, image in zip(faces.names[:3], faces.images[:3], strict=True):
            handle.writestr(name, cv2.imencode(".png", image)[1].tobytes())
    content = bytearray(archive.read_bytes())
    content[200] ^= 0xFF
    archive.write_bytes(content)
    problems: list[Problem] = []
    assert len(read_faces(archive, on_problem=problems.append)) == 2
    assert "which cannot be read (Bad CRC-32" in problems[0].why and "fer.zip" in problems[0].where
    archive.write_bytes(content[:-10])
    with pytest.raises(DatasetError, match=r"Expected a .*zip.* archive.*fer.zip"):
        read_faces(archive)


def test_a_table_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x00")
    for read in (read_faces, read_votes):
        with pytest.raises(DatasetError, match=r"fer2013.csv"):
            read(path)


def test_the_competitions_own_table_has_spaces(tmp_path: Path) -> None:
    path = tmp_path / "icml_face_data.csv"
    path.write_text("emotion, Usage, pixels\n3,PrivateTest," + " ".join(["7"] * 2304) + "\n")
    assert read_faces(path).usages.tolist() == ["PrivateTest"]


def test_votes_find_an_archive_in_another_folder(faces: FaceSet, tmp_path: Path) -> None:
    moved = read_faces(write_folder(faces, tmp_path / "fer2013" / "archive").parent)
    assert moved.names[0].startswith("archive/")
    assert ferplus_majority(moved, make_votes(faces)).tolist() == moved.labels.tolist()
    require_matching_votes(moved, make_votes(faces))


def test_votes_by_row_belong_to_the_csv(faces: FaceSet, tmp_path: Path) -> None:
    from_csv = read_faces(write_csv(faces, tmp_path / "fer2013.csv"))
    path = tmp_path / "fer2013new.csv"
    expected = make_votes(from_csv)
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["Usage", "Image name", *FERPLUS_COLUMNS])
        for i, usage in enumerate(from_csv.usages):
            writer.writerow([usage, "", *(int(v) for v in expected[row_name(i)])])
    votes = read_votes(path)
    assert votes.keys() == expected.keys()
    assert ferplus_majority(from_csv, votes).tolist() == faces.labels.tolist()
    with pytest.raises(DatasetError, match="votes for 0 of them"):
        require_matching_votes(faces, votes)


def test_broken_votes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("file," + ",".join(FERPLUS_COLUMNS) + "\na.png,1,2,3\n")
    with pytest.raises(DatasetError, match=r"ten counts in line 2 of .*votes.csv"):
        read_votes(path)
    path.write_text("file,neutral\na.png,1\n")
    with pytest.raises(DatasetError, match=r"Expected the columns \['NF', 'anger'"):
        read_votes(path)
    with pytest.raises(DatasetError, match="is no file"):
        read_votes(tmp_path / "none.csv")


def test_majorities_leave_out_what_cannot_be_compared() -> None:
    faces = make_faces(7, 0)
    column = FERPLUS_COLUMNS.index
    rows = np.zeros((7, 10), np.float32)
    rows[0, column("anger")] = 6
    rows[1, [column("fear"), column("sadness")]] = 5
    rows[2, column("contempt")] = 9
    rows[3, column("unknown")] = 9
    rows[4, column("NF")] = 9
    votes = Votes(zip(faces.names[:6], rows, strict=False))
    assert ferplus_majority(faces, votes).tolist() == [0, -1, -1, -1, -1, -1, -1]
    shares = ferplus_distribution(faces, votes)
    assert shares[1].tolist() == pytest.approx([0, 0, 0.5, 0, 0.5, 0, 0])
    assert np.isnan(shares[2:]).all()


def test_copies_are_held_out_together() -> None:
    faces = make_faces(200, 0)
    twice = faces.take(np.concatenate([np.arange(200), np.arange(200)]))
    mask = grouped_holdout(twice, share=0.3, seed=1)
    assert (mask[:200] == mask[200:]).all()
    assert 0.15 < mask.mean() < 0.45


def test_the_cache_answers_as_the_source_and_notices_changes(kaggle_folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = load_faces(kaggle_folder, cache=cache)
    (stored,) = cache.iterdir()
    again = load_faces(kaggle_folder, cache=cache)
    assert again.sha256() == first.sha256()
    assert again.names == first.names and again.usages.tolist() == first.usages.tolist()
    stored.write_bytes(b"cut off")
    assert load_faces(kaggle_folder, cache=cache).sha256() == first.sha256()
    few = write_folder(make_faces(14, 0), tmp_path / "few")
    assert len(load_faces(few, cache=cache)) == 14
    cv2.imwrite(str(few / "train/happy/another.png"), np.zeros((48, 48), np.uint8))
    assert len(load_faces(few, cache=cache)) == 15


def test_the_archive_is_found_by_name_or_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FER2013_ARCHIVE", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match="set FER2013_ARCHIVE"):
        find_archive()
    (tmp_path / "data" / "train").mkdir(parents=True)
    assert find_archive() == Path("data")
    monkeypatch.setenv("FER2013_ARCHIVE", str(tmp_path / "none.zip"))
    with pytest.raises(DatasetError, match=r"none.zip"):
        find_archive()


@pytest.mark.slow
def test_the_real_archive(fer_archive: Path, ferplus_votes: Path, tmp_path: Path) -> None:
    faces = load_faces(fer_archive, cache=tmp_path)
    assert len(faces.usage("PublicTest")) == 3589
    training = np.bincount(faces.usage("Training").labels)
    assert dict(zip(LABELS, training.tolist(), strict=True))["disgust"] == 436
    require_matching_votes(faces, read_votes(ferplus_votes))


def test_the_usual_names_are_known_without_a_map(tmp_path: Path) -> None:
    names = {
        "Anger": 0,
        "disgusted": 1,
        "Fearful": 2,
        "happiness": 3,
        "Sadness": 4,
        "surprised": 5,
        "Natural": 6,
    }
    for name in names:
        (tmp_path / "Train" / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "Train" / name / "a.png"), np.full((48, 48), 9, np.uint8))
    faces = read_faces(tmp_path)
    assert {
        PurePosixPath(n).parts[1]: int(i) for n, i in zip(faces.names, faces.labels, strict=True)
    } == names


def test_what_was_left_out_is_told_by_every_part_of_the_set_and_from_the_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "set" / "test" / "happy").mkdir(parents=True)
    (tmp_path / "set" / "test" / "contempt").mkdir(parents=True)
    picture = cv2.imencode(".jpg", np.full((48, 48), 9, np.uint8))[1].tobytes()
    for name in ("happy/a.jfif", "happy/b.jpe", "happy/c.hif", "happy/d.xyz", "contempt/e.jpg"):
        (tmp_path / "set" / "test" / name).write_bytes(picture)
    for _ in range(2):
        caplog.clear()
        faces = load_faces(tmp_path / "set", cache=tmp_path / "cache")
        assert len(faces) == 2
        assert faces.usage("test").left_out == faces.left_out == {"contempt": 1, "*.hif": 1, "*.xyz": 1}
        assert "contempt" in caplog.text and "*.hif" in caplog.text


def test_what_systems_leave_behind_is_no_file_of_the_set(tmp_path: Path) -> None:
    folder = tmp_path / "train" / "angry"
    folder.mkdir(parents=True)
    (tmp_path / "__MACOSX" / "train" / "angry").mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), np.full((48, 48), 9, np.uint8))
    for junk in (
        "__MACOSX/train/angry/._a.png",
        "train/angry/._a.png",
        "train/.DS_Store",
        "train/angry/Thumbs.db",
    ):
        (tmp_path / junk).write_bytes(b"junk")
    assert read_faces(tmp_path).left_out == {}
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in sorted(tmp_path.rglob("*")):
            if file.is_file() and file.suffix != ".zip":
                archive.write(file, file.relative_to(tmp_path))
    assert len(read_faces(tmp_path / "set.zip")) == 1


@pytest.mark.parametrize("how", ["zip", "tar.gz", "folder"])
def test_a_table_is_found_in_an_archive_and_in_a_folder(faces: FaceSet, tmp_path: Path, how: str) -> None:
    table = write_csv(faces, tmp_path / "fer2013.csv")
    place = tmp_path / f"archive.{how}"
    if how == "zip":
        with zipfile.ZipFile(place, "w") as archive:
            archive.write(table, "fer2013/fer2013.csv")
            archive.writestr("fer2013/README", "about")
    elif how == "tar.gz":
        with tarfile.open(place, "w:gz") as tar:
            tar.add(table, "fer2013/fer2013.csv")
    else:
        (place / "fer2013").mkdir(parents=True)
        shutil.copy(table, place / "fer2013" / "fer2013.csv")
    found = read_faces(place)
    np.testing.assert_array_equal(found.images, read_faces(table).images)
    assert found.table_rows == len(faces)


def test_pictures_in_a_tar_archive_are_read(kaggle_folder: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "fer.tar.gz", "w:gz") as tar:
        tar.add(kaggle_folder, "fer")
    assert len(read_faces(tmp_path / "fer.tar.gz")) == len(read_faces(kaggle_folder))


def test_headers_in_other_letters_labels_as_words_and_no_usage(tmp_path: Path) -> None:
    pixels = "7 " * 48 * 48
    table = tmp_path / "train.csv"
    table.write_text(f" Emotion , PIXELS\nhappiness,{pixels}\n4,{pixels}\n", encoding="utf-8")
    faces = read_faces(table)
    assert faces.labels.tolist() == [3, 4]
    assert set(faces.usages.tolist()) == {"Training"}
    mapped = tmp_path / "mapped.csv"
    mapped.write_text(f"emotion,pixels\nrage,{pixels}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="the label is 'rage'"):
        read_faces(mapped)
    assert read_faces(mapped, label_map=parse_label_map("rage=angry")).labels.tolist() == [0]


def test_votes_by_row_belong_to_a_table_with_the_same_rows(faces: FaceSet, tmp_path: Path) -> None:
    whole = read_faces(write_csv(faces, tmp_path / "fer2013.csv"))
    usages = [str(u) for u in whole.usages]

    def votes(of: list[str]) -> Votes:
        path = tmp_path / "fer2013new.csv"
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            writer.writerow(["Usage", "Image name", *FERPLUS_COLUMNS])
            writer.writerows([usage, "", *([9] + [0] * 9)] for usage in of)
        return read_votes(path)

    require_matching_votes(whole, votes(usages))
    require_matching_votes(whole.usage("Training"), votes(usages))
    with pytest.raises(DatasetError, match=r"Received: votes for \d+ rows"):
        require_matching_votes(whole, votes([*usages, "Training"]))
    turned = usages[::-1]
    assert turned != usages
    with pytest.raises(DatasetError, match="same Usage"):
        require_matching_votes(whole, votes(turned))
