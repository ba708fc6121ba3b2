"""Data sets of whole photos are recognised, and their faces found as the app finds them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from emotion.labels import LABELS
from tests.train.tiny_data import make_faces, write_folder
from train.cli import main
from train.errors import DatasetError
from train.photos import face_finder, look_at
from train.readers import NO_FACE, pictures_spread, read_faces


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three photos of one person, who smiles, and one of a cat."""
    folder = tmp_path_factory.mktemp("photos")
    person = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    for name, picture in {
        "happiness/one.jpg": person,
        "happiness/two.jpg": person[:400],
        "happiness/mirrored.png": person[:, ::-1],
        "neutral/cat.jpg": cv2.cvtColor(skimage.data.chelsea(), cv2.COLOR_RGB2BGR),
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        assert cv2.imwrite(str(folder / name), picture)
    return folder


def test_photos_are_told_from_faces(photos: Path, tmp_path: Path) -> None:
    look = look_at(photos)
    assert (look.pictures, look.photos, look.whole_photos) == (4, 3, True)
    assert 0.1 < look.share < 0.4
    faces = tmp_path / "faces"
    write_folder(make_faces(20, 10), faces)
    assert not look_at(faces).whole_photos
    # The same face, cut out closely, at a size of its own.
    close = tmp_path / "close" / "happy"
    close.mkdir(parents=True)
    head = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)[55:175, 160:280]
    assert cv2.imwrite(str(close / "face.png"), head)
    assert not look_at(close.parent).whole_photos


def test_the_face_of_each_photo_is_found_and_photos_without_one_are_counted(photos: Path) -> None:
    found = read_faces(photos, find=face_finder())
    assert len(found) == 3 and found.left_out == {NO_FACE: 1}
    whole = read_faces(photos)
    assert len(whole) == 4 and found.images.shape == (3, 48, 48, 1)
    # A mirrored photo gives the mirrored face; a photo shrunk whole shows something else.
    mirrored, one = (found.images[found.names.index(f"happiness/{n}")] for n in ("mirrored.png", "one.jpg"))
    assert np.abs(mirrored[:, ::-1].astype(int) - one).mean() < 12
    assert np.abs(whole.images[whole.names.index("happiness/one.jpg")].astype(int) - one).mean() > 25


def test_evaluate_says_that_pictures_are_photos_and_finds_their_faces(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def evaluate(*more: str) -> tuple[dict[str, object], str]:
        with pytest.raises(SystemExit) as stopped:
            main(["evaluate", "--json", "--data", str(photos), *more])
        assert not stopped.value.code
        out, err = capsys.readouterr()
        return json.loads(out), " ".join(err.split())

    whole, said = evaluate()
    assert whole["n"] == 4 and whole["whole_photos"] == {"looked_at": 4, "photos": 3}
    assert "These are whole photos: in 3 of 4 pictures" in said and "Add --find-faces" in said
    found, said = evaluate("--find-faces")
    assert found["n"] == 3 and found["no_face_found"] == 1 and found["accuracy"] == 1.0
    assert "whole photos" not in said
    assert LABELS[3] == "happy"


def test_a_few_pictures_are_spread_over_the_set(photos: Path, tmp_path: Path) -> None:
    assert len(pictures_spread(photos, 2)) == 2 and len(pictures_spread(photos, 9)) == 4
    table = tmp_path / "fer2013.csv"
    table.write_text("emotion,pixels,Usage\n")
    assert pictures_spread(table, 5) == []
    other = tmp_path / "notes.txt"
    other.write_text("no data set")
    with pytest.raises(DatasetError, match="none of them"):
        pictures_spread(other, 5)
