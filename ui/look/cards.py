"""Cards: moods, bars, the timeline, ads and media.

Functions that end in ``_html`` are pure and render a template of ``templates/``. Streamlit keeps an element's
nodes in the page for as long as its HTML stays the same, so a video or sound goes on playing across ticks
only while its card's HTML depends on nothing but the item. That is why nothing that moves is written into an
ad or media card.

Templates escape every word from the catalog. Before an ad or media card goes out, nh3 also takes away
whatever cards have no use for: a script that got past the escaping would have to get past it too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import nh3
import streamlit as st

from content.catalog.editing import is_https
from content.media.assets import AssetStore
from content.types import Asset, CatalogItem, Kind
from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores, MoodEstimate
from ui.look.files import file_url
from ui.look.html import Markup, render
from ui.look.moods import Column
from ui.look.thumbnails import NO_PICTURE, theme_preview_html
from ui.look.words import EXPRESSIONS, duration, percent

_CLEANER = nh3.Cleaner(
    tags={"article", "div", "span", "p", "h2", "a", "img", "video", "audio"},
    attributes={
        "*": {"class", "role", "aria-label", "dir"},
        "div": {"style"},
        "a": {"href", "target", "rel"},
        "img": {"src", "alt"},
        "video": {"src", "poster", "autoplay", "muted", "loop", "playsinline", "controls"},
        "audio": {"src", "autoplay", "muted", "loop", "controls"},
    },
    generic_attribute_prefixes={"data-"},
    filter_style_properties={"object-position"},
    url_schemes={"http", "https"},
    link_rel=None,
)


FACTS: Final = "{sure} sure · held for {held}"


def chip_html(text: str, mood: Emotion | None = None, *, testid: str = "chip") -> Markup:
    """A small label with the expression's dot."""
    return render("look/chip.html", text=text, mood=mood, testid=testid)


def mood_html(mood: MoodEstimate | None, now_s: float, note: str, rate: float = 0.0) -> Markup:
    """The mood now: face, word, confidence, how long it has held, and one line of ``note``.

    Args:
        mood: None is *unknown*.
        now_s: on the clock of the mood.
        note: where the mood comes from.
        rate: readings a second, written into the element for those who measure.
    """
    dominant = mood.dominant if mood else None
    held_s = now_s - mood.since_s if mood else 0.0
    if mood is None or dominant is None:
        facts = "No clear expression right now"
    else:
        facts = FACTS.format(sure=percent(mood.confidence), held=duration(math.floor(held_s)))
    return render("look/mood.html", mood=dominant, facts=facts, note=note, rate=rate, held_s=held_s)


def bars_html(
    scores: EmotionScores | None, *, testid: str = "bars", top: Emotion | None = None, title: str = ""
) -> Markup:
    """Seven bars, one for each expression; all are empty when ``scores`` is None.

    Args:
        scores: the belief.
        testid: of the element.
        top: the expression to stress.
        title: a line above the bars, or none.
    """
    shares = [(emotion, scores[emotion] if scores else 0.0) for emotion in EMOTIONS]
    return render("look/bars.html", shares=shares, testid=testid, top=top, title=title)


def timeline_html(columns: Sequence[Column], span: str) -> Markup:
    """The moods of the last minutes: one column a bin, as high as the mood was sure, in the mood's colour.

    Args:
        columns: oldest first.
        span: how long they last together, in words.
    """
    seen = [m for m in (*EMOTIONS, None) if any(c.mood is m and not c.empty for c in columns)]
    spoken = ", ".join(EXPRESSIONS[m] for m in seen) or "nothing yet"
    return render("look/timeline.html", columns=columns, span=span, seen=seen, spoken=spoken)


def asset_html(asset: Asset, url: str, alt_text: str, poster_url: str | None = None) -> Markup:
    """An image, a video or a sound."""
    return render("look/asset.html", type=asset.type.value, url=url, alt=alt_text, poster=poster_url)


def safe_link(url: str) -> str | None:
    """The address if it is an absolute http(s) one, else None: a link never runs a script."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # such as an open bracket where an IPv6 address would begin
        return None
    return url.strip() if parts.scheme in {"http", "https"} and parts.netloc else None


def card_html(item: CatalogItem, picture: Markup) -> Markup:
    """An ad with its headline, text and call to action, or a media item with its title.

    Args:
        item: what the words come from.
        picture: its picture or player, of ``asset_html``.
    """
    action = item.call_to_action if item.kind is Kind.AD else ""
    html = render(
        "look/card.html",
        item=item,
        picture=picture,
        action=action,
        link=safe_link(item.link_url),
    )
    return Markup(_CLEANER.clean(html))


def empty_html(kind: Kind, text: str) -> Markup:
    """A slot with nothing in it, and why."""
    return render("look/empty_card.html", kind=kind, text=text)


def item_html(
    item: CatalogItem, assets: AssetStore, pending: Mapping[str, str] | None = None, wait_s: float = 1.0
) -> Markup:
    """An item as its slot of the live page shows it; a theme as a small page in its colours.

    Args:
        item: what to show.
        assets: where stored files lie.
        pending: see ``ui.look.files.file_url``.
        wait_s: see there.
    """
    asset = item.asset
    if item.kind is Kind.THEME:
        preview = theme_preview_html(item.colors) if item.colors else ""
        return render("look/theme_card.html", item=item, preview=preview)
    if asset is None:
        return card_html(item, NO_PICTURE)
    url = file_url(asset.location, assets, pending, wait_s)
    poster = file_url(asset.poster, assets, pending, wait_s) if asset.poster else None
    if url is not None:
        return card_html(item, asset_html(asset, url, item.alt_text or item.title, poster))
    # A remote file comes in the background, and the next tick asks again.
    problem = "has not arrived here yet" if assets.is_remote else "is missing"
    return card_html(item, render("look/missing.html", problem=problem))


def is_here(item: CatalogItem, assets: AssetStore) -> bool:
    """Whether the item's file, if it has one, can be shown; one of a remote store may be on its way."""
    asset = item.asset
    if asset is None or not assets.is_remote or is_https(asset.location):
        return True
    return assets.path(asset.location, wait_s=0.0) is not None


def theme_swatches_html(colors: Iterable[str]) -> Markup:
    """A row of colour dots."""
    return render("look/swatches.html", colors=list(colors))


def heading(title: str, text: str) -> None:
    """A page's heading with one line under it, the same on every page."""
    st.html(render("look/heading.html", title=title, text=text))


def section_html(title: str, text: str = "", body: Markup | str = "") -> Markup:
    """A headed part of a panel: a heading, a line under it, and whatever belongs to it."""
    return render("look/section.html", title=title, text=text, body=body)


def figures_html(tiles: Sequence[tuple[str, str, str]], *, testid: str) -> Markup:
    """Headline figures as tiles: the value, its name, and one line about it."""
    return render("look/figures.html", tiles=tiles, testid=testid)
