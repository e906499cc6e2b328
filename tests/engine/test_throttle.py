"""The throttle keeps its rate on a clock of the test's own; nothing here waits."""

from __future__ import annotations

import threading
from collections.abc import Callable

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


def test_tasks_under_one_rule_get_turns_in_the_order_in_which_they_ask() -> None:
    """Two tasks of two workers each, all of them always asking: after any number of turns they have the same."""
    waited: dict[str, list[float]] = {"one": [], "two": []}
    throttle: Throttle

    def wait_as(task: str) -> Callable[[threading.Event, float], bool]:
        def wait(_stop: threading.Event, seconds: float) -> bool:
            waited[task].append(seconds)
            return False

        return wait

    throttle = Throttle(100.0, clock=lambda: 0.0, wait=lambda stop, seconds: turn(stop, seconds))
    stop = threading.Event()
    for task in ("one", "one", "two", "two") * 5:
        turn = wait_as(task)
        assert throttle.take(100, stop)
    assert waited["one"] == [float(1 + number + 2 * (number // 2)) for number in range(10)]
    assert waited["two"] == [float(3 + number + 2 * (number // 2)) for number in range(10)]


def test_who_stops_waiting_leaves_its_bytes_to_others() -> None:
    seen: list[float] = []

    def wait(stop: threading.Event, seconds: float) -> bool:
        seen.append(seconds)
        return stop.is_set()

    throttle = Throttle(100.0, clock=lambda: 0.0, wait=wait)
    going, stopped = threading.Event(), threading.Event()
    stopped.set()
    assert not throttle.take(10_000, stopped)
    assert throttle.take(100, going)
    assert seen == [100.0, 1.0]


def test_the_first_burst_passes_at_once_when_time_has_gone_by_and_the_rate_holds_from_then_on() -> None:
    now = 10.0
    seen: list[float] = []

    def wait(_stop: threading.Event, seconds: float) -> bool:
        nonlocal now
        now += seconds
        seen.append(seconds)
        return False

    throttle = Throttle(100.0, burst=300, clock=lambda: now, wait=wait)
    now = 20.0
    for _ in range(13):
        assert throttle.take(100, threading.Event())
    assert seen == [1.0] * 10
    assert now == 30.0


def test_a_rate_next_to_nothing_waits_as_long_as_can_be_waited() -> None:
    seen: list[float] = []

    def wait(_stop: threading.Event, seconds: float) -> bool:
        seen.append(seconds)
        return True

    assert not Throttle(1e-300, clock=lambda: 0.0, wait=wait).take(MiB, threading.Event())
    assert seen == [threading.TIMEOUT_MAX]


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_is_above_zero(rate: float) -> None:
    with pytest.raises(ValueError):
        Throttle(rate)
