"""The face-free crops of ``python -m bench faces``: whose pictures, which crops, and what it says of none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bench import faces


def test_the_bundled_pictures_are_all_there() -> None:
    pictures = faces.bundled_pictures()
    assert {path.stem for path in pictures} == {*faces.FACE_FREE, "china", "flower"}
    assert all(path.is_file() for path in pictures)


def test_crops_take_each_picture_in_turn_and_are_the_same_again(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (120, 200, 3), np.uint8)
    for name in ("b.PNG", "more/a.jpg", "c.webp"):
        assert cv2.imwrite(str(tmp_path / name), noise)
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    pictures = faces.pictures_in(tmp_path)
    assert [path.stem for path in pictures] == ["b", "c", "a"]

    crops = list(faces.face_free_crops(pictures, 7, 3))
    assert [name for name, _ in crops] == ["b", "c", "a", "b", "c", "a", "b"]
    assert {crop.shape[2] for _, crop in crops} == {3}
    assert all(crop.shape[1] == 640 or crop.shape[1] <= 200 for _, crop in crops)
    again = faces.face_free_crops(pictures, 7, 3)
    assert all(np.array_equal(one, other) for (_, one), (_, other) in zip(crops, again, strict=True))


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(OSError, match=r"Expected a picture\. Received: .*broken\.png"):
        list(faces.face_free_crops([broken], 1, 0))


def test_a_folder_without_pictures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        faces.main(["--pictures", str(tmp_path)])
    assert f"Received: {tmp_path}, without any." in capsys.readouterr().err
