"""What went wrong, in plain words. Pure; the log has the error as it was raised."""

from __future__ import annotations

import re
from collections.abc import Iterable

from content.errors import (
    AssetError,
    AssetMissingError,
    AssetStoreError,
    ConflictError,
    ContentError,
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    DatabaseVersionError,
    DraftConflictError,
    DraftNotFoundError,
    FieldError,
    ItemExistsError,
    ItemInvalidError,
    ItemNotFoundError,
    RevisionNotFoundError,
)
from ui.catalog.words import field_name
from ui.look.html import Markup, render

_VALUE = re.compile(r"'.+'|\".+\"|-?\d+(\.\d+)?")


def field_words(error: FieldError) -> str:
    """What a field needs, such as ``Needs a number of at most 1, not 7``."""
    if error.field == "colors" and "contrast" in error.message:
        return "Needs colours that can be told apart. Open the item and press “Mend” at each that cannot."
    needed, _, given = error.message.partition(" Received: ")
    if not needed.startswith("Expected "):
        return needed
    # What is no value, such as "nothing", is said by what is needed.
    rather = f", not {given.rstrip('.')}" if _VALUE.fullmatch(given.rstrip(".")) else ""
    return f"Needs {needed.removeprefix('Expected ').rstrip('.')}{rather}."


def fields_words(errors: Iterable[FieldError]) -> str:
    """Every field with what it needs, on one line."""
    return " ".join(f"{field_name(error.field)}: {field_words(error)}" for error in errors)


def error_html(words: str, testid: str) -> Markup:
    """What is wrong with something just above."""
    return render("catalog/error.html", words=words, testid=testid)


def problem_words(error: ContentError) -> str:
    """What happened, and what to do next."""
    match error:
        case DraftConflictError():
            return f"Someone else has saved another draft of “{error.current.title}” meanwhile."
        case ConflictError():
            return f"Someone else has changed “{error.current.title}” meanwhile."
        case ItemNotFoundError():
            return "Someone else has deleted the item meanwhile."
        case ItemExistsError():
            return "Someone else has added the item again meanwhile."
        case DraftNotFoundError():
            return "Someone else has published or discarded the draft meanwhile, or deleted its item."
        case RevisionNotFoundError():
            return "The history has no such entry any more."
        case ItemInvalidError():
            return fields_words(error.errors)
        case DatabaseBusyError():
            return "Others were saving at the same moment. Try again."
        case DatabaseReadOnlyError():
            return "The database can only be read. Ask whoever runs this app to allow changes."
        case DatabaseFullError():
            return "The disk of the database is full. Free some space, then try again."
        case DatabaseCorruptError():
            return "The database is damaged. Ask whoever runs this app to put a backup in its place."
        case DatabaseVersionError():
            return "A newer version of this app has changed the database. Update the app."
        case DatabaseError() | AssetStoreError():
            what = "database" if isinstance(error, DatabaseError) else "place where files are kept"
            return f"The {what} does not answer as it should. Try again; if that does not help, see the log."
        case AssetMissingError():
            return "The file is not there any more."
        case AssetError():
            return f"This file cannot be used. {field_words(FieldError('', str(error)))}"
        case _:
            return field_words(FieldError("", str(error)))
