"""``bench spoiled`` spoils each crop in its own way, and counts right."""

from __future__ import annotations

import numpy as np
import pytest

from bench import spoiled

CROPS = np.random.default_rng(3).integers(0, 256, (4, 48, 48, 1)).astype(np.uint8)


@pytest.mark.parametrize("name", list(spoiled.SPOILS))
def test_every_way_changes_the_crops_and_is_the_same_each_time(name: str) -> None:
    one, again = (spoiled.spoiled(CROPS, spoiled.SPOILS[name], 1) for _ in range(2))
    assert one.shape == CROPS.shape and one.dtype == np.uint8
    assert np.array_equal(one, again)
    assert not np.array_equal(one, CROPS)


def test_a_crop_is_shifted_to_the_right_and_down() -> None:
    moved = spoiled.spoiled(CROPS, spoiled.moved(right_px=3, down_px=2), 1)
    assert np.array_equal(moved[:, 2:, 3:], CROPS[:, :-2, :-3])


def test_the_mean_is_over_models_and_mirror_images() -> None:
    def left_edge(crops: np.ndarray) -> np.ndarray:
        return crops[:, :, 0].mean(axis=(1, 2), keepdims=False)[:, None] * np.ones(7)

    mean = spoiled.mirrored_mean([left_edge, lambda crops: np.zeros((len(crops), 7))], CROPS)
    edges = CROPS[:, :, [0, -1]].mean(axis=(1, 2, 3))
    assert np.allclose(mean, edges[:, None] / 2)


@pytest.mark.usefixtures("fer_archive", "ferplus_votes")
def test_the_table_has_a_column_for_each_model_and_their_mean(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoiled, "SPOILS", {"bright": spoiled.SPOILS["bright"]})
    assert spoiled.main(["attune@fer", "attune", "--mean", "--faces", "40", "--usage", "PublicTest"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("PublicTest, 40 faces")
    assert lines[2] == "| crops | attune@fer | attune | their mean, mirrored |"
    whole, bright, mean = (line.split(" | ") for line in lines[4:])
    assert [whole[0], bright[0], mean[0]] == ["| as they are", "| bright", "| mean of the spoiled"]
    assert bright[1:] == mean[1:] != whole[1:]
