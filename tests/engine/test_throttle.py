"""The throttle keeps its rate on a clock of the test's own; nothing here waits."""

from __future__ import annotations

import threading

import pytest

from vbtui.engine import Throttle
from vbtui.vocabulary import MiB


def test_the_throttle_lets_bytes_pass_at_its_rate_and_no_faster() -> None:
    now = 0.0

    def wait(stop: threading.Event, seconds: float) -> bool:
        nonlocal now
        now += seconds
        return stop.is_set()

    throttle = Throttle(10 * MiB, clock=lambda: now, wait=wait)
    stop = threading.Event()
    for _ in range(100):
        assert throttle.take(MiB, stop)
    assert now == pytest.approx(10.0)
    stop.set()
    assert not throttle.take(1, stop)


def test_without_a_limit_nothing_waits() -> None:
    def wait(_stop: threading.Event, _seconds: float) -> bool:
        raise AssertionError("waited")

    stop = threading.Event()
    assert Throttle(None, clock=lambda: 0.0, wait=wait).take(1000 * MiB, stop)


def test_a_pause_does_not_let_more_than_the_burst_pass_at_once() -> None:
    now = 0.0
    waited: list[float] = []

    def wait(_stop: threading.Event, seconds: float) -> bool:
        waited.append(seconds)
        return False

    throttle = Throttle(100.0, burst=50, clock=lambda: now, wait=wait)
    now = 1000.0
    stop = threading.Event()
    for _ in range(4):
        throttle.take(50, stop)
    assert waited == pytest.approx([0.5, 1.0, 1.5])


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_is_above_zero(rate: float) -> None:
    with pytest.raises(ValueError):
        Throttle(rate)
