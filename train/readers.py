"""Reads data sets and FER+ votes, and recognises them by their content.

Faces: Kaggle's image archive (zip, tar or folder, ``train/<emotion>/*.jpg``, ``test/<emotion>/*.jpg``), the
original ``fer2013.csv`` (``emotion,pixels,Usage``), by itself or in an archive or a folder, and any folder or
archive with one folder per class.
Votes: the official row-aligned ``fer2013new.csv``, and a table by file name (``file,…``).
"""

from __future__ import annotations

import csv
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TextIO

import cv2
import numpy as np
import numpy.typing as npt

from emotion.labels import EMOTIONS, FACE_SIZE_PX, LABELS, Emotion
from train.errors import DatasetError
from train.faceset import FERPLUS_COLUMNS, USAGES, FaceSet, Votes, row_name

IMAGE_SUFFIXES = {
    ".jpg", ".jpeg", ".jfif", ".jpe", ".mpo", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm",
}  # fmt: skip
USUAL_NAMES: Mapping[str, Emotion] = {
    **{e.value: e for e in EMOTIONS},
    "anger": Emotion.ANGRY,
    "disgusted": Emotion.DISGUST,
    "afraid": Emotion.FEAR, "fearful": Emotion.FEAR, "scared": Emotion.FEAR,
    "happiness": Emotion.HAPPY, "joy": Emotion.HAPPY,
    "sadness": Emotion.SAD,
    "surprised": Emotion.SURPRISE,
    "natural": Emotion.NEUTRAL,
}  # fmt: skip
"""How data sets call the seven, in small letters."""
_SPLIT_FOLDERS = {
    "train": "Training", "training": "Training", "publictest": "PublicTest", "privatetest": "PrivateTest",
    "test": "test", "val": "test", "valid": "test", "validation": "test",
}  # fmt: skip
# A separate word anywhere in the name: somebody may have put another prefix before it.
_USAGE_IN_NAME = re.compile(rf"(?<![A-Za-z])({'|'.join(USAGES)})(?![A-Za-z])")
_JPEG_START, _JPEG_END, _JPEG_SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or row that cannot be used, with the reason."""

    where: str
    why: str


OnProblem = Callable[[Problem], None]
FaceFinder = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8] | None]
"""From a picture, uint8 ``(H, W, 3)`` BGR, to its face, uint8 ``(48, 48)`` grey; None without a face."""
NO_FACE = "(no face found)"


def refuse(problem: Problem) -> None:
    """Stop at the first problem; the default ``on_problem``.

    Raises:
        DatasetError: always.
    """
    raise DatasetError(f"Expected readable faces. Received: {problem.where}, {problem.why}.")


def parse_label_map(text: str) -> dict[str, Emotion]:
    """``"anger=angry,6=neutral"`` → folder name to expression.

    Raises:
        DatasetError: a part is not ``name=label`` with one of the seven labels.
    """
    out: dict[str, Emotion] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        folder, _, label = (p.strip() for p in part.partition("="))
        if not folder or label not in LABELS:
            raise DatasetError(f"Expected FOLDER=LABEL with a label of {list(LABELS)}. Received: {part!r}")
        out[folder] = Emotion(label)
    return out


def read_faces(
    path: Path,
    *,
    label_map: Mapping[str, Emotion] | None = None,
    find: FaceFinder | None = None,
    on_problem: OnProblem = refuse,
) -> FaceSet:
    """Read a data set.

    Args:
        path: a ``.csv``, a zip or tar archive, or a folder.
        label_map: folder name, or the label in a table → expression, beside ``USUAL_NAMES``; with it, images
            of any size are scaled to 48×48.
        find: finds the face in each picture (``train.photos.face_finder``); a picture without one counts
            under ``NO_FACE`` in ``left_out``. With None, each picture is a face.
        on_problem: called for every file or row that cannot be used and is skipped.

    Raises:
        DatasetError: the path is missing or not a data set, or (by default) a file or row cannot be used.
    """
    if not path.exists():
        raise DatasetError(f"Expected a FER-2013 zip, folder or CSV. Received: {path}, which does not exist.")
    if path.suffix.lower() == ".csv":
        with _as_text(path) as handle:
            return _read_csv(handle, str(path), label_map, on_problem)
    with _files(path) as files:
        tables = [f for f in files if f.inner.suffix.lower() == ".csv"]
        if not any(f.inner.suffix.lower() in IMAGE_SUFFIXES for f in files):
            for table in tables:
                text = table.read().decode("utf-8-sig", errors="replace")
                if {"emotion", "pixels"} <= {n.strip().lower() for n in text.partition("\n")[0].split(",")}:
                    return _read_csv(io.StringIO(text), f"{table.inner} in {path}", label_map, on_problem)
        return _read_images(files, path, label_map, find, on_problem)


def pictures_spread(path: Path, count: int) -> list[bytes]:
    """Read at most ``count`` pictures of a data set, at even steps; none for a table.

    Raises:
        DatasetError: the path is not an archive, folder or table, or a picture cannot be read.
    """
    if path.suffix.lower() == ".csv":
        return []
    with _files(path) as files:
        pictures = [f for f in files if f.inner.suffix.lower() in IMAGE_SUFFIXES]
        steps = np.linspace(0, max(0, len(pictures) - 1), min(count, len(pictures))).round().astype(int)
        contents = (_content(pictures[n].read) for n in steps)
        return [content for content in contents if isinstance(content, bytes)]


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a folder or an archive: its path inside, and how to read it."""

    inner: PurePosixPath
    read: Callable[[], bytes]


def _is_hidden(inner: PurePosixPath) -> bool:
    """Whether a system left the file behind: ``__MACOSX``, ``._x``, ``.DS_Store``, ``Thumbs.db``."""
    return any(p == "__MACOSX" or p.startswith(".") for p in inner.parts) or inner.name.lower() == "thumbs.db"


@contextmanager
def _files(path: Path) -> Iterator[list[_File]]:
    """List the files of a folder, zip or tar archive by name, without those that systems leave behind.

    Raises:
        DatasetError: the path is none of these, or the archive is broken.
    """
    with ExitStack() as opened:
        files: list[_File] = []
        if path.is_dir():
            for file in path.rglob("*"):
                if file.is_file():
                    files.append(_File(PurePosixPath(file.relative_to(path).as_posix()), file.read_bytes))
        elif zipfile.is_zipfile(path):
            try:
                archive = opened.enter_context(zipfile.ZipFile(path))
            except (zipfile.BadZipFile, OSError) as error:
                raise DatasetError(f"Expected a whole zip archive. Received: {path} ({error})") from error
            for name in archive.namelist():
                if not name.endswith("/"):
                    files.append(_File(PurePosixPath(name), partial(archive.read, name)))
        elif tarfile.is_tarfile(path):
            try:
                tar = opened.enter_context(tarfile.open(path))
                members = [member for member in tar.getmembers() if member.isfile()]
            except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
                raise DatasetError(f"Expected a whole tar archive. Received: {path} ({error})") from error
            for member in members:
                files.append(_File(PurePosixPath(member.name), partial(_tar_bytes, tar, member)))
        else:
            raise DatasetError(
                f"Expected a zip or tar archive, a folder or a .csv. Received: {path}, which is none of them."
            )
        yield sorted((f for f in files if not _is_hidden(f.inner)), key=lambda f: f.inner)


def _tar_bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file is not None else b""


def _usage_of(inner: PurePosixPath) -> str | None:
    named = _USAGE_IN_NAME.search(inner.name)
    if named:
        return named[1]
    for part in inner.parts[:-1]:
        if part.lower() in _SPLIT_FOLDERS:
            return _SPLIT_FOLDERS[part.lower()]
    return None


def _known_names(label_map: Mapping[str, Emotion] | None) -> dict[str, Emotion]:
    """Names that stand for an expression, in lower case; those of a label map come first."""
    return {**USUAL_NAMES, **{name.lower(): emotion for name, emotion in (label_map or {}).items()}}


def _label_of(inner: PurePosixPath, known: Mapping[str, Emotion]) -> Emotion | None:
    """Find the label from the nearest folder above the picture that names an expression, in any case."""
    return next((known[f.lower()] for f in reversed(inner.parts[:-1]) if f.lower() in known), None)


def _is_cut(jpeg: bytes) -> bool:
    """Whether the end marker after the first scan is missing. Some cameras write more data after it."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        if jpeg[at + 1] == _JPEG_SCAN:
            return _JPEG_END not in jpeg[at:]
        at += 1 if jpeg[at + 1] == 0xFF else 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return True


def _content(read: Callable[[], bytes]) -> bytes | str:
    try:
        return read()
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        # What zipfile raises for a broken, an encrypted or a strangely packed member.
        return f"which cannot be read ({error})"


def _decode(read: Callable[[], bytes], *, grey: bool) -> npt.NDArray[np.uint8] | str:
    content = _content(read)
    if isinstance(content, str):
        return content
    # OpenCV fills the missing part of a truncated JPEG with grey and reports nothing; the end marker tells.
    if content[:2] == _JPEG_START and _is_cut(content):
        return "a JPEG that is cut off"
    try:
        how = cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR
        image = cv2.imdecode(np.frombuffer(content, np.uint8), how)
    except cv2.error as error:
        return f"which cannot be decoded ({error.err})"
    return "which cannot be decoded" if image is None else np.asarray(image, np.uint8)


def _read_images(
    files: Iterable[_File],
    path: Path,
    label_map: Mapping[str, Emotion] | None,
    find: FaceFinder | None,
    on_problem: OnProblem,
) -> FaceSet:
    images: list[npt.NDArray[np.uint8]] = []
    labels: list[int] = []
    names: list[str] = []
    usages: list[str] = []
    unmapped: dict[str, int] = {}
    scaled: dict[int, Problem] = {}
    known = _known_names(label_map)
    for file in files:
        inner, content = file.inner, file.read
        if inner.suffix.lower() not in IMAGE_SUFFIXES:
            ending = f"*{inner.suffix.lower()}" if inner.suffix else inner.name
            unmapped[ending] = unmapped.get(ending, 0) + 1
            continue
        label = _label_of(inner, known)
        if label is None:
            folder = inner.parent.name or "(none)"
            unmapped[folder] = unmapped.get(folder, 0) + 1
            continue
        image = _decode(content, grey=find is None)
        if isinstance(image, str):
            on_problem(Problem(f"{inner} in {path}", image))
            continue
        if find is not None:
            face = find(image)
            if face is None:
                unmapped[NO_FACE] = unmapped.get(NO_FACE, 0) + 1
                continue
            image = face
        if image.shape != (FACE_SIZE_PX, FACE_SIZE_PX):
            size = f"of {image.shape[1]}×{image.shape[0]} instead of 48×48 pixels"
            scaled[len(images)] = Problem(f"{inner} in {path}", size)
            shrink = min(image.shape) > FACE_SIZE_PX
            image = np.asarray(
                cv2.resize(
                    image,
                    (FACE_SIZE_PX, FACE_SIZE_PX),
                    interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR,
                ),
                np.uint8,
            )
        images.append(image)
        labels.append(label.index)
        names.append(str(inner))
        usages.append(_usage_of(inner) or "none")
    if label_map is None and set(usages) != {"none"} and 2 * len(scaled) <= len(images):
        # In FER-2013 another size is a mistake; other data sets have their own sizes.
        for problem in scaled.values():
            on_problem(problem)
        for n in reversed(scaled):
            del images[n], labels[n], names[n], usages[n]
    if not images:
        found = f", which has the folders {sorted(unmapped)}" if unmapped else ", which holds no image"
        raise DatasetError(
            "Expected train/<emotion>/*.jpg and test/<emotion>/*.jpg, or one folder per class, with emotions "
            f"{list(LABELS)} (or a label map). Received: {path}{found}."
        )
    return FaceSet(
        np.stack(images)[..., None],
        np.array(labels, np.int64),
        tuple(names),
        np.array(usages),
        dict(unmapped),
    )


@contextmanager
def _as_text(path: Path) -> Iterator[TextIO]:
    with path.open(newline="", encoding="utf-8-sig") as handle:
        yield handle


def _records(
    handle: TextIO, shown: str, columns: Iterable[str], optional: Iterable[str] = ()
) -> Iterator[dict[str, str]]:
    """Read the rows of a table with at least ``columns``; ignores case and blanks in column names.

    Args:
        handle: the table's text.
        shown: name of the table in errors.
        columns: required columns; each row has them under these names.
        optional: columns that each row has under these names if the table has them.

    Raises:
        DatasetError: a column is missing, or the file is not a table.
    """
    try:
        reader = csv.DictReader(handle)
        # icml_face_data.csv, the competition's own table, has spaces before its columns' names.
        theirs = [name.strip() for name in reader.fieldnames or ()]
        wanted = {name.lower(): name for name in (*columns, *optional)}
        reader.fieldnames = [wanted.get(name.lower(), name) for name in theirs]
        missing = sorted(set(columns) - set(reader.fieldnames))
        if missing:
            raise DatasetError(f"Expected the columns {missing} too in {shown}. Received: {theirs}")
        yield from reader
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"Expected a table as UTF-8 text. Received: {shown} ({error})") from error


def _csv_label(text: str, known: Mapping[str, Emotion]) -> int | None:
    """Read a label from a number 0 to 6 or a name; None if it is neither."""
    word = text.strip().lower()
    if word in known:
        return known[word].index
    return int(word) if word.lstrip("-").isdigit() else None


def _read_csv(
    handle: TextIO, shown: str, label_map: Mapping[str, Emotion] | None, on_problem: OnProblem
) -> FaceSet:
    images: list[npt.NDArray[np.uint8]] = []
    labels: list[int] = []
    names: list[str] = []
    usages: list[str] = []
    known = _known_names(label_map)
    pixels, row = FACE_SIZE_PX * FACE_SIZE_PX, -1
    for row, record in enumerate(_records(handle, shown, ("emotion", "pixels"), ("Usage",))):
        # The header is line 1, so the first face is on line 2.
        where = f"{shown} line {row + 2}"
        label = _csv_label(record["emotion"] or "", known)
        # The competition's train.csv has no Usage: all of it is Training.
        usage = (record.get("Usage") or "").strip() if "Usage" in record else "Training"
        try:
            values = np.array((record["pixels"] or "").split(), dtype=np.int64)
        except (TypeError, ValueError) as error:
            on_problem(Problem(where, f"which is not a label and pixels ({error})"))
            continue
        if label is None:
            on_problem(
                Problem(where, f"which is not a label and pixels (the label is {record['emotion']!r})")
            )
        elif not 0 <= label < len(EMOTIONS):
            on_problem(Problem(where, f"whose label is {label} instead of 0 to {len(EMOTIONS) - 1}"))
        elif len(values) != pixels:
            on_problem(Problem(where, f"which has {len(values)} pixels instead of {pixels}"))
        elif values.min() < 0 or values.max() > 255:
            on_problem(Problem(where, "which has pixels outside 0 to 255"))
        elif usage not in USAGES:
            on_problem(Problem(where, f"whose Usage is {record['Usage']!r} instead of one of {USAGES}"))
        else:
            images.append(values.astype(np.uint8).reshape(FACE_SIZE_PX, FACE_SIZE_PX))
            labels.append(label)
            names.append(row_name(row))
            usages.append(usage)
    if not images:
        raise DatasetError(f"Expected at least one face in {shown}. Received: none.")
    return FaceSet(
        np.stack(images)[..., None],
        np.array(labels, np.int64),
        tuple(names),
        np.array(usages),
        table_rows=row + 1,
    )


def read_votes(path: Path) -> Votes:
    """Read FER+ votes: ten counts in the order of ``FERPLUS_COLUMNS``, by file name.

    A file without a ``file`` column counts as the official row-aligned one. Its rows get the names that
    ``read_faces`` gives the rows of ``fer2013.csv``.

    Raises:
        DatasetError: the file or a column is missing, or a row does not hold counts (the message names it).
    """
    if not path.is_file():
        raise DatasetError(f"Expected FER+ votes as a .csv. Received: {path}, which is no file.")
    votes, row_usages = Votes(), []
    with _as_text(path) as handle:
        records = list(_records(handle, str(path), FERPLUS_COLUMNS, ("file", "Usage")))
    for row, record in enumerate(records):
        try:
            counts = np.array([int(record[c]) for c in FERPLUS_COLUMNS], np.float32)
        except (TypeError, ValueError) as error:
            raise DatasetError(
                f"Expected ten counts in line {row + 2} of {path}. Received: {dict(record)}"
            ) from error
        if (counts < 0).any():
            raise DatasetError(
                f"Expected counts of 0 or more in line {row + 2} of {path}. Received: {counts}"
            )
        votes[record["file"] if "file" in record else row_name(row)] = counts
        if "file" not in record:
            row_usages.append((record.get("Usage") or "").strip())
    votes.row_usages = tuple(row_usages)
    return votes
