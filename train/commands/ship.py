"""The commands that finish a model: ``calibrate``, ``publish`` and ``export``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from train.commands.options import (
    MODELS_FOLDER,
    DataOption,
    JsonOption,
    LabelMapOption,
    ModelOption,
    Usage,
    VotesOption,
    print_error,
    print_json,
    read_data,
    read_votes,
    say,
    votes_for,
)
from train.sources import find_model

if TYPE_CHECKING:
    from train.config import TrainConfig
    from train.export import Exported
    from train.faceset import FaceSet, Votes


def calibrate(
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            help="Config that the model was trained with. Default: the one in its metadata.json.",
            show_default=False,
        ),
    ] = None,
    model: ModelOption = None,
    data: DataOption = None,
    label_map: LabelMapOption = None,
    votes: VotesOption = None,
    write: Annotated[bool, typer.Option("--write", help="Write the temperature to metadata.json.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit the temperature that makes a model's confidence match its accuracy, on held-out Training faces.

    `publish` does this too. For example: `python -m train calibrate --model attune --write`
    """
    from dataclasses import asdict

    from emotion.metadata import APP_VIEW, METADATA_FILE, ModelMetadata
    from train.calibration import calibrate as run_calibrate
    from train.config import described_config, load_config
    from train.errors import ConfigError, ModelFileError

    source = find_model(model)
    folder = source.path.parent
    metadata = ModelMetadata.load(folder) if (folder / METADATA_FILE).is_file() else None
    if write and metadata is None:
        raise ModelFileError(
            f"Expected {METADATA_FILE} beside the model to write to. Received: {source.path}"
        )
    told = metadata.training.get("config") if metadata else None
    if config is None and not told:
        raise ConfigError(
            f"Expected --config, because no {METADATA_FILE} describes one. Received: {source.path}"
        )
    chosen = load_config(config) if config else described_config(told or {})
    result = run_calibrate(source.load(), read_data(data, label_map), chosen, read_votes(votes))
    if write and metadata is not None:
        training = metadata.training | {"calibration": asdict(result)}
        cooler = {"temperature": round(result.temperature, 4)}
        views = {
            name: view.model_copy(update=cooler) if name == APP_VIEW else view
            for name, view in metadata.views.items()
        }
        metadata.model_copy(update=cooler | {"training": training, "views": views}).save(folder)
    if as_json:
        print_json(asdict(result))
        return
    print(
        f"temperature {result.temperature:.4f}, {result.faces:,} held-out faces, {result.labels} labels: "
        f"calibration error {result.error_before:.4f} to {result.error_after:.4f}"
    )


def publish(
    run: Annotated[Path, typer.Argument(help="Run folder that fit wrote.")],
    config: Annotated[
        str | None,
        typer.Option("--config", help="Config of the run. Default: the folder's name.", show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Folder to write in models/. Default: the config's name.", show_default=False),
    ] = None,
    data: DataOption = None,
    label_map: LabelMapOption = None,
    votes: VotesOption = None,
    usage: Annotated[Usage, typer.Option(help="Faces for the figures.")] = Usage.PUBLIC_TEST,
    float32: Annotated[
        bool, typer.Option("--float32", help="Keep the LiteRT file's weights in float32; doubles its size.")
    ] = False,
    models: Annotated[Path, typer.Option(help="Folder of the model folders.")] = MODELS_FOLDER,
    default: Annotated[bool, typer.Option("--default", help="Make it the app's model.")] = False,
) -> None:
    """Turn a run into a model folder: weights, LiteRT export, temperature, figures and card.

    Writes all of them or nothing.

    For example: `python -m train publish runs/cnn --name mine --default`
    """
    from train.config import load_config
    from train.publish import set_default

    chosen = load_config(config or run.resolve().name)
    faces = read_data(data, label_map)
    folder = publish_and_say(
        run, chosen, faces, votes_for(votes, faces), models=models, name=name, usage=usage.value,
        weights="float32" if float32 else "float16",
    )  # fmt: skip
    if default:
        set_default(models, folder.name)


def publish_and_say(
    run: Path, config: TrainConfig, faces: FaceSet, votes: Votes | None, *, models: Path = MODELS_FOLDER,
    name: str | None = None, usage: str = Usage.PUBLIC_TEST.value,
    weights: Literal["float16", "float32"] = "float16",
) -> Path:  # fmt: skip
    """Publish a run and print its figures; returns the model folder."""
    from train.publish import publish_run

    with say.status("Exporting, calibrating, judging …"):
        folder = publish_run(run, models, config, faces, votes, name=name, usage=usage, weights=weights)
    metrics = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))["metrics"]
    say.print(f"Published {folder}: {metrics}")
    return folder


def export(
    model: ModelOption = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="keras, h5, litert, litert-float16, litert-int8, onnx or all. Can be given several times.",
            show_default="litert",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to. Default: the model's folder.", show_default=False)
    ] = None,
    data: DataOption = None,
    label_map: LabelMapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a model in other formats, and compare each file with the Keras model on 500 faces.

    Keeps a file only if it names the same expression first on 99.5% of them (int8: 98%).

    For example: `python -m train export --model runs/cnn --format onnx --format litert-int8 --out exports`
    """
    from dataclasses import asdict

    from train.errors import ExportError
    from train.export import CHECKED_FACES, Format, export_model, representative_faces

    names = formats or ["litert"]
    known = [f.value for f in Format]
    unknown = sorted(set(names) - set(known) - {"all"})
    if unknown:
        raise ExportError(f"Expected formats of {[*known, 'all']}. Received: {unknown}")
    targets = tuple(Format) if "all" in names else tuple(Format(n) for n in names)
    source = find_model(model)
    keras_path = source.path.with_suffix(".keras")
    faces = read_data(data, label_map)
    failed: list[ExportError] = []
    with say.status(f"Exporting {keras_path} …"):
        done = export_model(
            keras_path,
            out or keras_path.parent,
            targets,
            faces.usage("test").spread(CHECKED_FACES).images,
            representative_faces(faces.usage("Training")),
            on_failure=failed.append,
        )
    for error in failed:
        print_error(str(error))
    if as_json:
        print_json({"exports": [asdict(e) for e in done], "failed": [str(e) for e in failed]})
    else:
        print_exports(done)
    if failed:
        raise typer.Exit(1)


def print_exports(done: list[Exported]) -> None:
    """Print what ``export`` wrote as a table."""
    table = Table("format", "file", "MB", "largest difference", "same top expression")
    for e in done:
        table.add_row(
            e.format, e.path, f"{e.size_bytes / 1e6:.2f}", f"{e.largest_difference:.2g}",
            f"{e.agreement:.2%} of {e.faces}",
        )  # fmt: skip
    Console(highlight=False).print(table)
