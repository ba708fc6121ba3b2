"""Charts, tiles and tables of the insights page, from a report. No Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

import altair as alt
import pandas as pd

from content.records.comparison import Comparison, Interval
from content.records.reports import MOODS, Figures, MoodBin, Report
from emotion.labels import UNKNOWN, Emotion
from ui.look import cards
from ui.look.html import Markup, render
from ui.look.moods import COLORS
from ui.look.words import EXPRESSIONS, counted, duration, number, per_hundred, thousands

FOLLOWED, RANDOM = "Followed the expression", "Random content"
# Of middling lightness, so that each stands out on light and dark surfaces alike.
FOLLOWED_COLOR, RANDOM_COLOR, QUIET = "#3f83d6", "#84848c", "#84848c"
_ARM_HEIGHT_PX, _TIME_HEIGHT_PX = 120, 230


def mood_of(label: str) -> Emotion | None:
    """The mood of a stored label."""
    return None if label == UNKNOWN else Emotion(label)


# --- tiles and tables ------------------------------------------------------------------------------------


def _span(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"


def figures_html(report: Report) -> Markup:
    """The headline figures as tiles."""
    total = report.total
    return cards.figures_html(
        (
            (
                number(total.impressions),
                "Impressions",
                f"items in view, in {counted(report.sessions, 'visit')}",
            ),
            (f"{per_hundred(total.completion_rate)}%", "Finished", "played or seen to the end"),
            (
                duration(total.dwell_s, decimals=1),
                "Time in view",
                f"on average; {duration(total.visible_ms / 1000, units=2)} in all",
            ),
            (
                thousands(total.clicks),
                "Clicks",
                f"{per_hundred(total.share(total.clicks))} for each 100 impressions",
            ),
            (
                thousands(total.likes),
                "Liked",
                f"and {thousands(total.dislikes)} disliked, {thousands(total.skips)} skipped",
            ),
        ),
        testid="insight-figures",
    )


def verdict_html(comparison: Comparison) -> Markup:
    """The sentence that says whether the data supports a difference."""
    return render("insights/verdict.html", verdict=comparison.verdict.value, sentence=comparison.sentence)


def arms_html(comparison: Comparison) -> Markup:
    """The two kinds of visits with their figures."""
    arms = [
        (
            name,
            color,
            arm,
            f"{100 * arm.rate:.1f}" if arm.impressions else "–",
            _span(rate) if rate else "–",
        )
        for name, color, arm, rate in (
            (FOLLOWED, FOLLOWED_COLOR, comparison.mood, comparison.mood_rate),
            (RANDOM, RANDOM_COLOR, comparison.control, comparison.control_rate),
        )
    ]
    return render("insights/arms.html", arms=arms)


def groups_html(
    first: str, groups: Mapping[str, Figures], names: Mapping[str, str], *, most: int | None = None
) -> Markup:
    """A table of groups, one a row, with bars.

    Args:
        first: what the groups are.
        groups: key → figures, in the order of the rows.
        names: key → what a person reads; the key itself where it has none.
        most: rows at most.
    """
    return render(
        "insights/groups.html",
        first=first,
        rows=[(key, names.get(key, key), found) for key, found in list(groups.items())[:most]],
        largest=max((f.impressions for f in groups.values()), default=1),
        dots=first == "Expression",
    )


def groups_table(first: str, groups: Mapping[str, Figures], names: Mapping[str, str]) -> pd.DataFrame:
    """All groups as a table to sort and search."""
    return pd.DataFrame(
        [
            (
                names.get(key, key),
                found.impressions,
                100 * found.completion_rate,
                found.dwell_s,
                found.clicks,
                found.likes,
                found.dislikes,
                found.skips,
            )
            for key, found in groups.items()
        ],
        columns=[
            *(
                first,
                "Impressions",
                "Finished, %",
                "Time in view, s",
                "Clicks",
                "Liked",
                "Disliked",
                "Skipped",
            ),
        ],
    )


# --- charts ----------------------------------------------------------------------------------------------


def _axis(title: str | None, **more: Any) -> alt.Axis:
    # Words take the theme's colour from the page's style sheet; lines are of middling lightness.
    return alt.Axis(
        title=title, gridColor=QUIET, gridOpacity=0.25, domain=False, ticks=False, labelFontSize=12,
        titleFontSize=12, titleFontWeight="normal", labelPadding=6, **more,
    )  # fmt: skip


def _finished(chart: Any, height: int) -> alt.LayerChart:
    done: alt.LayerChart = chart.properties(height=height, background="transparent").configure_view(
        stroke=None
    )
    return done


_TIMES = {"grid": False, "tickCount": 8, "labelOverlap": "greedy", "labelSeparation": 12}


def moods_chart(bins: tuple[MoodBin, ...], zone: tzinfo = UTC, clock: str = "UTC") -> alt.LayerChart:
    """Impressions over time, stacked by the mood that each answered.

    Args:
        bins: stretches of time.
        zone: by whose clocks they are drawn.
        clock: these in words.
    """
    rows = []
    for held in bins:
        low, everything = 0, sum(held.counts.values())
        for m, count in held.counts.items():
            if count:
                # Vega knows UTC and the browser's own zone, so it is told the zone's hours as if in UTC.
                when = (at.astimezone(zone).replace(tzinfo=UTC) for at in (held.starts_utc, held.ends_utc))
                words = EXPRESSIONS[mood_of(m)], COLORS[mood_of(m)]
                rows.append((*when, *words, low, low + count, count, everything))
                low += count
    columns = ["from", "to", "expression", "color", "low", "high", "impressions", "all"]
    along = alt.X("from:T", scale=alt.Scale(type="utc"), axis=_axis(clock, **_TIMES))
    up = alt.Y("low:Q", axis=_axis("impressions", tickCount=4, format="~s"))
    chart = (
        # Rectangles, as a bar with two ends on one axis does not stack on the other.
        alt.Chart(pd.DataFrame(rows, columns=columns))
        .transform_calculate(begins=f"utcFormat(datum.from, '%d %b %Y %H:%M')+', {clock}'")
        .mark_rect(stroke=None)
        .encode(
            x=along,
            x2="to:T",
            y=up,
            y2="high:Q",
            color=alt.Color("color:N", scale=None),
            tooltip=[
                alt.Tooltip("begins:N", title="From"),
                alt.Tooltip("expression:N", title="Expression"),
                alt.Tooltip("impressions:Q", title="Impressions", format=","),
                alt.Tooltip("all:Q", title="Of all", format=","),
            ],
        )
    )
    return _finished(chart, _TIME_HEIGHT_PX)


def rates_chart(mood: Interval, control: Interval) -> alt.LayerChart:
    """What each arm finished, with its interval."""
    table = pd.DataFrame(
        [
            (name, color, *(100 * v for v in (rate.value, rate.low, rate.high)))
            for name, color, rate in ((FOLLOWED, FOLLOWED_COLOR, mood), (RANDOM, RANDOM_COLOR, control))
        ],
        columns=["content", "color", "value", "low", "high"],
    )
    return _finished(_intervals(table, "finished in 100", [FOLLOWED, RANDOM]), _ARM_HEIGHT_PX)


def difference_chart(difference: Interval) -> alt.LayerChart:
    """The difference with its interval, against none."""
    values = [100 * v for v in (difference.value, difference.low, difference.high)]
    table = pd.DataFrame(
        [("", FOLLOWED_COLOR, *values)], columns=["content", "color", "value", "low", "high"]
    )
    none = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=QUIET, strokeDash=[5, 4], strokeWidth=2)
    picture = alt.layer(
        none.encode(x="x:Q"), _intervals(table, "fewer   ←   finished in 100   →   more", [""])
    )
    return _finished(picture, _ARM_HEIGHT_PX)


def _intervals(table: pd.DataFrame, title: str, order: list[str]) -> Any:
    base = alt.Chart(table).encode(
        y=alt.Y("content:N", sort=order, axis=None, scale=alt.Scale(paddingOuter=0.7)),
        color=alt.Color("color:N", scale=None),
        tooltip=[
            alt.Tooltip("value:Q", format=".1f", title="Measured"),
            alt.Tooltip("low:Q", format=".1f", title="Plausible from"),
            alt.Tooltip("high:Q", format=".1f", title="to"),
        ],
    )
    along = alt.X("low:Q", scale=alt.Scale(zero=False, nice=True, padding=14), axis=_axis(title, tickCount=5))
    return alt.layer(
        base.mark_rule(strokeWidth=7, strokeCap="round", opacity=0.45).encode(x=along, x2="high:Q"),
        base.mark_circle(size=190, opacity=1).encode(x=alt.X("value:Q")),
        base.mark_text(dy=-15, fontSize=13, fontWeight="bold").encode(
            x=alt.X("value:Q"), text=alt.Text("value:Q", format=".1f")
        ),
    )


def finished_chart(groups: Mapping[str, Figures]) -> alt.LayerChart:
    """Share finished by expression."""
    table = pd.DataFrame(
        [
            (
                EXPRESSIONS[mood_of(m)],
                COLORS[mood_of(m)],
                100 * groups[m].completion_rate,
                groups[m].impressions,
            )
            for m in MOODS
            if m in groups
        ],
        columns=["expression", "color", "finished", "impressions"],
    )
    base = alt.Chart(table).encode(
        y=alt.Y("expression:N", sort=None, axis=_axis(None, grid=False, labelLimit=110)),
        tooltip=[
            alt.Tooltip("expression:N", title="Expression"),
            alt.Tooltip("finished:Q", format=".1f", title="Finished in 100"),
            alt.Tooltip("impressions:Q", format=",", title="Impressions"),
        ],
    )
    along = alt.X("finished:Q", scale=alt.Scale(domain=[0, 100]), axis=_axis("finished in 100", tickCount=5))
    bars = base.mark_bar(height=16, cornerRadiusEnd=4).encode(x=along, color=alt.Color("color:N", scale=None))
    words = base.mark_text(align="left", dx=6, fontSize=12).encode(
        x=along, text=alt.Text("finished:Q", format=".0f")
    )
    return _finished(alt.layer(bars, words), 30 * max(len(table), 2))
