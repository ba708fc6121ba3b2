from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.choosing.schedules import in_schedule, lay_out, open_at
from content.types import Schedule
from tests.content.builders import START_UTC, ad

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
ZONES = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shows(at_utc: datetime, **schedule) -> bool:
    item = ad("a", schedule=Schedule(**schedule))
    said = in_schedule(item, at_utc)
    assert open_at(lay_out([item]), at_utc).tolist() == [said]
    return said


def hours(begin: str, end: str, zone: str = "UTC", *weekdays: int) -> dict:
    return {
        "from_time": time.fromisoformat(begin),
        "until_time": time.fromisoformat(end),
        "time_zone": zone,
        "weekdays": weekdays,
    }


def minutes_shown(begin_utc: str, end_utc: str, **schedule) -> int:
    at_utc, end, count = utc(begin_utc), utc(end_utc), 0
    while at_utc < end:
        count += shows(at_utc, **schedule)
        at_utc += timedelta(minutes=1)
    return count


def test_dates_include_the_start_and_not_the_end():
    hour = timedelta(hours=1)
    for offset, shown in [(-hour, False), (timedelta(0), True), (hour / 2, True), (hour, False)]:
        at_utc = START_UTC + offset
        assert shows(at_utc, starts_at_utc=START_UTC, ends_at_utc=START_UTC + hour) is shown


def test_hours_include_the_start_and_not_the_end():
    office = hours("09:00", "17:00")
    for clock, shown in [("08:59:59.999999", False), ("09:00", True), ("16:59:59", True), ("17:00", False)]:
        assert shows(utc(f"2026-03-04T{clock}"), **office) is shown


def test_days_and_hours_are_those_of_the_items_zone():
    # 2026-03-02 is a Monday; 23:30 UTC of Sunday is half past midnight of Monday in Zurich.
    assert shows(utc("2026-03-01T23:30"), weekdays=(MON,), time_zone="Europe/Zurich")
    assert not shows(utc("2026-03-01T23:30"), weekdays=(MON,), time_zone="UTC")
    assert not shows(utc("2026-03-02T23:30"), weekdays=(MON,), time_zone="Europe/Zurich")
    assert shows(utc("2026-03-02T08:00"), **hours("09:00", "10:00", "Europe/Zurich", MON))
    assert not shows(utc("2026-03-02T09:00"), **hours("09:00", "10:00", "Europe/Zurich", MON))


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin():
    night = hours("22:00", "02:00", "UTC", SAT)
    for at, shown in [
        ("2026-03-07T01:00", False),  # Saturday, of Friday's night
        ("2026-03-07T21:59", False),
        ("2026-03-07T22:00", True),
        ("2026-03-08T01:59", True),  # Sunday, of Saturday's night
        ("2026-03-08T02:00", False),
        ("2026-03-08T22:30", False),
    ]:
        assert shows(utc(at), **night) is shown


def test_an_hour_that_is_left_out_in_spring_shows_nothing_and_one_that_comes_twice_in_autumn_counts_twice():
    lost = hours("02:00", "03:00", "Europe/Zurich")
    assert minutes_shown("2026-03-28T22:00", "2026-03-29T04:00", **lost) == 0
    assert minutes_shown("2026-10-24T22:00", "2026-10-25T04:00", **lost) == 120
    # Around the hour that is lost, and around an ordinary night's.
    night = hours("01:30", "03:30", "Europe/Zurich")
    assert minutes_shown("2026-03-28T22:00", "2026-03-29T04:00", **night) == 60
    assert minutes_shown("2026-03-27T22:00", "2026-03-28T04:00", **night) == 120


def test_a_zone_that_changes_its_time_at_midnight():
    # Cairo's clocks go from the midnight after Thursday, 2026-04-23, to 01:00 of Friday, and from the
    # midnight after Thursday, 2026-10-29, back to 23:00.
    spring, autumn = ("2026-04-23T12:00", "2026-04-24T12:00"), ("2026-10-29T12:00", "2026-10-30T12:00")
    first_hour = hours("00:00", "01:00", "Africa/Cairo")
    assert minutes_shown(*spring, **first_hour) == 0
    assert minutes_shown(*autumn, **first_hour) == 60
    last_hour = hours("23:00", "00:00", "Africa/Cairo", THU)
    assert minutes_shown(*spring, **last_hour) == 60
    assert minutes_shown(*autumn, **last_hour) == 120
    over_midnight = hours("23:00", "02:00", "Africa/Cairo", THU)
    assert minutes_shown(*spring, **over_midnight) == 120
    # What began on Thursday is Thursday's the second time that it is 23:00 too, and then on into Friday.
    assert minutes_shown(*autumn, **over_midnight) == 240
    friday = {"weekdays": (FRI,), "time_zone": "Africa/Cairo"}
    assert not shows(utc("2026-04-23T21:59"), **friday)
    assert shows(utc("2026-04-23T22:00"), **friday)


def test_a_day_that_a_zone_leaves_out_shows_nothing():
    # Samoa went from Thursday, 2011-12-29, to Saturday, 2011-12-31.
    span = ("2011-12-30T06:00", "2011-12-30T14:00")
    assert minutes_shown(*span, weekdays=(FRI,), time_zone="Pacific/Apia") == 0
    assert minutes_shown(*span, weekdays=(THU, SAT), time_zone="Pacific/Apia") == 8 * 60


def test_a_clock_set_back_an_hour_opens_what_it_had_closed():
    office = hours("09:00", "17:00")
    assert [
        shows(utc(f"2026-03-04T{clock}"), **office) for clock in ("16:30", "17:30", "16:30", "17:00")
    ] == [
        True,
        False,
        True,
        False,
    ]


def test_a_zone_that_this_machine_does_not_know_never_shows():
    for zone in ("Atlantis/Capital", "", "../../etc/passwd"):
        assert not shows(START_UTC, weekdays=(START_UTC.weekday(),), time_zone=zone)
    # Without days or hours nobody asks for the zone.
    assert shows(START_UTC, time_zone="Atlantis/Capital")


times = st.times() | st.sampled_from([time(0), time(12), time(23, 59, 59, 999_999)])
moments = st.integers(-400_000, 400_000).map(lambda minutes: START_UTC + timedelta(minutes=minutes))
schedules = st.builds(
    lambda starts, ends, days, span, zone: Schedule(starts, ends, tuple(days), span[0], span[1], zone),
    st.none() | moments,
    st.none() | moments,
    st.sets(st.integers(0, 6)),
    st.just((None, None)) | st.tuples(times, times),
    st.sampled_from([*ZONES, "Atlantis/Capital"]),
)


@given(
    st.lists(schedules, max_size=12),
    moments,
)
def test_all_at_once_says_what_one_by_one_does(given_schedules, at_utc):
    items = [ad(f"a{n}", schedule=schedule) for n, schedule in enumerate(given_schedules)]
    assert open_at(lay_out(items), at_utc).tolist() == [in_schedule(i, at_utc) for i in items]


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_of_a_week_is_in_exactly_one_of_its_days(zone):
    at_utc = utc("2026-10-22T00:00")
    for step in range(0, 7 * 24 * 60, 37):
        now = at_utc + timedelta(minutes=step)
        items = [ad(f"d{day}", schedule=Schedule(weekdays=(day,), time_zone=zone)) for day in range(7)]
        assert sum(open_at(lay_out(items), now)) == 1
