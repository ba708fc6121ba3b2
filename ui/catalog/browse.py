"""The catalog as an editor sees it: searched, sorted and counted. Pure; no Streamlit here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, Final

from content.catalog.tags import tag_key, tags_in_use
from content.choosing.eligibility import answers
from content.types import CatalogItem, Kind, Status
from emotion.labels import EMOTIONS, Emotion
from ui.catalog.words import STATUS_NAMES

# -- browsing ------------------------------------------------------------------------------------------


class MoodFilter(StrEnum):
    """Which items by expression, beside the seven expressions themselves."""

    ANY = "any"
    DEFAULT = "default"


class TagFilter(Enum):
    """Which items by tag, beside the tags themselves; no text, as any text may be a tag."""

    ANY = auto()
    NONE = auto()


class Order(StrEnum):
    """How the list is sorted."""

    NEWEST = "Newest first"
    CATALOG = "Oldest first"
    TITLE = "Title"
    KIND = "Kind"
    WEIGHT = "Weight"
    STATUS = "Status"


@dataclass(frozen=True, slots=True)
class CatalogFilter:
    """What an editor looks for; the default lets everything through.

    Attributes:
        text: every word must occur in the item's own words.
        kinds, statuses: empty means all.
        mood: an expression's items, the default items, or any.
        tag: a tag's items, those without any, or all.
        order: how to sort.
        only: ids of the items to look among; None for all.
    """

    text: str = ""
    kinds: tuple[Kind, ...] = ()
    statuses: tuple[Status, ...] = ()
    mood: Emotion | MoodFilter = MoodFilter.ANY
    tag: str | TagFilter = TagFilter.ANY
    order: Order = Order.CATALOG
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CatalogIndex:
    """A catalog laid out for searching; made once a version, see ``index_catalog``.

    Attributes:
        items: in catalog order.
        words: of each item what a search looks into, in small letters.
        by_id: id → item.
        keys: of each item its tags, as ``tag_key`` compares them.
        tags: all that are in use, for people.
    """

    items: tuple[CatalogItem, ...]
    words: tuple[str, ...]
    by_id: Mapping[str, CatalogItem]
    keys: tuple[frozenset[str], ...]
    tags: tuple[str, ...]


def index_catalog(items: Iterable[CatalogItem]) -> CatalogIndex:
    """Lay out items for searching."""
    kept = tuple(items)
    words = tuple(
        "\n".join((i.title, i.item_id, i.headline, i.body, i.alt_text, i.credit, *i.tags)).casefold()
        for i in kept
    )
    keys = tuple(frozenset(map(tag_key, i.tags)) for i in kept)
    return CatalogIndex(kept, words, {i.item_id: i for i in kept}, keys, tags_in_use(kept))


_ORDERS: Final[Mapping[Order, Callable[[CatalogItem], Any]]] = {
    Order.TITLE: lambda i: i.title.casefold(),
    Order.KIND: lambda i: list(Kind).index(i.kind),
    Order.WEIGHT: lambda i: -i.weight,
    Order.STATUS: lambda i: list(STATUS_NAMES).index(i.status),
}


def matching(index: CatalogIndex, wanted: CatalogFilter) -> tuple[CatalogItem, ...]:
    """The items that pass, in the order asked for."""
    sought = wanted.text.casefold().split()
    tag = tag_key(wanted.tag) if isinstance(wanted.tag, str) else wanted.tag
    found = [
        item
        for item, own, keys in zip(index.items, index.words, index.keys, strict=True)
        if (not wanted.kinds or item.kind in wanted.kinds)
        and (not wanted.statuses or item.status in wanted.statuses)
        and (wanted.only is None or item.item_id in wanted.only)
        and all(word in own for word in sought)
        and _fits_mood(item, wanted.mood)
        and (tag is TagFilter.ANY or (not keys if tag is TagFilter.NONE else tag in keys))
    ]
    if wanted.order is Order.NEWEST:
        found.reverse()
    elif wanted.order in _ORDERS:
        found.sort(key=_ORDERS[wanted.order])
    return tuple(found)


def _fits_mood(item: CatalogItem, mood: Emotion | MoodFilter) -> bool:
    if isinstance(mood, Emotion):
        return item.targets.get(mood, 0.0) > 0 or (item.region is not None and answers(item, mood))
    return mood is MoodFilter.ANY or item.is_default


# -- coverage ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many published items of a kind each expression can draw on; ``None`` counts the default items."""

    counts: Mapping[Kind, Mapping[Emotion | None, int]]

    @property
    def gaps(self) -> tuple[tuple[Kind, Emotion | None], ...]:
        """Every kind and expression without an item, in the order of the table."""
        return tuple((kind, mood) for kind, row in self.counts.items() for mood, n in row.items() if n == 0)


def coverage(items: Iterable[CatalogItem]) -> Coverage:
    """Count the published items for each kind and expression; a neighbour's small share is not enough."""
    counts: dict[Kind, dict[Emotion | None, int]] = {k: dict.fromkeys((*EMOTIONS, None), 0) for k in Kind}
    for item in items:
        if item.status is not Status.PUBLISHED:
            continue
        for mood in EMOTIONS:
            counts[item.kind][mood] += answers(item, mood)
        counts[item.kind][None] += item.is_default
    return Coverage(counts)
