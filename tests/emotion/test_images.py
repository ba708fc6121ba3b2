"""Decoding what people upload: upright, opaque, 8-bit BGR, or one clear message."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from emotion.errors import ImageError
from emotion.images import HEIC_SUPPORTED, MOST_FRAMES, ImageLimits, decode_image
from tests.emotion.bad_photos import tiff_of_pages


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


# EXIF orientation -> what a camera held that way does to the upright picture when it stores it.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(orientation: int) -> Image.Image:
    step = STORED[orientation]
    return corner_picture() if step is None else corner_picture().transpose(step)


def exif_of(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def xmp_of(orientation: int) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        f'tiff:Orientation="{orientation}"/></rdf:RDF></x:xmpmeta>'
    ).encode()


def by_exif(picture_format: str, **options: object) -> Callable[[int], bytes]:
    return lambda o: encode(stored(o), picture_format, exif=exif_of(o), **options)


def by_xmp(picture_format: str) -> Callable[[int], bytes]:
    return lambda o: encode(stored(o), picture_format, xmp=xmp_of(o))


def mpo(orientation: int) -> bytes:
    second = Image.new("RGB", (64, 32), "blue")
    return encode(
        stored(orientation), "MPO", exif=exif_of(orientation), save_all=True, append_images=[second]
    )


def tiff(compression: str | None) -> Callable[[int], bytes]:
    return lambda o: encode(stored(o), "TIFF", tiffinfo={274: o}, compression=compression)


def png_with_exif_behind_its_pixels(orientation: int) -> bytes:
    content = encode(stored(orientation), "PNG", exif=exif_of(orientation))
    at = content.index(b"eXIf") - 4
    size = 12 + struct.unpack_from(">I", content, at)[0]
    rest = content[:at] + content[at + size :]
    return rest[:-12] + content[at : at + size] + rest[-12:]


def png_with_imagemagicks_profile(orientation: int) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    data, words = exif_of(orientation), PngInfo()
    words.add_text("Raw profile type exif", f"\nexif\n{len(data):8}\n{data.hex()}\n")
    return encode(stored(orientation), "PNG", pnginfo=words)


def container(picture_format: str) -> Callable[[int], bytes]:
    """HEIC or AVIF as their writers do it: rotation and mirror among the properties."""

    def build(orientation: int) -> bytes:
        content = by_exif(picture_format)(orientation)
        assert (b"irot" in content or b"imir" in content) == (orientation > 1)
        return content

    return build


def exif_alone(picture_format: str) -> Callable[[int], bytes]:
    """HEIC or AVIF whose EXIF is the only one to say it, as Fujifilm's cameras write it."""

    def build(orientation: int) -> bytes:
        # Written upright, so that no property is, and then changed in place.
        upright = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0%c\0\0\0\0\0\0"
        content = encode(stored(orientation), picture_format, exif=b"Exif\0\0" + upright % 1)
        if upright % 1 not in content:  # Pillow leaves an orientation of 1 out of an AVIF's EXIF
            other = upright.replace(b"\x01\x12", b"\x01\x31")
            content = encode(stored(orientation), picture_format, exif=b"Exif\0\0" + other % 1)
            content = content.replace(other % 1, upright % 1)
        content = content.replace(upright % 1, upright % orientation)
        assert upright % orientation in content
        assert b"irot" not in content and b"imir" not in content
        return content

    return build


def heic_whose_exif_is_void(orientation: int) -> bytes:
    """Turned by its properties, with EXIF that says something else (as editors leave it)."""
    content = by_exif("HEIF")(orientation)
    one, other = (b"\x01\x12\0\x03\0\0\0\x01\0%c" % n for n in (orientation, 3 if orientation != 3 else 6))
    assert one in content or orientation == 1
    return content.replace(one, other) if orientation > 1 else content


ORIENTATIONS: dict[str, Callable[[int], bytes]] = {
    "JPEG, EXIF": by_exif("JPEG"),
    "JPEG, XMP": by_xmp("JPEG"),
    "JPEG of several pictures": mpo,
    "PNG, eXIf": by_exif("PNG"),
    "PNG, eXIf behind the pixels": png_with_exif_behind_its_pixels,
    "PNG, ImageMagick's profile": png_with_imagemagicks_profile,
    "WebP, EXIF": by_exif("WEBP", lossless=True),
    "WebP, XMP": by_xmp("WEBP"),
    "TIFF": tiff(None),
    "TIFF, LZW": tiff("tiff_lzw"),
    "TIFF, JPEG": tiff("jpeg"),
    "AVIF, properties": container("AVIF"),
    "AVIF, EXIF alone": exif_alone("AVIF"),
    **(
        {
            "HEIC, properties": container("HEIF"),
            "HEIC, EXIF alone": exif_alone("HEIF"),
            "HEIC, properties against EXIF": heic_whose_exif_is_void,
        }
        if HEIC_SUPPORTED
        else {}
    ),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("said", ORIENTATIONS)
def test_turns_photos_upright_wherever_their_orientation_is_said(orientation: int, said: str) -> None:
    decoded = decode_image(ORIENTATIONS[said](orientation))
    assert decoded.frame_bgr.shape == (32, 64, 3)
    assert (decoded.original_width_px, decoded.original_height_px) == (64, 32)
    assert red_corner(decoded.frame_bgr) == (True, True)


@pytest.mark.parametrize("picture_format", ["JPEG", "TIFF", "PNG"])
def test_a_large_photo_on_its_side_is_scaled_and_turned_once(picture_format: str) -> None:
    large = corner_picture(640, 320).transpose(Image.Transpose.ROTATE_90)
    options = {"tiffinfo": {274: 6}} if picture_format == "TIFF" else {"exif": exif_of(6)}
    decoded = decode_image(encode(large, picture_format, **options), ImageLimits(max_side_px=160))
    assert decoded.frame_bgr.shape == (80, 160, 3)
    assert (decoded.original_width_px, decoded.original_height_px) == (640, 320)
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


@pytest.mark.parametrize("picture_format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_of_several_frames_the_first_is_taken_and_all_are_counted(picture_format: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "lime")]
    content = encode(frames[0], picture_format, save_all=True, append_images=frames[1:])
    decoded = decode_image(content)
    assert decoded.frames == 3
    blue, _, red = (int(v) for v in decoded.frame_bgr[8, 8])
    assert red > 200 and blue < 60


def test_one_picture_is_one_frame() -> None:
    assert [decode_image(encode(corner_picture(), f)).frames for f in ("JPEG", "PNG", "GIF", "TIFF")] == [
        1
    ] * 4
    assert decode_image(mpo(1)).frames == 1  # a phone's second picture is a preview


def test_pages_without_end_are_counted_up_to_a_limit() -> None:
    decoded = decode_image(tiff_of_pages(10_000))
    assert decoded.frames == MOST_FRAMES
    assert (decoded.frame_bgr == 64).all()


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
        (bytes(range(256)), "no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "a text file"),
    ],
)
def test_says_what_it_got_instead_of_a_picture(content: bytes, received: str) -> None:
    with pytest.raises(ImageError) as caught:
        decode_image(content)
    assert "Expected a JPEG, PNG" in str(caught.value)
    assert f"Received: {received}" in str(caught.value)
    assert "Expected" not in caught.value.page_words
    assert "Received" not in caught.value.page_words
    assert "Choose a JPEG, PNG" in caught.value.page_words


def test_a_truncated_photo_says_so() -> None:
    content = encode(Image.effect_noise((200, 200), 90).convert("RGB"), "JPEG")
    with pytest.raises(ImageError, match="damaged or incomplete JPEG"):
        decode_image(content[: len(content) // 2])


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2, 40])
def test_a_jpeg_that_lacks_only_its_end_is_read_and_says_so(
    missing: int, progressive: bool, orientation: int
) -> None:
    # The same noise each time: one picture in 25 is complete without the marker that is cut off.
    pixels = np.random.default_rng(1).normal(128, 90, (400, 400)).clip(0, 255).astype(np.uint8)
    noise = Image.fromarray(pixels).convert("RGB")
    whole = encode(noise, "JPEG", progressive=progressive, exif=exif_of(orientation))
    decoded, cut = decode_image(whole), decode_image(whole[:-missing])
    assert cut.ends_early and not decoded.ends_early
    different = (cut.frame_bgr != decoded.frame_bgr).any(axis=2)
    assert different.mean() < (0.02 if missing > 2 else 1e-9)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_lacks_more_than_its_end_is_refused(progressive: bool) -> None:
    whole = encode(Image.effect_noise((400, 400), 90).convert("RGB"), "JPEG", progressive=progressive)
    for share in (0.9, 0.6, 0.3):
        with pytest.raises(ImageError, match="damaged or incomplete JPEG"):
            decode_image(whole[: int(len(whole) * share)])


def test_a_large_jpeg_of_which_a_twentieth_is_there_is_refused() -> None:
    whole = encode(Image.new("RGB", (4000, 3000), (120, 130, 140)), "JPEG")
    with pytest.raises(ImageError, match="damaged or incomplete JPEG"):
        decode_image(whole[: len(whole) // 20])


# --- RAW -----------------------------------------------------------------------------------------------


def tiff_with_tags(tags: dict[int, int], make: bytes = b"") -> bytes:
    """A little-endian TIFF of 4×4 grey pixels with these tags (LONG) besides its own."""
    own = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 277: 1, 278: 4, 279: 16}
    entries = own | tags
    at = 8 + 2 + 12 * (len(entries) + 1 + bool(make)) + 4
    entries[273] = at
    out = struct.pack("<2sHIH", b"II", 42, 8, len(entries) + bool(make))
    rows = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries.items()]
    if make:
        rows.append(struct.pack("<HHII", 271, 2, len(make), at + 16))
    out += b"".join(sorted(rows, key=lambda row: struct.unpack_from("<H", row)))
    return out + struct.pack("<I", 0) + bytes(range(16)) + make + b"\0" * 64


RAW_FILES = {
    "DNG": tiff_with_tags({50706: 0x00000401}),
    "DNG with a thumbnail in front": tiff_with_tags({254: 1, 330: 60, 50706: 0x00000401}),
    "a thumbnail in front": tiff_with_tags({254: 1, 330: 60}),
    "NEF": tiff_with_tags({254: 1, 330: 60}, b"NIKON CORPORATION\0"),
    "sensor values": tiff_with_tags({262: 32803}),
    "CR2": b"II*\0\x10\0\0\0CR\x02\0" + tiff_with_tags({})[8:],
    "CR3": b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom" + b"\0" * 64,
    "RAF": b"FUJIFILMCCD-RAW 0201FF129502" + b"\0" * 64,
    "ORF": b"IIRO\x08\0\0\0" + b"\0" * 64,
    "RW2": b"IIU\0\x18\0\0\0" + b"\0" * 64,
}


@pytest.mark.parametrize("kind", RAW_FILES)
def test_raw_files_are_not_read_as_their_thumbnail(kind: str) -> None:
    with pytest.raises(ImageError, match=r"RAW is not read here: export the photo as JPEG"):
        decode_image(RAW_FILES[kind])


def test_an_ordinary_tiff_with_smaller_copies_behind_it_is_no_raw() -> None:
    assert decode_image(tiff_with_tags({})).frame_bgr.shape == (4, 4, 3)
    assert decode_image(tiff_with_tags({254: 0, 330: 60})).frame_bgr.shape == (4, 4, 3)


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
