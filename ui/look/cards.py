"""Cards as HTML: moods, bars, the timeline, ads and media.

The functions ending in ``_html`` are pure and return a string in which every word from the catalog is
escaped: an item's text is shown as text, whatever was typed into it. Streamlit keeps an element's nodes
in the page for as long as its HTML stays the same, so a playing video or sound goes on across ticks
exactly when its card's HTML depends on nothing but the item. That is why nothing that moves is written
into an ad or media card.

Before an ad or media card goes out, nh3 takes away whatever cards have no use for: a script that got past
the escaping would have to get past it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import urlsplit

import nh3
import streamlit as st

from content.media.assets import AssetStore
from content.types import Asset, AssetType, CatalogItem, Kind
from emotion.labels import EMOTIONS, Emotion, label_of
from emotion.types import EmotionScores, MoodEstimate
from ui.look.files import MediaUrls, file_url
from ui.look.moods import Column
from ui.look.thumbnails import theme_preview_html
from ui.look.words import EXPRESSIONS, KINDS, duration, percent

_CLEANER = nh3.Cleaner(
    tags={"article", "div", "span", "p", "h3", "a", "img", "video", "audio"},
    attributes={
        "*": {"class", "role", "aria-label"},
        "a": {"href", "target", "rel"},
        "img": {"src", "alt"},
        "video": {"src", "poster", "autoplay", "muted", "loop", "playsinline", "controls"},
        "audio": {"src", "autoplay", "muted", "loop", "controls"},
    },
    generic_attribute_prefixes={"data-"},
    url_schemes={"http", "https"},
    link_rel=None,
)


def chip_html(text: str, mood: Emotion | None = None, *, testid: str = "chip") -> str:
    """A small label with the mood's dot."""
    return (
        f'<span class="at-chip" data-testid="{testid}" data-mood="{label_of(mood)}">'
        f'<span class="at-dot" aria-hidden="true"></span>{escape(text)}</span>'
    )


def face_html(mood: Emotion | None) -> str:
    """The drawn face of a mood; decoration, its word always stands beside it."""
    return f'<span class="at-face" data-mood="{label_of(mood)}" aria-hidden="true"></span>'


def mood_html(mood: MoodEstimate | None, now_s: float, note: str, rate: float = 0.0) -> str:
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
        word, facts = EXPRESSIONS[None], "No clear expression right now"
    else:
        word = EXPRESSIONS[dominant]
        facts = f"{percent(mood.confidence)} sure · held for {duration(held_s)}"
    return (
        f'<section class="at-mood" data-testid="mood" data-mood="{label_of(dominant)}" '
        f'data-rate="{rate:.1f}" data-held-s="{held_s:.2f}" aria-label="Expression now">'
        f'{face_html(dominant)}<div class="at-mood-words"><p class="at-eyebrow">Expression now</p>'
        f'<p class="at-mood-word">{word}</p><p class="at-facts" data-testid="mood-facts">{facts}</p></div>'
        f'<p class="at-note" data-testid="mood-note">{escape(note)}</p></section>'
    )


def bars_html(
    scores: EmotionScores | None, *, testid: str = "bars", top: Emotion | None = None, title: str = ""
) -> str:
    """Seven bars, one an expression; all empty when ``scores`` is None.

    Args:
        scores: the belief.
        testid: of the element.
        top: the expression to stress.
        title: a line above the bars, or none.
    """
    heading = f'<p class="at-eyebrow">{escape(title)}</p>' if title else ""
    rows = []
    for emotion in EMOTIONS:
        share = scores[emotion] if scores else 0.0
        strong = " at-bar-top" if emotion is top else ""
        rows.append(
            f'<div class="at-bar{strong}" data-mood="{emotion.value}" role="listitem">'
            f'<span class="at-bar-name">{EXPRESSIONS[emotion]}</span>'
            f'<span class="at-bar-track" aria-hidden="true">'
            f'<span class="at-bar-fill" style="width:{share * 100:.0f}%"></span></span>'
            f'<span class="at-bar-value">{percent(share)}</span></div>'
        )
    return (
        f'<div class="at-bars" data-testid="{testid}">{heading}'
        f'<div role="list" aria-label="Expressions">{"".join(rows)}</div></div>'
    )


def timeline_html(columns: Sequence[Column], span_words: str) -> str:
    """The moods of the last minutes: one column a bin, as high as the mood was sure, in the mood's colour."""
    bars = "".join(
        '<span class="at-tick at-tick-empty"></span>'
        if column.empty
        else f'<span class="at-tick" data-mood="{label_of(column.mood)}" '
        f'style="height:{max(8, round(column.confidence * 100))}%"></span>'
        for column in columns
    )
    seen = [m for m in (*EMOTIONS, None) if any(c.mood is m and not c.empty for c in columns)]
    legend = "".join(chip_html(EXPRESSIONS[m], m, testid="timeline-mood") for m in seen)
    spoken = ", ".join(EXPRESSIONS[m] for m in seen) or "nothing yet"
    return (
        f'<div class="at-timeline" data-testid="timeline"><p class="at-eyebrow">The last {span_words}</p>'
        f'<div class="at-ticks" role="img" aria-label="Expressions of the last {span_words}: {spoken}">'
        f"{bars}</div>"
        f'<div class="at-axis"><span>{span_words} ago</span><span>now</span></div>'
        f'<div class="at-legend">{legend}</div></div>'
    )


def asset_html(asset: Asset, url: str, alt_text: str, poster_url: str | None = None) -> str:
    """An image, a video or a sound. Loops start muted; every player has controls to pause and unmute."""
    source, alt = escape(url), escape(alt_text)
    poster = f' poster="{escape(poster_url)}"' if poster_url else ""
    match asset.type:
        case AssetType.IMAGE:
            return f'<img class="at-asset" src="{source}" alt="{alt}">'
        case AssetType.VIDEO:
            return (
                f'<video class="at-asset" src="{source}"{poster} aria-label="{alt}" '
                "autoplay muted loop playsinline controls></video>"
            )
        case AssetType.AUDIO:
            cover = (
                f'<img class="at-asset" src="{escape(poster_url)}" alt="{alt}">'
                if poster_url
                else f'<div class="at-asset at-cover" role="img" aria-label="{alt}"></div>'
            )
            return (
                f'<div class="at-sound">{cover}'
                f'<audio src="{source}" aria-label="{alt}" autoplay muted loop controls></audio></div>'
            )


def safe_link(url: str) -> str | None:
    """The address if it is an absolute http(s) one, else None: a link never runs a script."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # such as an open bracket where an IPv6 address would begin
        return None
    return url.strip() if parts.scheme in {"http", "https"} and parts.netloc else None


def ad_html(item: CatalogItem, picture: str) -> str:
    """An ad: its picture, headline, text and call to action."""
    link = safe_link(item.link_url)
    action = ""
    if item.call_to_action:
        words = escape(item.call_to_action)
        action = (
            f'<a class="at-action" href="{escape(link)}" target="_blank" rel="noopener">{words}</a>'
            if link
            else f'<span class="at-action">{words}</span>'
        )
    body = f'<p class="at-text">{escape(item.body)}</p>' if item.body else ""
    return _card_html(
        item, picture, f'<h3 class="at-headline">{escape(item.headline or item.title)}</h3>{body}{action}'
    )


def media_html(item: CatalogItem, player: str) -> str:
    """A media item: its player and its title."""
    body = f'<p class="at-text">{escape(item.body)}</p>' if item.body else ""
    return _card_html(
        item, player, f'<h3 class="at-headline">{escape(item.headline or item.title)}</h3>{body}'
    )


def empty_html(kind: Kind, words: str) -> str:
    """A slot with nothing in it, said kindly."""
    return (
        f'<article class="at-card at-empty" data-testid="slot-{kind.value}" data-item-id="">'
        f'<p class="at-text">{escape(words)}</p></article>'
    )


def _card_html(item: CatalogItem, asset: str, words: str) -> str:
    return _CLEANER.clean(
        f'<article class="at-card" data-testid="slot-{item.kind.value}" '
        f'data-item-id="{escape(item.item_id)}" data-item-version="{item.version}">'
        f'<span class="at-tag">{KINDS[item.kind]}</span>'
        f'<div class="at-frame">{asset}</div><div class="at-words">{words}</div></article>'
    )


def item_html(item: CatalogItem, assets: AssetStore, place: str, urls: MediaUrls | None = None) -> str:
    """An item as its slot of the live page shows it; a theme as a small page in its colours.

    Args:
        item: what to show.
        assets: where stored files lie.
        place: the spot of the page, see ``ui.look.files.media_url``.
        urls: see ``ui.look.files.file_url``.
    """
    asset = item.asset
    if item.kind is Kind.THEME:
        swatch = theme_preview_html(item.colors) if item.colors else ""
        return (
            f'<article class="at-card" data-testid="slot-theme" data-item-id="{escape(item.item_id)}">'
            f'<span class="at-tag">{KINDS[Kind.THEME]}</span><div class="at-frame">{swatch}</div>'
            f'<div class="at-words"><h3 class="at-headline">{escape(item.title)}</h3></div></article>'
        )
    picture = '<div class="at-asset at-cover"></div>'
    if asset is not None:
        url = file_url(asset.location, asset.mime_type, assets, place, urls)
        poster = file_url(asset.poster, "", assets, f"{place}.poster", urls) if asset.poster else None
        if url is not None:
            picture = asset_html(asset, url, item.alt_text or item.title, poster)
        else:
            # A remote file comes in the background, and the next tick asks again.
            words = "has not arrived here yet" if assets.is_remote else "is missing"
            picture = f'<div class="at-asset at-missing"><p>The file of this item {words}.</p></div>'
    return ad_html(item, picture) if item.kind is Kind.AD else media_html(item, picture)


def theme_swatches_html(colors: Iterable[str]) -> str:
    """A row of colour dots."""
    dots = "".join(f'<span class="at-swatch" style="background:{escape(c)}"></span>' for c in colors)
    return f'<span class="at-swatches" aria-hidden="true">{dots}</span>'


def heading(title: str, text: str) -> None:
    """A page's heading with one line under it, the same on every page."""
    st.html(
        f'<header class="at-heading" data-testid="page-heading"><h1>{escape(title)}</h1>'
        f"<p>{escape(text)}</p></header>"
    )
