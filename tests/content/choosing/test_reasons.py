import re

import pytest

from content.choosing.reasons import LOOKS, THINGS, duration_words, explain, explain_nothing, region_words
from content.types import Arm, Asset, AssetType, Audience, Kind, PickContext, Region, Strategy
from emotion.labels import EMOTIONS, Emotion
from tests.content.builders import ad, belief, media, mood, theme

HAPPY, SAD, SURPRISE = Emotion.HAPPY, Emotion.SAD, Emotion.SURPRISE


def why(
    item, estimate, at_s=4.0, by_mood=True, drawn_from=1, policy="weighted_random", share=None, **settings
):
    context = PickContext(estimate, **settings)
    return explain(item, context, at_s, by_mood=by_mood, drawn_from=drawn_from, policy=policy, share=share)


def test_match():
    assert why(ad("a", HAPPY), mood(HAPPY, 0.82)) == (
        "Shown because your expression has looked happy for 4 s (82%) and this ad is meant for happy viewers."
    )


def test_a_fresh_mood_has_no_duration_yet():
    assert "looked happy (82%)" in why(ad("a", HAPPY), mood(HAPPY, 0.82, since_s=3.5))


def test_several_faces_and_items_for_company():
    text = why(ad("a", HAPPY, audience=Audience.SEVERAL), mood(HAPPY, 0.82, faces_seen=3))
    assert text.startswith("Shown because the expressions in view have looked happy")
    assert text.endswith("happy viewers in company.")


def test_an_item_for_the_second_expression_says_so():
    text = why(media("m", SURPRISE, duration_s=5.0), belief(happy=0.55, surprise=0.45))
    assert (
        "looked happy for 4 s (55%), partly surprised too (45%), and this clip is meant for surprised" in text
    )


@pytest.mark.parametrize(("kind", "word"), [("image", "picture"), ("video", "clip"), ("audio", "sound")])
def test_media_is_called_what_it_is(kind, word):
    asset = Asset(AssetType(kind), "media/x.bin", f"{kind}/x")
    assert f"this {word} is meant for" in why(media("m", HAPPY, asset=asset), mood(HAPPY))


def test_lift():
    assert why(theme("t", Emotion.NEUTRAL), mood(SAD), strategy=Strategy.LIFT).endswith(
        "this colour theme is meant to lead towards a neutral one."
    )
    assert why(theme("t", HAPPY), mood(HAPPY), strategy=Strategy.LIFT).endswith("meant to keep it so.")


@pytest.mark.parametrize(
    ("estimate", "says"),
    [
        (None, "no face is in view"),
        (mood(None, faces_seen=0), "no face is in view"),
        (mood(None), "no expression stands out"),
        (mood(HAPPY, 0.2), "no expression stands out"),
    ],
)
def test_defaults(estimate, says):
    assert says in why(ad("a"), estimate, by_mood=False, min_confidence=0.3)


def test_a_mood_without_content_of_its_own():
    assert "no ad fits that right now" in why(ad("a"), mood(SAD), by_mood=False)


def test_chance_is_named():
    assert why(ad("a", HAPPY), mood(HAPPY), drawn_from=3).endswith("Picked at random from 3 that fit.")


@pytest.mark.parametrize(
    ("policy", "share", "end"),
    [
        ("best_score", None, "It is the best of 3 that fit."),
        ("weighted_random", 0.3, "It is meant to get about 30% of the turns among the 3 that fit."),
    ],
)
def test_another_rule_than_chance_is_named(policy, share, end):
    text = why(ad("a", HAPPY), mood(HAPPY), drawn_from=3, policy=policy, share=share)
    assert text.endswith(end)
    assert "random" not in text
    assert why(ad("a", HAPPY), mood(HAPPY), policy=policy, share=share).endswith("happy viewers.")


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (Region(0.3, 1, 0.2, 1), "bright and lively"),
        (Region(0.3, 1, -1, -0.2), "bright and calm"),
        (Region(-1, -0.3, 0.3, 1), "gloomy and lively"),
        (Region(-1, -0.3, -0.2, 0.2), "gloomy"),
        (Region(-0.2, 0.2, -1, -0.5), "calm"),
        (Region(-0.5, 0.5, -0.5, 0.5), "even"),
    ],
)
def test_a_region_is_told_in_words(region, words):
    item = ad("a", region=region)
    assert region_words(region) == words
    assert why(item, mood(HAPPY, 0.82)).endswith(f"this ad is meant to go with {words} expressions.")
    lifted = why(item, mood(SAD), strategy=Strategy.LIFT)
    assert lifted.endswith(f"meant to lead towards {words} expressions.")


def test_a_picked_mood_is_called_picked():
    assert why(ad("a", HAPPY), mood(HAPPY, 0.9), picked=True) == (
        "Shown because you picked happy and this ad is meant for happy viewers."
    )
    assert why(ad("a"), mood(SAD), by_mood=False, picked=True).startswith(
        "Shown because you picked sad; no ad fits that right now"
    )
    assert "because no expression is picked, and" in why(ad("a"), mood(None), by_mood=False, picked=True)
    assert why(ad("a", Emotion.NEUTRAL), mood(SAD), strategy=Strategy.LIFT, picked=True).endswith(
        "lead towards a neutral expression."
    )
    assert "no expression is picked" in explain_nothing(Kind.AD, known=False, picked=True)


def test_the_control_arm_says_so():
    assert "does not follow any expression" in why(ad("a", HAPPY), mood(SAD), arm=Arm.CONTROL, drawn_from=9)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (61, "1 min"), (7300, "2 h"), (-1, "0 s")]
)
def test_durations(seconds, words):
    assert duration_words(seconds) == words


def test_every_expression_and_kind_has_a_word():
    assert set(LOOKS) == set(EMOTIONS)
    assert set(THINGS) == set(Kind)


def test_no_sentence_claims_a_feeling_or_shows_machinery():
    makers = {Kind.AD: ad, Kind.MEDIA: media, Kind.THEME: theme}
    sentences = [explain_nothing(kind, known=known) for kind in Kind for known in (True, False)]
    for kind, make in makers.items():
        for seen in (None, *EMOTIONS):
            for target in EMOTIONS:
                for strategy in Strategy:
                    for arm in Arm:
                        estimate = mood(seen) if seen else None
                        settings = {"strategy": strategy, "arm": arm, "picked": target is HAPPY}
                        sentences.append(why(make("x", target), estimate, **settings))
                        somewhere = make("x", region=Region(0.1, 0.9, -0.9, -0.1))
                        sentences.append(why(somewhere, estimate, drawn_from=4, share=0.2, **settings))
                        assert {Kind.MEDIA: "picture"}.get(kind, THINGS[kind]) in sentences[-1]
    for sentence in sentences:
        assert not re.search(r"feel|you are|emotion|score|propensity|None|_", sentence)
        assert re.fullmatch(r"[A-Z][^.]+(\.\d[^.]*)?\.( [A-Z][^.]+\.)?", sentence), sentence
