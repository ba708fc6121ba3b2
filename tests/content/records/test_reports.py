"""Reports: sums against a plain count, filters, both makes; the comparison finds what is there, no more."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from content.database import migrate, open_engine, writing
from content.errors import DatabaseError
from content.records.comparison import MIN_SESSIONS, Pattern, Verdict, compare, resampled_rates
from content.records.reports import (
    BIN_WIDTHS,
    MOODS,
    MOST_BINS,
    WHOLE,
    Figures,
    ReportFilter,
    bin_edges,
    bin_width,
    by_tag,
    has_impressions,
    read_report,
    sites_and_items,
)
from content.records.simulator import SimulationOptions, fill, simulate
from content.tables import impressions
from content.types import Kind, Reader

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ZURICH = ZoneInfo("Europe/Zurich")
SOME = st.lists(
    st.fixed_dictionaries(
        {
            "session_id": st.sampled_from(["s1", "s2", "s3"]),
            "site": st.sampled_from(["hall", "café"]),
            "slot": st.sampled_from(["ad", "media"]),
            "item_id": st.sampled_from(["tea", "sun", "=1+1"]),
            "arm": st.sampled_from(["mood", "control"]),
            "mood": st.sampled_from(MOODS),
            "picked": st.booleans(),
            "reader": st.sampled_from([None, "device", "server"]),
            "started_at_utc": st.integers(0, 40 * 86_400).map(lambda s: NOW - timedelta(seconds=s)),
            "visible_ms": st.integers(0, 60_000),
            "quarters": st.integers(0, WHOLE),
            "clicks": st.integers(0, 3),
            "likes": st.integers(0, 1),
            "dislikes": st.integers(0, 1),
            "skips": st.integers(0, 1),
        }
    ),
    max_size=25,
)
WANTED = st.builds(
    ReportFilter,
    since_utc=st.none() | st.just(NOW - timedelta(days=20)),
    until_utc=st.none() | st.just(NOW - timedelta(days=5)),
    item_id=st.none() | st.just("tea"),
    site=st.none() | st.just("hall"),
    slot=st.none() | st.just(Kind.AD),
    with_demo=st.booleans(),
    reader=st.none() | st.sampled_from(Reader),
)


def put(engine, rows) -> None:
    with writing(engine) as connection:
        connection.execute(impressions.delete())
        if rows:
            named = [{"impression_id": f"i{n}", "decision_id": f"d{n}", **row} for n, row in enumerate(rows)]
            connection.execute(insert(impressions), named)


def figures(rows) -> Figures:
    return Figures(
        len(rows),
        sum(r["visible_ms"] for r in rows),
        sum(r["quarters"] == WHOLE for r in rows),
        *(sum(r[name] for r in rows) for name in ("clicks", "likes", "dislikes", "skips")),
    )


def leaves(wanted: ReportFilter, row) -> bool:
    return (
        (wanted.since_utc is None or row["started_at_utc"] >= wanted.since_utc)
        and (wanted.until_utc is None or row["started_at_utc"] < wanted.until_utc)
        and wanted.item_id in (None, row["item_id"])
        and wanted.site in (None, row["site"])
        and (wanted.slot is None or wanted.slot.value == row["slot"])
        and (wanted.with_demo or not row["picked"])
        and (wanted.reader is None or wanted.reader.value == row["reader"])
    )


def agrees(engine, rows, wanted: ReportFilter) -> None:
    put(engine, rows)
    # Over the day on which the clocks go back.
    report = read_report(engine, wanted, zone=ZURICH)
    left = [r for r in rows if leaves(wanted, r)]
    assert report.total == figures(left)
    assert report.sessions == len({r["session_id"] for r in left})
    for key, found in (("item_id", report.by_item), ("mood", report.by_mood), ("site", report.by_site)):
        assert found == {v: figures([r for r in left if r[key] == v]) for v in {r[key] for r in left}}
        assert [f.impressions for f in found.values()] == sorted(
            (f.impressions for f in found.values()), reverse=True
        )
    counted = Counter(r["mood"] for r in left)
    assert {m: sum(b.counts[m] for b in report.bins) for m in MOODS} == {m: counted[m] for m in MOODS}
    for held in report.bins:
        inside = [held.starts_utc <= r["started_at_utc"] < held.ends_utc for r in left]
        assert sum(held.counts.values()) == sum(inside)
    compared = [r for r in left if not r["picked"]]
    arms = {s: {r["arm"] for r in compared if r["session_id"] == s} for s in ("s1", "s2", "s3")}
    for name, arm in (("mood", report.comparison.mood), ("control", report.comparison.control)):
        own = [r for r in compared if arms[r["session_id"]] == {name}]
        assert (arm.sessions, arm.impressions) == (len({r["session_id"] for r in own}), len(own))
        assert arm.completions == figures(own).completions


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('reports') / 'x.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.mark.slow
@settings(max_examples=40)
@given(SOME, WANTED)
def test_sums_agree_with_a_plain_count(memory, rows, wanted):
    agrees(memory, rows, wanted)


def test_both_makes_add_up_alike(engine):
    rows = [
        r for part in simulate(SimulationOptions(sessions=40), NOW, np.random.default_rng(1)) for r in part
    ]
    agrees_with = [
        ReportFilter(),
        ReportFilter(since_utc=NOW - timedelta(days=9), until_utc=NOW - timedelta(days=2), site="Café"),
        ReportFilter(item_id="sample-ad-tea", slot=Kind.AD),
    ]
    for row in rows:
        row["session_id"] = f"s{1 + int(row['session_id'], 16) % 3}"
    for wanted in agrees_with:
        agrees(engine, rows, wanted)
    sites, items = sites_and_items(engine)
    assert sites == tuple(sorted({r["site"] for r in rows})) and len(items) == 12


def test_an_empty_database_has_an_empty_report(engine):
    assert not has_impressions(engine)
    report = read_report(engine)
    assert report.total == Figures() and report.sessions == 0 and report.bins == ()
    assert report.by_item == report.by_mood == report.by_site == {}
    assert report.total.completion_rate == report.total.dwell_s == 0
    assert report.comparison.verdict is Verdict.NOT_ENOUGH
    assert report.comparison.sentence.startswith("Not enough data yet.")
    assert sites_and_items(engine) == ((), ())


def test_a_database_that_cannot_be_read_says_so(tmp_path):
    (tmp_path / "x.db").write_bytes(b"no database" * 100)
    with pytest.raises(DatabaseError, match="Received"):
        read_report(open_engine(f"sqlite:///{tmp_path / 'x.db'}"))


@given(st.timedeltas(timedelta(0), timedelta(days=20_000)))
def test_bins_are_few_and_no_wider_than_needed(span):
    width = bin_width(NOW, NOW + span)
    assert span / width + 1 <= MOST_BINS
    narrower = [w for w in BIN_WIDTHS if w < width]
    assert not narrower or span / narrower[-1] > MOST_BINS - 2


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2026, 3, 29, 9, tzinfo=UTC), 23), (datetime(2026, 10, 25, 9, tzinfo=UTC), 25)],
)
def test_a_day_is_from_midnight_to_midnight_where_the_clocks_change(day, hours):
    edges = bin_edges(day - timedelta(days=1), day + timedelta(days=1), timedelta(days=1), ZURICH)
    assert {edge.astimezone(ZURICH).hour for edge in edges} == {0}
    assert [(b - a) / timedelta(hours=1) for a, b in pairwise(edges)] == [24, hours, 24]


@given(
    st.integers(0, 365 * 86_400).map(lambda s: NOW + timedelta(seconds=s)),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.sampled_from(["UTC", "Europe/Zurich", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_bins_hold_the_whole_stretch_in_every_zone(first, span, zone):
    width = bin_width(first, first + span)
    edges = bin_edges(first, first + span, width, ZoneInfo(zone))
    assert edges[0] <= first and first + span < edges[-1]
    assert all(a < b for a, b in pairwise(edges)) and len(edges) <= MOST_BINS + 1


# -- mood against control ----------------------------------------------------------------------------------


def patterns(options: SimulationOptions, seed: int):
    by_session: dict[str, list[dict]] = {}
    for part in simulate(options, NOW, np.random.default_rng(seed)):
        for row in part:
            by_session.setdefault(row["session_id"], []).append(row)
    counted = Counter(
        (rows[0]["arm"], len(rows), sum(r["quarters"] == WHOLE for r in rows)) for rows in by_session.values()
    )
    return tuple(
        [Pattern(n, k, c) for (a, n, k), c in counted.items() if a == arm] for arm in ("mood", "control")
    )


@pytest.mark.slow
def test_the_page_s_report_finds_the_true_effect(memory):
    put(memory, [])
    fill(memory, SimulationOptions(effect=0.1), NOW, np.random.default_rng(3))
    found = read_report(memory).comparison
    assert found.verdict is Verdict.HIGHER
    assert 0 < found.difference.low < 0.1 < found.difference.high
    assert "more in 100 when content followed their expression" in found.sentence
    assert found == read_report(memory).comparison


@pytest.mark.slow
def test_over_many_samples_the_interval_holds_the_true_effect_and_no_other():
    options = SimulationOptions(sessions=700, control_share=0.5)
    held = found = false_alarms = 0
    for seed in range(20):
        with_effect = compare(*patterns(options, seed), np.random.default_rng(seed)).difference
        held += with_effect.low <= options.effect <= with_effect.high
        found += with_effect.low > 0
        none = SimulationOptions(sessions=700, control_share=0.5, effect=0.0)
        without = compare(*patterns(none, 100 + seed), np.random.default_rng(seed))
        false_alarms += without.verdict is not Verdict.NO_DIFFERENCE
    # Of 20 at 95%, 16 or fewer would come in less than three of a thousand.
    assert held >= 17 and false_alarms <= 3 and found >= 18


def test_impressions_that_hang_together_make_the_interval_wider():
    clustered = patterns(SimulationOptions(sessions=400, mean_impressions=20, likeness=0.4), 4)[0]
    n = sum(p.sessions * p.impressions for p in clustered)
    k = sum(p.sessions * p.completions for p in clustered)
    by_session = resampled_rates(clustered, np.random.default_rng(1))
    by_impression = resampled_rates([Pattern(1, 1, k), Pattern(1, 0, n - k)], np.random.default_rng(1))
    assert np.std(by_session) > 2 * np.std(by_impression)


def test_drawing_patterns_is_drawing_sessions():
    sessions = [(3, 1), (3, 1), (5, 5), (1, 0), (8, 2), (8, 2), (8, 7), (2, 1)] * 10
    rng = np.random.default_rng(0)
    table = np.array(sessions)
    drawn = [table[rng.integers(0, len(table), len(table))].sum(axis=0) for _ in range(4000)]
    naive = np.array([k / n for n, k in drawn])
    counted = [Pattern(n, k, c) for (n, k), c in Counter(sessions).items()]
    fast = resampled_rates(counted, np.random.default_rng(0), 4000)
    assert fast.std() == pytest.approx(naive.std(), rel=0.08)
    assert fast.mean() == pytest.approx(naive.mean(), abs=0.005)


@pytest.mark.parametrize(
    ("mood", "control", "words"),
    [
        ([Pattern(10, 5, MIN_SESSIONS - 1)], [Pattern(10, 5, 90)], "needs 50 visits of each kind"),
        ([Pattern(10, 5, 90)], [], "and 0 that got random content"),
        ([Pattern(10, 10, 90)], [Pattern(10, 5, 90)], "10 items finished and 10 unfinished of each kind"),
        ([Pattern(10, 0, 90)], [Pattern(10, 5, 90)], "0 of 900 were finished"),
    ],
)
def test_too_little_data_is_said_to_be_too_little(mood, control, words):
    found = compare(mood, control, np.random.default_rng(0))
    assert found.verdict is Verdict.NOT_ENOUGH and found.difference is None
    assert found.sentence.startswith("Not enough data yet.") and words in found.sentence


@pytest.mark.parametrize(("finished", "words"), [(30, "fewer is plausible."), (70, "more is plausible.")])
def test_a_clear_difference_is_told_in_its_direction(finished, words):
    def spread(rate: int) -> list[Pattern]:
        return [
            Pattern(10, k, c) for k, c in ((rate // 10 - 1, 200), (rate // 10, 200), (rate // 10 + 1, 200))
        ]

    found = compare(spread(finished), spread(50), np.random.default_rng(0))
    assert found.sentence.endswith(words) and "Viewers finished 20 " in found.sentence


# -- made-up data ------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_data():
    options = SimulationOptions(sessions=30)
    one, two, other = (
        [row for part in simulate(options, NOW, np.random.default_rng(seed)) for row in part]
        for seed in (1, 1, 2)
    )
    assert one == two != other
    assert {r["site"] for r in one} > {"Lobby"} and len({r["mood"] for r in one}) > 4
    assert all(NOW - timedelta(days=29) < r["started_at_utc"] <= NOW for r in one)


@pytest.mark.parametrize(
    "wrong", [{"sessions": 0}, {"effect": 0.6}, {"likeness": 0.0}, {"control_share": 2.0}]
)
def test_a_simulation_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="Received"):
        SimulationOptions(**wrong)


def test_an_item_counts_for_each_of_its_tags_and_one_that_is_gone_for_none():
    by_item = {"tea": Figures(5, 1000, 2, likes=1), "sun": Figures(4, 500, 1), "gone": Figures(9)}
    tags = {"tea": ("Lobby",), "sun": ("Sale", "Lobby")}
    assert by_tag(by_item, tags) == {"Lobby": Figures(9, 1500, 3, likes=1), "Sale": Figures(4, 500, 1)}
