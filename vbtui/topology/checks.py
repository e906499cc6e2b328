"""Whether the parts of a topology fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vbtui.topology.model import Topology
from vbtui.topology.problems import DataPath, Param, ProblemCode


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit. `path` counts in the topology; `first` is where the thing it collides with stands."""

    code: ProblemCode
    path: DataPath
    params: tuple[Param, ...] = ()
    first: DataPath | None = None
    at_key: bool = False


def check(topology: Topology, folder: Path, *, left_out: frozenset[str], whole: bool) -> Iterator[Finding]:
    yield from ()
