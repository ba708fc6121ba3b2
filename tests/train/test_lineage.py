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
    assert all(s.hours == 0 for s in steps)
    assert steps[-1].command == (
        "python -m train fit --config merged --start-from runs/one --start-from runs/two --teacher runs/one"
    )


def test_a_run_from_before_lineages_is_one_step(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    assert read_lineage(tmp_path / "old") == ()
    (tmp_path / "old" / "state.json").write_text('{"epoch": 5}')
    (step,) = read_lineage(tmp_path / "old")
    assert (step.config, step.epochs, step.start_from) == ("old", 5, ())


def test_a_step_keeps_what_was_changed_and_its_hours(tmp_path: Path) -> None:
    run = tmp_path / "short"
    run.mkdir()
    begin_lineage(run, "short", (), (), settings=["epochs=3", "max_hours=1.5"])
    (run / "state.json").write_text(json.dumps({"epoch": 2, "seconds": 5400}))
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    begin_lineage(mixed, "mixed", (run, tmp_path / "other"), (), (3.0, 1.0))
    first, second = read_lineage(mixed)
    assert (first.epochs, first.hours) == (2, 1.5)
    assert first.command == "python -m train fit --config short --set epochs=3 --set max_hours=1.5"
    assert second.command == "python -m train soup runs/short=3 runs/other=1 --out runs/mixed"
