"""What a number of viewers needs is what one needs, times their number."""

import pytest

from bench.sizes import Costs, Sizes, main


@pytest.mark.parametrize("viewers", [1, 69, 70, 71, 11_000])
def test_every_viewer_has_a_place_and_no_replica_is_for_nobody(viewers):
    sizes = Sizes(viewers, Costs(cores=0.01, usable=0.7))
    assert sizes.viewers_a_replica == 70
    assert (sizes.replicas - 1) * 70 < viewers <= sizes.replicas * 70


def test_the_table_has_a_column_for_each_factor_of_ten_and_takes_other_figures(capsys):
    assert main(["--viewers", "1900", "--screens", "100", "--kbytes", "10", "--rows", "2"]) == 0
    lines = {line[:36].strip(): line[36:].split("  ") for line in capsys.readouterr().out.splitlines()}
    assert [one.strip() for one in lines["viewers"] if one.strip()] == ["10", "100", "1,000", "2,000"]
    assert lines["sent to viewers"][-1].strip() == "160.0 Mbit/s"
    assert lines["records into PostgreSQL"][-1].strip() == "4,000 rows/s"
