import io
import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from content.errors import AssetError, AssetLinkError, AssetTooLargeError, AssetTypeError
from content.media.assets import AssetLimits, AssetStore, inspect
from content.types import Asset, AssetType
from tests.content.media_files import film, picture, sound, wav


@pytest.fixture
def store(tmp_path) -> AssetStore:
    starter = tmp_path / "starter"
    starter.mkdir()
    (starter / "ours.webp").write_bytes(picture("WEBP"))
    return AssetStore(tmp_path / "media", starter)


@pytest.mark.parametrize(
    ("kind", "mime_type", "ending"),
    [
        ("PNG", "image/png", ".png"),
        ("JPEG", "image/jpeg", ".jpg"),
        ("GIF", "image/gif", ".gif"),
        ("WEBP", "image/webp", ".webp"),
    ],
)
def test_pictures(store, kind, mime_type, ending):
    content = picture(kind)
    asset = store.add(content, "whatever.exe")
    assert (asset.type, asset.mime_type, asset.duration_s) == (AssetType.IMAGE, mime_type, None)
    path = store.path(asset)
    assert path.suffix == ending
    assert path.read_bytes() == content


def test_an_animated_picture_is_a_picture(store):
    assert store.add(picture("GIF", frames=3)).mime_type == "image/gif"


@pytest.mark.parametrize(
    ("make", "arguments", "mime_type", "ending"),
    [
        (film, ("mp4", "libx264"), "video/mp4", ".mp4"),
        (film, ("webm", "libvpx"), "video/webm", ".webm"),
        (sound, ("mp3", "libmp3lame"), "audio/mpeg", ".mp3"),
        (sound, ("ogg", "libopus"), "audio/ogg", ".ogg"),
        (sound, ("ipod", "aac"), "audio/mp4", ".m4a"),
        (sound, ("webm", "libopus"), "audio/webm", ".weba"),
        (wav, (), "audio/wav", ".wav"),
    ],
)
def test_videos_and_sounds_with_their_length(store, make, arguments, mime_type, ending):
    asset = store.add(make(*arguments), "x")
    assert asset.mime_type == mime_type
    assert asset.type.value == mime_type.split("/")[0]
    assert asset.duration_s == pytest.approx(1.0, abs=0.15)
    assert store.path(asset).suffix == ending


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "scripts"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><!-- a --><SVG></SVG>", "scripts"),
        (b"<html><script>alert(1)</script></html>", "none of these"),
        (b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>", "none of these"),
        (picture("PNG")[:40], "none of these"),
        (picture("BMP"), "none of these"),
        (picture("TIFF"), "none of these"),
        (b"MZ" + b"\0" * 200, "none of these"),
        (b"%PDF-1.7 ...", "none of these"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/secret\n", "none of these"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "none of these"),
        (b"\0\0\0\x18ftypisom" + b"\0" * 200, "undamaged"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "undamaged"),
        (b"OggS" + b"\0" * 100, "undamaged"),
        (b"ID3\x04\0\0\0\0\0\0" + b"<html>" * 50, "undamaged"),
        (b"\x1a\x45\xdf\xa3webm" + b"\0" * 100, "undamaged"),
        (film("mp4", "libx264")[:200], "undamaged"),
    ],
)
def test_what_is_not_shown_is_refused_with_a_reason_and_leaves_no_file(store, tmp_path, content, says):
    with pytest.raises(AssetTypeError, match=says) as caught:
        store.add(content, "picture.png")
    assert "'picture.png'" in str(caught.value)
    assert not (tmp_path / "media").exists()


@pytest.mark.parametrize("codec", ["mpeg4", "mpeg2video"])
def test_a_video_that_no_browser_plays_is_refused(codec):
    with pytest.raises(AssetTypeError, match=f"browsers play.*Received: 'a' in {codec}"):
        inspect(film("mp4", codec), "a")


def test_a_video_of_too_many_pixels_is_refused(monkeypatch):
    monkeypatch.setattr("content.media.clips.MOST_PIXELS", 64 * 47)
    with pytest.raises(AssetTooLargeError, match="with 64×48"):
        inspect(film("mp4", "libx264"), "a")


def test_sizes_are_limited():
    limits = AssetLimits(image_bytes=60, clip_bytes=1000, image_pixels=100)
    with pytest.raises(AssetTooLargeError, match=r"megapixels\. Received: 'a' with 20×20"):
        inspect(picture("PNG", (20, 20)), "a", limits)
    with pytest.raises(AssetTooLargeError, match="pictures of at most"):
        inspect(picture("PNG", (8, 8)), "a", limits)
    with pytest.raises(AssetTooLargeError, match="videos and sounds"):
        inspect(wav(), "a", limits)
    assert AssetLimits() == AssetLimits(10 * 1024**2, 50 * 1024**2, 40_000_000)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded():
    # The header of a 50,000×50,000 PNG; decoding it would take 2.5 GB.
    header = bytearray(picture("PNG"))
    header[16:24] = (50_000).to_bytes(4, "big") * 2
    with pytest.raises((AssetTooLargeError, AssetTypeError)):
        inspect(bytes(header))


def noise(kind: str, frames: int = 1) -> bytes:
    rng = np.random.default_rng(0)
    images = [Image.fromarray(rng.integers(0, 255, (60, 80, 3), np.uint8)) for _ in range(frames)]
    file = io.BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(file, kind, **more)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("payload.class", "x" * 100)
    return file.getvalue()


def tagged(words: str) -> bytes:
    """A flawless PNG with words in a text field of it."""
    file, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Comment", words)
    Image.new("RGB", (8, 6)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (picture("PNG") + b"<html><body onload=alert(1)>", "a web page"),
        (picture("JPEG") + b"\n<!DOCTYPE html><title>x</title>", "a web page"),
        (picture("GIF") + b"<ScRiPt>alert(1)</sCrIpT>", "a web page"),
        (noise("WEBP") + b"<svg xmlns='http://www.w3.org/2000/svg'>", "a web page"),
        (tagged("<script src=https://evil.example></script>"), "a web page"),
        (picture("GIF") + archive(), "an archive"),
        (picture("PNG") + archive(), "an archive"),
        (tagged("%PDF-1.7 1 0 obj"), "a PDF document"),
        (wav(0.1) + b"<iframe src=//evil.example>", "a web page"),
        (film("mp4", "libx264") + archive(), "an archive"),
    ],
)
def test_files_that_are_two_things_at_once_are_refused(store, tmp_path, content, what):
    with pytest.raises(AssetTypeError, match=f"Received: 'a.png', in which {what} hides"):
        store.add(content, "a.png")
    assert not (tmp_path / "media").exists()


def test_words_in_a_picture_are_no_page(store):
    assert store.add(tagged("Holiday at the <sea>, 100% fun")).mime_type == "image/png"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
@pytest.mark.parametrize(
    ("kind", "frames"), [("PNG", 1), ("JPEG", 1), ("GIF", 1), ("WEBP", 1), ("GIF", 4), ("WEBP", 4)]
)
def test_half_a_picture_is_refused(kind, frames, share):
    whole = noise(kind, frames)
    assert inspect(whole).type is AssetType.IMAGE
    with pytest.raises(AssetTypeError, match="undamaged"):
        inspect(whole[: int(len(whole) * share)])


def film_that_begins_at_once(folder: Path) -> bytes:
    """An MP4 whose table of contents comes first, so that its beginning plays without its end."""
    path = folder / "film.mp4"
    rng = np.random.default_rng(0)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(30):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (48, 64, 3), np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path.read_bytes()


def test_half_a_video_or_sound_is_refused(tmp_path):
    for whole in (
        film_that_begins_at_once(tmp_path),
        film("webm", "libvpx", 2.0),
        sound("mp3", "libmp3lame", 3.0),
        sound("webm", "libopus", 3.0),
    ):
        assert inspect(whole).duration_s == pytest.approx(2.5, abs=0.6)
        with pytest.raises(AssetTypeError, match=r"Expected a whole video or sound.*ends after"):
            inspect(whole[: int(len(whole) * 0.6)])


def test_an_animation_of_too_many_frames_or_pixels_is_refused():
    animation = picture("GIF", (20, 20), frames=5)
    assert inspect(animation, limits=AssetLimits(animation_pixels=2000)).mime_type == "image/gif"
    with pytest.raises(AssetTooLargeError, match="5 frames of 20×20"):
        inspect(animation, limits=AssetLimits(animation_pixels=1999))


@pytest.mark.slow
def test_a_picture_that_unpacks_to_very_much_is_refused_by_its_header():
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    assert file.tell() < 200_000
    with pytest.raises(AssetTooLargeError, match=r"20000×20000|megapixels"):
        inspect(file.getvalue(), "bomb.png")


def test_a_200_mb_upload_is_refused_by_its_size():
    limits = AssetLimits()
    big = picture("PNG") + bytes(200 * 1024**2)
    with pytest.raises(AssetTooLargeError, match=r"at most 10 MB\. Received: 'big\.png' with 200\.0 MB"):
        inspect(big, "big.png", limits)
    with pytest.raises(AssetTooLargeError, match=r"at most 50 MB\. Received: 'big\.mp4' with 200\.0 MB"):
        inspect(b"\0\0\0\x18ftypisom" + bytes(200 * 1024**2), "big.mp4", limits)


def test_names_are_the_stores_own(store, tmp_path):
    names = {store.add(picture("PNG"), "../../evil.png").location for _ in range(5)}
    assert len(names) == 5
    assert all(name.startswith("media/") and name.endswith(".png") for name in names)
    assert sorted(f"media/{p.name}" for p in (tmp_path / "media").iterdir()) == sorted(names)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["media", "starter"]


def test_paths_stay_in_the_two_folders(store, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"x")
    assert store.path("starter/ours.webp") == tmp_path / "starter" / "ours.webp"
    for location in (
        "media/../secret.png",
        "../secret.png",
        str(tmp_path / "secret.png"),
        "starter/",
        "starter/missing.png",
        "other/ours.webp",
        "https://example.org/a.png",
        "",
    ):
        assert store.path(location) is None


@given(st.text(max_size=60))
def test_no_text_leads_out_of_the_folders(location):
    root = Path("/nonexistent-media")
    path = AssetStore(root, root).path(location)
    assert path is None


def test_an_uploaded_file_can_be_removed_and_a_starter_file_cannot(store):
    asset = store.add(picture("PNG"))
    store.remove(asset)
    assert store.path(asset) is None
    store.remove(asset)
    ours = Asset(AssetType.IMAGE, "starter/ours.webp", "image/webp")
    store.remove(ours)
    assert store.path(ours) is not None


NOW = datetime(2026, 3, 1, tzinfo=UTC)


def aged(store: AssetStore, days: float) -> Asset:
    asset = store.add(picture("PNG"))
    at_s = (NOW - timedelta(days=days)).timestamp()
    os.utime(store.path(asset), (at_s, at_s))
    return asset


def test_a_sweep_takes_old_uploads_that_nothing_refers_to_and_nothing_else(store, tmp_path):
    used, poster, unused, fresh = aged(store, 9), aged(store, 9), aged(store, 2), aged(store, 0.9)
    media = tmp_path / "media"
    others = ["holiday.png", ".tmpabc", "0" * 32 + ".txt", "0" * 31 + ".png", "A" * 32 + ".png"]
    for name in others:
        (media / name).write_bytes(b"x")
        os.utime(media / name, (0, 0))
    os.utime(tmp_path / "starter" / "ours.webp", (0, 0))
    (media / ("1" * 32 + ".png")).mkdir()
    (media / ("2" * 32 + ".png")).symlink_to(tmp_path / "starter" / "ours.webp")
    gone = store.sweep({used.location, poster.location, "https://example.org/a.png"}, "mine", NOW)
    assert [f"media/{name}" for name in gone] == [unused.location]
    assert store.path(unused) is None
    assert all(store.path(a) for a in (used, poster, fresh, "starter/ours.webp"))
    assert all((media / name).exists() for name in others)
    assert (media / ("1" * 32 + ".png")).is_dir()
    assert (media / ("2" * 32 + ".png")).is_symlink()
    assert store.sweep(set(), "mine", NOW + timedelta(days=1)) == tuple(
        sorted(a.location.removeprefix("media/") for a in (used, poster, fresh))
    )


def test_a_sweep_leaves_the_files_of_another_catalog_alone(store):
    mine, old = aged(store, 9), aged(store, 9)
    assert store.sweep(set(), "a trial with nothing in it", NOW) == ()
    assert store.sweep({mine.location}, "mine", NOW) == (old.location.removeprefix("media/"),)
    newer = aged(store, 9)
    assert store.sweep({mine.location}, "a copy", NOW) == ()
    assert store.path(newer) is not None


def test_a_sweep_without_a_folder_does_nothing_and_one_that_fails_is_named(store, tmp_path, monkeypatch):
    assert store.sweep(set(), "mine", NOW) == ()
    assert not (tmp_path / "media").exists()
    used = aged(store, 9)
    aged(store, 9)

    def refuse(path, missing_ok=False):
        raise PermissionError("not yours")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(AssetError, match="Received: not yours"):
        store.sweep({used.location}, "mine", NOW)


def test_a_media_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AssetError, match="Expected to be able to write"):
        AssetStore(tmp_path / "file" / "media", tmp_path).add(picture("PNG"))


def test_links(store):
    asset = store.link("https://example.org/a/Film.MP4?x=1.png#t=3")
    assert (asset.type, asset.mime_type) == (AssetType.VIDEO, "video/mp4")
    assert store.path(asset) is None
    assert store.link("https://example.org/picture", "image/webp").type is AssetType.IMAGE
    for bad in (
        "http://example.org/a.png",
        "file:///etc/passwd",
        "javascript:alert(1)//.png",
        "https://example.org/x",
    ):
        with pytest.raises(AssetLinkError, match="Received"):
            store.link(bad)
    with pytest.raises(AssetLinkError, match="Received"):
        store.link("https://example.org/x", "text/html")


GOOD = [
    picture("PNG"),
    picture("GIF"),
    picture("JPEG"),
    wav(0.1),
    film("mp4", "libx264", 0.3),
    sound("mp3", "libmp3lame", 0.2),
]


@pytest.mark.slow
@settings(max_examples=150)
@given(
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=12),
    st.integers(0, 10**6),
)
def test_a_damaged_file_is_an_asset_or_a_named_error(content, changes, cut):
    damaged = bytearray(content)
    for position, value in changes:
        damaged[position % len(damaged)] = value
    try:
        asset = inspect(bytes(damaged[: cut % len(damaged) + 1]))
    except AssetError as error:
        assert "Received: " in str(error)  # noqa: PT017
    else:
        assert asset.location == ""
