"""Which fault comes when: drawn before the run, from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can go wrong, in words for the table."""

    DATABASE = "database stopped"
    REPLICA = "replica killed"
    FROZEN = "server frozen"
    DISK = "disk full"
    CLOCK = "clock moved"
    NETWORK = "network cut"


QUIET_S = (10.0, 25.0)
"""Between two faults, so that each one's damage is its own."""

LASTS_S = {
    Kind.DATABASE: (5.0, 40.0),
    Kind.REPLICA: (1.0, 20.0),
    Kind.FROZEN: (3.0, 20.0),
    Kind.DISK: (10.0, 40.0),
    Kind.CLOCK: (15.0, 40.0),
    Kind.NETWORK: (3.0, 30.0),
}
CLOCK_S = (600.0, 7200.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        kind: what happens.
        at_s: when, from the beginning of the run.
        for_s: how long it lasts; a server that was killed takes its own time to start as well.
        replica: number of the server it happens to; faults of the whole site leave it out of account.
        by_s: by how much a clock is moved.
        rough: the database is ended as by a power cut.
    """

    kind: Kind
    at_s: float
    for_s: float
    replica: int
    by_s: float
    rough: bool


def plan(seed: int, seconds: float, kinds: Sequence[Kind], replicas: int) -> tuple[Fault, ...]:
    """The faults of a run, one after the other; every kind comes once before any comes again.

    Args:
        seed: the same one gives the same plan.
        seconds: of the run; every fault is over by then.
        kinds: that can be made here.
        replicas: how many servers there are.
    """
    chance = random.Random(seed)
    faults: list[Fault] = []
    at_s, waiting = 0.0, list[Kind]()
    while kinds:
        if not waiting:
            waiting = chance.sample(list(kinds), len(kinds))
        kind = waiting.pop()
        at_s += chance.uniform(*QUIET_S)
        for_s = chance.uniform(*LASTS_S[kind])
        if at_s + for_s > seconds:
            break
        by_s = chance.choice((-1, 1)) * chance.uniform(*CLOCK_S)
        faults.append(
            Fault(kind, at_s, for_s, chance.randrange(replicas), round(by_s), rough=chance.random() < 0.5)
        )
        at_s += for_s
    return tuple(faults)
