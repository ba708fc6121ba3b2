"""The colour and the drawn face of each expression, and the log behind the timeline."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from emotion.labels import EMOTIONS, Emotion
from emotion.types import MoodEstimate

# Of medium lightness; ui/look/theming.py mixes in the theme's text colour, so that each stands out
# everywhere.
COLORS: Mapping[Emotion | None, str] = {
    Emotion.ANGRY: "#dc4a3d",
    Emotion.DISGUST: "#6b8e23",
    Emotion.FEAR: "#8b6be0",
    Emotion.HAPPY: "#d08700",
    Emotion.SAD: "#3f83d6",
    Emotion.SURPRISE: "#d2489c",
    Emotion.NEUTRAL: "#5f8a8b",
    None: "#84848c",
}

_EYES = "<path d='M22 26v3M42 26v3'/>"
_FEATURES: Mapping[Emotion | None, str] = {
    Emotion.ANGRY: "<path d='M17 20l9 5M47 20l-9 5M22 29v1M42 29v1M22 46c6-7 14-7 20 0'/>",
    Emotion.DISGUST: "<path d='M17 26h9M38 26h9M20 44c4-4 7 3 12 0s8-5 12 0'/>",
    Emotion.FEAR: "<path d='M18 19l7-3M46 19l-7-3M22 26v3M42 26v3'/><ellipse cx='32' cy='45' rx='9' ry='4'/>",
    Emotion.HAPPY: _EYES + "<path d='M18 37c3 8 8 11 14 11s11-3 14-11'/>",
    Emotion.SAD: _EYES + "<path d='M21 47c5-8 17-8 22 0M18 20l6-3M46 20l-6-3'/>",
    Emotion.SURPRISE: _EYES
    + "<path d='M17 18c3-3 6-3 9 0M38 18c3-3 6-3 9 0'/><circle cx='32' cy='44' r='6'/>",
    Emotion.NEUTRAL: _EYES + "<path d='M21 43h22'/>",
    None: "<path d='M25 25c0-9 15-9 15 0 0 6-8 6-8 12M32 46v1'/>",
}


def face_svg(mood: Emotion | None) -> str:
    """A line drawing of the expression, for use as a CSS mask (its colour is the page's)."""
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64' fill='none' stroke='#000' "
        "stroke-width='4.5' stroke-linecap='round' stroke-linejoin='round'>"
        f"<circle cx='32' cy='32' r='27'/>{_FEATURES[mood]}</svg>"
    )


@dataclass(frozen=True, slots=True)
class MoodSample:
    """The mood at one moment of the monotonic clock."""

    at_s: float
    mood: Emotion | None
    confidence: float


@dataclass(slots=True)
class MoodLog:
    """The moods of the last minutes, one sample per ``step_s`` at most."""

    span_s: float = 180.0
    step_s: float = 0.5
    samples: deque[MoodSample] = field(default_factory=deque)
    _past: tuple[tuple[float, ...], tuple[Column, ...]] = field(default=((), ()), init=False, repr=False)

    def columns(self, now_s: float, span_s: float, bin_s: float) -> tuple[Column, ...]:
        """The function ``columns`` of the samples; bins that are over are looked at once. From any thread."""
        samples, last = tuple(self.samples), now_s // bin_s
        past_of, past = self._past
        if past_of != (last, span_s, bin_s):
            past = columns(samples, now_s, span_s, bin_s)[:-1]
            self._past = (last, span_s, bin_s), past
        latest = takewhile(lambda sample: sample.at_s // bin_s >= last, reversed(samples))
        return (*past, *columns(latest, now_s, bin_s, bin_s))

    def add(self, mood: MoodEstimate | None, at_s: float) -> bool:
        """Notes the mood at ``at_s`` unless the last note is younger than ``step_s``; forgets old ones.

        Returns:
            Whether it was noted.
        """
        if self.samples and at_s - self.samples[-1].at_s < self.step_s * 0.9:
            return False
        dominant = mood.dominant if mood else None
        confidence = mood.confidence if mood and dominant else 0.0
        self.samples.append(MoodSample(at_s, dominant, confidence))
        while self.samples and at_s - self.samples[0].at_s > self.span_s:
            self.samples.popleft()
        return True


@dataclass(frozen=True, slots=True)
class Column:
    """One bin of the timeline: the mood that lasted longest in it, and its mean confidence.

    Attributes:
        mood: None is *unknown*; see ``empty`` for a bin without any sample.
        confidence: in [0, 1].
        empty: nothing was recorded in this bin.
    """

    mood: Emotion | None
    confidence: float
    empty: bool


def columns(samples: Iterable[MoodSample], now_s: float, span_s: float, bin_s: float) -> tuple[Column, ...]:
    """Samples in bins of ``bin_s`` over the last ``span_s`` seconds, oldest first.

    Bins begin at multiples of ``bin_s`` on the clock, so the picture moves once in each bin, not in each
    tick.
    """
    count = round(span_s / bin_s)
    last = int(now_s // bin_s)
    bins: dict[int, list[MoodSample]] = {}
    for sample in samples:
        bins.setdefault(int(sample.at_s // bin_s), []).append(sample)
    return tuple(_column(bins.get(index, [])) for index in range(last - count + 1, last + 1))


def _column(samples: list[MoodSample]) -> Column:
    if not samples:
        return Column(None, 0.0, empty=True)
    order: list[Emotion | None] = [*EMOTIONS, None]
    moods = [s.mood for s in samples]
    mood = max(order, key=moods.count)
    certain = [s.confidence for s in samples if s.mood is mood]
    return Column(mood, sum(certain) / len(certain), empty=False)
