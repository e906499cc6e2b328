"""Polled figures as series: nothing read is lost, nothing grows without bound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.job import RunProgress, TaskProgress
from vbtui.walk.history import MOST, History, Series

TASK = TaskProgress("vm/disk", 0, 0, 0, 0.0, 0.0, None, False)
SAMPLES = st.lists(st.tuples(st.floats(0.01, 5), st.integers(0, 10_000)), min_size=1, max_size=60)


def looked(elapsed: float, *tasks: TaskProgress, redo: dict[str, int] | None = None) -> RunProgress:
    return RunProgress(1, elapsed, False, False, {task.id: task for task in tasks}, redo or {}, None, None)


@examples(100)
@given(samples=SAMPLES, spans=st.integers(1, 100))
def test_rates_over_their_spans_add_up_to_the_whole_growth(samples: list[tuple[float, int]], spans: int) -> None:
    series, at, value = Series([(0.0, 0)]), 0.0, 0
    for seconds, growth in samples:
        at, value = at + seconds, value + growth
        series.add(at, value)
    rates = series.rates(spans)
    assert len(rates) == spans
    assert sum(rates) * series.seconds / spans == pytest.approx(value)
    assert series.levels(spans)[-1] == value


def test_a_series_keeps_its_ends_and_never_more_than_its_share() -> None:
    series = Series((step, step * 3) for step in range(MOST * 5))
    assert len(series) <= MOST
    assert series.seconds == MOST * 5 - 1
    assert series.last == series.peak == (MOST * 5 - 1) * 3
    assert series.rates(10) == pytest.approx([3.0] * 10)


def test_one_sample_is_no_rate() -> None:
    series = Series([(1.0, 5)])
    assert series.rates(8) == series.levels(8) == ()
    assert series.recent_rate() == 0
    assert Series().last == Series().peak == Series().seconds == 0


def test_the_speed_of_the_moment_is_that_of_the_last_second() -> None:
    assert Series([(0.0, 0), (9.0, 900), (10.0, 1900)]).recent_rate() == pytest.approx(1000)
    assert Series([(0.0, 0), (0.5, 100)]).recent_rate() == pytest.approx(200)


def test_a_copy_begins_with_nothing_read_at_the_moment_that_it_says() -> None:
    history = History()
    history.add(looked(10.0, replace(TASK, read=400, seconds=4.0)))
    history.add(looked(12.0, replace(TASK, read=600, seconds=6.0)))
    assert history.read["vm/disk"].seconds == pytest.approx(6.0)
    assert history.read["vm/disk"].rates(3) == pytest.approx([100.0, 100.0, 100.0])


def test_a_finished_copy_grows_no_further_while_others_go_on() -> None:
    history = History()
    other = replace(TASK, id="vm/other")
    history.add(looked(1.0, replace(TASK, read=10, seconds=1.0), other))
    history.add(looked(2.0, replace(TASK, read=20, seconds=2.0, done=True), replace(other, read=5)))
    history.add(looked(9.0, replace(TASK, read=20, seconds=2.0, done=True), replace(other, read=50)))
    assert history.read["vm/disk"].seconds == pytest.approx(2.0)
    assert history.all_read.last == 70


def test_redo_logs_are_kept_from_their_first_byte_to_their_commit() -> None:
    history = History()
    for elapsed, size in ((1.0, 0), (2.0, 100), (3.0, 300), (4.0, 0)):
        history.add(looked(elapsed, redo={"vm": size, "idle": 0}))
    assert set(history.redo) == {"vm"}
    assert history.redo["vm"].peak == 300
    assert history.redo["vm"].levels(2) == (300.0, 0.0)
