"""What the screens need of a run that performs the job for real: start it, poll it, cancel it, read its log.

The runner itself belongs to `job`; here is only its shape, so that the screens load without the engine and a test can
hand in a run of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from vbtui.job import RunLog, RunProgress
from vbtui.topology import LoadedTopology
from vbtui.trace import Trace


class Run(Protocol):
    """A run in its own threads. Every method answers at once."""

    @property
    def repository(self) -> Path:
        """The folder with its restore points."""

    def progress(self) -> RunProgress:
        """The newest figures."""

    def block_map(self, task: str) -> bytes:
        """The state of every block of a task's disk now, one `BlockState` each; empty before its copy has begun."""

    def cancel(self) -> None:
        """Ask it to stop. It has stopped when `progress().finished` holds."""

    def log(self) -> RunLog | None:
        """What truly happened, once finished."""


class StartRun(Protocol):
    """Begins to perform a trace. `pace` is `paced` or `full`."""

    def __call__(self, loaded: LoadedTopology, trace: Trace, *, pace: str) -> Run: ...
