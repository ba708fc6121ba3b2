"""A database that breaks once, at a chosen statement or at the end of a transaction; all that it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError

from content.errors import DatabaseUnavailableError
from content.tables import catalog_state, drafts, items, revisions

TABLES = (catalog_state, items, revisions, drafts)

Result = TypeVar("Result")


@dataclass(slots=True)
class Breaking:
    """Attributes: at: the step that fails, from 1. seen: steps so far. broke: what failed."""

    at: int
    seen: int = 0
    broke: str = ""

    def step(self, statement: str) -> None:
        self.seen += 1
        if self.seen == self.at and not self.broke:
            self.broke = statement
            raise OperationalError(statement, None, sqlite3.OperationalError("disk I/O error"))


@contextmanager
def breaking(engine: Engine, at: int) -> Iterator[Breaking]:
    """Break the database at its n-th step from now; the end of a transaction is a step too."""
    fault = Breaking(at)

    def before_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        fault.step(statement)

    def before_commit(_connection: Any) -> None:
        fault.step("COMMIT")

    event.listen(engine, "before_cursor_execute", before_statement)
    event.listen(engine, "commit", before_commit)
    try:
        yield fault
    finally:
        event.remove(engine, "before_cursor_execute", before_statement)
        event.remove(engine, "commit", before_commit)


def dump(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the catalog."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for table in TABLES
        }


def break_everywhere(engine: Engine, act: Callable[[], Result]) -> tuple[Result, list[str]]:
    """Break every step of something once, and find each time that nothing of it was done.

    Returns:
        What it returns when nothing breaks, and the steps that were broken.
    """
    before = dump(engine)
    broken: list[str] = []
    while True:
        with breaking(engine, len(broken) + 1) as fault:
            try:
                result = act()
            except DatabaseUnavailableError:
                assert fault.broke
        if not fault.broke:
            return result, broken
        broken.append(fault.broke)
        assert dump(engine) == before, f"something was left when this broke: {fault.broke}"
        if len(broken) > 200:
            pytest.fail("it never comes to its end")
