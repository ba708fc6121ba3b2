"""Makes small clips for the tests: a face that may be shown to anybody, and every way a clip can be odd."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
TIME_BASE = Fraction(1, 90_000)


def portrait(size: tuple[int, int] = (320, 240), faces: int = 1) -> Picture:
    """scikit-image's public-domain astronaut, smiling, once or side by side, on a plain wall."""
    from skimage import data

    face = cv2.cvtColor(data.astronaut()[0:240, 105:345], cv2.COLOR_RGB2BGR)
    picture = np.full((size[1], size[0], 3), (150, 160, 165), np.uint8)
    side = min(size[1] - 20, size[0] // max(1, faces) - 10)
    for n in range(faces):
        x = (2 * n + 1) * size[0] // (2 * faces) - side // 2
        picture[10 : 10 + side, x : x + side] = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
    return picture


def wall(size: tuple[int, int] = (320, 240)) -> Picture:
    """Nobody."""
    return portrait(size, faces=0)


def moving(t_s: float) -> Picture:
    """The portrait drifting to the right, so that every frame has bytes of its own."""
    return np.roll(portrait(), round(t_s * 60), axis=1)


def steady(seconds: float, rate_hz: float) -> list[float]:
    """Times of a constant frame rate."""
    return [n / rate_hz for n in range(round(seconds * rate_hz))]


def clip(
    times_s: Iterable[float],
    picture: Picture | Callable[[float], Picture],
    *,
    container: str = "mp4",
    codec: str = "libx264",
    turn_clockwise_deg: int = 0,
    sound_s: float = 0.0,
    options: dict[str, str] | None = None,
) -> bytes:
    """A clip whose frames stand at the given times.

    Args:
        times_s: presentation times.
        picture: uint8 BGR, or what to show at a time.
        container: FFmpeg's name of the muxer.
        codec: FFmpeg's name of the encoder.
        turn_clockwise_deg: what a player must turn the frames by, as phones note it.
        sound_s: length of a hum beside the picture.
        options: of the muxer.
    """
    show = picture if callable(picture) else lambda t_s: picture
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options or {}) as out:
        first = show(0.0)
        video = out.add_stream(codec, rate=30)
        video.width, video.height, video.pix_fmt = first.shape[1], first.shape[0], "yuv420p"
        if codec == "mjpeg":
            video.pix_fmt = "yuvj420p"
        video.codec_context.time_base = TIME_BASE if codec not in ("mpeg4", "mjpeg") else Fraction(1, 1000)
        if codec == "libx264":
            video.options = {"preset": "ultrafast"}
        if codec == "libvpx":
            video.options = {"deadline": "realtime", "cpu-used": "8"}
        if turn_clockwise_deg:
            video.set_display_rotation(-turn_clockwise_deg)
        audio = _add_sound(out) if sound_s else None
        base = video.codec_context.time_base
        out.start_encoding()
        for t_s in times_s:
            frame = av.VideoFrame.from_ndarray(show(t_s), format="bgr24")
            frame.pts, frame.time_base = round(t_s / base), base
            out.mux(video.encode(frame))
        out.mux(video.encode())
        if audio is not None:
            _hum(out, audio, sound_s)
    return buffer.getvalue()


def sound(seconds: float = 1.0, container: str = "mp4") -> bytes:
    """A clip with a hum and no picture."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        _hum(out, _add_sound(out), seconds)
    return buffer.getvalue()


def _add_sound(out: av.container.OutputContainer) -> av.AudioStream:
    stream = out.add_stream("aac" if out.format.name != "webm" else "libopus", rate=48_000)
    stream.layout = "mono"
    return stream


def _hum(out: av.container.OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    step = 960
    for n in range(round(seconds * 48_000 / step)):
        wave = 0.1 * np.sin(2 * np.pi * 220 * (np.arange(step) + n * step) / 48_000)
        frame = av.AudioFrame.from_ndarray(
            wave.astype(np.float32)[None], format="fltp" if stream.name == "aac" else "flt", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = 48_000, n * step, Fraction(1, 48_000)
        out.mux(stream.encode(frame))
    out.mux(stream.encode())


def mutated(content: bytes, changes: Sequence[tuple[float, int]], cut: float = 1.0) -> bytes:
    """The bytes with some of them changed: where, as a share of the file, and to what."""
    wrong = bytearray(content)
    for where, value in changes:
        wrong[min(len(wrong) - 1, int(where * len(wrong)))] = value
    return bytes(wrong[: max(1, int(cut * len(wrong)))])
