"""What the commands share: their options, what these point at, and how a result is said."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from attune_settings import Program, load

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
        "--votes", help="FER+ votes. Default: FERPLUS_VOTES, else data/, else none.", show_default=False
    ),
]
LabelMapOption = Annotated[
    str | None,
    typer.Option(
        "--label-map", help="Folder names of another data set: anger=angry,6=neutral.", show_default=False
    ),
]
ChangeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Change a field: learning_rate=0.05, augmentation.zoom=0.3, build.dropout=0.2.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, to stdout.")
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A name in models/, a model or run folder, or a model file; with @fer or @ferplus at its end "
        "one head of a network with two. Default: the app's.",
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
    """The faces that the options point at."""
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
    """The FER+ votes, or None where there are none and none are required."""
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
    """The FER+ votes to judge by; None where those that lie about are of another data set.

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
    """One line on stderr."""
    say.print("[bold red]Error:[/]", end=" ")
    # What was received may hold brackets, which are no markup.
    say.print(words, markup=False, soft_wrap=True)


def print_json(result: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    print(json.dumps(result, indent=1, allow_nan=False))
