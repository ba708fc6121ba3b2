"""Clips: read at chosen moments by their time stamps, and written back with the faces boxed.

The only file of the package that knows PyAV. What a file *is* is told from its content, never from its name;
only containers and codecs that people have clips in are tried at all, and none that would fetch other files
(playlists). Files are handed to the library as open streams, so a name can never be an address.

Times are presentation time stamps in seconds since the clip's beginning, so a clip of variable frame rate is
read as it plays. Frames are turned upright by the clip's rotation, and anamorphic ones are set to their
display width. One frame is held at a time beside what the decoder keeps.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, Final, Protocol

import av
import av.error
import cv2
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from emotion.analysis import PersistenceOptions
from emotion.bootstrap import create_analyzer
from emotion.drawing import draw_boxes
from emotion.errors import VideoError
from emotion.faces import BgrImage
from emotion.smoothing import estimate, initial_state, update
from emotion.types import FaceBox, FaceReading, MoodEstimate, SmoothingOptions

av.logging.set_level(None)  # every damaged packet would be a line on stderr

Source = str | os.PathLike[str] | IO[bytes]

EXTENSIONS: Final = (
    "mp4",
    "m4v",
    "mov",
    "webm",
    "mkv",
    "avi",
    "mpg",
    "mpeg",
    "ts",
    "3gp",
    "ogv",
    "wmv",
    "flv",
)
"""File name endings to look for in a folder (a hint for people; the content decides)."""
ACCEPTED: Final = "a video such as MP4, MOV, WebM, MKV or AVI"
RATES_HZ: Final = (0.1, 60.0)
"""Slowest and fastest rate of reading."""

WRITTEN_RATE_HZ: Final = 30
"""Most frames a second of an annotated clip."""

_TIME_BASE: Final = Fraction(1, 90_000)
_SOUND_RATE_HZ: Final = 48_000
_SOUND_JITTER_S: Final = 0.05
_UNREADABLE: Final = (av.error.FFmpegError, ValueError, OverflowError)
_CONTAINERS: Final = "mov,matroska,webm,avi,mpegts,mpeg,ogg,asf,flv"
_CODECS: Final = (
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,mpeg4,msmpeg4,msmpeg4v2,mpeg1video,mpeg2video,mjpeg,prores,"
    "theora,h263,wmv1,wmv2,wmv3,vc1,flv,dnxhd,aac,mp3,mp3float,opus,libopus,vorbis,pcm_s16le,ac3,flac"
)
_BUFFER: Final = 1 << 18
_CUT_S: Final = 1.0
_CUT_SHARE: Final = 0.05
_EPSILON_S: Final = 1e-4


class Analyzer(Protocol):
    """What reads a frame; ``emotion.analysis.FrameAnalyzer`` is one."""

    def analyze(self, frame_bgr: BgrImage, at_s: float) -> tuple[FaceReading, ...]:
        """Reads every face of a frame."""
        ...


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What is taken, and at what size it is read.

    Attributes:
        max_pixels: largest width x height that is decoded; beyond it lies 8K, whose frames in flight would
            take gigabytes.
        max_duration_s: longest clip.
        max_side_px: frames are searched for faces at most this large on their longer side.
    """

    max_pixels: int = 4096 * 2304
    max_duration_s: float = 4 * 3600.0
    max_side_px: int = 1280


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a clip's header says.

    Attributes:
        width_px, height_px: upright, as it is displayed.
        duration_s: None where the file does not say (recordings of browsers).
        rate_hz: mean frames a second; 0 where the file does not say.
        rotation_deg: by how much the stored frames are turned clockwise to be upright: 0, 90, 180 or 270.
        codec: of the picture, ``h264``, ``vp9``, …
        container: ``mov,mp4,m4a,3gp,3g2,mj2``, ``matroska,webm``, …
    """

    width_px: int
    height_px: int
    duration_s: float | None
    rate_hz: float
    rotation_deg: int
    codec: str
    container: str


@dataclass(frozen=True, slots=True)
class VideoReading:
    """One moment of a clip.

    Attributes:
        t_s: seconds since the clip's beginning.
        faces: largest first, boxes in pixels of the upright clip.
        mood: smoothed over the moments so far, on the clip's own clock.
        elapsed_ms: what this moment took to decode and read.
    """

    t_s: float
    faces: tuple[FaceReading, ...]
    mood: MoodEstimate
    elapsed_ms: float


def video_info(source: Source, *, limits: VideoLimits | None = None) -> VideoInfo:
    """Reads a clip's header and its first frame.

    Raises:
        VideoError: as ``analyze_video``.
    """
    with _opened(source, limits or VideoLimits()) as clip:
        clip.first_frame()
        return clip.info


def persistence_for(rate_hz: float) -> PersistenceOptions | None:
    """When a find is believed at that rate: readings far apart cannot vouch for each other."""
    if rate_hz < 4:
        return None
    return PersistenceOptions(max_gap_s=max(0.5, 2.5 / rate_hz), first_is_believed=True)


def smoothing_for(rate_hz: float, options: SmoothingOptions | None = None) -> SmoothingOptions:
    """The options with an absence that spans a few readings even at a low rate."""
    options = options or SmoothingOptions()
    return replace(options, forget_after_s=max(options.forget_after_s, 3 / rate_hz))


def analyze_video(
    source: Source,
    *,
    rate_hz: float = 10.0,
    analyzer: Analyzer | None = None,
    smoothing: SmoothingOptions | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    limits: VideoLimits | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[VideoReading]:
    """Reads a clip's faces at a steady rate, one reading at a time, in memory that does not grow.

    Args:
        source: a path, or a binary stream that can seek, which is left open.
        rate_hz: readings a second of the clip; never more than it has frames.
        analyzer: reads a frame; the app's model when left out. It belongs to the calling thread.
        smoothing: how readings become a mood; ``smoothing_for(rate_hz)`` when left out.
        cancelled: asked before each frame; once true, the readings end early.
        progress: told the share that is done, in [0, 1].
        limits: the defaults when left out.
        clock: measures ``elapsed_ms``.

    Yields:
        Readings in the order of time. Of a clip that is cut off or damaged, what could be read comes first
        and the error after it.

    Raises:
        VideoError: it cannot be read, is no video, has no picture, is too large, or ends before its time.
            The message is fit to show to a person.
        ValueError: a rate outside ``RATES_HZ``.
    """
    low, high = RATES_HZ
    if not low <= rate_hz <= high:
        raise ValueError(f"Expected a rate from {low:g} to {high:g} readings a second. Received: {rate_hz!r}")
    return _readings(
        source,
        rate_hz,
        analyzer,
        smoothing or smoothing_for(rate_hz),
        cancelled or (lambda: False),
        progress or (lambda share: None),
        limits or VideoLimits(),
        clock,
    )


def _readings(
    source: Source,
    rate_hz: float,
    analyzer: Analyzer | None,
    options: SmoothingOptions,
    cancelled: Callable[[], bool],
    progress: Callable[[float], None],
    limits: VideoLimits,
    clock: Callable[[], float],
) -> Iterator[VideoReading]:
    with _opened(source, limits) as clip:
        reader = analyzer or create_analyzer(persistence=persistence_for(rate_hz))
        state, due_s, began = initial_state(0.0), -math.inf, clock()
        for t_s, frame in clip.frames(cancelled):
            if t_s < due_s - _EPSILON_S:
                continue
            # The next point of the grid, so that a late frame does not push all that follow.
            due_s = (math.floor(t_s * rate_hz + _EPSILON_S) + 1) / rate_hz
            picture, scale = clip.picture(frame, limits.max_side_px)
            faces = tuple(_scaled(r, scale) for r in reader.analyze(picture, t_s))
            state = update(state, faces, t_s, options)
            yield VideoReading(t_s, faces, estimate(state, t_s, options), (clock() - began) * 1e3)
            progress(clip.share_done(t_s))
            began = clock()
        if not cancelled():
            clip.check_whole()
            progress(1.0)


def _scaled(reading: FaceReading, factor: float) -> FaceReading:
    box = reading.box
    scaled = FaceBox(
        box.x_px * factor, box.y_px * factor, box.width_px * factor, box.height_px * factor, box.confidence
    )
    return replace(reading, box=scaled)


# --- writing -----------------------------------------------------------------------------------------


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

    Its sound comes along as AAC, as far as it can be read; a clip without sound stays without.

    Args:
        source: the clip, see ``analyze_video``.
        readings: what was read from it, in the order of time; each frame shows the nearest one.
        target: a binary stream that can seek.
        cancelled: asked before each frame; once true, the writing ends and ``target`` is of no use.
        progress: told the share that is done, in [0, 1].
        limits: the defaults when left out; ``max_side_px`` is the longer side of what is written.

    Returns:
        True when all was written, False when it was cancelled.

    Raises:
        VideoError: it cannot be read at all, or not be written. A clip that breaks off is written as far as
            it goes.
    """
    limits, asked = limits or VideoLimits(), cancelled or (lambda: False)
    times = [reading.t_s for reading in readings]
    with _opened(source, limits) as clip:
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
                    drawn = draw_boxes(picture, [_scaled(f, 1 / scale) for f in faces], mirrored=False)
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
            raise VideoError(f"Expected a video that can be written as MP4. Received: {error}") from error
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
    """H.264 where this build of FFmpeg has it, else MPEG-4; sides are even, as both ask for."""
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
    """A clip's sound on its way into another clip; what cannot be read or written of it is left out.

    Args:
        out: being written; nothing is put there before ``write``, as all its streams must be known then.
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
        """Writes what was heard since the last time.

        Args:
            origin_s: the clip's beginning, on the clock of its time stamps.
        """
        heard, self._heard = self._heard, []
        for packet in heard:
            with contextlib.suppress(*_UNREADABLE):
                for frame in packet.decode():
                    self._write(frame, origin_s)

    def close(self) -> None:
        """Writes what the encoder still holds."""
        with contextlib.suppress(*_UNREADABLE):
            self._out.mux(self._stream.encode())

    def _write(self, frame: av.AudioFrame, origin_s: float) -> None:
        if not frame.sample_rate or not frame.samples:
            return
        start_s = self._end_s if frame.time is None else frame.time - origin_s
        if abs(start_s - self._end_s) < _SOUND_JITTER_S:
            # Time stamps in milliseconds: samples follow each other without a gap all the same.
            start_s = self._end_s
        if start_s < self._end_s:
            return  # before the first picture, or a second time
        self._end_s = start_s + frame.samples / frame.sample_rate
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(start_s * frame.sample_rate)
        self._out.mux(self._stream.encode(frame))


# --- reading -----------------------------------------------------------------------------------------


class _Clip:
    """An open clip: its frames by time, upright.

    Args:
        container: opened.
        size_bytes: of the file.
        limits: checked here as far as the header tells.

    Raises:
        VideoError: no picture in it, or too large.
    """

    def __init__(self, container: InputContainer, size_bytes: int, limits: VideoLimits) -> None:
        self._container = container
        self._size_bytes = max(1, size_bytes)
        self._limits = limits
        self._stream = _picture_stream(container)
        context = self._stream.codec_context
        _check_size(context.width, context.height, limits)
        context.thread_type = "AUTO"
        # The decoder refuses larger frames before it makes room for them, whatever a damaged header says.
        context.options = {"max_pixels": str(limits.max_pixels)}
        self._origin_s: float | None = None
        self._last_s = -math.inf
        self._byte = 0
        self._packets_end_s = 0.0
        self._decoded = 0
        self._rotation_deg = 0
        self._duration_s = _duration_s(container, self._stream)
        if self._duration_s is not None and self._duration_s > limits.max_duration_s:
            raise VideoError(
                f"Expected a video of at most {limits.max_duration_s / 60:.0f} minutes. "
                f"Received: {self._duration_s / 60:.0f} minutes."
            )

    @property
    def info(self) -> VideoInfo:
        """As the header says, and upright once the first frame is there."""
        stream = self._stream
        width, height = self._display_size()
        if self._rotation_deg % 180:
            width, height = height, width
        return VideoInfo(
            width,
            height,
            self._duration_s,
            float(stream.average_rate or stream.guessed_rate or 0),
            self._rotation_deg,
            stream.codec_context.name,
            self._container.format.name,
        )

    @property
    def sound(self) -> AudioStream | None:
        """The first sound that can be read, or None."""
        return next((s for s in self._container.streams.audio if _has_decoder(s)), None)

    @property
    def origin_s(self) -> float:
        """The beginning, on the clock of the time stamps; known from the first frame on."""
        return self._origin_s or 0.0

    def first_frame(self) -> None:
        """Decodes one frame, by which the rotation is known.

        Raises:
            VideoError: there is none.
        """
        for _ in self.frames(lambda: False):
            return
        self.check_whole()

    def frames(
        self, cancelled: Callable[[], bool], hear: Callable[[av.Packet[Any]], None] | None = None
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """Frames and their times, in ascending order of time.

        A damaged stretch is left out, as players do.

        Args:
            cancelled: asked before each frame; once true, they end.
            hear: told the packets of the sound as they come along.

        Raises:
            VideoError: a frame's time or size is beyond the limits.
        """
        for packet in self._packets():
            if packet.stream_index != self._stream.index:
                if hear is not None and self.sound is not None and packet.stream_index == self.sound.index:
                    hear(packet)
                continue
            try:
                decoded = packet.decode()
            except _UNREADABLE:
                continue
            for frame in decoded:
                if cancelled():
                    return
                self._decoded += 1
                t_s = self._time_of(frame)
                if t_s is not None:
                    yield t_s, frame

    def _packets(self) -> Iterator[av.Packet[Any]]:
        """Packets of all streams; each tells how far the file reaches."""
        # A stream of packets does not go on after an error: there the file ends.
        with contextlib.suppress(*_UNREADABLE, OSError):
            for packet in self._container.demux():
                if packet.pos is not None and packet.pos > 0:
                    self._byte = packet.pos
                if packet.pts is not None and packet.time_base:
                    end_s = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                    self._packets_end_s = max(self._packets_end_s, end_s)
                yield packet

    def _time_of(self, frame: av.VideoFrame) -> float | None:
        """Seconds since the clip's beginning; None for a frame that would go back in time."""
        _check_size(frame.width, frame.height, self._limits)
        at_s: float | None = frame.time  # None where the file has no time stamps
        if at_s is None:
            rate = float(self._stream.average_rate or 25)
            at_s = (self._origin_s or 0.0) + max(0.0, self._last_s) + (1 / rate if self._origin_s else 0.0)
        if self._origin_s is None:
            start = self._container.start_time
            start_s = start / av.time_base if start is not None else at_s
            # Players count from the container's start; a start that is far off is a damaged one.
            self._origin_s = start_s if 0 <= at_s - start_s <= 5 else at_s
            self._rotation_deg = round(-frame.rotation / 90) % 4 * 90
        t_s = at_s - self._origin_s
        if t_s > self._limits.max_duration_s:
            raise VideoError(
                f"Expected a video of at most {self._limits.max_duration_s / 60:.0f} minutes. "
                "Received: one whose time stamps go on for longer."
            )
        if t_s <= self._last_s or t_s < 0:
            return None
        self._last_s = t_s
        return t_s

    def _display_size(self) -> tuple[int, int]:
        """Width and height before the rotation, with square pixels."""
        width, height = self._stream.codec_context.width, self._stream.codec_context.height
        aspect = float(self._stream.sample_aspect_ratio or 1)
        return (round(width * aspect) if 0.2 < aspect < 5 else width), height

    def picture(self, frame: av.VideoFrame, max_side_px: int) -> tuple[BgrImage, float]:
        """The frame upright and at most so large, and how many pixels of the clip each of its pixels is.

        Raises:
            VideoError: it cannot be converted.
        """
        width, height = self._display_size()
        scale = max(1.0, max(width, height) / max_side_px)
        size = (max(1, round(width / scale)), max(1, round(height / scale)))
        try:
            picture = np.asarray(frame.to_ndarray(format="bgr24", width=size[0], height=size[1]), np.uint8)
        except (av.error.FFmpegError, ValueError) as error:
            raise VideoError(
                f"Expected pictures that can be shown. Received: {frame.format.name} ({error})"
            ) from error
        turns = self._rotation_deg // 90
        if turns:
            turn = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)[turns - 1]
            picture = np.asarray(cv2.rotate(picture, turn), np.uint8)
        return picture, scale

    def share_done(self, t_s: float) -> float:
        """By time where the length is known, else by bytes read; in [0, 1]."""
        share = t_s / self._duration_s if self._duration_s else self._byte / self._size_bytes
        return min(1.0, max(0.0, share))

    def check_whole(self) -> None:
        """Called when the frames have ended.

        Raises:
            VideoError: there was none, or the file ends before its time.
        """
        if self._decoded == 0:
            raise VideoError(
                f"Expected {ACCEPTED}. Received: a video without a single picture that can be shown."
            )
        total_s = self._duration_s
        reached_s = max(self._last_s, self._packets_end_s - (self._origin_s or 0.0))
        if total_s is not None and reached_s < total_s - max(_CUT_S, _CUT_SHARE * total_s):
            raise VideoError(
                f"Expected a whole video of {total_s:.1f} s. Received: one that breaks off after "
                f"{max(0.0, self._last_s):.1f} s."
            )


@contextlib.contextmanager
def _opened(source: Source, limits: VideoLimits) -> Iterator[_Clip]:
    """Opens a clip and closes it again.

    Raises:
        VideoError: it cannot be opened, or is no video.
    """
    with contextlib.ExitStack() as stack:
        try:
            if isinstance(source, (str, os.PathLike)):
                # Opened here: the library would take some names for addresses and devices.
                file: Any = stack.enter_context(Path(source).open("rb"))
            else:
                file = source
            size_bytes = file.seek(0, io.SEEK_END)
            head = b"" if size_bytes == 0 else (file.seek(0), file.read(512))[1]
            file.seek(0)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise VideoError(f"Expected a video that can be read. Received: {reason}.") from error
        if size_bytes == 0:
            raise VideoError(f"Expected {ACCEPTED}. Received: an empty file.")
        try:
            container = stack.enter_context(
                av.open(
                    file,
                    "r",
                    buffer_size=_BUFFER,
                    metadata_errors="replace",
                    container_options={"format_whitelist": _CONTAINERS, "codec_whitelist": _CODECS},
                )
            )
        except (av.error.FFmpegError, ValueError, OverflowError, OSError, MemoryError) as error:
            raise VideoError(f"Expected {ACCEPTED}. Received: {_describe(head)}.") from error
        yield _Clip(container, size_bytes, limits)


def _picture_stream(container: InputContainer) -> VideoStream:
    """The moving picture: no cover art."""
    moving = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not moving:
        what = "a sound without a picture" if container.streams.audio else "a file without a moving picture"
        raise VideoError(f"Expected {ACCEPTED}. Received: {what}.")
    # A codec that is not known, or that a damaged header names; the library's types do not say so.
    context: VideoCodecContext | None = moving[0].codec_context
    if context is None:
        raise VideoError(
            f"Expected {ACCEPTED}. Received: a video of a kind that is not read here, or damaged."
        )
    return moving[0]


def _has_decoder(stream: AudioStream) -> bool:
    # As of a picture, the library's types do not say that there may be none.
    context: AudioCodecContext | None = stream.codec_context
    return context is not None


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    """Of the picture where the file says so, else of the file."""
    own = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    whole = container.duration / av.time_base if container.duration else 0.0
    duration = own or whole
    return duration if math.isfinite(duration) and duration > 0 else None


def _check_size(width: int, height: int, limits: VideoLimits) -> None:
    if width * height > limits.max_pixels:
        raise VideoError(
            f"Expected a video of at most {limits.max_pixels / 1e6:.1f} megapixels a picture (4K). "
            f"Received: {width} x {height} pixels."
        )


def _describe(head: bytes) -> str:
    """What foreign bytes look like, in words that help the person who sent them."""
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return "a photo"
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") or head.startswith(b"\x1aE\xdf\xa3"):
        return "a damaged or incomplete video"
    if head.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"BM")) or head[8:12] == b"WEBP":
        return "a picture"
    if head.startswith((b"ID3", b"OggS", b"fLaC", b"\xff\xfb")) or head[8:12] == b"WAVE":
        return "a sound without a picture"
    if b"\0" not in head:
        try:
            head[:500].decode("utf-8", errors="strict" if len(head) < 500 else "ignore")
        except UnicodeDecodeError:
            return "a file that is no video"
        return "a text file"
    return "a file that is no video"
