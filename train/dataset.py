"""Finds the data and reads it once: a cache under ``runs/`` keeps the decoded faces."""

from __future__ import annotations

import hashlib
import json
import logging
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from attune_settings import Program, load
from emotion.labels import Emotion
from train.errors import DatasetError
from train.faceset import FaceSet
from train.files import written_whole
from train.readers import FaceFinder, OnProblem, Problem, read_faces, refuse

log = logging.getLogger(__name__)

ARCHIVE_VARIABLE, VOTES_VARIABLE = "FER2013_ARCHIVE", "FERPLUS_VOTES"
CACHE_FOLDER = Path(__file__).resolve().parent.parent / "runs" / "cache"
_CACHE_VERSION = 2


def find_archive(given: Path | None = None) -> Path:
    """Find the FER-2013 data: ``given``, else ``FER2013_ARCHIVE``, else Kaggle's download in ``data/``.

    Raises:
        DatasetError: none of them exists.
    """
    return _find(
        given,
        load(Program.TRAIN).fer2013_archive,
        ARCHIVE_VARIABLE,
        ("data/fer2013.zip", "data/archive.zip", "data/fer2013.csv", "data/fer2013", "data/train"),
    )


def find_votes(given: Path | None = None) -> Path:
    """Find the FER+ votes: ``given``, else ``FERPLUS_VOTES``, else the two usual names in ``data/``.

    Raises:
        DatasetError: none of them exists.
    """
    named = load(Program.TRAIN).ferplus_votes
    return _find(given, named, VOTES_VARIABLE, ("data/ferplus_votes.csv", "data/fer2013new.csv"))


def _find(given: Path | None, named: Path | None, variable: str, places: Iterable[str]) -> Path:
    first = given or named
    candidates = [first] if first else [Path(p) for p in places]
    for candidate in candidates:
        if candidate.exists():
            return candidate.parent if candidate.name == "train" and not given else candidate
    tried = ", ".join(str(c) for c in candidates)
    raise DatasetError(f"Expected data at one of: {tried} (or set {variable}). Received: no such file.")


def load_faces(
    path: Path,
    *,
    label_map: Mapping[str, Emotion] | None = None,
    find: FaceFinder | None = None,
    cache: Path | None = None,
    on_problem: OnProblem = refuse,
) -> FaceSet:
    """Call ``train.readers.read_faces``, with a cache of decoded faces if ``cache`` names a folder.

    The cache only keeps sets without a problem, and none whose faces ``find`` found: another detector
    would find others.

    Raises:
        DatasetError: see ``read_faces``.
    """
    if find is not None:
        faces = read_faces(path, label_map=label_map, find=find, on_problem=on_problem)
    else:
        faces = _through_the_cache(path, label_map, cache, on_problem)
    if faces.left_out:
        log.warning("Left out, not read as any of the seven: %s", dict(sorted(faces.left_out.items())))
    return faces


def _through_the_cache(
    path: Path, label_map: Mapping[str, Emotion] | None, cache: Path | None, on_problem: OnProblem
) -> FaceSet:
    if cache is None or not path.exists():
        return read_faces(path, label_map=label_map, on_problem=on_problem)
    stored = cache / f"{_cache_key(path, label_map)}.npz"
    try:
        return _from_cache(stored)
    except FileNotFoundError:
        log.debug("No cache yet at %s", stored)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("The cache %s cannot be read (%s); reading %s again.", stored, error, path)
    problems: list[Problem] = []

    def note(problem: Problem) -> None:
        problems.append(problem)
        on_problem(problem)

    faces = read_faces(path, label_map=label_map, on_problem=note)
    if problems:
        return faces
    try:
        with written_whole(stored) as partial, partial.open("wb") as handle:
            np.savez(
                handle,
                images=faces.images,
                labels=faces.labels,
                names=np.array(faces.names),
                usages=faces.usages,
                left_out=np.array(json.dumps(dict(faces.left_out))),
                table_rows=np.array(faces.table_rows),
            )
    except OSError as error:
        log.warning("The decoded faces cannot be kept in %s (%s).", cache, error)
    return faces


def _from_cache(stored: Path) -> FaceSet:
    with np.load(stored, allow_pickle=False) as parts:
        return FaceSet(
            parts["images"],
            parts["labels"],
            tuple(parts["names"].tolist()),
            parts["usages"],
            json.loads(str(parts["left_out"])),
            int(parts["table_rows"]),
        )


def _cache_key(path: Path, label_map: Mapping[str, Emotion] | None) -> str:
    digest = hashlib.sha256(f"{_CACHE_VERSION} {path.resolve()} {sorted((label_map or {}).items())}".encode())
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        stat = file.stat()
        digest.update(f"{file} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:20]
