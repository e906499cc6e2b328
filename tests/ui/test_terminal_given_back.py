"""Wherever somebody is, and however it ends, the terminal is given back as it was; and no size breaks anything: in a
real terminal, with the program in every dialogue, playing, or in a live run."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
from tmux_terminal import Terminal, terminal

PYTHON = shlex.quote(sys.executable)
SIZES = [(1, 1), (300, 100), (2, 50), (60, 20), (300, 1), (59, 19), (7, 7), (200, 60), (1, 100), (120, 40), (80, 24)]
KILLED, LEFT, FAILED = 130, 0, 4
FAILING = """
import sys
from vbtui.ui.screens.help import HelpScreen
from vbtui.cli.entry import main
def fail(self): raise ZeroDivisionError('on purpose')
HelpScreen.on_mount = fail
sys.argv = ['vbtui', *{arguments}]
main()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    names = ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")
    homes = {name: str(tmp_path / name.lower()) for name in names}
    return {**homes, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "VBTUI_LANG": "en", "TERM": "tmux-256color"}


def opened(program: str, folder: Path) -> list[str]:
    """A command that writes down its process, becomes the program, and says how it has ended."""
    process = f"echo \\$\\$ > {shlex.quote(str(folder / 'pid'))}; exec {program}"
    return [f'sh -c "{process}"; echo end""ed with $?']


def given_back(window: Terminal, code: int) -> str:
    """The first screen, with what is told at the end; what is typed is seen, and no report of the mouse arrives."""
    screen = window.wait_for(rf"^ended with {code}\b", "ready> *$")
    assert "Traceback" not in screen
    window.type("echo res''tored")
    window.press("Enter")
    window.wait_for("^restored")
    flags = window.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").split()
    assert flags == ["0", "0", "1"]
    return screen


WALK = f"{PYTHON} -m vbtui play classroom"
PLACES = {
    "start": (WALK, ["O"], "come with vbtui"),
    "open-file": (WALK, ["O", "o"], "Open a topology file"),
    "inspection": (WALK, ["i"], "Esc"),
    "find": (WALK, ["/"], "Find a machine"),
    "palette": (WALK, [":"], "Esc"),
    "transcript": (WALK, ["End", "t"], "Esc"),
    "rules": (WALK, ["F2"], "Connections"),
    "data": (WALK, ["F3"], "Disks"),
    "presenting": (WALK, ["P", "Space"], "classroom"),
    "notes": (f"{PYTHON} -m vbtui present --notes", [], "speaker notes"),
}
"""A program, the keys that lead there, and what is seen then."""
ENDINGS = [signal.SIGTERM, signal.SIGHUP, None]


@pytest.mark.parametrize("place", PLACES)
def test_no_size_breaks_anything_and_every_end_gives_the_terminal_back(
    place: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    program, keys, seen = PLACES[place]
    ending = ENDINGS[list(PLACES).index(place) % len(ENDINGS)]
    with terminal(opened(program, tmp_path), tmp_path, size=(80, 24), environment=environment) as window:
        window.wait_for(r"\? help")
        for key in keys:
            window.press(key)
        window.wait_for(seen)
        for size in SIZES:
            window.resize(*size)
        window.wait_for(seen)
        if ending is None:
            window.press("C-c")
        else:
            os.kill(int((tmp_path / "pid").read_text()), ending)
        given_back(window, LEFT if ending is None else KILLED)


@pytest.mark.parametrize("program", ["play classroom", "present --notes"])
def test_a_fault_in_a_dialogue_is_told_in_words_and_the_terminal_is_given_back(
    program: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    script = tmp_path / "failing.py"
    script.write_text(FAILING.format(arguments=program.split()))
    with terminal(
        opened(f"{PYTHON} {shlex.quote(str(script))}", tmp_path), tmp_path, size=(80, 24), environment=environment
    ) as window:
        window.wait_for(r"\? help")
        window.press("?")
        screen = given_back(window, FAILED)
        assert "which is a fault of its own: ZeroDivisionError: on purpose" in screen
