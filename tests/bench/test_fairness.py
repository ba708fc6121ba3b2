"""The groups of ``bench fairness`` are what the page says, and its figures are counted right."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bench import fairness


def test_the_fifths_are_of_one_size_and_in_order() -> None:
    values = np.random.default_rng(0).normal(100, 20, 500)
    groups = fairness.fifths(values)
    assert [int(of.sum()) for _, of in groups] == [100] * 5
    for (_, low), (_, high) in pairwise(groups):
        assert values[low].max() <= values[high].min()
    assert np.sum([of for _, of in groups], axis=0).tolist() == [1] * 500, "each face is in one group"


def test_a_crop_s_light_is_measured() -> None:
    crops = np.zeros((3, 48, 48, 1), np.uint8)
    crops[1] = 200
    crops[2, :, 24:] = 100
    looks = fairness.looks(crops)
    assert looks["brightness"].tolist() == [0, 200, 50]
    assert looks["contrast"].tolist() == [0, 0, 50]
    assert looks["side light"].tolist() == [0, 0, 100]


def test_shares_are_counted_where_there_is_something_to_compare_with() -> None:
    faces = fairness.Faces(
        np.zeros((4, 48, 48, 1), np.uint8), np.array([0, 1, 2, 3]), np.array([0, -1, 5, 3])
    )
    counted, right, agreed = fairness.shares(faces, np.array([0, 1, 5, 4]), np.array([True] * 4))
    assert (counted, right[:5], agreed[:5]) == ("4", "50.0%", "66.7%")
    assert str(fairness.Share(0, 0)) == "–"
    # Wilson, 1927: of 8 in 10 from 49.0 to 94.3 percent.
    assert str(fairness.Share(8, 10)) == "80.0% (49.0 to 94.3)"


def test_both_tables_are_written_into_the_page(
    fer_archive: Path, ferplus_votes: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n<!-- measured: begin -->\n<!-- measured: end -->\nend\n")
    assert fairness.main(["--faces", "60", "--pasted", "6", "--write", str(page)]) == 0
    written = page.read_text()
    assert written.startswith("# Page") and written.endswith("end\n")
    assert "| all | 60 | " in written and "brightness, lowest fifth" in written
    assert [line.split(" | ")[1] for line in written.splitlines() if line.startswith("| 64 px")] == ["6"]


@pytest.mark.parametrize("mark", ["<!-- measured: begin -->", "<!-- measured: end -->"])
def test_the_page_itself_has_a_place_for_them(mark: str) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "fairness.md"
    assert page.read_text(encoding="utf-8").count(mark) == 1
