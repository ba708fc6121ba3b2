"""What a clip showed, to take away: a table, data, and one page to print. No Streamlit here."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from emotion.labels import EMOTIONS, LABELS, Emotion, label_of
from emotion.records import face_as_dict, mood_as_dict
from emotion.video.analyze import VideoReading
from ui.look.moods import COLORS
from ui.look.theming import document_style
from ui.look.words import EXPRESSIONS, KINDS, clip_time, counted, percent
from ui.video.reading import Curves, VideoResult, curves, people, shares, spells
from ui.video.replay import Shown

PRINTED_ROWS = 12
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "12 4", "1 4")
"""So that the curves can be told apart on paper without colour."""


def as_csv(result: VideoResult) -> str:
    """One row a reading: time, faces, the smoothed mood and its seven shares, valence and arousal."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\r\n")
    rows.writerow(["t_s", "faces", "mood", "confidence", *LABELS, "valence", "arousal"])
    for reading in result.readings:
        mood = reading.mood
        rows.writerow(
            [
                f"{reading.t_s:.3f}",
                len(reading.faces),
                label_of(mood.dominant),
                f"{mood.confidence:.4f}",
                *(f"{mood.scores[e]:.4f}" for e in EMOTIONS),
                f"{mood.scores.valence:.4f}",
                f"{mood.scores.arousal:.4f}",
            ]
        )
    return table.getvalue()


def as_record(result: VideoResult, name: str, shown: Sequence[Shown]) -> dict[str, Any]:
    """The whole clip as plain data, *unknown* spelt out."""
    info = result.info
    return {
        "path": name,
        "width_px": info.width_px,
        "height_px": info.height_px,
        "duration_s": info.duration_s,
        "rate_hz": result.rate_hz,
        "model": result.model_version,
        "problem": result.problem or None,
        "time_share": {label_of(m): round(s, 4) for m, s in shares(result).items()},
        "readings": [_reading_record(r) for r in result.readings],
        "would_have_shown": [
            {
                "slot": s.slot.value,
                "item": s.item.item_id if s.item else None,
                "title": s.item.title if s.item else None,
                "starts_s": round(s.starts_s, 3),
                "ends_s": round(s.ends_s, 3),
                "reason": s.decision.reason,
            }
            for s in shown
        ],
    }


def _reading_record(reading: VideoReading) -> dict[str, Any]:
    scores = reading.mood.scores.as_dict()
    return {
        "t_s": round(reading.t_s, 3),
        "faces": [face_as_dict(face) for face in reading.faces],
        "mood": {**mood_as_dict(reading.mood), "scores": {name: round(p, 4) for name, p in scores.items()}},
        "elapsed_ms": round(reading.elapsed_ms, 1),
    }


def as_json(result: VideoResult, name: str, shown: Sequence[Shown]) -> str:
    """``as_record`` as indented JSON."""
    return json.dumps(as_record(result, name, shown), indent=1, ensure_ascii=False) + "\n"


# --- one page to print -------------------------------------------------------------------------------

Picture = Callable[[Shown], bytes | None]
"""A small JPEG of what a slot showed, or None where there is none."""


def as_html(result: VideoResult, name: str, shown: Sequence[Shown], picture: Picture = lambda s: None) -> str:
    """One page without scripts and without anything to fetch; every word from outside is escaped.

    Nobody's face is on it: it holds figures, curves and the catalog's own pictures.
    """
    info, title = result.info, escape(name)
    facts = (
        f"{clip_time(result.end_s + 0.5)} long, {info.width_px} × {info.height_px} pixels, "
        f"{counted(len(result.readings), 'reading')}, {result.rate_hz:g} a second, "
        f"at most {counted(people(result.readings), 'face')} at once"
    )
    note = f'<p class="note">{escape(result.problem)}</p>' if result.problem else ""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Expressions in {title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{document_style('video_report')}</head><body>"
        f'<p class="muted">Attune · expressions in a video</p><h1>{title}</h1>'
        f'<p class="muted">{facts}.</p>{note}'
        f"<h2>Expression over time</h2>{_ribbon_svg(result)}"
        f"<h2>How much of each is read</h2>{_curves_svg(curves(result, 300), result.end_s)}{_key_html()}"
        f"<h2>Share of time</h2>{_shares_html(shares(result))}"
        f"<h2>What would have been shown</h2>{_shown_html(shown, picture)}"
        "<footer>An expression is an estimate from the picture, not knowledge of what anybody feels. "
        f"Read by {escape(result.model_version)}.</footer></body></html>\n"
    )


def _ribbon_svg(result: VideoResult) -> str:
    start_s, span_s = result.readings[0].t_s, max(result.end_s - result.readings[0].t_s, 1e-9)
    bars = []
    for spell in spells(result):
        x, width = (spell.starts_s - start_s) / span_s * 800, (spell.ends_s - spell.starts_s) / span_s * 800
        words = escape(EXPRESSIONS[spell.mood])
        times = f"{clip_time(spell.starts_s)} to {clip_time(spell.ends_s)}"
        bars.append(
            f'<rect x="{x:.1f}" y="0" width="{max(width, 0.5):.1f}" height="26" fill="{COLORS[spell.mood]}" '
            f'fill-opacity="{0.25 if spell.mood is None else 1}"><title>{words}, {times}</title></rect>'
        )
        # White words are read on these colours from 70 units on, where the longest of them fits.
        if width > 70 and spell.mood is not None:
            bars.append(f'<text x="{x + 7:.1f}" y="17.5" style="fill:#fff;font-weight:700">{words}</text>')
    return (
        f'<svg viewBox="0 0 800 42" role="img" aria-label="Expressions over time">{"".join(bars)}'
        f"{_axis_svg(start_s, start_s + span_s, 40)}</svg>"
    )


def _axis_svg(start_s: float, end_s: float, y: float) -> str:
    marks = []
    for n in range(5):
        at_s = start_s + (end_s - start_s) * n / 4
        anchor = "start" if n == 0 else "end" if n == 4 else "middle"
        marks.append(f'<text x="{n * 200}" y="{y}" text-anchor="{anchor}">{clip_time(at_s + 0.5)}</text>')
    return "".join(marks)


def _curves_svg(found: Curves, end_s: float) -> str:
    start_s = float(found.times_s[0])
    x = (found.times_s - start_s) / max(end_s - start_s, 1e-9) * 800
    lines = [f'<path d="M0 {y}H800" stroke="#e3e6ee" fill="none"/>' for y in (0.5, 75, 149.5)]
    for emotion in EMOTIONS:
        y = 150 - found.shares[emotion.index] * 150
        lines.append(
            f'<path d="{path_of(x, y)}" fill="none" stroke="{COLORS[emotion]}" stroke-width="2" '
            f'stroke-dasharray="{_DASHES[emotion.index]}"/>'
        )
    return (
        f'<svg viewBox="0 -2 800 170" role="img" aria-label="Seven curves">{"".join(lines)}'
        f"{_axis_svg(start_s, end_s, 165)}</svg>"
    )


def path_of(x: np.ndarray, y: np.ndarray) -> str:
    """An SVG path through the points, broken where ``y`` is NaN; a lone point is a short dash."""
    parts, drawing = [], False
    for at, value in zip(x, y, strict=True):
        if not np.isfinite(value):
            drawing = False
            continue
        parts.append(f"{'L' if drawing else 'M'}{at:.1f} {value:.1f}{'' if drawing else 'h.5'}")
        drawing = True
    return "".join(parts)


def _key_html() -> str:
    return (
        '<ul class="key">'
        + "".join(
            f'<li><svg viewBox="0 0 26 8"><path d="M0 4H26" stroke="{COLORS[e]}" stroke-width="3" '
            f'stroke-dasharray="{_DASHES[e.index]}"/></svg>{escape(EXPRESSIONS[e])}</li>'
            for e in EMOTIONS
        )
        + "</ul>"
    )


def _shares_html(found: Mapping[Emotion | None, float]) -> str:
    rows = "".join(
        f'<tr><td>{escape(EXPRESSIONS[m])}</td><td class="bar"><span class="fill" '
        f'style="width:{share * 100:.1f}%;background:{COLORS[m]}"></span></td>'
        f'<td class="n">{percent(share)}</td></tr>'
        for m, share in sorted(found.items(), key=lambda pair: -pair[1])
        if share > 0
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _shown_html(shown: Sequence[Shown], picture: Picture) -> str:
    rows = []
    for s in shown[:PRINTED_ROWS]:
        jpeg = picture(s) if s.item is not None else None
        data = base64.b64encode(jpeg).decode("ascii") if jpeg else ""
        image = f'<img class="thumb" alt="" src="data:image/jpeg;base64,{data}">' if data else _swatch_html(s)
        what = escape(s.item.title) if s.item is not None else "Nothing"
        rows.append(
            f'<tr><td class="n">{clip_time(s.starts_s)}</td><td>{image}</td>'
            f"<td>{KINDS[s.slot]}</td><td><b>{what}</b></td>"
            f'<td class="why muted">{escape(s.decision.reason)}</td></tr>'
        )
    more = len(shown) - PRINTED_ROWS
    rest = f'<p class="muted">And {more} more; the data file has them all.</p>' if more > 0 else ""
    if not rows:
        return '<p class="muted">The catalog has nothing to show.</p>'
    return (
        "<table><thead><tr><th>At</th><th></th><th>Where</th><th>What</th>"
        '<th class="why">Why</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>{rest}"
    )


def _swatch_html(s: Shown) -> str:
    colors = s.item.colors if s.item is not None else None
    if colors is None:
        return ""
    ramp = escape(f"linear-gradient(120deg,{colors.background},{colors.gradient_to} 60%,{colors.accent} 61%)")
    return f'<span class="thumb" style="background:{ramp}"></span>'
