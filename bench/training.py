"""Training steps of the default config: what bfloat16, fused normalization and traced augmentation save.

    TF_NUM_INTRAOP_THREADS=1 python -m bench training [--steps 12]

The default network, batches of random faces, all variants in turn in one run; the ratio is to Keras as it
comes (float32, the augmentation operation by operation). ``pip install -r requirements-train.txt``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

BY_NAME_ONLY = True
WARM_UP_STEPS = 3


def main(argv: Sequence[str]) -> int:
    """Prints a row for each variant."""
    parser = argparse.ArgumentParser(prog="python -m bench training", description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=12, help="timed steps of each variant")
    steps = parser.parse_args(argv).steps
    variants = {
        "Keras as it comes": _step("float32", fused=False, traced=False),
        "+ bfloat16": _step("mixed_bfloat16", fused=False, traced=False),
        "+ fused normalization": _step("mixed_bfloat16", fused=True, traced=False),
        "+ traced augmentation: train fit": _step("mixed_bfloat16", fused=True, traced=True),
    }
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(WARM_UP_STEPS + steps):
        for name, step in variants.items():
            began_s = time.perf_counter()
            faces = step()
            if number >= WARM_UP_STEPS:
                taken[name].append((time.perf_counter() - began_s) / faces)
    first = float(np.median(taken["Keras as it comes"]))
    for name, each_s in taken.items():
        median = float(np.median(each_s))
        print(f"{name:34s} {1 / median:6.0f} faces/s   {first / median:4.2f} times as many")
    return 0


def _step(policy: str, *, fused: bool, traced: bool) -> Callable[[], int]:
    """Build one variant; what it returns augments a batch, learns from it, and says how many faces it had."""
    from train.augmentation import Augmentation
    from train.configs.attune_small import get_config
    from train.fit import build_for_training, compile_model
    from train.fused import with_fused_normalization
    from train.precision import in_policy
    from train.schedule import stages

    config = get_config()
    with in_policy(policy):
        model = build_for_training(config)
        model = with_fused_normalization(model) if fused else model
    compile_model(model, config, stages(config)[0])
    augmentation = Augmentation(config.augmentation, config.seed)
    draw = np.random.default_rng(config.seed)
    images = draw.integers(0, 256, (config.batch_size, 48, 48, 1), dtype=np.uint8)
    targets = draw.dirichlet(np.ones(7), (config.batch_size, 2)).astype(np.float32)

    def step() -> int:
        apply: Callable[..., Any] = augmentation if traced else augmentation.apply
        model.train_on_batch(*apply(images, targets))
        return len(images)

    return step
