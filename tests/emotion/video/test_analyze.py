"""Moments by time stamps, the mood on the clip's own clock, several people, nobody."""

from __future__ import annotations

import io

import pytest

from emotion.analysis import FrameAnalyzer
from emotion.faces import DetectedFace
from emotion.labels import Emotion
from emotion.smoothing import smoothing_for
from emotion.types import FaceBox, SmoothingOptions
from emotion.video.analyze import CLIP_PERSISTENCE, VideoReading, analyze_video
from emotion.video.clip import VideoLimits
from tests.emotion.clip_files import clip, portrait, steady, wall
from tests.emotion.video.reading import BOX, HAPPY, read
from tests.fakes import BoxesAt, FakeClassifier, FakeDetector, a_face, no_problems


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


def real(face: DetectedFace | None = None) -> FrameAnalyzer:
    """Persistence as clips have it, around a face that is always there."""
    return FrameAnalyzer(
        FakeDetector([face or a_face()]), FakeClassifier(), persistence=CLIP_PERSISTENCE, judge=no_problems
    )


@pytest.mark.parametrize(
    "times",
    [steady(8, 1), steady(6, 2), [0, 0.1, 0.2, 3.0, 3.1, 7.0], [0, 5.0, 11.0]],
    ids=["1 fps", "2 fps", "gaps", "a time lapse"],
)
@pytest.mark.parametrize("rate_hz", [10.0, 1.0])
def test_a_face_in_view_all_the_time_is_in_every_reading(times: list[float], rate_hz: float) -> None:
    readings = read(clip(times, wall()), real(), rate_hz=rate_hz)
    assert [len(r.faces) for r in readings] == [1] * len(readings)
    assert {r.mood.dominant for r in readings} == {Emotion.HAPPY}
    assert len(readings) >= 3


def test_slow_rates_remember_for_longer() -> None:
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
