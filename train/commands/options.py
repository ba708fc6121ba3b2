"""What the commands share: options, the data that they name, and how results are printed."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from attune_settings import Program, load
from train.config import HELD_OUT as HELD_OUT_PART

if TYPE_CHECKING:
    from train.faceset import FaceSet, Votes
    from train.readers import FaceFinder, OnProblem

MODELS_FOLDER = Path(__file__).resolve().parents[2] / "models"
RUNS_FOLDER = Path("runs")

say = Console(stderr=True, highlight=False)


class Usage(StrEnum):
    """Which faces of a data set."""

    TRAINING = "Training"
    PUBLIC_TEST = "PublicTest"
    PRIVATE_TEST = "PrivateTest"
    TEST = "test"
    ALL = "all"
    HELD_OUT = HELD_OUT_PART
    """The part of Training that the default config holds out: to choose between models without the test."""


DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="FER-2013: zip, folder or CSV. Default: FER2013_ARCHIVE, else data/.",
        show_default=False,
    ),
]
VotesOption = Annotated[
    Path | None,
    typer.Option(
        "--votes",
        help="FER+ votes. Default: FERPLUS_VOTES, else the file in data/, else none.",
        show_default=False,
    ),
]
LabelMapOption = Annotated[
    str | None,
    typer.Option(
        "--label-map",
        help="What the folder names of another data set mean: anger=angry,6=neutral.",
        show_default=False,
    ),
]
ChangeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Change a field of the config: learning_rate=0.05, augmentation.zoom=0.3, build.dropout=0.2.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print only JSON to stdout.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Name in models/, model folder, run folder or model file. Add @fer or @ferplus for one head of "
        "a network with two. Default: the app's model.",
        show_default=False,
    ),
]


def read_data(
    data: Path | None,
    label_map: str | None = None,
    *,
    find: FaceFinder | None = None,
    on_problem: OnProblem | None = None,
) -> FaceSet:
    """Read the faces that the options name."""
    from train.dataset import CACHE_FOLDER, find_archive, load_faces
    from train.readers import parse_label_map, refuse

    path = find_archive(data)
    with say.status(f"Reading {path} …"):
        return load_faces(
            path,
            label_map=parse_label_map(label_map) if label_map else None,
            find=find,
            cache=CACHE_FOLDER,
            on_problem=on_problem or refuse,
        )


def read_votes(votes: Path | None, *, required: bool = False) -> Votes | None:
    """Read the FER+ votes; None if there are none and none are required."""
    from train.dataset import find_votes
    from train.errors import DatasetError
    from train.readers import read_votes as read

    try:
        path = find_votes(votes)
    except DatasetError:
        if required or votes is not None or load(Program.TRAIN).ferplus_votes is not None:
            raise
        return None
    return read(path)


def votes_for(votes: Path | None, faces: FaceSet) -> Votes | None:
    """Read the FER+ votes to judge by; None if the votes found by default belong to another data set.

    Raises:
        DatasetError: the votes that the option names do not belong to the faces.
    """
    from train.errors import DatasetError
    from train.faceset import require_matching_votes

    known = read_votes(votes)
    if known is None:
        return None
    try:
        require_matching_votes(faces, known)
    except DatasetError as error:
        if votes is not None:
            raise
        if known.row_usages and faces.table_rows:
            say.print(f"[yellow]Judged without FER+ votes.[/] {error}", soft_wrap=True)
        return None
    return known


def print_error(words: str) -> None:
    """Print one line to stderr."""
    say.print("[bold red]Error:[/]", end=" ")
    # The message may quote brackets, which must not be read as markup.
    say.print(words, markup=False, soft_wrap=True)


def print_json(result: dict[str, Any]) -> None:
    """Print one JSON document to stdout."""
    print(json.dumps(result, indent=1, allow_nan=False))
