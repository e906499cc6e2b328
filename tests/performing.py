"""Runs of shipped topologies in folders of the test's own, as fast as they go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vbtui.job import Places, Run, start_run
from vbtui.topology import LoadedTopology, load, resolve
from vbtui.trace import Trace
from vbtui.workflow import Change, History, simulate

PATIENCE = 120.0
"""Seconds after which a run counts as hung."""


@dataclass
class Performed:
    """A run that has ended, with all that it was made of."""

    loaded: LoadedTopology
    trace: Trace
    run: Run
    places: Places


def perform(
    name: str | Path,
    root: Path,
    *,
    changes: tuple[Change, ...] = (),
    history: History | None = None,
    repository: Path | None = None,
) -> Performed:
    """Perform the first job of a topology to its end, with everything it keeps below `root`."""
    loaded = load(name if isinstance(name, Path) else resolve(name))
    trace = simulate(loaded.topology, loaded.topology.jobs[0], changes=changes, history=history)
    places = Places(root / "state")
    run = start_run(loaded, trace, places=places, pace="full", repository=repository, now_ms=lambda: 1_800_000_000_000)
    assert run.wait(PATIENCE), "the run hangs"
    return Performed(loaded, trace, run, places)
