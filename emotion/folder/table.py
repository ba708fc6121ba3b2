"""The table of a folder: rows are soon saved in parts beside it; it is replaced whole or not at all."""

from __future__ import annotations

import csv
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from emotion.errors import OutputError
from emotion.folder.rows import EARLIER_NAMES, SCHEMA, Row
from emotion.records import CSV_COLUMNS, as_text, csv_rows
from whole_files import written_whole

PART_ROWS: Final = 500
PART_AFTER_S: Final = 20.0
# Not a part that a killed run left half written: its name begins with a dot.
PARTS: Final = "[0-9]*.parquet"


def table_of(out: str | os.PathLike[str]) -> Path:
    """Where the Parquet table of ``out`` lies: there itself, or beside a CSV.

    Raises:
        OutputError: the name's ending is that of something else.
    """
    path = Path(out)
    ending = path.suffix.lower()
    if ending in (".json", ".jsonl", ".xlsx", ".xls", ".tsv", ".txt"):
        raise OutputError(
            "Expected a table's name that ends in .parquet or .csv (--json prints the rows as JSON). "
            f"Received: {as_text(path)}"
        )
    return path.with_name(f"{path.name}.parquet") if ending == ".csv" else path


def write_csv(table: Path, out: Path) -> None:
    """Writes the rows of a table as CSV, a row a face, in UTF-8 with the mark by which Excel knows it.

    Raises:
        OutputError: it cannot be read or written.
    """
    try:
        with written_whole(out) as partial, partial.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.DictWriter(file, CSV_COLUMNS)
            rows.writeheader()
            for row in rows_of(table):
                rows.writerows(csv_rows(row))
    except OSError as error:
        raise OutputError(f"Expected a place to write {as_text(out)} to. Received: {error}") from error


class Results:
    """The table and its parts: new rows are soon saved, and the table is replaced whole or not at all.

    Args:
        table: path of the table; parts lie in ``<table>.parts`` until ``finish``.
        clock: says when a part is due.
    """

    def __init__(self, table: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.table = table
        self.parts = table.with_name(f"{table.name}.parts")
        self._clock = clock
        self._rows: list[Row] = []
        self._since_s = clock()

    def __enter__(self) -> Results:
        """Makes sure that the table can be written, before hours of work are lost.

        Raises:
            OutputError: it cannot be written.
        """
        try:
            if self.table.is_dir():
                raise IsADirectoryError("a folder of that name")
            self.parts.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._no_place(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def known(self, model_version: str) -> dict[str, tuple[int, int]]:
        """Path → size and time of change of each photo that was read with this model.

        Raises:
            OutputError: the table was not written by this command.
        """
        known: dict[str, tuple[int, int]] = {}
        columns = ["path", "size_bytes", "modified_ns", "error", "model_version"]
        for source in self._sources():
            for batch in _batches(source, columns):
                for row in batch.to_pylist():
                    if row["error"] is None and row["model_version"] == model_version:
                        known[row["path"]] = (row["size_bytes"], row["modified_ns"])
                    else:
                        known.pop(row["path"], None)
        return known

    def add(self, row: Row) -> None:
        """Adds a row; now and then the rows so far are saved.

        Raises:
            OutputError: it cannot be written.
        """
        self._rows.append(row)
        if len(self._rows) >= PART_ROWS or self._clock() - self._since_s >= PART_AFTER_S:
            self.flush()

    def flush(self) -> None:
        """Saves the rows so far as a new part.

        Raises:
            OutputError: it cannot be written.
        """
        self._since_s = self._clock()
        if not self._rows:
            return
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
            path = self.parts / f"{len(list(self.parts.glob(PARTS))):06d}.parquet"
            with written_whole(path) as partial:
                pq.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA), partial)
        except OSError as error:
            raise self._no_place(error) from error
        self._rows = []

    def finish(self, present: set[str]) -> None:
        """Writes the table again, with the last row of each file that is ``present``.

        Raises:
            OutputError: it cannot be written.
        """
        self.flush()
        sources = self._sources()
        last = {
            path: number
            for number, source in enumerate(sources)
            for batch in _batches(source, ["path"])
            for path in batch.column("path").to_pylist()
        }
        try:
            self.table.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(self.table) as partial, pq.ParquetWriter(partial, SCHEMA) as writer:
                for number, source in enumerate(sources):
                    for batch in _batches(source, SCHEMA.names):
                        paths = batch.column("path").to_pylist()
                        keep = pa.array([last[p] == number and p in present for p in paths], pa.bool_())
                        writer.write_batch(batch.filter(keep))
            shutil.rmtree(self.parts, ignore_errors=True)
        except OSError as error:
            raise self._no_place(error) from error

    def _no_place(self, error: OSError) -> OutputError:
        return OutputError(f"Expected a place to write {as_text(self.table)} to. Received: {error}")

    def _sources(self) -> list[Path]:
        """The table of an earlier run, then the parts of a run that did not end, oldest first.

        A table from an earlier version of this app does not count: its photos are read again.
        """
        found = (p for p in (self.table, *sorted(self.parts.glob(PARTS))) if p.is_file())
        return [p for p in found if _schema(p).names != EARLIER_NAMES]


def _schema(source: Path) -> pa.Schema:
    try:
        return pq.read_schema(source)
    except (pa.ArrowInvalid, OSError) as error:
        raise OutputError(
            f"Expected a table that this command wrote, or a new name. Received: {as_text(source)} ({error})"
        ) from error


def _batches(source: Path, columns: list[str]) -> Iterator[Any]:
    try:
        with pq.ParquetFile(source) as file:
            if not file.schema_arrow.equals(SCHEMA):
                raise OutputError(
                    "Expected a table that this command wrote, or a new name. "
                    f"Received: {as_text(source)} with {file.schema_arrow.names}"
                )
            yield from file.iter_batches(batch_size=2000, columns=columns)
    except (pa.ArrowInvalid, OSError) as error:
        raise OutputError(
            f"Expected a table that this command wrote, or a new name. Received: {as_text(source)} ({error})"
        ) from error


def rows_of(table: str | os.PathLike[str]) -> Iterator[Row]:
    """The rows of a table that ``analyze_folder`` wrote, one after the other.

    Raises:
        OutputError: it was not written by ``analyze_folder``.
    """
    for batch in _batches(Path(table), SCHEMA.names):
        yield from batch.to_pylist()
