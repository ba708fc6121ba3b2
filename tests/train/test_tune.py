"""A search that several workers share, in a real PostgreSQL server."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.postgres import postgres_for_test
from train.config import TrainConfig
from train.errors import RunError
from train.faceset import FaceSet
from train.models import attune_resnet
from train.tune import tune

TINY = TrainConfig(
    name="tiny",
    build=partial(attune_resnet, stem=16, widths=(16,)),
    epochs=1,
    batch_size=32,
    holdout=0.15,
    mixed_precision=False,
)


def test_a_database_that_cannot_be_used_is_named_without_its_password(faces: FaceSet, tmp_path: Path) -> None:
    address = "nosuch://somebody:secret@host/studies"
    with pytest.raises(RunError, match=r"Received: nosuch://…@host/studies") as refused:
        tune(TINY, faces, None, tmp_path, source="tiny", trials=1, epochs=1, storage=address)
    assert "secret" not in str(refused.value)


@pytest.mark.postgres
def test_two_workers_share_one_search(faces: FaceSet, tmp_path: Path) -> None:
    server = postgres_for_test()
    try:
        address = server.new_address()
        for worker, trials in (("one", 1), ("two", 2)):
            study = tune(
                TINY, faces, None, tmp_path / worker, source="tiny", trials=trials, epochs=1, storage=address
            )
        assert len(study.trials) == 2, "the second worker went on from the first one's trial"
        assert not (tmp_path / "two" / "study.db").exists()
        assert (tmp_path / "two" / "best.py").is_file()
    finally:
        server.close()
