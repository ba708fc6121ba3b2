"""The bytes of small pictures, films and sounds."""

from __future__ import annotations

import io
import wave

import av
import numpy as np
from PIL import Image


def picture(
    kind: str = "PNG", size: tuple[int, int] = (8, 6), frames: int = 1, *, color: str | None = None
) -> bytes:
    """A picture of one colour; an animation of several frames, each a little redder."""
    file = io.BytesIO()
    first, *others = [Image.new("RGB", size, color or (40 * n, 90, 120)) for n in range(frames)]
    if others:
        first.save(file, kind, save_all=True, append_images=others)
    else:
        first.save(file, kind)
    return file.getvalue()


def film(container: str, codec: str, seconds: float = 1.0) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=25 if codec == "mpeg2video" else 10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(int(seconds * 10)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), n * 9, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def sound(container: str, codec: str, seconds: float = 1.0) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=48000, layout="mono")
        samples = (np.sin(np.arange(int(48000 * seconds)) / 20) * 9000).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 48000
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48000)
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            part.pts = None
            fifo.write(part)
        while (part := fifo.read(stream.frame_size or 1024)) is not None:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return file.getvalue()


def wav(seconds: float = 1.0) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * int(8000 * seconds))
    return file.getvalue()
