"""An album with what may lie in one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def album(tmp_path: Path, astronaut_bgr: np.ndarray) -> Path:
    """Two photos with a face in folders with a loop of links, and two files that are no photos."""
    folder = tmp_path / "album"
    (folder / "sub").mkdir(parents=True)
    cv2.imwrite(str(folder / "a.jpg"), astronaut_bgr)
    cv2.imwrite(str(folder / "sub" / "b.png"), astronaut_bgr)
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "bad.jpg").write_text("Dear diary")
    (folder / "self.jpg").symlink_to(folder / "self.jpg")
    (folder / "notes.txt").write_text("no photo, and not called one")
    (folder / ".hidden.jpg").write_text("")
    return folder
