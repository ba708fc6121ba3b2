"""The parts of the insights page: filters, headline figures, the comparison, charts, tables and downloads.

The page only reads: nothing on it changes what viewers see. Sample data is in its own database, which lasts
as long as the app's process.
"""

from __future__ import annotations

import io
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import streamlit as st

from content.bootstrap import Content
from content.catalog.tags import spelt_as_in_use, tags_in_use
from content.database import migrate, open_engine
from content.errors import ContentError
from content.records.comparison import Comparison
from content.records.proof_of_play import write_csv, write_parquet
from content.records.reports import (
    Report,
    ReportFilter,
    by_tag,
    has_impressions,
    read_report,
    sites_and_items,
)
from content.records.simulator import TITLES, SimulationOptions, fill
from content.types import Kind, Reader
from ui.app.setup import IN_THE_LOG
from ui.app.state import PageState
from ui.insights import charts
from ui.look.cards import section_html
from ui.look.html import render
from ui.look.words import (
    EXPRESSIONS,
    EXPRESSIONS_BY_LABEL,
    KIND_PLURALS,
    READERS,
    counted,
    long_duration,
    per_hundred,
    zone_name,
)

CACHED_S = 10.0
SAMPLE = SimulationOptions()
SAMPLE_SEED = 20
SPANS: Mapping[str, timedelta | None] = {
    "The last 24 hours": timedelta(days=1),
    "The last 7 days": timedelta(days=7),
    "The last 30 days": timedelta(days=30),
    "All time": None,
}
OWN = "Other dates"
DEMO_HELP = (
    "Visits in which a person picked the expression by hand. They say nothing about how viewers react."
)
READER_HELP = (
    "Where expressions were read. What a viewer’s own device reads is sent by that device, so somebody could "
    "send made-up numbers."
)
KINDS = (Kind.AD, Kind.MEDIA)
ROWS = 12

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class InsightsState(PageState):
    """What the insights page remembers: whether it shows made-up data."""

    sample: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where the page reads.

    Attributes:
        engine: the database.
        name: of the database, for the cache.
        titles: item's id → title.
        is_sample: made up.
        tags: item's id → its tags as the catalog has them now, each in one spelling.
    """

    engine: Any
    name: str
    titles: Mapping[str, str]
    is_sample: bool
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Sample:
    """The sample's database; its folder goes when nothing refers to it any more."""

    folder: tempfile.TemporaryDirectory[str]
    engine: Any


@st.cache_resource(ttl=timedelta(hours=12), max_entries=1, show_spinner="Making up visitors …")
def _sample() -> Sample:
    folder = tempfile.TemporaryDirectory(prefix="attune-sample-", ignore_cleanup_errors=True)
    engine = open_engine(f"sqlite:///{Path(folder.name) / 'sample.db'}")
    migrate(engine)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    fill(engine, SAMPLE, now, np.random.default_rng(SAMPLE_SEED))
    return Sample(folder, engine)


@st.cache_data(ttl=CACHED_S, max_entries=64, show_spinner=False)
def _report(name: str, wanted: ReportFilter, zone: str, _engine: Any) -> Report:
    return read_report(_engine, wanted, zone=ZoneInfo(zone))


@st.cache_data(ttl=CACHED_S, max_entries=8, show_spinner=False)
def _choices(name: str, _engine: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return sites_and_items(_engine)


# --- where it reads --------------------------------------------------------------------------------------


def choose_source(state: InsightsState, content: Content) -> Source | None:
    """The real data, or the sample if this session asked for it; None after saying why there is none."""
    try:
        if state.sample:
            _sample_banner(state)
            return Source(_sample().engine, "sample", TITLES, is_sample=True)
        if not has_impressions(content.engine):
            _empty(state)
            return None
    except ContentError as error:
        _cannot(error)
        return None
    items = content.catalog().items
    titles, in_use = {item.item_id: item.title for item in items}, tags_in_use(items)
    tags = {item.item_id: spelt_as_in_use(item.tags, in_use) for item in items if item.tags}
    return Source(content.engine, str(content.engine.url), titles, is_sample=False, tags=tags)


def _cannot(error: ContentError) -> None:
    _log.error("The insights cannot be read: %s", error)
    st.error(
        f"**The figures cannot be read right now.** Try again in a moment. {IN_THE_LOG}",
        icon=":material/database_off:",
    )


def _sample_banner(state: InsightsState) -> None:
    with st.container(key="sample-banner"):
        words, leave = st.columns([4, 1], vertical_alignment="center")
        words.html(render("insights/sample_banner.html", effect=per_hundred(SAMPLE.effect)))
        if leave.button("Leave the sample", key="leave-sample", width="stretch"):
            state.sample = False
            st.rerun()


def _empty(state: InsightsState) -> None:
    with st.container(key="panel-insights-empty"):
        st.html(render("insights/empty.html"))
        live, sample = st.columns(2)
        if live.button("Open the Live page", icon=":material/videocam:", key="open-live", width="stretch"):
            st.switch_page("pages/live.py")
        if sample.button("Try it with sample data", type="primary", key="show-sample", width="stretch"):
            state.sample = True
            st.rerun()


# --- filters ---------------------------------------------------------------------------------------------


def choose_filter(source: Source, now_utc: datetime) -> ReportFilter | None:
    """The filters in one row; None after saying why the choices cannot be read."""
    try:
        sites, items = _choices(source.name, source.engine)
    except ContentError as error:
        _cannot(error)
        return None
    titles = source.titles
    with st.container(key="panel-insights-filter"):
        when, which, where, what, how = st.columns(5, gap="small")
        span = when.selectbox("Time", [*SPANS, OWN], index=2, key="insights-time")
        item = which.selectbox(
            "Item",
            sorted(items, key=lambda i: titles.get(i, i).casefold()),
            index=None,
            placeholder="All items",
            format_func=lambda i: titles.get(i, i),
            key=f"insights-item-{source.is_sample}",
        )
        site = where.selectbox(
            "Place", sites, index=None, placeholder="All places", key=f"insights-site-{source.is_sample}"
        )
        kind = what.selectbox(
            "Kind",
            KINDS,
            index=None,
            placeholder="All kinds",
            format_func=KIND_PLURALS.__getitem__,
            key="insights-kind",
        )
        reader = how.selectbox(
            "Read",
            tuple(Reader),
            index=None,
            placeholder="Anywhere",
            format_func=READERS.__getitem__,
            key="insights-reader",
            help=READER_HELP,
        )
        since, until = _own_dates(now_utc) if span == OWN else (since_of(SPANS[span], now_utc), None)
        with_demo = st.toggle("Count demo visits too", key="insights-demo", help=DEMO_HELP)
    return ReportFilter(since, until, item, site, kind, with_demo, reader)


def since_of(span: timedelta | None, now_utc: datetime) -> datetime | None:
    """When a stretch up to now begins, by whole minutes, so that the same question is asked for a while."""
    return None if span is None else now_utc.replace(second=0, microsecond=0) - span


def _own_dates(now_utc: datetime) -> tuple[datetime, datetime]:
    zone = _zone()
    today = now_utc.astimezone(zone).date()
    picked = st.date_input(
        "From and to",
        (today - timedelta(days=6), today),
        max_value=today,
        key="insights-dates",
        width=320,
    )
    days = [d for d in picked if isinstance(d, date)] if isinstance(picked, tuple) else [picked]
    first, last = (days[0], days[-1]) if days else (today, today)
    return whole_days(first, last, zone)


def whole_days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight before the first day to midnight after the last one, of a time zone, in UTC."""
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


# --- the report ------------------------------------------------------------------------------------------


def show_report(source: Source, wanted: ReportFilter) -> None:
    """All of the page under the filters."""
    try:
        zone = _zone()
        report = _report(source.name, wanted, zone.key, source.engine)
    except ContentError as error:
        _cannot(error)
        return
    if not report.total.impressions:
        also = "" if wanted.with_demo else " Demo visits are left out; the switch above counts them too."
        st.info(f"Nothing fits these filters. Choose a longer time, or all items and places.{also}")
        return
    st.html(charts.figures_html(report))
    _show_comparison(report.comparison)
    _show_moods(report, zone)
    _show_groups(report, source)
    _show_downloads(source, wanted)


def _show_comparison(comparison: Comparison) -> None:
    with st.container(key="panel-insights-verdict"):
        st.html(section_html("Does following the expression help?", body=charts.verdict_html(comparison)))
        if comparison.difference and comparison.mood_rate and comparison.control_rate:
            rates, difference = st.columns(2, gap="large")
            with rates:
                st.html('<p class="at-eyebrow">Finished in 100, with the plausible range</p>')
                st.altair_chart(
                    charts.rates_chart(comparison.mood_rate, comparison.control_rate),
                    theme=None,
                    width="stretch",
                    alt="Share finished when content followed the expression, and when it did not",
                )
            with difference:
                st.html('<p class="at-eyebrow">The difference; the dashed line means none</p>')
                st.altair_chart(
                    charts.difference_chart(comparison.difference),
                    theme=None,
                    width="stretch",
                    alt=comparison.sentence,
                )
        st.html(charts.arms_html(comparison))
        st.caption(
            "A random share of the visits with a camera gets random content. “Finished” means that an item "
            "was played to its end, or that a picture was in view for its whole time. The plausible ranges "
            "(95%) come from resampling whole visits, because what one viewer finishes is related. Visits "
            "in which a person picked the expression by hand are left out."
        )


def _show_moods(report: Report, zone: ZoneInfo) -> None:
    clock = zone_name(zone.key)
    with st.container(key="panel-insights-moods"):
        over, by = st.columns([2, 1], gap="large")
        with over:
            width = long_duration(report.bin_width)
            words = f"Impressions by the expression in view; each bar covers {width} ({clock})."
            st.html(section_html("Expressions over time", words))
            st.altair_chart(
                charts.moods_chart(report.bins, zone, clock),
                theme=None,
                width="stretch",
                alt="Impressions over time by expression",
            )
            st.html(render("insights/legend.html", moods=list(EXPRESSIONS)))
        with by:
            st.html(section_html("Finished, by expression", "Of 100 impressions."))
            st.altair_chart(
                charts.finished_chart(report.by_mood),
                theme=None,
                width="stretch",
                alt="Share finished by expression",
            )


def _show_groups(report: Report, source: Source) -> None:
    titles, tagged = source.titles, by_tag(report.by_item, source.tags)
    with st.container(key="panel-insights-groups"):
        st.html(section_html("In detail"))
        items, moods, sites, *tags = st.tabs(
            ["Items", "Expressions", "Places", *(["Tags"] if tagged else [])]
        )
        with items:
            st.html(charts.groups_html("Item", report.by_item, titles, most=ROWS))
            if len(report.by_item) > ROWS:
                with st.expander(f"All {counted(len(report.by_item), 'item')}"):
                    st.dataframe(
                        charts.groups_table("Item", report.by_item, titles),
                        hide_index=True,
                        column_config={
                            "Finished, %": st.column_config.NumberColumn(format="%.0f"),
                            "Time in view, s": st.column_config.NumberColumn(format="%.1f"),
                        },
                    )
        with moods:
            st.html(charts.groups_html("Expression", report.by_mood, EXPRESSIONS_BY_LABEL))
        with sites:
            st.html(charts.groups_html("Place", report.by_site, {}))
        for tab in tags:
            tab.html(charts.groups_html("Tag", tagged, {}))
            tab.caption("By the tags that items have now. An item with several tags counts for each of them.")


# --- downloads -------------------------------------------------------------------------------------------

Writer = Callable[[Any, ReportFilter, BinaryIO, Mapping[str, str]], int]


def _show_downloads(source: Source, wanted: ReportFilter) -> None:
    with st.container(key="panel-insights-downloads"):
        words, csv, parquet = st.columns([3, 1, 1], vertical_alignment="center")
        words.html(
            section_html(
                "Proof of play",
                "Every impression that passes the filters: when, where, what, for how long, and whether "
                "it was finished. Visits are random numbers; there are no names and no pictures.",
            )
        )
        stem = f"attune-{'SAMPLE-' if source.is_sample else ''}proof-of-play"
        for place, name, mime, writer in (
            (csv, "CSV", "text/csv", write_csv),
            (parquet, "Parquet", "application/vnd.apache.parquet", write_parquet),
        ):
            place.download_button(
                name,
                partial(written, writer, source, wanted),
                file_name=f"{stem}.{name.lower()}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download-{name.lower()}",
                width="stretch",
            )


def written(writer: Writer, source: Source, wanted: ReportFilter) -> bytes:
    """The file, made when somebody asks for it."""
    target = io.BytesIO()
    writer(source.engine, wanted, target, source.titles)
    return target.getvalue()
