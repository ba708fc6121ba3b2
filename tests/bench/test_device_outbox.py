"""The outbox of simulated viewers: what counts as taken, and what is sent again."""

from __future__ import annotations

from typing import Any

from bench.device_outbox import AGAIN_S, BATCH_S, MOST, Outbox


def event(name: str) -> dict[str, Any]:
    return {"event_id": name, "impression_id": f"of {name}", "name": "start", "at_s": 0.5}


def test_a_batch_is_sent_until_it_is_taken() -> None:
    outbox = Outbox()
    outbox.put(1, event("a"))
    first = outbox.due(1.0)
    assert first == {
        "number": 1,
        "events": [{"age_ms": 500.0, "event_id": "a", "impression_id": "of a", "name": "start"}],
    }
    outbox.put(1, event("b"))
    assert outbox.due(1.0 + BATCH_S) is None
    again = outbox.due(1.0 + AGAIN_S)
    assert again is not None
    assert (again["number"], [e["event_id"] for e in again["events"]]) == (2, ["a", "b"])
    # The answer to the first one comes late: nobody knows any more what it was about.
    outbox.taken(1, visit=1)
    assert outbox.acknowledged == {}
    outbox.taken(2, visit=1)
    assert outbox.acknowledged == {"a": "of a", "b": "of b"}
    assert outbox.told == {"a": "start", "b": "start"}
    assert outbox.due(99.0) is None


def test_after_a_full_batch_the_rest_follows_at_once() -> None:
    outbox = Outbox()
    for number in range(MOST + 1):
        outbox.put(1, event(str(number)))
    outbox.due(1.0)
    outbox.taken(1, visit=1)
    rest = outbox.due(1.1)
    assert rest is not None and len(rest["events"]) == 1


def test_what_an_ended_visit_saw_is_not_acknowledged() -> None:
    outbox = Outbox()
    outbox.put(1, event("a"))
    outbox.put(2, event("b"))
    outbox.due(1.0)
    outbox.taken(1, visit=2)
    assert (outbox.acknowledged, outbox.disowned) == ({"b": "of b"}, {"a"})
