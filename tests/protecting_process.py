"""A process that writes to a disk and protects it until it is killed; see `test_killed_processes`.

For every line on standard input, a number of seconds, it splits off a process that works and kills it after that time.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from protected_disk import SIZE, VM, Protected, content_of

from vbtui.engine.repository.catalogue.rescan import rescan
from vbtui.engine.storage import STORAGE

START = content_of(1, SIZE)
FIRST = 100
KEEP = 4


def write_of(number: int) -> tuple[int, bytes]:
    """The n-th write of the guest."""
    chance = random.Random(number)
    length = 512 * chance.randint(1, 40)
    return 512 * chance.randrange((SIZE - length) // 512), content_of(number, length)


def apply(content: bytes, number: int) -> bytes:
    offset, data = write_of(number)
    return content[:offset] + data + content[offset + len(data) :]


class Journal:
    """Lines in the page cache, which the death of a process does not take away."""

    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_RDWR | os.O_APPEND)
        lines = [json.loads(line) for line in os.pread(self._number, 10**9, 0).splitlines()]
        self.writes = max((line[1] + 1 for line in lines if line[0] == "write"), default=FIRST)
        self.points = sum(line[0] == "backup" for line in lines)
        self.last = lines[-1] if lines else ["nothing"]

    def say(self, *what: str | int) -> None:
        os.write(self._number, (json.dumps(what) + "\n").encode())


def work(folder: Path, journal: Journal) -> None:
    """Until killed."""
    place = Protected(folder, STORAGE)
    writes, points = journal.writes, journal.points
    again = journal.last[0] == "write"
    while True:
        with place.opened() as disk:

            def write() -> None:
                nonlocal writes, again
                if again:  # the one that the last death may have torn
                    writes -= 1
                    again = False
                journal.say("write", writes)
                disk.write(*write_of(writes))
                writes += 1

            for _ in range(3):
                write()
            points += 1
            point = f"p{points:04}"
            journal.say("backup", point)
            how = random.Random(points).randrange(6)
            place.back_up(disk, point, full=how == 0, scan=how == 1, workers=2, meanwhile=write)
            journal.say("finished", point)
        with place.repository.lock(VM):
            known = [one.point for one in place.points()]
            while len(known) > KEEP:
                point = known.pop(random.Random(points).randrange(len(known) - 1))
                journal.say("expire", point)
                place.repository.expire([point])
                journal.say("expired", point)
            if how == 2:
                journal.say("synthetic", known[-1])
                place.repository.synthetic(known[-1])
        if how == 3:
            journal.say("rescan")
            rescan(place.repository)


def main() -> None:
    folder, path = map(Path, sys.argv[1:])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(folder, Journal(path))
        time.sleep(float(line))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else "ended\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
