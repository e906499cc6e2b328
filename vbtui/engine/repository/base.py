"""What the next restore point of a chain builds on, and why it is a full one where it builds on nothing.

Decided here, for everybody who makes points: the newest point of all must be whole with everything below it, have the
same disks in the same order and sizes, and leave room in its chain. Over a damaged newest point no branch begins at an
older one: what both say of the disk would then depend on which of them is healed.
In: the points of a repository, the disks to come. Out: a parent, or a reason. Never here: what is read then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vbtui.engine.repository.chain import MAX_POINTS
from vbtui.engine.repository.listing import PointInfo, by_age


class FullReason(StrEnum):
    """Why a restore point is a full one."""

    FIRST = "first"
    """There is no restore point of this name."""
    ASKED = "asked"
    DISKS_CHANGED = "disks-changed"
    """Other disks than in the last point, or another order of them."""
    SIZE_CHANGED = "size-changed"
    """A disk has grown or shrunk since the last point."""
    DAMAGED = "damaged"
    """The last point, or one that it builds on, is damaged or missing."""
    LONG_CHAIN = "long-chain"
    """The chain has as many points as a chain may have."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a new point builds on: `parent`, or None and the `reason`."""

    parent: PointInfo | None
    reason: FullReason | None = None
    resized: tuple[str, ...] = ()
    """Disks that have another size than in the last point."""
    since_ms: int = 0
    """The least moment of the new point, in milliseconds since 1970: it is later than the last, whatever the clock
    says."""


def base_of(
    points: Iterable[PointInfo],
    vm: str,
    disks: Sequence[tuple[str, int]],
    *,
    later: Callable[[str, str | None], bool],
    full: bool = False,
) -> Base:
    """What the next point of `vm` with these disks (name, bytes) builds on.

    `later(name, than)`: a file whose header is lost still has its name; whether that is one of this VM's, given later
    than the point `than`, or at all for None. `full`: build on nothing.
    """
    points = tuple(points)
    mine = by_age(one for one in points if one.header is not None and one.header.vm == vm)
    lost = [one.point for one in points if one.header is None]
    last = mine[-1] if mine else None
    if last is None or last.header is None:
        known = any(later(name, None) for name in lost)
        return Base(None, FullReason.FIRST if not known else FullReason.ASKED if full else FullReason.DAMAGED)
    since = 1 + max(one.header.created_ms for one in mine if one.header is not None)
    was = {disk.name: disk.size for disk in last.header.disks}
    resized = tuple(name for name, size in disks if was.get(name, size) != size)
    if full:
        reason = FullReason.ASKED
    elif not last.complete or any(later(name, last.point) for name in lost):
        reason = FullReason.DAMAGED
    elif [disk.name for disk in last.header.disks] != [name for name, _ in disks]:
        reason = FullReason.DISKS_CHANGED
    elif resized:
        reason = FullReason.SIZE_CHANGED
    elif last.sequence >= MAX_POINTS:
        reason = FullReason.LONG_CHAIN
    else:
        return Base(last, since_ms=since)
    return Base(None, reason, resized, since)
