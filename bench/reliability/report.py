"""The table of a run: printed, and written into its part of a Markdown file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.live import Row
from bench.reliability.ledger import Ledger, lowest_each, slope_an_hour
from bench.reliability.plan import Fault, Kind
from bench.reliability.site import Sample
from bench.reliability.visitors import Book

WARM_S = 1200.0
"""Memory is judged after the first 20 minutes, where 20 more follow."""

MEMORY_MB_AN_HOUR = 1.0
NAMED = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a run has found.

    Attributes:
        seconds: how long viewers were there.
        planned_s: how long they were to be.
        viewers: simulated ones at once.
        servers: how many.
        waiting: records that did not reach the database.
        pictures: files that hold one.
        edits: by what was done or refused.
        log: what the servers have said, by kind.
        failed: what ended the run early, or could not be put right.
    """

    seconds: float
    planned_s: float
    viewers: int
    servers: int
    book: Book
    ledger: Ledger
    waiting: int
    samples: Sequence[Sample]
    faults: Sequence[Fault]
    cannot: Mapping[Kind, str]
    pictures: Sequence[Path]
    edits: Mapping[str, int]
    log: Counter[str]
    failed: str = ""


def table(found: Outcome) -> Iterator[Row]:
    """The table, line by line."""
    ledger, book = found.ledger, found.book
    yield Row("time", f"{found.seconds / 60:.0f} of {found.planned_s / 60:.0f} min")
    if found.failed:
        yield Row("the run was broken by", found.failed, "nothing", met=False)
    yield Row("servers; simulated viewers at once", f"{found.servers}; {found.viewers}")
    yield Row("visits", counted(book.visits))
    yield Row("edits of the catalog", counted(found.edits))
    for kind in Kind:
        made = [fault for fault in found.faults if fault.kind is kind]
        if made:
            took = ", ".join(f"{fault.for_s:.0f} s" for fault in made[:NAMED])
            yield Row(kind.value, f"{len(made)}× ({took}{', …' if len(made) > NAMED else ''})")
    told = f"{ledger.events:,}; {ledger.impressions:,}"
    yield Row("acknowledged events; impressions", told, "some", met=ledger.impressions > 0)
    missing = Counter(ledger.events_missing)
    lost = f"{missing.total()} ({counted(missing)})" if missing else "0"
    yield Row("acknowledged events that are not in the database", lost, "0", met=not missing)
    yield Row("told again under another id, and kept once", f"{len(ledger.again):,}")
    for what, ids in (
        ("acknowledged impressions that are not", ledger.impressions_missing),
        ("in the database twice", ledger.twice),
        ("in the database, told by nobody", ledger.invented),
    ):
        yield Row(what, str(len(ids)), "0", met=not ids)
    yield Row("told when their visit had ended, so not kept", f"{book.disowned:,}")
    yield Row("records that wait on disk at the end", str(found.waiting), "0", met=found.waiting == 0)
    yield Row("files with a picture", str(len(found.pictures)), "0", met=not found.pictures)
    yield from _held(found.samples)


def _held(samples: Sequence[Sample]) -> Iterator[Row]:
    for name in sorted({sample.replica for sample in samples}):
        # Of a server that was started again, the process that ran longest.
        processes = Counter(sample.pid for sample in samples if sample.replica == name)
        pid, _ = processes.most_common(1)[0]
        own = [sample for sample in samples if sample.pid == pid]
        from_s, until_s = own[0].at_s, own[-1].at_s
        warm = [sample for sample in own if sample.at_s - from_s >= WARM_S]
        long = until_s - from_s >= 2 * WARM_S
        judged = warm if long else own[len(own) // 2 :]
        slope = slope_an_hour([(sample.at_s, sample.resident_mb) for sample in judged])
        grows = "" if slope is None else f", {slope:+.1f} MB/h"
        over = f"memory of {name}, {'after 20 min' if long else 'second half of a short run'}"
        memory = f"{judged[0].resident_mb:.0f} → {judged[-1].resident_mb:.0f} MB{grows}"
        if long:
            yield Row(over, memory, "≤ 1 MB/h", met=slope is not None and slope <= MEMORY_MB_AN_HOUR)
            lowest = lowest_each([(sample.at_s, sample.resident_mb) for sample in own], WARM_S)
            yield Row(
                f"lowest memory of {name} in each 20 min", f"{', '.join(f'{mb:.0f}' for mb in lowest)} MB"
            )
        else:
            yield Row(over, memory)
        for what, values in (
            ("threads", [sample.threads for sample in own]),
            ("descriptors", [sample.descriptors for sample in own]),
        ):
            yield Row(f"{what} of {name}", f"{values[0]} → {values[-1]}, at most {max(values)}")


def counted(counts: Mapping[str, int]) -> str:
    """Names with their numbers, the most first."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{name} {count:,}" for name, count in ordered) or "none"


def markdown(title: str, command: str, found: Outcome) -> str:
    """The part of the document about this run."""
    rows = [
        "| what | measured | must | |",
        "|---|---|---|---|",
        *(
            f"| {row.what} | {row.measured} | {row.figure} | "
            f"{'' if row.met is None else 'met' if row.met else '**missed**'} |"
            for row in table(found)
        ),
    ]
    left_out = [f"- {kind.value}: {why}." for kind, why in found.cannot.items()] if found.faults else []
    parts = [f"## {title}", f"`{command}`", "\n".join(rows)]
    if left_out:
        parts.append("Faults that could not be made here:\n\n" + "\n".join(left_out))
    for heading, counts in (
        ("What viewers met", found.book.problems),
        ("What the servers said", found.log),
    ):
        if counts:
            named = [f"- {count:,}×: `{text}`" for text, count in counts.most_common(2 * NAMED)]
            parts.append(f"{heading}, numbers and names left out:\n\n" + "\n".join(named))
    return "\n\n".join(parts) + "\n"


def write(path: Path, name: str, part: str) -> None:
    """Puts a part into its place in a file, which keeps its other parts.

    Args:
        path: of the file; it is made where there is none.
        name: of the place, which two comments of the file enclose.
        part: Markdown.
    """
    begin, end = f"<!-- {name}: written by the command -->", f"<!-- end of {name} -->"
    text = path.read_text(encoding="utf-8") if path.exists() else "# Reliability\n"
    place = f"{begin}\n\n{part}\n{end}"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    text = pattern.sub(lambda _: place, text) if pattern.search(text) else f"{text.rstrip()}\n\n{place}\n"
    path.write_text(text, encoding="utf-8")
