"""The temperature is the most likely one, and the app's model's is found again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import train.dataset
from emotion.classifier import calibrate
from emotion.installed import find_model
from emotion.metadata import ModelMetadata
from train.cli import main
from train.metrics import fit_temperature, negative_log_likelihood


@pytest.mark.parametrize("sharpened", [0.3, 0.8, 1.0, 2.5])
def test_no_temperature_of_a_fine_grid_is_likelier(sharpened: float) -> None:
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(7), 500).astype(np.float32)
    labels = np.array([rng.choice(7, p=p / p.sum()) for p in shares.astype(float)])
    given = calibrate(shares, sharpened)
    found = negative_log_likelihood(calibrate(given, fit_temperature(given, labels)), labels)
    grid = [negative_log_likelihood(calibrate(given, t), labels) for t in np.geomspace(0.2, 5, 2000)]
    assert found <= min(grid) + 1e-6


def test_a_model_that_is_always_or_never_right_ends_at_a_bound() -> None:
    shares = np.eye(7, dtype=np.float32)[np.arange(70) % 7] * 0.3 + 0.1
    assert fit_temperature(shares, np.arange(70) % 7) == pytest.approx(0.2, abs=1e-3)
    assert fit_temperature(shares, (np.arange(70) + 1) % 7) == pytest.approx(5.0, abs=1e-3)


@pytest.mark.slow
def test_the_temperature_of_the_app_s_model_is_found_again(
    fer_archive: Path,
    ferplus_votes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(train.dataset, "CACHE_FOLDER", tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["calibrate", "--data", str(fer_archive), "--votes", str(ferplus_votes), "--json"])
    assert stopped.value.code == 0
    found = json.loads(capsys.readouterr().out)["temperature"]
    assert found == pytest.approx(ModelMetadata.load(find_model()).temperature, abs=1e-3)
