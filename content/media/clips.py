"""Reads how long an uploaded video or sound is, and takes out its metadata: the one file with PyAV here."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from content.errors import AssetTooLargeError, AssetTypeError

if TYPE_CHECKING:
    from av import CodecContext
    from av.container import InputContainer
    from av.video.stream import VideoStream

PLAYED = frozenset(
    {
        "h264",
        "vp8",
        "vp9",
        "av1",
        "aac",
        "mp3",
        "opus",
        "vorbis",
        "flac",
        "pcm_s16le",
        "pcm_s24le",
        "pcm_f32le",
        "pcm_u8",
    }
)
"""Codecs that current browsers play; a file of another one would show a black box."""
MOST_PIXELS = 4096 * 2304
# The last packet may be a little early; half a file ends much earlier than it says.
_WHOLE, _SLACK_S = 0.95, 0.2


@dataclass(frozen=True, slots=True)
class Clip:
    """What a container holds; ``duration_s`` is None where it does not say."""

    has_video: bool
    duration_s: float | None


def read_clip(content: bytes, container: str, shown: str) -> Clip:
    """Open a clip and decode its first frame or sample.

    Args:
        content: the file's bytes.
        container: FFmpeg's name of the container. It is not left to FFmpeg to guess: some of its formats
            are play lists that would make it open other files and addresses.
        shown: what the owner calls it.

    Raises:
        AssetTypeError: damaged, or a browser could not play it.
        AssetTooLargeError: more pixels than a 4K picture.
    """
    import av
    from av.error import FFmpegError
    from av.stream import Disposition

    try:
        with av.open(io.BytesIO(content), mode="r", format=container, metadata_errors="replace") as clip:
            # A cover picture inside a sound file is a video stream of one still.
            videos = [s for s in clip.streams.video if not s.disposition & Disposition.attached_pic]
            sounds = clip.streams.audio
            for stream in (*videos, *sounds):
                # Of an unknown codec FFmpeg makes no context, whatever PyAV's types say.
                context: CodecContext | None = stream.codec_context
                codec = context.codec.canonical_name if context is not None else "an unknown codec"
                if codec not in PLAYED:
                    raise AssetTypeError(
                        f"Expected a video or sound that browsers play, such as H.264 with AAC. "
                        f"Received: {shown} in {codec}."
                    )
            first: object = None
            if videos:
                if videos[0].width * videos[0].height > MOST_PIXELS:
                    raise AssetTooLargeError(
                        f"Expected a video of at most 4096×2304 pixels. "
                        f"Received: {shown} with {videos[0].width}×{videos[0].height}."
                    )
                first = next(clip.decode(videos[0]), None)
            elif sounds:
                first = next(clip.decode(sounds[0]), None)
            if first is None:
                raise AssetTypeError(
                    f"Expected a video or sound that plays. Received: {shown}, with nothing to play."
                )
            duration_s = clip.duration / av.time_base if clip.duration and clip.duration > 0 else None
            end_s = _end_s(clip)
            if duration_s is not None and end_s < duration_s * _WHOLE - _SLACK_S:
                raise AssetTypeError(
                    f"Expected a whole video or sound. Received: {shown}, which says that it lasts "
                    f"{duration_s:.1f} s and ends after {end_s:.1f} s."
                )
            return Clip(bool(videos), duration_s)
    except (FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AssetTypeError(
            f"Expected an undamaged video or sound. Received: {shown} ({reason})."
        ) from error


def _end_s(clip: InputContainer) -> float:
    """When the last packet ends; the packets are read, not decoded."""
    start_s = (clip.start_time or 0) / 1_000_000
    end_s = 0.0
    for packet in clip.demux():
        if packet.pts is not None and packet.time_base is not None:
            end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base) - start_s)
    return end_s


_FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    "video/mp4": ("mov", "mp4"),
    "audio/mp4": ("mov", "ipod"),
    "video/webm": ("matroska", "webm"),
    "audio/webm": ("matroska", "webm"),
    "audio/mpeg": ("mp3", "mp3"),
    "audio/ogg": ("ogg", "ogg"),
    "audio/wav": ("wav", "wav"),
}
"""FFmpeg's names to read and to write each kind."""


def video_size(content: bytes | Path, mime_type: str) -> tuple[int, int]:
    """Width and height of a video as it is seen.

    Args:
        content: of a video that ``read_clip`` took, or where it lies.
        mime_type: its kind.

    Raises:
        AssetTypeError: it cannot be read.
    """
    import av
    from av.error import FFmpegError

    source = io.BytesIO(content) if isinstance(content, bytes) else str(content)
    try:
        with av.open(source, mode="r", format=_FORMATS[mime_type][0], metadata_errors="replace") as clip:
            frame = next(clip.decode(video=0))
            lies = frame.rotation % 180 != 0
            return (frame.height, frame.width) if lies else (frame.width, frame.height)
    except (FFmpegError, ValueError, IndexError, StopIteration) as error:
        raise AssetTypeError(f"Expected an undamaged video. Received: {error}") from error


def _frame_ticks(stream: VideoStream) -> int:
    """How long a picture of a video stays, in the stream's own ticks; 0 where it does not say."""
    if not stream.average_rate or not stream.time_base:
        return 0
    return round(1 / (stream.average_rate * stream.time_base))


def without_clip_metadata(content: bytes, mime_type: str) -> bytes:
    """The same pictures and sound, packed again without tags, cover pictures and tracks of other data.

    Nothing is decoded: packets are copied as they are, with the display matrix that says which way is up. The
    same clip gives the same bytes, so what is clean stays as it is.

    Args:
        content: of a clip that ``read_clip`` took.
        mime_type: one of the clips' kinds.

    Raises:
        ValueError: it cannot be packed again.
    """
    import av
    from av.error import FFmpegError
    from av.stream import Disposition

    source, target = _FORMATS[mime_type]
    # No random numbers and no name of the program. FFmpeg goes back in an MP4 to put the index first, so that
    # a browser can start before the end.
    options = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if source == "mov" else {})
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip"
            with (
                av.open(io.BytesIO(content), mode="r", format=source, metadata_errors="replace") as old,
                av.open(str(path), mode="w", format=target, options=options) as new,
            ):
                shown = [s for s in old.streams.video if not s.disposition & Disposition.attached_pic]
                copies = {}
                for stream in (*shown, *old.streams.audio):
                    copies[stream.index] = new.add_stream_from_template(stream)
                    copies[stream.index].metadata.clear()
                for packet in old.demux([s for s in old.streams if s.index in copies]):
                    if packet.dts is not None:
                        if not packet.duration and packet.stream in shown:
                            # WebM need not say how long the last picture stays; the copy is as long.
                            packet.duration = _frame_ticks(packet.stream)
                        packet.stream = copies[packet.stream.index]
                        new.mux(packet)
            return path.read_bytes()
    except FFmpegError as error:
        raise ValueError(f"Expected a clip that can be packed again. Received: {error}") from error
