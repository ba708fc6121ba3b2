"""Proof of play: one row an impression, to take away as a table, written piece by piece."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine, select

from content.database import reading
from content.records.reports import WHOLE, ReportFilter
from content.tables import impressions
from spreadsheet_text import guarded

ROWS_AT_ONCE = 20_000

_TEXT, _COUNT = pa.string(), pa.int32()
SCHEMA = pa.schema(
    [
        ("started_at_utc", pa.timestamp("ms", tz="UTC")),
        ("site", _TEXT),
        ("slot", _TEXT),
        ("item_id", _TEXT),
        ("title", _TEXT),
        ("visible_s", pa.float64()),
        ("quarters_played", _COUNT),
        ("completed", pa.bool_()),
        ("clicks", _COUNT),
        ("likes", _COUNT),
        ("dislikes", _COUNT),
        ("skips", _COUNT),
        ("mood", _TEXT),
        ("arm", _TEXT),
        ("picked_by_hand", pa.bool_()),
        ("reader", _TEXT),
        ("impression_id", _TEXT),
        ("decision_id", _TEXT),
        ("session_id", _TEXT),
    ]
)
"""Columns of an export and what they hold; an item that is gone has no title."""

_TEXTS = tuple(field.name for field in SCHEMA if field.type == _TEXT)


def _pieces(engine: Engine, wanted: ReportFilter, titles: Mapping[str, str]) -> Iterator[pd.DataFrame]:
    c = impressions.c
    query = select(impressions).where(*wanted.conditions()).order_by(c.started_at_utc, c.impression_id)
    with reading(engine) as connection:
        result = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
        for rows in result.partitions():
            piece = pd.DataFrame([row._mapping for row in rows], columns=list(impressions.columns.keys()))
            yield pd.DataFrame(
                {
                    **piece,
                    "title": piece["item_id"].map(lambda item_id: titles.get(item_id, "")),
                    "visible_s": piece["visible_ms"] / 1000,
                    "quarters_played": piece["quarters"],
                    "completed": piece["quarters"] >= WHOLE,
                    "picked_by_hand": piece["picked"],
                    "reader": piece["reader"].fillna(""),
                },
                columns=SCHEMA.names,
            )


def write_csv(engine: Engine, wanted: ReportFilter, target: BinaryIO, titles: Mapping[str, str]) -> int:
    """Impressions as CSV: UTF-8 with a mark that Excel looks for, oldest first; returns how many.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.

    Args:
        engine: of a migrated database.
        wanted: which impressions.
        target: is written to and left open.
        titles: item's id → title.

    Raises:
        DatabaseError: it cannot be read.
    """
    count = 0
    target.write(codecs.BOM_UTF8 + (",".join(SCHEMA.names) + "\r\n").encode())
    for piece in _pieces(engine, wanted, titles):
        for name in _TEXTS:
            piece[name] = piece[name].map(guarded)
        piece["started_at_utc"] = piece["started_at_utc"].map(
            lambda at: at.isoformat(timespec="milliseconds")
        )
        target.write(
            piece.to_csv(index=False, header=False, lineterminator="\r\n").encode("utf-8", "replace")
        )
        count += len(piece)
    return count


def write_parquet(engine: Engine, wanted: ReportFilter, target: BinaryIO, titles: Mapping[str, str]) -> int:
    """Impressions as Parquet with the columns of ``SCHEMA``, oldest first; returns how many.

    Arguments and errors as for ``write_csv``.
    """
    count = 0
    with pq.ParquetWriter(target, SCHEMA, compression="zstd") as writer:
        for piece in _pieces(engine, wanted, titles):
            writer.write_table(pa.Table.from_pandas(piece, SCHEMA, preserve_index=False, safe=False))
            count += len(piece)
    return count
