"""Runs the measurements: ``python -m bench [NAME [ARGUMENTS]]``.

Every module of this package with a function ``main(argv) -> int`` is a measurement; the first line of
its docstring says what it measures. Without a name, all of them run but those that set
``BY_NAME_ONLY = True`` (studies that take long or need a data set).
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

import bench

Main = Callable[[Sequence[str]], int]


def measurements() -> dict[str, ModuleType]:
    """The measurements by name."""
    found = {}
    for info in pkgutil.iter_modules(bench.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"bench.{info.name}")
        if callable(getattr(module, "main", None)):
            found[info.name] = module
    return found


def _summary(module: ModuleType) -> str:
    return (module.__doc__ or "").strip().split("\n")[0]


def main(argv: Sequence[str]) -> int:
    """Runs one measurement or all of them; returns the worst exit status."""
    known = measurements()
    listing = "\n".join(
        f"  {name:12s} {_summary(m)}{' (by name only)' if getattr(m, 'BY_NAME_ONLY', False) else ''}"
        for name, m in known.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure, and print ratios against the naive way.\n\n" + listing,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "name", nargs="?", choices=list(known), metavar="NAME", help="which one; all if left out"
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed to it (try --help)")
    given = parser.parse_args(argv)
    if given.name:
        return _run(known[given.name], given.arguments)
    status = 0
    for name, module in known.items():
        if not getattr(module, "BY_NAME_ONLY", False):
            print(f"\n== {name}: {_summary(module)}", flush=True)
            status = max(status, _run(module, []))
    return status


def _run(module: ModuleType, argv: Sequence[str]) -> int:
    entry: Main = module.main
    return int(entry(argv) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
