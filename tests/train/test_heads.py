"""Two heads: what is mixed, how the mixture is chosen, and that what ships answers it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from emotion.installed import load_classifier
from emotion.metadata import ModelMetadata, ModelView
from tests.train.tiny_configs import TWO_HEADS
from train.calibration import choose_mixture, held_out_faces
from train.errors import ModelFileError, RunError
from train.export import Format, export_model
from train.faceset import FaceSet, ferplus_majority, one_hot
from train.files import RUN_MODEL
from train.fit import fit
from train.heads import Mixture, heads_model, is_two_headed, mix, view_model
from train.model_card import model_card
from train.models import attune_two_heads, plain_cnn
from train.predictors import load_predictor
from train.publish import publish_run
from train.sources import find_model

SHORT = replace(TWO_HEADS, epochs=2, taught_rounds=())


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(4)
    return attune_two_heads(stem=16, widths=(16,))


@pytest.fixture(scope="module")
def some_faces() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (9, 48, 48, 1)).astype(np.float32)


def answer(model: keras.Model, faces: np.ndarray) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(model(faces, training=False)))


def cooled(shares: np.ndarray, temperature: float) -> np.ndarray:
    powers = shares ** (1 / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def test_the_mixture_is_that_of_the_heads_at_their_temperatures(
    network: keras.Model, some_faces: np.ndarray, tmp_path: Path
) -> None:
    assert is_two_headed(network)
    heads = answer(network, some_faces)
    np.testing.assert_allclose(heads.sum(axis=2), 1, atol=1e-5)
    mixed = mix(network, Mixture(0.3, (1.5, 0.7)))
    expected = 0.3 * cooled(heads[:, 0], 1.5) + 0.7 * cooled(heads[:, 1], 0.7)
    np.testing.assert_allclose(answer(mixed, some_faces), expected, atol=1e-5)
    assert not is_two_headed(mixed)
    # Its heads can still be asked one by one, from the file too; the network is as it was.
    mixed.save(tmp_path / "mixed.keras")
    again = keras.models.load_model(tmp_path / "mixed.keras")
    for share, want in ((1.0, cooled(heads[:, 0], 1.5)), (0.0, cooled(heads[:, 1], 0.7))):
        np.testing.assert_allclose(answer(view_model(again, share), some_faces), want, atol=1e-5)
    np.testing.assert_allclose(answer(heads_model(network), some_faces), heads, atol=1e-6)
    np.testing.assert_allclose(answer(network, some_faces), heads, atol=1e-6)
    with pytest.raises(ModelFileError, match=r"heads fer, ferplus\. Received: plain_cnn"):
        mix(plain_cnn(), Mixture())


def test_the_mixture_is_the_one_that_makes_both_label_sets_likeliest(faces: FaceSet, votes: dict) -> None:
    rng = np.random.default_rng(0)

    def sure_of(labels: np.ndarray, share: float) -> np.ndarray:
        return share * one_hot(labels) + (1 - share) * rng.dirichlet(np.ones(7), len(labels))

    other = (faces.labels + 1) % 7
    good, bad = sure_of(faces.labels, 0.7), sure_of(other, 0.7)
    for heads, share in (((good, bad), 1.0), ((bad, good), 0.0)):
        choice = choose_mixture(np.stack(heads, axis=1).astype(np.float32), faces, votes)
        assert choice.fer_share == share
        assert choice.faces == len(faces) and len(choice.likelihoods) == 21
    # A head that is less sure than it could be is made surer.
    assert choice.temperatures[1] < 1 < choice.temperatures[0]
    assert (ferplus_majority(faces, votes) == faces.labels).all()


def test_a_rare_expression_weighs_as_much_as_a_common_one(faces: FaceSet, votes: dict) -> None:
    rare = np.flatnonzero(faces.labels == 1)[:3]
    some = faces.take(np.concatenate([np.flatnonzero(faces.labels != 1), rare]))
    # One head is a little better on all but the rare one, the other one alone knows that.
    knows = 0.5 * one_hot(some.labels) + 0.5 / 7
    blind = 0.6 * one_hot(some.labels) + 0.4 / 7
    blind[some.labels == 1] = 0.98 * one_hot(np.zeros(3, np.int64)) + 0.02 / 7
    choice = choose_mixture(np.stack([knows, blind], axis=1).astype(np.float32), some, votes)
    assert choice.fer_share > 0.5
    least = min(choice.likelihoods, key=lambda share: choice.likelihoods[share])
    assert choice.fer_share == float(least)


@pytest.mark.slow
def test_a_run_with_two_heads_ships_as_one_model_with_three_views(
    faces: FaceSet, votes: dict, tmp_path: Path
) -> None:
    run = tmp_path / "two"
    fit(SHORT, faces, votes, run)
    folder = publish_run(run, tmp_path / "models", SHORT, faces, votes)
    metadata = ModelMetadata.load(folder)
    assert set(metadata.views) == {"app", "fer", "ferplus"}
    app = metadata.views["app"]
    assert app.temperature == metadata.temperature
    assert app.fer_share == metadata.training["mixture"]["fer_share"]
    assert metadata.training["hours"] > 0 and metadata.training["epochs_done"] == 2
    assert metadata.views["fer"].metrics["PublicTest"]["n"] == 35

    # What the app runs answers the mixture of the heads.
    held = held_out_faces(faces, SHORT)
    network = keras.models.load_model(run / RUN_MODEL, compile=False)
    chosen = Mixture(app.fer_share, tuple(metadata.training["mixture"]["temperatures"]))
    expected = cooled(answer(mix(network, chosen), held.images.astype(np.float32)), metadata.temperature)
    shares = load_classifier(folder).predict(held.images)
    np.testing.assert_allclose(shares, expected, atol=5e-3)

    figures = json.loads((folder / "metrics.json").read_text())
    assert set(figures["views"]) == {"fer", "ferplus"}
    assert figures["views"]["ferplus"]["ferplus"]["n"] == 35
    card = (folder / "MODEL_CARD.md").read_text()
    assert "Three views of one network" in card and "Trained from scratch for" in card
    begun = metadata.training | {"steps": [{"config": "two", "start_from": ["a"], "teachers": ["b", "c", "d"],
                                            "command": "x", "epochs": 3, "hours": 1.25}]}  # fmt: skip
    text = model_card(metadata.model_copy(update={"training": begun}), figures)
    assert "Begun with the weights of a and taught by b, c and d for" in text
    assert "\nx    # 3 epochs, 1.2 hours\n" in text
    lent = metadata.training | {"config": metadata.training["config"] | {"pretrained": "features of X (MIT)"}}
    text = model_card(metadata.model_copy(update={"training": lent}), figures)
    assert "Begun with features of X (MIT) for" in text
    assert "The training began with features of X (MIT)." in text.partition("## Licences")[2]

    # The views are judged by name; a run's heads too, before it is published.
    source = find_model(str(folder))
    for name in ("fer", "ferplus", "app"):
        assert find_model(f"{folder}@{name}").load().predict(held.images).shape == (len(held), 7)
    np.testing.assert_allclose(
        find_model(f"{run}@fer").load().predict(held.images),
        answer(network, held.images.astype(np.float32))[:, 0],
        atol=1e-5,
    )
    assert source.load_heads().predict(held.images).shape == (len(held), 2, 7)
    with pytest.raises(ModelFileError, match=r"\['app', 'fer', 'ferplus'\]. Received: 'blend'"):
        source.view("blend")

    # Before it is published, a run answers and exports the mean of its heads.
    mean = answer(network, held.images.astype(np.float32)).mean(axis=1)
    np.testing.assert_allclose(load_predictor(run / RUN_MODEL).predict(held.images), mean, atol=1e-5)
    (exported,) = export_model(run / RUN_MODEL, tmp_path, (Format.LITERT,), held.images, held.images)
    np.testing.assert_allclose(load_predictor(Path(exported.path)).predict(held.images), mean, atol=1e-4)


def test_a_network_of_one_head_is_not_published_as_two(faces: FaceSet, votes: dict, tmp_path: Path) -> None:
    run = tmp_path / "one"
    run.mkdir()
    plain_cnn(widths=(16,), dense=8).save(run / RUN_MODEL)
    with pytest.raises(RunError, match="two heads, as two trains"):
        publish_run(run, tmp_path / "models", SHORT, faces, votes)
    assert not (tmp_path / "models" / "two").exists()


def test_a_view_has_a_share_between_nothing_and_all() -> None:
    assert ModelView(fer_share=0.5).temperature == 1.0
    with pytest.raises(ValueError, match="less than or equal to 1"):
        ModelView(fer_share=1.5)
