"""The command line of ``train``. Everything heavy is imported inside the commands, so that help is quick."""

from __future__ import annotations

import json
import logging
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from emotion.errors import EmotionError
from train.errors import TrainError
from train.files import written_whole
from train.sources import ModelSource, find_model

if TYPE_CHECKING:
    from train.export import Exported
    from train.faceset import FaceSet, Votes
    from train.readers import OnProblem
    from train.report import Judged

MODELS_FOLDER = Path(__file__).resolve().parent.parent / "models"
RUNS_FOLDER = Path("runs")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="From FER-2013 to a model people can trust: look at data, fit, judge, calibrate, export, publish."
    "\n\nA usual way: `data`, `augment-preview`, `fit --config cnn`, `report runs/cnn`, "
    "`export --model runs/cnn --format all`, `publish runs/cnn`. Each explains itself with `--help`.",
)
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
        help="A name in models/, a model or run folder, or a model file. Default: the app's.",
        show_default=False,
    ),
]


def read_data(
    data: Path | None, label_map: str | None = None, *, on_problem: OnProblem | None = None
) -> FaceSet:
    """The faces that the options point at."""
    from train.dataset import CACHE_FOLDER, find_archive, load_faces
    from train.readers import parse_label_map, refuse

    path = find_archive(data)
    with say.status(f"Reading {path} …"):
        return load_faces(
            path,
            label_map=parse_label_map(label_map) if label_map else None,
            cache=CACHE_FOLDER,
            on_problem=on_problem or refuse,
        )


def read_votes(votes: Path | None, *, required: bool = False) -> Votes | None:
    """The FER+ votes, or None where there are none and none are required."""
    from train.dataset import VOTES_VARIABLE, find_votes
    from train.dataset import read_votes as read
    from train.errors import DatasetError

    try:
        path = find_votes(votes)
    except DatasetError:
        if required or votes is not None or os.environ.get(VOTES_VARIABLE):
            raise
        return None
    return read(path)


def votes_for(votes: Path | None, faces: FaceSet) -> Votes | None:
    """The FER+ votes to judge by; None where those that lie about are of another data set."""
    from train.faceset import require_matching_votes, votes_of

    known = read_votes(votes)
    if known is None or any(votes_of(name, known) is not None for name in faces.names):
        return known
    if votes is not None:
        require_matching_votes(faces, known)
    return None


def print_error(words: str) -> None:
    """One line on stderr."""
    say.print("[bold red]Error:[/]", end=" ")
    # What was received may hold brackets, which are no markup.
    say.print(words, markup=False, soft_wrap=True)


def print_json(result: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    print(json.dumps(result, indent=1, allow_nan=False))


@app.command()
def fit(
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            help="A name in train/configs, or a .py file. Default: attune_blend, or attune_fer without FER+.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    votes: VotesOption = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last finished epoch of --out.")
    ] = False,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Instead of the config's.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder. Default: runs/CONFIG.", show_default=False)
    ] = None,
    change: ChangeOption = None,
    start: Annotated[
        list[str] | None,
        typer.Option(
            "--start-from",
            help="A trained model whose weights to begin with; of several their mean.",
            show_default=False,
        ),
    ] = None,
    teacher: Annotated[
        list[str] | None,
        typer.Option(
            "--teacher", help="A trained model to distil; several make a group.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Train a network. Ctrl-C stops it; `--resume` goes on from the last finished epoch.

    Leaves `averaged.keras`, `log.csv`, `tensorboard/` and the checkpoint in the run folder.
    `publish` makes a model folder of it. KERAS_BACKEND chooses tensorflow, jax or torch.

    For example: `python -m train fit --config cnn --epochs 20 --set learning_rate=0.0005 --out runs/try`
    """
    from train.config import (
        BaselineConfig,
        change_baseline,
        change_config,
        load_any_config,
        load_config,
        parse_changes,
    )

    chosen = load_any_config(config) if config else None
    changes = parse_changes(change or [])
    if epochs is not None:
        changes["epochs"] = epochs
    # A wrong change is told before the data is read.
    if isinstance(chosen, BaselineConfig):
        chosen = change_baseline(chosen, changes)
    elif chosen is not None:
        chosen = change_config(chosen, changes)
    faces = read_data(data)
    if chosen is None:
        matching = votes_for(votes, faces) is not None
        chosen = change_config(load_config("attune_blend" if matching else "attune_fer"), changes)
        say.print(f"Config: {chosen.name}, {'with' if matching else 'without'} FER+ votes")
    run = out or RUNS_FOLDER / chosen.name
    if isinstance(chosen, BaselineConfig):
        from train.baselines import fit_baseline

        with say.status("Fitting …"):
            path = fit_baseline(chosen, faces, run)
        if as_json:
            print_json({"model": str(path)})
        else:
            say.print(f"Model: {path}")
        return
    from train.fit import fit as run_fit
    from train.fit import fit_summary
    from train.lineage import LINEAGE_FILE, begin_lineage

    teachers = [find_model(name) for name in teacher or []]
    starts = [find_model(name).path for name in start or []]
    if not resume or not (run / LINEAGE_FILE).is_file():
        run.mkdir(parents=True, exist_ok=True)
        begin_lineage(run, chosen.name, starts, [t.path for t in teachers])
    result = run_fit(
        chosen,
        faces,
        read_votes(votes, required=chosen.targets != "fer"),
        run,
        resume=resume,
        start=starts,
        teachers=[t.load() for t in teachers],
    )
    if as_json:
        print_json(fit_summary(result))
    else:
        say.print(
            f"{result.epochs} epochs; validation loss {result.best_val_loss:.4f} in {result.best_epoch}. "
            f"Model: {result.model_path}"
        )
    if result.stopped == "interrupted":
        say.print("Stopped by Ctrl-C; the same command with --resume goes on.")
        raise typer.Exit(130)


@app.command()
def soup(
    models: Annotated[
        list[str],
        typer.Argument(help="Two or more runs or models tuned from one network, each with =PART: runs/a=2."),
    ],
    out: Annotated[Path, typer.Option(help="Run folder of the mean.")],
) -> None:
    """Make one model of several that were tuned from the same one: the weighted mean of their weights.

    `publish --config NAME` makes a model folder of it, calibrated as that config's.
    """
    from train.fit import soup as mix
    from train.lineage import begin_lineage

    sources, parts = [], []
    for text in models:
        name, _, part = text.partition("=")
        try:
            parts.append(float(part or 1))
        except ValueError as error:
            raise TrainError(f"Expected MODEL=PART with a number. Received: {text!r}") from error
        sources.append(find_model(name).path)
    path = mix(sources, parts, out)
    begin_lineage(out, out.resolve().name, sources, [], parts)
    say.print(f"Model: {path}")


@app.command()
def data(
    data: DataOption = None,
    label_map: LabelMapOption = None,
    near: Annotated[bool, typer.Option(help="Look for near copies too (a minute).")] = True,
    out: Annotated[Path, typer.Option(help="Folder for the figures; they show faces.")] = RUNS_FOLDER
    / "data",
    as_json: JsonOption = False,
) -> None:
    """Read, check and describe a data set: classes, splits, broken files, copies, label conflicts.

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
    """The findings of ``data`` as tables for people."""
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


@app.command()
def evaluate(
    model: ModelOption = None,
    data: DataOption = None,
    votes: VotesOption = None,
    usage: Annotated[
        Usage | None,
        typer.Option(
            help="Which faces. Default: PublicTest, else all that is not Training; with --label-map all.",
            show_default=False,
        ),
    ] = None,
    label_map: LabelMapOption = None,
    flip: Annotated[bool, typer.Option("--flip", help="Also average each face with its mirror.")] = False,
    tencrop: Annotated[bool, typer.Option("--ten-crop", help="Also average ten crops of each face.")] = False,
    figures_in: Annotated[
        Path | None,
        typer.Option("--figures", help="Folder for figures and the sheet of mistakes.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a model on faces it was not trained on: accuracy, F1, calibration, with 95% intervals.

    For example: `python -m train evaluate --model runs/cnn --usage PublicTest --flip --ten-crop`

    Other people's faces: `python -m train evaluate --data faces/ --label-map anger=angry,joy=happy`. Folders
    that stand for none of the seven expressions are named and left out.
    """
    source = find_model(model)
    everything = read_data(data, label_map)
    known = votes_for(votes, everything)
    averagings = (("flip",) if flip else ()) + (("tencrop",) if tencrop else ())
    judged, faces = judge(source, everything, known, usage_of(usage, everything, label_map), averagings)
    if figures_in is not None:
        write_evaluation_figures(judged, faces, figures_in)
    if as_json:
        print_json(judged.figures)
    else:
        print_evaluation(judged.figures)


def usage_of(usage: Usage | None, faces: FaceSet, label_map: str | None = None) -> str:
    """Which faces to judge on: the option's, else those that FER-2013's models were not trained on."""
    there = set(faces.usages.tolist())
    if usage is not None:
        return usage.value
    if label_map is not None or there == {"Training"}:
        return "all"
    return "PublicTest" if "PublicTest" in there else "test"


def judge(
    source: ModelSource,
    everything: FaceSet,
    votes: Votes | None,
    usage: str,
    averagings: tuple[str, ...] = (),
) -> tuple[Judged, FaceSet]:
    """Evaluate a model on one split; also without the faces that Training has copies of."""
    from train.evaluation import evaluate as run_evaluate
    from train.evaluation import fresh_figures
    from train.report import Judged

    faces = everything.usage(usage)
    predictor = source.load()
    with say.status(f"Judging {source.name} on {len(faces):,} faces …"):
        result, shares = run_evaluate(
            predictor, faces, votes, temperature=source.temperature, averagings=averagings
        )
    if usage not in ("all", "Training"):
        result |= fresh_figures(shares, faces, everything)
    result |= {
        "model": source.name,
        "model_file": str(source.path),
        "usage": usage,
        "left_out_folders": dict(faces.left_out),
        "bytes": {source.path.name: source.path.stat().st_size},
    }
    return Judged(source.name, result, shares), faces


def write_evaluation_figures(judged: Judged, faces: FaceSet, folder: Path) -> None:
    """Confusion matrix, reliability diagram and the sheet of mistakes, as pictures."""
    from train import figures
    from train.report import mistakes_sheet

    result = judged.figures
    made = {
        "confusion.png": figures.confusion(result["confusion_matrix"], judged.name),
        "reliability.png": figures.reliability_diagram(
            result["reliability"], result["calibration_error"], judged.name
        ),
        "mistakes.png": mistakes_sheet(judged, faces),
    }
    for name, figure in made.items():
        say.print(f"Figure: {figures.save_figure(figure, folder / name)}")


def print_evaluation(result: dict[str, Any]) -> None:
    """The figures of ``evaluate`` as tables for people."""
    console = Console(highlight=False)
    table = Table(title=f"{result['model']} on {result['usage']}, {result['n']:,} faces, one crop")
    for column in ("figure", "value", "95% interval"):
        table.add_column(column)
    for key in ("accuracy", "balanced_accuracy", "macro_f1"):
        low, high = result["intervals"][key]
        table.add_row(key.replace("_", " "), f"{result[key]:.4f}", f"{low:.4f} to {high:.4f}")
    table.add_row("calibration error", f"{result['calibration_error']:.4f}", "")
    ferplus = result.get("ferplus", {})
    if ferplus.get("n"):
        low, high = ferplus["interval"]
        table.add_row("agreement with FER+", f"{ferplus['agreement']:.4f}", f"{low:.4f} to {high:.4f}")
    for averaging, kept in result.get("averaged", {}).items():
        low, high = kept["intervals"]["accuracy"]
        table.add_row(f"accuracy, {averaging}", f"{kept['accuracy']:.4f}", f"{low:.4f} to {high:.4f}")
    if "without_training_copies" in result:
        fresh = result["without_training_copies"]
        label = f"accuracy on the {fresh['n']:,} faces without a copy in Training"
        table.add_row(label, f"{fresh['accuracy']:.4f}", "")
    if result.get("left_out_folders"):
        console.print(f"left out, no expression of the seven: {result['left_out_folders']}")
    console.print(table)
    classes = Table("expression", "precision", "recall", "F1", "faces")
    for label, c in result["per_class"].items():
        classes.add_row(
            label, f"{c['precision']:.3f}", f"{c['recall']:.3f}", f"{c['f1']:.3f}", str(c["support"])
        )  # fmt: skip
    console.print(classes)


@app.command()
def calibrate(
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            help="The config the model was trained with. Default: the one its metadata.json names.",
            show_default=False,
        ),
    ] = None,
    model: ModelOption = None,
    data: DataOption = None,
    votes: VotesOption = None,
    write: Annotated[bool, typer.Option("--write", help="Put the temperature into metadata.json.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit the temperature that makes a model's confidence honest, on Training faces that fit never saw.

    `publish` does it too. For example: `python -m train calibrate --model attune_fer --write`
    """
    from dataclasses import asdict

    from emotion.metadata import METADATA_FILE, ModelMetadata
    from train.calibration import calibrate as run_calibrate
    from train.config import load_config
    from train.errors import ConfigError, ModelFileError

    source = find_model(model)
    folder = source.path.parent
    metadata = ModelMetadata.load(folder) if (folder / METADATA_FILE).is_file() else None
    if write and metadata is None:
        raise ModelFileError(
            f"Expected {METADATA_FILE} beside the model to write to. Received: {source.path}"
        )
    config = config or (metadata.training.get("config", {}).get("name") if metadata else None)
    if config is None:
        raise ConfigError(f"Expected --config, because no {METADATA_FILE} names one. Received: {source.path}")
    result = run_calibrate(source.load(), read_data(data), load_config(config), read_votes(votes))
    if write and metadata is not None:
        training = metadata.training | {"calibration": asdict(result)}
        metadata.model_copy(update={"temperature": round(result.temperature, 4), "training": training}).save(
            folder
        )
    if as_json:
        print_json(asdict(result))
        return
    print(
        f"temperature {result.temperature:.4f}, {result.faces:,} held-out faces, {result.labels} labels: "
        f"calibration error {result.error_before:.4f} to {result.error_after:.4f}"
    )


@app.command()
def publish(
    run: Annotated[Path, typer.Argument(help="A run folder of fit.")],
    config: Annotated[
        str | None,
        typer.Option("--config", help="The run's config. Default: the folder's name.", show_default=False),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Folder under models/. Default: the config's.", show_default=False)
    ] = None,
    data: DataOption = None,
    votes: VotesOption = None,
    usage: Annotated[Usage, typer.Option(help="The faces the figures are for.")] = Usage.PUBLIC_TEST,
    float32: Annotated[
        bool, typer.Option("--float32", help="Weights of the LiteRT file in float32: twice the size.")
    ] = False,
    models: Annotated[Path, typer.Option(help="Where model folders live.")] = MODELS_FOLDER,
    default: Annotated[bool, typer.Option("--default", help="Make it the app's model.")] = False,
) -> None:
    """Turn a run into a model folder: weights, LiteRT export, temperature, figures, card; all or nothing.

    For example: `python -m train publish runs/cnn --name mine --default`
    """
    from train.config import load_config
    from train.publish import publish_run, set_default

    chosen = load_config(config or run.resolve().name)
    faces = read_data(data)
    with say.status("Exporting, calibrating, judging …"):
        folder = publish_run(
            run, models, chosen, faces, votes_for(votes, faces), name=name, usage=usage.value,
            weights="float32" if float32 else "float16",
        )  # fmt: skip
    if default:
        set_default(models, folder.name)
    metrics = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))["metrics"]
    say.print(f"Published {folder}: {metrics}")


@app.command()
def export(
    model: ModelOption = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="keras, h5, litert, litert-float16, litert-int8, onnx; several, or all.",
            show_default="litert",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder. Default: the model's.", show_default=False)
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a model in other formats, each checked against the Keras model on 500 faces.

    A file that does not name the same expression first on 99.5% of them (int8: 98%) is not kept.

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
    faces = read_data(data)
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
    """What ``export`` wrote, as a table for people."""
    table = Table("format", "file", "MB", "largest difference", "same top expression")
    for e in done:
        table.add_row(
            e.format, e.path, f"{e.size_bytes / 1e6:.2f}", f"{e.largest_difference:.2g}",
            f"{e.agreement:.2%} of {e.faces}",
        )  # fmt: skip
    Console(highlight=False).print(table)


@app.command("augment-preview")
def augment_preview(
    config: Annotated[str, typer.Option("--config", help="Whose augmentation.")] = "attune_blend",
    data: DataOption = None,
    change: ChangeOption = None,
    out: Annotated[Path, typer.Option(help="The picture; it shows faces.")] = RUNS_FOLDER
    / "augmentation.png",
) -> None:
    """Write a sheet of faces beside what the network is shown of them.

    For example: `python -m train augment-preview --config cnn --set augmentation.rotation_deg=30`
    """
    import keras
    import numpy as np

    from train import figures
    from train.augmentation import Augmentation
    from train.config import change_config, load_config, parse_changes
    from train.faceset import one_hot

    chosen = change_config(load_config(config), parse_changes(change or []))
    faces = read_data(data).usage("Training")
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


@app.command()
def tune(
    config: Annotated[str, typer.Option("--config", help="Where the search starts.")],
    trials: Annotated[int, typer.Option(min=1, help="Finished trials to reach, earlier ones counted.")] = 20,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each trial.")] = 8,
    storage: Annotated[
        str | None,
        typer.Option(
            help="Database of the study; postgresql://… lets several machines share one search. "
            "Default: SQLite in --out.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    votes: VotesOption = None,
    change: ChangeOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder. Default: runs/tune-CONFIG.", show_default=False)
    ] = None,
) -> None:
    """Search a config's numbers with Optuna; the same command goes on with an unfinished search.

    For example: `python -m train tune --config cnn --trials 30 --epochs 6`
    """
    from train.config import change_config, load_config, parse_changes
    from train.tune import BEST_FILE
    from train.tune import tune as run_tune

    chosen = change_config(load_config(config), parse_changes(change or []))
    folder = out or RUNS_FOLDER / f"tune-{chosen.name}"
    study = run_tune(
        chosen, read_data(data), read_votes(votes, required=chosen.targets != "fer"), folder,
        source=config, trials=trials, epochs=epochs, storage=storage,
    )  # fmt: skip
    say.print(f"Best validation accuracy {study.best_value:.4f}: {study.best_params}")
    say.print(f"Config: {folder / BEST_FILE}, plots beside it")


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    data: DataOption = None,
    votes: VotesOption = None,
    usage: Annotated[Usage | None, typer.Option(help="Default: PublicTest.", show_default=False)] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The .html; it shows faces. Default: report.html in the run.", show_default=False),
    ] = None,
) -> None:
    """Write one HTML page about a run: curves, figures, confusion, reliability, mistakes, size, config.

    For example: `python -m train report runs/cnn`
    """
    from train.checkpoint import STATE_FILE
    from train.costs import costs
    from train.progress import LOG_FILE, read_log
    from train.report import run_report

    source = find_model(str(run))
    everything = read_data(data)
    judged, faces = judge(source, everything, votes_for(votes, everything), usage_of(usage, everything))
    judged.figures.update(*costs([source.path]))
    state = run / STATE_FILE
    config = json.loads(state.read_text(encoding="utf-8")).get("config", {}) if state.is_file() else {}
    path = run_report(judged, faces, read_log(run / LOG_FILE), config, out or run / "report.html")
    say.print(f"Report: {path}")


@app.command()
def compare(
    models: Annotated[list[str], typer.Argument(help="Two or more: names in models/, folders or files.")],
    data: DataOption = None,
    votes: VotesOption = None,
    usage: Annotated[Usage | None, typer.Option(help="Default: PublicTest.", show_default=False)] = None,
    label_map: LabelMapOption = None,
    out: Annotated[Path, typer.Option(help="The .html to write.")] = RUNS_FOLDER / "comparison.html",
    markdown: Annotated[
        Path | None, typer.Option(help="A Markdown page to write too.", show_default=False)
    ] = None,
) -> None:
    """Set several models side by side, on the same faces.

    For example: `python -m train compare attune_fer runs/cnn exports/model.onnx`
    """
    from train.costs import costs
    from train.report import comparison, comparison_markdown, comparison_rows

    sources = [find_model(name) for name in models]
    everything = read_data(data, label_map)
    known, wanted = votes_for(votes, everything), usage_of(usage, everything, label_map)
    judged = [judge(source, everything, known, wanted)[0] for source in sources]
    for one, cost in zip(judged, costs([source.path for source in sources]), strict=True):
        one.figures.update(cost)
    head, rows = comparison_rows(judged)
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
    say.print(f"Page: {comparison(judged, out)}")
    if markdown is not None:
        command = f"python -m train compare {' '.join(models)} --markdown {markdown}"
        faces = f"{judged[0].figures['usage']}, {judged[0].figures['n']:,} faces"
        note = f"Made by `{command}` on {faces}, one crop a face; in brackets 95% bootstrap intervals."
        with written_whole(markdown) as partial:
            partial.write_text(comparison_markdown(judged, "The models compared", note), encoding="utf-8")
        say.print(f"Page: {markdown}")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, ``sys.argv`` when ``arguments`` is left out.

    Errors that this project raises on purpose become one line and exit code 1.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        app(args=arguments)
    except (TrainError, EmotionError) as error:
        print_error(str(error))
        sys.exit(1)
    except OSError as error:
        print_error(f"Expected files that can be read and written. Received: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        say.print("Stopped.")
        sys.exit(130)
