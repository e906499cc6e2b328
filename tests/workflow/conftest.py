"""Runs of the shipped topologies, simulated once, and one way to ask a trace for events."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from vbtui.topology import Topology, load, resolve
from vbtui.trace import Event, Trace
from vbtui.vocabulary import Profile
from vbtui.workflow import simulate

SHIPPED = ("classroom", "small-office", "two-site", "locked-down")

Named = Callable[[str], Topology]
Run = Callable[..., Trace]
Pick = Callable[..., list[Event]]


@cache
def _topology(name: str) -> Topology:
    return load(resolve(name)).topology


@cache
def _run(name: str, profile: Profile | None = None) -> Trace:
    topology = _topology(name)
    return simulate(topology, topology.jobs[0], profile=profile)


def _pick(trace: Trace, **wanted: object) -> list[Event]:
    """Events with these values, in order; `source` and `destination` are machines."""

    def value(event: Event, key: str) -> object:
        if key in ("source", "destination"):
            endpoint = event.source if key == "source" else event.destination
            return endpoint.node if endpoint else None
        return event.step.phase if key == "phase" else getattr(event, key)

    return [event for event in trace if all(value(event, key) == one for key, one in wanted.items())]


@pytest.fixture(scope="session")
def named() -> Named:
    """A shipped topology by its name."""
    return _topology


@pytest.fixture(scope="session")
def run() -> Run:
    """The trace of a shipped topology's first job, by the topology's name."""
    return _run


@pytest.fixture(scope="session")
def pick() -> Pick:
    return _pick


@pytest.fixture(params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> str:
    """The name of each shipped topology."""
    return str(request.param)
