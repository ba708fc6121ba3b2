"""The errors that ``train`` raises.

TrainError
├── DatasetError      the data is missing, broken or not what was expected
├── ConfigError       an unknown or invalid training config
├── ModelFileError    a model file is missing, unreadable or not of seven classes
├── RunError          a training run cannot be started, continued or published
└── ExportError       an exported file does not answer as the Keras model does
"""

from __future__ import annotations


class TrainError(Exception):
    """Base of everything this package raises on purpose; the command line prints it and exits 1."""


class DatasetError(TrainError):
    """The data is missing, broken or not what was expected."""


class ConfigError(TrainError):
    """An unknown or invalid training config."""


class ModelFileError(TrainError):
    """A model file is missing, unreadable or not of seven classes."""


class RunError(TrainError):
    """A training run cannot be started, continued or published."""


class ExportError(TrainError):
    """An exported file does not answer as the Keras model does."""
