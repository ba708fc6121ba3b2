"""The scripts that run in the viewer's browser, beside this file and in folders below."""

from __future__ import annotations

from pathlib import Path


def script(*names: str) -> str:
    """Those files one after the other, as one script."""
    return "".join((Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8") for name in names)
