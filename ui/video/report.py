"""Downloads of what a clip showed: a table, data, and one page to print. No Streamlit here."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion.labels import EMOTIONS, LABELS, Emotion, label_of
from emotion.records import face_as_dict, mood_as_dict
from emotion.video.analyze import VideoReading
from ui.look.html import Markup, render
from ui.look.moods import COLORS
from ui.look.theming import own_sheet
from ui.look.words import clip_time, counted
from ui.video.reading import Curves, VideoResult, curves, people, shares, spells, unclear_words
from ui.video.replay import Shown

PRINTED_ROWS = 12
RIBBON = 800.0
"""Width of the drawings, in units of the SVG."""
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "12 4", "1 4")
"""Different dashes, so that the curves can be told apart on paper without colour."""


def as_csv(result: VideoResult) -> str:
    """One row for each reading: time, faces, smoothed mood, its shares, valence, arousal, what is unclear."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\r\n")
    rows.writerow(["t_s", "faces", "mood", "confidence", *LABELS, "valence", "arousal", "quality"])
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
                " ".join(sorted({problem.value for face in reading.faces for problem in face.quality})),
            ]
        )
    return table.getvalue()


def as_record(result: VideoResult, name: str, shown: Sequence[Shown]) -> dict[str, Any]:
    """The whole clip as plain data, with *unknown* by its label."""
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
"""A small JPEG of what a slot showed; None if there is none."""


def as_html(result: VideoResult, name: str, shown: Sequence[Shown], picture: Picture = lambda s: None) -> str:
    """One page without scripts and without anything to fetch.

    Nobody's face is on it: it holds figures, curves and the catalog's own pictures.
    """
    info, faces = result.info, people(result.readings)
    facts = (
        f"{clip_time(result.end_s + 0.5)} long, {info.width_px} × {info.height_px} pixels, "
        f"{counted(len(result.readings), 'reading')}, {result.rate_hz:g} a second, "
        f"at most {counted(faces, 'face')} at once."
    )
    start_s = result.readings[0].t_s
    ranked = sorted(shares(result).items(), key=lambda pair: -pair[1])
    return render(
        "video/report.html",
        name=name,
        sheet=Markup(own_sheet("video_report")),
        facts=facts,
        problem=" ".join(filter(None, (result.problem, unclear_words(result)))),
        colors=COLORS,
        start_s=start_s,
        end_s=result.end_s,
        ribbon=_ribbon(result),
        curves=_curve_paths(curves(result, 300), result.end_s),
        shares=[(mood, share) for mood, share in ranked if share > 0],
        shown=[(one, _picture_url(one, picture)) for one in shown[:PRINTED_ROWS]],
        more=len(shown) - PRINTED_ROWS,
        model=result.model_version,
    )


@dataclass(frozen=True, slots=True)
class _Band:
    """A spell on a ribbon that is ``RIBBON`` units long."""

    mood: Emotion | None
    x: float
    width: float
    starts_s: float
    ends_s: float


def _ribbon(result: VideoResult) -> list[_Band]:
    start_s, span_s = result.readings[0].t_s, max(result.end_s - result.readings[0].t_s, 1e-9)
    unit = RIBBON / span_s
    return [
        _Band(s.mood, (s.starts_s - start_s) * unit, (s.ends_s - s.starts_s) * unit, s.starts_s, s.ends_s)
        for s in spells(result)
    ]


def _curve_paths(found: Curves, end_s: float) -> list[tuple[Emotion, str, str]]:
    """Each expression with its SVG path and its dashes."""
    start_s = float(found.times_s[0])
    x = (found.times_s - start_s) / max(end_s - start_s, 1e-9) * RIBBON
    return [(e, path_of(x, 150 - found.shares[e.index] * 150), _DASHES[e.index]) for e in EMOTIONS]


def _picture_url(shown: Shown, picture: Picture) -> str:
    jpeg = picture(shown) if shown.item is not None else None
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}" if jpeg else ""


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
