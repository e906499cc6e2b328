"""What a run builds on: the newest restore point of each VM, where an increment can be made over it.

Decided here: what a job calls its points. When there is such a point is the repository's to say (`base`), of the disks
that the topology gives the VM now; otherwise the next run of the VM is a full one.
In: a repository, a topology's VM. Out: the point with the change ids that its disks had. Never here: what the run then
reads; that is the trace's estimate and the engine's measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from vbtui.engine import EngineError, PointInfo, Repository
from vbtui.engine.repository.base import base_of
from vbtui.topology import Job, Topology, Vm
from vbtui.workflow import History

NOTHING: Final[Mapping[str, frozenset[int]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Parent:
    """A point to build on. `change_ids`: by disk, empty text where changes were not tracked."""

    point: str
    change_ids: Mapping[str, str]
    reread: Mapping[str, frozenset[int]] = field(default_factory=lambda: NOTHING)
    """By disk: blocks that a health check has found damaged; the next increment brings them anew."""


def parent_of(repository: Repository, vm: Vm) -> Parent | None:
    """The point that the next increment of a VM builds on; None if it must be a full one. Raises OSError."""
    found = _base(repository.points(), vm)
    if found is None or found.header is None:
        return None
    try:
        with repository.open(found.point) as point:
            known = point.metadata().change_ids
    except EngineError:
        known = ()  # what it says of itself is lost, its blocks are not: everything is read and compared
    names = [disk.name for disk in found.header.disks]
    return Parent(found.point, MappingProxyType(dict(zip(names, known, strict=False))))


def history(folder: Path, topology: Topology, job: Job) -> History:
    """The VMs of a job whose next run is an incremental one; none without a folder. Raises OSError."""
    points = Repository(folder).points() if folder.is_dir() else ()
    vms = (topology.vm(item.name) for item in job.vms)
    return History(frozenset(vm.name for vm in vms if _base(points, vm) is not None))


def _base(points: tuple[PointInfo, ...], vm: Vm) -> PointInfo | None:
    def later(point: str, than: str | None) -> bool:
        return number_of(point, vm.name) > (0 if than is None else number_of(than, vm.name))

    return base_of(points, vm.name, [(disk.name, disk.size) for disk in vm.disks], later=later).parent


def point_name(vm: str, number: int) -> str:
    """What a job calls a VM's restore point. A number is never used again, so a higher one is the newer point."""
    return f"{vm}-{number:04}"


def number_of(point: str, vm: str) -> int:
    """The number in the name of a VM's restore point; 0 for a name that no job has given for it."""
    digits = point.removeprefix(f"{vm}-")
    return int(digits) if digits != point and digits.isascii() and digits.isdecimal() else 0
