"""Tags: short words by which editors group items, such as "Summer sale". Pure.

A tag keeps the letters that were typed; two that differ by case or blanks alone are the same tag.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from content.types import CatalogItem

MOST_TAGS: Final = 12
"""Of one item."""
TAG_LENGTH: Final = 40
SEPARATORS: Final = ",;"
"""Between the tags of one text, so that no tag can hold one."""


def tag_key(tag: str) -> str:
    """What is equal for two spellings of one tag."""
    return " ".join(unicodedata.normalize("NFKC", tag).casefold().split())


def distinct(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, as it was spelt first."""
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(tag_key(tag), tag)
    return tuple(first.values())


def split_tags(text: str) -> tuple[str, ...]:
    """The tags of one text, such as ``Summer sale, Lobby screen``; line breaks part them too."""
    words = (" ".join(part.split()) for part in re.split(rf"[{SEPARATORS}\r\n]", text))
    return tuple(word for word in words if word)


def joined_tags(tags: Iterable[str]) -> str:
    """One text that ``split_tags`` takes apart again."""
    return ", ".join(tags)


def tags_in_use(items: Iterable[CatalogItem]) -> tuple[str, ...]:
    """Every tag of these items once, in its most frequent spelling, sorted for people."""
    spellings: dict[str, Counter[str]] = {}
    for item in items:
        for tag in item.tags:
            spellings.setdefault(tag_key(tag), Counter())[tag] += 1
    return tuple(found.most_common(1)[0][0] for _, found in sorted(spellings.items()))


def spelt_as_in_use(tags: Iterable[str], in_use: Iterable[str]) -> tuple[str, ...]:
    """What was typed taken apart, each tag once and spelt as it is in use already."""
    known = {tag_key(tag): tag for tag in in_use}
    return distinct(known.get(tag_key(tag), tag) for text in tags for tag in split_tags(text))


def has_tag(item: CatalogItem, tag: str) -> bool:
    """Whether an item has a tag, however it is spelt."""
    return tag_key(tag) in map(tag_key, item.tags)


def with_tags(item: CatalogItem, tags: Iterable[str]) -> CatalogItem:
    """The item with more tags; those that it has keep their spelling."""
    return replace(item, tags=distinct((*item.tags, *tags)))


def without_tags(item: CatalogItem, tags: Iterable[str]) -> CatalogItem:
    """The item without some tags, however they are spelt."""
    gone = set(map(tag_key, tags))
    return replace(item, tags=tuple(tag for tag in item.tags if tag_key(tag) not in gone))
