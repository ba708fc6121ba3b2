"""The starter catalog: enough for every mood, small, whole, described, readable, and all of it different."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from content.bootstrap import STARTER_FOLDER, read_starter_catalog
from content.themes import check_theme, contrast_ratio
from content.types import Asset, AssetType, CatalogItem, Kind
from emotion.labels import EMOTIONS, Emotion

ASSETS = STARTER_FOLDER / "assets"
ITEMS = read_starter_catalog()
SHOWN = [item for item in ITEMS if item.asset is not None]
VIDEOS = [item for item in SHOWN if item.asset and item.asset.type is AssetType.VIDEO]
SOUNDS = [item for item in SHOWN if item.asset and item.asset.type is AssetType.AUDIO]
MOODS: tuple[Emotion | None, ...] = (*EMOTIONS, None)

TOTAL_BYTES = 15_000_000
# A difference hash of two unrelated pictures disagrees in about half of its 256 bits, that of a recoloured
# copy in few.
LEAST_BITS_APART = 48


def name(item: CatalogItem) -> str:
    return item.item_id


def asset_of(item: CatalogItem) -> Asset:
    assert item.asset is not None
    return item.asset


def file_of(location: str) -> Path:
    folder, _, file = location.partition("/")
    assert folder == "starter", f"Expected a file of the starter catalog. Received: {location}"
    return ASSETS / file


def score(item: CatalogItem, mood: Emotion) -> float:
    return item.weight * item.targets.get(mood, 0.0)


def own_items(mood: Emotion | None, kind: Kind) -> list[CatalogItem]:
    """Items whose strongest target is that mood; default items for None."""
    if mood is None:
        return [i for i in ITEMS if i.kind is kind and i.is_default]
    return [
        i for i in ITEMS if i.kind is kind and i.targets and max(i.targets, key=i.targets.__getitem__) is mood
    ]


def still_of(item: CatalogItem) -> Path:
    asset = asset_of(item)
    return file_of(asset.location if asset.type is AssetType.IMAGE else asset.poster or "")


@cache
def picture(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image.convert("RGB")


@cache
def frames(path: Path) -> np.ndarray:
    """All frames in grey at a quarter of the size, ``(n, 90, 160)`` float32."""
    with av.open(str(path)) as container:
        small = [
            cv2.resize(f.to_ndarray(format="gray"), (160, 90), interpolation=cv2.INTER_AREA)
            for f in container.decode(video=0)
        ]
    return np.stack(small).astype(np.float32)


@cache
def samples(path: Path) -> tuple[int, np.ndarray]:
    """Rate and decoded samples ``(n, channels)`` in [-1, 1]."""
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        blocks = [f.to_ndarray() for f in container.decode(audio=0)]
    return rate, np.concatenate(blocks, axis=1).T.astype(np.float64)


@cache
def fingerprint(path: Path) -> np.ndarray:
    """A difference hash: 256 bits that say where the picture grows brighter to the right."""
    grey = np.asarray(picture(path).convert("L").resize((17, 16), Image.Resampling.LANCZOS), dtype=np.int16)
    return (grey[:, 1:] > grey[:, :-1]).ravel()


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_has_enough(mood: Emotion | None):
    assert len(own_items(mood, Kind.AD)) >= 3
    assert len(own_items(mood, Kind.MEDIA)) >= 3
    assert len(own_items(mood, Kind.THEME)) == 1


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_moves_and_sounds(mood: Emotion | None):
    types = {asset_of(item).type for item in own_items(mood, Kind.MEDIA)}
    assert types == {AssetType.IMAGE, AssetType.VIDEO, AssetType.AUDIO}


@pytest.mark.parametrize("mood", EMOTIONS)
@pytest.mark.parametrize("kind", list(Kind))
def test_a_mood_prefers_its_own_items(mood: Emotion, kind: Kind):
    own = own_items(mood, kind)
    others = [i for i in ITEMS if i.kind is kind and i not in own]
    assert min(score(i, mood) for i in own) >= 2 * max(score(i, mood) for i in others)


def test_all_is_small():
    assert sum(file.stat().st_size for file in ASSETS.iterdir()) <= TOTAL_BYTES


def test_every_file_belongs_to_an_item():
    used = {file_of(asset_of(item).location) for item in SHOWN} | {still_of(item) for item in SHOWN}
    assert used == set(ASSETS.iterdir())


@pytest.mark.parametrize("item", SHOWN, ids=name)
def test_files_are_there_and_within_their_limits(item: CatalogItem):
    asset = asset_of(item)
    limit = {AssetType.IMAGE: 60_000, AssetType.VIDEO: 400_000, AssetType.AUDIO: 200_000}[asset.type]
    assert file_of(asset.location).stat().st_size <= limit
    assert still_of(item).stat().st_size <= 60_000


@pytest.mark.parametrize("item", SHOWN, ids=name)
def test_pictures_decode_at_their_size(item: CatalogItem):
    expected = (640, 360) if asset_of(item).type is AssetType.VIDEO else (960, 600)
    assert picture(still_of(item)).size == expected


@pytest.mark.parametrize("item", SHOWN, ids=name)
def test_pictures_are_no_plain_cards(item: CatalogItem):
    grey = np.asarray(picture(still_of(item)).convert("L"), dtype=np.float32)
    edges = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    assert grey.std() > 12
    assert edges > 1.5


@pytest.mark.parametrize("item", SHOWN, ids=name)
def test_everything_is_described_and_credited(item: CatalogItem):
    assert 40 <= len(item.alt_text) <= 300
    assert item.alt_text != item.title
    assert item.credit == "Made by the Attune project, MIT licence"


def test_descriptions_and_words_are_said_once():
    for field in ("title", "alt_text"):
        words = [getattr(item, field) for item in SHOWN]
        assert len(set(words)) == len(words)
    headlines = [item.headline for item in ITEMS if item.kind is Kind.AD]
    assert all(headlines)
    assert len(set(headlines)) == len(headlines)


@pytest.mark.parametrize("item", [i for i in ITEMS if i.kind is Kind.AD], ids=name)
def test_ads_have_words(item: CatalogItem):
    assert item.body
    assert item.call_to_action


def test_no_two_pictures_are_alike():
    for a, b in combinations(SHOWN, 2):
        apart = int(np.count_nonzero(fingerprint(still_of(a)) != fingerprint(still_of(b))))
        assert apart >= LEAST_BITS_APART, f"{a.item_id} and {b.item_id} are {apart} bits apart"


def test_a_recoloured_copy_would_be_noticed(tmp_path: Path):
    original = still_of(SHOWN[0])
    hue, saturation, value = picture(original).convert("HSV").split()
    turned = hue.point(lambda h: (h + 90) % 256)
    copy = tmp_path / "copy.png"
    Image.merge("HSV", (turned, saturation, value)).convert("RGB").save(copy)
    assert np.count_nonzero(fingerprint(original) != fingerprint(copy)) < LEAST_BITS_APART


@pytest.mark.parametrize("item", VIDEOS, ids=name)
def test_videos_play_in_browsers(item: CatalogItem):
    with av.open(str(file_of(asset_of(item).location))) as container:
        stream = container.streams.video[0]
        assert not container.streams.audio
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (640, 360)
        assert stream.average_rate == 24
    length = len(frames(file_of(asset_of(item).location))) / 24
    assert 8 <= length <= 15
    assert asset_of(item).duration_s == pytest.approx(length, abs=0.1)


@pytest.mark.parametrize("item", VIDEOS, ids=name)
def test_videos_join_their_ends(item: CatalogItem):
    clip = frames(file_of(asset_of(item).location))
    steps = np.abs(np.diff(clip, axis=0)).mean(axis=(1, 2))
    seam = np.abs(clip[-1] - clip[0]).mean()
    farthest = np.abs(clip - clip[0]).mean(axis=(1, 2)).max()
    assert steps.max() > 0.05, "Expected something to move."
    # The first frame is coded on its own, so that a little more than motion lies between the two.
    assert seam <= 1.5 * steps.max() + 0.6
    assert seam < farthest


@pytest.mark.parametrize("item", SOUNDS, ids=name)
def test_sounds_are_level_and_whole(item: CatalogItem):
    rate, sound = samples(file_of(asset_of(item).location))
    length = len(sound) / rate
    level_db = 20 * np.log10(np.sqrt((sound**2).mean()))
    assert 10 <= length <= 20
    assert asset_of(item).duration_s == pytest.approx(length, abs=0.15)
    assert np.abs(sound).max() < 0.95
    assert -22 <= level_db <= -18
    # No second of it is silent: a loop that fades out has a gap.
    loudest = [np.abs(second).max() for second in np.array_split(sound, int(length))]
    assert min(loudest) > 0.02


@pytest.mark.parametrize("item", SOUNDS, ids=name)
def test_sounds_join_their_ends(item: CatalogItem):
    _, sound = samples(file_of(asset_of(item).location))
    steps = np.abs(np.diff(sound, axis=0)).max()
    assert np.abs(sound[0] - sound[-1]).max() <= steps


@pytest.mark.parametrize("item", [i for i in ITEMS if i.kind is Kind.THEME], ids=name)
def test_themes_are_readable(item: CatalogItem):
    assert item.colors is not None
    assert check_theme(item.colors) == []
    for behind in (item.colors.background, item.colors.gradient_to, item.colors.surface):
        assert contrast_ratio(item.colors.text, behind) >= 7


def test_themes_are_told_apart_at_a_glance():
    themes = [i.colors for i in ITEMS if i.colors is not None]
    for a, b in combinations(themes, 2):
        pairs = ((a.background, b.background), (a.accent, b.accent))
        apart = sum(
            float(
                np.linalg.norm(
                    np.array(bytearray.fromhex(x[1:]), float) - np.array(bytearray.fromhex(y[1:]), float)
                )
            )
            for x, y in pairs
        )
        assert apart >= 60
    dark = [t for t in themes if contrast_ratio(t.background, "#000000") < 3]
    assert 2 <= len(dark) <= len(themes) - 2
