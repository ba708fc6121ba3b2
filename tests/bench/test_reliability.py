"""Soak and chaos: the plan of faults, the ledger, slopes, logs and the search for pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bench.reliability.ledger import KeptEvent, KeptImpression, kinds_of, lowest_each, settle, slope_an_hour
from bench.reliability.pictures import CHUNK, digest, pictures_in
from bench.reliability.plan import QUIET_S, Kind, plan

# --- the plan ------------------------------------------------------------------------------------------


def test_a_seed_gives_one_plan_in_which_every_kind_comes_and_faults_lie_apart() -> None:
    faults = plan(7, 1800, tuple(Kind), replicas=2)
    assert faults == plan(7, 1800, tuple(Kind), replicas=2) != plan(8, 1800, tuple(Kind), replicas=2)
    assert {fault.kind for fault in faults} == set(Kind)
    assert {fault.kind for fault in faults[: len(Kind)]} == set(Kind)
    assert {fault.replica for fault in faults} == {0, 1}
    ends = [0.0, *(fault.at_s + fault.for_s for fault in faults)]
    assert all(fault.at_s - end >= QUIET_S[0] for end, fault in zip(ends, faults, strict=False))
    assert ends[-1] <= 1800


def test_no_fault_is_planned_that_cannot_be_made() -> None:
    assert plan(7, 1800, (), replicas=2) == ()
    assert {fault.kind for fault in plan(7, 1800, [Kind.FROZEN], replicas=1)} == {Kind.FROZEN}


# --- the ledger ----------------------------------------------------------------------------------------

ACKNOWLEDGED = {"a": "i", "b": "i", "c": "j"}
TOLD = {"a": "impression", "b": "start", "c": "impression", "d": "click"}
EVENTS = (
    KeptEvent("a", "i", "impression"),
    KeptEvent("b", "i", "start"),
    KeptEvent("c", "j", "impression"),
    KeptEvent("d", "j", "click"),
)
IMPRESSIONS = (KeptImpression("i", "d1"), KeptImpression("j", "d2"))


def test_an_exact_ledger() -> None:
    ledger = settle(ACKNOWLEDGED, TOLD, EVENTS, IMPRESSIONS)
    assert ledger.exact
    assert (ledger.events, ledger.impressions) == (3, 2)


def test_what_was_told_again_under_another_id_is_there_once() -> None:
    acknowledged, told = ACKNOWLEDGED | {"e": "i", "f": "j"}, TOLD | {"e": "start", "f": "click"}
    ledger = settle(acknowledged, told, EVENTS, IMPRESSIONS)
    assert (ledger.again, ledger.events_missing) == (("e",), ("click",)), "each tap counts"


def test_a_second_tap_is_no_second_event() -> None:
    events = (*EVENTS, KeptEvent("e", "j", "click"))
    assert settle(ACKNOWLEDGED, TOLD | {"e": "click"}, events, IMPRESSIONS).exact


@pytest.mark.parametrize(
    ("told", "events", "impressions", "what"),
    [
        (TOLD, EVENTS[1:], IMPRESSIONS, {"events_missing": ("impression",)}),
        (TOLD, EVENTS, IMPRESSIONS[:1], {"impressions_missing": ("j",)}),
        (TOLD, (*EVENTS, EVENTS[3]), IMPRESSIONS, {"twice": ("d",)}),
        (
            TOLD | {"e": "start"},
            (*EVENTS, KeptEvent("e", "i", "start")),
            IMPRESSIONS,
            {"twice": ("start of i",)},
        ),
        (
            TOLD,
            EVENTS,
            (*IMPRESSIONS, KeptImpression("k", "d2")),
            {"twice": ("impressions of decision d2",)},
        ),
        ({"a": "impression"}, EVENTS, IMPRESSIONS, {"invented": ("b", "c", "d")}),
    ],
)
def test_what_is_wrong_in_a_ledger_is_found(
    told: dict[str, str],
    events: tuple[KeptEvent, ...],
    impressions: tuple[KeptImpression, ...],
    what: dict[str, object],
) -> None:
    ledger = settle(ACKNOWLEDGED, told, events, impressions)
    assert not ledger.exact
    assert {name: getattr(ledger, name) for name in what} == what


def test_a_slope_is_that_of_the_nearest_line() -> None:
    assert slope_an_hour([(s, 300 + s / 600 + (-1) ** s) for s in range(3600)]) == pytest.approx(6, abs=0.1)
    assert slope_an_hour([(5.0, 1.0)]) is None
    assert slope_an_hour([]) is None


def test_the_lowest_of_each_span_leaves_out_a_short_last_one() -> None:
    samples = [(5.0 + second, float(100 + second // 60 + second % 7)) for second in range(151)]
    assert lowest_each(samples, 60) == [100, 101, 102]
    assert lowest_each(samples[:140], 60) == [100, 101]
    assert lowest_each(samples[:9], 60) == [100]
    assert lowest_each([], 60) == []


def test_a_log_is_counted_by_kind() -> None:
    log = """
  You can now view your Streamlit app in your browser.
  URL: http://127.0.0.1:8501
2026-11-28 21:00:00.123 Records wait on disk: connection to 127.0.0.1 port 5432 failed
2026-11-28 21:05:07.456 Records wait on disk: connection to 127.0.0.1 port 5433 failed
Traceback (most recent call last):
  File "x.py", line 3, in f
    g()
ValueError: Expected 1. Received: 2
"""
    assert kinds_of(log) == {
        "… … Records wait on disk: connection to … port … failed": 2,
        "trace: ValueError: Expected …. Received: …": 1,
    }


# --- pictures ------------------------------------------------------------------------------------------


def picture(form: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "hidden",
    [
        lambda data: data,
        lambda data: b"\0" * (CHUNK - 5) + data,
        lambda data: b'{"frame": "' + base64.b64encode(data) + b'"}',
    ],
    ids=["a file", "across two parts", "in text"],
)
def test_a_picture_is_found_wherever_it_is(
    form: str, hidden: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    found, harmless = tmp_path / "deep" / "spool.db", tmp_path / "other"
    found.write_bytes(hidden(picture(form)))
    harmless.write_bytes(b"RIFF and WEBP and PNG are words")
    assert pictures_in([tmp_path], ()) == [found]
    assert pictures_in([tmp_path], {digest(found)}) == []
