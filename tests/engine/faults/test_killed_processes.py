"""A process that protects a disk again and again is killed at any moment, as `kill -9` does it: nothing is lost.

One program (`protecting_process`) is started once and splits off the one that works and dies. It writes down what it is
about to do before it does it, so that it can be told afterwards what must be there.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import protecting_process
import pytest
from patience import PATIENCE, bounded
from protected_disk import VM, Model, Protected, content_of, read_all
from protecting_process import FIRST, START, apply

KILLS = 200 if os.environ.get("VBTUI_LONG_TESTS") else 20
LONGEST = 0.12
"""Seconds of life: several runs on a machine that has nothing else to do."""


def test_after_every_kill_all_finished_points_restore_and_the_next_run_succeeds(
    tmp_path: Path, tell: Callable[[str, object], None]
) -> None:
    chance = random.Random(9)
    place = Protected(tmp_path / "work")
    place.folder.mkdir()
    place.make(START)
    journal = tmp_path / "journal"
    journal.touch()
    killed_in: dict[str, int] = {}
    program = protecting_process.__file__
    with subprocess.Popen(
        [sys.executable, program, place.folder, journal], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as starter:  # fmt: skip
        assert starter.stdin is not None and starter.stdout is not None
        for _ in range(KILLS):
            starter.stdin.write(f"{chance.uniform(0, LONGEST)}\n")
            starter.stdin.flush()
            with bounded(starter):
                assert starter.stdout.readline() == "killed\n", "it ended by itself"
            doing = look(place, [json.loads(line) for line in journal.read_text().splitlines()])
            killed_in[doing] = killed_in.get(doing, 0) + 1
        starter.stdin.close()
        assert starter.wait(PATIENCE) == 0
    assert place.repository.health_check(VM).ok
    tell("kill -9, by what was going on", killed_in)


def look(place: Protected, said: list[list[str | int]]) -> str:
    """What must be true after a kill; what it met."""
    model, expected, may_lack = Model(START), dict[str, bytes](), set[str]()
    doing, last = "nothing", -1
    for what, *rest in said:
        doing = str(what)
        if what == "write":  # the next thing said means that it was done, unless it is the same write once more
            number = int(rest[0])
            if number != last:
                model.before = [model.content]
            model.content, last = apply(model.content, number), number
        elif what == "backup":
            (point,) = map(str, rest)
            expected[point] = model.content
            may_lack.add(point)
        elif what == "finished":
            may_lack.discard(str(rest[0]))
        elif what == "expire":
            may_lack.add(str(rest[0]))
        elif what == "expired":
            del expected[str(rest[0])]
            may_lack.discard(str(rest[0]))
    # Only the write that was in flight may be there in part, or not at all.
    in_flight = doing == "write"
    left = place.check(expected, may_lack=may_lack)
    with place.repository.lock(VM), place.opened() as disk:
        assert disk.leftover == ()
        assert model.allows(read_all(disk), power=in_flight)
    for point in left:
        assert place.repository.verify(point).ok
    return doing


def test_a_write_that_two_deaths_in_a_row_have_met_may_still_be_missing(tmp_path: Path) -> None:
    """The test itself: it is said again before it is done again, so the disk may be as before the first attempt."""
    place = Protected(tmp_path / "work")
    place.folder.mkdir()
    place.make(START)
    assert look(place, [["write", FIRST], ["write", FIRST]]) == "write"
    with pytest.raises(AssertionError):
        look(place, [["write", FIRST], ["write", FIRST + 1]])


def test_the_journal_s_writes_are_different(tmp_path: Path) -> None:
    """The test itself: a write that is missed would be noticed."""
    states = [START]
    for number in range(FIRST, FIRST + 50):
        states.append(apply(states[-1], number))
    assert len(set(states)) == len(states)
    assert content_of(1, 10) != content_of(2, 10) and not list(tmp_path.iterdir())
