"""Listing a repository: which restore points there are, and which of them can be restored with what is there.

Decided here: what is listed (files with the right suffix; one that does not hold is listed as damaged, a part file is
never listed), and what state a point is in, from its own file and from its ancestors'. Frames and indexes are read, no
block: that is what verification is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from vbtui.engine.block import NO_DIGEST
from vbtui.engine.errors import HashUnavailable
from vbtui.engine.repository.chain import MAX_POINTS, link_fault
from vbtui.engine.repository.damage import ChainFault, Damage, DamagedPoint
from vbtui.engine.repository.layout import SUFFIX, PointHeader, PointKind
from vbtui.engine.repository.point import Point

POINT_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}")
"""Which ids may become file names."""


class PointState(StrEnum):
    """Whether a point can be restored, as far as its chain's frames and indexes tell."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    """Its own file."""
    PARENT_MISSING = "parent-missing"
    """The parent, or an ancestor's parent, is not there; `PointInfo.broken_at` names whose."""
    PARENT_WRONG = "parent-wrong"
    PARENT_DAMAGED = "parent-damaged"
    LOOP = "loop"


_STATES: Final[Mapping[ChainFault, PointState]] = {
    ChainFault.MISSING: PointState.PARENT_MISSING,
    ChainFault.WRONG: PointState.PARENT_WRONG,
    ChainFault.DAMAGED: PointState.PARENT_DAMAGED,
    ChainFault.LOOP: PointState.LOOP,
}


@dataclass(frozen=True, slots=True)
class PointInfo:
    """A restore point as listed. `header` is None when the file does not say what it is; names are a stranger's."""

    point: str
    """Its id, under which `open_chain`, `verify` and `restore` find it."""
    path: Path
    file_size: int
    header: PointHeader | None
    damage: tuple[Damage, ...]
    """Of its own file; empty for one whose structure is whole. Its blocks are checked by `verify`."""
    content_root: bytes = NO_DIGEST
    """What the point restores to; zeros where nobody knows."""
    state: PointState = PointState.WHOLE
    broken_at: str = ""
    """The id of the point of its chain whose parent cannot be used; empty unless the state says so."""

    @property
    def complete(self) -> bool:
        """Whether it can be restored with what is there."""
        return self.state is PointState.WHOLE

    @property
    def kind(self) -> PointKind | None:
        return self.header.kind if self.header else None

    @property
    def sequence(self) -> int:
        """Its place in the chain; 0 where nobody knows."""
        return self.header.sequence if self.header else 0

    @property
    def parent(self) -> str | None:
        """The id of its parent; None for a full."""
        return (self.header.parent_id or None) if self.header else None

    @property
    def chain(self) -> str | None:
        """The id of its chain."""
        return self.header.chain_id if self.header else None


def list_points(folder: Path) -> tuple[PointInfo, ...]:
    """All restore points of a folder, by id. Raises OSError."""
    found: list[PointInfo] = []
    for path in sorted(folder.iterdir()):
        name = path.name.removesuffix(SUFFIX)
        if name != path.name and POINT_NAME.fullmatch(name) and not path.is_symlink() and path.is_file():
            found.append(_look(name, path))
    return with_states(found)


def with_states(points: Iterable[PointInfo]) -> tuple[PointInfo, ...]:
    """The same points, in the same order, each with the state that follows from all of them."""
    points = tuple(points)
    known = {one.point: one for one in points}
    depths: dict[str, int] = {}
    # A parent's place is before its child's, or the link between them is refused: so parents are judged first.
    for one in sorted(points, key=lambda info: (info.sequence, info.point)):
        state, broken_at, depth = _judge(one, known, depths)
        known[one.point] = replace(one, state=state, broken_at=broken_at)
        depths[one.point] = depth
    return tuple(known[one.point] for one in points)


def newest_whole(points: Iterable[PointInfo], vm: str) -> PointInfo | None:
    """The newest restore point of a VM that can be restored with what is there: what the next increment builds on."""
    ours = by_age(one for one in points if one.header is not None and one.header.vm == vm)
    return next((one for one in reversed(ours) if one.complete), None)


def by_age(points: Iterable[PointInfo]) -> tuple[PointInfo, ...]:
    """The points that say what they are, the oldest first.

    A child never comes before its parent, whatever the clock said when it was made: one that was set back would else
    let the next point build on an older one, and retention let go of the newest.
    """
    points = tuple(points)
    ages: dict[tuple[str, str], tuple[int, int, str]] = {}
    for one in sorted(points, key=lambda info: (info.sequence, info.point)):
        if one.header is not None:
            above = ages.get((one.header.chain_id, one.header.parent_id), (0, 0, ""))
            moment = max(one.header.created_ms, above[0])
            ages[one.header.chain_id, one.point] = (moment, one.sequence, one.point)
    found = [(ages[one.chain or "", one.point], one) for one in points if one.header is not None]
    return tuple(one for _, one in sorted(found, key=lambda pair: pair[0]))


# inside


def _judge(one: PointInfo, known: Mapping[str, PointInfo], depths: Mapping[str, int]) -> tuple[PointState, str, int]:
    if one.header is None or one.damage:
        return PointState.DAMAGED, "", 1
    if one.header.kind.complete:
        return PointState.WHOLE, "", 1
    parent = known.get(one.header.parent_id)
    if parent is None:
        return PointState.PARENT_MISSING, one.point, 1
    # Its description is all that a child does not need.
    if parent.header is None or set(parent.damage) - {Damage.METADATA}:
        return PointState.PARENT_DAMAGED, one.point, 1
    fault = link_fault(one.header, parent.header, parent.content_root)
    depth = 1 + depths.get(parent.point, MAX_POINTS)
    if fault is None and depth > MAX_POINTS:
        fault = ChainFault.LOOP
    if fault is not None:
        return _STATES[fault], one.point, depth
    if parent.state is PointState.DAMAGED:  # only its description is: whether it can be restored is for its own parent
        state, broken_at, _ = _judge(replace(parent, damage=()), known, depths)
        return state, broken_at, depth
    return parent.state, parent.broken_at, depth


def _look(name: str, path: Path) -> PointInfo:
    size = path.stat().st_size
    try:
        with Point(path) as point:
            damage = point.damage
            if point.header.point_id != name:
                damage = (Damage.NAME, *damage)
            return PointInfo(name, path, size, point.header, damage, point.footer.content_root)
    except DamagedPoint as error:
        return PointInfo(name, path, size, None, (error.part,))
    except HashUnavailable:
        return PointInfo(name, path, size, None, (Damage.HEADER,))
