"""Makes each fault of a plan, and puts it right again whatever happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from bench.reliability.plan import Fault, Kind
from bench.reliability.site import Site
from bench.reliability.wire import Wire

Act = Callable[[], None]


class Faults:
    """Makes the faults of a plan, one after the other.

    Args:
        site: what is broken.
        wire: between it and the viewers.

    Attributes:
        made: those that were made.
        now: what is broken at present, in words; empty while all is well.
    """

    def __init__(self, site: Site, wire: Wire) -> None:
        self._site = site
        self._wire = wire
        self.made: list[Fault] = []
        self.now = ""

    async def run(self, faults: Sequence[Fault]) -> None:
        """Makes them, each at its time from now.

        Raises:
            RuntimeError: a server did not start again.
        """
        began_s = time.monotonic()
        for fault in faults:
            # What was put right late, as a server that took long to start, leaves less quiet before the next.
            await asyncio.sleep(began_s + fault.at_s - time.monotonic())
            await self.make(fault)

    async def make(self, fault: Fault) -> None:
        """Breaks something for a while.

        Raises:
            RuntimeError: a server did not start again.
        """
        broken, mended = self._acts(fault)
        self.made.append(fault)
        self.now = fault.kind.value
        try:
            await asyncio.to_thread(broken)
            await asyncio.sleep(fault.for_s)
        finally:
            # A run that is ended leaves nothing broken.
            await asyncio.shield(asyncio.to_thread(mended))
            self.now = ""

    def _acts(self, fault: Fault) -> tuple[Act, Act]:
        site, replica = self._site, self._site.replicas[fault.replica]
        database = site.postgres
        match fault.kind:
            case Kind.DATABASE if database is not None:
                return lambda: database.stop(without_warning=fault.rough), database.start
            case Kind.REPLICA:
                return lambda: site.kill(replica), lambda: site.start(replica)
            case Kind.FROZEN:
                return lambda: site.freeze(replica), lambda: site.thaw(replica)
            case Kind.DISK:
                return site.fill_disk, site.empty_disk
            case Kind.CLOCK:
                return lambda: site.move_clock(replica, fault.by_s), lambda: site.move_clock(replica, 0)
            case Kind.NETWORK:
                return self._wire.cut, self._wire.mend
        raise ValueError(f"Expected a fault that can be made here. Received: {fault}")
