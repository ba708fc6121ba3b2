"""The commands, end to end on a tiny data set: what they print, what they leave, how they fail."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from emotion.installed import load_classifier
from emotion.labels import LABELS
from emotion.metadata import ModelMetadata, file_sha256
from tests.train.tiny_data import make_faces, write_csv, write_folder
from train.calibration import held_out_faces
from train.cli import main
from train.configs.attune import get_config
from train.faceset import FERPLUS_COLUMNS, FaceSet

TINY_CONFIG = '''"""A tiny config for tests."""
from functools import partial
from train.config import TrainConfig
from train.models import attune_resnet

def get_config():
    return TrainConfig(
        name="tiny", build=partial(attune_resnet, stem=16, widths=(16, 32)), epochs=2, batch_size=32,
        learning_rate=0.05, warmup_epochs=0.2, holdout=0.15, mixed_precision=False, average_decay=0.5,
    )
'''


def run(*arguments: object) -> int:
    """Exit code of ``python -m train …``, in this process."""
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    return int(stopped.value.code or 0)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, votes, a config and a run of two epochs, made once."""
    folder = tmp_path_factory.mktemp("place")
    faces = make_faces(140, 35)
    write_csv(faces, folder / "fer2013.csv")
    lines = ["Usage,Image name," + ",".join(FERPLUS_COLUMNS)]
    from tests.train.tiny_data import make_votes

    for usage, row in zip(faces.usages, make_votes(faces).values(), strict=True):
        lines.append(f"{usage},," + ",".join(str(int(v)) for v in row))
    (folder / "fer2013new.csv").write_text("\n".join(lines) + "\n")
    (folder / "tiny.py").write_text(TINY_CONFIG)
    code = run(
        "fit", "--config", folder / "tiny.py", "--data", folder / "fer2013.csv", "--out", folder / "run"
    )  # fmt: skip
    assert code == 0
    return folder


@pytest.fixture(autouse=True)
def cache_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import train.dataset

    monkeypatch.setattr(train.dataset, "CACHE_FOLDER", tmp_path / "cache")


def test_publish_makes_a_model_that_the_app_runs(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, votes = ("--data", place / "fer2013.csv"), ("--votes", place / "fer2013new.csv")
    models = tmp_path / "models"
    arguments = ("publish", place / "run", "--config", place / "tiny.py", *data, *votes, "--models", models)
    assert run(*arguments, "--default") == 0
    folder = models / "tiny"
    assert {p.name for p in folder.iterdir()} == {
        "model.keras", "model.tflite", "metadata.json", "metrics.json", "MODEL_CARD.md",
    }  # fmt: skip
    assert [p.name for p in models.iterdir() if p.name.startswith(".")] == []
    assert (models / "default.txt").read_text() == "tiny\n"
    metadata = ModelMetadata.load(folder)
    assert metadata.exported_from_sha256 == file_sha256(folder / "model.keras")
    assert metadata.training["epochs_done"] == 2
    assert metadata.training["calibration"]["faces"] > 5
    assert metadata.metrics["PublicTest"]["n"] == 35
    card = (folder / "MODEL_CARD.md").read_text()
    assert all(word in card for word in ("# tiny", "Limits", *LABELS, "95% bootstrap"))
    figures = json.loads((folder / "metrics.json").read_text())
    assert figures["litert_weights"] == "float16" and figures["litert_agreement"] >= 0.995
    assert figures["bytes"]["model.tflite"] < 0.7 * figures["bytes"]["model.keras"]
    assert figures["latency_ms"]["p50"] > 0 and figures["parameters"] == metadata.parameters > 0
    classifier = load_classifier(folder)
    for count in (1, 3, 1):
        assert classifier.predict(np.zeros((count, 48, 48, 1), np.uint8)).shape == (count, 7)

    # The app's own model, and a file with metadata beside it, are judged with the temperature.
    capsys.readouterr()
    monkeypatch.setenv("ATTUNE_MODEL", str(folder))
    assert run("evaluate", "--json", *data, *votes) == 0
    app = json.loads(capsys.readouterr().out)
    assert app["n"] == 35 and app["usage"] == "PublicTest" and app["temperature"] == metadata.temperature
    assert {"accuracy", "macro_f1", "per_class"} <= app.keys()
    assert app["accuracy"] == pytest.approx(metadata.metrics["PublicTest"]["accuracy"])

    # Calibrating again changes the metadata alone.
    assert run("calibrate", "--config", place / "tiny.py", "--model", folder, *data, "--write") == 0
    assert ModelMetadata.load(folder).temperature == pytest.approx(metadata.temperature, abs=1e-3)
    # The metadata describes the config, so which faces were held out is known without its file.
    capsys.readouterr()
    assert run("calibrate", "--json", "--model", folder, *data) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["temperature"] == pytest.approx(metadata.temperature, abs=1e-3)
    assert again["faces"] == metadata.training["calibration"]["faces"]

    # A publication that fails leaves the good model as it was.
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "averaged.keras").write_bytes(b"half a model")
    failing = ("publish", broken, "--config", place / "tiny.py", *data, *votes, "--models", models)
    assert run(*failing) == 1
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert "Received: " in capsys.readouterr().err
    assert [p.name for p in models.iterdir() if p.name.startswith(".")] == []


def test_exports_answer_as_the_model_does(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", place / "fer2013.csv")
    formats = [word for name in ("h5", "litert-int8", "onnx") for word in ("--format", name)]
    assert run("export", "--model", place / "run", *formats, *data, "--out", tmp_path, "--json") == 0
    exports = json.loads(capsys.readouterr().out)["exports"]
    assert [e["format"] for e in exports] == ["h5", "litert-int8", "onnx"]
    assert all(e["agreement"] >= 0.98 and Path(e["path"]).is_file() for e in exports)
    assert run("export", "--model", place / "run", "--format", "gguf", *data) == 1
    assert "Received: ['gguf']" in capsys.readouterr().err
    names = [e["path"] for e in exports]
    assert run("compare", *names, *data, "--out", tmp_path / "compare.html") == 0
    page = (tmp_path / "compare.html").read_text()
    assert "averaged.h5" in page and "averaged.onnx" in page and "https://" not in page


def test_a_format_that_fails_does_not_keep_the_others_back(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from train import export

    monkeypatch.setitem(export.LEAST_AGREEMENT, export.Format.H5, 1.1)
    formats = ("--format", "h5", "--format", "keras")
    (tmp_path / "averaged.h5").write_bytes(b"a good one")
    data = ("--data", place / "fer2013.csv", "--out", tmp_path)
    assert run("export", "--model", place / "run", *formats, *data, "--json") == 1
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    assert [e["format"] for e in result["exports"]] == ["keras"]
    assert "Expected h5 to name the same expression first" in result["failed"][0]
    assert "Received: 100.0%" in printed.err
    assert (tmp_path / "averaged.h5").read_bytes() == b"a good one"


def test_a_report_stands_alone(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    votes = ("--votes", place / "fer2013new.csv")
    assert run("report", place / "run", "--data", place / "fer2013.csv", *votes, "--out", out) == 0
    page = out.read_text()
    assert page.count("data:image/png;base64,") == 3
    assert page.count('class="heat"') == 1 and page.count("<td class=right") == 7
    assert "https://" not in page and "<script" not in page
    assert all(word in page for word in ("learning_rate", "Macro-F1", "ms median", "averaged.keras 0."))


def test_evaluate_takes_any_folder_with_a_label_map(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    write_folder(make_faces(0, 21), tmp_path / "made")
    (other / "contempt").mkdir(parents=True)
    for label in LABELS:
        (tmp_path / "made" / "test" / label).rename(other / f"my_{label}")
    (other / "contempt" / "a.png").write_bytes(next(other.rglob("*.png")).read_bytes())
    mapping = ",".join(f"my_{label}={label}" for label in LABELS)
    figures = tmp_path / "figures"
    assert run(
        "evaluate", "--model", place / "run", "--data", other, "--label-map", mapping, "--usage", "all",
        "--flip", "--json", "--figures", figures,
    ) == 0  # fmt: skip
    result = json.loads(capsys.readouterr().out)
    assert result["n"] == 21 and result["left_out_folders"] == {"contempt": 1}
    assert set(result["averaged"]) == {"flip"}
    assert {p.name for p in figures.iterdir()} == {"confusion.png", "reliability.png", "mistakes.png"}
    assert run("evaluate", "--model", place / "run", "--data", place / "fer2013.csv") == 0
    assert "accuracy" in capsys.readouterr().out


def test_evaluate_leaves_training_out_by_itself(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ("--model", place / "run" / "averaged.keras", "--json")
    folder = write_folder(make_faces(28, 14, private=7), tmp_path / "set")
    # Whoever renames the files loses which test a face belongs to, not that it is one.
    for n, file in enumerate(sorted(folder.rglob("*.png"))):
        file.rename(file.with_name(f"{n}.png"))
    assert run("evaluate", *model, "--data", folder) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["usage"], result["n"]) == ("test", 21)
    votes = ("--votes", place / "fer2013new.csv")
    assert run("evaluate", *model, "--data", folder, *votes) == 1
    assert "votes for 0 of them" in capsys.readouterr().err


def test_the_faces_that_fit_holds_out_judge_a_model_without_the_test(
    place: Path, faces: FaceSet, capsys: pytest.CaptureFixture[str]
) -> None:
    held = held_out_faces(faces, get_config())
    model = ("--model", place / "run" / "averaged.keras", "--data", place / "fer2013.csv")
    assert run("evaluate", *model, "--usage", "HeldOut", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["usage"], result["n"]) == ("HeldOut", len(held))
    assert 0 < len(held) < len(faces.usage("Training")) / 2


def test_data_describes_and_names_what_is_broken(
    faces: FaceSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(faces.take(faces.labels != 1), tmp_path / "set")
    arguments = ("data", "--data", folder, "--out", tmp_path / "figures", "--no-near")
    assert run(*arguments, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["counts"]["Training"]["happy"] == 20
    assert result["empty_classes"] == {"PublicTest": ["disgust"], "Training": ["disgust"]}
    assert len(list((tmp_path / "figures").glob("*.png"))) == 3
    next(folder.rglob("*.png")).write_bytes(b"broken")
    assert run(*arguments) == 1
    assert "cannot be decoded" in capsys.readouterr().out


def test_the_baseline_without_a_network(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", place / "fer2013.csv")
    fitting = ("fit", "--config", "hog_svm", *data, "--out", tmp_path, "--json")
    assert run(*fitting, "--set", "penalty=0.02") == 0
    assert json.loads(capsys.readouterr().out) == {"model": str(tmp_path / "baseline.npz")}
    for model in (tmp_path / "baseline.npz", tmp_path):
        assert run("evaluate", "--model", model, *data, "--json") == 0
        assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9
    assert run(*fitting, "--epochs", 3) == 1
    assert "Received: 'epochs'" in capsys.readouterr().err


def test_augmentation_is_shown(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    assert run("augment-preview", "--data", place / "fer2013.csv", "--out", out) == 0
    assert out.stat().st_size > 10_000


def test_a_search_goes_on_and_its_best_config_fits(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from train.config import load_config

    arguments = ("tune", "--config", place / "tiny.py", "--data", place / "fer2013.csv", "--epochs", 1)
    out = tmp_path / "tune"
    assert run(*arguments, "--trials", 1, "--out", out) == 0
    assert run(*arguments, "--trials", 2, "--out", out) == 0
    import optuna

    study = optuna.load_study(study_name="tiny", storage=f"sqlite:///{out / 'study.db'}")
    assert len(study.trials) == 2
    assert {"best.py", "history.png", "study.db"} <= {p.name for p in out.iterdir()}
    assert not list(out.glob("trial-*"))
    best = load_config(str(out / "best.py"))
    assert best.name == "tiny_tuned"
    assert best.learning_rate == study.best_params["learning_rate"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evaluate", "--model", "nothing.keras"), "nothing.keras, which does not exist"),
        (("fit", "--config", "nothing"), "Received: 'nothing'"),
        (("fit", "--config", "cnn", "--data", "nowhere.zip"), "nowhere.zip"),
        (("publish", "empty", "--config", "cnn"), "Expected"),
        (("fit", "--config", "cnn", "--set", "speed=1"), "Received: 'speed'"),
        (("report", "tests"), "Received: tests, which holds none of them"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(
    arguments: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FER2013_ARCHIVE", raising=False)
    assert run(*arguments) == 1
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


def test_help_teaches_and_is_quick_to_import() -> None:
    heavy = {"keras", "tensorflow", "matplotlib", "sklearn"}
    code = f"import sys, train.cli; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_train_the_same_code(backend: str, place: Path, tmp_path: Path) -> None:
    import importlib.util

    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    command = [
        sys.executable, "-m", "train", "fit", "--config", place / "tiny.py", "--epochs", "1",
        "--data", place / "fer2013.csv", "--out", tmp_path / "run",
    ]  # fmt: skip
    # JAX compiles without optimising: three batches are not worth twenty seconds of it.
    quick = {"XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"}
    subprocess.run(command, check=True, env=os.environ | quick | {"KERAS_BACKEND": backend}, timeout=880)
    model = keras.models.load_model(tmp_path / "run" / "averaged.keras", compile=False)
    assert model.output_shape == (None, 7)


def test_without_a_config_the_votes_decide(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import train.fit

    fitted: list[str] = []

    def remember(config: object, *rest: object, **others: object) -> train.fit.FitResult:
        fitted.append(config.name)
        return train.fit.FitResult(tmp_path / "averaged.keras", 1, 1, 1.5, "done")

    monkeypatch.setattr(train.fit, "fit", remember)
    monkeypatch.delenv("FERPLUS_VOTES", raising=False)
    monkeypatch.chdir(tmp_path)
    votes = ("--votes", place / "fer2013new.csv", "--set", "teachers=[]")
    assert run("fit", "--data", place / "fer2013.csv", *votes) == 0
    assert run("fit", "--data", place / "fer2013.csv") == 0
    assert fitted == ["attune", "attune_fer"]
    assert "without FER+ votes" in capsys.readouterr().err


def test_the_teachers_of_a_config_are_trained_first_and_once(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import train.commands.fit
    import train.config
    import train.fit
    from train.lineage import read_lineage

    tiny = train.config.load_config(str(place / "tiny.py"))
    chain = {"eldest": (), "elder": ("eldest",), "pupil": ("elder",)}
    known = {name: replace(tiny, name=name, teachers=teachers) for name, teachers in chain.items()}
    monkeypatch.setattr(train.config, "load_any_config", known.__getitem__)
    monkeypatch.setattr(train.commands.fit, "RUNS_FOLDER", tmp_path)
    fitted: list[tuple[str, int]] = []

    def end_at_once(
        config: train.config.TrainConfig, faces: object, votes: object, run: Path, **how: Any
    ) -> train.fit.FitResult:
        fitted.append((config.name, len(how.get("teachers", ()))))
        assert [t.predict(np.zeros((1, 48, 48, 1), np.uint8)).shape for t in how.get("teachers", ())] in (
            [], [(1, 7)],
        )  # fmt: skip
        config.build().save(run / "averaged.keras")
        (run / "state.json").write_text(json.dumps({"epoch": config.epochs}))
        return train.fit.FitResult(run / "averaged.keras", config.epochs, 1, 1.5, "done")

    monkeypatch.setattr(train.fit, "fit", end_at_once)
    command = ("fit", "--config", "pupil", "--data", place / "fer2013.csv")
    assert run(*command) == 0
    assert fitted == [("eldest", 0), ("elder", 1), ("pupil", 1)]
    assert re.findall(r"Teacher: (\w+)", capsys.readouterr().err) == ["eldest", "elder"]
    first, second, last = read_lineage(tmp_path / "pupil")
    assert (first.command, second.teachers, last.teachers) == (
        "python -m train fit --config eldest",
        ("eldest",),
        ("elder",),
    )

    assert run(*command) == 0
    assert fitted[3:] == [("pupil", 1)]
    # What the teachers answered is there, so a run that goes on needs them no more.
    (tmp_path / "pupil" / train.fit.TEACHER_FILE).write_bytes(b"")
    (tmp_path / "elder" / "averaged.keras").unlink()
    assert run(*command, "--resume") == 0
    assert fitted[4:] == [("pupil", 0)]
