"""Upright frames of the usual containers, and every kind of broken file."""

from __future__ import annotations

import io
import json
import queue
import re
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from emotion.errors import VideoError
from emotion.video.analyze import VideoReading, analyze_video
from emotion.video.clip import VideoLimits, video_info
from tests.emotion.clip_files import clip, moving, mutated, portrait, sound, steady, wall
from tests.emotion.video.reading import read
from tests.fakes import BoxesAt, FakeAnalyzer

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "libx264"), ("mov", "libx264"), ("webm", "libvpx"), ("matroska", "libx264"), ("avi", "mpeg4")],
)
def test_the_usual_containers_are_read(container: str, codec: str) -> None:
    content = clip(steady(1, 10), wall(), container=container, codec=codec)
    info = video_info(io.BytesIO(content))
    assert (info.width_px, info.height_px) == (320, 240)
    assert info.duration_s == pytest.approx(1.0, abs=0.15)
    assert len(read(content)) == 10


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_clip_is_read_upright(turn: int) -> None:
    upright = portrait((320, 240))
    stored = np.rot90(upright, turn // 90).copy()  # counter-clockwise: the player turns it back
    content = clip(steady(0.5, 10), stored, turn_clockwise_deg=turn)
    info = video_info(io.BytesIO(content))
    assert (info.width_px, info.height_px, info.rotation_deg) == (320, 240, turn)
    analyzer = FakeAnalyzer()
    read(content, analyzer)
    assert analyzer.seen[0].shape == upright.shape
    assert np.abs(analyzer.seen[0].astype(int) - upright).mean() < 6


# a, b, c, d of the display matrix -> what a camera that asks for it has stored of the upright picture.
MATRICES: dict[tuple[int, int, int, int], Callable[[np.ndarray], np.ndarray]] = {
    (1, 0, 0, 1): lambda upright: upright,
    (-1, 0, 0, 1): lambda upright: upright[:, ::-1],
    (1, 0, 0, -1): lambda upright: upright[::-1],
    (-1, 0, 0, -1): lambda upright: upright[::-1, ::-1],
    (0, 1, -1, 0): lambda upright: np.rot90(upright, 1),
    (0, -1, 1, 0): lambda upright: np.rot90(upright, -1),
    (0, 1, 1, 0): lambda upright: upright.transpose(1, 0, 2),
    (0, -1, -1, 0): lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
}


def with_matrix(content: bytes, a: int, b: int, c: int, d: int) -> bytes:
    """An MP4 with another display matrix in the header of its track."""
    plain = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    other = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    at = content.index(plain, content.index(b"tkhd"))
    return content[:at] + other + content[at + len(plain) :]


@pytest.mark.parametrize("matrix", MATRICES)
def test_a_clip_that_is_turned_or_mirrored_by_its_matrix_is_read_as_players_show_it(
    matrix: tuple[int, int, int, int],
) -> None:
    upright = portrait((320, 240))
    upright[:60, :80] = (0, 0, 255)
    stored = np.ascontiguousarray(MATRICES[matrix](upright))
    content = with_matrix(clip(steady(0.5, 10), stored), *matrix)
    info = video_info(io.BytesIO(content))
    assert (info.width_px, info.height_px) == (320, 240)
    a, b, c, d = matrix
    assert info.mirrored == (a * d - b * c < 0)
    analyzer = FakeAnalyzer()
    read(content, analyzer)
    assert np.abs(analyzer.seen[0].astype(int) - upright).mean() < 8


@pytest.mark.parametrize("container", ["matroska", "webm"])
def test_a_clip_whose_time_does_not_begin_at_zero_is_whole(container: str) -> None:
    codec = "libvpx" if container == "webm" else "libx264"
    late = clip([10 + t for t in steady(4, 10)], moving, container=container, codec=codec)
    info = video_info(io.BytesIO(late))
    assert info.duration_s == pytest.approx(4.0, abs=0.15)
    times = [r.t_s for r in read(late)]
    assert times == pytest.approx(steady(4, 10), abs=0.01)
    with pytest.raises(VideoError, match="breaks off after"):
        read(late[: int(len(late) * 0.6)])


def test_a_late_clip_that_tells_its_length_and_not_its_last_time_is_whole_too() -> None:
    late = bytearray(clip([3 + t for t in steady(6, 10)], moving, container="matroska"))
    at = late.index(b"\x44\x89\x88") + 3  # Segment\\Info\\Duration, a float of 8 bytes, in milliseconds
    told_ms = struct.unpack_from(">d", late, at)[0]
    assert told_ms == pytest.approx(9000, abs=150)
    struct.pack_into(">d", late, at, told_ms - 3000)
    assert video_info(io.BytesIO(bytes(late))).duration_s == pytest.approx(6.0, abs=0.15)
    assert len(read(bytes(late))) == 60


def test_an_avi_that_is_cut_off_says_so() -> None:
    whole = clip(steady(5, 15), moving, container="avi", codec="mjpeg")
    assert len(read(whole)) == 50
    assert video_info(io.BytesIO(whole)).duration_s == pytest.approx(5.0, abs=0.15)
    readings: list[VideoReading] = []
    with pytest.raises(VideoError, match=r"whole video of 5\.0 s.*breaks off after"):
        readings.extend(analyze_video(io.BytesIO(whole[: int(len(whole) * 0.6)]), analyzer=BoxesAt()))
    assert 10 < len(readings) < 40


def test_an_animated_gif_is_a_clip() -> None:
    frames = [Image.fromarray(moving(n / 10)[..., ::-1]) for n in range(12)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=100)
    content = buffer.getvalue()
    assert [r.t_s for r in read(content)] == pytest.approx(steady(1.2, 10), abs=0.01)
    with pytest.raises(VideoError, match="breaks off after"):
        read(content[: len(content) // 2])


def test_a_bare_stream_of_h264_is_a_clip() -> None:
    container = av.open(io.BytesIO(clip(steady(3, 30), moving, container="mpegts")))
    bare = b"".join(bytes(packet) for packet in container.demux(video=0))
    info = video_info(io.BytesIO(bare))
    assert (info.container, info.duration_s) == ("h264", None)
    times = [r.t_s for r in read(bare, rate_hz=60)]
    assert len(times) == 90
    assert times == sorted(set(times))
    assert times[-1] == pytest.approx(89 / info.rate_hz, rel=0.01)


@pytest.mark.parametrize("source", [0, None, 1.5])
def test_a_camera_s_number_is_told_what_to_call(source: object) -> None:
    for action in (analyze_video, video_info):
        with pytest.raises(TypeError, match="analyze_camera"):
            action(source)


@pytest.mark.parametrize("source", ["0", "rtsp://camera.local/stream"])
def test_an_address_or_a_number_for_a_path_is_told_what_to_call(source: str) -> None:
    with pytest.raises(VideoError, match=r"No such file.*analyze_camera"):
        list(analyze_video(source, analyzer=BoxesAt()))


def test_sound_beside_the_picture_does_no_harm() -> None:
    assert len(read(clip(steady(1, 10), wall(), sound_s=1.0))) == 10


def test_a_path_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "holiday: http.jpg"
    path.write_bytes(clip(steady(0.5, 10), wall()))
    assert len(list(analyze_video(path, analyzer=BoxesAt()))) == 5


# --- files that are wrong ----------------------------------------------------------------------------

WHOLE = clip(steady(4, 10), moving, container="matroska")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"This is a letter.\n" * 40, "a text file"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 600, "a picture"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/secret.ts\n", "a text file"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a text file"),
        (bytes(range(256)) * 8, "no video"),
        (sound(), "a sound without a picture"),
        (clip([], wall(), container="matroska", sound_s=1.0), "single picture"),
        (clip(steady(4, 10), moving)[:-5000], "a damaged or incomplete video"),
        (clip(steady(1, 10), wall()).replace(b"avc1", b"zzzz"), "a video of a kind that is not read here"),
    ],
    ids=["empty", "text", "picture", "playlist", "concat", "noise", "audio", "no-frames", "cut-mp4", "codec"],
)
def test_a_file_that_is_no_video_gets_one_clear_message(content: bytes, words: str) -> None:
    for action in (read, lambda c: video_info(io.BytesIO(c))):
        with pytest.raises(VideoError, match=f"Expected.*Received.*{words}") as caught:
            action(content)
        assert not re.search("Expected|Received", caught.value.page_words)
        assert caught.value.page_words.endswith("Choose a video such as MP4, MOV, WebM, MKV or AVI.")


@pytest.mark.parametrize("missing", [False, True])
def test_an_unreadable_file_gets_one_clear_message(tmp_path: Path, missing: bool) -> None:
    path = tmp_path / "nothing.mp4" if missing else tmp_path
    with pytest.raises(VideoError, match="can be read"):
        list(analyze_video(path, analyzer=BoxesAt()))


def test_what_a_cut_video_still_holds_comes_before_the_error() -> None:
    readings: list[VideoReading] = []
    with pytest.raises(VideoError, match="breaks off after"):
        readings.extend(analyze_video(io.BytesIO(WHOLE[: len(WHOLE) // 2]), analyzer=BoxesAt()))
    assert 5 < len(readings) < 35


def test_a_cut_fast_start_video_says_so_too() -> None:
    content = clip(steady(4, 10), moving, options={"movflags": "frag_keyframe+empty_moov"})
    assert len(read(content)) == 40
    with pytest.raises(VideoError, match="breaks off after"):
        read(content[: len(content) // 2])


def test_damage_in_the_middle_is_left_out() -> None:
    wrong = bytearray(clip(steady(4, 10), moving))
    wrong[len(wrong) // 2 : len(wrong) // 2 + 200] = bytes(200)
    assert len(read(bytes(wrong))) >= 35


def test_a_video_beyond_the_limits_is_refused_before_it_is_decoded() -> None:
    content = clip(steady(1, 10), wall())
    with pytest.raises(VideoError, match="megapixels"):
        read(content, limits=VideoLimits(max_pixels=320 * 100))
    with pytest.raises(VideoError, match="minutes"):
        read(content, limits=VideoLimits(max_duration_s=0.5))


def test_time_stamps_beyond_the_limit_end_the_reading() -> None:
    content = clip([0, 0.1, 0.2, 5000.0], wall(), container="webm", codec="libvpx")
    with pytest.raises(VideoError, match="minutes"):
        read(content, limits=VideoLimits(max_duration_s=60))


# --- mutations ---------------------------------------------------------------------------------------

MEMORY_BYTES = 1_500_000_000
STILL_S = 10.0
CHILD = f"""
import io, json, resource, sys
resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY_BYTES}, {MEMORY_BYTES}))
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
from bench._memory import peak_bytes
from emotion.errors import VideoError
from emotion.video.analyze import analyze_video
from tests.emotion.clip_files import mutated
from tests.fakes import BoxesAt

sources = [open(path, "rb").read() for path in sys.argv[1:]]
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    which, changes, cut = json.loads(line)
    wrong = io.BytesIO(mutated(sources[which], changes, cut))
    try:
        answer = sum(1 for _ in analyze_video(wrong, analyzer=BoxesAt()))
    except VideoError as error:
        answer = str(error)
    print(json.dumps([answer, peak_bytes()]), flush=True)
"""


class Reader:
    """A process with bounds that reads damaged clips; whoever asks it waits for ``STILL_S`` at most."""

    def __init__(self, paths: list[Path]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *map(str, paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._collect, daemon=True).start()
        assert self.answer(60) == "ready"

    def _collect(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def answer(self, patience_s: float):
        line = self.lines.get(timeout=patience_s)
        assert line, f"the process has ended: {self.process.wait(10)}"
        return json.loads(line)

    def read(self, which: int, changes: list[tuple[float, int]], cut: float) -> tuple[int | str, int]:
        self.process.stdin.write(json.dumps([which, changes, cut]) + "\n")
        self.process.stdin.flush()
        return self.answer(STILL_S)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("clips")
    paths = [folder / "a.mkv", folder / "b.mp4"]
    paths[0].write_bytes(WHOLE)
    paths[1].write_bytes(clip(steady(2, 10), moving, sound_s=2.0))
    child = Reader(paths)
    yield child
    child.process.kill()
    child.process.communicate()


# The head of a file, where sizes and counts stand, is hit as often as all the rest.
PLACES = st.one_of(st.floats(0, 1), st.floats(0, 0.03), st.floats(0.95, 1))


@settings(max_examples=20, deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
@given(
    which=st.integers(0, 1),
    changes=st.lists(st.tuples(PLACES, st.integers(0, 255)), min_size=1, max_size=60),
    cut=st.one_of(st.just(1.0), st.floats(0.01, 1)),
)
def test_mutated_clips_neither_crash_nor_hang_nor_swell(
    reader: Reader, which: int, changes: list[tuple[float, int]], cut: float
) -> None:
    answer, peak = reader.read(which, changes, cut)
    assert isinstance(answer, int) or "Received" in answer
    assert peak <= MEMORY_BYTES


def test_a_mutation_is_what_it_says() -> None:
    assert mutated(b"abcd", [(0.0, 65)], 0.5) == b"Ab"
