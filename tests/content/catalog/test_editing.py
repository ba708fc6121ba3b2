import json
from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.catalog.editing import (
    MIME_TYPES,
    CatalogFile,
    ItemForm,
    check_item,
    is_https,
    item_data,
    new_item_id,
    parse_item,
)
from content.catalog.tags import distinct
from content.errors import ItemInvalidError
from content.themes import DEFAULT_THEME
from content.types import (
    Asset,
    AssetType,
    Audience,
    CatalogItem,
    Kind,
    Pacing,
    Region,
    Schedule,
    Status,
)
from emotion.labels import Emotion
from tests.content.builders import PICTURE, ad, media, theme


def data(**changes):
    return {"item_id": "a-1", "kind": "ad", "title": "A", "headline": "Words"} | changes


def errors(**changes) -> dict[str, str]:
    with pytest.raises(ItemInvalidError) as caught:
        parse_item(data(**changes))
    return {e.field: e.message for e in caught.value.errors}


def asset(**changes):
    return {"type": "image", "location": "media/a.png", "mime_type": "image/png"} | changes


times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
lines = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40)
words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40)
shares = st.floats(0, 1, width=32)


plane = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).filter(lambda ends: ends[0] < ends[1])


def _region(valence: tuple[float, float], arousal: tuple[float, float]) -> Region:
    return Region(*valence, *arousal)


@st.composite
def items(draw) -> CatalogItem:
    kind = draw(st.sampled_from(Kind))
    start, end = sorted(draw(st.tuples(times, times)))
    mime_type = draw(st.sampled_from(list(MIME_TYPES)))
    region = draw(st.none() | st.builds(_region, plane, plane))
    targets = st.dictionaries(st.sampled_from(Emotion), shares.filter(lambda s: s > 0))
    file = Asset(MIME_TYPES[mime_type], "media/x.bin", mime_type, draw(st.none() | st.floats(0.1, 3600)))
    return CatalogItem(
        item_id=draw(st.from_regex(r"[a-z0-9]{1,20}(-[a-z0-9]{1,20})?", fullmatch=True)),
        kind=kind,
        title=draw(lines.filter(bool)),
        status=draw(st.sampled_from(Status)),
        version=draw(st.integers(1, 99)),
        targets={} if region else draw(targets),
        min_confidence=draw(shares),
        audience=draw(st.sampled_from(Audience)),
        weight=draw(st.floats(0.01, 1000)),
        schedule=draw(
            st.just(Schedule())
            | st.just(Schedule(start, end + timedelta(seconds=1)))
            | st.just(Schedule(start))
            | st.builds(
                lambda days, hour, zone: Schedule(
                    None, end, tuple(sorted(days)), time(hour), time(hour + 1, 30), zone
                ),
                st.sets(st.integers(0, 6), max_size=6),
                st.integers(0, 22),
                st.sampled_from(["UTC", "Europe/Zurich", "America/St_Johns"]),
            )
        ),
        frequency_cap=draw(st.none() | st.integers(1, 100)),
        daily_cap=draw(st.none() | st.integers(1, 1_000_000)),
        region=region,
        pacing=draw(
            st.builds(
                Pacing,
                st.none() | st.floats(0, 3600),
                st.floats(0, 86_400),
                st.booleans(),
                st.none() | st.floats(0.01, 1),
            )
        ),
        asset=None if kind is Kind.THEME else file,
        alt_text=draw(lines.filter(bool)),
        headline=draw(lines),
        body=draw(lines),
        call_to_action=draw(lines),
        link_url=draw(st.sampled_from(["", "https://example.org/a?b=c#d"])),
        colors=DEFAULT_THEME if kind is Kind.THEME else None,
        credit=draw(lines),
        tags=distinct(draw(st.lists(words, max_size=12))),
    )


@pytest.mark.slow
@given(items())
def test_an_item_survives_the_form_and_json(item):
    form = ItemForm.from_item(item)
    assert form.to_item(item.version) == item
    as_json = json.loads(json.dumps(form.model_dump(mode="json")))
    assert parse_item(as_json, item.version) == item


def test_a_file_of_items_is_read_and_its_schema_names_the_fields():
    text = json.dumps({"items": [data(), data(item_id="b")]})
    assert [f.item_id for f in CatalogFile.model_validate_json(text).items] == ["a-1", "b"]
    schema = CatalogFile.model_json_schema()
    assert set(schema["$defs"]["ItemForm"]["properties"]) == set(item_data(ad("a")))


def test_an_id_may_stand_in_a_file_once():
    with pytest.raises(ValueError, match="each item_id once"):
        CatalogFile.model_validate({"items": [data(), data()]})


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("item_id", {"item_id": "../a"}),
        ("item_id", {"item_id": "A"}),
        ("item_id", {"item_id": ""}),
        ("item_id", {"item_id": "a" * 81}),
        ("kind", {"kind": "film"}),
        ("status", {"status": "live"}),
        ("title", {"title": "   "}),
        ("title", {"title": "x" * 121}),
        ("title", {"title": "two\nlines"}),
        ("title", {"title": "bell\x07"}),
        ("targets.joy", {"targets": {"joy": 1}}),
        ("targets.happy", {"targets": {"happy": 1.5}}),
        ("targets.happy", {"targets": {"happy": -0.1}}),
        ("targets.happy", {"targets": {"happy": float("nan")}}),
        ("min_confidence", {"min_confidence": 2}),
        ("audience", {"audience": "crowd"}),
        ("weight", {"weight": 0}),
        ("weight", {"weight": float("inf")}),
        ("weight", {"weight": "heavy"}),
        ("schedule.ends_at_utc", {"schedule": {"starts_at_utc": "2026-02-01", "ends_at_utc": "2026-01-01"}}),
        ("frequency_cap", {"frequency_cap": 0}),
        ("frequency_cap", {"frequency_cap": 10_001}),
        ("daily_cap", {"daily_cap": 0}),
        ("daily_cap", {"daily_cap": 1_000_001}),
        ("daily_cap", {"daily_cap": 1.5}),
        ("link_url", {"link_url": "http://example.org"}),
        ("link_url", {"link_url": "javascript:alert(1)"}),
        ("link_url", {"link_url": "https://"}),
        ("asset.location", {"asset": asset(location="../../etc/passwd")}),
        ("asset.location", {"asset": asset(location="media/../a.png")}),
        ("asset.location", {"asset": asset(location="media/.hidden.png")}),
        ("asset.location", {"asset": asset(location="media/a/b.png")}),
        ("asset.location", {"asset": asset(location="http://example.org/a.png")}),
        ("asset.location", {"asset": asset(location="file:///etc/passwd")}),
        ("asset.poster", {"asset": asset(poster="/etc/passwd")}),
        ("asset.mime_type", {"asset": asset(mime_type="image/svg+xml")}),
        ("asset.mime_type", {"asset": asset(mime_type="video/mp4")}),
        ("asset.duration_s", {"asset": asset(duration_s=0)}),
        ("alt_text", {"asset": asset()}),
        ("asset", {"kind": "media"}),
        ("asset", {"kind": "theme", "asset": asset(), "alt_text": "x"}),
        ("headline", {"headline": ""}),
        ("colors", {"kind": "theme"}),
        ("colors", {"colors": {f: "#000000" for f in DEFAULT_THEME.__slots__ if f != "font"}}),
        ("colors.text", {"kind": "theme", "colors": {"text": "black"}}),
        ("tags.0", {"tags": ["x" * 41]}),
        ("tags.1", {"tags": ["Sale", " "]}),
        ("tags.0", {"tags": ["two\nlines"]}),
        ("tags.0", {"tags": ["Sale, Lobby"]}),
        ("tags.0", {"tags": [3]}),
        ("tags", {"tags": [f"Tag {n}" for n in range(13)]}),
        ("tags", {"tags": "Sale"}),
        ("price", {"price": 3}),
    ],
)
def test_a_wrong_field_is_named(field, changes):
    found = errors(**changes)
    assert field in found
    assert found[field].startswith(("Expected", "There is no such field"))
    assert "Received: " in found[field]


@pytest.mark.parametrize(
    ("field", "schedule"),
    [
        ("", 3),
        ("starts_at_utc", {"starts_at_utc": "soon"}),
        ("ends_at_utc", {"ends_at_utc": "2026-13-01"}),
        ("ends_at_utc", {"starts_at_utc": "2026-01-01", "ends_at_utc": "2026-01-01"}),
        ("starts_at_utc", {"starts_at_utc": "0001-01-01T00:00:00+14:00"}),
        ("ends_at_utc", {"ends_at_utc": "9999-12-31T23:59:59-12:00"}),
        ("ends_at_utc", {"ends_at_utc": "9999-12-31T23:59:59", "time_zone": "Asia/Tokyo"}),
        ("weekdays", {"weekdays": "monday"}),
        ("weekdays", {"weekdays": 3}),
        ("weekdays.0", {"weekdays": [7]}),
        ("weekdays.0", {"weekdays": [-1]}),
        ("weekdays.1", {"weekdays": [0, "tue"]}),
        ("weekdays.0", {"weekdays": [1.5]}),
        ("from_time", {"from_time": "25:00", "until_time": "09:00"}),
        ("until_time", {"from_time": "09:00", "until_time": "late"}),
        ("until_time", {"from_time": "09:00"}),
        ("until_time", {"until_time": "09:00"}),
        ("until_time", {"from_time": "09:00", "until_time": "09:00:00"}),
        ("until_time", {"from_time": "09:00+02:00", "until_time": "12:00"}),
        ("until_time", {"from_time": "09:00", "until_time": "12:00Z"}),
        ("time_zone", {"time_zone": "Mars/Base"}),
        ("time_zone", {"time_zone": ""}),
        ("time_zone", {"time_zone": "Europe"}),
        ("time_zone", {"time_zone": "../../etc/passwd"}),
        ("time_zone", {"time_zone": "/etc/passwd"}),
        ("time_zone", {"time_zone": "UTC\0"}),
        ("time_zone", {"time_zone": "A" * 5000}),
        ("time_zone", {"time_zone": None}),
        ("holidays", {"holidays": True}),
    ],
)
def test_a_wrong_schedule_is_named(field, schedule):
    found = errors(schedule=schedule)
    assert set(found) == {f"schedule.{field}" if field else "schedule"}
    (message,) = found.values()
    assert message.startswith(("Expected", "There is no such field"))
    assert "valid" not in message
    assert len(message) < 250


WHOLE_PLANE = {"valence_min": -1, "valence_max": 1, "arousal_min": -1, "arousal_max": 1}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("region", {"region": [1, 2]}),
        ("region.valence_min", {"region": WHOLE_PLANE | {"valence_min": -1.01}}),
        ("region.arousal_max", {"region": WHOLE_PLANE | {"arousal_max": 1.01}}),
        ("region.valence_max", {"region": WHOLE_PLANE | {"valence_max": float("nan")}}),
        ("region.valence_max", {"region": WHOLE_PLANE | {"valence_max": -1}}),
        ("region.arousal_max", {"region": WHOLE_PLANE | {"arousal_min": 0.5, "arousal_max": 0.25}}),
        ("region.arousal_min", {"region": WHOLE_PLANE | {"arousal_min": "low"}}),
        ("region.arousal_max", {"region": {n: WHOLE_PLANE[n] for n in list(WHOLE_PLANE)[:3]}}),
        ("region", {"region": WHOLE_PLANE, "targets": {"happy": 0.5}}),
        ("pacing", {"pacing": None}),
        ("pacing.min_dwell_s", {"pacing": {"min_dwell_s": -1}}),
        ("pacing.min_dwell_s", {"pacing": {"min_dwell_s": 3601}}),
        ("pacing.min_dwell_s", {"pacing": {"min_dwell_s": "long"}}),
        ("pacing.cool_down_s", {"pacing": {"cool_down_s": -0.5}}),
        ("pacing.cool_down_s", {"pacing": {"cool_down_s": 86_401}}),
        ("pacing.cool_down_s", {"pacing": {"cool_down_s": None}}),
        ("pacing.share", {"pacing": {"share": 0}}),
        ("pacing.share", {"pacing": {"share": 1.01}}),
        ("pacing.share", {"pacing": {"share": float("inf")}}),
        ("pacing.wait_for_end", {"pacing": {"wait_for_end": "perhaps"}}),
        ("pacing.speed", {"pacing": {"speed": 1}}),
        ("framing.fit", {"framing": {"fit": "stretch"}}),
        ("framing.focus_x", {"framing": {"focus_x": 1.01}}),
        ("framing.focus_y", {"framing": {"focus_y": float("nan")}}),
    ],
)
def test_a_wrong_region_or_pacing_is_named(field, changes):
    found = errors(**changes)
    assert field in found
    assert "valid" not in found[field]


def test_every_number_is_written_out():
    assert "at most 1000000." in errors(daily_cap=2_000_000)["daily_cap"]


def test_a_region_and_targets_of_zero_go_together():
    item = parse_item(data(region=WHOLE_PLANE, targets={"happy": 0}))
    assert (item.region, item.targets) == (Region(-1, 1, -1, 1), {})
    assert not item.is_default


def test_days_of_the_week_are_kept_once_in_order_and_all_seven_say_nothing():
    assert parse_item(data(schedule={"weekdays": [4, 0, 4]})).schedule.weekdays == (0, 4)
    assert parse_item(data(schedule={"weekdays": list(range(7))})).schedule == Schedule()


def test_a_tag_is_kept_once_as_it_was_spelt_first():
    typed = ["  Summer   sale ", "Lobby", "SUMMER SALE", "lobby"]
    assert parse_item(data(tags=typed)).tags == ("Summer sale", "Lobby")
    assert len(parse_item(data(tags=[f"Tag {n % 12}" for n in range(20)])).tags) == 12


def test_hours_may_go_past_midnight():
    hours = {"from_time": "22:00", "until_time": "02:30", "time_zone": "Europe/Zurich"}
    assert parse_item(data(schedule=hours)).schedule == Schedule(
        from_time=time(22), until_time=time(2, 30), time_zone="Europe/Zurich"
    )


def test_every_wrong_field_is_reported_at_once():
    assert set(errors(title="", weight=-1, link_url="ftp://x")) == {"title", "weight", "link_url"}


def test_a_theme_that_cannot_be_read_is_refused_when_published_and_kept_as_a_draft():
    grey = dict.fromkeys((f for f in DEFAULT_THEME.__slots__ if f != "font"), "#808080")
    assert "contrast" in errors(kind="theme", colors=grey)["colors"]
    assert parse_item(data(kind="theme", colors=grey, status="draft")).colors is not None


@pytest.mark.parametrize("title", ["\u200b\u200d", " \u2800", "\u3164", "\u200f"])
def test_a_title_that_nobody_can_see_is_refused(title):
    with pytest.raises(ItemInvalidError, match="that can be seen"):
        parse_item(data(title=title))


@pytest.mark.parametrize("title", ["شتاء", "🙂", "\u200fחורף", "x"])
def test_a_title_that_can_be_seen_is_taken_in_any_script(title):
    assert parse_item(data(title=title)).title == title


def test_a_draft_may_lack_what_publishing_asks_for():
    draft = parse_item(data(kind="media", status="draft", headline=""))
    assert draft.asset is None
    assert parse_item(data(asset=asset(), status="draft")).alt_text == ""


def test_braces_that_someone_typed_are_text():
    assert "{item}" in errors(link_url="{item}")["link_url"]


def test_a_target_of_zero_is_no_target():
    assert parse_item(data(targets={"happy": 0})).is_default


def test_a_time_without_a_zone_is_utc_and_others_are_converted():
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for given_time in ("2026-01-01T12:00", "2026-01-01T14:00+02:00", "2026-01-01T12:00:00Z", noon):
        item = parse_item(data(schedule={"starts_at_utc": given_time}))
        assert item.schedule.starts_at_utc == noon
        assert item.schedule.starts_at_utc.utcoffset() == timedelta(0)
    elsewhere = noon.astimezone(timezone(timedelta(hours=5)))
    assert parse_item(data(schedule={"ends_at_utc": elsewhere})).schedule.ends_at_utc == noon


@pytest.mark.parametrize(
    "words",
    ["a < b & c", "I <3 you", "AT&T &amp; sons", "x<y and z>w", "{braces} 100% #1", "\"quoted\" 'it'"],
)
def test_ordinary_text_is_kept_to_the_letter(words):
    named = dict.fromkeys(("title", "headline", "body", "call_to_action", "credit", "alt_text"), words)
    item = parse_item(data(**named))
    assert {getattr(item, name) for name in named} == {words}
    assert parse_item(json.loads(json.dumps(ItemForm.from_item(item).model_dump(mode="json")))) == item


def test_text_is_kept_as_it_is_typed_markup_included():
    item = parse_item(data(title="  <script>alert(1)</script> ", body="5 < 6 & **bold**\nnext"))
    assert item.title == "<script>alert(1)</script>"
    assert item.body == "5 < 6 & **bold**\nnext"


def test_items_made_in_code_are_checked_too():
    for good in (ad("a", Emotion.SAD), media("b"), theme("c")):
        assert check_item(good) == good
    with pytest.raises(ItemInvalidError, match="weight"):
        check_item(ad("a", weight=-1.0))
    with pytest.raises(ItemInvalidError, match="alt_text"):
        check_item(media("a", alt_text=""))
    assert check_item(ad("a", asset=PICTURE, alt_text="x")).asset is not None


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://example.org", True),
        ("https://example.org:8443/a%20b?x=1#y", True),
        ("HTTPS://EXAMPLE.ORG/", True),
        ("//example.org", False),
        ("https:/example.org", False),
        ("https://user:pass@example.org", False),
        ("https://example.org/a b", False),
        ("https://example.org\\@evil.org", False),
        ("https://example.org:port", False),
        ("https://[::1", False),
        ("data:text/html,x", False),
        ("", False),
    ],
)
def test_links_are_https_only(url, good):
    assert is_https(url) is good


@given(st.text())
def test_no_text_breaks_the_link_check(text):
    assert is_https(text) in (True, False)


def test_new_ids_are_readable_and_free():
    assert new_item_id("Kaffee & Küche!", ()) == "kaffee-kuche"
    assert new_item_id("A", {"a", "a-2"}) == "a-3"
    assert new_item_id("日本", ()) == "item"


@given(st.text(max_size=200))
def test_a_new_id_always_passes_the_form(title):
    assert parse_item(data(item_id=new_item_id(title, ())))


@given(st.dictionaries(st.sampled_from(sorted(item_data(ad("a")))), st.from_type(object) | st.none()))
def test_whatever_comes_is_an_item_or_named_errors(anything):
    try:
        parse_item(data() | anything)
    except ItemInvalidError as error:
        assert error.errors  # noqa: PT017


def test_asset_types_are_those_of_the_page():
    assert set(MIME_TYPES.values()) == set(AssetType)
