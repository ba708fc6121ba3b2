"""The framing study measures what it says: a face cropped where it was pasted comes back as it was."""

from __future__ import annotations

import numpy as np
import pytest

from bench import margin, pasted_faces
from bench.__main__ import measurements
from emotion.crops import CropOptions
from emotion.export import smooth_noise
from emotion.faces import DetectedFace
from emotion.types import FaceBox
from tests.fakes import FakeClassifier

EXACT = CropOptions(margin=0.0, shift_down=0.0, level_from_deg=0.0)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    pytest.importorskip("skimage")
    return smooth_noise(6, seed=5)


def known(one: pasted_faces.PastedFace) -> DetectedFace:
    """The face as a perfect detector would find it."""
    half = one.side_px / 2
    turn = np.radians(one.turn_deg)
    eyes = np.array([(-0.2, -0.1), (0.2, -0.1)]) * one.side_px
    eyes = eyes @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (
        one.x_px,
        one.y_px,
    )
    box = FaceBox(one.x_px - half, one.y_px - half, one.side_px, one.side_px, 0.9)
    return DetectedFace(box, np.concatenate([eyes, np.zeros((3, 2))]))


@pytest.mark.parametrize("max_turn_deg", [0.0, 25.0])
def test_a_perfect_detector_gets_a_perfect_score(faces, max_turn_deg):
    pasted = tuple(pasted_faces.pasted_faces(faces, max_turn_deg=max_turn_deg, seed=1))
    found = margin.Found(pasted, tuple(known(p) for p in pasted), len(faces))
    classifier = FakeClassifier()
    labels = np.full(len(faces), classifier.row.argmax())
    row = margin.score(found, faces, labels, labels, classifier, EXACT)
    assert row.corner_error < 1e-3
    assert row.correlation > 0.97
    assert (row.agreement, row.accuracy) == (1.0, 1.0)
    wrong = margin.score(found, faces, labels, labels, classifier, CropOptions(margin=0.4, shift_down=0.1))
    assert wrong.corner_error > 0.2
    assert wrong.pixel_error > 2 * row.pixel_error
    assert wrong.correlation < row.correlation


def test_pasting_is_repeatable_and_stays_in_the_frame(faces):
    first, again = (list(pasted_faces.pasted_faces(faces, max_turn_deg=25, seed=3)) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.frame_bgr, b.frame_bgr)
        assert a.frame_bgr.shape == (480, 640, 3)
        assert 0.6 * a.side_px <= a.x_px <= 640 - 0.6 * a.side_px


def test_only_the_measured_part_of_the_document_is_replaced(tmp_path):
    document = tmp_path / "margin.md"
    document.write_text(f"before\n{margin.BEGIN}\nold\n{margin.END}\nafter\n")
    rows = [margin.Row(CropOptions(0.05, 0.0, 180.0), 0.125, 30.0, 0.63, 0.75, 0.5)]
    margin.write_between(document, margin.table(rows))
    text = document.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| +0.05 | +0.00 | no | 12.5% | 30.0 | 0.630 | 75.0% | 50.0% |" in text
    assert "old" not in text
    bare = tmp_path / "bare.md"
    bare.write_text("nothing to replace")
    with pytest.raises(ValueError, match="Received: "):
        margin.write_between(bare, "x")


def test_measurements_are_found_by_name():
    found = measurements()
    assert {"margin", "perception"} <= set(found)
    assert found["margin"].BY_NAME_ONLY
    assert "pasted_faces" not in found
