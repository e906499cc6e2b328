"""A process that rescans a repository again and again and dies on the way; see `test_catalogue_processes`.

It is a program of its own because a process with threads, as that of the tests is, must not split itself: what a
thread that is not there any more holds stays locked in the child. For every line on standard input, a number of lines
of code, it splits off a process that rescans and is killed before it runs that line, and says `killed` or `ended`.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from vbtui.engine import Repository
from vbtui.engine.repository.catalogue.rescan import rescan

WATCHED = ("catalogue.py", "database.py")
"""The two files that change a catalogue."""


def rescan_and_die(repository: Repository, stop: int) -> None:
    """Kill -9 at the n-th line of the watched files; returns if the rescan has ended before."""
    left = stop

    def watch(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if event == "line" and frame.f_code.co_filename.endswith(WATCHED):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return watch

    sys.settrace(watch)
    rescan(repository)


def main() -> None:
    repository = Repository(Path(sys.argv[1]))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                rescan_and_die(repository, int(line))
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
