"""Configs: all load, all build, all say how to run them; fields are changed by name."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from train import models
from train.config import (
    DEFAULT_CONFIG,
    BaselineConfig,
    change_config,
    config_names,
    describe_config,
    load_any_config,
    load_config,
    parse_changes,
    with_epochs,
    without_votes,
)
from train.errors import ConfigError


def test_every_config_loads_and_says_how_to_run_it() -> None:
    assert set(config_names()) >= {
        "attune", "cnn", "cnn_gru", "hog_svm", "mini_xception", "vgg16",
    }  # fmt: skip
    for name in config_names():
        config = load_any_config(name)
        assert config.name == name
        words = importlib.import_module(f"train.configs.{name}").__doc__ or ""
        named = "" if name == DEFAULT_CONFIG else f" --config {name}"
        assert f"python -m train fit{named}" in words
        assert "Accuracy:" in words


def test_the_default_has_two_heads_and_one_where_there_are_no_votes() -> None:
    two = load_config(DEFAULT_CONFIG)
    one = without_votes(two)
    assert (two.targets, one.targets) == ("both", "fer")
    assert one.build().output_shape == (None, 7)
    assert one.name != two.name


@pytest.mark.parametrize(
    ("build", "most"),
    [
        (models.attune_resnet, 1.5e6),
        (models.plain_cnn, 2e6),
        (models.mini_xception, 1e5),
        (models.cnn_gru, 1e6),
    ],
)
def test_networks_read_grey_faces_and_answer_shares(build: object, most: float) -> None:
    model = build()
    assert model.input_shape == (None, 48, 48, 1)
    assert model.count_params() < most
    shares = keras.ops.convert_to_numpy(model(np.full((2, 48, 48, 1), 128, np.float32), training=False))
    assert shares.shape == (2, 7)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)


def test_vgg16_without_its_weights_says_what_to_fetch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VGG16_WEIGHTS", str(tmp_path / "none.h5"))
    with pytest.raises(ConfigError, match=r"VGG16's weights .* Received: .*none.h5, no such file"):
        models.vgg16()
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"no weights")
    monkeypatch.setenv("VGG16_WEIGHTS", str(broken))
    with pytest.raises(ConfigError, match="set VGG16_WEIGHTS to its path"):
        models.vgg16()


def test_fields_are_changed_by_name() -> None:
    changes = parse_changes(
        [
            "learning_rate=1",
            "targets=fer",
            "augmentation.zoom=0.3",
            "build.dropout=0.2",
            "build.widths=(16, 16)",
        ]
    )
    config = change_config(load_config("attune_small"), changes)
    assert (config.learning_rate, config.targets, config.augmentation.zoom) == (1.0, "fer", 0.3)
    assert describe_config(config)["build"] == "train.models.attune_two_heads(dropout=0.2, widths=(16, 16))"
    assert isinstance(config.learning_rate, float)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("speed=3", "Expected a field of the config. Received: 'speed'"),
        ("epochs=many", "Expected int for epochs. Received: 'many'"),
        ("epochs", "Expected field=value. Received: 'epochs'"),
        ("optimizer=lion", "Expected one of sgd, adam for optimizer. Received: 'lion'"),
        ("teacher_views=both", "Expected one of flip, tencrop for teacher_views. Received: 'both'"),
        ("augmentation.spin=1", "Received: 'augmentation.spin'"),
        ("build.depth=3", r"Received: \['depth'\]"),
        ("taught_rounds=3", "Expected .* for taught_rounds, .* Received: taught_rounds=3"),
        ("taught_rounds.2.epochs=3", "field of one of 2 rounds"),
        ("taught_rounds.1.epochs=few", "Expected int for taught_rounds.1.epochs. Received: 'few'"),
        ("taught_rounds.1.targets=fer", "Received: 'taught_rounds.1.targets'"),
    ],
)
def test_a_wrong_change_is_named(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        change_config(load_config("attune_small"), parse_changes([text]))


def test_configs_come_from_files_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from train.config import load_config\ndef get_config():\n    return load_config('cnn', epochs=3)\n"
    )
    assert load_config(str(path)).epochs == 3
    path.write_text("x = 1\n")
    with pytest.raises(ConfigError, match=r"get_config\(\)"):
        load_config(str(path))
    with pytest.raises(ConfigError, match="Received: 'nothing'"):
        load_config("nothing")
    with pytest.raises(ConfigError, match="trains none"):
        load_config("hog_svm")
    assert isinstance(load_any_config("hog_svm"), BaselineConfig)


@pytest.mark.parametrize("name", [n for n in config_names() if n != "hog_svm"])
def test_every_config_can_be_searched(name: str) -> None:
    """A config may write 10 where it means 10.0, and the search gives it 12.3."""
    config = load_config(name)
    changed = change_config(config, {"augmentation.rotation_deg": 12.3, "learning_rate": 1})
    assert (changed.augmentation.rotation_deg, changed.learning_rate) == (12.3, 1.0)
    with pytest.raises(ConfigError, match=r"augmentation\.rotation_deg"):
        change_config(config, {"augmentation.rotation_deg": "much"})


def test_teachers_are_networks_with_the_same_answers() -> None:
    taught = load_config("attune")
    assert taught.teachers
    to_look_at = [(taught, (taught.name,))]
    while to_look_at:
        pupil, chain = to_look_at.pop()
        for name in pupil.teachers:
            teacher = load_config(name)
            assert name not in chain
            # They have not seen the faces that judge the network that they teach.
            assert (teacher.targets, teacher.holdout, teacher.seed) == (
                taught.targets,
                taught.holdout,
                taught.seed,
            )
            to_look_at.append((teacher, (*chain, name)))
    assert change_config(taught, parse_changes(["teachers=[]"])).teachers == ()


def test_a_shorter_run_keeps_the_shares_of_its_parts() -> None:
    whole = load_config("attune_small")
    short = with_epochs(whole, whole.epochs // 2)
    assert (short.epochs, short.small_epochs) == (whole.epochs // 2, whole.small_epochs // 2)
    assert [r.epochs for r in short.taught_rounds] == [r.epochs // 2 for r in whole.taught_rounds]


def test_a_round_is_changed_by_its_number_and_all_go_together() -> None:
    config = load_config("attune_small")
    first, last = config.taught_rounds
    changed = change_config(
        config, parse_changes(["taught_rounds.0.epochs=3", "taught_rounds.1.learning_rate=1"])
    )
    assert changed.taught_rounds == (replace(first, epochs=3), replace(last, learning_rate=1.0))
    assert change_config(config, parse_changes(["taught_rounds=[]"])).taught_rounds == ()
