"""The architecture, executable: who may import whom, and the habits that can be read off a file.

``violations`` judges a project given as path → source, so that this file can also show on made-up sources
that it sees what it must see. The tables are those of docs/architecture.md.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest

from emotion.labels import LABELS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("streamlit_app", "pages", "ui", "content", "emotion", "train", "bench", "tools", "scripts")

# Room → what it may import of the others: a room's name for all of it, room.module for that alone.
MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "streamlit_app": ("ui", "content", "emotion"),
    "pages": ("ui", "content", "emotion"),
    "ui": ("content", "emotion"),
    "content": ("emotion.labels", "emotion.types"),
    "emotion": (),
    "train": (
        "emotion.labels",
        "emotion.types",
        "emotion.errors",
        "emotion.metadata",
        "emotion.classifier",
        "emotion.export",
    ),
    # The live page is measured by what its browser tests drive it with, the store on the tests' PostgreSQL.
    "bench": ("ui", "content", "emotion", "train", "tests.browser", "tests.postgres", "scripts.browser"),
    # The pictures of the docs are taken by what the browser tests drive the app with.
    "tools": ("content", "emotion", "tests.browser", "scripts.browser"),
    "scripts": (),
}

# Library → the rooms (with a slash at the end) and files that may import it.
LIBRARY_HOMES: Mapping[str, tuple[str, ...]] = {
    "streamlit": ("streamlit_app.py", "pages/", "ui/"),
    "streamlit_webrtc": ("ui/live/camera.py",),
    "tensorflow": ("train/", "emotion/export.py"),
    "keras": ("train/", "emotion/export.py"),
    "ai_edge_litert": ("train/", "emotion/classifier.py", "emotion/export.py"),
    "onnx": ("train/", "emotion/yunet.py"),
    "onnxruntime": ("train/", "emotion/yunet.py"),
    "sklearn": ("train/", "bench/"),
    "matplotlib": ("train/", "bench/"),
    "seaborn": ("train/", "bench/"),
    "optuna": ("train/",),
    "sqlalchemy": ("content/", "bench/impressions.py", "bench/insights.py"),
    "fsspec": ("content/media/storage.py",),
    "alembic": ("content/",),
    # The camera, the length of an upload, and the one reader and writer of clips; the rest are makers.
    "av": ("ui/live/camera.py", "content/media/clips.py", "emotion/video.py", "bench/", "tools/"),
    "nh3": ("ui/look/cards.py",),
}

# The pure cores: no clock, no files, no global chance, no technology.
PURE = (
    "emotion/labels.py",
    "emotion/types.py",
    "emotion/smoothing.py",
    "content/types.py",
    "content/spreadsheet.py",
    "content/themes.py",
    "content/catalog/readable.py",
    "content/choosing/arms.py",
    "content/records/comparison.py",
    "content/choosing/eligibility.py",
    "content/catalog/coverage.py",
    "content/choosing/pacing.py",
    "content/choosing/policies.py",
    "content/choosing/picker.py",
    "content/choosing/programme.py",
    "content/choosing/schedules.py",
)
IMPURE_MODULES = {
    "time", "random", "os", "io", "pathlib", "shutil", "tempfile", "sqlite3", "socket", "subprocess",
    "threading", "secrets", "requests", "sqlalchemy", "cv2", "av", "PIL", "pydantic", "streamlit",
}  # fmt: skip
IMPURE_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "np.random.default_rng",
    "numpy.random.default_rng", "uuid.uuid1", "uuid.uuid4", "uuid4", "open",
}  # fmt: skip

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
PAGE_LINES = 90


def room_of(path: str) -> str:
    """``ui/live/camera.py`` → ``ui``; ``streamlit_app.py`` → ``streamlit_app``."""
    return PurePosixPath(path).parts[0].removesuffix(".py")


def imports_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of all that is imported, late imports and those for type checking included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Call) and _dotted(node.func) in {"importlib.import_module", "__import__"}:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == a or name.startswith(f"{a}.") for a in allowed)


def _at_home(path: str, homes: tuple[str, ...]) -> bool:
    return any(path.startswith(home) if home.endswith("/") else path == home for home in homes)


def _import_violations(path: str, tree: ast.AST) -> Iterator[str]:
    room = room_of(path)
    for line, name in imports_of(tree):
        top = name.split(".")[0]
        if top in ROOMS and top != room and not _within(name, MAY_IMPORT[room]):
            allowed = ", ".join(MAY_IMPORT[room]) or "no other room"
            yield f"{path}:{line}: {room} may import {allowed}, not {name}"
        if top == "tests" and not _within(name, MAY_IMPORT[room]):
            yield f"{path}:{line}: only tests import tests"
        if top in LIBRARY_HOMES and not _at_home(path, LIBRARY_HOMES[top]):
            yield f"{path}:{line}: {top} belongs in {', '.join(LIBRARY_HOMES[top])}"
        if path in PURE and top in IMPURE_MODULES:
            yield f"{path}:{line}: the pure core imports {top}"


def _habit_violations(path: str, tree: ast.AST, source: str) -> Iterator[str]:
    pure = PurePosixPath(path)
    if pure.stem in EMPTY_NAMES or pure.parent.name in EMPTY_NAMES:
        yield f"{path}:1: a name that says nothing"
    if pure.parts[0] == "pages" and len(source.splitlines()) > PAGE_LINES:
        yield f"{path}:1: a page is layout, {PAGE_LINES} lines at most"
    # __all__ of a package with a module per mood names modules, not labels.
    exports = {
        id(n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign) and any(_dotted(t) == "__all__" for t in n.targets)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "Emotion" and path != "emotion/labels.py":
            yield f"{path}:{node.lineno}: Emotion is defined in emotion/labels.py alone"
        if (
            isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict))
            and path != "emotion/labels.py"
            and id(node) not in exports
        ):
            parts = node.keys if isinstance(node, ast.Dict) else node.elts
            words = {p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)}
            if len(words & set(LABELS)) >= 5:
                yield f"{path}:{node.lineno}: the labels again; they are in emotion/labels.py"
        if isinstance(node, ast.ExceptHandler):
            silent = all(isinstance(s, (ast.Pass, ast.Continue)) for s in node.body)
            if node.type is None or (silent and _dotted(node.type) in {"Exception", "BaseException"}):
                yield f"{path}:{node.lineno}: an error is named and dealt with"
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if _dotted(raised) == "NotImplementedError":
                yield f"{path}:{node.lineno}: a stub"
        if path in PURE and isinstance(node, ast.Call) and _dotted(node.func) in IMPURE_CALLS:
            yield f"{path}:{node.lineno}: the pure core calls {_dotted(node.func)}"


def violations(project: Mapping[str, str]) -> list[str]:
    """What breaks the tables above.

    Args:
        project: path from the project's root, with slashes → source.

    Returns:
        One line each, ``path:line: what is wrong``.
    """
    found: list[str] = []
    for path, source in project.items():
        tree = ast.parse(source, path)
        found.extend(_import_violations(path, tree))
        found.extend(_habit_violations(path, tree, source))
    return found


def project_sources() -> dict[str, str]:
    """Every source of the project's rooms."""
    paths = [p for room in ROOMS for p in (ROOT / room).rglob("*.py")]
    paths.append(ROOT / "streamlit_app.py")
    return {
        p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in sorted(paths) if p.exists()
    }


def test_project_keeps_the_tables() -> None:
    sources = project_sources()
    assert "emotion/labels.py" in sources
    assert violations(sources) == []


@pytest.mark.parametrize(
    ("path", "source", "part"),
    [
        ("content/x.py", "import streamlit as st", "streamlit belongs in"),
        ("bench/x.py", "from streamlit.testing.v1 import AppTest", "streamlit belongs in"),
        ("ui/x.py", "from streamlit_webrtc import webrtc_streamer", "streamlit_webrtc belongs in"),
        ("ui/x.py", "def f():\n    import tensorflow as tf", "tensorflow belongs in"),
        ("emotion/classifier.py", "from keras import layers", "keras belongs in"),
        (
            "emotion/x.py",
            'import importlib\nimportlib.import_module("tensorflow.lite")',
            "tensorflow belongs",
        ),
        ("ui/x.py", "import sklearn.metrics", "sklearn belongs in"),
        ("ui/video/page.py", "from av.container import InputContainer", "av belongs in"),
        ("train/x.py", "import av", "av belongs in"),
        ("ui/x.py", "import matplotlib.pyplot as plt", "matplotlib belongs in"),
        ("ui/x.py", "import sqlalchemy", "sqlalchemy belongs in"),
        ("emotion/x.py", "import content.types", "emotion may import no other room"),
        ("emotion/x.py", "from ui import state", "emotion may import no other room"),
        ("content/x.py", "from emotion.analysis import FrameAnalyzer", "content may import emotion.labels"),
        ("content/x.py", "from emotion import smoothing", "content may import emotion.labels"),
        ("ui/x.py", "from pages import live", "ui may import content, emotion"),
        ("ui/x.py", "from train import fit", "ui may import content, emotion"),
        ("train/x.py", "from emotion.live import LiveWorker", "train may import"),
        ("train/x.py", "import content.catalog.store", "train may import"),
        ("content/x.py", "from tests.fakes import FakeClock", "only tests import tests"),
        ("bench/x.py", "from tests.fakes import FakeClock", "only tests import tests"),
        ("emotion/smoothing.py", "import time", "pure core imports time"),
        (
            "content/choosing/picker.py",
            "from datetime import datetime\nnow = datetime.now()",
            "pure core calls datetime.now",
        ),
        (
            "content/choosing/policies.py",
            "import numpy as np\nr = np.random.default_rng()",
            "pure core calls np.random",
        ),
        ("ui/utils.py", "", "a name that says nothing"),
        ("content/helpers/x.py", "", "a name that says nothing"),
        ("pages/live.py", "x = 1\n" * 91, "a page is layout"),
        ("ui/x.py", "class Emotion: ...", "Emotion is defined in"),
        ("train/x.py", f"LABELS = {list(LABELS)!r}", "the labels again"),
        ("ui/x.py", f"WORDS = {dict.fromkeys(LABELS, 1)!r}", "the labels again"),
        ("ui/x.py", "try:\n    f()\nexcept:\n    raise", "an error is named"),
        ("ui/x.py", "try:\n    f()\nexcept Exception:\n    pass", "an error is named"),
        ("ui/x.py", "def f():\n    raise NotImplementedError", "a stub"),
    ],
)
def test_checker_sees(path: str, source: str, part: str) -> None:
    found = violations({path: source})
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert part in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ui/live/camera.py", "import av\nimport streamlit_webrtc\nfrom emotion.live import LiveWorker"),
        ("pages/live.py", "import streamlit as st\nfrom ui import cards\n" + "x = 1\n" * 80),
        (
            "content/choosing/picker.py",
            "from datetime import datetime\nfrom emotion.types import MoodEstimate",
        ),
        ("content/x.py", "from emotion.labels import Emotion\nimport sqlalchemy, alembic"),
        ("bench/live.py", "from tests.browser.conftest import start_app"),
        ("train/x.py", "import keras, sklearn\nfrom emotion.export import export_litert"),
        ("emotion/export.py", "import tensorflow, keras\nfrom emotion.labels import LABELS"),
        ("emotion/labels.py", f"LABELS = {list(LABELS)!r}\nclass Emotion: ..."),
        ("ui/x.py", "try:\n    f()\nexcept KeyError:\n    pass"),
        (
            "train/x.py",
            'COLUMNS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")',
        ),
    ],
)
def test_checker_allows(path: str, source: str) -> None:
    assert violations({path: source}) == []


def test_app_starts_without_the_heavy_libraries() -> None:
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in project_sources()
        if room_of(name) in {"ui", "content", "emotion"}
        and "migrations" not in name
        and name != "emotion/export.py"
        and not name.endswith("__main__.py")
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'matplotlib', 'seaborn'} & set(sys.modules)\n"
        "sys.exit(f'loaded at the start: {sorted(heavy)}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
def test_camera_and_tensorflow_share_a_process() -> None:
    # The order in which the app meets them when its model has no LiteRT export yet.
    program = "import ui, tensorflow, streamlit_webrtc"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
