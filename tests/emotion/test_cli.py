"""``python -m emotion``: what it prints, where, and with which exit code."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

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

    def test_what_a_person_should_know_is_told_beside_the_result(self, tiny_model, tmp_path, capsys):
        path = tmp_path / "moving.gif"
        frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue", "lime")]
        frames[0].save(path, save_all=True, append_images=frames[1:])
        assert run("photo", path, "--json", "--model", tiny_model) == 0
        out, err = capsys.readouterr()
        assert json.loads(out)["frames"] == 3
        assert f"{path}: The file holds 3 frames or pages. Only the first was read." in err

    def test_a_name_with_line_breaks_is_one_line(self, face_file, tiny_model, tmp_path, capsys):
        odd = face_file.rename(tmp_path / "two\nlines\x1b[2J.png")
        bad = tmp_path / "bad\r\n.jpg"
        bad.write_text("Dear diary")
        assert run("photo", odd, bad, "--model", tiny_model) == 1
        out, err = capsys.readouterr()
        assert out.splitlines()[0].startswith(f"{tmp_path}/two\\nlines\\x1b[2J.png: 1 face")
        assert f"{tmp_path}/bad\\r\\n.jpg: Expected" in err
        assert "\x1b" not in out + err
        assert run("photo", odd, "--json", "--model", tiny_model) == 0
        assert json.loads(capsys.readouterr().out)["path"] == str(odd)

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
        assert "1 read, 1 failed, 0 known from before" in err

    @pytest.mark.slow
    def test_a_name_that_ends_in_csv_is_written_as_csv(self, face_file, tiny_model, tmp_path, capsys):
        (tmp_path / "=1+1.jpg").write_text("Dear diary")
        out = tmp_path / "out" / "moods.csv"
        arguments = ("folder", tmp_path, "--out", out, "--workers", 1, "--model", tiny_model)
        assert run(*arguments) == 1
        with out.open(encoding="utf-8-sig", newline="") as file:
            bad, good = csv.DictReader(file)
        assert bad["path"] == "'=1+1.jpg" and "a text file" in bad["error"]
        assert (good["path"], good["face"], good["error"]) == ("face.png", "1", "")
        assert float(good["width_px"]) == pytest.approx(90, abs=15)
        capsys.readouterr()
        assert run(*arguments) == 1
        assert "0 read, 1 failed, 1 known from before" in capsys.readouterr().err

    def test_a_table_of_another_kind_is_refused_before_the_work(self, tmp_path, tiny_model, capsys):
        assert run("folder", tmp_path, "--out", tmp_path / "moods.xlsx", "--model", tiny_model) == 1
        assert "ends in .parquet or .csv" in capsys.readouterr().err

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

    def test_passwords_of_addresses_are_masked(self, tiny_model, capsys):
        address = "rtsp://me:s3cret@127.0.0.1:9/stream?token=abc"
        for command in (("camera", "--device", address), ("video", address), ("photo", address)):
            assert run(*command, "--model", tiny_model) == 1
            out, err = capsys.readouterr()
            assert "me:***@" in err
            assert "s3cret" not in out + err and "abc" not in out + err

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


@pytest.mark.parametrize(
    ("command", "interrupted", "said"),
    [
        ("photo", "emotion.photo.analyze_photo", "0 of 2 photos were read."),
        ("video", "emotion.video.clip.video_info", "0 of 2 videos were read to their end, 0 moments in all."),
        ("folder", "emotion.folder.run.analyze_folder", "the same command goes on from here."),
        ("camera", "emotion.camera.analyze_camera", "0 readings were made."),
    ],
)
def test_interrupted_it_says_what_was_done(
    command, interrupted, said, tiny_model, tmp_path, monkeypatch, capsys
):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(interrupted, interrupt)
    inputs = {
        "photo": ("a.jpg", "b.jpg"),
        "video": ("a.mp4", "b.mp4"),
        "folder": (tmp_path, "--out", tmp_path / "t.parquet"),
        "camera": (),
    }[command]
    assert run(command, *inputs, "--model", tiny_model) == 130
    err = capsys.readouterr().err
    assert "Stopped. " in err
    assert said in err


def test_stderr_is_for_what_went_wrong(face_file, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "emotion", "photo", str(face_file)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "happy" in done.stdout
    assert done.stderr == ""
