"""Retention: which restore points stay, which go, and how one goes without taking its children along.

Decided here, forever forward: a point that goes is merged into what builds on it, so that this stands for both; only
a point that nobody builds on is deleted. Between the rules the careful one wins: a point stays if any rule wants it.
Whatever the rules say, these stay as well: the newest whole point of a VM; a point that is not whole (it is no point
to count, and nothing of it may be merged as if it were good) and the one under it.

In: points as listed, a rule, the time. Out: a plan that says for each point what becomes of it and why, and the same
steps performed. `plan` is pure. Never here: a clock; a step that the plan did not show; how a merge is done (`merge`).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.engine.repository.layout import PointHeader
from vbtui.engine.repository.listing import PointInfo, by_age
from vbtui.engine.repository.merge import ExpireReport
from vbtui.engine.repository.records import OnProgress
from vbtui.engine.repository.repository import Repository

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
    """Its content goes on in what builds on it, its file is removed."""
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
    EXPIRED = "expired"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Decision:
    """One point of a plan. `vm` and `created_ms` are None for a file that does not say; `bytes` is the file's size.

    `into`: the points that will hold the content of a merged one, in order; of those that go too, none.
    """

    point: str
    vm: str | None
    created_ms: int | None
    bytes: int
    fate: Fate
    reasons: tuple[Reason, ...]
    into: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions by VM and age, and those of them that change something, in the order in which points are removed."""

    decisions: tuple[Decision, ...]
    steps: tuple[Decision, ...]


def plan(points: Iterable[PointInfo], rule: Retention | Named, now_ms: int) -> Plan:
    """What becomes of every point. `now_ms`: milliseconds since 1970 (UTC); the order of `points` does not matter."""
    by_vm: dict[str, list[PointInfo]] = {}
    decisions: list[Decision] = []
    for info in sorted(points, key=lambda one: one.point):
        if info.header is None:
            decisions.append(_unreadable(info, rule))
        else:
            by_vm.setdefault(info.header.vm, []).append(info)
    steps = [one for one in decisions if one.fate is not Fate.KEEP]
    for vm in sorted(by_vm):
        found = _of_one_vm(by_vm[vm], rule, now_ms)
        decisions += found
        # From the newest down, as they are removed: whenever that stops, what is left can be restored.
        steps += [one for one in reversed(found) if one.fate is not Fate.KEEP]
    return Plan(tuple(decisions), tuple(steps))


def apply(
    repository: Repository,
    vm: str | None,
    rule: Retention | Named,
    now_ms: int,
    *,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> tuple[Plan, ExpireReport]:
    """Plan for the points of one VM, or for those that say of none, and do it. The caller holds the VM's lock.

    A point that is named and not there is left out: it has gone already. Raises what `Repository.expire` raises.
    """
    ours = [one for one in repository.points() if (one.header.vm if one.header else None) == vm]
    found = plan(ours, rule, now_ms)
    going = [one.point for one in found.steps]
    return found, repository.expire(going, on_progress=on_progress, stop=stop) if going else ExpireReport((), ())


# inside


def _unreadable(info: PointInfo, rule: Retention | Named) -> Decision:
    """A file that does not say whose it is goes only when it is named."""
    if isinstance(rule, Named) and info.point in rule.points:
        return Decision(info.point, None, None, info.file_size, Fate.DELETE, (Reason.NAMED,))
    reason = Reason.NOT_NAMED if isinstance(rule, Named) else Reason.NOT_WHOLE
    return Decision(info.point, None, None, info.file_size, Fate.KEEP, (reason,))


def _of_one_vm(points: Sequence[PointInfo], rule: Retention | Named, now_ms: int) -> list[Decision]:
    """The decisions for all points of a VM, oldest first."""
    ordered = [(info, info.header) for info in by_age(points) if info.header is not None]
    wanted = _wanted(ordered, rule, now_ms)
    places = {(header.chain_id, info.point) for info, header in ordered}
    children: dict[tuple[str, str], list[PointInfo]] = {place: [] for place in places}
    for info, header in ordered:
        children.get((header.chain_id, header.parent_id), []).append(info)
    found: list[Decision] = []
    for info, header in reversed(ordered):  # children first: one that goes hands its own to its parent
        heirs = children[header.chain_id, info.point]
        fate, reasons = Fate.KEEP, wanted[info.point] or _in_the_way(info, heirs)
        if not reasons:
            fate = Fate.MERGE if heirs else Fate.DELETE
            reasons = (Reason.NAMED if isinstance(rule, Named) else Reason.EXPIRED,)
            siblings = children.get((header.chain_id, header.parent_id), [])
            if info in siblings:
                siblings[siblings.index(info) : siblings.index(info) + 1] = heirs
        into = tuple(heir.point for heir in heirs) if fate is Fate.MERGE else ()
        found.append(Decision(info.point, header.vm, header.created_ms, info.file_size, fate, reasons, into))
    return found[::-1]


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
        (Reason.CHILD_NOT_WHOLE, not all(heir.complete for heir in heirs)),
        (Reason.NOT_WHOLE, bool(heirs) and not info.complete),
    )
    return tuple(reason for reason, holds in reasons if holds)
