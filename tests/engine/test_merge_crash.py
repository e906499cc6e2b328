"""A merge or an expiry that dies at any call, also with the power, harms no point; the next one ends it."""

from __future__ import annotations

from pathlib import Path

import pytest
import vbx_reader
from faulty_storage import Fault, FaultyStorage, How, Stopped
from restore_chains import read_back, write_point
from restore_points import content_of

from vbtui.engine import Repository

POINTS = {
    "p1": {"d": content_of("abcdr.e")},
    "p2": {"d": content_of("abQdr.a")},
    "p3": {"d": content_of("aRQdr.Q")},
    "p4": {"d": content_of("aRQdr..")},
}


def points_in(folder: Path) -> Repository:
    repository = Repository(folder)
    parent = None
    for point, disks in POINTS.items():
        write_point(repository, point, disks, parent)
        parent = point
    return repository


def check(repository: Repository) -> set[str]:
    """Every point that is there restores, by both readers."""
    found = repository.points()
    for one in found:
        assert one.complete, one
        assert read_back(repository, one.point) == vbx_reader.read_point(repository.path, one.point)
        assert read_back(repository, one.point) == POINTS[one.point]
    return {one.point for one in found}


@pytest.mark.parametrize("power", [None, 1, 2], ids=lambda seed: "killed" if seed is None else f"power{seed}")
@pytest.mark.parametrize("going", [["p1"], ["p2"], ["p1", "p3"], ["p2", "p3", "p4"]], ids=lambda going: "+".join(going))
def test_wherever_it_stops_every_point_is_whole_and_doing_it_again_ends_it(
    tmp_path: Path, going: list[str], power: int | None
) -> None:
    calls = 0
    while True:
        repository = points_in(tmp_path / f"{calls}")
        side = tmp_path / f"{calls}-side"
        dying = FaultyStorage(side, Fault(calls, How.TORN if calls % 2 == 0 else How.BEFORE))
        done = False
        try:
            Repository(repository.path, storage=dying).expire(going)
            done = True
        except Stopped:
            if power is not None:
                dying.lose_power(power * 1000 + calls)
        finally:
            dying.close()
        left = check(repository)
        assert left >= set(POINTS) - set(going)
        if done:
            assert left == set(POINTS) - set(going)
            assert calls > 3
            return
        repository.expire(left & set(going))
        assert check(repository) == set(POINTS) - set(going)
        calls += 1


@pytest.mark.parametrize("power", [None, 1, 2], ids=lambda seed: "killed" if seed is None else f"power{seed}")
def test_wherever_a_backup_stops_the_points_before_are_whole_and_the_new_one_is_whole_or_absent(
    tmp_path: Path, power: int | None
) -> None:
    calls = 0
    while True:
        repository = Repository(tmp_path / f"{calls}")
        side = tmp_path / f"{calls}-side"
        write_point(repository, "p1", POINTS["p1"])
        dying = FaultyStorage(side, Fault(calls, How.TORN if calls % 2 == 0 else How.BEFORE))
        done = False
        try:
            write_point(Repository(repository.path, storage=dying), "p2", POINTS["p2"], "p1")
            done = True
        except Stopped:
            if power is not None:
                dying.lose_power(power * 1000 + calls)
        finally:
            dying.close()
        left = check(repository)
        assert left in ({"p1"}, {"p1", "p2"})
        if done:
            assert left == {"p1", "p2"}
            return
        if left == {"p1"}:
            write_point(repository, "p2", POINTS["p2"], "p1")
        assert check(repository) == {"p1", "p2"}
        calls += 1
