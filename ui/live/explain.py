"""“Why this?”: the reason, the belief behind it, the way from the catalog to the choice, and the odds."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from content.choosing.programme import Showing
from content.types import Arm, Candidate, Catalog, Decision
from emotion.labels import EMOTIONS
from ui.look.html import Markup, render
from ui.look.words import KIND_PLURALS

ROWS = 8
_RULES = {
    "weighted_random": "drawn at random; a higher score makes an item likelier",
    "best_score": "the highest score wins",
}


def stages_html(decision: Decision) -> Markup:
    """How many items each stage left over, from the whole catalog to the draw."""
    funnel, things = decision.funnel, KIND_PLURALS[decision.slot].lower()
    if decision.arm is Arm.CONTROL:
        fitted = "All of them, whatever the expression"
    elif decision.by_mood:
        fitted = "Fit the expression"
    else:
        fitted = "General ones, for when nothing else fits"
    rows = (
        (f"Published {things}", "", funnel.published),
        ("Allowed now", "by date, hour, number of faces and times shown", funnel.servable),
        (fitted, "", funnel.matched),
        ("In the draw", "without what was just shown or has to pause", funnel.paced),
    )
    most = max(1, funnel.published)
    return render("live/stages.html", stages=[(*row, row[-1] / most) for row in rows])


def _rows(decision: Decision) -> Iterable[Candidate]:
    """The best of the draw, and the chosen one wherever it stands."""
    top = decision.eligible[:ROWS]
    yield from top
    if decision.item_id is not None and all(c.item_id != decision.item_id for c in top):
        yield Candidate(decision.item_id, decision.score, decision.propensity)


def draw_html(decision: Decision, catalog: Catalog) -> Markup:
    """The odds of the items in the draw as a bar chart, best first; the chosen item is marked."""
    if not decision.eligible:
        return Markup()
    shown = list(_rows(decision))
    candidates = []
    for candidate in shown:
        item = catalog.get(candidate.item_id)
        candidates.append(
            {
                "item_id": candidate.item_id,
                "title": item.title if item else candidate.item_id,
                "chosen": candidate.item_id == decision.item_id,
                "share": decision.shares.get(candidate.item_id),
                "chance": candidate.chance,
                "score": candidate.score,
            }
        )
    return render(
        "live/draw.html",
        candidates=candidates,
        likeliest=max(candidate.chance for candidate in shown) or 1.0,
        more=len(decision.eligible) - len(shown),
    )


def _how(decision: Decision) -> str:
    return "picked" if decision.picked else "read"


def belief_html(decision: Decision) -> Markup:
    """The expressions that counted at the decision, the three strongest."""
    mood = decision.mood
    strongest = []
    if mood is not None and mood.faces_seen > 0:
        ranked = sorted(EMOTIONS, key=lambda emotion: -mood.scores[emotion])
        strongest = [(emotion, mood.scores[emotion]) for emotion in ranked[:3]]
    return render("live/belief.html", strongest=strongest, how=_how(decision))


def arm_html(decision: Decision) -> Markup:
    """Whether this visit follows the expression, and why some visits do not."""
    return render("live/arm.html", decision=decision)


def why_html(showing: Showing, catalog: Catalog, place: str) -> Markup:
    """All that stands behind what a slot shows."""
    decision = showing.decision
    return render(
        "live/why.html",
        place=place,
        decision=decision,
        belief=belief_html(decision),
        arm=arm_html(decision),
        stages=stages_html(decision),
        draw=draw_html(decision, catalog),
        how=_how(decision),
        rule=_RULES.get(decision.policy, decision.policy),
        credit=showing.item.credit if showing.item else "",
    )


def why(showing: Showing | None, catalog: Catalog, place: str) -> None:
    """The button and what opens from it; the text stays the same for as long as the decision stands."""
    with st.popover("Why this?", type="tertiary", icon=":material/help:", key=f"why-{place}"):
        if showing is None:
            st.html('<p class="at-text">Nothing has been chosen yet.</p>')
            return
        st.html(why_html(showing, catalog, place))
