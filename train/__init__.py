"""Builds what ``models/`` holds: data, training, evaluation, export. See ``python -m train --help``."""
