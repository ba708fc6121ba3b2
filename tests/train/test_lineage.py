"""A run says which runs it came from, in the order in which they have to be done again."""

import json
from pathlib import Path

from train.lineage import begin_lineage, read_lineage


def a_run(
    folder: Path, name: str, epochs: int, starts: tuple[Path, ...] = (), teachers: tuple[Path, ...] = ()
):
    run = folder / name
    run.mkdir()
    begin_lineage(run, name, starts, teachers)
    (run / "state.json").write_text(json.dumps({"epoch": epochs}))
    return run


def test_the_steps_of_all_that_went_in_are_listed_once(tmp_path: Path) -> None:
    base = a_run(tmp_path, "base", 28)
    one = a_run(tmp_path, "one", 9, (base,))
    two = a_run(tmp_path, "two", 20, (base,))
    (two / "averaged.keras").write_bytes(b"")
    merged = a_run(tmp_path, "merged", 8, (one, two / "averaged.keras"), (one,))
    steps = read_lineage(merged)
    assert [(s.config, s.epochs) for s in steps] == [("base", 28), ("one", 9), ("two", 20), ("merged", 8)]
    assert steps[-1].command == (
        "python -m train fit --config merged --start-from runs/one --start-from runs/two --teacher runs/one"
    )


def test_a_run_from_before_lineages_is_one_step(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    assert read_lineage(tmp_path / "old") == ()
    (tmp_path / "old" / "state.json").write_text('{"epoch": 5}')
    (step,) = read_lineage(tmp_path / "old")
    assert (step.config, step.epochs, step.start_from) == ("old", 5, ())
