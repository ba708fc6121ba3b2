"""A clip's result: spells, shares, curves, the replayed programme, and what can be taken away."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import numpy as np
import pytest

from content.choosing.picker import Picker
from content.choosing.programme import ProgrammeOptions
from content.themes import DEFAULT_THEME
from content.types import Catalog, CatalogItem, Kind, Strategy
from emotion.errors import VideoError
from emotion.labels import EMOTIONS, LABELS, Emotion
from emotion.smoothing import estimate, initial_state, update
from emotion.types import FaceReading, Problem, SmoothingOptions
from emotion.video.analyze import VideoReading
from emotion.video.clip import VideoInfo, video_info
from tests.emotion.clip_files import clip, moving, steady, wall
from tests.fakes import BoxesAt, a_reading
from ui.video.reading import (
    VideoResult,
    annotated,
    curves,
    people,
    read_video,
    shares,
    spells,
    unclear,
    unclear_words,
)
from ui.video.replay import Shown, replay
from ui.video.report import as_csv, as_html, as_json, path_of

RATE_HZ = 10.0
INFO = VideoInfo(640, 480, None, 30.0, 0, "h264", "mov,mp4")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUICK = SmoothingOptions(half_life_s=0.05, min_hold_s=0.0, enter_margin=0.05)


def readings(*phases: tuple[Emotion | None, float], faces: int = 1) -> tuple[VideoReading, ...]:
    """A made-up clip: an expression or nobody, and for how many seconds."""
    found, state, n = [], initial_state(0.0), 0
    for emotion, seconds in phases:
        for _ in range(round(seconds * RATE_HZ)):
            t_s = n / RATE_HZ
            seen: tuple[FaceReading, ...] = (a_reading(emotion, at_s=t_s),) * faces if emotion else ()
            state = update(state, seen, t_s, QUICK)
            found.append(VideoReading(t_s, seen, estimate(state, t_s, QUICK), 5.0))
            n += 1
    return tuple(found)


def result(*phases: tuple[Emotion | None, float], info: VideoInfo = INFO, **options) -> VideoResult:
    return VideoResult(info, RATE_HZ, readings(*phases, **options), "", "fake@1", 2.0)


def test_where_no_face_is_clear_nothing_is_told_and_that_is_said() -> None:
    good, poor = a_reading(Emotion.HAPPY), a_reading(Emotion.ANGRY, 0.99, quality=(Problem.BLURRED,))
    found, state = [], initial_state(0.0)
    for n in range(100):
        seen = (good,) if n < 40 else (poor,)
        state = update(state, seen, n / RATE_HZ, QUICK)
        found.append(VideoReading(n / RATE_HZ, seen, estimate(state, n / RATE_HZ, QUICK), 5.0))
    half = VideoResult(INFO, RATE_HZ, tuple(found), "", "fake@1", 2.0)
    share, problem = unclear(half)
    assert share == pytest.approx(0.6)
    assert problem is Problem.BLURRED
    assert unclear_words(half).startswith("In 60% of the video no face is clear enough to read (blurred).")
    assert {s.mood for s in spells(half)} == {Emotion.HAPPY, None}
    assert np.isnan(curves(half).shares[:, -1]).all()
    rows = list(csv.DictReader(io.StringIO(as_csv(half))))
    assert (rows[0]["quality"], rows[-1]["quality"]) == ("", "blurred")
    assert "no face is clear enough" in as_html(half, "me.mp4", ())
    assert unclear_words(result((Emotion.HAPPY, 3.0))) == ""


# --- reading -----------------------------------------------------------------------------------------


def read(content: bytes, **options) -> VideoResult:
    chosen = {"rate_hz": 5.0, "smoothing": SmoothingOptions(), "cancelled": lambda: False, **options}
    return read_video(content, INFO, BoxesAt(), "fake@1", progress=lambda share: None, **chosen)


def test_a_clip_is_read_and_each_reading_is_told() -> None:
    noted: list[VideoReading] = []
    found = read(clip(steady(1, 10), wall()), noted=noted.append)
    assert found.readings == tuple(noted)
    assert len(noted) == 5
    assert not found.problem


def test_of_a_cut_clip_the_beginning_is_kept_and_the_reason_told() -> None:
    whole = clip(steady(4, 10), moving, container="matroska")
    found = read(whole[: len(whole) // 2])
    assert found.readings
    assert "breaks off" in found.problem


def test_what_cannot_be_read_at_all_is_an_error() -> None:
    with pytest.raises(VideoError, match="a text file"):
        read(b"letter")


def test_the_annotated_clip_is_as_large_as_the_clip() -> None:
    content = clip(steady(1, 10), wall())
    boxed = annotated(content, result((Emotion.HAPPY, 1)), lambda: False, lambda share: None)
    info = video_info(io.BytesIO(boxed))
    assert (info.width_px, info.height_px) == (320, 240)


# --- over time ---------------------------------------------------------------------------------------


def test_spells_cover_the_clip_without_gaps() -> None:
    found = spells(result((Emotion.HAPPY, 3), (None, 4), (Emotion.SAD, 2)))
    assert [s.mood for s in found] == [Emotion.HAPPY, None, Emotion.SAD]
    assert found[0].starts_s == 0
    assert [a.ends_s for a in found[:-1]] == [b.starts_s for b in found[1:]]
    assert found[-1].ends_s == pytest.approx(9.0)
    assert [s.nobody for s in found] == [False, True, False]
    assert all(0 <= s.confidence <= 1 for s in found)


def test_shares_are_of_time_and_sum_to_one() -> None:
    found = shares(result((Emotion.HAPPY, 6), (Emotion.SAD, 2)))
    assert found[Emotion.HAPPY] == pytest.approx(0.75, abs=0.03)
    assert sum(found.values()) == pytest.approx(1)
    assert list(found) == [*EMOTIONS, None]


def test_a_clip_of_one_frame_has_all_its_time_in_one_mood() -> None:
    still = VideoInfo(640, 480, 0.05, 20.0, 0, "h264", "mov,mp4")
    found = shares(result((Emotion.HAPPY, 0.1), info=still))
    assert found[Emotion.HAPPY] == 1


def test_the_last_reading_ends_with_the_clip() -> None:
    short = VideoInfo(640, 480, 0.95, 20.0, 0, "h264", "mov,mp4")
    assert result((Emotion.HAPPY, 1), info=short).end_s == pytest.approx(0.95)
    assert result((Emotion.HAPPY, 1)).end_s == pytest.approx(1.0)


def test_curves_are_few_points_and_break_where_nobody_is() -> None:
    found = curves(result((Emotion.HAPPY, 20), (None, 10)), points=60)
    assert found.shares.shape[0] == 7
    assert len(found.times_s) <= 60
    assert (np.diff(found.times_s) > 0).all()
    assert found.shares[Emotion.HAPPY.index, 0] > 0.8
    assert np.isnan(found.shares[:, -1]).all()
    assert path_of(np.array([0.0, 1, 2]), np.array([1.0, np.nan, 3])).count("M") == 2


def test_the_most_faces_at_once_are_counted() -> None:
    assert people(readings((Emotion.HAPPY, 1), faces=3)) == 3


# --- the replayed programme --------------------------------------------------------------------------


def an_item(item_id: str, kind: Kind, emotion: Emotion | None, title: str = "") -> CatalogItem:
    targets = {emotion: 1.0} if emotion else {}
    colors = DEFAULT_THEME if kind is Kind.THEME else None
    return CatalogItem(item_id, kind, title or item_id, targets=targets, colors=colors)


CATALOG = Catalog(
    3,
    tuple(
        an_item(f"{kind.value}-{name}", kind, emotion)
        for kind in Kind
        for name, emotion in (("joy", Emotion.HAPPY), ("grief", Emotion.SAD), ("any", None))
    ),
)


def play(found: VideoResult, strategy: Strategy = Strategy.MATCH, seed: int = 1) -> tuple[Shown, ...]:
    return replay(
        found.readings,
        found.end_s,
        CATALOG,
        Picker(lambda: CATALOG),
        strategy=strategy,
        began_utc=NOON,
        rng=np.random.default_rng(seed),
        model_version=found.model_version,
    )


def test_what_would_have_been_shown_follows_the_mood() -> None:
    found = play(result((Emotion.HAPPY, 8), (Emotion.SAD, 8)))
    ads = [s for s in found if s.slot is Kind.AD and s.item is not None]
    assert ads[0].item.item_id == "ad-joy"
    assert ads[-1].item.item_id == "ad-grief"
    change = next(s for s in ads if s.item.item_id == "ad-grief")
    assert 8 <= change.starts_s <= 8 + ProgrammeOptions().min_dwell_s
    assert change.decision.model_version == "fake@1"
    assert change.decision.reason


def test_every_slot_is_filled_from_beginning_to_end() -> None:
    found = play(result((Emotion.HAPPY, 20), (None, 5)))
    for slot in Kind:
        row = [s for s in found if s.slot is slot]
        assert row[0].starts_s == 0
        assert [s.ends_s for s in row[:-1]] == [s.starts_s for s in row[1:]]
        assert row[-1].ends_s == pytest.approx(25)
    assert [s.starts_s for s in found] == sorted(s.starts_s for s in found)


def test_the_same_seed_gives_the_same_programme() -> None:
    clip_read = result((Emotion.HAPPY, 20))
    assert [s.item for s in play(clip_read)] == [s.item for s in play(clip_read)]


def test_nothing_to_show_is_told_and_not_hidden() -> None:
    empty = Catalog(1, ())
    found = replay(
        result((Emotion.HAPPY, 4)).readings,
        4.0,
        empty,
        Picker(lambda: empty),
        strategy=Strategy.MATCH,
        began_utc=NOON,
        rng=np.random.default_rng(1),
    )
    assert found
    assert {s.item for s in found} == {None}


# --- to take away ------------------------------------------------------------------------------------


def test_the_table_has_a_row_a_reading() -> None:
    found = result((Emotion.HAPPY, 2), (None, 4))
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert len(rows) == len(found.readings)
    assert rows[10]["mood"] == "happy"
    assert rows[-1]["mood"] == "unknown"
    assert float(rows[10]["t_s"]) == pytest.approx(1.0)
    assert sum(float(rows[10][name]) for name in LABELS) == pytest.approx(1, abs=1e-3)


def test_the_data_is_whole_and_plain() -> None:
    found = result((Emotion.HAPPY, 5), (Emotion.SAD, 5))
    record = json.loads(as_json(found, "me & you.mp4", play(found)))
    assert record["path"] == "me & you.mp4"
    assert (record["width_px"], record["height_px"], record["duration_s"]) == (640, 480, None)
    reading = record["readings"][20]
    assert reading["faces"][0]["dominant"] == "happy"
    assert set(reading["faces"][0]["box"]) == {"x_px", "y_px", "width_px", "height_px"}
    assert reading["mood"]["dominant"] == "happy"
    assert record["time_share"]["happy"] == pytest.approx(0.5, abs=0.05)
    assert {s["slot"] for s in record["would_have_shown"]} == {"ad", "media", "theme"}


def test_the_summary_is_one_page_that_runs_and_fetches_nothing() -> None:
    evil = "<script>alert(1)</script>.mp4"
    found = result((Emotion.HAPPY, 5), (Emotion.SAD, 5), (None, 5))
    wicked = an_item("x", Kind.AD, None, title="<img src=x onerror=alert(2)>")
    shown = play(found)
    shown = (*shown, Shown(Kind.AD, wicked, shown[0].decision, 1, 2))
    page = as_html(found, evil, shown[-1:] + shown, lambda s: b"\xff\xd8jpeg")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<img src=x" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "data:image/jpeg;base64," in page
    assert page.count("<path") >= 14
    for mood in (Emotion.HAPPY, Emotion.SAD):
        assert f"{shares(found)[mood]:.0%}" in page


def test_a_long_programme_is_cut_to_one_page() -> None:
    found = result((Emotion.HAPPY, 5))
    page = as_html(found, "a.mp4", play(found)[:1] * 40)
    assert "28 more are in the data file" in page


def test_a_clip_that_broke_off_says_so_on_its_summary() -> None:
    broken = VideoResult(INFO, RATE_HZ, readings((Emotion.HAPPY, 1)), "It breaks off <here>.", "m", 1.0)
    assert "It breaks off &lt;here&gt;." in as_html(broken, "a.mp4", ())
