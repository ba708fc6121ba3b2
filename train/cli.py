"""The command line of ``train``. The commands import what is slow to load, so help appears quickly."""

from __future__ import annotations

import logging
import os
import sys

import typer

from attune_settings import warn_of_unknown
from emotion.errors import EmotionError
from train.commands.data import augment_preview, data
from train.commands.fit import fit, soup, tune
from train.commands.judge import compare, evaluate, report
from train.commands.options import print_error, say
from train.commands.ship import calibrate, export, publish
from train.errors import TrainError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Train, judge and publish models for the app, from FER-2013 or another data set."
    "\n\nA usual order: `data`, `augment-preview`, `fit --config cnn`, `report runs/cnn`, "
    "`export --model runs/cnn --format all`, `publish runs/cnn`. `COMMAND --help` explains each command.",
)

# Help lists them in this order.
for command in (
    fit,
    soup,
    data,
    evaluate,
    calibrate,
    publish,
    export,
    augment_preview,
    tune,
    report,
    compare,
):
    app.command()(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, ``sys.argv`` when ``arguments`` is left out.

    Prints errors that this project raises on purpose as one line, with exit code 1.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    warn_of_unknown()
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
