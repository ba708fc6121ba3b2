"""Tiny data sets, shared by the tests of training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.train.tiny_data import make_faces, make_votes, write_folder
from train.faceset import FaceSet


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow what needs a trained network: the fixtures ``place`` and ``killed_run`` train one."""
    here = Path(__file__).parent
    for item in items:
        needed = set(getattr(item, "fixturenames", ()))
        if item.path.is_relative_to(here) and needed & {"place", "killed_run"}:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def faces() -> FaceSet:
    return make_faces(140, 35)


@pytest.fixture(scope="session")
def votes(faces: FaceSet) -> dict[str, np.ndarray]:
    return make_votes(faces)


@pytest.fixture(scope="session")
def kaggle_folder(faces: FaceSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(faces, tmp_path_factory.mktemp("kaggle"))
