"""``attune_small`` with one block of 256 channels more, 2.19 M parameters. A teacher of ``attune``.

Command:   python -m train fit --config attune_deep
Machine:   2 CPU cores (Xeon with AMX), both for the training: 1.6 hours for 104 epochs.
Accuracy:  1,116 held-out faces of Training, one crop (``python -m train publish RUN --usage HeldOut``): head
           ``fer`` 68.2% by FER-2013's labels, head ``ferplus`` 85.8% agreement with FER+'s majority, the
           app's mixture 67.6% and 81.2%. Not judged on PublicTest.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from train.config import TrainConfig
from train.configs import attune_small
from train.models import attune_two_heads


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return replace(
        attune_small.get_config(),
        name="attune_deep",
        build=partial(attune_two_heads, widths=(48, 96, 96, 160, 160, 256), dropout=0.25),
    )
