"""A site that is broken again and again while it is in use, and a ledger of what was promised.

    python -m bench chaos --minutes 30 [--seed 1] [--write docs/reliability.md]

As ``soak``, with faults at drawn times, each put right after a while: the database is stopped, a server is
killed or frozen, the disk is full, a server's clock is moved (by libfaketime; the machine's own is left
alone), the network is cut. The disk needs root, as a small file system is mounted. Ctrl-C ends it early, with
the table so far.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.reliability.run import CHAOS, parse, start_apart

BY_NAME_ONLY = True


def main(argv: Sequence[str]) -> int:
    """Runs and prints the table; 1 where it does not come out."""
    parse(CHAOS, argv, (__doc__ or "").split("\n")[0])
    return start_apart(CHAOS, argv)
