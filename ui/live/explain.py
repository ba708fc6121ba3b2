"""“Why this?”: the reason, the belief behind it, the way from the catalog to the choice, and the odds."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

from content.choosing.programme import Showing
from content.types import Arm, Candidate, Catalog, Decision
from emotion.labels import EMOTIONS
from ui.look.cards import chip_html
from ui.look.words import EXPRESSIONS, KIND_PLURALS, chance, percent

ROWS = 8
_RULES = {
    "weighted_random": "drawn at random, the higher the score the likelier",
    "best_score": "the highest score is taken",
    "fixed_order": "each in its turn, in the order of the catalog",
}


def _bar_html(share: float) -> str:
    return (
        '<span class="at-bar-track" aria-hidden="true">'
        f'<span class="at-bar-fill" style="width:{100 * share:.1f}%"></span></span>'
    )


def stages_html(decision: Decision) -> str:
    """How many items each stage left over, from the whole catalog to the draw."""
    funnel, things = decision.funnel, KIND_PLURALS[decision.slot].lower()
    if decision.arm is Arm.CONTROL:
        fitted = "Whatever the expression: all of them"
    elif decision.by_mood:
        fitted = "Fit the expression"
    else:
        fitted = "General ones, meant for no expression"
    rows = (
        (f"Published {things}", "", funnel.published),
        (
            "May be shown now",
            "by date and hour, by how often already, by the number of faces",
            funnel.servable,
        ),
        (fitted, "", funnel.matched),
        ("In the draw", "without what was on just before or is having a rest", funnel.paced),
    )
    most = max(1, funnel.published)
    steps = "".join(
        f'<li><span class="at-step-name">{words}{f"<small>{hint}</small>" if hint else ""}</span>'
        f'{_bar_html(left / most)}<span class="at-number">{left:,}</span></li>'
        for words, hint, left in rows
    )
    return (
        '<section><p class="at-eyebrow">How the choice narrowed</p>'
        f'<ol class="at-stages" data-testid="stages">{steps}</ol></section>'
    )


def _rows(decision: Decision) -> Iterable[Candidate]:
    """The best of the draw, and the chosen one wherever it stands."""
    top = decision.eligible[:ROWS]
    yield from top
    if decision.item_id is not None and all(c.item_id != decision.item_id for c in top):
        yield Candidate(decision.item_id, decision.score, decision.propensity)


def candidates_html(decision: Decision, catalog: Catalog) -> str:
    """The odds of what was in the draw as a bar chart, best first; the chosen item is marked."""
    if not decision.eligible:
        return ""
    shown = list(_rows(decision))
    likeliest = max(candidate.chance for candidate in shown) or 1.0
    rows = []
    for candidate in shown:
        item = catalog.get(candidate.item_id)
        title = escape(item.title if item else candidate.item_id)
        chosen = candidate.item_id == decision.item_id
        mark, style = (" ✓", ' class="at-chosen"') if chosen else ("", "")
        share = decision.shares.get(candidate.item_id)
        asked = f"<small>to get {percent(share)} of the turns</small>" if share else ""
        rows.append(
            f'<tr{style} data-item-id="{escape(candidate.item_id)}"><td>{title}{mark}{asked}</td>'
            f'<td class="at-odds">{_bar_html(candidate.chance / likeliest)}</td>'
            f'<td class="at-number">{chance(candidate.chance)}</td>'
            f'<td class="at-number">{candidate.score:.2f}</td></tr>'
        )
    more = len(decision.eligible) - len(shown)
    if more > 0:
        rows.append(f'<tr><td colspan="4">and {more:,} more</td></tr>')
    return (
        '<section><p class="at-eyebrow">How likely each was</p>'
        '<table class="at-table at-draw" data-testid="eligible"><thead><tr><th>In the draw</th>'
        '<th class="at-number" colspan="2">Chance</th><th class="at-number">Score</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></section>"
    )


def belief_html(decision: Decision) -> str:
    """The expressions that counted at the decision, the three strongest."""
    mood, how = decision.mood, "picked" if decision.picked else "read"
    if mood is None or mood.faces_seen == 0:
        return f'<p class="at-text">No expression was {how} at that moment.</p>'
    strongest = sorted(EMOTIONS, key=lambda emotion: -mood.scores[emotion])[:3]
    chips = " ".join(chip_html(f"{EXPRESSIONS[e]} {percent(mood.scores[e])}", e) for e in strongest)
    return f'<p class="at-text">{how.capitalize()} at that moment: {chips}</p>'


def arm_html(decision: Decision) -> str:
    """Whether this visit follows the expression, and why some visits do not."""
    share = percent(decision.arm_share)
    if decision.arm is Arm.CONTROL:
        words = (
            f"<b>This visit is drawn by chance</b>, as {share} of all visits are. What shows does not follow "
            "the expression, so that it can be told whether following it makes a difference."
        )
    elif decision.picked:
        words = "<b>This visit follows the expression</b> that is picked by hand."
    elif decision.arm_share < 1:
        words = (
            f"<b>This visit follows the expression</b>, as {share} of all visits do. In the others what "
            "shows is drawn by chance, so that it can be told whether following it makes a difference."
        )
    else:
        words = "<b>This visit follows the expression</b>, as all visits do."
    return f'<p class="at-arm" data-testid="arm" data-arm="{decision.arm.value}">{words}</p>'


def _small_print(decision: Decision, credit: str) -> str:
    how = "picked" if decision.picked else "read"
    scored = (
        "Score: the item’s weight."
        if not decision.by_mood
        else f"Score: the item’s weight times how well what it is meant for meets the expressions {how}."
    )
    rule = _RULES.get(decision.policy, decision.policy)
    model = f"Expression model {escape(decision.model_version)}. " if decision.model_version else ""
    return (
        f'<p class="at-credit">{scored} Rule: {escape(rule)}. {model}'
        f"Catalog version {decision.catalog_version}.{credit}</p>"
    )


def why_html(showing: Showing, catalog: Catalog, place: str) -> str:
    """All that stands behind what a slot shows."""
    decision, item = showing.decision, showing.item
    credit = f" Picture or clip: {escape(item.credit)}." if item and item.credit else ""
    return (
        f'<div class="at-why" data-testid="why-{place}">'
        f'<p class="at-reason">{escape(decision.reason)}</p>'
        f"{belief_html(decision)}{arm_html(decision)}{stages_html(decision)}"
        f"{candidates_html(decision, catalog)}{_small_print(decision, credit)}</div>"
    )


def why(showing: Showing | None, catalog: Catalog, place: str) -> None:
    """The button and what opens from it; what it says stays the same for as long as the decision stands."""
    with st.popover("Why this?", type="tertiary", icon=":material/help:", key=f"why-{place}"):
        if showing is None:
            st.html('<p class="at-text">Nothing has been chosen yet.</p>')
            return
        st.html(why_html(showing, catalog, place))
