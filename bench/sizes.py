"""What a number of viewers needs: processes, memory, database, network, a cluster. Measures nothing.

    python -m bench sizes [--viewers 10000] [--screens 1000]

The figures that it multiplies are those of ``python -m bench replicas`` (per viewer) and of docs/cluster.md;
give your own where yours differ. There, a viewer's expression changes every twenty seconds.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

BY_NAME_ONLY = True
SOCKETS = 2
"""Streamlit's and the live socket; a proxy holds each twice, to the browser and to the replica."""

DATABASE_CONNECTIONS = 4
"""Of a replica in use: one that listens, the recorder's, and those of pages that run."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one viewer and one replica cost.

    Attributes:
        cores: of a replica, for one viewer on a device.
        usable: of a core, by one replica: the rest is room for a page that opens, and for edits.
        replica_mb: memory of a replica without viewers.
        viewer_mb: memory of one viewer in it.
        kbytes: sent to one viewer, a second.
        rows: of records that one viewer makes, a second.
        run_ms: of a core, for one run of a viewer's page, which an edit asks of all.
        pictures_share: of the viewers, whose device cannot read, so that they send pictures.
        pictures: that one of them sends, a second.
        pictures_a_core: that a core of the cluster reads, a second.
    """

    cores: float = 0.006
    usable: float = 0.7
    replica_mb: float = 280.0
    viewer_mb: float = 2.0
    kbytes: float = 28.0
    rows: float = 1.3
    run_ms: float = 20.0
    pictures_share: float = 0.05
    pictures: float = 5.0
    pictures_a_core: float = 60.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a number of viewers needs."""

    viewers: int
    costs: Costs

    @property
    def viewers_a_replica(self) -> int:
        """How many one replica takes."""
        return max(1, math.floor(self.costs.usable / self.costs.cores))

    @property
    def replicas(self) -> int:
        """Processes of the app."""
        return math.ceil(self.viewers / self.viewers_a_replica)

    @property
    def cores(self) -> float:
        """Of all replicas."""
        return self.viewers * self.costs.cores

    @property
    def memory_gb(self) -> float:
        """Of all replicas."""
        return (self.replicas * self.costs.replica_mb + self.viewers * self.costs.viewer_mb) / 1000

    @property
    def edit_s(self) -> float:
        """Until the last page of a full replica shows an edit."""
        return min(self.viewers, self.viewers_a_replica) * self.costs.run_ms / 1000

    def rows(self) -> Iterator[tuple[str, str]]:
        """The table, name and value."""
        senders = self.viewers * self.costs.pictures_share
        pictures = senders * self.costs.pictures
        yield "replicas, viewers on each", f"{self.replicas}, {self.viewers_a_replica}"
        yield "cores, memory of all replicas", f"{self.cores:.1f}, {self.memory_gb:.1f} GB"
        yield "an edit on the last page after", f"{self.edit_s:.1f} s"
        yield "connections at the proxy", f"{2 * SOCKETS * self.viewers:,}"
        yield "connections to PostgreSQL", f"{self.replicas * DATABASE_CONNECTIONS:,}"
        yield "records into PostgreSQL", f"{self.viewers * self.costs.rows:,.0f} rows/s"
        yield "sent to viewers", f"{self.viewers * self.costs.kbytes * 8 / 1000:,.1f} Mbit/s"
        yield (
            "pictures to the cluster; its cores",
            f"{pictures:,.0f}/s; {pictures / self.costs.pictures_a_core:.1f}",
        )


def main(argv: Sequence[str]) -> int:
    """Prints the table for each factor of ten up to the number that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench sizes", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--viewers", type=int, default=10_000)
    parser.add_argument("--screens", type=int, default=1_000, help="each counts as one viewer")
    for cost in fields(Costs):
        parser.add_argument(f"--{cost.name.replace('_', '-')}", type=float, default=cost.default)
    given = vars(parser.parse_args(argv))
    costs = Costs(**{cost.name: given[cost.name] for cost in fields(Costs)})
    most = given["viewers"] + given["screens"]
    steps = [10**n for n in range(1, math.ceil(math.log10(max(2, most)))) if 10**n < most]
    tables = [dict(Sizes(count, costs).rows()) for count in (*steps, most)]
    print("viewers".ljust(36) + "".join(f"{count:>16,}" for count in (*steps, most)))
    for name in tables[0]:
        print(name.ljust(36) + "".join(f"{table[name]:>16}" for table in tables))
    return 0
