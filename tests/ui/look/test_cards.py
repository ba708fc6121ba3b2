from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from content.media.assets import AssetStore
from content.types import Asset, AssetType, CatalogItem, Fit, Framing, Kind
from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores, MoodEstimate
from ui.look import cards
from ui.look.html import Markup
from ui.look.moods import Column
from ui.look.thumbnails import NO_PICTURE
from ui.look.words import EXPRESSIONS

AD = CatalogItem(
    "ad-x",
    Kind.AD,
    "Title",
    headline="Head",
    body="Body",
    call_to_action="Go",
    link_url="https://example.org/a",
)


def mood(dominant: Emotion | None, confidence: float = 0.8) -> MoodEstimate:
    scores = EmotionScores.certain(dominant, confidence) if dominant else EmotionScores.uniform()
    return MoodEstimate(scores, dominant, confidence, since_s=10.0, updated_at_s=18.0, faces_seen=1)


def test_the_mood_says_what_how_sure_and_for_how_long() -> None:
    html = cards.mood_html(mood(Emotion.HAPPY), 75.0, "One face in view.", 14.5)
    assert 'data-mood="happy"' in html
    assert "80% sure · held for 1 min 5 s" in html
    assert "One face in view." in html
    assert 'data-rate="14.5"' in html


@pytest.mark.parametrize("nothing", [None, mood(None)])
def test_no_mood_is_unknown(nothing: MoodEstimate | None) -> None:
    html = cards.mood_html(nothing, 20.0, "")
    assert 'data-mood="unknown"' in html
    assert EXPRESSIONS[None] in html
    assert "sure" not in html


def test_there_are_seven_bars_in_the_one_order() -> None:
    html = cards.bars_html(EmotionScores.certain(Emotion.SAD, 0.7), top=Emotion.SAD)
    positions = [html.index(f'data-mood="{e.value}"') for e in EMOTIONS]
    assert positions == sorted(positions)
    assert html.count("at-bar-fill") == 7
    assert html.count("at-bar-top") == 1
    assert ">70%<" in html
    assert cards.bars_html(None).count(">0%<") == 7


def test_the_timeline_shows_a_column_a_bin_and_names_the_moods() -> None:
    html = cards.timeline_html(
        (Column(None, 0, empty=True), Column(Emotion.HAPPY, 0.5, empty=False), Column(None, 0, empty=False)),
        "3 minutes",
    )
    assert html.count('<span class="at-tick') == 3
    assert "height:50%" in html
    assert 'aria-label="Expressions of the last 3 minutes: Happy, Unknown"' in html


@pytest.mark.parametrize("field", ["headline", "body", "call_to_action", "title"])
def test_words_of_the_catalog_are_shown_as_text(field: str) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    item = replace(AD, **{field: evil, **({"headline": ""} if field == "title" else {})})
    html = cards.card_html(item, NO_PICTURE)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_what_escapes_the_escaping_is_taken_out_of_a_card_and_the_card_stays_whole() -> None:
    sound = cards.asset_html(Asset(AssetType.AUDIO, "media/a.mp3", "audio/mpeg"), "/media/a.mp3", "Sea")
    whole = cards.card_html(replace(AD, headline="a < b & c"), sound)
    spoilt = '<script>alert(1)</script><img src="javascript:alert(1)" onerror="alert(1)"><iframe></iframe>'
    html = cards.card_html(AD, Markup(spoilt))
    assert not any(word in html for word in ("script", "onerror", "iframe"))
    assert '<h2 class="at-headline" dir="auto">a &lt; b &amp; c</h2>' in whole
    for part in (" autoplay", " muted", " loop", " controls", 'src="/media/a.mp3"', 'data-item-version="1"'):
        assert part in whole


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//example.org", "example.org", "https://[abc", ""]
)
def test_a_link_that_is_no_web_address_is_no_link(url: str) -> None:
    assert cards.safe_link(url) is None
    assert "href" not in cards.card_html(replace(AD, link_url=url), NO_PICTURE)


def test_a_link_opens_beside_the_app_and_cannot_break_out_of_its_attribute() -> None:
    html = cards.card_html(replace(AD, link_url='https://example.org/"onmouseover="alert(1)'), NO_PICTURE)
    assert '"onmouseover' not in html
    assert 'target="_blank" rel="noopener"' in html


@pytest.mark.parametrize("kind", [AssetType.VIDEO, AssetType.AUDIO])
def test_loops_start_by_themselves_muted_and_can_be_stopped(kind: AssetType) -> None:
    html = cards.asset_html(Asset(kind, "starter/a.mp4", "video/mp4"), "/media/a.mp4", 'A "sea"')
    for attribute in (" autoplay", " muted", " loop", " controls"):
        assert attribute in html
    assert Markup.escape('A "sea"') in html


def test_a_picture_has_its_words() -> None:
    html = cards.asset_html(Asset(AssetType.IMAGE, "starter/a.webp", "image/webp"), "/media/a.webp", "A cup")
    assert html == '<img class="at-asset" src="/media/a.webp" alt="A cup">'


def test_a_card_says_which_part_of_its_picture_is_in_view_and_takes_no_other_style() -> None:
    assert "style" not in cards.card_html(AD, NO_PICTURE)
    html = cards.card_html(replace(AD, framing=Framing(Fit.FIT, 0.25, 1.0)), NO_PICTURE)
    assert '<div class="at-frame at-whole" style="object-position:25% 100%">' in html
    spoilt = Markup('<div class="at-asset" style="object-position:0% 0%;position:fixed;inset:0"></div>')
    assert "fixed" not in cards.card_html(AD, spoilt)


def test_a_missing_file_is_said_and_the_words_are_shown(tmp_path: Path) -> None:
    item = replace(AD, asset=Asset(AssetType.IMAGE, "media/gone.webp", "image/webp"))
    html = cards.item_html(item, AssetStore(tmp_path, tmp_path))
    assert "file of this item is missing" in html
    assert "Head" in html


def test_a_linked_asset_is_taken_from_where_it_is(tmp_path: Path) -> None:
    asset = Asset(AssetType.IMAGE, "https://example.org/a.webp", "image/webp")
    html = cards.item_html(replace(AD, asset=asset), AssetStore(tmp_path, tmp_path))
    assert 'src="https://example.org/a.webp"' in html
