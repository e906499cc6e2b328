"""What retention decides, as tables and properties; nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.engine import DiskInfo, HashAlgorithm, PointInfo
from vbtui.engine.repository import Damage, PointHeader, PointKind
from vbtui.engine.repository.listing import PointState, newest_whole
from vbtui.engine.repository.retention import DAY_MS, Decision, Fate, Named, Reason, Retention, plan
from vbtui.vocabulary import KiB

NOW = 100 * DAY_MS
ORDER = "abcdefghijklmnop"


def point(
    name: str,
    *,
    age: float = 0,
    parent: str = "",
    sequence: int = 0,
    chain: str = "c",
    vm: str = "vm",
    whole: bool = True,
) -> PointInfo:
    """A listed point, `age` days old. Its place in the chain is its letter's, unless told otherwise."""
    state = PointState.WHOLE if whole else PointState.DAMAGED
    header = PointHeader(
        name, chain, vm, (DiskInfo("disk", 4 * KiB),), NOW - round(age * DAY_MS), HashAlgorithm.SHA256, 4 * KiB,
        PointKind.INCREMENTAL if parent else PointKind.FULL, sequence or ORDER.index(name[0]) + 1, parent,
    )  # fmt: skip
    return PointInfo(name, Path(f"{name}.vbx"), 10, header, () if whole else (Damage.INDEX,), state=state)


def daily(count: int) -> list[PointInfo]:
    """A chain with one point a day, the newest of now: a full and what builds on it."""
    return [
        point(ORDER[number], age=count - 1 - number, parent=ORDER[number - 1] if number else "")
        for number in range(count)
    ]


def told(decisions: tuple[Decision, ...]) -> str:
    """`a>c` merged into c, `b-` deleted, `c` kept."""
    ends = {Fate.KEEP: "", Fate.DELETE: "-", Fate.MERGE: ">"}
    return " ".join(f"{one.point}{ends[one.fate]}{','.join(one.into)}" for one in decisions)


@pytest.mark.parametrize(
    ("rule", "decided", "steps"),
    [
        (Retention(points=7), "a b c d e", ""),
        (Retention(points=5), "a b c d e", ""),
        (Retention(points=3), "a>c b>c c d e", "b>c a>c"),
        (Retention(points=1), "a>e b>e c>e d>e e", "d>e c>e b>e a>e"),
        (Retention(days=2), "a>d b>d c>d d e", "c>d b>d a>d"),
        (Retention(days=3), "a>c b>c c d e", "b>c a>c"),
        (Retention(points=4, days=2), "a>b b c d e", "a>b"),
        (Retention(points=2, days=4), "a>b b c d e", "a>b"),
        (Named(frozenset("c")), "a b c>d d e", "c>d"),
        (Named(frozenset("abd")), "a>c b>c c d>e e", "d>e b>c a>c"),
        (Named(frozenset("e")), "a b c d e", ""),
    ],
)
def test_a_chain_of_five_days(rule: Retention | Named, decided: str, steps: str) -> None:
    found = plan(daily(5), rule, NOW)
    assert told(found.decisions) == decided
    assert told(found.steps) == steps


def test_every_point_has_its_reasons() -> None:
    found = plan(daily(3), Retention(points=2, days=1), NOW)
    assert [(one.point, one.reasons) for one in found.decisions] == [
        ("a", (Reason.EXPIRED,)),
        ("b", (Reason.WITHIN_POINTS,)),
        ("c", (Reason.NEWEST, Reason.WITHIN_POINTS, Reason.WITHIN_DAYS)),
    ]


def test_an_old_chain_goes_from_its_end_and_the_new_one_stays() -> None:
    old = [point("a", age=9), point("b", age=8, parent="a"), point("c", age=7, parent="b")]
    new = [point("x", age=1, chain="n", sequence=1), point("y", parent="x", chain="n", sequence=2)]
    found = plan([*old, *new], Retention(points=2), NOW)
    assert told(found.decisions) == "a- b- c- x y"
    assert told(found.steps) == "c- b- a-"  # killed in between, what is left is a chain
    assert told(plan([*old, *new], Retention(points=3), NOW).decisions) == "a>c b>c c x y"


def test_what_is_not_whole_is_neither_counted_nor_touched() -> None:
    points = [
        point("a", age=4),
        point("b", age=3, parent="a"),
        point("c", age=2, parent="b", whole=False),
        point("d", age=1, parent="a", sequence=2, chain="n", whole=False),
    ]
    found = plan(points, Retention(points=1), NOW)
    assert [(one.point, one.fate, one.reasons) for one in found.decisions] == [
        ("a", Fate.MERGE, (Reason.EXPIRED,)),
        ("b", Fate.KEEP, (Reason.NEWEST, Reason.WITHIN_POINTS)),
        ("c", Fate.KEEP, (Reason.NOT_WHOLE,)),
        ("d", Fate.KEEP, (Reason.NOT_WHOLE,)),
    ]


def test_the_parent_of_a_damaged_point_stays_for_the_sake_of_its_child() -> None:
    points = [point("a", age=4), point("b", age=3, parent="a", whole=False), point("x", chain="n", sequence=1)]
    found = plan(points, Retention(points=1), NOW)
    assert [(one.point, one.reasons) for one in found.decisions if one.fate is Fate.KEEP] == [
        ("a", (Reason.CHILD_NOT_WHOLE,)),
        ("b", (Reason.NOT_WHOLE,)),
        ("x", (Reason.NEWEST, Reason.WITHIN_POINTS)),
    ]


def test_a_point_that_several_build_on_goes_into_all_of_them() -> None:
    points = [point("a", age=4), point("b", age=3, parent="a"), point("c", age=2, parent="a"), point("d", parent="b")]
    assert told(plan(points, Retention(points=3), NOW).decisions) == "a>b,c b c d"
    assert told(plan(points, Retention(points=2), NOW).decisions) == "a>d,c b>d c d"
    assert told(plan(points, Retention(points=1), NOW).decisions) == "a>d b>d c- d"


def test_a_damaged_point_goes_when_it_is_named_and_nobody_builds_on_it() -> None:
    unreadable = PointInfo("z", Path("z.vbx"), 7, None, (Damage.HEADER,), state=PointState.DAMAGED)
    points = [point("a", age=2), point("b", age=1, parent="a", whole=False), unreadable]
    assert told(plan(points, Named(frozenset("bz")), NOW).decisions) == "z- a b-"
    assert told(plan(points, Retention(points=1), NOW).decisions) == "z a b"
    over = [*points, point("c", parent="b", whole=False)]
    assert told(plan(over, Named(frozenset("b")), NOW).decisions) == "z a b c"


def test_the_newest_is_the_end_of_the_chain_whatever_its_clock_said() -> None:
    points = [point("a", age=1), point("b", age=5, parent="a")]
    assert told(plan(points, Retention(points=1), NOW).decisions) == "a>b b"
    assert newest_whole(points, "vm") == points[1]  # what the next run builds on


@pytest.mark.parametrize(("points", "days"), [(None, None), (0, None), (None, 0), (3, -1)])
def test_a_rule_that_would_keep_nothing_is_none(points: int | None, days: int | None) -> None:
    with pytest.raises(ValueError, match="retention"):
        Retention(points, days)


@dataclass(frozen=True)
class Case:
    points: list[PointInfo]
    rule: Retention | Named


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Points of two VMs in up to three chains each, some not whole, some branching, clocks as they please."""
    points: list[PointInfo] = []
    for number in range(draw(st.integers(0, 12))):
        name = f"{draw(st.sampled_from(ORDER))}{number}"
        parents = [one for one in points if one.header is not None]
        parent = draw(st.sampled_from([None, *parents]))
        age, whole = draw(st.integers(-2, 9)), draw(st.integers(0, 5)) > 0
        if parent is None or parent.header is None:
            vm = draw(st.sampled_from(("one", "two")))
            points.append(point(name, age=age, sequence=1, chain=name, vm=vm, whole=whole))
        else:
            over = parent.header
            points.append(
                point(
                    name,
                    age=age,
                    parent=parent.point,
                    sequence=over.sequence + 1,
                    chain=over.chain_id,
                    vm=over.vm,
                    whole=whole and parent.complete,
                )
            )
    counts = st.none() | st.integers(1, 6)
    kept, days = draw(counts), draw(counts)
    named = Named(frozenset(draw(st.sets(st.sampled_from([one.point for one in points])))) if points else frozenset())
    return Case(points, named if kept is None and days is None else Retention(kept, days))


def performed(case: Case) -> list[PointInfo]:
    """The points after the plan, by an obvious model: each step in turn changes a list."""
    left = {one.point: one for one in case.points}
    for step in plan(case.points, case.rule, NOW).steps:
        gone = left.pop(step.point)
        children = [one for one in left.values() if one.header and one.header.parent_id == gone.point]
        assert sorted(one.point for one in children) == sorted(step.into)
        for child in children:
            assert gone.header is not None
            assert child.header is not None
            assert gone.complete
            assert child.complete
            left[child.point] = point(
                child.point,
                age=(NOW - child.header.created_ms) / DAY_MS,
                parent=gone.header.parent_id,
                sequence=child.header.sequence,
                chain=child.header.chain_id,
                vm=child.header.vm,
            )
    return list(left.values())


def clock_ran_backwards(points: list[PointInfo]) -> bool:
    moments = {one.point: one.header.created_ms for one in points if one.header}
    return any(one.header and moments[one.point] < moments.get(one.header.parent_id, 0) for one in points)


@examples(300)
@given(cases(), st.randoms())
def test_no_child_loses_its_parent_and_a_second_time_changes_nothing(case: Case, shuffle: Random) -> None:
    before = {one.point for one in case.points}
    after = performed(case)
    names = {one.point for one in after}
    for one in after:
        assert one.header is not None
        assert not one.header.parent_id or one.header.parent_id in names
    for vm in ("one", "two"):
        newest = newest_whole(case.points, vm)
        assert newest is None or newest.point in names
    assert names <= before
    # A clock that ran backwards is forgotten with the point that showed it.
    if isinstance(case.rule, Retention) and not clock_ran_backwards(case.points):
        assert plan(after, case.rule, NOW).steps == ()
    mixed = list(case.points)
    shuffle.shuffle(mixed)
    assert plan(mixed, case.rule, NOW) == plan(case.points, case.rule, NOW)
