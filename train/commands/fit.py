"""The commands that train: ``fit``, ``soup`` and ``tune``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from train.commands.options import (
    RUNS_FOLDER,
    ChangeOption,
    DataOption,
    JsonOption,
    LabelMapOption,
    VotesOption,
    print_json,
    read_data,
    read_votes,
    say,
    votes_for,
)
from train.commands.ship import publish_and_say
from train.errors import TrainError
from train.files import RUN_MODEL
from train.sources import find_model

if TYPE_CHECKING:
    from train.config import TrainConfig
    from train.faceset import FaceSet, Votes
    from train.fit import FitResult


def fit(
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            help="Name in train/configs, or a .py file. Default: attune; one head without FER+ votes.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    label_map: LabelMapOption = None,
    votes: VotesOption = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue after the last finished epoch in --out.")
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Replaces the config's number of epochs; its parts keep their shares.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder. Default: runs/CONFIG.", show_default=False)
    ] = None,
    change: ChangeOption = None,
    start: Annotated[
        list[str] | None,
        typer.Option(
            "--start-from",
            help="Trained model to begin with. Give several to begin with the mean of their weights.",
            show_default=False,
        ),
    ] = None,
    teacher: Annotated[
        list[str] | None,
        typer.Option(
            "--teacher",
            help="Trained model to learn from, in place of the config's teachers; give several to learn from "
            "their mean. For a network with two heads give two models with one head each, fer first.",
            show_default=False,
        ),
    ] = None,
    publish_it: Annotated[
        bool, typer.Option("--publish", help="Publish the run to models/CONFIG when it is done.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Train a network, and before it the teachers that its config names, unless their runs are there.

    Ctrl-C stops the run; `--resume` continues after the last finished epoch.

    Writes `averaged.keras`, `log.csv`, `tensorboard/` and the checkpoint to the run folder.
    `publish` turns a run into a model folder. KERAS_BACKEND chooses tensorflow, jax or torch.

    For example: `python -m train fit --config cnn --epochs 20 --set learning_rate=0.0005 --out runs/try`
    """
    from train.config import (
        DEFAULT_CONFIG,
        BaselineConfig,
        change_baseline,
        change_config,
        load_any_config,
        load_config,
        parse_changes,
        with_epochs,
        without_votes,
    )

    chosen = load_any_config(config) if config else None
    changes = parse_changes(change or [])

    def changed(config: TrainConfig) -> TrainConfig:
        return change_config(with_epochs(config, epochs) if epochs else config, changes)

    # Report a wrong change before reading the data.
    if isinstance(chosen, BaselineConfig):
        chosen = change_baseline(chosen, changes if epochs is None else {**changes, "epochs": epochs})
    elif chosen is not None:
        chosen = changed(chosen)
    faces = read_data(data, label_map)
    if chosen is None:
        matching = votes_for(votes, faces) is not None
        ours = load_config(DEFAULT_CONFIG)
        chosen = changed(ours if matching else without_votes(ours))
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
    from train.fit import TEACHER_FILE, fit_summary
    from train.fit import fit as run_fit
    from train.lineage import LINEAGE_FILE, begin_lineage

    chosen_votes = read_votes(votes, required=chosen.targets != "fer")
    answered = resume and (run / TEACHER_FILE).is_file()
    if teacher is None and not answered:
        teacher = [str(path) for path in _teachers(chosen, faces, chosen_votes)]
    teachers = [find_model(name) for name in teacher or []]
    starts = [find_model(name).path.with_suffix(".keras") for name in start or []]
    settings = [f"{key}={value}" for key, value in changes.items()]
    if epochs is not None:
        parts = {"epochs": chosen.epochs, "small_epochs": chosen.small_epochs}
        parts |= {f"taught_rounds.{n}.epochs": taught.epochs for n, taught in enumerate(chosen.taught_rounds)}
        settings = [*(f"{part}={value}" for part, value in parts.items() if part not in changes), *settings]
    if not resume or not (run / LINEAGE_FILE).is_file():
        begin_lineage(run, chosen.name, starts, [t.path for t in teachers], settings=settings)
    result = run_fit(
        chosen,
        faces,
        chosen_votes,
        run,
        resume=resume,
        start=starts,
        teachers=[t.load_heads() for t in teachers],
    )
    if as_json:
        print_json(fit_summary(result))
    else:
        say.print(
            f"{result.epochs} epochs; validation loss {result.best_val_loss:.4f} in {result.best_epoch}. "
            f"Model: {result.model_path}"
        )
    _end_if_interrupted(result)
    if publish_it:
        publish_and_say(run, chosen, faces, votes_for(votes, faces))


def _teachers(config: TrainConfig, faces: FaceSet, votes: Votes | None) -> list[Path]:
    """The runs of the config's teachers, trained to their ends where they are not yet."""
    from train.config import load_config

    return [_teacher(load_config(name), faces, votes) for name in config.teachers]


def _teacher(config: TrainConfig, faces: FaceSet, votes: Votes | None) -> Path:
    """The run of a teacher, trained to its end where it is not yet; it may have teachers, too."""
    from train.fit import TEACHER_FILE
    from train.fit import fit as run_fit
    from train.lineage import LINEAGE_FILE, begin_lineage, read_lineage

    run = RUNS_FOLDER / config.name
    steps = read_lineage(run)
    if (run / RUN_MODEL).is_file() and steps and steps[-1].epochs >= config.epochs:
        return run
    answered = (run / TEACHER_FILE).is_file()
    teachers = [] if answered else [find_model(str(path)) for path in _teachers(config, faces, votes)]
    say.print(f"Teacher: {config.name}")
    if not (run / LINEAGE_FILE).is_file():
        begin_lineage(run, config.name, [], [t.path for t in teachers])
    heads = [t.load_heads() for t in teachers]
    _end_if_interrupted(run_fit(config, faces, votes, run, resume=True, teachers=heads))
    return run


def _end_if_interrupted(result: FitResult) -> None:
    if result.stopped == "interrupted":
        say.print("Stopped by Ctrl-C. Run the same command with --resume to continue.")
        raise typer.Exit(130)


def soup(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Two or more runs or models that began with one network. Weigh them with =PART: runs/a=2."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Run folder for the mean.")],
) -> None:
    """Average the weights of several models that were tuned from the same one.

    `publish --config NAME` turns the result into a model folder, calibrated as that config says.
    """
    from train.lineage import begin_lineage
    from train.weights import soup as mix

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


def tune(
    config: Annotated[str, typer.Option("--config", help="Config where the search starts.")],
    trials: Annotated[int, typer.Option(min=1, help="Finished trials to reach, counting earlier ones.")] = 20,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each trial.")] = 8,
    storage: Annotated[
        str | None,
        typer.Option(
            help="Database of the study. With postgresql://… several machines share one search. "
            "Default: SQLite in --out.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    label_map: LabelMapOption = None,
    votes: VotesOption = None,
    change: ChangeOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder. Default: runs/tune-CONFIG.", show_default=False)
    ] = None,
) -> None:
    """Search for better values of a config with Optuna. Run the same command again to continue.

    For example: `python -m train tune --config cnn --trials 30 --epochs 6`
    """
    from train.config import change_config, load_config, parse_changes
    from train.tune import BEST_FILE
    from train.tune import tune as run_tune

    chosen = change_config(load_config(config), parse_changes(change or []))
    folder = out or RUNS_FOLDER / f"tune-{chosen.name}"
    study = run_tune(
        chosen, read_data(data, label_map), read_votes(votes, required=chosen.targets != "fer"), folder,
        source=config, trials=trials, epochs=epochs, storage=storage,
    )  # fmt: skip
    say.print(f"Best validation accuracy {study.best_value:.4f}: {study.best_params}")
    say.print(f"Config: {folder / BEST_FILE}, plots beside it")
