"""However the app ends, the terminal is as it was, and nobody sees a traceback: in a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PATIENCE = 60.0
OTHER_SCREEN, FIRST_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"
CURSOR = b"\x1b[?25h"
READY = b"space"
"""In the footer, which is drawn last."""
FAILING = (
    "import sys\n"
    "from vbtui.ui.screens.walkthrough.walk_keys import WalkKeys\n"
    "def fail(self): raise ZeroDivisionError('on purpose')\n"
    "WalkKeys.action_play = fail\n"
    "from vbtui.cli.entry import main\n"
    "sys.argv = ['vbtui', 'play', 'classroom']\n"
    "main()\n"
)


def ended(code: list[str], state: Path, act: Callable[[int, int], None]) -> tuple[int, bytes]:
    """Exit code of a program and everything that it has written; `act` is done as soon as it has drawn, on its process
    and its terminal. Asserts that the terminal's settings are as before."""
    leader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(terminal)
    environment = {"TERM": "xterm-256color", "PATH": os.environ["PATH"], "HOME": str(state), "LANG": "en_US.UTF-8"}
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, *code],
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, terminal, number) for number in range(3)],
    )
    written, acted, reaped, deadline = b"", False, False, time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            if select.select([leader], [], [], 0.05)[0]:
                written += os.read(leader, 65536)
            if not acted and READY in written:
                acted = True
                act(pid, leader)
            found, status = os.waitpid(pid, os.WNOHANG)
            reaped = found == pid
            if reaped:
                while select.select([leader], [], [], 0)[0]:
                    written += os.read(leader, 65536)
                assert termios.tcgetattr(terminal) == before
                return os.waitstatus_to_exitcode(status), written
        raise AssertionError(written[-2000:])
    finally:
        if not reaped:  # otherwise the number may be somebody else's by now
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(leader)
        os.close(terminal)


def pressing(keys: bytes) -> Callable[[int, int], None]:
    """Somebody types."""

    def act(_: int, leader: int) -> None:
        os.write(leader, keys)

    return act


def assert_restored(written: bytes) -> None:
    assert OTHER_SCREEN in written
    assert written.rindex(FIRST_SCREEN) > written.rindex(OTHER_SCREEN)
    assert CURSOR in written[written.rindex(OTHER_SCREEN) :]
    assert b"Traceback" not in written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_is_told_to_stop_leaves_the_terminal_as_it_was(number: signal.Signals, tmp_path: Path) -> None:
    command = ["-m", "vbtui", "play", "classroom"]
    code, written = ended(command, tmp_path, lambda pid, _: os.kill(pid, number))
    assert code == 130
    assert_restored(written)


def test_a_fault_of_our_own_is_told_in_words_and_written_down(tmp_path: Path) -> None:
    code, written = ended(["-c", FAILING], tmp_path, pressing(b" "))
    assert code == 4
    assert_restored(written)
    last = written[written.rindex(FIRST_SCREEN) :].decode()
    assert "vbtui has failed, which is a fault of its own: ZeroDivisionError: on purpose" in last
    report = tmp_path / ".local" / "state" / "vbtui" / "fault.txt"
    assert str(report) in last
    assert "Traceback (most recent call last)" in report.read_text()


@pytest.mark.parametrize("key", [b"\x03", b"q"], ids=["ctrl-c", "q"])
def test_ctrl_c_and_q_leave_with_zero(key: bytes, tmp_path: Path) -> None:
    code, written = ended(["-m", "vbtui", "play", "classroom"], tmp_path, pressing(key))
    assert code == 0
    assert_restored(written)
