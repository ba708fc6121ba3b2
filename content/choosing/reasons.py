"""Why a viewer sees what they see, in words for someone who knows nothing of the machinery.

The words speak of the *expression* in view: what a face looks like is not what a person feels.
"""

from __future__ import annotations

from collections.abc import Mapping

from content.choosing.eligibility import LIFT_GOALS, is_known
from content.types import Arm, AssetType, Audience, CatalogItem, Kind, PickContext, Region, Strategy
from emotion.labels import EMOTIONS, Emotion
from emotion.types import MoodEstimate

LOOKS: Mapping[Emotion, str] = {
    Emotion.ANGRY: "angry",
    Emotion.DISGUST: "disgusted",
    Emotion.FEAR: "fearful",
    Emotion.HAPPY: "happy",
    Emotion.SAD: "sad",
    Emotion.SURPRISE: "surprised",
    Emotion.NEUTRAL: "neutral",
}
"""The adjective of each expression."""

THINGS: Mapping[Kind, str] = {Kind.AD: "ad", Kind.MEDIA: "clip", Kind.THEME: "colour theme"}
"""What a layman calls an item of each kind."""

SHOWN_AS: Mapping[AssetType, str] = {
    AssetType.IMAGE: "picture",
    AssetType.VIDEO: "clip",
    AssetType.AUDIO: "sound",
}
"""What a layman calls media of each type."""


def thing_words(item: CatalogItem) -> str:
    """What a layman calls an item: ``ad``, ``picture``, ``clip``, ``sound`` or ``colour theme``."""
    return SHOWN_AS[item.asset.type] if item.kind is Kind.MEDIA and item.asset else THINGS[item.kind]


def duration_words(seconds: float) -> str:
    """A length of time as people say it: ``4 s``, ``2 min``, ``1 h``."""
    if seconds < 60:
        return f"{max(0, int(seconds))} s"
    return f"{int(seconds // 60)} min" if seconds < 3600 else f"{int(seconds // 3600)} h"


def region_words(region: Region) -> str:
    """Which expressions a region of the valence-arousal plane holds, by its middle: ``bright and lively``."""
    valence = (region.valence_min + region.valence_max) / 2
    arousal = (region.arousal_min + region.arousal_max) / 2
    mood = "bright" if valence > 0.2 else "gloomy" if valence < -0.2 else ""
    energy = "lively" if arousal > 0.2 else "calm" if arousal < -0.2 else ""
    return " and ".join(word for word in (mood, energy) if word) or "even"


def _draw_words(policy: str, drawn_from: int, share: float | None) -> str:
    if drawn_from < 2:
        return ""
    if share is not None:
        return f" It is meant to get about {share:.0%} of the turns among the {drawn_from} that fit."
    if policy == "best_score":
        return f" It is the best of {drawn_from} that fit."
    return f" Picked at random from {drawn_from} that fit."


def _looked(mood: MoodEstimate, dominant: Emotion, at_s: float, *, picked: bool) -> str:
    if picked:
        return f"you picked {LOOKS[dominant]}"
    whose = "the expressions in view have" if mood.faces_seen > 1 else "your expression has"
    held = at_s - mood.since_s
    looked = f"{whose} looked {LOOKS[dominant]}" + (f" for {duration_words(held)}" if held >= 1 else "")
    return f"{looked} ({mood.confidence:.0%})"


def _unread(mood: MoodEstimate | None, *, picked: bool) -> str:
    if picked:
        return "no expression is picked"
    if mood is None or mood.faces_seen == 0:
        return "no face is in view"
    return "no expression stands out clearly at the moment"


def _meant_for(item: CatalogItem, belief: Mapping[Emotion, float]) -> Emotion:
    return max(EMOTIONS, key=lambda e: belief.get(e, 0.0) * item.targets.get(e, 0.0))


def explain(
    item: CatalogItem,
    context: PickContext,
    at_s: float,
    *,
    by_mood: bool,
    drawn_from: int,
    policy: str = "weighted_random",
    share: float | None = None,
) -> str:
    """One or two sentences that say why this item is shown.

    Args:
        item: what is shown.
        context: for whom it was chosen.
        at_s: now, on the clock of the mood's ``since_s``.
        by_mood: False when it is a default item or was drawn blind to the mood.
        drawn_from: how many items were in the draw.
        policy: how it was drawn.
        share: of impressions, that the item should get in this draw, or None.
    """
    thing = thing_words(item)
    chance = _draw_words(policy, drawn_from, share)
    mood = context.mood
    if context.arm is Arm.CONTROL:
        return (
            f"Shown by chance: in this visit the {thing} does not follow any expression, so that the two "
            f"ways can be compared."
        )
    if mood is None or mood.dominant is None or not is_known(context):
        unread = _unread(mood, picked=context.picked)
        return f"Shown because {unread}, and this {thing} is meant for that case.{chance}"
    looked = _looked(mood, mood.dominant, at_s, picked=context.picked)
    if not by_mood:
        return f"Shown because {looked}; no {thing} fits that right now, so this is a general one.{chance}"
    if item.region is not None:
        aim = f"{region_words(item.region)} expressions"
        how = f"lead towards {aim}" if context.strategy is Strategy.LIFT else f"go with {aim}"
        return f"Shown because {looked} and this {thing} is meant to {how}.{chance}"
    seen = {e: mood.scores[e] for e in EMOTIONS}
    if context.strategy is Strategy.LIFT:
        goals: dict[Emotion, float] = {}
        for emotion, share in seen.items():
            goals[LIFT_GOALS[emotion]] = goals.get(LIFT_GOALS[emotion], 0.0) + share
        goal = _meant_for(item, goals)
        one = "expression" if context.picked else "one"
        aim = "keep it so" if goal is mood.dominant else f"lead towards a {LOOKS[goal]} {one}"
        return f"Shown because {looked} and this {thing} is meant to {aim}.{chance}"
    target = _meant_for(item, seen)
    if target is mood.dominant:
        who = "viewers in company" if item.audience is Audience.SEVERAL else "viewers"
        return f"Shown because {looked} and this {thing} is meant for {LOOKS[target]} {who}.{chance}"
    return (
        f"Shown because {looked}, partly {LOOKS[target]} too ({seen[target]:.0%}), and this {thing} is meant "
        f"for {LOOKS[target]} viewers.{chance}"
    )


def explain_nothing(slot: Kind, *, known: bool, picked: bool = False) -> str:
    """Why a slot stays empty.

    Args:
        slot: the empty one.
        known: there is a mood, but nothing for it.
        picked: a person picked it.
    """
    unknown = "is picked" if picked else "can be read"
    case = "this expression" if known else f"the case that no expression {unknown}"
    return f"Nothing is shown here: the catalog has no {THINGS[slot]} for {case} right now."
