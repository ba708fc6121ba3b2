"""Text that no spreadsheet takes for a formula: what people type is text in every table that is written.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``, some also behind spaces or quotes,
which they drop. An apostrophe in front makes it text. One that expects another separator than the table has
begins a new cell after each of its own, so text is guarded there too. Below all rooms: any may use it.
"""

from __future__ import annotations

import re

_AT_THE_BEGINNING = r"(?=[\s\"';,]*[=+\-@＝＋－＠]|'*[\t\r])"
_BEHIND_A_SEPARATOR = r"(?='*[=+\-@\t\r＝＋－＠])"
_GUARD_HERE = re.compile(rf"\A{_AT_THE_BEGINNING}|(?<=[,;|\t\r\n]){_BEHIND_A_SEPARATOR}")
_GUARDED = re.compile(rf"\A'{_AT_THE_BEGINNING}|(?<=[,;|\t\r\n])'{_BEHIND_A_SEPARATOR}")


def guarded(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would see a formula begin."""
    return _GUARD_HERE.sub("'", text)


def unguarded(text: str) -> str:
    """The text before ``guarded``."""
    return _GUARDED.sub("", text)
