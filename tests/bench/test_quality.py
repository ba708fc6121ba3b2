"""Of real faces, clean pictures are called clear and blurred ones are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import quality, turned


@pytest.mark.slow
def test_clean_faces_are_clear_and_blurred_ones_are_not(
    fer_archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FER2013_ARCHIVE", str(fer_archive))
    assert quality.main(["--faces", "50", "--only", quality.BLURRED]) == 0, capsys.readouterr().out


@pytest.mark.slow
def test_photos_that_lie_are_turned_and_upright_ones_are_not(
    fer_archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FER2013_ARCHIVE", str(fer_archive))
    assert turned.main(["--faces", "16"]) == 0, capsys.readouterr().out
