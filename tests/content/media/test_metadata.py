"""Pictures and clips are kept without what says where, when and with what they were taken."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from content.errors import AssetTypeError
from content.media.assets import AssetStore, cleaned, inspect
from content.media.metadata import without_metadata

SECRETS = (b"SECRET-CAMERA", b"SECRET-NOTE", b"GPSLatitude", b"SECRET-XMP", b"SECRET-TAIL")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def picture(size: tuple[int, int] = (40, 24)) -> Image.Image:
    rng = np.random.default_rng(3)
    return Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), np.uint8).astype(np.uint8))


def exif(orientation: int | None = None) -> Image.Exif:
    found = Image.Exif()
    found[0x010F] = "SECRET-CAMERA"
    if orientation is not None:
        found[0x0112] = orientation
    found.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 17.0)})
    return found


def saved(kind: str, image: Image.Image, orientation: int | None = None) -> bytes:
    file = io.BytesIO()
    if kind == "JPEG":
        image.save(
            file, kind, exif=exif(orientation), icc_profile=SRGB, comment=b"SECRET-NOTE", progressive=True
        )
    elif kind == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", "SECRET-NOTE")
        notes.add_itxt("XML:com.adobe.xmp", "SECRET-XMP", zip=False)
        image.save(file, kind, exif=exif(orientation), icc_profile=SRGB, pnginfo=notes)
    elif kind == "WEBP":
        image.save(
            file,
            kind,
            exif=exif(orientation),
            icc_profile=SRGB,
            xmp=b"<x:xmpmeta>SECRET-XMP</x:xmpmeta>",
            lossless=True,
        )
    else:
        image.save(file, kind, comment=b"SECRET-NOTE")
    return file.getvalue()


@pytest.mark.parametrize("tail", [b"", b"SECRET-TAIL" * 9])
@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 7])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_and_camera_go_and_the_picture_stays(kind: str, orientation: int | None, tail: bytes) -> None:
    before = saved(kind, picture(), orientation) + tail
    assert any(secret in before for secret in SECRETS)
    after = without_metadata(before, f"image/{kind.lower()}")
    assert not any(secret in after for secret in SECRETS)
    with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(after)) as new:
        assert np.array_equal(np.asarray(old), np.asarray(new)), "not one pixel changes"
        assert new.info["icc_profile"] == old.info["icc_profile"]
        assert new.getexif().get(0x0112, 1) == (orientation or 1)
        assert not new.getexif().get_ifd(0x8825)
        upright = [np.asarray(ImageOps.exif_transpose(image)) for image in (old, new)]
    assert np.array_equal(*upright)
    assert without_metadata(after, f"image/{kind.lower()}") == after


@pytest.mark.parametrize(("kind", "options"), [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})])
def test_an_animation_goes_on(kind: str, options: dict[str, object]) -> None:
    frames = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (10, 120, 240)]
    file = io.BytesIO()
    frames[0].save(
        file,
        kind,
        save_all=True,
        append_images=frames[1:],
        duration=100,
        loop=0,
        comment=b"SECRET-NOTE",
        **options,
    )
    after = without_metadata(file.getvalue(), f"image/{kind.lower()}")
    assert b"SECRET-NOTE" not in after
    with Image.open(io.BytesIO(after)) as image:
        assert (image.n_frames, image.info["loop"]) == (3, 0)
        image.seek(2)
        assert image.convert("RGB").getpixel((4, 4)) == (240, 240, 240)


def test_a_plain_picture_of_each_kind_stays_as_it_is() -> None:
    for kind in ("JPEG", "PNG", "GIF"):
        file = io.BytesIO()
        picture().save(file, kind)
        assert without_metadata(file.getvalue(), f"image/{kind.lower()}") == file.getvalue()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]))
    content = bytearray(saved(kind, picture((6, 5))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(12, len(content)))]
    try:
        asset = inspect(bytes(content))
    except AssetTypeError:
        return
    try:
        after = cleaned(bytes(content), asset.mime_type)
    except AssetTypeError:
        return
    assert inspect(after).mime_type == asset.mime_type


def clip(container: str, codec: str, **metadata: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        out.metadata.update(metadata)
        if codec in ("libx264", "libvpx"):
            stream = out.add_stream(
                codec, rate=10, options={"preset": "ultrafast"} if codec == "libx264" else {}
            )
            stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv420p"
            for number in range(10):
                frame = av.VideoFrame.from_ndarray(
                    np.full((16, 32, 3), number * 20, np.uint8), format="rgb24"
                )
                out.mux(stream.encode(frame))
        else:
            stream = out.add_stream(codec, rate=48_000, layout="mono")
            layout = {"libmp3lame": "fltp", "aac": "fltp", "libopus": "flt", "pcm_s24le": "s32"}[codec]
            dtype = np.float32 if layout in ("fltp", "flt") else np.int32
            for number in range(20):
                sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype), format=layout, layout="mono")
                sound.sample_rate, sound.pts, sound.time_base = 48_000, number * 1024, Fraction(1, 48_000)
                out.mux(stream.encode(sound))
        out.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("mp4", "libx264"),
        ("webm", "libvpx"),
        ("mp3", "libmp3lame"),
        ("ipod", "aac"),
        ("ogg", "libopus"),
        ("wav", "pcm_s24le"),
    ],
)
def test_clips_and_sounds_lose_their_tags(container: str, codec: str, tmp_path) -> None:
    before = clip(container, codec, title="SECRET-NOTE", comment="SECRET-CAMERA", artist="SECRET-XMP")
    assert b"SECRET-NOTE" in before
    store = AssetStore(tmp_path / "media", tmp_path)
    asset = store.add(before)
    after = store.read_bytes(asset)
    assert not any(secret in after for secret in SECRETS)
    with av.open(io.BytesIO(before)) as old, av.open(io.BytesIO(after)) as new:
        packets = [[bytes(p) for p in c.demux(c.streams[0]) if p.size] for c in (old, new)]
    assert packets[0] == packets[1], "nothing is encoded again"
    assert inspect(after).duration_s == pytest.approx(asset.duration_s, abs=0.06)
    assert cleaned(after, asset.mime_type) == after, "what is clean stays as it is"


def test_a_clip_keeps_which_way_is_up(tmp_path) -> None:
    turned = bytearray(clip("mp4", "libx264"))
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    lying = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    at = turned.rfind(matrix)  # the track's; the movie's own comes before
    turned[at : at + len(matrix)] = lying
    store = AssetStore(tmp_path / "media", tmp_path)
    after = store.read_bytes(store.add(bytes(turned)))
    assert lying in after


def test_a_png_chunk_that_lies_about_its_length_is_refused() -> None:
    content = saved("PNG", picture())
    broken = content[:8] + struct.pack(">I4s", 2**30, b"tEXt") + content[16:]
    assert zlib.crc32(broken)
    with pytest.raises(ValueError, match="damaged"):
        without_metadata(broken, "image/png")


def test_files_that_were_kept_before_are_cleaned_once_and_keep_their_names(tmp_path) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    photo, plain, broken = (f"{digit * 32}.jpg" for digit in "abc")
    (folder / photo).write_bytes(saved("JPEG", picture(), 6))
    (folder / plain).write_bytes(cleaned(saved("JPEG", picture()), "image/jpeg"))
    (folder / broken).write_bytes(b"\xff\xd8 no picture")
    (folder / "notes.txt").write_text("SECRET-NOTE of somebody else")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    store = AssetStore(folder, tmp_path)
    shares: list[float] = []

    found = store.clean(dry_run=True)
    assert (found.checked, found.cleaned, list(found.failed)) == (3, (photo,), [broken])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before, "only said"

    assert store.clean(progress=shares.append).cleaned == (photo,)
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert not any(secret in after[photo] for secret in SECRETS)
    assert {name for name in before if after[name] != before[name]} == {photo}
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert store.clean().cleaned == (), "it may be repeated"
