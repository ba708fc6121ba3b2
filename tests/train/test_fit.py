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

from tests.train.tiny_configs import TINY, TWO_HEADS
from tests.train.tiny_data import make_faces
from train import schedule
from train.augmentation_options import AugmentationOptions
from train.batches import AugmentedBatches, make_targets, smooth
from train.cli import main
from train.errors import ConfigError, DatasetError, RunError
from train.faceset import FaceSet, Votes
from train.files import RUN_MODEL
from train.fit import SELF_TEACHER_FILE, TEACHER_FILE, EndOfEpoch, Lessons, fit, teach
from train.lineage import read_lineage
from train.models import attune_resnet, plain_cnn
from train.progress import read_log
from train.schedule import Stage, rate_at, stages


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


@pytest.mark.slow
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


def test_votes_of_another_data_set_are_refused(faces: FaceSet, votes: Votes, tmp_path: Path) -> None:
    strangers = Votes({f"other/{name}": row for name, row in votes.items()})
    with pytest.raises(DatasetError, match=r"votes for most of the .* Received: votes for 0"):
        fit(replace(TINY, targets="ferplus"), faces, strangers, tmp_path)


def test_targets_mix_labels_and_votes(faces: FaceSet, votes: Votes) -> None:
    few = faces.take(np.arange(7))
    hard = make_targets(TINY, few, None)
    assert hard.argmax(1).tolist() == few.labels.tolist()
    soft = make_targets(replace(TINY, targets="ferplus"), few, votes)
    assert soft[0] == pytest.approx([8 / 9, 0, 0, 0, 0, 0, 1 / 9])
    blend = make_targets(replace(TINY, targets="blend", fer_share=0.7), few, votes)
    np.testing.assert_allclose(blend, 0.7 * hard + 0.3 * soft, atol=1e-6)
    silent = Votes({name: np.zeros(10, np.float32) for name in few.names})
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


@pytest.mark.slow
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
        batch_size=8,
    )
    few = faces.take(np.arange(0, len(faces), 5))
    seen: list[bool] = []

    class Look(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            seen.append(self.model.get_layer("backbone").trainable)

    assert fit(config, few, None, tmp_path, callbacks=[Look()]).epochs == 2
    assert seen == [False, True]


@pytest.mark.slow
def test_several_starts_begin_with_the_mean_of_their_weights(tmp_path: Path) -> None:
    from train.weights import begin_with

    models = [TINY.build() for _ in range(3)]
    for n, model in enumerate(models[:2]):
        model.set_weights([np.full(w.shape, 1.0 + 2 * n, np.float32) for w in model.weights])
        model.save(tmp_path / f"{n}.keras")
    begin_with(models[2], [tmp_path / "0.keras", tmp_path / "1.keras"])
    assert all((np.asarray(w) == 2.0).all() for w in models[2].get_weights())


@pytest.mark.slow
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


def test_a_teacher_moves_the_targets_that_are_there(faces: FaceSet) -> None:
    from train.fit import teach

    hard = make_targets(TINY, faces, None)
    answers = np.tile(np.eye(7, dtype=np.float32)[3], (len(faces), 1))
    np.testing.assert_allclose(teach(hard, answers, 0.5)[:, 3], 0.5 * hard[:, 3] + 0.5)
    hard[0] = 0
    assert teach(hard, answers, 0.5)[0].tolist() == [0] * 7


class Watching:
    """A teacher that answers alike to every face, and remembers what it was shown."""

    def __init__(self, *shape: int) -> None:
        self.shape = shape
        self.seen: list[bytes] = []

    def predict(self, faces_gray: np.ndarray) -> np.ndarray:
        self.seen.append(np.ascontiguousarray(faces_gray).tobytes())
        return np.full((len(faces_gray), *self.shape), 1 / 7, np.float32)


@pytest.mark.slow
@pytest.mark.parametrize(("views", "looks"), [("flip", 2), ("tencrop", 10)])
def test_a_teacher_looks_at_as_many_views_as_the_config_says_once(
    faces: FaceSet, tmp_path: Path, views: str, looks: int
) -> None:
    config = replace(TINY, epochs=1, teacher_views=views)
    teacher = Watching(7)
    fit(config, faces, None, tmp_path, teachers=[teacher])
    assert len(set(teacher.seen)) == len(teacher.seen) == looks
    # What it answered is kept for a run that is gone on with.
    fit(config, faces, None, tmp_path, teachers=[teacher], resume=True)
    assert len(teacher.seen) == looks


@pytest.mark.slow
def test_two_heads_are_taught_by_one_teacher_of_two_or_by_one_each(
    faces: FaceSet, votes: Votes, tmp_path: Path
) -> None:
    config = replace(TWO_HEADS, epochs=1, taught_rounds=(), teacher_views="flip")
    fit(config, faces, votes, tmp_path / "pair", teachers=[Watching(7), Watching(7)])
    fit(config, faces, votes, tmp_path / "one", teachers=[Watching(2, 7)])
    assert np.load(tmp_path / "pair" / TEACHER_FILE).shape == np.load(tmp_path / "one" / TEACHER_FILE).shape
    with pytest.raises(RunError, match=r"one teacher each, in the order fer, ferplus. Received: answers of"):
        fit(config, faces, votes, tmp_path / "wrong", teachers=[Watching(7)])


def test_in_a_taught_round_the_teachers_go_on_teaching(faces: FaceSet, votes: Votes, tmp_path: Path) -> None:
    own, given = np.zeros((2, len(faces), 2, 7), np.float16)
    own[..., 0], given[..., 3] = 1, 1
    targets = make_targets(TWO_HEADS, faces, votes)
    lessons = Lessons(tmp_path, TWO_HEADS, faces.images, targets, [])
    first, taught, _ = stages(TWO_HEADS)
    np.save(tmp_path / SELF_TEACHER_FILE, own)
    alone = lessons.batches(taught).targets
    np.save(tmp_path / TEACHER_FILE, given)
    np.testing.assert_allclose(lessons.batches(first).targets, smooth(teach(targets, given, 0.5), 0.1))
    both = lessons.batches(taught).targets
    np.testing.assert_allclose(alone - both, smooth(teach(targets, own, 0.5), 0.1) - both)
    np.testing.assert_allclose(both, smooth(teach(targets, (own + given) / 2, 0.5), 0.1), atol=1e-6)


def test_a_pretrained_network_settles_on_faces_before_it_learns(faces: FaceSet, tmp_path: Path) -> None:
    config = replace(TINY, epochs=1)
    moments: list[float] = []

    class First(keras.callbacks.Callback):
        def on_train_begin(self, logs: object = None) -> None:
            norm = next(x for x in self.model.layers if isinstance(x, keras.layers.BatchNormalization))
            moments.append(float(np.abs(norm.get_weights()[2]).max()))
            raise ConnectionAbortedError("seen enough")

    for number, words in enumerate(("", "features of others")):
        with pytest.raises(ConnectionAbortedError):
            fit(replace(config, pretrained=words), faces, None, tmp_path / str(number), callbacks=[First()])
    assert moments[0] == 0 < moments[1]


def test_both_label_sets_are_targets_and_a_face_without_votes_weighs_nothing(
    faces: FaceSet, votes: Votes
) -> None:
    few = Votes(votes)
    few[faces.names[0]] = np.zeros(10, np.float32)
    targets = make_targets(TWO_HEADS, faces, few)
    assert targets.shape == (len(faces), 2, 7)
    np.testing.assert_array_equal(targets[:, 0], make_targets(TINY, faces, None))
    np.testing.assert_allclose(targets[1, 1].sum(), 1, atol=1e-6)
    assert targets[0, 1].tolist() == [0] * 7
    assert smooth(targets, 0.1)[0, 1].tolist() == [0] * 7
    calm = replace(TWO_HEADS, augmentation=AugmentationOptions(mixup_probability=0.0))
    batches = AugmentedBatches(faces.images, targets, calm)
    index = next(n for n in range(len(batches)) if 0 in batches.order[n * 32 : (n + 1) * 32])
    rows = batches.order[index * 32 : (index + 1) * 32].tolist()
    weight = keras.ops.convert_to_numpy(batches[index][2])
    assert weight.shape == (32, 2)
    assert weight[rows.index(0)].tolist()[1] == 0 and (np.delete(weight, rows.index(0), 0) > 0).all()


@pytest.mark.slow
def test_rounds_end_alike_whether_broken_off_or_not(faces: FaceSet, votes: Votes, tmp_path: Path) -> None:
    unbroken = fit(TWO_HEADS, faces, votes, tmp_path / "unbroken")
    for epochs in (1, 2, 3):
        with pytest.raises(ConnectionAbortedError):
            fit(TWO_HEADS, faces, votes, tmp_path / "broken", resume=True, callbacks=[StopAfter(epochs)])
    resumed = fit(TWO_HEADS, faces, votes, tmp_path / "broken", resume=True)
    assert unbroken.epochs == resumed.epochs == 4
    for first, second in zip(weights_of(tmp_path / "unbroken"), weights_of(tmp_path / "broken"), strict=True):
        np.testing.assert_allclose(first, second, atol=2e-5)
    # The last round has a teacher, a cosine and an average of its own.
    assert np.load(tmp_path / "broken" / SELF_TEACHER_FILE).shape[1:] == (2, 7)
    rates = [row["learning_rate"] for row in read_log(tmp_path / "unbroken/log.csv")]
    assert rates[1] > 0.01 > rates[2] > rates[3]
    unaveraged = keras.models.load_model(tmp_path / "unbroken/state-0004.keras").get_weights()
    with np.load(tmp_path / "unbroken/average-0004.npz") as average:
        for now, name in zip(unaveraged, average.files, strict=True):
            np.testing.assert_allclose(now, average[name], atol=1e-6)


def test_each_round_has_its_own_targets_and_augmentation(tmp_path: Path) -> None:
    targets, answers = np.eye(7, dtype=np.float32), np.full((7, 7), 1 / 7, np.float16)
    lessons = Lessons(tmp_path, TWO_HEADS, np.zeros((7, 48, 48, 1), np.uint8), targets, ())
    np.save(tmp_path / SELF_TEACHER_FILE, answers)
    untaught, first, last = (lessons.batches(stage) for stage in stages(TWO_HEADS))
    smoothing = TWO_HEADS.label_smoothing
    np.testing.assert_allclose(untaught.targets, smooth(targets, smoothing))
    half_taught = teach(targets, answers.astype(np.float32), TWO_HEADS.distill_share)
    np.testing.assert_allclose(first.targets, smooth(half_taught, smoothing))
    np.testing.assert_allclose(last.targets, teach(targets, answers.astype(np.float32), 0.2))
    assert first.config.augmentation == TWO_HEADS.augmentation
    assert last.config.augmentation == TWO_HEADS.augmentation.scaled(0.5)
    assert last.config.class_balance == 1.0


def test_the_first_round_needs_a_teacher() -> None:
    with pytest.raises(ConfigError, match=r"fewer than 3 epochs\. Received: 3"):
        stages(replace(TWO_HEADS, epochs=3))


@pytest.mark.slow
def test_no_epoch_on_smaller_faces_is_kept_for_the_best(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = EndOfEpoch._answers

    def sure_while_small(self: EndOfEpoch, epoch: int) -> np.ndarray:
        return self.held[1] if epoch == 0 else answers(self, epoch)

    monkeypatch.setattr(EndOfEpoch, "_answers", sure_while_small)
    config = replace(TINY, epochs=2, small_epochs=1, average_decay=0.0)
    result = fit(config, faces, None, tmp_path)
    assert result.best_epoch == 2
    last = keras.models.load_model(tmp_path / "state-0002.keras", compile=False).get_weights()
    for kept, now in zip(weights_of(tmp_path), last, strict=True):
        np.testing.assert_allclose(kept, now, atol=1e-6)


def test_a_network_for_one_size_of_face_cannot_begin_with_smaller_ones(
    faces: FaceSet, tmp_path: Path
) -> None:
    config = replace(TINY, build=plain_cnn, small_epochs=1)
    with pytest.raises(ConfigError, match=r"small_epochs=0 for a network.*Received: 1 for .*plain_cnn"):
        fit(config, faces, None, tmp_path)


@pytest.mark.slow
def test_a_run_out_of_time_ends_with_a_rate_of_nothing(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(np.arange(0, 1e6, 1.0))
    monkeypatch.setattr(schedule.time, "monotonic", lambda: next(clock))
    result = fit(replace(TINY, epochs=50, max_hours=30 / 3600), faces, None, tmp_path)
    assert result.stopped == "done" and result.epochs < 50
    assert read_log(tmp_path / "log.csv")[-1]["learning_rate"] < 0.01 * TINY.learning_rate
    assert fit(replace(TINY, epochs=50), faces, None, tmp_path, resume=True).epochs == result.epochs


def test_the_rate_climbs_and_falls_to_nothing() -> None:
    stage = Stage(10, 0.4)
    rates = [rate_at(stage, p, 2.0) for p in np.linspace(0, 1, 51)]
    assert rates[0] == pytest.approx(0.004) and max(rates) == pytest.approx(0.4) == rates[10]
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_both_heads_begin_as_the_one_of_a_trained_network(tmp_path: Path) -> None:
    from train.weights import begin_with

    one, two = TINY.build(), TWO_HEADS.build()
    one.save(tmp_path / "one.keras")
    begin_with(two, [tmp_path / "one.keras"])
    faces = np.random.default_rng(0).uniform(0, 255, (3, 48, 48, 1)).astype(np.float32)
    answers = np.asarray(two(faces, training=False))
    for head in range(2):
        np.testing.assert_allclose(answers[:, head], np.asarray(one(faces, training=False)), atol=1e-6)


def test_a_run_begins_with_trained_weights(faces: FaceSet, killed_run: Path, tmp_path: Path) -> None:
    calm = replace(TINY, epochs=1, learning_rate=1e-9, weight_decay=0.0, average_decay=0.0)
    trained = killed_run / RUN_MODEL
    fit(calm, faces, None, tmp_path / "second", start=[trained])
    first, second = (weights_of(run)[0] for run in (killed_run, tmp_path / "second"))
    np.testing.assert_allclose(first, second, atol=1e-6)
    other = replace(calm, build=partial(attune_resnet, stem=16, widths=(32,)))
    for config, start in ((other, trained), (calm, tmp_path / "none.keras")):
        with pytest.raises(RunError, match=r"Expected a .keras file of the network"):
            fit(config, faces, None, tmp_path / "third", start=[start])
