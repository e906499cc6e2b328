"""A real terminal for tests: tmux, with a server of the test's own, driven by keys and read as text.

Only what is on the screen is looked at; waiting is for a text, never for a time. The server and its program are gone
when the test is over.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 30.0
"""Seconds to wait for a text at most: these machines are slow at times."""
LOOK = 0.05


class Terminal:
    """One tmux window of a fixed size with one program in it."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def tmux(self, *arguments: str) -> str:
        """What a tmux command prints. Raises CalledProcessError."""
        command = ["tmux", "-S", str(self._socket), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout

    def press(self, *keys: str) -> None:
        """Keys by tmux's names: `Right`, `F2`, `q`."""
        self.tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def click(self, column: int, row: int) -> None:
        """A click as an SGR mouse report, the form that terminals send; cells are counted from 1."""
        self.tmux("send-keys", "-l", f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")

    def resize(self, columns: int, rows: int) -> None:
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def lines(self) -> list[str]:
        return self.tmux("capture-pane", "-p").split("\n")

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines()).rstrip("\n")

    def raw(self) -> str:
        """The screen with its escape sequences."""
        return self.tmux("capture-pane", "-p", "-e")

    def wait_for(self, *patterns: str) -> str:
        """The screen as soon as it has every one of these regular expressions."""
        return self._wait(lambda text: all(re.search(one, text, re.MULTILINE) for one in patterns), patterns)

    def wait_gone(self, pattern: str) -> str:
        """The screen as soon as it has that no more."""
        return self._wait(lambda text: re.search(pattern, text) is None, [f"no {pattern}"])

    def _wait(self, right: Callable[[str], bool], wanted: Sequence[str]) -> str:
        end = time.monotonic() + PATIENCE
        while True:
            text = self.text()
            if right(text):
                return text
            if time.monotonic() > end:
                raise AssertionError(f"not seen in {PATIENCE:.0f} s: {' · '.join(wanted)}\n{text}")
            time.sleep(LOOK)


@contextmanager
def terminal(
    command: Sequence[str], folder: Path, *, size: tuple[int, int], environment: Mapping[str, str]
) -> Iterator[Terminal]:
    """A terminal in which `command` has been started by a shell, so that what is left of the screen can be seen."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    window = Terminal(folder / "tmux")
    columns, rows = size
    # Given to the shell and not to tmux, which sets TERM itself; and nothing of the test's own, such as COLUMNS.
    given = {"PATH": os.environ["PATH"], "PS1": "ready> ", **environment}
    shell = ["env", "-i", *(f"{name}={value}" for name, value in given.items()), "sh", "-i"]
    window.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), *shell)
    try:
        window.wait_for("^ready>")
        window.type(" ".join(command))
        window.press("Enter")
        yield window
    finally:
        subprocess.run(
            ["tmux", "-S", str(folder / "tmux"), "kill-server"], check=False, capture_output=True, timeout=PATIENCE
        )
