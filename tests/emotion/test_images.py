"""Decoding what people upload: upright, opaque, 8-bit BGR, or one clear message."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from emotion.errors import ImageError
from emotion.images import HEIC_SUPPORTED, ImageLimits, decode_image


def corner_picture(width_px: int = 64, height_px: int = 32) -> Image.Image:
    """White with a red top-left quarter, so that every turn and mirror can be told apart."""
    image = Image.new("RGB", (width_px, height_px), "white")
    image.paste((255, 0, 0), (0, 0, width_px // 2, height_px // 2))
    return image


def encode(image: Image.Image, picture_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, picture_format, **options)
    return buffer.getvalue()


def red_corner(frame_bgr: np.ndarray) -> tuple[bool, bool]:
    """(at the top, at the left) of the one red quarter."""
    blue = frame_bgr[:, :, 0].astype(int)
    rows, columns = np.nonzero(blue < 128)
    return rows.mean() < frame_bgr.shape[0] / 2, columns.mean() < frame_bgr.shape[1] / 2


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "HEIF"])
def test_reads_the_formats_people_send(picture_format: str) -> None:
    if picture_format == "HEIF" and not HEIC_SUPPORTED:
        pytest.skip("pillow-heif is not installed here")
    decoded = decode_image(encode(corner_picture(), picture_format))
    assert decoded.format == picture_format
    assert decoded.frame_bgr.shape == (32, 64, 3)
    assert decoded.frame_bgr.dtype == np.uint8
    blue, green, red = (int(v) for v in decoded.frame_bgr[8, 16])
    assert red > 200 and blue < 60 and green < 60
    assert red_corner(decoded.frame_bgr) == (True, True)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture_format", ["JPEG", "PNG"])
def test_turns_photos_upright_by_their_exif_orientation(orientation: int, picture_format: str) -> None:
    # The stored pixels are what a camera held that way would have written for the upright picture.
    undo = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }[orientation]
    stored = corner_picture()
    for step in undo:
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode_image(encode(stored, picture_format, exif=exif.tobytes()))
    assert decoded.frame_bgr.shape == (32, 64, 3)
    assert (decoded.original_width_px, decoded.original_height_px) == (64, 32)
    assert red_corner(decoded.frame_bgr) == (True, True)


def test_broken_exif_beside_good_pixels_still_opens() -> None:
    content = encode(corner_picture(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\xff\xff\xff\xff\xff")
    assert decode_image(content).frame_bgr.shape == (32, 64, 3)


def test_grey_becomes_three_equal_channels() -> None:
    frame = decode_image(encode(Image.new("L", (9, 7), 77), "PNG")).frame_bgr
    assert frame.shape == (7, 9, 3)
    assert (frame == 77).all()


def test_sixteen_bit_grey_keeps_its_brightness() -> None:
    values = np.full((6, 8), 40_000, np.uint16)
    frame = decode_image(encode(Image.fromarray(values), "PNG")).frame_bgr
    assert frame.shape == (6, 8, 3)
    assert abs(int(frame[0, 0, 0]) - 40_000 * 255 // 65_535) <= 1


def test_float_tiff_is_stretched_to_its_own_range() -> None:
    values = np.linspace(-3.0, 5.0, 64, dtype=np.float32).reshape(8, 8)
    frame = decode_image(encode(Image.fromarray(values), "TIFF")).frame_bgr
    assert (int(frame.min()), int(frame.max())) == (0, 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0)).convert(mode)
    assert (decode_image(encode(image, "PNG")).frame_bgr == 255).all()


def test_palette_with_transparency_is_laid_on_white() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30] * 256)
    assert (decode_image(encode(image, "PNG", transparency=0)).frame_bgr == 255).all()


def test_one_bit_pictures_open() -> None:
    frame = decode_image(encode(Image.new("1", (4, 4), 1), "PNG")).frame_bgr
    assert (frame == 255).all()


def test_cmyk_is_converted() -> None:
    frame = decode_image(encode(corner_picture().convert("CMYK"), "JPEG")).frame_bgr
    assert red_corner(frame) == (True, True)
    assert int(frame[-1, -1].min()) > 240


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue", "green")]
    content = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert tuple(int(v) for v in decode_image(content).frame_bgr[0, 0]) == (0, 0, 255)


def test_first_page_of_many() -> None:
    pages = [Image.new("L", (3, 3), i % 256) for i in range(300)]
    content = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert (decode_image(content).frame_bgr == 0).all()


def test_a_single_pixel_opens() -> None:
    assert decode_image(encode(Image.new("RGB", (1, 1), "red"), "PNG")).frame_bgr.shape == (1, 1, 3)


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG"])
def test_large_pictures_are_scaled_down_and_say_their_own_size(picture_format: str) -> None:
    decoded = decode_image(encode(corner_picture(640, 320), picture_format), ImageLimits(max_side_px=160))
    assert decoded.frame_bgr.shape == (80, 160, 3)
    assert (decoded.original_width_px, decoded.original_height_px) == (640, 320)
    assert decoded.scale == pytest.approx(4.0)
    assert red_corner(decoded.frame_bgr) == (True, True)


def test_a_line_of_pixels_survives_scaling() -> None:
    content = encode(Image.new("L", (1, 5000)), "PNG")
    assert decode_image(content, ImageLimits(max_side_px=100)).frame_bgr.shape == (100, 1, 3)


def png_header_of(width_px: int, height_px: int) -> bytes:
    """A PNG that claims a size and holds no such pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("size", "most"), [((30_000, 30_000), 120), ((12_000, 12_000), 52), ((9_000, 6_000), 52)]
)
def test_absurd_sizes_are_refused_from_the_header_alone(size: tuple[int, int], most: int) -> None:
    with pytest.raises(ImageError, match=f"at most {most} megapixels"):
        decode_image(png_header_of(*size))


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(ImageError, match=r"at most 1 MB\. Received: 2\.0 MB"):
        decode_image(b"\0" * (2 * 2**20), ImageLimits(max_bytes=2**20))


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b"", "an empty file"),
        (b"Dear diary, this is no photo.\n", "a text file"),
        ("Grüße aus Köln".encode(), "a text file"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "an SVG drawing"),
        (b"<!DOCTYPE html><title>x</title>", "a web page"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a damaged picture"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video"),
        (bytes(range(256)), "a file that is no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "a text file"),
    ],
)
def test_says_what_it_got_instead_of_a_picture(content: bytes, received: str) -> None:
    with pytest.raises(ImageError) as caught:
        decode_image(content)
    assert "Expected a JPEG, PNG" in str(caught.value)
    assert f"Received: {received}" in str(caught.value)


def test_a_truncated_photo_says_so() -> None:
    content = encode(Image.effect_noise((200, 200), 90).convert("RGB"), "JPEG")
    with pytest.raises(ImageError, match="damaged or incomplete JPEG"):
        decode_image(content[: len(content) // 2])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed_format=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"]),
    edits=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.floats(0.2, 1.0),
)
def test_mutated_files_give_a_frame_or_an_image_error(
    seed_format: str, edits: list[tuple[int, int]], cut: float
) -> None:
    content = bytearray(encode(corner_picture(), seed_format))
    for position, value in edits:
        content[position % len(content)] = value
    try:
        frame = decode_image(bytes(content[: max(1, int(len(content) * cut))])).frame_bgr
    except ImageError:
        return
    assert frame.ndim == 3 and frame.shape[2] == 3 and frame.dtype == np.uint8
