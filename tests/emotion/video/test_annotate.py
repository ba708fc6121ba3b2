"""A clip is written back with its faces boxed and its sound."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from emotion.errors import VideoError
from emotion.video.annotate import annotate_video
from emotion.video.clip import VideoLimits, video_info
from tests.emotion.clip_files import clip, portrait, steady, wall
from tests.emotion.video.reading import BOX, HAPPY, read
from tests.fakes import BoxesAt, FakeAnalyzer


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
