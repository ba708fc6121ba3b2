"""The scripts that run in the viewer's browser, beside this file."""

from __future__ import annotations

from pathlib import Path


def script(*names: str) -> str:
    """Those files one after the other, as one script."""
    return "".join(Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8") for name in names)
