"""``python -m emotion``: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion import cli
from emotion.cli import main

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: object) -> int:
    """Exit code of ``python -m emotion …``, in this process."""
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    return int(stopped.value.code or 0)


@pytest.fixture
def face_file(tmp_path: Path, astronaut_bgr: np.ndarray) -> Path:
    path = tmp_path / "face.png"
    cv2.imwrite(str(path), astronaut_bgr)
    return path


@pytest.fixture
def clip(tmp_path: Path, astronaut_bgr: np.ndarray) -> Path:
    """One second of a face, ten frames."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (512, 512))
    for _ in range(10):
        writer.write(astronaut_bgr)
    writer.release()
    return path


class TestPhoto:
    def test_json_is_a_line_a_photo_and_bad_files_are_told_on_stderr(self, face_file, tmp_path, capsys):
        bad = tmp_path / "bad.jpg"
        bad.write_text("Dear diary")
        assert run("photo", face_file, bad, face_file, "--json") == 1
        out, err = capsys.readouterr()
        records = [json.loads(line) for line in out.splitlines()]
        assert [r["path"] for r in records] == [str(face_file)] * 2
        assert records[0]["mood"]["dominant"] == "happy"
        assert f"{bad}: Expected a JPEG" in err
        assert "a text file" in err

    def test_words_for_people(self, face_file, tiny_model, capsys):
        assert run("photo", face_file, "--model", tiny_model) == 0
        out = capsys.readouterr().out
        assert f"{face_file}: 1 face, mood" in out
        assert "valence" in out

    def test_a_model_that_is_not_there_is_one_line(self, face_file, capsys):
        assert run("photo", face_file, "--model", "no such model") == 1
        assert capsys.readouterr().err.startswith("Error: Expected")


class TestVideo:
    def test_json_is_a_line_a_moment_with_its_time(self, clip, tiny_model, tmp_path, capsys):
        broken = tmp_path / "broken.mp4"
        broken.write_text("no film")
        assert run("video", broken, clip, "--rate", 5, "--json", "--model", tiny_model) == 1
        out, err = capsys.readouterr()
        records = [json.loads(line) for line in out.splitlines()]
        assert [r["t_s"] for r in records] == [0.0, 0.2, 0.4, 0.6, 0.8]
        assert list(records[0])[:2] == ["path", "t_s"]
        assert len(records[-1]["faces"]) == 1
        assert str(broken) in err


class TestFolder:
    @pytest.mark.slow
    def test_a_table_and_its_rows(self, face_file, tiny_model, tmp_path, capsys):
        (tmp_path / "bad.jpg").write_text("Dear diary")
        out = tmp_path / "moods.parquet"
        arguments = ("folder", tmp_path, "--out", out, "--workers", 1, "--model", tiny_model, "--json")
        assert run(*arguments) == 1
        told, err = capsys.readouterr()
        rows = [json.loads(line) for line in told.splitlines()]
        assert [r["path"] for r in rows] == ["bad.jpg", "face.png"]
        assert "bad.jpg: Expected" in err
        assert "2 read, 1 failed" in err

    def test_no_folder_is_wrong_usage(self, tmp_path, capsys):
        assert run("folder", tmp_path / "gone", "--out", tmp_path / "t.parquet") == 2
        assert run("folder", tmp_path, "--out", tmp_path / "t.parquet", "--engine", "steam") == 2
        assert "processes or ray" in capsys.readouterr().err


class TestCamera:
    def test_a_clip_plays_the_camera(self, clip, tiny_model, capsys):
        options = ("--device", clip, "--rate", 5, "--readings", 3, "--model", tiny_model)
        assert run("camera", *options, "--json") == 0
        records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [r["t_s"] for r in records] == pytest.approx([0.0, 0.2, 0.4])
        assert len(records[-1]["faces"]) == 1

    def test_people_get_words(self, clip, tiny_model, capsys):
        assert run("camera", "--device", clip, "--model", tiny_model) == 0
        assert "1 face" in capsys.readouterr().out

    def test_without_a_camera_one_line_says_so(self, tiny_model, tmp_path, capsys):
        assert run("camera", "--device", tmp_path / "no-such-device", "--model", tiny_model) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert "Error: Expected a camera" in err


@pytest.mark.parametrize(
    "arguments", [("photo",), ("dance",), ("video", "x.mp4", "--rate", "0"), ("folder", "."), ()]
)
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    assert run(*arguments) == 2
    capsys.readouterr()


@pytest.mark.parametrize("command", ["photo", "video", "folder", "camera"])
def test_help_teaches_by_example(command, capsys):
    assert run(command, "--help") == 0
    assert f"python -m emotion {command}" in capsys.readouterr().out


def test_help_loads_nothing_heavy():
    code = (
        "import sys, emotion.cli\n"
        "heavy = {'cv2', 'av', 'ai_edge_litert', 'pyarrow', 'tensorflow'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_interrupted_it_says_so(monkeypatch, capsys):
    def interrupt(args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupt)
    assert run("photo", "x.jpg") == 130
    assert "Stopped" in capsys.readouterr().err
