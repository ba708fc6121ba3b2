"""How right models are on crops that are spoiled in ten ways, and what the mean of several would get.

    FER2013_ARCHIVE=data/fer2013.zip FERPLUS_VOTES=data/ferplus_votes.csv \
        python -m bench spoiled attune@fer runs/other@fer --mean

FER-2013's crops are cleaner than a webcam's. Each crop is read as it is, and made bright, dark and noisy,
blurred, small, turned, framed too wide and too tight, shifted, blocky, and lit from the side. A model may be
any that ``python -m train evaluate --model`` takes. The faces are those of Training that training holds out,
so that models can be chosen by it without the test.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from bench.fairness import load
from bench.margin import markdown
from emotion.labels import FACE_SIZE_PX

BY_NAME_ONLY = True

Crop = npt.NDArray[np.uint8]
Spoil = Callable[[Crop, np.random.Generator], npt.NDArray[np.generic]]
Read = Callable[[Crop], npt.NDArray[np.floating]]
_MIDDLE = ((FACE_SIZE_PX - 1) / 2, (FACE_SIZE_PX - 1) / 2)


def moved(*, turn_deg: float = 0.0, scale: float = 1.0, right_px: float = 0.0, down_px: float = 0.0) -> Spoil:
    """The crop turned and scaled about its middle, then shifted; its edge is repeated."""
    place = cv2.getRotationMatrix2D(_MIDDLE, turn_deg, scale)
    place[:, 2] += np.array((right_px, down_px))
    return lambda crop, rng: cv2.warpAffine(crop, place, crop.shape, borderMode=cv2.BORDER_REPLICATE)


def blocky(crop: Crop, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    """Strongly compressed as JPEG."""
    _, written = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 12])
    return np.asarray(cv2.imdecode(written, cv2.IMREAD_GRAYSCALE))


def small(crop: Crop, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    """A face of 20 pixels, enlarged again."""
    return np.asarray(cv2.resize(cv2.resize(crop, (20, 20), interpolation=cv2.INTER_AREA), crop.shape))


SPOILS: dict[str, Spoil] = {
    "bright": lambda crop, rng: crop * 1.8,
    "dark and noisy": lambda crop, rng: crop * 0.35 + rng.normal(0, 5, crop.shape),
    "blurred": lambda crop, rng: cv2.GaussianBlur(crop, (0, 0), 1.6),
    "small": small,
    "turned by 20°": moved(turn_deg=20),
    "framed too wide": moved(scale=0.8),
    "framed too tight": moved(scale=1.2),
    "shifted": moved(right_px=3, down_px=3),
    "blocky": blocky,
    "lit from the side": lambda crop, rng: crop * np.linspace(0.35, 1.6, crop.shape[1]),
}


def spoiled(crops: Crop, spoil: Spoil, seed: int) -> Crop:
    """uint8 ``(N, 48, 48, 1)`` spoiled, each by itself."""
    rng = np.random.default_rng(seed)
    changed = np.stack([spoil(crop[..., 0], rng) for crop in crops])
    return np.clip(changed, 0, 255).astype(np.uint8)[..., None]


def mirrored_mean(read: Sequence[Read], crops: Crop) -> npt.NDArray[np.floating]:
    """Mean probabilities ``(N, 7)`` of several models over the crops and their mirror images."""
    return np.mean([one(seen) for one in read for seen in (crops, crops[:, :, ::-1])], axis=0)


def main(argv: Sequence[str]) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench spoiled", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("models", nargs="*", default=["attune@fer", "attune@ferplus", "attune"])
    parser.add_argument("--mean", action="store_true", help="also their mean, with mirror images")
    parser.add_argument("--usage", default="HeldOut")
    parser.add_argument("--faces", type=int, default=0, help="so many, drawn (default all)")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    from train.sources import find_model

    faces = load(asked.usage, asked.faces, asked.seed)
    voted = faces.ferplus >= 0
    read = [find_model(name).load().predict for name in asked.models]
    columns = [*asked.models, *(["their mean, mirrored"] if asked.mean else [])]
    rows: list[tuple[str, list[tuple[float, float]]]] = []
    for name, spoil in {"as they are": None, **SPOILS}.items():
        seen = faces.images if spoil is None else spoiled(faces.images, spoil, asked.seed)
        answers = [one(seen) for one in read]
        if asked.mean:
            answers.append(mirrored_mean(read, seen))
        said = [answer.argmax(axis=1) for answer in answers]
        figures = [((s == faces.labels).mean(), (s == faces.ferplus)[voted].mean()) for s in said]
        rows.append((name, figures))
    mean = np.mean([figures for _, figures in rows[1:]], axis=0)
    rows.append(("mean of the spoiled", [(right, agreed) for right, agreed in mean]))
    cells = [["crops", *columns], ["---", *["---:"] * len(columns)]]
    cells += [[name, *(f"{right:.1%} / {agreed:.1%}" for right, agreed in figures)] for name, figures in rows]
    head = f"{asked.usage}, {len(faces.labels):,} faces"
    print(f"{head}: right by FER-2013's label / agrees with FER+'s majority\n")
    print(markdown(cells))
    return 0
