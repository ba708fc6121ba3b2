"""The project's own sources, and what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "attune_settings",
    "streamlit_app",
    "pages",
    "ui",
    "content",
    "emotion",
    "train",
    "whole_files",
    "spreadsheet_text",
    "bench",
    "tools",
    "scripts",
)


def room_of(path: str) -> str:
    """``ui/live/camera.py`` → ``ui``; ``streamlit_app.py`` → ``streamlit_app``."""
    return PurePosixPath(path).parts[0].removesuffix(".py")


def imports_of(tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    """Line and full name of all that is imported, and whether by ``import_module``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, False
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}", False
        elif isinstance(node, ast.Call) and dotted(node.func) in {"importlib.import_module", "__import__"}:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value, True


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def project_sources() -> dict[str, str]:
    """Every source of the project's rooms."""
    paths = [p for room in ROOMS for p in (ROOT / room).rglob("*.py")]
    paths += [ROOT / "attune_settings.py", ROOT / "streamlit_app.py"]
    return {
        p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in sorted(paths) if p.exists()
    }
