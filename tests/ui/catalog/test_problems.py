"""What went wrong, in plain words: no page says what a log says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from content import errors
from content.catalog.editing import parse_item
from content.errors import ContentError, FieldError, ItemInvalidError
from tests.ui.catalog.builders import TEA
from ui.catalog.problems import field_words, problem_words


def every_error() -> Iterator[ContentError]:
    """One of each kind that the package raises."""
    made = {
        errors.ItemInvalidError: ([FieldError("title", "Expected some text. Received: ''")],),
        errors.ItemNotFoundError: ("tea",),
        errors.ItemExistsError: ("tea",),
        errors.RevisionNotFoundError: (7,),
        errors.DraftNotFoundError: ("tea",),
        errors.ConflictError: (1, TEA),
        errors.DraftConflictError: (TEA, "ann"),
        errors.ImportInvalidError: ([],),
    }
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, ContentError):
            yield kind(*made.get(kind, ("Expected a thing; do this. Received: 'another'",)))


@pytest.mark.parametrize("error", list(every_error()), ids=lambda e: type(e).__name__)
def test_every_error_is_said_in_plain_words(error: ContentError) -> None:
    said = problem_words(error)
    assert said.endswith(".")
    assert not {"Expected", "Received:"} & set(said.replace(".", " ").split())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "Needs some text."),
        ({"weight": -1}, "Needs a number greater than 0, not -1."),
        ({"link_url": "javascript:x"}, "Needs a link that begins with https://, not 'javascript:x'."),
        ({"headline": ""}, "Needs a headline or a picture before publishing."),
        ({"shade": 3}, "There is no such field."),
    ],
)
def test_a_field_says_what_it_needs(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ItemInvalidError) as caught:
        parse_item({"item_id": "tea", "kind": "ad", "title": "Tea", "headline": "Tea", **wrong})
    assert [field_words(error) for error in caught.value.errors] == [said]
