"""The types that cross the package's border: items, contexts, decisions.

Frozen dataclasses; pydantic models at the edges (editor, import) are converted to these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from emotion.labels import Emotion
from emotion.types import MoodEstimate, SmoothingOptions


class Kind(StrEnum):
    """What an item is, and the slot of the page it fills."""

    AD = "ad"
    MEDIA = "media"
    THEME = "theme"


class Status(StrEnum):
    """Only published items are shown to viewers."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class AssetType(StrEnum):
    """How an asset is shown."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Fit(StrEnum):
    """How a picture or video fills its place on the page, which is 16 wide and 9 high."""

    FILL = "fill"
    FIT = "fit"


class Audience(StrEnum):
    """How many faces must be in view."""

    ANY = "any"
    ONE = "one"
    SEVERAL = "several"


class Strategy(StrEnum):
    """Meet the mood, or lead it somewhere brighter."""

    MATCH = "match"
    LIFT = "lift"


class Arm(StrEnum):
    """Whether this session's content follows the mood, or is drawn blind to it for comparison."""

    MOOD = "mood"
    CONTROL = "control"


class Reader(StrEnum):
    """Where expressions are read. What a viewer's device reads comes from there, so it can be forged."""

    DEVICE = "device"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on both clocks: monotonic seconds for durations, UTC for the calendar and records."""

    at_s: float
    at_utc: datetime


@dataclass(frozen=True, slots=True)
class Asset:
    """A stored file or an https link.

    Attributes:
        type: how to show it.
        location: ``starter/<file>`` or ``media/<file>`` (a name in the app's own folders), or an https URL.
        mime_type: as sniffed from the content, never from the name.
        duration_s: of audio and video, else None.
        poster: location of a still picture for audio and video, or None.
    """

    type: AssetType
    location: str
    mime_type: str
    duration_s: float | None = None
    poster: str | None = None


@dataclass(frozen=True, slots=True)
class Framing:
    """How a picture or video of another shape than its place is shown there.

    Attributes:
        fit: ``fill`` covers the place and cuts off what is beyond it; ``fit`` shows all of the picture,
            between two bars.
        focus_x, focus_y: the point that ``fill`` keeps in view, as shares of the width from the left and of
            the height from the top, in [0, 1].
    """

    fit: Fit = Fit.FILL
    focus_x: float = 0.5
    focus_y: float = 0.5


@dataclass(frozen=True, slots=True)
class ThemeColors:
    """The colours of a page, each ``#rrggbb``. Text on background and on surface meets WCAG AA."""

    background: str
    surface: str
    text: str
    muted_text: str
    accent: str
    accent_text: str
    border: str
    gradient_to: str
    font: str = "sans"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an item may show: between two dates, on some days of the week, in some hours of the day.

    Attributes:
        starts_at_utc, ends_at_utc: ``[starts, ends)``; None is open-ended.
        weekdays: 0 is Monday, in ``time_zone``; empty for every day.
        from_time, until_time: hours of each day, ``[from, until)``, in ``time_zone``; both or neither. An
            ``until_time`` at or before ``from_time`` is on the day after, which belongs to the weekday on
            which it began.
        time_zone: IANA's name, such as ``Europe/Zurich``.
    """

    starts_at_utc: datetime | None = None
    ends_at_utc: datetime | None = None
    weekdays: tuple[int, ...] = ()
    from_time: time | None = None
    until_time: time | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the valence-arousal plane, both axes in [-1, 1]; a mood inside it fits the item.

    How well a mood just outside it still fits is said by ``content.choosing.eligibility.region_closeness``.
    """

    valence_min: float
    valence_max: float
    arousal_min: float
    arousal_max: float


@dataclass(frozen=True, slots=True)
class Pacing:
    """How an item shares its slot with time and with its peers.

    Attributes:
        min_dwell_s: shown at least this long, whatever the mood does; None for the programme's own.
        cool_down_s: after it has left its slot, a session does not see it again for so long.
        wait_for_end: a new mood waits until this item has played out, instead of interrupting it; a theme
            has no end and does not wait.
        share: of its slot's impressions, in (0, 1], that the item should get among those that fit; None
            leaves it to the weights.
    """

    min_dwell_s: float | None = None
    cool_down_s: float = 0.0
    wait_for_end: bool = False
    share: float | None = None


@dataclass(frozen=True, slots=True)
class CatalogItem:
    """One ad, media item or theme.

    Attributes:
        item_id: stable, unique, ``[a-z0-9-]+``.
        targets: expression → weight in [0, 1].
        region: of the valence-arousal plane, instead of ``targets``; an item with neither is a default item.
        min_confidence: the mood's confidence that this item needs, in [0, 1].
        weight: how much the item counts against its peers, > 0.
        headline, body, call_to_action, link_url: an ad's words; plain text, shown as text.
        asset: what an ad or a media item shows; None for themes.
        framing: how the asset fills its place.
        colors: of a theme, else None.
        frequency_cap: impressions a session at most, or None.
        daily_cap: impressions a calendar day (in the schedule's time zone) at most, all sessions together.
        version: counts up with each saved change.
        tags: by which editors group items; viewers do not see them. See ``content.catalog.tags``.
    """

    item_id: str
    kind: Kind
    title: str
    status: Status = Status.PUBLISHED
    version: int = 1
    targets: Mapping[Emotion, float] = field(default_factory=dict)
    min_confidence: float = 0.0
    audience: Audience = Audience.ANY
    weight: float = 1.0
    schedule: Schedule = field(default_factory=Schedule)
    frequency_cap: int | None = None
    daily_cap: int | None = None
    region: Region | None = None
    pacing: Pacing = field(default_factory=Pacing)
    asset: Asset | None = None
    framing: Framing = field(default_factory=Framing)
    alt_text: str = ""
    headline: str = ""
    body: str = ""
    call_to_action: str = ""
    link_url: str = ""
    colors: ThemeColors | None = None
    credit: str = ""
    tags: tuple[str, ...] = ()

    @property
    def is_default(self) -> bool:
        """True for an item aimed at no mood: shown when no mood is known or nothing fits it."""
        return not self.targets and self.region is None


@dataclass(frozen=True, slots=True)
class Catalog:
    """All items at one version of the catalog (the version counts up with each saved change)."""

    version: int
    items: tuple[CatalogItem, ...]

    def of_kind(self, kind: Kind) -> tuple[CatalogItem, ...]:
        """The items of one kind, in catalog order."""
        return tuple(i for i in self.items if i.kind is kind)

    def get(self, item_id: str) -> CatalogItem | None:
        """The item with that id, or None."""
        return next((i for i in self.items if i.item_id == item_id), None)


@dataclass(frozen=True, slots=True)
class PickContext:
    """For whom and how to choose.

    Attributes:
        mood: as smoothed; None where nothing is read.
        min_confidence: below this top probability a belief counts as unknown, whatever it names. It must
            not be above what smoothing holds a mood down to (``held_from`` of its options), or content
            flickers where the mood does not.
        model_version: of the model that read the mood, for the record; empty where none did.
        reader: where the mood was read; None where none was.
        picked: a person picked the mood, nothing was read; the reasons then say so.
        arm: of this session, see ``content.choosing.arms``.
        arm_share: the share of sessions that are in ``arm``, in (0, 1]: the probability of this arm.
        today: item → its impressions so far on the calendar day of its own time zone, all sessions
            together; what is not in it has none. Only items with a daily cap need be in it.
    """

    mood: MoodEstimate | None
    strategy: Strategy = Strategy.MATCH
    arm: Arm = Arm.MOOD
    arm_share: float = 1.0
    today: Mapping[str, int] = field(default_factory=dict)
    site: str = "local"
    session_id: str = ""
    min_confidence: float = SmoothingOptions().held_from
    model_version: str = ""
    reader: Reader | None = None
    picked: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One eligible item, its score at a decision, and the probability with which it could be drawn."""

    item_id: str
    score: float
    chance: float


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many items each stage of a decision left over.

    Attributes:
        published: of the slot's kind.
        servable: in schedule, under their caps, and right for the number of faces in view.
        matched: for the mood; the default items where nothing fits; in the control arm all that are servable.
        paced: not cooling down, and not what was shown just before: the draw.
    """

    published: int
    servable: int
    matched: int
    paced: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen for one slot, and all that is needed to say why.

    Attributes:
        policy: how it was drawn; the control arm always draws by ``weighted_random``.
        arm: of the session; its content follows the mood or is blind to it.
        arm_share: the probability of that arm.
        propensity: P(item | servable items, arm, pacing state), in (0, 1]: the probability with which this
            item was drawn from ``eligible``, given what the session has been shown.
        score: the chosen item's own; 0 without an item.
        eligible: every item of the draw with its score and chance, best first.
        shares: the shares of impressions sought in this draw, item → share; empty where none asks for one.
        funnel: how many items each stage left over.
        by_mood: the item answers the mood; False for default items and in the control arm.
        strategy: how a mood was to be answered.
        reason: one or two sentences for the viewer.
        item_id: None when the catalog has nothing to show in this slot.
        model_version: of the model that read the mood; empty where none did.
        picked: the mood was picked by a person, not read.
        reader: where the mood was read; None where none was.
    """

    decision_id: str
    slot: Kind
    item_id: str | None
    item_version: int
    catalog_version: int
    model_version: str
    policy: str
    arm: Arm
    arm_share: float
    propensity: float
    score: float
    mood: MoodEstimate | None
    eligible: Sequence[Candidate]
    shares: Mapping[str, float]
    funnel: Funnel
    by_mood: bool
    strategy: Strategy
    reason: str
    decided_at: Moment
    picked: bool
    reader: Reader | None = None
