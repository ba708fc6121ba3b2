"""Writes a clip as MP4 with boxes at its faces, and with its sound."""

from __future__ import annotations

import contextlib
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import IO, Any, Final

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from emotion.drawing import draw_boxes
from emotion.errors import VideoError
from emotion.faces import BgrImage
from emotion.types import FaceReading
from emotion.video.analyze import VideoReading, scaled
from emotion.video.clip import UNREADABLE, Source, VideoLimits, open_clip

WRITTEN_RATE_HZ: Final = 30
"""Most frames a second of an annotated clip."""

_TIME_BASE: Final = Fraction(1, 90_000)
_SOUND_RATE_HZ: Final = 48_000
_SOUND_JITTER_S: Final = 0.05


def annotate_video(
    source: Source,
    readings: Sequence[VideoReading],
    target: IO[bytes],
    *,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    limits: VideoLimits | None = None,
) -> bool:
    """Writes the clip as MP4 with a box and a label at each face, as the live page draws them.

    Its sound is written as AAC as far as it can be read; a clip without sound stays silent.

    Args:
        source: the clip, see ``analyze_video``.
        readings: of this clip, in the order of time; each frame shows the nearest one.
        target: a binary stream that can seek.
        cancelled: called before each frame; once it returns true, writing ends and ``target`` is useless.
        progress: called with the share that is done, in [0, 1].
        limits: the defaults when left out; ``max_side_px`` is the longer side of the written clip.

    Returns:
        True if all of it was written, False if it was cancelled.

    Raises:
        VideoError: it cannot be read at all, or cannot be written. A clip that breaks off is
            written as far as it can be read.
    """
    limits, asked = limits or VideoLimits(), cancelled or (lambda: False)
    times = [reading.t_s for reading in readings]
    with open_clip(source, limits) as clip:
        try:
            with av.open(target, "w", format="mp4") as out:
                stream: VideoStream | None = None
                sound = _Sound(out, clip.sound) if clip.sound is not None else None
                last_s = -math.inf
                for t_s, frame in clip.frames(asked, sound.hear if sound else None):
                    if t_s - last_s < 1 / WRITTEN_RATE_HZ - 0.005:
                        continue
                    last_s = t_s
                    picture, scale = clip.picture(frame, limits.max_side_px)
                    faces = _nearest(readings, times, t_s)
                    drawn = draw_boxes(picture, [scaled(f, 1 / scale) for f in faces], mirrored=False)
                    stream = stream or _add_stream(out, drawn)
                    written = av.VideoFrame.from_ndarray(
                        np.ascontiguousarray(drawn[: stream.height, : stream.width]), format="bgr24"
                    )
                    written.pts, written.time_base = round(t_s / _TIME_BASE), _TIME_BASE
                    out.mux(stream.encode(written))
                    if sound is not None:
                        sound.write(clip.origin_s)
                    if progress is not None:
                        progress(clip.share_done(t_s))
                if stream is not None:
                    out.mux(stream.encode())
                    if sound is not None:
                        sound.write(clip.origin_s)
                        sound.close()
        except (av.error.FFmpegError, ValueError, OSError) as error:
            raise VideoError(
                f"Expected a video that can be written as MP4. Received: {error}",
                "The video with boxes could not be written.",
            ) from error
        if asked():
            return False
        if stream is None:
            clip.check_whole()
        return True


def _nearest(readings: Sequence[VideoReading], times: Sequence[float], t_s: float) -> tuple[FaceReading, ...]:
    after = bisect_left(times, t_s)
    near = readings[max(0, after - 1) : after + 1]
    return min(near, key=lambda r: abs(r.t_s - t_s)).faces if near else ()


def _add_stream(out: av.container.OutputContainer, picture: BgrImage) -> VideoStream:
    """H.264 if this build of FFmpeg has it, else MPEG-4; both need even sides."""
    codec = next((c for c in ("libx264", "libopenh264") if c in av.codecs_available), "mpeg4")
    options = {"preset": "veryfast", "crf": "23", "maxrate": "4M", "bufsize": "8M"}
    stream = out.add_stream(codec, rate=WRITTEN_RATE_HZ, options=options if codec == "libx264" else {})
    if not isinstance(stream, VideoStream):
        raise VideoError(f"Expected an encoder of pictures. Received: {codec}")
    height, width = picture.shape[:2]
    stream.width, stream.height = width // 2 * 2, height // 2 * 2
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = _TIME_BASE
    return stream


class _Sound:
    """Copies a clip's sound into another clip; parts that cannot be read or written are left out.

    Args:
        out: the clip that is written; nothing goes there before ``write``, when all its streams are known.
        source: of the clip that is read.
    """

    def __init__(self, out: av.container.OutputContainer, source: AudioStream) -> None:
        stream = out.add_stream("aac", rate=_SOUND_RATE_HZ)
        if not isinstance(stream, AudioStream):
            raise VideoError("Expected an encoder of sound. Received: another")
        stream.layout = "mono" if source.codec_context.channels == 1 else "stereo"
        self._out = out
        self._stream = stream
        self._heard: list[av.Packet[AudioStream]] = []
        self._end_s = 0.0

    def hear(self, packet: av.Packet[Any]) -> None:
        """Keeps a packet of the source for the next ``write``."""
        self._heard.append(packet)

    def write(self, origin_s: float) -> None:
        """Writes the packets since the last call.

        Args:
            origin_s: the clip's beginning, on the clock of its time stamps.
        """
        heard, self._heard = self._heard, []
        for packet in heard:
            with contextlib.suppress(*UNREADABLE):
                for frame in packet.decode():
                    self._write(frame, origin_s)

    def close(self) -> None:
        """Writes the rest that the encoder still holds."""
        with contextlib.suppress(*UNREADABLE):
            self._out.mux(self._stream.encode())

    def _write(self, frame: av.AudioFrame, origin_s: float) -> None:
        if not frame.sample_rate or not frame.samples:
            return
        start_s = self._end_s if frame.time is None else frame.time - origin_s
        if abs(start_s - self._end_s) < _SOUND_JITTER_S:
            # Time stamps are in milliseconds, but samples follow each other without gaps.
            start_s = self._end_s
        if start_s < self._end_s:
            return  # before the first picture, or a second time
        self._end_s = start_s + frame.samples / frame.sample_rate
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(start_s * frame.sample_rate)
        self._out.mux(self._stream.encode(frame))
