"""The settings of a training run.

A config file, ``train/configs/NAME.py``, returns a ``TrainConfig`` from ``get_config()``, or a
``BaselineConfig`` for what is not a network.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import runpy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from train.augmentation_options import AugmentationOptions
from train.errors import ConfigError

if TYPE_CHECKING:
    import keras

Targets = Literal["fer", "ferplus", "blend", "both"]
Optimizer = Literal["sgd", "adam"]
TeacherViews = Literal["flip", "tencrop"]
_CHOICES = {"targets": Targets, "optimizer": Optimizer, "teacher_views": TeacherViews}

HELD_OUT = "HeldOut"
"""Stands, among the splits of a data set, for the part of Training that ``fit`` holds out."""


@dataclass(frozen=True, slots=True)
class TaughtRound:
    """A last part of a run with its own cosine; the weight average so far is its start and its teacher.

    The run's own teachers, if there are any, go on teaching: the targets take the mean of the average's
    answers and theirs.

    Attributes:
        epochs: number of epochs; the run's ``epochs`` count them.
        augmentation: strength of the augmentation as a share of the run's (``AugmentationOptions.scaled``).
        learning_rate, distill_share, label_smoothing, class_balance, average_decay: as in ``TrainConfig``,
            for this round; None for the run's.
    """

    epochs: int
    augmentation: float = 1.0
    learning_rate: float | None = None
    distill_share: float | None = None
    label_smoothing: float | None = None
    class_balance: float | None = None
    average_decay: float | None = None


_OF_A_ROUND = ("learning_rate", "distill_share", "label_smoothing", "class_balance", "average_decay")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run.

    Attributes:
        name: folder under ``runs/`` and ``models/``.
        build: returns the uncompiled network.
        targets: FER-2013's labels, FER+'s votes, or a mixture with ``fer_share`` of the labels;
            ``both`` teaches a network with two heads both at once.
        epochs, batch_size, learning_rate, warmup_epochs, momentum: SGD with Nesterov momentum under a
            cosine schedule that ends at zero.
        weight_decay: decoupled, per step ``learning_rate * weight_decay`` of each kernel.
        label_smoothing: share of each target spread over all seven classes.
        class_balance: a class weighs its frequency to the power of minus this (0: all faces weigh the same).
        average_decay: decay a step of the weight average that is saved (Polyak averaging); 0 for none.
        patience_epochs: stop when validation loss has not improved for this many epochs.
        holdout: share of Training held out, for early stopping and calibration.
        optimizer: ``sgd`` as above, or ``adam`` (its weight decay decoupled too).
        pretrained: what the network begins with, in words with the licence, if ``build`` gives it features
            that were learned elsewhere; "" for none. The averages of its batch normalization are then first
            made those of Training faces (``train.pretrained.settle_normalization``).
        frozen_epochs: epochs with the layer ``backbone`` frozen; then everything is tuned.
        fine_tune_factor: learning rate after ``frozen_epochs``, as a share of ``learning_rate``.
        ramp_epochs: epochs in which augmentation grows to full strength. A network learns sooner when it
            first sees faces upright and whole.
        small_epochs: number of first epochs in which faces are brought down to ``small_px`` after
            augmentation; a step takes less than half the time. The network must be fully convolutional.
        small_px: side of a face in these epochs.
        taught_rounds: the last epochs, round by round, in each of which the run learns from itself too.
        max_hours: the learning rate reaches zero after this many hours of training if the epochs are not
            done by then, and the run ends; 0 for no limit. Hours before a resume count.
        teachers: names of configs that are trained first, by the same command, and teach this run.
        distill_share: share of each target that comes from teachers, if there are any.
        teacher_views: what a teacher averages over: each face and its mirror, or its ten crops
            (``train.evaluation.predict_averaged``).
        mixed_precision: compute in bfloat16, unless that is slow on this machine (``train.precision``).
    """

    name: str
    build: Callable[[], keras.Model]
    targets: Targets = "fer"
    fer_share: float = 0.7
    epochs: int = 40
    batch_size: int = 128
    learning_rate: float = 0.1
    warmup_epochs: float = 1.0
    momentum: float = 0.9
    weight_decay: float = 5e-3
    label_smoothing: float = 0.1
    class_balance: float = 0.0
    average_decay: float = 0.998
    patience_epochs: int = 12
    holdout: float = 0.04
    optimizer: Optimizer = "sgd"
    pretrained: str = ""
    frozen_epochs: int = 0
    fine_tune_factor: float = 0.1
    ramp_epochs: float = 0.0
    small_epochs: int = 0
    small_px: int = 32
    taught_rounds: tuple[TaughtRound, ...] = ()
    max_hours: float = 0.0
    teachers: tuple[str, ...] = ()
    distill_share: float = 0.5
    teacher_views: TeacherViews = "flip"
    mixed_precision: bool = True
    seed: int = 7
    augmentation: AugmentationOptions = field(default_factory=AugmentationOptions)


@dataclass(frozen=True, slots=True)
class BaselineConfig:
    """Histograms of oriented gradients and a linear support vector machine (scikit-learn).

    Attributes:
        name: folder under ``runs/``.
        cell_px, block_cells, orientations: of the histograms (Dalal and Triggs, 2005).
        penalty: C of the support vector machine; smaller is smoother.
        class_balance: give all classes the same weight.
        holdout, seed: as in ``TrainConfig``.
    """

    name: str
    cell_px: int = 6
    block_cells: int = 2
    orientations: int = 9
    penalty: float = 0.01
    class_balance: bool = False
    holdout: float = 0.04
    seed: int = 7
    targets: Targets = "fer"


DEFAULT_CONFIG = "attune"


def without_votes(config: TrainConfig) -> TrainConfig:
    """What stands in for ``config`` without FER+ votes: ``attune_small``, one head, FER-2013's labels."""
    from train.models import attune_resnet

    return replace(
        load_config("attune_small"),
        name=f"{config.name}_fer",
        build=partial(attune_resnet, dropout=0.25),
        targets="fer",
    )


def with_epochs(config: TrainConfig, epochs: int) -> TrainConfig:
    """The config with another number of epochs; ``small_epochs`` and ``taught_rounds`` keep their shares."""

    def part(of: int) -> int:
        return round(of * epochs / config.epochs)

    rounds = tuple(replace(taught, epochs=part(taught.epochs)) for taught in config.taught_rounds)
    return replace(config, epochs=epochs, small_epochs=part(config.small_epochs), taught_rounds=rounds)


def in_round(config: TrainConfig, taught: TaughtRound | None) -> TrainConfig:
    """The config as it is in one of its rounds; unchanged for None, the epochs before the first one."""
    if taught is None:
        return config
    own = {name: value for name in _OF_A_ROUND if (value := getattr(taught, name)) is not None}
    return replace(config, augmentation=config.augmentation.scaled(taught.augmentation), **own)


def config_names() -> list[str]:
    """The names of the files in ``train/configs``."""
    folder = Path(__file__).with_name("configs")
    return sorted(m.name for m in pkgutil.iter_modules([str(folder)]))


def load_config(name: str, **overrides: object) -> TrainConfig:
    """Load a network's config and replace fields.

    Args:
        name: of a file in ``train/configs``, or the path of any Python file with a ``get_config()``.
        overrides: fields of ``TrainConfig``.

    Raises:
        ConfigError: there is no such config, or it is not for a network.
    """
    config = load_any_config(name)
    if not isinstance(config, TrainConfig):
        raise ConfigError(f"Expected the config of a network. Received: {name!r}, which trains none.")
    return replace(config, **overrides)  # type: ignore[arg-type]


def described_config(told: Mapping[str, Any]) -> TrainConfig:
    """Rebuild from a model's metadata the part of its config that says which faces were held out and why.

    Works for models whose config file has left ``train/configs``.

    Args:
        told: as ``describe_config`` wrote it.

    Raises:
        ConfigError: a field is missing.
    """
    try:
        known = {name: told[name] for name in ("name", "targets", "holdout", "seed")}
    except KeyError as error:
        raise ConfigError(f"Expected a described config with {error}. Received: {sorted(told)}") from error
    return replace(load_config("attune"), **known)


def load_any_config(name: str) -> TrainConfig | BaselineConfig:
    """``get_config()`` of ``train/configs/NAME.py`` or of a file.

    Raises:
        ConfigError: there is no such config.
    """
    if name.endswith(".py"):
        try:
            source = runpy.run_path(name)
        except OSError as error:
            raise ConfigError(f"Expected a config file. Received: {name} ({error})") from error
        if "get_config" not in source:
            raise ConfigError(f"Expected a get_config() in the file. Received: {name}, which has none.")
        config: TrainConfig | BaselineConfig = source["get_config"]()
        return config
    if name not in config_names():
        raise ConfigError(f"Expected one of {config_names()} or a .py file. Received: {name!r}")
    loaded: TrainConfig | BaselineConfig = importlib.import_module(f"train.configs.{name}").get_config()
    return loaded


def change_config(config: TrainConfig, changes: Mapping[str, object]) -> TrainConfig:
    """The config with fields replaced by name.

    Args:
        config: what to change.
        changes: ``learning_rate``, …; ``augmentation.rotation_deg``, …; ``build.dropout``, … for an
            argument of the network's function; ``taught_rounds.0.epochs``, … for a round; an empty
            ``taught_rounds`` for none. Values are checked against the type of what they replace,
            and against the choices where there are some.

    Raises:
        ConfigError: no such field, or a value of another type or that is no choice.
    """
    plain: dict[str, Any] = {}
    augmentation: dict[str, Any] = {}
    build: dict[str, Any] = {}
    rounds = config.taught_rounds
    for key, value in changes.items():
        group, _, inner = key.rpartition(".")
        if group == "augmentation":
            augmentation[inner] = _checked(key, value, config.augmentation)
        elif group == "build":
            build[inner] = tuple(value) if isinstance(value, list) else value
        elif key.startswith("taught_rounds"):
            plain["taught_rounds"] = rounds = _change_round(rounds, key, value)
        else:
            plain[key] = _checked(key, value, config)
    if augmentation:
        plain["augmentation"] = replace(config.augmentation, **augmentation)
    if build:
        known = inspect.signature(config.build).parameters
        unknown = sorted(set(build) - set(known))
        if unknown:
            raise ConfigError(f"Expected arguments of the network, {sorted(known)}. Received: {unknown}")
        plain["build"] = partial(config.build, **build)
    return replace(config, **plain)


def _change_round(rounds: tuple[TaughtRound, ...], key: str, value: object) -> tuple[TaughtRound, ...]:
    if key == "taught_rounds" and value in ([], ()):
        return ()
    found = re.fullmatch(r"taught_rounds\.(\d+)\.\w+", key)
    number = int(found[1]) if found else len(rounds)
    if number >= len(rounds):
        raise ConfigError(
            f"Expected [] for taught_rounds, or a field of one of {len(rounds)} rounds, as "
            f"taught_rounds.0.epochs. Received: {key}={value!r}"
        )
    field_name = key.rpartition(".")[2]
    own: dict[str, Any] = {field_name: _checked(key, value, rounds[number])}
    return (*rounds[:number], replace(rounds[number], **own), *rounds[number + 1 :])


def change_baseline(config: BaselineConfig, changes: Mapping[str, object]) -> BaselineConfig:
    """The baseline's config with fields replaced by name.

    Raises:
        ConfigError: no such field, or a value of another type or that is no choice.
    """
    return replace(config, **{k: _checked(k, v, config) for k, v in changes.items()})  # type: ignore[arg-type]


def _checked(
    key: str, value: object, owner: TrainConfig | TaughtRound | AugmentationOptions | BaselineConfig
) -> object:
    field_name = key.rpartition(".")[2]
    declared = {f.name: f.type for f in fields(owner)}
    if field_name not in declared:
        raise ConfigError(f"Expected a field of the config. Received: {key!r}")
    now = getattr(owner, field_name)
    # Check against the field's type: a config may write 10 and mean 10.0.
    is_float = str(declared[field_name]).startswith("float")
    if is_float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(now, tuple) and isinstance(value, list):
        return tuple(value)
    if type(value) is not type(now):
        raise ConfigError(f"Expected {type(now).__name__} for {key}. Received: {value!r}")
    choices = get_args(_CHOICES.get(key))
    if choices and value not in choices:
        raise ConfigError(f"Expected one of {', '.join(choices)} for {key}. Received: {value!r}")
    return value


def parse_changes(texts: Iterable[str]) -> dict[str, object]:
    """``["learning_rate=0.05", "targets=fer"]`` → ``change_config``'s ``changes``.

    Raises:
        ConfigError: a text is no ``field=value``.
    """
    out: dict[str, object] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise ConfigError(f"Expected field=value. Received: {text!r}")
        try:
            out[key.strip()] = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError):
            out[key.strip()] = value.strip()
    return out


def describe_config(config: TrainConfig) -> dict[str, Any]:
    """The config as JSON-ready data; the network by the name of the function that builds it."""
    fields = {key: getattr(config, key) for key in config.__dataclass_fields__ if key != "build"}
    fields["augmentation"] = asdict(config.augmentation)
    fields["taught_rounds"] = [asdict(taught) for taught in config.taught_rounds]
    fields["build"] = describe_build(config.build)
    return fields


def describe_build(build: Callable[[], Any]) -> str:
    """``module.function(argument=value, …)``."""
    if isinstance(build, partial):
        arguments = ", ".join(f"{key}={value!r}" for key, value in sorted(build.keywords.items()))
        return f"{describe_build(build.func).removesuffix('()')}({arguments})"
    return f"{build.__module__}.{build.__qualname__}()"
