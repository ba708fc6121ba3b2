"""The command line of ``content``: catalog files are written, read and checked, stored files are cleaned."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from attune_settings import WRONG_SETTINGS, SettingsError, warn_of_unknown
from content.actions import import_catalog
from content.bootstrap import Content, open_assets, open_content
from content.errors import ContentError, RowProblem
from content.transfer.exchange import (
    ImportPlan,
    export_zip,
    plan_import,
    read_catalog_file,
    write_csv,
)
from content.types import Catalog

_MOST_SHOWN = 50

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""The catalog as files: **export** it, **check** a file, **import** one; **clean** stored files.

A `.zip` holds everything, pictures and clips too; a `.csv` holds every field as a table for a spreadsheet.
`docs/catalog-files.md` describes both. The catalog is the one that the app shows: `DATABASE_URL`, else
`var/attune.db`; its files are in `ATTUNE_MEDIA_URL`, `ATTUNE_MEDIA_DIR` or `var/media`.

    python -m content export catalog.zip
    python -m content import catalog.zip --dry-run
    python -m content import catalog.zip

Exit code 0: done, nothing wrong. 1: rows are wrong, or it could not be done. 2: wrong usage.
""",
)
say = Console(stderr=True, highlight=False)

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, to stdout.")
]
FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="A .zip or .csv; which of them is told by its content.", dir_okay=False
    ),
]


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="To write: .zip or .csv, by its name.", dir_okay=False)
    ],
    as_json: JsonOption = False,
) -> None:
    """Write the whole catalog to FILE; a file that is there is replaced.

    A `.zip` has `catalog.json` and the pictures and clips; a `.csv` has every field, and the files by name.
    """
    ending = file.suffix.lower()
    if ending not in (".zip", ".csv"):
        raise typer.BadParameter(f"Expected a name that ends in .zip or .csv. Received: {file}")
    with _opened() as content:
        catalog = content.store.load()
        missing: tuple[str, ...] = ()
        if ending == ".zip":
            with say.status(f"Writing {len(catalog.items):,} items …"):
                missing = export_zip(catalog, content.assets, file)
        else:
            write_csv(catalog, file)
        left_out = content.store.left_out
    if as_json:
        _print_json({"items": len(catalog.items), "missing_files": missing, "left_out": left_out})
    else:
        say.print(f"{file}: {len(catalog.items):,} items")
    for location in missing:
        say.print(f"[red]Missing file, not in the zip:[/] {escape(location)}", soft_wrap=True)
    for item_id in left_out:
        say.print(f"[red]Left out, as its row in the database is no item:[/] {escape(item_id)}")
    if missing or left_out:
        raise typer.Exit(1)


@app.command(name="import")
def import_(
    file: FileArgument,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Delete items that FILE does not have. Default: they stay."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would change, and every wrong row.")
    ] = False,
    skip_invalid: Annotated[
        bool,
        typer.Option("--skip-invalid", help="Leave wrong rows out. Default: they stop the whole import."),
    ] = False,
    author: Annotated[str, typer.Option(help="Who does it, for the history.")] = "command line",
    as_json: JsonOption = False,
) -> None:
    """Bring the items of FILE into the catalog: all of them or, when anything goes wrong, none.

    Items are known by their `item_id`: new ones are added, others become as the file has them.
    """
    with _opened() as content, read_catalog_file(file) as bundle:
        with _bar(f"Checking {len(bundle.rows):,} rows") as progress:
            plan = plan_import(
                bundle, content.store.load(), content.assets, replace=replace, progress=progress
            )
        refused = bool(plan.invalid) and not skip_invalid
        imported = False
        if not dry_run and not refused:
            with _bar("Importing") as progress:
                import_catalog(
                    content.store,
                    content.assets,
                    plan,
                    bundle,
                    author=author,
                    skip_invalid=skip_invalid,
                    progress=progress,
                )
            imported = True
    if as_json:
        _print_json(_plan_json(plan, imported))
    else:
        _print_plan(plan, details=dry_run)
        _print_problems(plan)
        if imported:
            say.print(f"[green]Imported.[/] Files kept: {len(plan.new_files):,}")
        elif dry_run:
            say.print("Nothing was changed: this was a dry run.")
        else:
            say.print("[red]Nothing was imported.[/] Mend the rows, or leave them out by --skip-invalid.")
    if refused:
        raise typer.Exit(1)


@app.command()
def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check every row and every file of FILE as an import would, without a database and without changes."""
    with read_catalog_file(file) as bundle, _bar(f"Checking {len(bundle.rows):,} rows") as progress:
        plan = plan_import(bundle, Catalog(0, ()), open_assets(), progress=progress)
    if as_json:
        _print_json({"valid": len(plan.created), "invalid": [asdict(p) for p in plan.invalid]})
    else:
        _print_problems(plan)
        say.print(f"{len(plan.created):,} valid items, {plan.invalid_rows:,} wrong rows")
    if plan.invalid:
        raise typer.Exit(1)


@app.command()
def clean(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list the files that would change.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take place, time and camera data out of uploaded files that still have them.

    New uploads lose them as they arrive; this is for files that were kept before. Pictures and sound stay as
    they are, and so do names. Stop it and run it again as you like: clean files are not written.
    """
    with _bar("Checking the files") as progress:
        found = open_assets().clean(dry_run=dry_run, progress=progress)
    if as_json:
        _print_json({"dry_run": dry_run, **asdict(found)})
    else:
        for name in found.cleaned if dry_run else ():
            say.print(f"would be cleaned: {escape(name)}", soft_wrap=True)
        what = "to clean" if dry_run else "cleaned"
        say.print(
            f"{found.checked:,} files checked, {len(found.cleaned):,} {what}, {len(found.failed):,} failed"
        )
    for name, reason in found.failed.items():
        say.print(f"[red]{escape(name)}:[/] {escape(reason)}", soft_wrap=True)
    if found.failed:
        raise typer.Exit(1)


@contextmanager
def _opened() -> Iterator[Content]:
    content = open_content()
    try:
        yield content
    finally:
        content.close()


@contextmanager
def _bar(words: str) -> Iterator[Callable[[float], None]]:
    """How far the work is, on stderr of a terminal; gone when it is done."""
    with Progress(console=say, transient=True) as bar:
        job = bar.add_task(words, total=1.0)
        yield lambda share: bar.update(job, completed=share)


def _plan_json(plan: ImportPlan, imported: bool) -> dict[str, Any]:
    return {
        "imported": imported,
        "created": [item.item_id for item in plan.created],
        "changed": {c.after.item_id: [asdict(change) for change in c.changes] for c in plan.changed},
        "unchanged": [item.item_id for item in plan.unchanged],
        "deleted": [item.item_id for item in plan.deleted],
        "invalid": [asdict(problem) for problem in plan.invalid],
        "missing_columns": plan.missing_columns,
        "files": len(plan.new_files),
    }


def _print_plan(plan: ImportPlan, *, details: bool) -> None:
    console = Console(highlight=False)
    table = Table("what", "items")
    for what, count in (
        ("new", len(plan.created)),
        ("changed", len(plan.changed)),
        ("as they are", len(plan.unchanged)),
        ("deleted", len(plan.deleted)),
        ("wrong rows", plan.invalid_rows),
    ):
        table.add_row(what, f"{count:,}")
    console.print(table)
    if plan.missing_columns:
        console.print(f"Columns that the table does not have: {', '.join(plan.missing_columns)}")
    if not details:
        return
    lines = [f"[green]new[/]     {escape(item.item_id)}" for item in plan.created]
    lines += [
        f"[yellow]change[/]  {escape(c.after.item_id)}  {d.field}: {_short(d.before)} → {_short(d.after)}"
        for c in plan.changed
        for d in c.changes
    ]
    lines += [f"[red]delete[/]  {escape(item.item_id)}" for item in plan.deleted]
    _print_lines(console, lines)


def _print_problems(plan: ImportPlan) -> None:
    # All of them: whoever mends a file wants to see each.
    for problem in plan.invalid:
        say.print(f"[red]{escape(_place(problem))}:[/] {escape(problem.message)}", soft_wrap=True)


def _place(problem: RowProblem) -> str:
    row = f"Row {problem.row}" if problem.row else "The file"
    named = f" ({problem.item_id})" if problem.item_id else ""
    return f"{row}{named}{', ' if problem.field else ''}{problem.field}"


def _print_lines(console: Console, lines: list[str]) -> None:
    for line in lines[:_MOST_SHOWN]:
        console.print(line, soft_wrap=True)
    if len(lines) > _MOST_SHOWN:
        console.print(f"… and {len(lines) - _MOST_SHOWN:,} more lines; --json lists all")


def _short(value: object) -> str:
    text = "nothing" if value in (None, "", []) else " ".join(str(value).split())
    return escape(text if len(text) <= 60 else text[:57] + "…")


def _print_json(result: dict[str, Any]) -> None:
    print(json.dumps(result, indent=1, ensure_ascii=False))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, ``sys.argv`` when ``arguments`` is left out.

    Errors that this project raises on purpose become one line and exit code 1, a wrong setting exit code 2.
    """
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    warn_of_unknown()
    try:
        app(args=arguments, prog_name="python -m content")
    except ContentError as error:
        say.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
    except SettingsError as error:
        say.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(WRONG_SETTINGS)
    except KeyboardInterrupt:
        say.print("Stopped.")
        sys.exit(130)
