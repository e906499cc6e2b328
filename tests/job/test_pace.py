"""A paced run is planned to last twenty seconds; a full one waits nowhere."""

from __future__ import annotations

import threading

import pytest

from vbtui.job.pace import PACED_SECONDS, Pace, Pacing
from vbtui.topology import load, resolve
from vbtui.trace import EventKind
from vbtui.workflow import simulate


@pytest.mark.parametrize("name", ["classroom", "two-site"])
def test_waits_and_copies_add_up_to_the_paced_time(name: str) -> None:
    topology = load(resolve(name)).topology
    trace = simulate(topology, topology.jobs[0])
    pacing = Pacing.of(trace, Pace.PACED)
    stalls, moving = 0, False
    for event in trace:
        copies = event.kind is EventKind.TRANSFER
        stalls += moving and not copies and event.task is not None and event.step.phase == 5
        moving = copies or (moving and event.task is None)
    waits = pacing.between_events * sum(event.kind is not EventKind.TRANSFER for event in trace)
    assert PACED_SECONDS / 2 <= waits + pacing.copy_seconds * max(1, stalls) <= PACED_SECONDS * 1.5


def test_a_full_pace_waits_nowhere() -> None:
    topology = load(resolve("classroom")).topology
    pacing = Pacing.of(simulate(topology, topology.jobs[0]), Pace.FULL)
    assert pacing.between_events == 0
    assert pacing.rate(10**9) is None


def test_a_wait_ends_at_once_when_the_run_is_stopped() -> None:
    stop = threading.Event()
    stop.set()
    Pacing(Pace.PACED, 3600.0, 1.0).wait(stop)
