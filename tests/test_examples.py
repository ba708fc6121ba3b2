"""Every example in a command's help can be typed as it stands: its command, options and values exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import optuna
import pytest
import typer

import content.cli
import emotion.cli
import train.cli
from train.config import TrainConfig, change_config, config_names, load_any_config
from train.tune import suggest

APPS = {"train": train.cli.app, "emotion": emotion.cli.app, "content": content.cli.app}
EXAMPLE = re.compile(r"python -m (train|emotion|content) ([^`\n]+)")


def commands(app: typer.Typer) -> Iterator[Any]:
    root: Any = typer.main.get_command(app)
    yield root
    yield from getattr(root, "commands", {}).values()


EXAMPLES = sorted(
    {
        (program, words.strip().rstrip(".,"))
        for app in APPS.values()
        for command in commands(app)
        for program, words in EXAMPLE.findall(command.help or "")
    }
)


def test_most_commands_show_an_example() -> None:
    assert len(EXAMPLES) >= 12


@pytest.mark.parametrize(("program", "words"), EXAMPLES)
def test_an_example_can_be_typed(program: str, words: str) -> None:
    root: Any = typer.main.get_command(APPS[program])
    name, *arguments = shlex.split(re.split(r" [|>] ", words)[0])
    assert name in root.commands
    # Parses and checks every option and value, and runs nothing.
    root.commands[name].make_context(name, arguments)


@pytest.mark.parametrize("name", config_names())
def test_every_network_can_be_searched(name: str) -> None:
    config = load_any_config(name)
    if not isinstance(config, TrainConfig):
        pytest.skip("trains no network")
    for _ in range(3):
        trial = optuna.create_study().ask()
        assert change_config(config, suggest(trial, config)).name == config.name
