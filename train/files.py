"""Writes files and folders whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import whole_files

RUN_MODEL = "averaged.keras"
"""The model of a run, in the run's folder."""
BASELINE_FILE = "baseline.npz"
"""The same of a run that trained no network."""


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """Like ``whole_files.written_whole``, but makes the folder of ``target`` if needed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_files.written_whole(target) as partial:
        yield partial


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """A scratch folder that replaces ``target`` if the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield fresh
        fresh.chmod(0o755)
        old = fresh.with_name(fresh.name + ".old")
        if target.exists():
            target.replace(old)
        try:
            fresh.replace(target)
        except OSError:
            if old.exists():
                old.replace(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
