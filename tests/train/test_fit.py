"""Training: what is kept, what a resumed run is worth, what stops it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.train.tiny_data import make_faces
from train.batches import AugmentedBatches, make_targets, smooth
from train.cli import main
from train.config import TrainConfig
from train.errors import DatasetError, RunError
from train.faceset import FaceSet
from train.files import RUN_MODEL
from train.fit import fit
from train.lineage import read_lineage
from train.models import attune_resnet
from train.progress import read_log

TINY = TrainConfig(
    name="tiny",
    build=partial(attune_resnet, stem=16, widths=(16, 32), dropout=0.2),
    epochs=3,
    batch_size=32,
    learning_rate=0.05,
    warmup_epochs=0.5,
    holdout=0.15,
    mixed_precision=False,
    average_decay=0.9,
)


class StopAfter(keras.callbacks.Callback):
    """Ends the process' run as a kill between two epochs would: nothing after the checkpoint happens."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if epoch + 1 == self.epochs:
            raise ConnectionAbortedError("killed")


class PressCtrlC(keras.callbacks.Callback):
    """Sends this process the signal of Ctrl-C in the middle of an epoch (0-based)."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch
        self.now = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.now = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if self.now == self.epoch and batch == 0:
            os.kill(os.getpid(), signal.SIGINT)


def weights_of(run: Path) -> list[np.ndarray]:
    return keras.models.load_model(run / RUN_MODEL, compile=False).get_weights()


@pytest.fixture(scope="module")
def killed_run(faces: FaceSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of ``TINY`` that was killed after its first epoch; not to be changed."""
    run = tmp_path_factory.mktemp("runs") / "killed"
    with pytest.raises(ConnectionAbortedError):
        fit(TINY, faces, None, run, callbacks=[StopAfter(1)])
    return run


@pytest.fixture
def begun(killed_run: Path, tmp_path: Path) -> Path:
    """A copy of that run."""
    return Path(shutil.copytree(killed_run, tmp_path / "begun"))


def test_a_resumed_run_ends_with_the_weights_of_the_unbroken_one(
    faces: FaceSet, begun: Path, tmp_path: Path
) -> None:
    unbroken = fit(TINY, faces, None, tmp_path / "unbroken")
    assert json.loads((begun / "state.json").read_text())["epoch"] == 1
    resumed = fit(TINY, faces, None, begun, resume=True)

    assert (unbroken.epochs, resumed.epochs) == (3, 3)
    for first, second in zip(weights_of(tmp_path / "unbroken"), weights_of(begun), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-5)
    rows, again = read_log(tmp_path / "unbroken/log.csv"), read_log(begun / "log.csv")
    assert [r["epoch"] for r in again] == [1, 2, 3]
    for a, b in zip(rows, again, strict=True):
        assert a["loss"] == pytest.approx(b["loss"], abs=1e-4)
        assert a["learning_rate"] == pytest.approx(b["learning_rate"], abs=1e-6)
    assert any((begun / "tensorboard").iterdir())
    # The state of the last epoch alone is kept.
    assert sorted(p.name for p in begun.glob("state-*")) == ["state-0003.keras"]


def test_ctrl_c_keeps_the_last_finished_epoch(
    faces: FaceSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    result = fit(TINY, faces, None, tmp_path, callbacks=[PressCtrlC(epoch=1)])
    assert (result.stopped, result.epochs) == ("interrupted", 1)
    assert signal.getsignal(signal.SIGINT) is handler
    told = capsys.readouterr()
    assert told.out == "" and "epoch=1 loss=" in told.err
    assert not list(tmp_path.glob(".*partial*"))
    assert fit(TINY, faces, None, tmp_path, resume=True).epochs == 3


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full (Linux)"
)
def test_a_full_disk_leaves_the_checkpoint_before_it_whole(
    faces: FaceSet, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {p.name: p.read_bytes() for p in begun.glob("state*")}
    (begun / ".state-0002.here.partial.keras").symlink_to("/dev/full")
    with monkeypatch.context() as named:
        named.setattr("whole_files.secrets.token_hex", lambda length: "here")
        with pytest.raises(
            RunError, match=r"checkpoint of epoch 2 .*epoch 1 is whole.*Received: .*No space left"
        ):
            fit(TINY, faces, None, begun, resume=True)
    assert {p.name: p.read_bytes() for p in begun.glob("state*")} == before
    assert fit(TINY, faces, None, begun, resume=True).epochs == 3


def test_another_config_does_not_go_on_from_a_checkpoint(faces: FaceSet, begun: Path) -> None:
    with pytest.raises(RunError, match=r"started with.*learning_rate: 0.05 then, 0.01 now"):
        fit(replace(TINY, learning_rate=0.01), faces, None, begun, resume=True)


def test_a_damaged_checkpoint_is_refused(faces: FaceSet, begun: Path) -> None:
    (begun / "state-0001.keras").write_bytes(b"cut")
    with pytest.raises(RunError, match="whole checkpoint"):
        fit(TINY, faces, None, begun, resume=True)


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    faces = make_faces(70, 7)
    with pytest.raises(DatasetError, match="none for disgust"):
        fit(TINY, faces.take(faces.labels != 1), None, tmp_path)


def test_votes_of_another_data_set_are_refused(faces: FaceSet, votes: dict, tmp_path: Path) -> None:
    strangers = {f"other/{name}": row for name, row in votes.items()}
    with pytest.raises(DatasetError, match=r"votes for most of the .* Received: votes for 0"):
        fit(replace(TINY, targets="ferplus"), faces, strangers, tmp_path)


def test_targets_mix_labels_and_votes(faces: FaceSet, votes: dict) -> None:
    few = faces.take(np.arange(7))
    hard = make_targets(TINY, few, None)
    assert hard.argmax(1).tolist() == few.labels.tolist()
    soft = make_targets(replace(TINY, targets="ferplus"), few, votes)
    assert soft[0] == pytest.approx([8 / 9, 0, 0, 0, 0, 0, 1 / 9])
    blend = make_targets(replace(TINY, targets="blend", fer_share=0.7), few, votes)
    np.testing.assert_allclose(blend, 0.7 * hard + 0.3 * soft, atol=1e-6)
    silent = {name: np.zeros(10, np.float32) for name in few.names}
    assert np.isnan(make_targets(replace(TINY, targets="ferplus"), few, silent)).all()
    np.testing.assert_array_equal(make_targets(replace(TINY, targets="blend"), few, silent), hard)
    np.testing.assert_allclose(smooth(hard, 0.1).sum(axis=1), 1, atol=1e-6)


def test_a_batch_is_the_same_whenever_it_is_drawn(faces: FaceSet) -> None:
    targets = make_targets(TINY, faces, None)
    batches = AugmentedBatches(faces.images, targets, TINY)
    first = keras.ops.convert_to_numpy(batches[1][0])
    batches[0], batches[2]
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(batches[1][0]), first)
    batches.on_epoch_end()
    assert not np.array_equal(keras.ops.convert_to_numpy(batches[1][0]), first)


def test_a_rare_class_can_weigh_more(faces: FaceSet) -> None:
    rare = faces.take((faces.labels != 1) | (np.arange(len(faces)) < 14))
    batches = AugmentedBatches(rare.images, make_targets(TINY, rare, None), replace(TINY, class_balance=0.5))
    assert batches.class_weights[1] > 2 * batches.class_weights[0]
    share = np.bincount(rare.labels) / len(rare)
    assert (batches.class_weights * share).sum() == pytest.approx(1)


def test_a_frozen_backbone_is_set_free_later(faces: FaceSet, tmp_path: Path) -> None:
    from train.models import vgg16

    config = replace(
        TINY,
        build=partial(vgg16, weights=None, dense=4),
        epochs=2,
        frozen_epochs=1,
        average_decay=0.0,
        optimizer="adam",
        learning_rate=1e-3,
    )
    few = faces.take(np.arange(0, len(faces), 2))
    seen: list[bool] = []

    class Look(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            seen.append(self.model.get_layer("backbone").trainable)

    assert fit(config, few, None, tmp_path, callbacks=[Look()]).epochs == 2
    assert seen == [False, True]


def test_several_starts_begin_with_the_mean_of_their_weights(tmp_path: Path) -> None:
    from train.fit import _begin_with

    models = [TINY.build() for _ in range(3)]
    for n, model in enumerate(models[:2]):
        model.set_weights([np.full(w.shape, 1.0 + 2 * n, np.float32) for w in model.weights])
        model.save(tmp_path / f"{n}.keras")
    _begin_with(models[2], [tmp_path / "0.keras", tmp_path / "1.keras"])
    assert all((np.asarray(w) == 2.0).all() for w in models[2].get_weights())


def test_a_soup_is_the_weighted_mean_and_knows_its_parts(tmp_path: Path) -> None:
    for n, value in (("a", 1.0), ("b", 4.0)):
        model = TINY.build()
        model.set_weights([np.full(w.shape, value, np.float32) for w in model.weights])
        (tmp_path / n).mkdir()
        model.save(tmp_path / n / RUN_MODEL)
    with pytest.raises(SystemExit) as stopped:
        main(["soup", f"{tmp_path}/a=2", f"{tmp_path}/b=1", "--out", str(tmp_path / "mixed")])
    assert not stopped.value.code
    mixed = keras.models.load_model(tmp_path / "mixed" / RUN_MODEL, compile=False)
    assert all(np.allclose(w, 2.0) for w in mixed.get_weights())
    (step,) = read_lineage(tmp_path / "mixed")
    assert step.command == "python -m train soup runs/a=2 runs/b=1 --out runs/mixed"
    for wrong in ([f"{tmp_path}/a=1"], [f"{tmp_path}/a=0", f"{tmp_path}/b"], [f"{tmp_path}/a=x", "b"]):
        with pytest.raises(SystemExit) as stopped:
            main(["soup", *wrong, "--out", str(tmp_path / "wrong")])
        assert stopped.value.code == 1


def test_a_teacher_moves_the_targets(faces: FaceSet) -> None:
    from train.fit import teach

    class Sure:
        def predict(self, faces_gray: np.ndarray) -> np.ndarray:
            return np.tile(np.eye(7, dtype=np.float32)[3], (len(faces_gray), 1))

    hard = make_targets(TINY, faces, None)
    np.testing.assert_allclose(teach(hard, faces, [Sure()], 0.5)[:, 3], 0.5 * hard[:, 3] + 0.5)
    assert teach(hard, faces, [], 0.5) is hard


@pytest.mark.parametrize(("views", "looks"), [("flip", 2), ("tencrop", 10)])
def test_a_teacher_looks_at_as_many_views_as_the_config_says(faces: FaceSet, views: str, looks: int) -> None:
    from train.fit import teach

    seen: list[np.ndarray] = []

    class Watching:
        def predict(self, faces_gray: np.ndarray) -> np.ndarray:
            seen.append(np.ascontiguousarray(faces_gray))
            return np.full((len(faces_gray), 7), 1 / 7, np.float32)

    taught = teach(make_targets(TINY, faces, None), faces, [Watching()], 1.0, views)
    np.testing.assert_allclose(taught, 1 / 7, rtol=1e-6)
    assert len({view.tobytes() for view in seen}) == looks


def test_a_run_begins_with_trained_weights(faces: FaceSet, killed_run: Path, tmp_path: Path) -> None:
    calm = replace(TINY, epochs=1, learning_rate=1e-9, weight_decay=0.0, average_decay=0.0)
    trained = killed_run / RUN_MODEL
    fit(calm, faces, None, tmp_path / "second", start=[trained])
    first, second = (weights_of(run)[0] for run in (killed_run, tmp_path / "second"))
    np.testing.assert_allclose(first, second, atol=1e-6)
    other = replace(calm, build=partial(attune_resnet, stem=16, widths=(16,)))
    for config, start in ((other, trained), (calm, tmp_path / "none.keras")):
        with pytest.raises(RunError, match=r"Expected a .keras file of the network"):
            fit(config, faces, None, tmp_path / "third", start=[start])
