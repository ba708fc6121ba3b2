"""The insights page: empty, with sample data, with real data, filters, downloads, faults."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from attune_settings import load
from content.database import writing
from content.records.comparison import Pattern, compare
from content.records.proof_of_play import write_csv, write_parquet
from content.records.reports import MOODS, MoodBin, ReportFilter, has_impressions, read_report
from content.records.simulator import SimulationOptions, fill
from content.tables import impressions
from content.types import Reader
from tests.content import builders
from tests.content.hand import hand
from ui.access import password as catalog_access
from ui.access.password import Visitor
from ui.app.services import catalog_service
from ui.app.setup import IN_THE_LOG
from ui.insights import charts
from ui.insights.page import Source, since_of, whole_days, written
from ui.look.words import zone_name

PAGE = Path(__file__).parents[3] / "pages" / "insights.py"
LOCAL = Visitor(None, (("host", "127.0.0.1:8501"),))
AWAY = Visitor("192.0.2.7", (("host", "example.com"),))
NOW = datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)


def text_of(app: AppTest) -> str:
    return " ".join(str(e.proto.body) for e in app.get("html"))


@pytest.fixture
def app(monkeypatch) -> AppTest:
    monkeypatch.setattr(catalog_access, "read_visitor", lambda: LOCAL)
    return AppTest.from_file(PAGE, default_timeout=90)


def visits(sessions: int = 60, **more) -> None:
    fill(
        catalog_service().engine, SimulationOptions(sessions=sessions, days=2, **more), datetime.now(UTC),
        np.random.default_rng(1),
    )  # fmt: skip


@pytest.mark.slow
def test_without_impressions_it_says_what_will_come_and_shows_a_marked_sample(app):
    app.run()
    assert not app.exception
    assert "Nobody has seen anything yet" in text_of(app) and "insight-figures" not in text_of(app)
    app.button(key="show-sample").click().run()
    assert not app.exception
    found = text_of(app)
    assert "Sample data." in found and "Harbour Tea" in found
    assert 'data-verdict="higher"' in found and "more in 100 when content followed" in found
    # Never in the database of real viewers.
    assert not has_impressions(catalog_service().engine)
    app.button(key="leave-sample").click().run()
    assert "Nobody has seen anything yet" in text_of(app) and "made up" not in text_of(app)


def test_who_may_not_edit_may_not_see_it(app, monkeypatch):
    visits(5)
    monkeypatch.setattr(catalog_access, "read_visitor", lambda: AWAY)
    app.run()
    assert not app.exception
    assert "insight-figures" not in text_of(app) and not app.selectbox
    assert "This page is closed here" in app.info[0].value and "catalog" not in app.info[0].value
    monkeypatch.setattr(
        catalog_access, "settings", lambda: load(None, {"ATTUNE_EDITOR_PASSWORD": "let me in"})
    )
    app.run()
    assert "This page needs a password here" in app.markdown[0].value


def test_real_impressions_are_shown_and_filtered(app):
    visits(20)
    app.run()
    assert not app.exception
    found = text_of(app)
    report = read_report(catalog_service().engine)
    assert f">{report.total.impressions}<" in found and "in 20 visits" in found
    assert "Not enough data yet" in found and "sample-banner" not in found
    place = app.selectbox(key="insights-site-False")
    place.select("Café").run()
    assert not app.exception
    alone = read_report(catalog_service().engine, ReportFilter(site="Café")).total.impressions
    assert 0 < alone < report.total.impressions and f">{alone}<" in text_of(app)
    app.selectbox(key="insights-item-False").select("sample-ad-tea").run()
    app.selectbox(key="insights-kind").select("media").run()
    assert "Nothing fits these filters" in app.info[0].value


def test_demo_visits_are_left_out_until_they_are_asked_for(app):
    visits(20)
    engine = catalog_service().engine
    with writing(engine) as connection:
        connection.execute(impressions.update().where(impressions.c.site == "Café").values(picked=True))
    real, every = (read_report(engine, ReportFilter(with_demo=w)).total.impressions for w in (False, True))
    assert 0 < real < every
    app.run()
    assert f">{real}<" in text_of(app)
    app.toggle(key="insights-demo").set_value(True).run()
    assert not app.exception and f">{every}<" in text_of(app)


def test_what_devices_read_can_be_looked_at_alone(app):
    visits(20)
    engine = catalog_service().engine
    with writing(engine) as connection:
        connection.execute(impressions.update().where(impressions.c.site == "Café").values(reader="device"))
    here, there = (read_report(engine, ReportFilter(reader=r)).total.impressions for r in Reader)
    assert here > 0 and there > 0
    app.run()
    app.selectbox(key="insights-reader").select("device").run()
    assert not app.exception and f">{here}<" in text_of(app)


def test_tags_add_up_the_figures_of_their_items(app):
    visits(20)
    app.run()
    assert not app.exception and "Tags" not in [tab.label for tab in app.tabs]
    tea, sun = (builders.ad(f"sample-ad-{name}") for name in ("tea", "bikes"))
    hand(catalog_service()).save_many(
        created=[replace(tea, tags=("Sale", "Lobby")), replace(sun, tags=("sale",))]
    )
    seen = read_report(catalog_service().engine).by_item
    app.run()
    assert not app.exception
    rows = next(html for html in app.get("html") if ">Tag</th>" in str(html.proto.body)).proto.body
    both = seen[tea.item_id].impressions + seen[sun.item_id].impressions
    assert rows.index("Sale") < rows.index(f">{both}<") < rows.index("Lobby")
    assert f">{seen[tea.item_id].impressions}<" in rows


def test_a_database_that_breaks_is_told_in_words(app):
    visits(5)
    app.run()
    with writing(catalog_service().engine) as connection:
        connection.execute(text("DROP TABLE impressions"))
    app.run()
    assert not app.exception
    assert "cannot be read right now" in app.error[0].value and IN_THE_LOG in app.error[0].value


def test_downloads_hold_what_the_filters_leave(app):
    visits(10)
    engine = catalog_service().engine
    source = Source(engine, "x", {"sample-ad-tea": "Tea & more"}, is_sample=False)
    wanted = ReportFilter(item_id="sample-ad-tea")
    rows = pq.read_table(io.BytesIO(written(write_parquet, source, wanted))).to_pylist()
    assert rows and {r["title"] for r in rows} == {"Tea & more"}
    lines = written(write_csv, source, wanted).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(rows)
    app.run()
    assert [b.proto.label for b in app.get("download_button")] == ["CSV", "Parquet"]


def test_days_are_those_of_the_viewer_s_time_zone():
    begin, end = whole_days(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Europe/Zurich"))
    assert begin == datetime(2026, 3, 28, 23, tzinfo=UTC)
    # The clocks go forward on that day.
    assert end - begin == timedelta(hours=23)
    assert since_of(timedelta(days=1), NOW) == datetime(2026, 11, 19, 12, 34, tzinfo=UTC)
    assert since_of(None, NOW) is None


def test_words_from_outside_are_escaped():
    fill_in = {"<script>": read_report_figures()}
    assert "<script>" not in charts.groups_html("Place", fill_in, {"<script>": "<img src=x>"})
    assert "<img" not in charts.groups_html("Item", fill_in, {"<script>": "<img src=x>"})


def read_report_figures():
    return charts.Figures(3, 4500, 2, 1)


def test_the_charts_hold_the_figures():
    visits(200, control_share=0.5)
    report = read_report(catalog_service().engine)
    moods = charts.moods_chart(report.bins).to_dict()
    (rows,) = moods["datasets"].values()
    assert sum(row["impressions"] for row in rows) == report.total.impressions
    difference = report.comparison.difference
    (values,) = [
        d for d in charts.difference_chart(difference).to_dict()["datasets"].values() if "low" in d[0]
    ]
    assert values[0]["low"] == pytest.approx(100 * difference.low)
    assert charts.finished_chart(report.by_mood).to_dict()


def test_the_chart_s_hours_are_those_of_a_clock_that_it_names():
    begin = datetime(2026, 7, 1, 22, tzinfo=UTC)
    bins = (MoodBin(begin, begin + timedelta(days=1), dict.fromkeys(MOODS, 3)),)
    chart = charts.moods_chart(bins, ZoneInfo("Europe/Zurich"), zone_name("Europe/Zurich")).to_dict()
    (rows,) = chart["datasets"].values()
    assert {(r["from"], r["to"]) for r in rows} == {
        ("2026-07-02T00:00:00+00:00", "2026-07-03T00:00:00+00:00")
    }
    assert chart["encoding"]["x"]["axis"]["title"] == "Zurich time"
    assert "Zurich time" in chart["transform"][0]["calculate"]


def test_numbers_in_words():
    html = charts.arms_html(compare([Pattern(2, 1, 3)], [], np.random.default_rng(0)))
    assert "–" in html and "50.0" in html
