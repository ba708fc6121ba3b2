"""The commands that judge a model: ``evaluate``, ``report`` and ``compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from train.commands.options import (
    RUNS_FOLDER,
    DataOption,
    JsonOption,
    LabelMapOption,
    ModelOption,
    Usage,
    VotesOption,
    print_json,
    read_data,
    say,
    votes_for,
)
from train.files import written_whole
from train.sources import ModelSource, find_model

if TYPE_CHECKING:
    from train.faceset import FaceSet, Votes
    from train.photos import Look
    from train.report import Judged


def evaluate(
    model: ModelOption = None,
    data: DataOption = None,
    votes: VotesOption = None,
    usage: Annotated[
        Usage | None,
        typer.Option(
            help="Faces to use; HeldOut is the part of Training that fit holds out. Default: PublicTest, "
            "else all but Training; with --label-map all.",
            show_default=False,
        ),
    ] = None,
    label_map: LabelMapOption = None,
    find_faces: Annotated[
        bool,
        typer.Option("--find-faces", help="First find the largest face in each picture, as the app does."),
    ] = False,
    flip: Annotated[bool, typer.Option("--flip", help="Also average over each face and its mirror.")] = False,
    tencrop: Annotated[
        bool, typer.Option("--ten-crop", help="Also average over ten crops of each face.")
    ] = False,
    figures_in: Annotated[
        Path | None,
        typer.Option("--figures", help="Folder for figures and a sheet of mistakes.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a model on faces that it was not trained on: accuracy, F1, calibration, with 95% intervals.

    For example: `python -m train evaluate --model runs/cnn --usage PublicTest --flip --ten-crop`

    For your own faces: `python -m train evaluate --data faces/ --label-map anger=angry,joy=happy`. Folders
    that match none of the seven expressions are skipped and named. If the pictures are whole photos, add
    `--find-faces`; pictures without a face are then skipped and counted.
    """
    source = find_model(model)
    photos = None if find_faces else warn_of_photos(data)
    everything = read_faces_found(data, label_map) if find_faces else read_data(data, label_map)
    known = votes_for(votes, everything)
    averagings = (("flip",) if flip else ()) + (("tencrop",) if tencrop else ())
    judged, faces = judge(source, everything, known, usage_of(usage, everything, label_map), averagings)
    if find_faces:
        from train.readers import NO_FACE

        judged.figures["no_face_found"] = everything.left_out.get(NO_FACE, 0)
    elif photos is not None:
        judged.figures["whole_photos"] = {"looked_at": photos.pictures, "photos": photos.photos}
    if figures_in is not None:
        write_evaluation_figures(judged, faces, figures_in)
    if as_json:
        print_json(judged.figures)
    else:
        print_evaluation(judged.figures)


def read_faces_found(data: Path | None, label_map: str | None) -> FaceSet:
    """Find the faces in the pictures of a data set."""
    from train.photos import face_finder

    return read_data(data, label_map, find=face_finder())


def warn_of_photos(data: Path | None) -> Look | None:
    """Warn if ``--data`` holds whole photos; None without ``--data``."""
    if data is None:
        return None
    from emotion.errors import DetectorError
    from train.dataset import find_archive
    from train.photos import look_at

    try:
        look = look_at(find_archive(data))
    except DetectorError:
        return None
    if look.whole_photos:
        say.print(
            f"These are whole photos: in {look.photos} of {look.pictures} pictures looked at, the face takes "
            f"up only part of the picture (in the middle {look.share:.0%} of its side). Each is shrunk to "
            "48×48 as it is. Add --find-faces to find the faces first, as the app does."
        )
    return look


def usage_of(usage: Usage | None, faces: FaceSet, label_map: str | None = None) -> str:
    """The faces to judge on: the option's, else those that models of FER-2013 were not trained on."""
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
    """Evaluate a model on one split, with and without the faces that have copies in Training."""
    from train.calibration import faces_to_judge
    from train.evaluation import evaluate as run_evaluate
    from train.evaluation import fresh_figures
    from train.report import Judged

    faces = faces_to_judge(everything, usage)
    predictor = source.load()
    with say.status(f"Judging {source.name} on {len(faces):,} faces …"):
        result, shares = run_evaluate(
            predictor, faces, votes, temperature=source.temperature, averagings=averagings
        )
    if usage not in (Usage.ALL, Usage.TRAINING, Usage.HELD_OUT):
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
    """Write the confusion matrix, the reliability diagram and the sheet of mistakes as pictures."""
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
    """Print the figures of ``evaluate`` as tables."""
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


def report(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    data: DataOption = None,
    label_map: LabelMapOption = None,
    votes: VotesOption = None,
    usage: Annotated[Usage | None, typer.Option(help="Default: PublicTest.", show_default=False)] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="HTML page to write; it shows faces. Default: report.html in the run folder.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write an HTML page about a run: curves, figures, confusion, reliability, mistakes, size, config.

    For example: `python -m train report runs/cnn`
    """
    from train.checkpoint import STATE_FILE
    from train.costs import costs
    from train.progress import LOG_FILE, read_log
    from train.report import run_report

    source = find_model(str(run))
    everything = read_data(data, label_map)
    judged, faces = judge(source, everything, votes_for(votes, everything), usage_of(usage, everything))
    judged.figures.update(*costs([source.path]))
    state = run / STATE_FILE
    config = json.loads(state.read_text(encoding="utf-8")).get("config", {}) if state.is_file() else {}
    path = run_report(judged, faces, read_log(run / LOG_FILE), config, out or run / "report.html")
    say.print(f"Report: {path}")


def compare(
    models: Annotated[
        list[str], typer.Argument(help="Two or more models: names in models/, folders or files.")
    ],
    data: DataOption = None,
    votes: VotesOption = None,
    usage: Annotated[
        Usage | None,
        typer.Option(
            help="HeldOut chooses between models without the test. Default: PublicTest.", show_default=False
        ),
    ] = None,
    label_map: LabelMapOption = None,
    out: Annotated[Path, typer.Option(help="HTML page to write.")] = RUNS_FOLDER / "comparison.html",
    markdown: Annotated[
        Path | None, typer.Option(help="Markdown page to write as well.", show_default=False)
    ] = None,
) -> None:
    """Compare several models on the same faces.

    For example: `python -m train compare attune attune@fer runs/cnn exports/model.onnx`
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
        asked = f" --usage {usage}" if usage else ""
        command = f"python -m train compare {' '.join(models)}{asked} --markdown {markdown}"
        faces = f"{judged[0].figures['usage']}, {judged[0].figures['n']:,} faces"
        note = (
            f"`{command}` wrote this page: {faces}, one crop for each face. "
            "95% bootstrap intervals are in brackets."
        )
        with written_whole(markdown) as partial:
            partial.write_text(comparison_markdown(judged, "The models compared", note), encoding="utf-8")
        say.print(f"Page: {markdown}")
