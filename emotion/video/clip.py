"""An open clip: its frames by their time stamps, upright, one at a time.

What a file *is* is decided by its content, never by its name. Only containers and codecs that people use for
clips are tried, and none that would fetch other files (playlists). The library gets files as open streams, so
a name can never be an address.

Times are presentation time stamps in seconds since the clip's beginning, so a clip of variable frame rate is
read as it plays. Frames are turned upright by the clip's rotation, and anamorphic ones are set to their
display width. One frame is held at a time beside what the decoder keeps.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import av
import av.error
import cv2
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideDataType
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from emotion.errors import VideoError
from emotion.faces import BgrImage

av.logging.set_level(None)  # otherwise every damaged packet prints a line to stderr

Source = str | os.PathLike[str] | IO[bytes]

ACCEPTED: Final = "a video such as MP4, MOV, WebM, MKV or AVI"
_CHOOSE: Final = f"Choose {ACCEPTED}."

UNREADABLE: Final = (av.error.FFmpegError, ValueError, OverflowError)
_CONTAINERS: Final = "mov,matroska,webm,avi,mpegts,mpeg,ogg,asf,flv,gif,h264,hevc"
_CODECS: Final = (
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,mpeg4,msmpeg4,msmpeg4v2,mpeg1video,mpeg2video,mjpeg,prores,"
    "theora,h263,wmv1,wmv2,wmv3,vc1,flv,dnxhd,gif,aac,mp3,mp3float,opus,libopus,vorbis,pcm_s16le,ac3,flac"
)
_BUFFER: Final = 1 << 18
_CUT_S: Final = 1.0
_CUT_SHARE: Final = 0.05
_LATE_START_S: Final = 0.5
_CAMERA_HINT: Final = (
    "A camera, or a stream at an address, is read by analyze_camera (python -m emotion camera --device)."
)
_FAR_BEYOND_US: Final = 10**15


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """Which clips are accepted, and at what size they are read.

    Attributes:
        max_pixels: largest width x height that is decoded; the frames of an 8K clip would take gigabytes.
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
        mirrored: whether they are then mirrored left to right, as some selfie cameras ask for.
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
    mirrored: bool = False


def video_info(source: Source, *, limits: VideoLimits | None = None) -> VideoInfo:
    """Reads a clip's header and its first frame.

    Raises:
        VideoError: it cannot be read, is no video, has no picture, or is too large.
    """
    with open_clip(source, limits or VideoLimits()) as clip:
        clip.first_frame()
        return clip.info


@dataclass(frozen=True, slots=True)
class Upright:
    """How a player brings stored frames upright: a turn or a mirror, as the clip's display matrix says.

    Attributes:
        swapped: rows become columns.
        flip_x, flip_y: mirrored left to right, and top to bottom, after that.
    """

    swapped: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Upright:
        """What the frame's display matrix says: to the nearest quarter turn; upright where there is none."""
        side_data: Any = frame.side_data  # a mapping by type, which its own types do not say
        data = side_data.get(SideDataType.DISPLAYMATRIX)
        if data is None:
            return cls()
        # ISO/IEC 14496-12, 6.2.2: x' = a x + c y, y' = b x + d y, with y downward; 16.16 fixed point.
        a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].astype(np.float64)
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(False, bool(a < 0), bool(d < 0))
        return cls(True, bool(c < 0), bool(b < 0))

    @property
    def mirrored(self) -> bool:
        """Whether it takes more than a turn."""
        return self.swapped ^ self.flip_x ^ self.flip_y

    @property
    def rotation_deg(self) -> int:
        """The clockwise turn; where it is mirrored as well, the turn before the mirror."""
        if self.swapped:
            return 270 if self.flip_y else 90
        return 180 if self.flip_y else 0

    def apply(self, picture: BgrImage) -> BgrImage:
        """A stored picture, upright."""
        if self.swapped:
            picture = np.asarray(cv2.transpose(picture), np.uint8)
        if self.flip_x or self.flip_y:
            code = -1 if self.flip_x and self.flip_y else 1 if self.flip_x else 0
            picture = np.asarray(cv2.flip(picture, code), np.uint8)
        return picture


class Clip:
    """An open clip: its frames by time, upright.

    Args:
        container: opened.
        size_bytes: of the file.
        limits: checked here as far as the header tells.
        tail: the file's last bytes.

    Raises:
        VideoError: no picture in it, or too large.
    """

    def __init__(
        self, container: InputContainer, size_bytes: int, limits: VideoLimits, tail: bytes = b""
    ) -> None:
        self._container = container
        self._size_bytes = max(1, size_bytes)
        self._limits = limits
        self._stream = _picture_stream(container)
        context = self._stream.codec_context
        _check_size(context.width, context.height, limits)
        context.thread_type = "AUTO"
        # The decoder refuses larger frames before it allocates memory, whatever a damaged header says.
        context.options = {"max_pixels": str(limits.max_pixels)}
        # The only sign that a GIF is complete; its length is stated nowhere.
        self._lacks_end = container.format.name == "gif" and not tail.rstrip(b"\0").endswith(b";")
        self._origin_s: float | None = None
        self._last_s = -math.inf
        self._byte = 0
        self._packets_end_s = 0.0
        self._decoded = 0
        self._upright = Upright()
        self._duration_s = _duration_s(container, self._stream)
        if self._duration_s is not None and self._duration_s > limits.max_duration_s:
            most_min, length_min = limits.max_duration_s / 60, self._duration_s / 60
            raise VideoError(
                f"Expected a video of at most {most_min:.0f} minutes. Received: {length_min:.0f} minutes.",
                f"The video lasts {length_min:.0f} minutes, but at most {most_min:.0f} minutes can be read. "
                "Cut it and try again.",
            )

    @property
    def info(self) -> VideoInfo:
        """As the header says, and upright once the first frame is there."""
        stream = self._stream
        width, height = self._display_size()
        if self._upright.swapped:
            width, height = height, width
        return VideoInfo(
            width,
            height,
            self._duration_s,
            self._rate_hz or 0.0,
            self._upright.rotation_deg,
            stream.codec_context.name,
            self._container.format.name,
            self._upright.mirrored,
        )

    @property
    def _rate_hz(self) -> float | None:
        """Frames a second; for a bare H.264 stream the encoder's own figure, as the file has none."""
        stream = self._stream
        of_file, of_coder = stream.average_rate, stream.guessed_rate
        bare = self._container.format.name in ("h264", "hevc")
        rate = (of_coder or of_file) if bare else (of_file or of_coder)
        return float(rate) if rate else None

    @property
    def sound(self) -> AudioStream | None:
        """The first sound that can be read, or None."""
        return next((s for s in self._container.streams.audio if _has_decoder(s)), None)

    @property
    def origin_s(self) -> float:
        """The beginning, on the clock of the time stamps; known once the first frame is decoded."""
        return self._origin_s or 0.0

    def first_frame(self) -> None:
        """Decodes one frame, which tells the rotation.

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
            cancelled: called before each frame; once it returns true, the frames end.
            hear: called with the packets of the sound as they come.

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
            except UNREADABLE:
                continue
            for frame in decoded:
                if cancelled():
                    return
                self._decoded += 1
                t_s = self._time_of(frame)
                if t_s is not None:
                    yield t_s, frame

    def _packets(self) -> Iterator[av.Packet[Any]]:
        """Packets of all streams; each shows how far the file reaches."""
        # Packets do not continue after an error: the file ends there.
        with contextlib.suppress(*UNREADABLE, OSError):
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
            first = self._origin_s is None
            at_s = 0.0 if first else self.origin_s + max(0.0, self._last_s) + 1 / (self._rate_hz or 25.0)
        if self._origin_s is None:
            start = self._container.start_time
            start_s = start / av.time_base if start is not None else at_s
            # Players count from the container's start; a start that is far off is a damaged one.
            self._origin_s = start_s if 0 <= at_s - start_s <= 5 else at_s
            self._upright = Upright.of(frame)
        t_s = at_s - self._origin_s
        if t_s > self._limits.max_duration_s:
            most_min = self._limits.max_duration_s / 60
            raise VideoError(
                f"Expected a video of at most {most_min:.0f} minutes. "
                "Received: one whose time stamps go on for longer.",
                f"The video goes on for longer than {most_min:.0f} minutes, the most that can be read.",
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
        """The upright frame within the size limit, and how many pixels of the clip each of its pixels covers.

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
                f"Expected pictures that can be shown. Received: {frame.format.name} ({error})",
                "The video's pictures are of a kind that cannot be read here. Save it as MP4 (H.264) and "
                "try again.",
            ) from error
        return self._upright.apply(picture), scale

    def share_done(self, t_s: float) -> float:
        """By time if the length is known, else by bytes read; in [0, 1]."""
        share = t_s / self._duration_s if self._duration_s else self._byte / self._size_bytes
        return min(1.0, max(0.0, share))

    def check_whole(self) -> None:
        """Called when the frames have ended.

        Raises:
            VideoError: there was none, or the file ends before its time.
        """
        if self._decoded == 0:
            raise VideoError(
                f"Expected {ACCEPTED}. Received: a video without a single picture that can be shown.",
                f"No picture of the video can be read. {_CHOOSE}",
            )
        if self._lacks_end:
            raise VideoError(
                "Expected a whole animation. Received: one that breaks off after "
                f"{max(0.0, self._last_s):.1f} s.",
                f"The animation breaks off after {max(0.0, self._last_s):.1f} seconds.",
            )
        total_s = self._duration_s
        reached_s = max(self._last_s, self._packets_end_s - (self._origin_s or 0.0))
        if total_s is not None and reached_s < total_s - max(_CUT_S, _CUT_SHARE * total_s):
            raise VideoError(
                f"Expected a whole video of {total_s:.1f} s. Received: one that breaks off after "
                f"{max(0.0, self._last_s):.1f} s.",
                f"The video should last {total_s:.1f} s, but its file breaks off after "
                f"{max(0.0, self._last_s):.1f} s.",
            )


def check_source(source: object) -> None:
    """Says what to use instead when somebody passes a camera's number.

    Raises:
        TypeError: it is neither a path nor a stream.
    """
    if not isinstance(source, (str, os.PathLike)) and not hasattr(source, "seek"):
        raise TypeError(f"Expected a path or a binary stream. Received: {source!r}. {_CAMERA_HINT}")


@contextlib.contextmanager
def open_clip(source: Source, limits: VideoLimits) -> Iterator[Clip]:
    """Opens a clip and closes it again.

    Raises:
        VideoError: it cannot be opened, or is no video.
        TypeError: it is neither a path nor a binary stream.
    """
    check_source(source)
    with contextlib.ExitStack() as stack:
        try:
            if isinstance(source, (str, os.PathLike)):
                # Opened here: the library would treat some names as addresses and devices.
                file: Any = stack.enter_context(Path(source).open("rb"))
            else:
                file = source
            size_bytes = file.seek(0, io.SEEK_END)
            file.seek(max(0, size_bytes - 64))
            tail = file.read(64)
            file.seek(0)
            head = file.read(512)
            file.seek(0)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            named = str(source) if isinstance(source, (str, os.PathLike)) else ""
            hint = f" {_CAMERA_HINT}" if named.isdecimal() or "://" in named else ""
            raise VideoError(f"Expected a video that can be read. Received: {reason}.{hint}") from error
        if size_bytes == 0:
            raise VideoError(
                f"Expected {ACCEPTED}. Received: an empty file.", f"The file is empty. {_CHOOSE}"
            )
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
            described = _describe(head)
            raise VideoError(
                f"Expected {ACCEPTED}. Received: {described}.", f"The file is {described}. {_CHOOSE}"
            ) from error
        yield Clip(container, size_bytes, limits, tail)


def _picture_stream(container: InputContainer) -> VideoStream:
    """The moving picture: no cover art."""
    moving = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not moving:
        what = "a sound without a picture" if container.streams.audio else "a file without a moving picture"
        raise VideoError(
            f"Expected {ACCEPTED}. Received: {what}.", f"The file has no moving picture. {_CHOOSE}"
        )
    # None for an unknown codec or a damaged header; the library's types do not say so.
    context: VideoCodecContext | None = moving[0].codec_context
    if context is None:
        raise VideoError(
            f"Expected {ACCEPTED}. Received: a video of a kind that is not read here, or damaged.",
            f"The video is damaged, or of a kind that cannot be read here. {_CHOOSE}",
        )
    return moving[0]


def _has_decoder(stream: AudioStream) -> bool:
    # None is possible here as well, and the library's types do not say so.
    context: AudioCodecContext | None = stream.codec_context
    return context is not None


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    """The picture's length if the file states it, else the file's."""
    ticks = stream.duration
    if container.format.name == "avi" and stream.frames:
        # For a file that is cut off, the library guesses the duration; the header has it.
        ticks = stream.frames
    own = float(ticks * stream.time_base) if ticks and stream.time_base else 0.0
    duration = own or _length_s(container)
    return duration if math.isfinite(duration) and duration > 0 else None


def _length_s(container: InputContainer) -> float:
    """The length of the whole file, 0 where it does not say.

    For clips that were cut out of longer ones with their old time stamps, some writers state the length and
    some the last time stamp.
    """
    said_s = container.duration / av.time_base if container.duration else 0.0
    start_s = container.start_time / av.time_base if container.start_time else 0.0
    if start_s < _LATE_START_S or said_s <= start_s:
        return said_s
    end_s = _end_s(container)
    near = max(_CUT_S, _CUT_SHARE * said_s)
    return said_s if abs(end_s - start_s - said_s) < near else said_s - start_s


def _end_s(container: InputContainer) -> float:
    """The last time stamp that can be found without reading the whole file; 0 if there is none."""
    end_s = 0.0
    with contextlib.suppress(*UNREADABLE, OSError):
        container.seek(_FAR_BEYOND_US)
        for packet in container.demux():
            if packet.pts is not None and packet.time_base:
                end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    with contextlib.suppress(*UNREADABLE, OSError):
        container.seek(0)
    return end_s


def _check_size(width: int, height: int, limits: VideoLimits) -> None:
    if width * height > limits.max_pixels:
        raise VideoError(
            f"Expected a video of at most {limits.max_pixels / 1e6:.1f} megapixels a picture (4K). "
            f"Received: {width} x {height} pixels.",
            f"The video has {width} × {height} pixels; at most {limits.max_pixels / 1e6:.1f} megapixels "
            "(4K) can be read. Make it smaller and try again.",
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
            return "no video"
        return "a text file"
    return "no video"
