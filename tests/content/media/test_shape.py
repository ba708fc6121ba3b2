"""How wide and high a picture or video is as it is seen."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest
from PIL import Image

from content.media.shape import seen_size
from tests.content.media_files import film, picture


def lying() -> bytes:
    """A photo that lies on its side in its file, which says so."""
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 24)).save(file, "JPEG", exif=exif)
    return file.getvalue()


def turned(tmp_path: Path) -> bytes:
    """A clip of 64 by 48 pixels that is to be shown turned by a quarter."""
    source, target = io.BytesIO(film("mp4", "libx264")), tmp_path / "turned.mp4"
    with av.open(source) as old, av.open(str(target), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        stream.set_display_rotation(90)
        for packet in old.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    return target.read_bytes()


@pytest.mark.parametrize(
    ("content", "mime_type", "size"),
    [
        (picture("PNG", (8, 6)), "image/png", (8, 6)),
        (lying(), "image/jpeg", (24, 40)),
        (film("mp4", "libx264"), "video/mp4", (64, 48)),
        (film("webm", "libvpx"), "video/webm", (64, 48)),
        (b"none of these", "image/png", None),
        (b"none of these", "video/mp4", None),
    ],
    ids=["picture", "lying photo", "mp4", "webm", "no picture", "no clip"],
)
def test_bytes_and_files_tell_their_size(
    content: bytes, mime_type: str, size: tuple[int, int] | None, tmp_path: Path
) -> None:
    assert seen_size(content, mime_type) == size
    path = tmp_path / "file"
    path.write_bytes(content)
    assert seen_size(path, mime_type) == size


def test_a_turned_clip_is_as_wide_as_it_is_seen(tmp_path: Path) -> None:
    assert seen_size(turned(tmp_path), "video/mp4") == (48, 64)
