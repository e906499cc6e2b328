"""The trace that the tests of the walk move through."""

from __future__ import annotations

import pytest

from vbtui.topology import load, resolve
from vbtui.trace import Trace
from vbtui.workflow import simulate


@pytest.fixture(scope="session")
def trace() -> Trace:
    """The shipped default topology's first job."""
    topology = load(resolve("classroom")).topology
    return simulate(topology, topology.jobs[0])
