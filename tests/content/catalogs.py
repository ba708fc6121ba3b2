"""Any valid catalog, for property tests."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from hypothesis import strategies as st

from content.catalog.editing import MIME_TYPES, parse_item
from content.errors import ItemInvalidError
from content.types import Catalog, CatalogItem, Fit, Kind, Status
from emotion.labels import Emotion

ZONES = ("UTC", "Europe/Zurich", "America/St_Johns", "Asia/Kolkata")


def texts(most: int, *, lines: bool = False, least: int = 0) -> st.SearchStrategy[str]:
    """What an editor may type, with a liking for what spreadsheets and CSV readers trip over."""
    tricky = st.sampled_from(["=", "+", "-", "@", "'", '"', ";", ",", "|", "＝", "\u2028", "é", "😀", "=1+1"])
    plain = st.characters(exclude_categories=["Cc", "Cs"])
    parts = st.one_of(tricky, plain, *([st.sampled_from("\n\t")] if lines else []))
    return (
        st.lists(parts, max_size=12)
        .map(lambda found: "".join(found)[:most].strip())
        .filter(lambda text: len(text) >= least)
    )


def _shows_something(text: str) -> bool:
    """True for what is a title: some signs of the categories that end in ``o`` are drawn by no font."""
    return any(c[0] in "LNPS" and c[1] != "o" for c in map(unicodedata.category, text))


tags = texts(40, least=1).filter(_shows_something).filter(lambda tag: not set(tag) & set(",;"))
shares = st.floats(0, 1)
plane = st.lists(st.floats(-1, 1), min_size=4, max_size=4)
colors = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
links = st.sampled_from(["https://example.org/a.png", "https://example.org/?a=1;b=-2,3"])
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))  # noqa: DTZ001


@st.composite
def assets(draw) -> dict:
    mime = draw(st.sampled_from(sorted(MIME_TYPES)))
    return {
        "type": MIME_TYPES[mime],
        "mime_type": mime,
        "location": draw(links),
        "duration_s": draw(st.none() | st.floats(0.001, 3600)),
        "poster": draw(st.none() | links),
    }


@st.composite
def schedules(draw) -> dict:
    begin, end = draw(st.times()), draw(st.times())
    hours = draw(st.booleans()) and begin != end
    starts, ends = sorted([draw(moments), draw(moments)])
    return {
        "starts_at_utc": draw(st.none() | st.just(starts)),
        "ends_at_utc": draw(st.none() | st.just(ends)) if starts < ends else None,
        "weekdays": draw(st.sets(st.integers(0, 6))),
        "from_time": begin if hours else None,
        "until_time": end if hours else None,
        "time_zone": draw(st.sampled_from(ZONES)),
    }


@st.composite
def items(draw, item_id: str = "item") -> CatalogItem:
    """A valid item, with anything in any of its fields."""
    kind = draw(st.sampled_from(Kind))
    low_v, high_v, low_a, high_a = draw(plane)
    aim = draw(st.sampled_from(["moods", "region", "none"]))
    names = ("background", "surface", "text", "muted_text", "accent", "accent_text", "border", "gradient_to")
    data = {
        "item_id": item_id,
        "kind": kind,
        "title": draw(texts(120, least=1).filter(_shows_something)),
        "status": draw(st.sampled_from(Status)),
        "targets": draw(st.dictionaries(st.sampled_from(Emotion), shares)) if aim == "moods" else {},
        "region": {
            "valence_min": min(low_v, high_v),
            "valence_max": max(low_v, high_v),
            "arousal_min": min(low_a, high_a),
            "arousal_max": max(low_a, high_a),
        }
        if aim == "region" and low_v != high_v and low_a != high_a
        else None,
        "min_confidence": draw(shares),
        "audience": draw(st.sampled_from(["any", "one", "several"])),
        "weight": draw(st.floats(0, 1000, exclude_min=True)),
        "schedule": draw(schedules()),
        "frequency_cap": draw(st.none() | st.integers(1, 10_000)),
        "daily_cap": draw(st.none() | st.integers(1, 1_000_000)),
        "pacing": {
            "min_dwell_s": draw(st.none() | st.floats(0, 3600)),
            "cool_down_s": draw(st.floats(0, 86_400)),
            "wait_for_end": draw(st.booleans()),
            "share": draw(st.none() | st.floats(0, 1, exclude_min=True)),
        },
        "asset": draw(st.none() | assets()) if kind is not Kind.THEME else None,
        "framing": {
            "fit": draw(st.sampled_from(Fit)),
            "focus_x": draw(shares),
            "focus_y": draw(shares),
        },
        "alt_text": draw(texts(300)),
        "headline": draw(texts(120)),
        "body": draw(texts(600, lines=True)),
        "call_to_action": draw(texts(40)),
        "link_url": draw(st.just("") | links),
        "colors": {**{name: draw(colors) for name in names}, "font": draw(texts(8))}
        if kind is Kind.THEME
        else None,
        "credit": draw(texts(300)),
        "tags": draw(st.lists(tags, max_size=12)),
    }
    try:
        return parse_item(data)
    except ItemInvalidError:
        # What a published item must have is not asked of a draft.
        return parse_item({**data, "status": Status.DRAFT})


@st.composite
def catalogs(draw) -> Catalog:
    """A valid catalog of a few items."""
    count = draw(st.integers(0, 4))
    return Catalog(1, tuple(draw(items(f"item-{n}")) for n in range(count)))
