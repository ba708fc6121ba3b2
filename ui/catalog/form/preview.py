"""An item as the live page shows it: any theme, any expression, on a computer or a phone.

The page is drawn by ``ui.live.stage.show_programme``, the live page's own function, into a frame that wears
the theme by ``ui.look.theming.wear_within``; the sheet is the live page's too. Where the item would not be
chosen it is put into its slot all the same, and a line above says so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import numpy as np
import streamlit as st

from content.bootstrap import Content
from content.choosing.eligibility import History
from content.choosing.picker import Picker
from content.choosing.programme import ProgrammeState, Showing, cue
from content.themes import DEFAULT_THEME
from content.types import Catalog, CatalogItem, Decision, Kind, Moment, PickContext, Status
from emotion.labels import EMOTIONS, Emotion, label_of
from emotion.types import VALENCE_AROUSAL, EmotionScores, MoodEstimate
from ui.app.state import session
from ui.catalog.form.fields import PENDING, ChosenAsset
from ui.catalog.state import OpenForm
from ui.live import stage as live
from ui.live.state import LiveState
from ui.look import cards, theming
from ui.look.files import serve
from ui.look.html import render
from ui.look.words import EXPRESSIONS, percent

SURE: Final = 0.9
CHOSEN, OWN = "", "own"
"""In the list of themes: the one that the page would choose, and Attune's own colours."""


class Device(StrEnum):
    """How wide the page is in the preview."""

    COMPUTER = "Computer"
    PHONE = "Phone"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether an item would be shown for an expression now.

    Attributes:
        fits: it is in the draw.
        peers: how many items are in the draw, itself included.
        chance: of being drawn, in [0, 1].
    """

    fits: bool
    peers: int
    chance: float


def show_preview(content: Content, form: OpenForm, item: CatalogItem, chosen: ChosenAsset) -> None:
    """The item in the page, and the choice of theme, expression and width.

    Args:
        content: the catalog around it, and its files.
        form: where it is edited.
        item: as the form has it now; it may break rules.
        chosen: its file, which may not be stored yet.
    """
    catalog = content.catalog()
    st.html('<p class="at-eyebrow">As viewers will see it</p>')
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key="preview-choices"):
        device = st.segmented_control(
            "Seen on",
            list(Device),
            default=Device.COMPUTER,
            required=True,
            format_func=str,
            key=form.key("preview-device"),
        )
        mood = _mood_choice(form, item)
        theme_id = CHOSEN if item.kind is Kind.THEME else _theme_choice(form, catalog)
    now = Moment(time.monotonic(), datetime.now(UTC))
    stage = Stage(content, item, mood, now)
    _say_outlook(stage.outlook(), mood)
    programme = stage.programme(theme_id)
    colors = (
        programme.theme.item.colors if programme.theme and programme.theme.item else None
    ) or DEFAULT_THEME
    phone = device is Device.PHONE
    scope = "preview-phone" if phone else "preview-computer"
    state = session().page(LiveState)
    if chosen.upload is not None and chosen.asset is not None and chosen.asset.location == PENDING:
        url = serve(chosen.upload.content, chosen.asset.mime_type, item.kind.value)
        state.pending_files[PENDING] = url
    with st.container(key="preview-frame"), st.container(key=scope):
        theming.wear_within(colors, f".st-key-{scope}", phone=phone)
        words = "You are picking the expression by hand."
        html = cards.mood_html(stage.context.mood, now.at_s + 8, words)
        live.show_programme(state, content, stage.catalog, programme, html)


def _mood_choice(form: OpenForm, item: CatalogItem) -> Emotion | None:
    options: list[Emotion | None] = [*EMOTIONS, None]
    names = [label_of(mood) for mood in options]
    picked = st.selectbox(
        "Expression",
        names,
        names.index(label_of(meant_for(item))),
        format_func=lambda name: EXPRESSIONS[options[names.index(name)]],
        key=form.key("preview-mood"),
        width=128,
    )
    return options[names.index(picked)]


def _theme_choice(form: OpenForm, catalog: Catalog) -> str:
    titles = {i.item_id: i.title for i in catalog.of_kind(Kind.THEME) if i.colors is not None}
    names = {CHOSEN: "Automatic", OWN: "Attune’s own colours", **titles}
    picked: str = st.selectbox(
        "Theme", list(names), format_func=names.__getitem__, key=form.key("preview-theme"), width=165
    )
    return picked


def meant_for(item: CatalogItem) -> Emotion | None:
    """The expression that an item is for first of all; None for a default item."""
    if item.region is not None:
        r = item.region
        middle = ((r.valence_min + r.valence_max) / 2, (r.arousal_min + r.arousal_max) / 2)
        return min(EMOTIONS, key=lambda e: float(np.hypot(*np.subtract(VALENCE_AROUSAL[e], middle))))
    return max(EMOTIONS, key=lambda e: item.targets.get(e, 0.0)) if item.targets else None


def _say_outlook(outlook: Outlook, mood: Emotion | None) -> None:
    for_whom = f"For “{EXPRESSIONS[mood]}”" if mood else "With no clear expression"
    if not outlook.fits:
        style, words = "at-no", f"{for_whom} the page shows something else now. Below: how it would look."
    elif outlook.peers == 1:
        style, words = "at-yes", f"{for_whom} the page shows this now: nothing else fits."
    else:
        style, words = (
            "at-yes",
            f"{for_whom} this is one of {outlook.peers} that fit now"
            + (f", shown {percent(outlook.chance)} of the time." if outlook.chance < 1 else " and the best."),
        )
    st.html(render("catalog/outlook.html", style=style, words=words))


class Stage:
    """What a page around one item would show for an expression.

    Args:
        content: the catalog around it.
        item: as edited; its status and version do not matter.
        mood: None is *unknown*.
        now: for schedules.
    """

    def __init__(self, content: Content, item: CatalogItem, mood: Emotion | None, now: Moment) -> None:
        self.item = replace(item, status=Status.PUBLISHED)
        self.now = now
        before = content.catalog()
        others = tuple(i for i in before.items if i.item_id != item.item_id)
        self.catalog = Catalog(before.version, (*others, self.item))
        scores = EmotionScores.certain(mood, SURE) if mood else EmotionScores.uniform()
        estimate = MoodEstimate(
            scores=scores,
            dominant=mood,
            confidence=scores.confidence,
            since_s=now.at_s,
            updated_at_s=now.at_s,
            faces_seen=1 if mood else 0,
        )
        self.context = PickContext(mood=estimate, picked=True)
        # A picker of its own: the live pages' one keeps what it has prepared of the real catalog.
        self._picker = Picker(lambda: self.catalog, content.picker.options)

    def outlook(self) -> Outlook:
        """Whether the item would be in the draw, and how likely it is to be drawn."""
        decision = self._pick(self.item.kind, self.catalog)
        ranked: Sequence[tuple[str, float]] = [(c.item_id, c.score) for c in decision.eligible]
        ids = [item_id for item_id, _ in ranked]
        if self.item.item_id not in ids:
            return Outlook(fits=False, peers=len(ids), chance=0.0)
        if decision.policy == "best_score":
            return Outlook(True, len(ids), float(decision.item_id == self.item.item_id))
        total = sum(score for _, score in ranked)
        return Outlook(True, len(ids), dict(ranked)[self.item.item_id] / total)

    def programme(self, theme_id: str) -> ProgrammeState:
        """All three slots, with the item in its own.

        Args:
            theme_id: the theme to wear; ``CHOSEN`` and ``OWN`` see there.
        """
        shown = {kind: self._showing(kind) for kind in Kind}
        if theme_id not in (CHOSEN, OWN):
            theme = self.catalog.get(theme_id)
            shown[Kind.THEME] = replace(shown[Kind.THEME], item=theme)
        elif theme_id == OWN:
            shown[Kind.THEME] = replace(shown[Kind.THEME], item=None)
        return ProgrammeState(ad=shown[Kind.AD], media=shown[Kind.MEDIA], theme=shown[Kind.THEME])

    def _showing(self, kind: Kind) -> Showing:
        catalog = self.catalog
        if kind is self.item.kind:
            catalog = Catalog(catalog.version, (self.item,))
        decision = self._pick(kind, catalog)
        if kind is self.item.kind and decision.item_id is None:
            decision = replace(
                decision, item_id=self.item.item_id, reason="Not chosen for this expression now."
            )
        item = catalog.get(decision.item_id) if decision.item_id else None
        return Showing(decision, item, self.now.at_s, float("inf"), cue(self.context))

    def _pick(self, kind: Kind, catalog: Catalog) -> Decision:
        # The same chance each time: a preview that changes by itself shows nothing.
        rng = np.random.default_rng(0)
        return self._picker.pick(kind, self.context, History(), self.now, rng, catalog=catalog)
