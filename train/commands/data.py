"""The commands that look at faces: ``data`` and ``augment-preview``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from train.commands.options import (
    RUNS_FOLDER,
    ChangeOption,
    DataOption,
    JsonOption,
    LabelMapOption,
    print_json,
    read_data,
    say,
)


def data(
    data: DataOption = None,
    label_map: LabelMapOption = None,
    near: Annotated[bool, typer.Option(help="Also look for near copies (takes a minute).")] = True,
    out: Annotated[Path, typer.Option(help="Folder for the figures, which show faces.")] = RUNS_FOLDER
    / "data",
    as_json: JsonOption = False,
) -> None:
    """Check and describe a data set: classes, splits, broken files, copies, label conflicts.

    For example: `python -m train data --data fer2013.zip`, or a folder, or `fer2013.csv`.
    """
    import numpy as np

    from train import figures
    from train.duplicates import describe_faces, find_duplicates
    from train.readers import Problem

    problems: list[Problem] = []
    faces = read_data(data, label_map, on_problem=problems.append)
    with say.status("Looking for copies …"):
        result = describe_faces(faces, find_duplicates(faces, near=near), problems)
    rng = np.random.default_rng(0)
    made = {
        "balance.png": figures.class_balance(faces),
        "samples.png": figures.sample_grid(faces, rng),
        "mean_faces.png": figures.mean_faces(faces),
    }
    result["figures"] = [str(figures.save_figure(figure, out / name)) for name, figure in made.items()]
    if as_json:
        print_json(result)
    else:
        print_data(result)
    if problems:
        raise typer.Exit(1)


def print_data(result: dict[str, Any]) -> None:
    """Print what ``data`` found as tables."""
    console = Console(highlight=False)
    usages = list(result["counts"])
    table = Table("expression", *usages, title=f"{result['n']:,} faces")
    for label in result["counts"][usages[0]]:
        table.add_row(label, *(f"{result['counts'][usage][label]:,}" for usage in usages))
    console.print(table)
    copies = result["duplicates"]
    for key in copies:
        if key != "examples":
            console.print(f"{key.replace('_', ' ')}: {copies[key]:,}")
    for usage, empty in result["empty_classes"].items():
        console.print(f"[yellow]no faces in {usage} for: {', '.join(empty)}[/]")
    if result["left_out_folders"]:
        console.print(f"left out, no expression of the seven: {result['left_out_folders']}")
    for problem in result["problems"]:
        console.print(f"[red]{problem['where']}: {problem['why']}[/]", soft_wrap=True)
    console.print("figures: " + ", ".join(result["figures"]))


def augment_preview(
    config: Annotated[str, typer.Option("--config", help="Config whose augmentation to show.")] = "attune",
    data: DataOption = None,
    label_map: LabelMapOption = None,
    change: ChangeOption = None,
    out: Annotated[Path, typer.Option(help="Picture to write; it shows faces.")] = RUNS_FOLDER
    / "augmentation.png",
) -> None:
    """Show ten faces beside their augmented copies, as one picture.

    For example: `python -m train augment-preview --config cnn --set augmentation.rotation_deg=30`
    """
    import keras
    import numpy as np

    from train import figures
    from train.augmentation import Augmentation
    from train.config import change_config, load_config, parse_changes
    from train.faceset import one_hot

    chosen = change_config(load_config(config), parse_changes(change or []))
    faces = read_data(data, label_map).usage("Training")
    rows = np.random.default_rng(chosen.seed).permutation(len(faces))[:10]
    augmentation = Augmentation(chosen.augmentation, chosen.seed)
    images, captions = [faces.images[rows].astype(np.float32)], ["original"] * len(rows)
    for draw in range(5):
        augmentation.seek(0, draw)
        shown, _ = augmentation(faces.images[rows], one_hot(faces.labels[rows]))
        images.append(np.asarray(keras.ops.convert_to_numpy(shown)))
        captions += [f"draw {draw + 1}"] * len(rows)
    sheet = figures.face_sheet(np.concatenate(images), captions, title=f"Augmentation of {chosen.name}")
    say.print(f"Figure: {figures.save_figure(sheet, out)}")
