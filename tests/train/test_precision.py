"""Training takes bfloat16, but not where that is slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from train import precision


@pytest.fixture(autouse=True)
def measured_anew() -> Iterator[None]:
    precision.bfloat16_is_slow.cache_clear()
    yield
    precision.bfloat16_is_slow.cache_clear()


@pytest.mark.parametrize(
    ("bfloat16_s", "expected"), [(0.5, "mixed_bfloat16"), (1.1, "mixed_bfloat16"), (2.0, "float32")]
)
def test_bfloat16_is_taken_unless_it_is_clearly_slower(
    monkeypatch: pytest.MonkeyPatch, bfloat16_s: float, expected: str
) -> None:
    monkeypatch.setattr(
        precision, "_seconds", lambda policy: bfloat16_s if policy == "mixed_bfloat16" else 1.0
    )
    assert precision.training_policy(mixed=True) == expected
    assert precision.training_policy(mixed=False) == "float32"


def test_both_are_timed_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[str] = []
    real = precision._seconds
    monkeypatch.setattr(precision, "_seconds", lambda policy: timed.append(policy) or real(policy))
    assert precision.training_policy(mixed=True) == precision.training_policy(mixed=True)
    assert sorted(timed) == ["float32", "mixed_bfloat16"]
    assert real("float32") > 0
