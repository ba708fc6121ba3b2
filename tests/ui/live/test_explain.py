from __future__ import annotations

import re
from dataclasses import replace

import pytest

from content.choosing.eligibility import History
from content.choosing.picker import Picker, PickerOptions
from content.choosing.programme import Showing, cue
from content.types import Arm, Catalog, CatalogItem, Decision, Kind, Pacing, PickContext
from emotion.labels import Emotion
from tests.content.builders import ad, catalog, media, moment, mood, rng
from ui.live.explain import (
    ROWS,
    arm_html,
    belief_html,
    draw_html,
    stages_html,
    why_html,
)

HAPPY, SAD = Emotion.HAPPY, Emotion.SAD


def decide(items: Catalog, *, policy: str = "weighted_random", seed: int = 7, **context: object) -> Decision:
    options = PickerOptions({**PickerOptions().policies, Kind.AD: policy})
    made = PickContext(mood(HAPPY, 0.9), **context)  # type: ignore[arg-type]
    return Picker(lambda: items, options).pick(Kind.AD, made, History(), moment(5.0), rng(seed))


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def happy(count: int, **fields: object) -> tuple[CatalogItem, ...]:
    return tuple(ad(f"a{n}", HAPPY, weight=float(n + 1), **fields) for n in range(count))


def test_each_stage_shows_how_many_it_left() -> None:
    items = catalog(*happy(3), ad("s", SAD), ad("d"), media("m", HAPPY))
    words = text(stages_html(decide(items)))
    assert "Published ads 5" in words
    assert "Fit the expression 3" in words
    assert words.endswith("3")
    # The bars are shares of what is published.
    assert re.findall(r"width:([\d.]+)%", stages_html(decide(items))) == ["100.0", "100.0", "60.0", "60.0"]


def test_the_middle_stage_is_named_for_what_it_was() -> None:
    items = catalog(ad("s", SAD), ad("d"))
    assert "General ones, for when nothing else fits 1" in text(stages_html(decide(items)))
    control = stages_html(decide(items, arm=Arm.CONTROL, arm_share=0.1))
    assert "All of them, whatever the expression 2" in text(control)


def test_an_empty_catalog_is_explained_too() -> None:
    decision = decide(catalog())
    assert "Published ads 0" in text(stages_html(decision))
    assert draw_html(decision, catalog()) == ""


def test_the_odds_are_bars_as_long_as_the_chances() -> None:
    items = catalog(*happy(3))
    drawn = draw_html(decide(items), items)
    assert re.findall(r"width:([\d.]+)%", drawn) == ["100.0", "66.7", "33.3"]
    assert re.findall(r'at-number">(\d+%)<', drawn) == ["50%", "33%", "17%"]
    assert re.findall(r'data-item-id="(\w+)"', drawn) == ["a2", "a1", "a0"]
    assert drawn.count("at-chosen") == drawn.count("✓") == 1


def test_the_chosen_one_is_shown_wherever_it_stands_and_the_rest_is_counted() -> None:
    items = catalog(*happy(40))
    low = next(d for d in (decide(items, seed=s) for s in range(99)) if d.score < 20)
    drawn = draw_html(low, items)
    ids = re.findall(r'data-item-id="(\w+)"', drawn)
    assert ids[ROWS:] == [low.item_id]
    assert f"and {40 - ROWS - 1} more" in drawn
    top = next(d for d in (decide(items, seed=s) for s in range(99)) if d.score > 35)
    assert f"and {40 - ROWS} more" in draw_html(top, items)


def test_a_share_is_told_beside_its_item() -> None:
    items = catalog(ad("s", HAPPY, pacing=Pacing(share=0.25)), *happy(2))
    drawn = draw_html(decide(items), items)
    assert drawn.count("aims at 25% of the turns") == 1


def test_a_layman_is_told_what_the_arm_means() -> None:
    items = catalog(*happy(2))
    follows = arm_html(decide(items, arm_share=0.9))
    assert "This visit follows the expression , as 90% of all visits do" in text(follows)
    chance = arm_html(decide(items, arm=Arm.CONTROL, arm_share=0.1))
    assert "This visit shows random content , as 10% of all visits do" in text(chance)
    assert 'data-arm="control"' in chance
    assert text(arm_html(decide(items))).endswith("as all visits do.")
    assert text(arm_html(decide(items, picked=True))).endswith("that you picked.")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("weighted_random", "drawn at random"),
        ("best_score", "highest score wins"),
    ],
)
def test_all_of_it_stands_in_one_place(policy: str, words: str) -> None:
    items = replace(catalog(*happy(3, credit="Ann & Co")), version=12)
    context = PickContext(mood(HAPPY, 0.9), model_version="model-<3>")
    options = PickerOptions({**PickerOptions().policies, Kind.AD: policy})
    decision = Picker(lambda: items, options).pick(Kind.AD, context, History(), moment(5.0), rng())
    showing = Showing(decision, items.get(decision.item_id or ""), 0.0, 12.0, cue(context))
    page = why_html(showing, items, "ad")
    for part in (belief_html(decision), stages_html(decision), arm_html(decision), decision.reason):
        assert part in page
    assert words in page
    assert "Expression model model-&lt;3&gt;." in page
    assert "Catalog version 12." in page
    assert "Ann &amp; Co" in page


def test_a_title_is_shown_as_text() -> None:
    items = catalog(ad("a0", HAPPY, title="<script>alert(1)</script>"))
    drawn = draw_html(decide(items), items)
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
