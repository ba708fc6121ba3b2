"""A site in use for hours: viewers in all readers, editors, and at the end a ledger of what was promised.

    python -m bench soak --hours 2 [--viewers 12] [--browsers 1] [--brisk] [--write docs/reliability.md]

Two servers behind nginx on PostgreSQL, where those are installed; viewers come and go, most of them
simulated, one in a real browser that takes the readers in turn; an editor edits in another process. At the
end every acknowledged impression must be in the database once, memory must not have grown, and no file may
hold a picture. Ctrl-C ends it early, with the table so far.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.reliability.run import SOAK, parse, start_apart

BY_NAME_ONLY = True


def main(argv: Sequence[str]) -> int:
    """Runs and prints the table; 1 where it does not come out."""
    parse(SOAK, argv, (__doc__ or "").split("\n")[0])
    return start_apart(SOAK, argv)
