"""Clips: moments by time stamps, upright frames, several people, nobody, and every kind of broken file."""

from __future__ import annotations

import io
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emotion.errors import VideoError
from emotion.labels import Emotion
from emotion.types import EmotionScores, FaceBox, SmoothingOptions
from emotion.video import (
    VideoLimits,
    VideoReading,
    analyze_video,
    annotate_video,
    persistence_for,
    smoothing_for,
    video_info,
)
from tests.emotion.clip_files import clip, moving, mutated, portrait, sound, steady, wall
from tests.fakes import BoxesAt, FakeAnalyzer

ROOT = Path(__file__).parents[2]
BOX = FaceBox(100, 50, 80, 80, 0.9)
HAPPY = EmotionScores.certain(Emotion.HAPPY, 0.9)


def read(content: bytes, analyzer: object | None = None, **options) -> list[VideoReading]:
    return list(analyze_video(io.BytesIO(content), analyzer=analyzer or BoxesAt(), **options))


# --- moments -----------------------------------------------------------------------------------------


def test_readings_come_at_the_chosen_rate() -> None:
    content = clip(steady(2, 30), wall())
    times = [r.t_s for r in read(content, rate_hz=10)]
    assert times == pytest.approx([n / 10 for n in range(20)], abs=0.002)


def test_a_rate_above_the_clips_own_reads_every_frame_once() -> None:
    assert len(read(clip(steady(1, 15), wall()), rate_hz=60)) == 15


def test_variable_frame_rate_is_read_by_its_time_stamps() -> None:
    # A second at 30 frames, then a still of two seconds, then a second at 5 frames.
    times = [n / 30 for n in range(30)] + [3 + n / 5 for n in range(6)]
    found = [r.t_s for r in read(clip(times, wall()), rate_hz=5)]
    assert found == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 3, 3.2, 3.4, 3.6, 3.8, 4.0], abs=0.002)


def test_the_mood_of_a_clip_is_smoothed_on_the_clips_own_clock() -> None:
    smiling = BoxesAt((BOX, HAPPY))
    readings = read(clip(steady(2, 10), wall()), smiling, smoothing=SmoothingOptions(min_hold_s=0.6))
    assert readings[0].mood.dominant is None
    held = [r.t_s for r in readings if r.mood.dominant is Emotion.HAPPY]
    assert held[0] == pytest.approx(0.6, abs=0.01)
    assert readings[-1].mood.since_s == pytest.approx(0.6, abs=0.01)
    assert all(r.elapsed_ms > 0 for r in readings)


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, 1000.0, float("nan")])
def test_an_impossible_rate_is_refused_at_once(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="Expected a rate"):
        analyze_video(io.BytesIO(b""), rate_hz=rate_hz)


def test_slow_rates_believe_at_once_and_remember_for_longer() -> None:
    assert persistence_for(1) is None
    assert persistence_for(10) is not None
    assert smoothing_for(0.5).forget_after_s == 6
    assert smoothing_for(10).forget_after_s == SmoothingOptions().forget_after_s


def test_cancelling_ends_the_readings_early_and_without_an_error() -> None:
    seen: list[VideoReading] = []
    for reading in analyze_video(
        io.BytesIO(clip(steady(3, 10), wall())), analyzer=BoxesAt(), cancelled=lambda: len(seen) >= 4
    ):
        seen.append(reading)
    assert len(seen) == 4


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_progress_rises_to_the_end(container: str) -> None:
    shares: list[float] = []
    codec = "libvpx" if container == "webm" else "libx264"
    read(clip(steady(2, 10), wall(), container=container, codec=codec), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert 0 <= shares[0] < 0.2


# --- what a clip is ----------------------------------------------------------------------------------


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


def test_boxes_are_in_pixels_of_the_clip_when_frames_are_made_smaller() -> None:
    readings = read(
        clip(steady(0.3, 10), wall((640, 480))),
        BoxesAt((FaceBox(10, 20, 30, 40, 0.9), HAPPY)),
        limits=VideoLimits(max_side_px=320),
    )
    box = readings[0].faces[0].box
    assert (box.x_px, box.y_px, box.width_px, box.height_px) == (20, 40, 60, 80)


def test_a_smiling_face_is_found_and_read() -> None:
    readings = list(analyze_video(io.BytesIO(clip(steady(2, 10), portrait()))))
    assert readings[-1].mood.dominant is Emotion.HAPPY
    # From the first picture on: nobody waits for a second one, as before a camera.
    assert [len(r.faces) for r in readings] == [1] * 20
    assert readings[0].mood.dominant is Emotion.HAPPY


def test_several_people_are_read_in_every_frame() -> None:
    readings = list(analyze_video(io.BytesIO(clip(steady(1, 10), portrait((640, 240), faces=3)))))
    assert {len(r.faces) for r in readings} == {3}


def test_nobody_is_no_error() -> None:
    readings = list(analyze_video(io.BytesIO(clip(steady(1, 10), wall()))))
    assert {len(r.faces) for r in readings} == {0}
    assert readings[-1].mood.dominant is None


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
        (bytes(range(256)) * 8, "a file that is no video"),
        (sound(), "a sound without a picture"),
        (clip([], wall(), container="matroska", sound_s=1.0), "single picture"),
        (clip(steady(4, 10), moving)[:-5000], "a damaged or incomplete video"),
        (clip(steady(1, 10), wall()).replace(b"avc1", b"zzzz"), "a video of a kind that is not read here"),
    ],
    ids=["empty", "text", "picture", "playlist", "concat", "noise", "audio", "no-frames", "cut-mp4", "codec"],
)
def test_a_file_that_is_no_video_gets_one_clear_message(content: bytes, words: str) -> None:
    for action in (read, lambda c: video_info(io.BytesIO(c))):
        with pytest.raises(VideoError, match=f"Expected.*Received.*{words}"):
            action(content)


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
from emotion.video import analyze_video
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


# --- annotated clips ---------------------------------------------------------------------------------


def test_an_annotated_clip_shows_boxes_in_the_colour_of_the_expression() -> None:
    content = clip(steady(1, 10), wall())
    readings = read(content, BoxesAt((BOX, HAPPY)))
    out = io.BytesIO()
    shares: list[float] = []
    assert annotate_video(io.BytesIO(content), readings, out, progress=shares.append)
    info = video_info(io.BytesIO(out.getvalue()))
    assert (info.width_px, info.height_px, info.codec) == (320, 240, "h264")
    assert info.duration_s == pytest.approx(1.0, abs=0.15)
    analyzer = FakeAnalyzer()
    assert len(read(out.getvalue(), analyzer)) == 10
    blue, green, red = analyzer.seen[5][90, 100].astype(int)  # on the box's left edge: yellow for happy
    assert red > 200 and green > 150 and blue < 160
    assert shares == sorted(shares)


def test_an_annotated_clip_of_odd_size_and_turn_is_upright_and_even() -> None:
    content = clip(steady(0.5, 10), portrait((322, 242)), turn_clockwise_deg=90)
    out = io.BytesIO()
    limits = VideoLimits(max_side_px=181)
    assert annotate_video(io.BytesIO(content), [], out, limits=limits)
    info = video_info(io.BytesIO(out.getvalue()))
    assert (info.width_px, info.height_px, info.rotation_deg) == (136, 180, 0)


def heard(content: bytes) -> list[tuple[float, float]]:
    """Start and loudness of the sound, frame by frame."""
    with av.open(io.BytesIO(content)) as written:
        if not written.streams.audio:
            return []
        frames = list(written.decode(audio=0))
    return [(float(f.time or 0), float(np.abs(f.to_ndarray()).max())) for f in frames]


@pytest.mark.parametrize(
    ("container", "codec"), [("mp4", "libx264"), ("matroska", "libx264"), ("webm", "libvpx")]
)
def test_an_annotated_clip_keeps_its_sound(container: str, codec: str) -> None:
    content = clip(steady(2, 10), wall(), container=container, codec=codec, sound_s=2.0)
    out = io.BytesIO()
    assert annotate_video(io.BytesIO(content), [], out)
    frames = heard(out.getvalue())
    assert frames[0][0] == pytest.approx(0.0, abs=0.1)
    assert frames[-1][0] == pytest.approx(2.0, abs=0.15)
    assert sum(loud > 0.05 for _, loud in frames) > 0.9 * len(frames)
    assert max(np.diff([at for at, _ in frames])) < 0.06, "no gap"
    assert video_info(io.BytesIO(out.getvalue())).duration_s == pytest.approx(2.0, abs=0.15)


def test_an_annotated_clip_without_sound_stays_without() -> None:
    out = io.BytesIO()
    assert annotate_video(io.BytesIO(clip(steady(1, 10), wall())), [], out)
    assert heard(out.getvalue()) == []


def test_a_damaged_sound_does_not_keep_the_picture_from_being_written() -> None:
    content = clip(steady(2, 10), wall(), sound_s=2.0)
    with av.open(io.BytesIO(content)) as whole:
        spots = [(p.pos, p.size) for p in whole.demux(audio=0) if p.pos is not None and p.size]
    spoilt = bytearray(content)
    for pos, size in spots[10:60]:
        spoilt[pos : pos + size] = b"\xff" * size
    out = io.BytesIO()
    assert annotate_video(io.BytesIO(bytes(spoilt)), [], out)
    frames = heard(out.getvalue())
    assert len(frames) >= 10
    with av.open(io.BytesIO(out.getvalue())) as written:
        assert len(list(written.decode(video=0))) == 20


def test_a_cancelled_annotation_says_so() -> None:
    content = clip(steady(1, 10), wall())
    assert not annotate_video(io.BytesIO(content), [], io.BytesIO(), cancelled=lambda: True)


def test_annotating_what_is_no_video_is_the_same_error() -> None:
    with pytest.raises(VideoError, match="a text file"):
        annotate_video(io.BytesIO(b"letter"), [], io.BytesIO())
    with pytest.raises(VideoError, match="without a single picture"):
        annotate_video(io.BytesIO(clip([], wall(), container="matroska", sound_s=1.0)), [], io.BytesIO())


def test_a_mutation_is_what_it_says() -> None:
    assert mutated(b"abcd", [(0.0, 65)], 0.5) == b"Ab"
