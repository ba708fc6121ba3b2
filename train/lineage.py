"""Where a run's weights come from: the runs that it began with, its teachers, and where theirs come from.

``lineage.json`` in a run's folder lists the steps to repeat, in order.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from train.files import written_whole

LINEAGE_FILE = "lineage.json"
_LISTS = ("start_from", "teachers", "parts", "settings")


@dataclass(frozen=True, slots=True)
class Step:
    """One run of ``fit``, or one ``soup``.

    Attributes:
        config: name of the config; for a soup, of the folder.
        epochs: number of finished epochs; 0 for a soup.
        start_from: names of the runs whose (mean) weights it began with; none for a random start.
        teachers: names of the runs that it learned from.
        parts: for a soup, the weight of each of ``start_from``; else empty.
        settings: changes to the config, as for ``--set``.
        hours: hours of training.
    """

    config: str
    epochs: int
    start_from: tuple[str, ...] = ()
    teachers: tuple[str, ...] = ()
    parts: tuple[float, ...] = ()
    settings: tuple[str, ...] = ()
    hours: float = 0.0

    @property
    def command(self) -> str:
        """The command that repeats the step."""
        if self.parts:
            mixed = zip(self.start_from, self.parts, strict=True)
            words = " ".join(f"runs/{name}={part:g}" for name, part in mixed)
            return f"python -m train soup {words} --out runs/{self.config}"
        starts = "".join(f" --start-from runs/{name}" for name in self.start_from)
        teachers = "".join(f" --teacher runs/{name}" for name in self.teachers)
        settings = "".join(f" --set {setting}" for setting in self.settings)
        return f"python -m train fit --config {self.config}{starts}{teachers}{settings}"


def begin_lineage(
    run: Path,
    config: str,
    starts: Sequence[Path],
    teachers: Sequence[Path],
    parts: Sequence[float] = (),
    settings: Sequence[str] = (),
) -> None:
    """Record at the start of a run what it begins with.

    Args:
        run: folder of the run.
        config: name of the config.
        starts: model files, or folders of runs or models.
        teachers: the same.
        parts: for a soup, the weight of each of ``starts``.
        settings: changes to the config, as for ``--set``.
    """
    steps: dict[str, Step] = {}
    for source in (*starts, *teachers):
        for step in read_lineage(_folder(source)):
            steps.setdefault(step.config, step)
    own = Step(config, 0, _names(starts), _names(teachers), tuple(parts), tuple(settings))
    listed = [*(s for name, s in steps.items() if name != config), own]
    with written_whole(run / LINEAGE_FILE) as partial:
        partial.write_text(json.dumps([asdict(s) for s in listed], indent=1), encoding="utf-8")


def read_lineage(run: Path) -> tuple[Step, ...]:
    """Read the steps up to and including a run, with the epochs that its checkpoint has finished.

    Returns:
        Oldest first; empty for a folder that ``fit`` did not make.
    """
    path, state = run / LINEAGE_FILE, run / "state.json"
    found = json.loads(state.read_text("utf-8")) if state.is_file() else {}
    done, hours = int(found.get("epoch", 0)), round(float(found.get("seconds", 0)) / 3600, 4)
    if not path.is_file():
        return (Step(run.name, done, hours=hours),) if state.is_file() else ()
    steps = [
        Step(
            config=s["config"],
            epochs=s["epochs"],
            hours=s.get("hours", 0.0),
            **{key: tuple(s.get(key, ())) for key in _LISTS},
        )
        for s in json.loads(path.read_text("utf-8"))
    ]
    last = steps[-1]
    return (*steps[:-1], replace(last, epochs=done or last.epochs, hours=hours or last.hours))


def _folder(source: Path) -> Path:
    return source.parent if source.is_file() else source


def _names(sources: Sequence[Path]) -> tuple[str, ...]:
    return tuple(_folder(s).name for s in sources)
