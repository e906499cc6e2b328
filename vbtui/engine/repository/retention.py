"""Retention: which restore points stay, which go, and how one goes without taking its children along.

Decided here, forever forward: a point that goes is merged into its child, so that the child stands for both; only a
point that nobody builds on is deleted. Between the rules the careful one wins: a point stays if any rule wants it.
Whatever the rules say, these stay as well: the newest whole point of a VM; a point that is not whole (it is no point
to count, and nothing of it may be merged as if it were good) and the one under it; a point that several others build
on, since a merge can go into one of them only.

In: points as listed, a rule, the time. Out: a plan that says for each point what becomes of it and why, and the same
steps performed. `plan` is pure. Never here: a clock; a step that the plan did not show.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.engine.repository.layout import PointHeader
from vbtui.engine.repository.listing import PointInfo

DAY_MS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Retention:
    """Keep the newest `points` of each VM, and those younger than `days` days of 24 hours. At least one of the two."""

    points: int | None = None
    days: int | None = None

    def __post_init__(self) -> None:
        given = [count for count in (self.points, self.days) if count is not None]
        if not given or min(given) < 1:
            raise ValueError("retention")


@dataclass(frozen=True, slots=True)
class Named:
    """Let these points go, and no others. Of a point that is not whole, only one that nobody builds on can go."""

    points: frozenset[str]


class Fate(StrEnum):
    """What becomes of a point."""

    KEEP = "keep"
    MERGE = "merge"
    """Its content goes on in its child, its file is removed."""
    DELETE = "delete"
    """Nobody builds on it: its file is removed."""


class Reason(StrEnum):
    """Why. A point that is kept has all that hold, one that goes has one."""

    NEWEST = "newest"
    WITHIN_POINTS = "within-points"
    WITHIN_DAYS = "within-days"
    NOT_NAMED = "not-named"
    NOT_WHOLE = "not-whole"
    CHILD_NOT_WHOLE = "child-not-whole"
    SEVERAL_CHILDREN = "several-children"
    EXPIRED = "expired"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Decision:
    """One point of a plan. `vm` and `created_ms` are None for a file that does not say; `into` is the child of a merge.

    `bytes` is the size of the point's file.
    """

    point: str
    vm: str | None
    created_ms: int | None
    bytes: int
    fate: Fate
    reasons: tuple[Reason, ...]
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions by VM and age, and those of them that change something in the order in which they are performed."""

    decisions: tuple[Decision, ...]
    steps: tuple[Decision, ...]


def plan(points: Iterable[PointInfo], rule: Retention | Named, now_ms: int) -> Plan:
    """What becomes of every point. `now_ms`: milliseconds since 1970 (UTC); the order of `points` does not matter."""
    by_vm: dict[str, list[tuple[PointInfo, PointHeader]]] = {}
    decisions: list[Decision] = []
    for info in sorted(points, key=lambda one: one.point):
        if info.header is None:
            decisions.append(_unreadable(info, rule))
        else:
            by_vm.setdefault(info.header.vm, []).append((info, info.header))
    steps = [one for one in decisions if one.fate is not Fate.KEEP]
    for vm in sorted(by_vm):
        found = _of_one_vm(by_vm[vm], rule, now_ms)
        decisions += found
        # From the newest down: deltas go into deltas, and the full is written once only, into what is left then.
        steps += [one for one in reversed(found) if one.fate is not Fate.KEEP]
    return Plan(tuple(decisions), tuple(steps))


def _unreadable(info: PointInfo, rule: Retention | Named) -> Decision:
    """A file that does not say whose it is goes only when it is named."""
    if isinstance(rule, Named) and info.point in rule.points:
        return Decision(info.point, None, None, info.file_size, Fate.DELETE, (Reason.NAMED,))
    reason = Reason.NOT_NAMED if isinstance(rule, Named) else Reason.NOT_WHOLE
    return Decision(info.point, None, None, info.file_size, Fate.KEEP, (reason,))


def _of_one_vm(points: Sequence[tuple[PointInfo, PointHeader]], rule: Retention | Named, now_ms: int) -> list[Decision]:
    """The decisions for all points of a VM, oldest first."""
    ordered = _by_age(points)
    wanted = _wanted(ordered, rule, now_ms)
    places = {(header.chain_id, info.point) for info, header in ordered}
    children: dict[tuple[str, str], list[PointInfo]] = {place: [] for place in places}
    for info, header in ordered:
        children.get((header.chain_id, header.parent_id), []).append(info)
    found: list[Decision] = []
    for info, header in reversed(ordered):  # children first: one that goes hands its own child to its parent
        heirs = children[header.chain_id, info.point]
        reasons = wanted[info.point] or _in_the_way(info, heirs)
        into = None
        if reasons:
            fate = Fate.KEEP
        else:
            fate = Fate.MERGE if heirs else Fate.DELETE
            into = heirs[0].point if heirs else None
            reasons = (Reason.NAMED if isinstance(rule, Named) else Reason.EXPIRED,)
            siblings = children.get((header.chain_id, header.parent_id), [])
            if info in siblings:
                siblings[siblings.index(info) : siblings.index(info) + 1] = heirs
        found.append(Decision(info.point, header.vm, header.created_ms, info.file_size, fate, reasons, into))
    return found[::-1]


def _by_age(points: Sequence[tuple[PointInfo, PointHeader]]) -> list[tuple[PointInfo, PointHeader]]:
    """Oldest first; a child never before its parent, whatever the clock said when it was made."""
    moments: dict[tuple[str, str], int] = {}
    for info, header in sorted(points, key=lambda one: (one[1].sequence, one[0].point)):
        parents = moments.get((header.chain_id, header.parent_id), header.created_ms)
        moments[header.chain_id, info.point] = max(header.created_ms, parents)
    return sorted(points, key=lambda one: (moments[one[1].chain_id, one[0].point], one[1].sequence, one[0].point))


def _wanted(
    ordered: Sequence[tuple[PointInfo, PointHeader]], rule: Retention | Named, now_ms: int
) -> dict[str, tuple[Reason, ...]]:
    """Why each point stays for its own sake; empty for one that the rule lets go."""
    whole = [info.point for info, _ in ordered if info.complete]
    counted = whole[-rule.points :] if isinstance(rule, Retention) and rule.points is not None else []
    # A point whose clock was ahead is as young as one can be.
    young = rule.days * DAY_MS if isinstance(rule, Retention) and rule.days is not None else -math.inf
    found = {}
    for info, header in ordered:
        reasons = (
            (Reason.NEWEST, info.point in whole[-1:]),
            (Reason.WITHIN_POINTS, info.point in counted),
            (Reason.WITHIN_DAYS, info.complete and now_ms - header.created_ms < young),
            (Reason.NOT_WHOLE, isinstance(rule, Retention) and not info.complete),
            (Reason.NOT_NAMED, isinstance(rule, Named) and info.point not in rule.points),
        )
        found[info.point] = tuple(reason for reason, holds in reasons if holds)
    return found


def _in_the_way(info: PointInfo, heirs: Sequence[PointInfo]) -> tuple[Reason, ...]:
    """Why a point that may go can not; empty where it can."""
    reasons = (
        (Reason.SEVERAL_CHILDREN, len(heirs) > 1),
        (Reason.CHILD_NOT_WHOLE, len(heirs) == 1 and not heirs[0].complete),
        (Reason.NOT_WHOLE, bool(heirs) and not info.complete),
    )
    return tuple(reason for reason, holds in reasons if holds)
