"""Made-up impressions whose true effect is known: to see the reports work, and to test that they are right.

Each session has a completion chance of its own, so its impressions hang together as those of real viewers
do: it is drawn from a beta distribution whose mean is exactly the arm's. Everything else that moves a chance
(items that please more or less) evens out to nothing in both arms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, insert

from content.database import writing
from content.records.reports import WHOLE
from content.tables import impressions
from content.types import Arm, Kind, Reader
from emotion.labels import EMOTIONS, Emotion, label_of

TITLES: dict[str, str] = {
    "sample-ad-tea": "Harbour Tea",
    "sample-ad-bikes": "Two Wheels Rental",
    "sample-ad-books": "The Corner Bookshop",
    "sample-ad-plants": "Green Windowsill",
    "sample-ad-bakery": "Early Oven Bakery",
    "sample-ad-museum": "Museum of Clocks",
    "sample-clip-waves": "Waves at noon",
    "sample-clip-garden": "A garden in the rain",
    "sample-clip-lanterns": "Lanterns on the river",
    "sample-clip-trams": "Trams from above",
    "sample-clip-kites": "Kites in the wind",
    "sample-clip-snow": "First snow",
}
"""Item's id → title: six ads, then six clips."""

SITES = ("Lobby", "Café", "Waiting room", "Shop window")
_SITE_SHARES = (0.4, 0.3, 0.2, 0.1)
_DURATIONS_S = (10, 12, 10, 15, 12, 10, 24, 30, 20, 36, 18, 27)
# Of each slot's six items those that suit an expression: one that pleases more than most and one that
# pleases as much less, so that choosing among them changes no mean.
_PLEASES = (0.5, -0.5, 0.25, -0.25, 0.0, 0.0)
_PAIRS = ((0, 1), (2, 3), (4, 5))
_MOOD_SHARES = {
    Emotion.ANGRY: 0.07,
    Emotion.DISGUST: 0.02,
    Emotion.FEAR: 0.03,
    Emotion.HAPPY: 0.27,
    Emotion.SAD: 0.11,
    Emotion.SURPRISE: 0.08,
    Emotion.NEUTRAL: 0.36,
    None: 0.06,
}
_MOODS = (*EMOTIONS, None)
_STAYS = 0.7


@dataclass(frozen=True, slots=True)
class SimulationOptions:
    """What is made up.

    Attributes:
        sessions: visits.
        days: over how many days, up to the moment given.
        mean_impressions: of a session, at least 1.
        control_share: chance that a session is in the control arm, in [0, 1].
        completion: mean share finished in the control arm.
        effect: what following the expression adds to it; the true difference.
        likeness: how much a session's impressions are alike, in (0, 1): their correlation within it.

    Raises:
        ValueError: one of them is out of its range, or the mood arm's share is not within (0, 1).
    """

    sessions: int = 3000
    days: float = 28.0
    mean_impressions: float = 8.0
    control_share: float = 0.2
    completion: float = 0.5
    effect: float = 0.1
    likeness: float = 0.15

    def __post_init__(self) -> None:
        good = self.sessions >= 1 and self.days > 0 and self.mean_impressions >= 1
        shares = (self.completion, self.completion + self.effect, self.likeness)
        if not (good and all(0 < share < 1 for share in shares) and 0 <= self.control_share <= 1):
            raise ValueError(f"Expected sessions, days, and shares within (0, 1). Received: {self}")


def simulate(
    options: SimulationOptions, until_utc: datetime, rng: np.random.Generator, sessions_at_once: int = 5000
) -> Iterator[list[dict[str, Any]]]:
    """Made-up rows of the table of impressions, some sessions at a time.

    The same options, moment and randomness give the same rows.
    """
    for start in range(0, options.sessions, sessions_at_once):
        yield _some(options, min(sessions_at_once, options.sessions - start), until_utc, rng)


def fill(engine: Engine, options: SimulationOptions, until_utc: datetime, rng: np.random.Generator) -> int:
    """Put made-up impressions into a database; returns how many.

    Args:
        engine: of a migrated database, which is never the one of real viewers.
        options: what is made up.
        until_utc: when the last visits are.
        rng: their randomness.

    Raises:
        DatabaseError: it cannot be written.
    """
    count = 0
    with writing(engine) as connection:
        for rows in simulate(options, until_utc, rng):
            connection.execute(insert(impressions), rows)
            count += len(rows)
    return count


def _some(
    options: SimulationOptions, count: int, until_utc: datetime, rng: np.random.Generator
) -> list[dict[str, Any]]:
    control = rng.random(count) < options.control_share
    mean = options.completion + np.where(control, 0.0, options.effect)
    # Beta with this mean; its two parameters add up to 1 / likeness - 1 (the intraclass correlation of
    # beta-binomial counts).
    together = 1 / options.likeness - 1
    own = rng.beta(mean * together, (1 - mean) * together)
    sizes = 1 + rng.poisson(options.mean_impressions - 1, count)
    begins_s = _visits_s(options.days, count, rng)

    session = np.repeat(np.arange(count), sizes)
    place = np.arange(len(session)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    mood = _moods(session, place, begins_s, rng)
    item = _items(mood, place, control[session], rng)
    pleases = np.array(_PLEASES)[item % 6]
    # p (1 - p) keeps the chance within [0, 1] whatever the session's own is.
    chance = own[session] + pleases * own[session] * (1 - own[session])
    finished = rng.random(len(session)) < chance
    quarters = np.where(finished, WHOLE, rng.integers(0, WHOLE, len(session)))
    seen = np.clip((quarters + rng.random(len(session)) * (quarters < WHOLE)) / WHOLE, 0.1, 1)
    visible_ms = (seen * np.array(_DURATIONS_S)[item] * 1000).astype(int)
    taps = rng.random((4, len(session)))
    at_s = begins_s[session] + place * 19.0

    session_ids = [rng.bytes(16).hex() for _ in range(count)]
    site = rng.choice(len(SITES), count, p=_SITE_SHARES)
    ids, slots = tuple(TITLES), (Kind.AD.value, Kind.MEDIA.value)
    names = [label_of(m) for m in _MOODS]
    random_ids = rng.bytes(16 * len(session)).hex()
    return [
        {
            "impression_id": random_ids[32 * n : 32 * n + 32],
            "decision_id": f"d{random_ids[32 * n : 32 * n + 31]}",
            "session_id": session_ids[s],
            "site": SITES[site[s]],
            "slot": slots[i // 6],
            "item_id": ids[i],
            "arm": (Arm.CONTROL if control[s] else Arm.MOOD).value,
            "mood": names[m],
            "picked": False,
            "reader": Reader.SERVER.value,
            "started_at_utc": until_utc - timedelta(seconds=float(before_s)),
            "visible_ms": v,
            "quarters": q,
            "clicks": int(i < 6 and click < 0.025 + 0.015 * done),
            "likes": int(like < 0.03 + 0.04 * done),
            "dislikes": int(like > 0.985),
            "skips": int(not done and skip < 0.06),
        }
        for n, (s, i, m, before_s, v, q, done, click, like, skip) in enumerate(
            zip(
                session.tolist(),
                item.tolist(),
                mood.tolist(),
                (options.days * 86_400 - at_s).tolist(),
                visible_ms.tolist(),
                quarters.tolist(),
                finished.tolist(),
                *taps[:3].tolist(),
                strict=True,
            )
        )
    ]


def _visits_s(days: float, count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """When visits begin, in seconds from the first: more in the middle of a day than at its ends."""
    longest_s = 1200.0
    day = rng.random(count) * days
    hour = rng.normal(14, 3.5, count) % 24
    whole_days = np.floor(day) if days >= 1 else np.zeros(count)
    within_s = hour * 3600 if days >= 1 else day * 86_400
    return np.minimum(whole_days * 86_400 + within_s, days * 86_400 - longest_s)


def _moods(
    session: npt.NDArray[np.int64],
    place: npt.NDArray[np.int64],
    begins_s: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Which of ``_MOODS`` each impression answered; mostly the one that its session has."""
    shares = np.array([_MOOD_SHARES[m] for m in _MOODS])
    happier = _MOODS.index(Emotion.HAPPY)
    # Brighter in some weeks than in others, so that there is something to see.
    brighter = 0.5 + 0.5 * np.sin(begins_s / 86_400 / 28 * 4 * np.pi)
    own = np.where(
        rng.random(len(begins_s)) < 0.25 * brighter, happier, rng.choice(len(shares), len(begins_s), p=shares)
    )
    fleeting = rng.choice(len(shares), len(session), p=shares)
    return np.where(rng.random(len(session)) < _STAYS, own[session], fleeting)


def _items(
    mood: npt.NDArray[np.int64],
    place: npt.NDArray[np.int64],
    control: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Which of ``TITLES`` each impression showed, ads and clips in turn.

    It is one of the pair that suits the expression, or any in the control arm.
    """
    either = rng.integers(0, 2, len(mood))
    suits = np.array(_PAIRS)[mood % 3, either]
    anything = rng.integers(0, 6, len(mood))
    return np.where(control, anything, suits) + 6 * (place % 2)
