"""Tiny data sets, shared by the tests of training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.train.tiny_data import make_faces, make_votes, write_folder
from train.faceset import FaceSet


@pytest.fixture(scope="session")
def faces() -> FaceSet:
    return make_faces(140, 35)


@pytest.fixture(scope="session")
def votes(faces: FaceSet) -> dict[str, np.ndarray]:
    return make_votes(faces)


@pytest.fixture(scope="session")
def kaggle_folder(faces: FaceSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(faces, tmp_path_factory.mktemp("kaggle"))
