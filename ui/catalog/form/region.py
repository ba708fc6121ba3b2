"""A region of the valence-arousal plane: drawn on a map of the expressions, or set by two sliders.

The map begins with the region that the sliders hold. Dragging on it moves the sliders and leaves the map
alone, so that nothing jumps under the pointer; moving a slider makes a new map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import altair as alt
import pandas as pd
import streamlit as st

from content.types import Region
from emotion.types import VALENCE_AROUSAL
from ui.catalog.state import OpenForm
from ui.look.moods import COLORS
from ui.look.words import EXPRESSIONS

BRUSH: Final = "region"
SIDE_PX: Final = 360
ANYWHERE_BRIGHT: Final = Region(0.2, 1.0, 0.0, 1.0)
"""Where a new region begins: the pleased and lively corner."""

_LEFT_OF_ITS_DOT = ("Fearful", "Disgusted", "Happy")
"""Their neighbours' names would run into theirs, or theirs over the edge."""


@dataclass(frozen=True, slots=True)
class Sliders:
    """Keys of the two sliders, which hold the region."""

    valence: str
    arousal: str

    def region(self) -> Region:
        """What they hold now."""
        return Region(*st.session_state[self.valence], *st.session_state[self.arousal])


def region_field(form: OpenForm) -> dict[str, float]:
    """The map and the two sliders; returns what they hold, as ``content.catalog.editing`` takes it."""
    begin = form.seed.region or ANYWHERE_BRIGHT
    sliders = Sliders(form.key("region-valence"), form.key("region-arousal"))
    st.session_state.setdefault(sliders.valence, (begin.valence_min, begin.valence_max))
    st.session_state.setdefault(sliders.arousal, (begin.arousal_min, begin.arousal_max))
    if form.map_begin is None:
        form.map_begin = sliders.region()
    chart = form.key(f"region-map-{form.map_number}")
    st.html(
        '<p class="at-text">Drag a rectangle over the map: the item shows for expressions inside it. '
        "The two sliders do the same.</p>"
    )
    st.altair_chart(
        region_chart(form.map_begin),
        key=chart,
        on_select=lambda: _take_drawn(chart, sliders),
        selection_mode=BRUSH,
        theme=None,
        width="stretch",
        alt="Map of the seven expressions by how pleased and how lively they look, with the region drawn",
    )
    for words, slider in (("Displeased to pleased", sliders.valence), ("Calm to lively", sliders.arousal)):
        st.slider(
            words,
            -1.0,
            1.0,
            step=0.01,
            key=slider,
            on_change=_redraw,
            args=(form, sliders),
            persist_state="session",
        )
    return asdict(sliders.region())


def region_chart(begin: Region) -> alt.LayerChart:
    """The plane with the seven expressions as landmarks, and a rectangle to drag.

    Args:
        begin: the rectangle at first.
    """
    landmarks = pd.DataFrame(
        {
            "word": [EXPRESSIONS[e] for e in VALENCE_AROUSAL],
            "valence": [v for v, _ in VALENCE_AROUSAL.values()],
            "arousal": [a for _, a in VALENCE_AROUSAL.values()],
            "color": [COLORS[e] for e in VALENCE_AROUSAL],
        }
    )
    brush = alt.selection_interval(
        name=BRUSH,
        encodings=["x", "y"],
        value={"x": [begin.valence_min, begin.valence_max], "y": [begin.arousal_min, begin.arousal_max]},
        mark=alt.BrushConfig(fill="#3d5a9e", fillOpacity=0.2, stroke="#3d5a9e", strokeWidth=2),
    )
    whole = alt.Scale(domain=[-1, 1], nice=False)
    plane = alt.Chart(landmarks).encode(
        x=alt.X("valence:Q", scale=whole, axis=_axis("displeased   ←   →   pleased")),
        y=alt.Y("arousal:Q", scale=whole, axis=_axis("calm   ←   →   lively")),
    )
    dots = plane.mark_circle(size=150, opacity=1).encode(color=alt.Color("color:N", scale=None))
    word = plane.mark_text
    left = alt.FieldOneOfPredicate("word", list(_LEFT_OF_ITS_DOT))
    right = alt.FieldOneOfPredicate("word", [w for w in landmarks["word"] if w not in _LEFT_OF_ITS_DOT])
    names = (
        word(fontSize=14, fontWeight=600, align="right", dx=-11).transform_filter(left),
        word(fontSize=14, fontWeight=600, align="left", dx=11).transform_filter(right),
    )
    chart: alt.LayerChart = (
        alt.layer(dots.add_params(brush), *(n.encode(text="word:N") for n in names))
        .properties(height=SIDE_PX, background="transparent")
        .configure_view(strokeOpacity=0.25)
    )
    return chart


def _axis(title: str) -> alt.Axis:
    return alt.Axis(
        title=title,
        values=[-1, -0.5, 0, 0.5, 1],
        labels=False,
        ticks=False,
        gridOpacity=0.35,
        domain=False,
    )


def drawn_region(selection: Mapping[str, Any]) -> Region | None:
    """The rectangle as the map reports it, to two decimals; None where there is none."""
    try:
        spans = [sorted(float(v) for v in selection[axis]) for axis in ("valence", "arousal")]
    except (KeyError, TypeError, ValueError):
        return None
    if any(len(span) != 2 for span in spans):
        return None
    return Region(*(round(min(1.0, max(-1.0, v)), 2) for span in spans for v in span))


def _take_drawn(chart: str, sliders: Sliders) -> None:
    drawn = drawn_region(st.session_state[chart].selection.get(BRUSH, {}))
    # A map that has just been made may report the rectangle that it was given; that is no edit.
    if drawn is not None and drawn != sliders.region():
        st.session_state[sliders.valence] = (drawn.valence_min, drawn.valence_max)
        st.session_state[sliders.arousal] = (drawn.arousal_min, drawn.arousal_max)


def _redraw(form: OpenForm, sliders: Sliders) -> None:
    form.map_number += 1
    form.map_begin = sliders.region()
