"""What editors and catalog files may say about an item: one pydantic model for all of them.

``ItemForm`` is checked data from outside; ``CatalogItem`` is what the rest of the program uses.
A form's fields are declared in the order in which they are checked: a check that looks at other
fields stands at the last of them, so that its message appears there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, time
from itertools import count
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from content.catalog.tags import MOST_TAGS, SEPARATORS, TAG_LENGTH, distinct
from content.errors import FieldError, ItemInvalidError
from content.themes import check_theme
from content.types import (
    Asset,
    AssetType,
    Audience,
    CatalogItem,
    Fit,
    Framing,
    Kind,
    Pacing,
    Region,
    Schedule,
    Status,
    ThemeColors,
)
from emotion.labels import Emotion

MIME_TYPES: Mapping[str, AssetType] = {
    "image/png": AssetType.IMAGE,
    "image/jpeg": AssetType.IMAGE,
    "image/gif": AssetType.IMAGE,
    "image/webp": AssetType.IMAGE,
    "video/mp4": AssetType.VIDEO,
    "video/webm": AssetType.VIDEO,
    "audio/mpeg": AssetType.AUDIO,
    "audio/ogg": AssetType.AUDIO,
    "audio/wav": AssetType.AUDIO,
    "audio/mp4": AssetType.AUDIO,
    "audio/webm": AssetType.AUDIO,
}
"""Every kind of file that a viewer's page shows, and how."""

STORED_NAME = re.compile(r"(starter|media)/[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9]+)+")
"""A file in one of the app's own two folders; no further folders, no dots in front."""

_YEARS = (1900, 9000)


def _problem(kind: str, message: str) -> PydanticCustomError:
    # The text is a template to pydantic: braces that an editor typed must not be read as fields.
    return PydanticCustomError("catalog_" + kind, "{text}", {"text": message})


def is_https(url: str) -> bool:
    """True for an absolute https link with a host and no user name, spaces or control characters."""
    if len(url.split()) != 1 or any(unicodedata.category(c) == "Cc" for c in url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises for a port that is no number)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def _plain(value: str) -> str:
    if value.isprintable():
        return value  # nearly every text, at a hundredth of the time
    bad = next((c for c in value if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"), None)
    if bad is not None:
        raise _problem("text", f"Expected plain text without control characters. Received: U+{ord(bad):04X}")
    return value


def _one_line(value: str) -> str:
    if "\n" in value or "\t" in value:
        raise _problem("line", "Expected one line of text. Received: a line break or a tab.")
    return _plain(value)


_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs by their category that no font draws."""


def _can_be_seen(value: str) -> bool:
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _BLANKS for c in value)


def _visible(value: str) -> str:
    if not _can_be_seen(value):
        raise _problem("visible", "Expected a title that can be seen. Received: only invisible characters.")
    return value


def _listed(value: object) -> object:
    # Pydantic would also take any iterator, one without an end as well.
    if not isinstance(value, list | tuple | set | frozenset):
        raise PydanticKnownError("tuple_type")
    return value


def _tag(value: str) -> str:
    if any(c in SEPARATORS for c in value):
        raise _problem("tag", f"Expected a tag without commas and semicolons. Received: {value!r}")
    tag = " ".join(_one_line(value).split())
    if not _can_be_seen(tag):
        raise _problem("tag", f"Expected a tag that can be seen. Received: {value!r}")
    return tag


def _https_or_empty(value: str) -> str:
    if value and not is_https(value):
        raise _problem("link", f"Expected a link that begins with https://. Received: {value!r}")
    return value


def _stored_or_https(value: str) -> str:
    if not (STORED_NAME.fullmatch(value) or is_https(value)):
        raise _problem(
            "location",
            f"Expected an uploaded file (media/…, starter/…) or a link that begins with https://. "
            f"Received: {value!r}",
        )
    return value


def _in_utc(value: datetime) -> datetime:
    # Near the ends of the calendar a time has no counterpart in other zones.
    if not _YEARS[0] <= value.year <= _YEARS[1]:
        raise _problem(
            "year", f"Expected a year from {_YEARS[0]} to {_YEARS[1]}. Received: {value.isoformat()}"
        )
    return value.astimezone(UTC)


def _utc(value: object) -> object:
    # A time without a zone is meant as UTC: the field's name says so.
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return value
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed
    return value


Line = Annotated[str, Field(max_length=120), AfterValidator(_one_line)]
Text = Annotated[str, Field(max_length=600), AfterValidator(_plain)]
Link = Annotated[str, Field(max_length=2000), AfterValidator(_https_or_empty)]
Tag = Annotated[str, Field(max_length=TAG_LENGTH), AfterValidator(_tag)]
Listed = BeforeValidator(_listed)
"""For a field with several values."""
Location = Annotated[str, Field(max_length=2000), AfterValidator(_stored_or_https)]
UtcTime = Annotated[AwareDatetime, BeforeValidator(_utc), AfterValidator(_in_utc)]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$"), AfterValidator(str.lower)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class AssetForm(_Form):
    """A stored file or an https link."""

    type: AssetType
    location: Location
    mime_type: str
    duration_s: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] | None = None
    poster: Location | None = None

    @field_validator("mime_type")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        shown_as = MIME_TYPES.get(value)
        if shown_as is None:
            raise _problem("mime", f"Expected one of {', '.join(MIME_TYPES)}. Received: {value!r}")
        if shown_as is not info.data.get("type", shown_as):
            raise _problem("mime", f"Expected a type of {info.data['type'].value}. Received: {value!r}")
        return value

    def to_asset(self) -> Asset:
        """The frozen asset."""
        return Asset(**self.model_dump())


class FramingForm(_Form):
    """How a picture or video fills its place."""

    fit: Fit = Fit.FILL
    focus_x: Share = 0.5
    focus_y: Share = 0.5

    def to_framing(self) -> Framing:
        """The frozen framing."""
        return Framing(**self.model_dump())


class ColorsForm(_Form):
    """The colours of a theme."""

    background: Color
    surface: Color
    text: Color
    muted_text: Color
    accent: Color
    accent_text: Color
    border: Color
    gradient_to: Color
    font: str = "sans"

    def to_colors(self) -> ThemeColors:
        """The frozen colours."""
        return ThemeColors(**self.model_dump())


class ScheduleForm(_Form):
    """When an item may show; a time without a zone is read as UTC."""

    model_config = ConfigDict(validate_default=True)

    starts_at_utc: UtcTime | None = None
    ends_at_utc: UtcTime | None = None
    weekdays: Annotated[tuple[Annotated[int, Field(ge=0, le=6)], ...], Listed] = ()
    from_time: time | None = None
    until_time: time | None = None
    time_zone: Annotated[str, Field(max_length=80)] = "UTC"

    @field_validator("ends_at_utc")
    @classmethod
    def _after_start(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        start = info.data.get("starts_at_utc")
        if value is not None and start is not None and value <= start:
            raise _problem("schedule", f"Expected a time after the start ({start}). Received: {value}")
        return value

    @field_validator("weekdays")
    @classmethod
    def _each_once(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        days = tuple(sorted(set(value)))
        # All seven say what none says, and one way to say it is enough.
        return () if len(days) == 7 else days

    @field_validator("until_time")
    @classmethod
    def _both_or_neither(cls, value: time | None, info: ValidationInfo) -> time | None:
        begin = info.data.get("from_time")
        if "from_time" in info.data and (begin is None) != (value is None):
            raise _problem("hours", f"Expected two times or none. Received: {begin} to {value}")
        for moment in (begin, value):
            if moment is not None and moment.tzinfo is not None:
                raise _problem("hours", f"Expected a time of day without a zone. Received: {moment}")
        if value is not None and value == begin:
            raise _problem("hours", f"Expected two different times. Received: {begin} twice")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise _problem(
                "zone", f"Expected a time zone such as Europe/Zurich or UTC. Received: {value!r}"
            ) from error
        return value

    def to_schedule(self) -> Schedule:
        """The frozen schedule."""
        return Schedule(**self.model_dump())


Plane = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class RegionForm(_Form):
    """A rectangle of the valence-arousal plane."""

    valence_min: Plane
    valence_max: Plane
    arousal_min: Plane
    arousal_max: Plane

    @field_validator("valence_max", "arousal_max")
    @classmethod
    def _above_min(cls, value: float, info: ValidationInfo) -> float:
        least = info.data.get(str(info.field_name).replace("max", "min"))
        if least is not None and value <= least:
            raise _problem("region", f"Expected a number above {least:g}. Received: {value:g}")
        return value

    def to_region(self) -> Region:
        """The frozen region."""
        return Region(**self.model_dump())


class PacingForm(_Form):
    """How an item shares its slot with time and with its peers."""

    min_dwell_s: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] | None = None
    cool_down_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 0.0
    wait_for_end: bool = False
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None

    def to_pacing(self) -> Pacing:
        """The frozen pacing."""
        return Pacing(**self.model_dump())


class ItemForm(_Form):
    """One ad, media item or theme as an editor or a catalog file states it."""

    model_config = ConfigDict(validate_default=True)

    item_id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
    kind: Kind
    status: Status = Status.PUBLISHED
    title: Annotated[Line, Field(min_length=1), AfterValidator(_visible)]
    targets: dict[Emotion, Share] = {}
    min_confidence: Share = 0.0
    audience: Audience = Audience.ANY
    weight: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 1.0
    schedule: ScheduleForm = ScheduleForm()
    frequency_cap: Annotated[int, Field(ge=1, le=10_000)] | None = None
    daily_cap: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    region: RegionForm | None = None
    pacing: PacingForm = PacingForm()
    asset: AssetForm | None = None
    framing: FramingForm = FramingForm()
    alt_text: Annotated[str, Field(max_length=300), AfterValidator(_one_line)] = ""
    headline: Line = ""
    body: Text = ""
    call_to_action: Annotated[str, Field(max_length=40), AfterValidator(_one_line)] = ""
    link_url: Link = ""
    colors: ColorsForm | None = None
    credit: Annotated[str, Field(max_length=300), AfterValidator(_one_line)] = ""
    tags: Annotated[tuple[Tag, ...], Listed] = ()

    @field_validator("targets")
    @classmethod
    def _meant_only(cls, value: dict[Emotion, float]) -> dict[Emotion, float]:
        # A slider at zero says "not for this mood", which is what leaving it out says.
        return {e: value[e] for e in Emotion if value.get(e, 0) > 0}

    @field_validator("region")
    @classmethod
    def _one_aim(cls, value: RegionForm | None, info: ValidationInfo) -> RegionForm | None:
        if value is not None and info.data.get("targets"):
            raise _problem("region", "Expected moods or a region to aim at. Received: both.")
        return value

    @field_validator("asset")
    @classmethod
    def _asset_fits(cls, value: AssetForm | None, info: ValidationInfo) -> AssetForm | None:
        kind = info.data.get("kind")
        if kind is Kind.THEME and value is not None:
            raise _problem("asset", "Expected no file: a theme has colours only. Received: a file.")
        if kind is Kind.MEDIA and value is None and info.data.get("status") is Status.PUBLISHED:
            raise _problem("asset", "Expected a picture, video or sound before publishing. Received: none.")
        return value

    @field_validator("alt_text")
    @classmethod
    def _described(cls, value: str, info: ValidationInfo) -> str:
        asset = info.data.get("asset")
        if (
            not value
            and info.data.get("status") is Status.PUBLISHED
            and asset is not None
            and asset.type is AssetType.IMAGE
        ):
            raise _problem(
                "alt_text",
                "Expected a short description of the picture, for people who cannot see it. "
                "Received: nothing.",
            )
        return value

    @field_validator("headline")
    @classmethod
    def _says_something(cls, value: str, info: ValidationInfo) -> str:
        if (
            not value
            and info.data.get("kind") is Kind.AD
            and info.data.get("status") is Status.PUBLISHED
            and info.data.get("asset") is None
        ):
            raise _problem(
                "headline", "Expected a headline or a picture before publishing. Received: neither."
            )
        return value

    @field_validator("colors")
    @classmethod
    def _readable(cls, value: ColorsForm | None, info: ValidationInfo) -> ColorsForm | None:
        kind, published = info.data.get("kind"), info.data.get("status") is Status.PUBLISHED
        if value is None:
            if kind is Kind.THEME and published:
                raise _problem("colors", "Expected the theme's colours before publishing. Received: none.")
            return None
        if kind is not None and kind is not Kind.THEME:
            raise _problem("colors", f"Expected colours for themes only. Received: colours of {kind.value}.")
        if published and (problems := check_theme(value.to_colors())):
            raise _problem("colors", " ".join(p.rstrip(".") + "." for p in problems))
        return value

    @field_validator("tags")
    @classmethod
    def _a_few(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        tags = distinct(value)
        if len(tags) > MOST_TAGS:
            raise _problem("tags", f"Expected at most {MOST_TAGS} tags. Received: {len(tags)}")
        return tags

    @classmethod
    def from_item(cls, item: CatalogItem) -> ItemForm:
        """The form of an item; ``version`` is the store's and stays behind.

        Raises:
            ItemInvalidError: the item breaks a rule (it was made in code, not by a form).
        """
        return parse_form(item_data(item))

    def to_item(self, version: int = 1) -> CatalogItem:
        """The frozen item."""
        return CatalogItem(
            item_id=self.item_id,
            kind=self.kind,
            title=self.title,
            status=self.status,
            version=version,
            targets=dict(self.targets),
            min_confidence=self.min_confidence,
            audience=self.audience,
            weight=self.weight,
            schedule=self.schedule.to_schedule(),
            frequency_cap=self.frequency_cap,
            daily_cap=self.daily_cap,
            region=self.region.to_region() if self.region else None,
            pacing=self.pacing.to_pacing(),
            asset=self.asset.to_asset() if self.asset else None,
            framing=self.framing.to_framing(),
            alt_text=self.alt_text,
            headline=self.headline,
            body=self.body,
            call_to_action=self.call_to_action,
            link_url=self.link_url,
            colors=self.colors.to_colors() if self.colors else None,
            credit=self.credit,
            tags=self.tags,
        )


class CatalogFile(BaseModel):
    """A whole catalog: ``{"items": [...]}``. ``CatalogFile.model_json_schema()`` is its JSON schema."""

    model_config = ConfigDict(extra="forbid")

    items: list[ItemForm]

    @field_validator("items")
    @classmethod
    def _ids_once(cls, value: list[ItemForm]) -> list[ItemForm]:
        seen: set[str] = set()
        for item in value:
            if item.item_id in seen:
                raise _problem("items", f"Expected each item_id once. Received: {item.item_id!r} twice.")
            seen.add(item.item_id)
        return value


_PLAIN_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda c: "Expected a value.",
    "extra_forbidden": lambda c: "There is no such field.",
    "string_too_long": lambda c: f"Expected at most {c['max_length']} characters.",
    "too_short": lambda c: "Expected some text.",
    "greater_than": lambda c: f"Expected a number greater than {c['gt']:.9g}.",
    "greater_than_equal": lambda c: f"Expected a number of at least {c['ge']:.9g}.",
    "less_than_equal": lambda c: f"Expected a number of at most {c['le']:.9g}.",
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), lambda c: "Expected a number."),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), lambda c: "Expected a whole number."),
    "string_type": lambda c: "Expected text.",
    **dict.fromkeys(("time_parsing", "time_type"), lambda c: "Expected a time of day such as 09:30."),
    **dict.fromkeys(
        ("datetime_parsing", "datetime_from_date_parsing", "datetime_type"),
        lambda c: "Expected a date and time such as 2026-05-01T09:30.",
    ),
    **dict.fromkeys(("bool_parsing", "bool_type"), lambda c: "Expected true or false."),
    **dict.fromkeys(("tuple_type", "list_type"), lambda c: "Expected a list."),
    **dict.fromkeys(("dict_type", "model_type"), lambda c: "Expected fields with their names."),
    "enum": lambda c: f"Expected one of {c['expected']}.",
}
_PATTERNS = {
    "item_id": "Expected small letters, digits and single hyphens, such as happy-ad-1.",
    "colors": "Expected a colour as #rrggbb.",
}


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Pydantic's errors with dotted field names, in plain words ending in what was received."""
    found = []
    for e in error.errors(include_url=False):
        context: Mapping[str, Any] = e.get("ctx", {})
        place = [str(p) for p in e["loc"] if p != "[key]"]
        if e["type"].startswith("catalog_"):
            message = e["msg"]
        else:
            words = _PLAIN_WORDS.get(e["type"])
            if e["type"] == "string_pattern_mismatch":
                message = next((_PATTERNS[p] for p in place if p in _PATTERNS), e["msg"])
            else:
                message = words(context) if words else e["msg"].replace("Input should be", "Expected") + "."
            if e["type"] != "missing":
                received = repr(e["input"])
                message += f" Received: {received if len(received) <= 80 else received[:77] + '…'}"
        found.append(FieldError(".".join(place), message))
    return tuple(found)


def parse_form(data: Mapping[str, Any]) -> ItemForm:
    """Check what came from outside.

    Raises:
        ItemInvalidError: with every field that is wrong.
    """
    try:
        return ItemForm.model_validate(dict(data))
    except ValidationError as error:
        raise ItemInvalidError(field_errors(error), str(data.get("item_id", ""))) from error


def parse_item(data: Mapping[str, Any], version: int = 1) -> CatalogItem:
    """Check what came from outside and make it an item.

    Raises:
        ItemInvalidError: with every field that is wrong.
    """
    return parse_form(data).to_item(version)


def check_item(item: CatalogItem) -> CatalogItem:
    """The item with its texts stripped and its times in UTC, as the store keeps it.

    Raises:
        ItemInvalidError: with every field that is wrong.
    """
    return ItemForm.from_item(item).to_item(item.version)


def item_data(item: CatalogItem) -> dict[str, Any]:
    """An item's fields as a form takes them: plain dicts, without the store's ``version``."""
    data = _fields(item)
    del data["version"]
    data["targets"] = dict(item.targets)
    return data


def _fields(value: Any) -> dict[str, Any]:
    # What dataclasses.asdict does, which copies every leaf too: two thirds of the time of an import.
    found = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {n: _fields(v) if hasattr(v, "__dataclass_fields__") else v for n, v in found.items()}


def new_item_id(title: str, taken: Collection[str]) -> str:
    """A readable id for a new item: the title in small letters, numbered when it is taken."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-") or "item"
    if stem not in taken:
        return stem
    return next(name for n in count(2) if (name := f"{stem}-{n}") not in taken)
