"""Merging, expiring and synthetic fulls: what stays restores as before, whatever goes, wherever it stops."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import vbx_reader
from hypothesis import given
from hypothesis import strategies as st
from restore_chains import read_back, write_point
from restore_points import content_of
from strategies import examples

from vbtui.engine import DamagedBlocks, PointKind, Repository
from vbtui.engine.errors import Cancelled, NothingBuiltOn, UnknownPoint

States = dict[str, dict[str, bytes]]

FOUR: States = {
    "p1": {"d": content_of("abcdr.e"), "x": content_of("12")},
    "p2": {"d": content_of("abQdr.a"), "x": content_of("12")},
    "p3": {"d": content_of("aRQdr.Q"), "x": content_of("3R")},
    "p4": {"d": content_of("aRQdr..")},
}


def four_points(repository: Repository) -> None:
    parent = None
    for point, disks in FOUR.items():
        write_point(repository, point, disks, parent)
        parent = point


def check(repository: Repository, states: States) -> None:
    """Every point that is there restores to its state, by both readers, and its id and root are as before."""
    for one in repository.points():
        assert one.complete, one
        assert read_back(repository, one.point) == states[one.point], one.point
        assert vbx_reader.read_point(repository.path, one.point) == states[one.point]
        assert repository.verify(one.point).ok


def roots(repository: Repository) -> dict[str, bytes]:
    return {one.point: one.content_root for one in repository.points()}


def test_the_oldest_point_is_merged_into_the_next_one_forever_forward(repository: Repository) -> None:
    four_points(repository)
    before = roots(repository)
    for gone, into in (("p1", "p2"), ("p2", "p3"), ("p3", "p4")):
        report = repository.merge(gone)
        assert report.removed == (gone,)
        (merge,) = report.merges
        assert (merge.point, merge.absorbed) == (into, (gone,))
        before.pop(gone)
        assert roots(repository) == before
        assert repository.points()[0].kind is PointKind.SYNTHETIC
        check(repository, FOUR)
    # The last one holds what it needs and nothing else: a, R, Q, d and the block that does not compress.
    assert repository.verify("p4").records == 5


@pytest.mark.parametrize(
    ("going", "left", "merged"),
    [
        (["p2"], ["p1", "p3", "p4"], [("p3", ("p2",))]),
        (["p4"], ["p1", "p2", "p3"], []),
        (["p1", "p2", "p3"], ["p4"], [("p4", ("p3", "p2", "p1"))]),
        (["p1", "p3"], ["p2", "p4"], [("p2", ("p1",)), ("p4", ("p3",))]),
        (["p2", "p3"], ["p1", "p4"], [("p4", ("p3", "p2"))]),
        (["p3", "p4"], ["p1", "p2"], []),
        (["p1", "p2", "p3", "p4"], [], []),
        ([], ["p1", "p2", "p3", "p4"], []),
    ],
)
def test_any_points_may_go(
    repository: Repository, going: list[str], left: list[str], merged: list[tuple[str, tuple[str, ...]]]
) -> None:
    four_points(repository)
    report = repository.expire(going)
    assert [(one.point, one.absorbed) for one in report.merges] == merged
    assert report.removed == tuple(sorted(going, reverse=True))
    assert [one.point for one in repository.points()] == left
    assert not list(repository.path.glob("*.part"))
    check(repository, FOUR)


def test_two_points_that_build_on_one_both_get_its_content(repository: Repository) -> None:
    four_points(repository)
    states = FOUR | {"q2": {"d": content_of("abcdr.X"), "x": content_of("12")}}
    write_point(repository, "q2", states["q2"], "p1")
    report = repository.merge("p1")
    assert [merge.point for merge in report.merges] == ["p2", "q2"]
    check(repository, states)


def test_a_synthetic_full_needs_no_other_point_and_its_children_find_it(repository: Repository) -> None:
    four_points(repository)
    before = roots(repository)
    report = repository.synthetic("p3")
    assert report is not None
    assert report.absorbed == ("p2", "p1")
    assert roots(repository) == before
    with repository.open_chain("p3") as chain:
        assert [point.header.point_id for point in chain.points] == ["p3"]
        assert chain.metadata().job == "p3"
    check(repository, FOUR)
    assert repository.synthetic("p3") is None
    repository.expire(["p1", "p2"])
    check(repository, FOUR)
    assert [one.point for one in repository.points()] == ["p3", "p4"]


def test_what_cannot_be_merged_is_refused(repository: Repository) -> None:
    four_points(repository)
    with pytest.raises(NothingBuiltOn):
        repository.merge("p4")
    with pytest.raises(UnknownPoint):
        repository.merge("p9")
    with pytest.raises(UnknownPoint):
        repository.expire(["p1", "p9"])
    assert len(repository.points()) == 4


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def test_a_damaged_record_that_is_needed_refuses_the_merge_and_one_that_is_not_goes(repository: Repository) -> None:
    four_points(repository)
    with repository.open("p1") as first:
        offsets = {content: first.offset_at(position) for content, position in (("b", 1), ("d", 3))}
    flip(repository.path / "p1.vbx", offsets["d"] + 70)
    before = {path.name: path.read_bytes() for path in repository.path.iterdir()}
    with pytest.raises(DamagedBlocks) as refused:
        repository.merge("p1")
    (block,) = refused.value.blocks
    assert (block.disk, block.block, block.point, block.offset) == ("d", 3, "p1", offsets["d"])
    assert {path.name: path.read_bytes() for path in repository.path.iterdir()} == before
    # From p3 on nobody needs block 1 of the first point.
    flip(repository.path / "p1.vbx", offsets["d"] + 70)
    flip(repository.path / "p1.vbx", offsets["b"] + 70)
    with pytest.raises(DamagedBlocks):
        repository.merge("p1")
    repository.expire(["p1", "p2"])
    check(repository, FOUR)


def test_a_merge_can_be_cancelled(repository: Repository) -> None:
    four_points(repository)
    before = {path.name: path.read_bytes() for path in repository.path.iterdir()}
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        repository.merge("p1", stop=stop)
    assert {path.name: path.read_bytes() for path in repository.path.iterdir()} == before


@dataclass
class Model:
    """What every point restores to, and what it builds on."""

    states: States = field(default_factory=dict)
    made: int = 0


LETTERS = st.text(alphabet="abcr.", min_size=1, max_size=8)
TAILS = st.sampled_from([0, 512, 1024])
DISKS = st.dictionaries(st.sampled_from(["u", "v", "w"]), st.tuples(LETTERS, TAILS), min_size=1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("backup"), DISKS, st.integers(0, 9)),
        st.tuples(st.just("backup"), DISKS, st.integers(0, 9)),
        st.tuples(st.just("expire"), st.sets(st.integers(0, 9), min_size=1, max_size=4), st.just(0)),
        st.tuples(st.just("synthetic"), st.integers(0, 9), st.just(0)),
    ),
    min_size=3,
    max_size=12,
)


@examples(40)
@given(steps=STEPS)
def test_any_history_of_backups_merges_and_synthetic_fulls(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, Any, int]]
) -> None:
    repository = Repository(tmp_path_factory.mktemp("history"))
    model = Model()
    for step, what, which in steps:
        names = sorted(model.states)
        if step == "backup":
            model.made += 1
            point = f"p{model.made:02}"
            disks = {name: content_of(letters, tail) for name, (letters, tail) in what.items()}
            parent = names[which % len(names)] if names and which else None
            write_point(repository, point, disks, parent)
            model.states[point] = disks
        elif step == "expire" and names:
            going = {names[number % len(names)] for number in what}
            repository.expire(going)
            for point in going:
                del model.states[point]
        elif step == "synthetic" and names:
            repository.synthetic(names[what % len(names)])
        assert [one.point for one in repository.points()] == sorted(model.states)
        check(repository, model.states)
