"""The model page: figures of the shipped model, one without figures, a broken one, and the switch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion import installed
from emotion.labels import LABELS
from emotion.metadata import ModelMetadata
from ui.model import page as model_card
from ui.model.page import (
    calibration_html,
    confusion_html,
    history_words,
    installed_models,
    read_model,
    retrain_code,
)

PAGE = Path(__file__).parents[3] / "pages" / "model.py"


def figures() -> dict[str, object]:
    matrix = [[9 if i == j else 1 if j == (i + 1) % 7 else 0 for j in range(7)] for i in range(7)]
    return {
        "n": 70,
        "usage": "PublicTest",
        "accuracy": 0.9,
        "balanced_accuracy": 0.8,
        "macro_f1": 0.79,
        "calibration_error": 0.021,
        "intervals": {"accuracy": [0.85, 0.95], "balanced_accuracy": [0.7, 0.9], "macro_f1": [0.7, 0.9]},
        "per_class": {k: {"precision": 0.9, "recall": 0.9, "f1": 0.9, "support": 10} for k in LABELS},
        "confusion_matrix": matrix,
        "reliability": [{"low": 0.8, "high": 0.87, "count": 70, "confidence": 0.84, "accuracy": 0.9}],
        "latency_ms": {"p50": 1.9, "p95": 2.2},
        "ferplus": {"n": 60, "agreement": 0.75, "interval": [0.7, 0.8]},
        "without_training_copies": {"n": 63, "accuracy": 0.89},
    }


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three installed models: a measured one, which is the app's, one without figures, a broken one."""
    folder = tmp_path / "models"
    for name in ("measured", "plain"):
        ModelMetadata(name=name, version="1", parameters=1_183_047).save(folder / name)
    (folder / "measured" / "metrics.json").write_text(json.dumps(figures()))
    (folder / "broken").mkdir()
    (folder / "broken" / "metadata.json").write_text('{"name": "broken", "label_order": ["x"]}')
    (folder / "default.txt").write_text("measured\n")
    for module in (installed, model_card):
        monkeypatch.setattr(module, "MODELS_FOLDER", folder)
    monkeypatch.setattr(model_card.installed_models, "__defaults__", (folder,))
    return folder


def text_of(app: AppTest) -> str:
    return " ".join(str(e.proto.body) for e in app.get("html"))


def test_the_shipped_model_is_shown_with_its_figures(models: Path) -> None:
    app = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not app.exception
    page = text_of(app)
    for words in (
        "90.0%",
        "85.0% to 95.0%",
        "75.0%",
        "2.1%",
        "1.9 ms",
        "1.18 million",
        "Not for",
        "Limits",
        "13%",
    ):
        assert words in page, words
    assert "7 of these faces" in app.caption[0].value and "89.0%" in app.caption[0].value
    assert "python -m train publish runs/measured" in app.code[0].value


def test_a_model_made_in_steps_tells_them_all(models: Path) -> None:
    steps = [
        {"config": "a", "epochs": 20, "command": "python -m train fit --config a"},
        {"config": "b", "epochs": 8, "command": "python -m train fit --config b --start-from runs/a"},
        {"config": "mix", "epochs": 0, "command": "python -m train soup runs/a=2 runs/b=1 --out runs/mix"},
    ]
    training = {"config": {"name": "b", "targets": "blend"}, "steps": steps}
    ModelMetadata(name="mixed", version="1", training=training).save(models / "mixed")
    model = read_model(models / "mixed")
    lines = retrain_code(model).splitlines()
    assert lines[2:5] == [step["command"] for step in steps]
    assert lines[5] == "python -m train publish runs/mix --config b --name mixed"
    assert "Trained from scratch, on" in history_words(model)
    assert "for 28 epochs in 3 steps" in history_words(model)


def test_a_model_that_was_taught_tells_by_how_many(models: Path) -> None:
    steps = [
        {"config": "a", "epochs": 20, "command": "python -m train fit --config a"},
        {"config": "b", "epochs": 8, "command": "python -m train fit --config b", "teachers": ["a"]},
    ]
    training = {"config": {"name": "b", "targets": "both", "pretrained": "features of X"}, "steps": steps}
    ModelMetadata(name="taught", version="1", training=training).save(models / "taught")
    words = history_words(read_model(models / "taught"))
    assert "Trained with features learned on other faces, on" in words
    assert "with FER-2013's own labels and the votes of FER+'s ten annotators" in words
    assert ", for 8 epochs, taught by 1 network trained before." in words


def test_another_model_is_for_this_session_alone(models: Path) -> None:
    app = AppTest.from_file(PAGE, default_timeout=60).run()
    assert app.radio[0].options == ["measured (the app's own)", "plain"]
    app.radio[0].set_value("plain").run()
    assert not app.exception
    assert app.session_state["attune"].model == "plain"
    assert "no figures yet" in app.info[0].value
    other = AppTest.from_file(PAGE, default_timeout=60).run()
    assert other.radio[0].value == "measured"
    app.radio[0].set_value("measured").run()
    assert app.session_state["attune"].model is None


def test_no_model_is_said_in_words(models: Path) -> None:
    (models / "default.txt").write_text("gone\n")
    for name in ("measured", "plain"):
        (models / name / "metadata.json").unlink()
    app = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not app.exception
    assert "own model cannot be used" in app.error[0].value
    assert "No model is installed" in app.warning[0].value


def test_a_broken_model_is_left_out_and_broken_figures_are_none(models: Path) -> None:
    assert [m.metadata.name for m in installed_models(models)] == ["measured", "plain"]
    (models / "plain" / "metrics.json").write_text("{cut")
    assert read_model(models / "plain").figures == {}


def test_tables_say_what_the_figures_say() -> None:
    table = confusion_html(figures())
    assert table.count("at-heat-right") == 7
    assert 'title="9 of 10">90</td>' in table
    assert "80–87%" in calibration_html(figures()) and "left:84.0%" in calibration_html(figures())
