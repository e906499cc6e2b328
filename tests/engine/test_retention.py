"""Retention performed: what stays restores to the same bytes, and nothing but the plan happens."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import joined
from restore_chains import read_back, write_point
from restore_points import BLOCK, content_of
from strategies import examples

from vbtui.engine import Repository
from vbtui.engine.errors import RepositoryBusy
from vbtui.engine.repository import DamagedBlocks
from vbtui.engine.repository.merge import ExpireReport
from vbtui.engine.repository.retention import DAY_MS, Fate, Named, Retention, apply, plan

LETTERS = st.text("ab.cr", min_size=6, max_size=6)


def chain(repository: Repository, contents: list[str], vm: str = "vm") -> dict[str, dict[str, bytes]]:
    """A point a day with these contents; what each must restore to."""
    found: dict[str, dict[str, bytes]] = {}
    parent = None
    for day, letters in enumerate(contents):
        point = f"{vm}-{day:04}"
        found[point] = {"disk": content_of(letters)}
        write_point(repository, point, found[point], parent, vm=vm, created_ms=day * DAY_MS)
        parent = point
    return found


@examples(40)
@given(
    st.lists(LETTERS, min_size=1, max_size=6),
    st.one_of(
        st.builds(Retention, st.integers(1, 6), st.none() | st.integers(1, 6)),
        st.builds(Retention, st.none(), st.integers(1, 6)),
        st.builds(Named, st.frozensets(st.sampled_from([f"vm-{day:04}" for day in range(6)]))),
    ),
)
def test_what_stays_restores_to_the_same_bytes_and_the_newest_stays(
    contents: list[str], rule: Retention | Named
) -> None:
    with TemporaryDirectory() as folder:
        repository = Repository(Path(folder))
        expected = chain(repository, contents)
        now = (len(contents) - 1) * DAY_MS
        decided, report = apply(repository, "vm", rule, now)
        left = [info.point for info in repository.points()]
        assert left == [one.point for one in decided.decisions if one.fate is Fate.KEEP]
        assert f"vm-{len(contents) - 1:04}" in left
        assert sorted(report.removed) == sorted(expected.keys() - set(left))
        for info in repository.points():
            assert info.complete
            assert read_back(repository, info.point) == expected[info.point]
        if isinstance(rule, Retention):
            assert apply(repository, "vm", rule, now)[1] == ExpireReport((), ())


@examples(15)
@given(st.lists(LETTERS, min_size=4, max_size=4), st.permutations(["vm-0000", "vm-0001", "vm-0002"]))
def test_the_order_in_which_points_go_does_not_matter(contents: list[str], order: list[str]) -> None:
    with TemporaryDirectory() as folder:
        one_by_one, at_once = Repository(Path(folder) / "one"), Repository(Path(folder) / "all")
        for repository in (one_by_one, at_once):
            expected = chain(repository, contents)
        for point in order:
            apply(one_by_one, "vm", Named(frozenset({point})), 0)
        apply(at_once, "vm", Named(frozenset(order)), 0)
        for repository in (one_by_one, at_once):
            (info,) = repository.points()
            assert read_back(repository, info.point) == expected["vm-0003"]
            assert repository.verify(info.point).ok


def test_another_vm_is_left_alone_and_files_that_say_nothing_go_by_name_only(repository: Repository) -> None:
    chain(repository, ["aaaaaa", "bbbbbb"], "one")
    chain(repository, ["aaaaaa", "bbbbbb"], "two")
    (repository.path / "odd.vbx").write_bytes(b"x" * 9000)
    apply(repository, "one", Retention(points=1), 0)
    apply(repository, None, Retention(points=1), 0)
    assert [info.point for info in repository.points()] == ["odd", "one-0001", "two-0000", "two-0001"]
    apply(repository, None, Named(frozenset({"odd", "two-0000"})), 0)
    assert [info.point for info in repository.points()] == ["one-0001", "two-0000", "two-0001"]


def test_a_damaged_block_that_is_needed_stops_it_with_everything_still_there(repository: Repository) -> None:
    chain(repository, ["abcrab", "abcrab"])
    path = repository.path / "vm-0000.vbx"
    with path.open("r+b") as file:
        file.seek(4096 + 64 + 2)  # in the first record's payload
        found = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([found[0] ^ 1]))
    before = {one.name: one.read_bytes() for one in repository.path.glob("*.vbx")}
    with pytest.raises(DamagedBlocks):
        apply(repository, "vm", Retention(points=1), 0)
    assert {one.name: one.read_bytes() for one in repository.path.glob("*.vbx")} == before


def test_a_reader_that_was_there_first_reads_on_through_a_merge(repository: Repository) -> None:
    """Files are replaced and removed by name only: whoever has them open loses nothing."""
    expected = chain(repository, ["abcrab", "bbcrab", "crrabb"])
    with repository.open_chain("vm-0002") as reader, repository.open_chain("vm-0000") as first:
        apply(repository, "vm", Retention(points=1), 0)
        assert [info.point for info in repository.points()] == ["vm-0002"]
        for opened, point in ((reader, "vm-0002"), (first, "vm-0000")):
            blocks = (opened.read_block(0, block) for block in range(opened.blocks(0)))
            plain = b"".join(bytes(BLOCK) if block is None else bytes(block) for block in blocks)
            assert plain == expected[point]["disk"]
    assert read_back(repository, "vm-0002") == expected["vm-0002"]


def test_many_readers_and_one_merge_at_a_time(repository: Repository) -> None:
    """Readers take no lock: each opens the chain as it is, or finds it changed, but never reads a wrong byte."""
    expected = chain(repository, ["abcrab", "bbcrab", "crrabb", "aacbrr", "rabcba"])
    newest = expected["vm-0004"]
    done = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not done.is_set():
            found = read_back(repository, "vm-0004")
            if found != newest:
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for keep in (4, 3, 2, 1):
            with repository.lock("vm"):
                apply(repository, "vm", Retention(points=keep), 0)
                with pytest.raises(RepositoryBusy), repository.lock("vm"):
                    pass
    finally:
        done.set()
        joined(readers)
    assert wrong == []
    assert plan(repository.points(), Retention(points=1), 0).steps == ()
