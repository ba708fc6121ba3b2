"""The command line of ``train``. Everything heavy is imported inside the commands, so that help is quick."""

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
    help="From FER-2013 to a model people can trust: look at data, fit, judge, calibrate, export, publish."
    "\n\nA usual way: `data`, `augment-preview`, `fit --config cnn`, `report runs/cnn`, "
    "`export --model runs/cnn --format all`, `publish runs/cnn`. Each explains itself with `--help`.",
)

# In the order in which help lists them.
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

    Errors that this project raises on purpose become one line and exit code 1.
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
