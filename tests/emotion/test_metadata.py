"""A model whose metadata is not this project's is refused."""

from __future__ import annotations

import json

import pytest

from emotion.errors import ModelMetadataError
from emotion.installed import load_classifier
from emotion.labels import LABELS
from emotion.metadata import METADATA_FILE, ModelMetadata


def test_survives_a_round_trip(tmp_path):
    saved = ModelMetadata(
        name="m", version="2", temperature=1.25, parameters=7, metrics={"PublicTest": {"accuracy": 0.7}}
    )
    saved.save(tmp_path / "new")
    assert ModelMetadata.load(tmp_path / "new") == saved
    assert [p.name for p in (tmp_path / "new").iterdir()] == [METADATA_FILE]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label_order": sorted(LABELS)}, "label_order: expected the labels"),
        ({"label_order": list(LABELS[:6])}, "label_order: expected the labels"),
        ({"input_shape": [224, 224, 3]}, r"input_shape: expected the input shape \[48, 48, 1\]"),
        ({"color_order": "bgr"}, "color_order"),
        ({"temperature": 0}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"name": ""}, "name"),
        ({"version": None}, "version"),
    ],
)
def test_a_model_that_is_not_ours_is_refused(model_folder, change, message):
    path = model_folder / METADATA_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelMetadataError, match=message):
        load_classifier(model_folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00"])
def test_a_broken_file_is_refused(model_folder, content):
    (model_folder / METADATA_FILE).write_bytes(content)
    with pytest.raises(ModelMetadataError, match=r"Received: .*metadata\.json"):
        load_classifier(model_folder)


def test_a_missing_file_is_refused(model_folder):
    (model_folder / METADATA_FILE).unlink()
    with pytest.raises(ModelMetadataError, match="beside the model"):
        load_classifier(model_folder)


def test_fields_of_a_later_version_do_no_harm(model_folder):
    path = model_folder / METADATA_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"colour_of_the_box": "blue"}))
    assert load_classifier(model_folder).model_version == "tiny@1"
