"""The architecture, executable: what import-linter cannot say.

Who may import whom stands as contracts in pyproject.toml, and one test runs them. ``violations`` judges the
rest: the scripts, which are no packages, and the habits that can be read off a file. It takes a project given
as path → source, so that this file can also show on made-up sources that it sees what it must see.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest

from emotion.labels import LABELS
from tests.sources import ROOMS, ROOT, dotted, imports_of, project_sources, room_of

# Scripts are no packages, so import-linter does not see them.
SCRIPTS_MAY_IMPORT = ("streamlit", "ui", "content", "emotion")
# The live page is measured by what its browser tests drive it with, the store on the tests' PostgreSQL; the
# pictures of the docs are taken by the same.
TESTS_MAY_BE_IMPORTED: Mapping[str, tuple[str, ...]] = {
    "bench": ("tests.browser", "tests.postgres"),
    "tools": ("tests.browser",),
}
# Loaded by name these would slip past import-linter.
HEAVY = ("tensorflow", "keras", "sklearn", "matplotlib", "seaborn", "streamlit_webrtc")

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]

# The pure cores: no clock, no files, no global chance, no technology.
PURE = (
    "emotion/labels.py",
    "emotion/types.py",
    "emotion/smoothing.py",
    "content/types.py",
    "spreadsheet_text/",
    "content/themes.py",
    "content/choosing/",
    "content/catalog/coverage.py",
    "content/catalog/readable.py",
    "content/records/comparison.py",
)
IMPURE_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "np.random.default_rng",
    "numpy.random.default_rng", "uuid.uuid1", "uuid.uuid4", "uuid4", "open",
}  # fmt: skip

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
PAGE_LINES = 90


def _within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == a or name.startswith(f"{a}.") for a in allowed)


def _is_pure(path: str) -> bool:
    return any(path.startswith(pure) if pure.endswith("/") else path == pure for pure in PURE)


def _import_violations(path: str, tree: ast.AST) -> Iterator[str]:
    room = room_of(path)
    for line, name, by_name in imports_of(tree):
        top = name.split(".")[0]
        if room in {"pages", "streamlit_app"} and top not in (*sys.stdlib_module_names, *SCRIPTS_MAY_IMPORT):
            yield f"{path}:{line}: a script may import {', '.join(SCRIPTS_MAY_IMPORT)}, not {name}"
        if room == "attune_settings" and top in ROOMS:
            yield f"{path}:{line}: the lowest layer imports nothing of the project, not {name}"
        if top == "tests" and not _within(name, TESTS_MAY_BE_IMPORTED.get(room, ())):
            yield f"{path}:{line}: only tests import tests"
        if by_name and top in HEAVY:
            yield f"{path}:{line}: {top} is loaded by name, past import-linter"


def _environment_violations(path: str, tree: ast.AST) -> Iterator[str]:
    # To set a variable for a library is no reading.
    setting = {
        id(n.value)
        for n in ast.walk(tree)
        if (isinstance(n, ast.Attribute) and n.attr in {"setdefault", "update"})
        or (isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    }
    for node in ast.walk(tree):
        read = dotted(node) if isinstance(node, ast.Attribute) else ""
        if read in {"os.environ", "os.getenv"} and id(node) not in setting:
            yield f"{path}:{node.lineno}: the environment is read in attune_settings.py alone"
    for line, name, _ in imports_of(tree):
        if name in {"os.environ", "os.getenv"}:
            yield f"{path}:{line}: the environment is read in attune_settings.py alone"


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
        if isinstance(n, ast.Assign) and any(dotted(t) == "__all__" for t in n.targets)
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
            if node.type is None or (silent and dotted(node.type) in {"Exception", "BaseException"}):
                yield f"{path}:{node.lineno}: an error is named and dealt with"
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if dotted(raised) == "NotImplementedError":
                yield f"{path}:{node.lineno}: a stub"
        if _is_pure(path) and isinstance(node, ast.Call) and dotted(node.func) in IMPURE_CALLS:
            yield f"{path}:{node.lineno}: the pure core calls {dotted(node.func)}"


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
        if path != "attune_settings.py":
            found.extend(_environment_violations(path, tree))
    return found


def test_project_keeps_the_tables() -> None:
    sources = project_sources()
    assert "emotion/labels.py" in sources
    assert violations(sources) == []


@pytest.mark.parametrize(
    ("path", "source", "part"),
    [
        ("pages/live.py", "import sqlalchemy", "a script may import"),
        ("pages/live.py", "from train import fit", "a script may import"),
        ("streamlit_app.py", "import cv2", "a script may import"),
        (
            "emotion/x.py",
            'import importlib\nimportlib.import_module("tensorflow.lite")',
            "past import-linter",
        ),
        ("content/x.py", "from tests.fakes import FakeClock", "only tests import tests"),
        ("bench/x.py", "from tests.fakes import FakeClock", "only tests import tests"),
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
        ("attune_settings.py", "from content.errors import ContentError", "lowest layer"),
        ("content/x.py", 'import os\nurl = os.environ["DATABASE_URL"]', "attune_settings.py alone"),
        ("ui/x.py", "import os\nf(os.environ)", "attune_settings.py alone"),
        ("train/x.py", 'import os\nd = os.getenv("X")', "attune_settings.py alone"),
        ("train/x.py", "from os import environ", "attune_settings.py alone"),
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
        (
            "pages/live.py",
            "import time\nimport streamlit as st\nfrom ui.look import cards\n" + "x = 1\n" * 80,
        ),
        (
            "content/choosing/picker.py",
            "from datetime import datetime\nfrom emotion.types import MoodEstimate",
        ),
        ("bench/live.py", "from tests.browser.conftest import start_app"),
        ("emotion/labels.py", f"LABELS = {list(LABELS)!r}\nclass Emotion: ..."),
        ("ui/x.py", "try:\n    f()\nexcept KeyError:\n    pass"),
        ("train/x.py", 'import os\nos.environ.setdefault("A", "1")\nos.environ["B"] = "2"'),
        ("attune_settings.py", "import os, re\nimport fsspec\ngiven = os.environ"),
        (
            "train/x.py",
            'COLUMNS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")',
        ),
    ],
)
def test_checker_allows(path: str, source: str) -> None:
    assert violations({path: source}) == []


def lint_imports(folder: Path) -> dict[str, bool]:
    """Run import-linter in ``folder``; returns for each contract's name whether it is kept."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(.+?) (KEPT|BROKEN)(?: \(.*\))?$", done.stdout, flags=re.MULTILINE)
    assert found, done.stdout + done.stderr
    return {name: verdict == "KEPT" for name, verdict in found}


def test_contracts_are_kept() -> None:
    assert [name for name, kept in lint_imports(ROOT).items() if not kept] == []


# Contract → a file and the import that breaks it.
WRONG: Mapping[str, tuple[str, str]] = {
    "rooms": ("emotion/drawing.py", "import content.types"),
    "train": ("train/figures.py", "import content.errors"),
    "content-emotion": ("content/records/spool.py", "import emotion.analysis"),
    "train-emotion": ("train/costs.py", "import emotion.live"),
    "features": ("ui/video/reading.py", "import ui.photo.reading"),
    "content-rooms": ("content/choosing/arms.py", "import content.records.recorder"),
    "circles": ("train/errors.py", "import train.files\nimport train.checkpoint"),
    "pure": ("emotion/smoothing.py", "import time"),
    "settings": ("content/records/recorder.py", "import attune_settings"),
    "streamlit": ("content/themes.py", "import streamlit"),
    "webrtc": ("ui/app/presence.py", "import streamlit_webrtc"),
    "keras": ("emotion/classifier.py", "import keras"),
    "litert": ("emotion/metadata.py", "import ai_edge_litert"),
    "onnx": ("emotion/images.py", "import onnxruntime"),
    "science": ("emotion/records.py", "import sklearn.metrics"),
    "optuna": ("bench/margin.py", "import optuna"),
    "sqlalchemy": ("ui/insights/charts.py", "import sqlalchemy"),
    "fsspec": ("content/media/assets.py", "import fsspec"),
    "av": ("train/readers.py", "import av"),
    "humanize": ("ui/live/your_data.py", "import humanize"),
    "jinja2": ("ui/photo/state.py", "from markupsafe import Markup"),
    "nh3": ("ui/look/moods.py", "import nh3"),
    "ray": ("emotion/folder/run.py", "import ray"),
}


@pytest.mark.slow
def test_every_contract_breaks_on_a_wrong_import(tmp_path: Path) -> None:
    contracts = {c["id"]: c["name"] for c in CONTRACTS}
    assert set(WRONG) == set(contracts), "each contract needs an import that breaks it"
    for room in ROOMS:
        if (ROOT / room).is_dir():
            shutil.copytree(
                ROOT / room, tmp_path / room, ignore=lambda _, names: [n for n in names if n == "assets"]
            )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, wrong in WRONG.values():
        file = tmp_path / path
        file.write_text(f"{file.read_text(encoding='utf-8')}\n\n{wrong}\n", encoding="utf-8")
    kept = lint_imports(tmp_path)
    assert [i for i, name in contracts.items() if kept[name]] == []


def imports_of_test_files(source: str) -> list[str]:
    """Imports of a ``test_*.py``, those in a program that a test writes included."""
    return re.findall(r"^[ \t]*(?:from|import)[ \t]+([\w.]*\btest_\w+)", source, re.MULTILINE)


def test_no_test_imports_another_test_file() -> None:
    files = {p: p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.py")}
    found = {
        p.relative_to(ROOT).as_posix(): names for p, s in files.items() if (names := imports_of_test_files(s))
    }
    assert found == {}, "what two tests need is in a file of its own, beside conftest.py"


@pytest.mark.parametrize(
    "line",
    [
        "from tests.ui.catalog.test_page import SUN",
        "import tests.test_setup",
        "    from test_x import y",
        "from .test_x import y",
    ],
)
def test_an_import_of_a_test_file_is_seen(line: str) -> None:
    assert imports_of_test_files(f"import os\n{line}\n")
    assert not imports_of_test_files(f"import os\n# {line}\nfrom tests.ui.pages import words\n")


@pytest.mark.slow
def test_app_starts_without_the_heavy_libraries() -> None:
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in project_sources()
        if room_of(name) in {"ui", "content", "emotion"}
        and "migrations" not in name
        and name not in {"emotion/export.py", "emotion/cluster/replica.py"}
        and not name.endswith("__main__.py")
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'matplotlib', 'seaborn', 'ray'} & set(sys.modules)\n"
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
