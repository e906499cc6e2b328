"""The app in a real terminal: started, walked, asked, edited and left, as a person does it, and what is left behind."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from tmux_terminal import Terminal, terminal

VBTUI = f"{shlex.quote(sys.executable)} -m vbtui"
COLOURFUL = {"TERM": "tmux-256color", "COLORTERM": "truecolor"}
SIZES = [(80, 24), (120, 40)]
TERMINALS = {
    "truecolor": COLOURFUL,
    "256-colours": {"TERM": "screen-256color", "COLORTERM": ""},
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    homes = {name: str(tmp_path / name.lower()) for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    return {**homes, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "VBTUI_LANG": "en"}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("kind", TERMINALS)
def test_a_walk_a_what_if_a_rule_and_out_again(
    size: tuple[int, int], kind: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    with terminal(
        [VBTUI, "play", "classroom"], tmp_path, size=size, environment={**environment, **TERMINALS[kind]}
    ) as window:
        window.wait_for("classroom", r" 1/119", "The schedule starts job daily", "quit")
        assert ("[38;2;" in window.raw()) == (kind == "truecolor")
        window.press("Right")
        window.wait_for(" 2/119", "starts a Backup Manager process")
        window.type("g")
        window.wait_for("number")
        window.type("11")
        window.press("Enter")
        window.wait_for(" 11/119", "vbr01 connects to repo01")
        try_it(window)
        switch_a_rule(window)
        leave(window)


def try_it(window: Terminal) -> None:
    """Block the connection, see what differs, walk on there, and take it back."""
    window.press("w")
    window.wait_for("What if, from event 11 on", "Block vbr01")
    window.press("Enter")
    window.wait_for("From here on it is different", "Result of the job +Warning +Error", "dropped")
    window.press("n")
    window.wait_for("Difference 2 of")
    window.press("Enter")
    window.wait_for(r" 1\d/12\b", "what if: Block")
    window.press("u")
    window.wait_for(r" 11/119", "allows|taken back")


def switch_a_rule(window: Terminal) -> None:
    """Switch the rule off that lets the Backup Manager talk, and see the job end early."""
    window.press("F2")
    window.wait_for("Connections", "core", "daily +↪ fallback|daily ↪ fallback")
    window.press("Home", "Down")
    window.wait_for("▶ vbr01 +→ repo01")
    window.press("Space")
    window.wait_for("daily ✖ fail|daily +✖ fail", "dropped")
    window.press("F1")
    window.wait_for("Unsaved edits", "walk with the edited rules")
    window.press("Enter")
    window.wait_gone("Unsaved edits")
    window.wait_for(r" 11/12\b", r"\* edited rules", "the packets are dropped")


def leave(window: Terminal) -> None:
    """Without saving. The terminal is then as it was: what is typed is seen, and no mouse report arrives."""
    window.press("q")
    window.wait_for("Unsaved edits", "quit and lose them")
    window.press("x")
    screen = window.wait_for(r"ready>$")
    assert "Traceback" not in screen
    window.type("echo res''tored")
    window.press("Enter")
    window.wait_for("^restored")
    assert window.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").split() == [
        "0",
        "0",
        "1",
    ]


def test_it_follows_the_size_of_the_window_and_keeps_the_place(tmp_path: Path, environment: dict[str, str]) -> None:
    with terminal(
        [VBTUI, "play", "classroom", "--step", "5.3"],
        tmp_path,
        size=(120, 40),
        environment={**environment, **COLOURFUL},
    ) as window:
        place = window.wait_for(r" (\d+)/\d+", "Topology", "Events")
        window.resize(40, 10)
        window.wait_for("60")
        window.resize(80, 24)
        window.wait_for(r" \d+/\d+", "Topology")
        window.resize(120, 40)
        window.wait_for("Topology", "Events", r" \d+/\d+")
        assert place.split("/")[0].split()[-1] == window.text().split("/")[0].split()[-1]
        window.press("C-c")
        window.wait_for("ready>$")


def test_a_terminal_that_can_do_nothing_gets_the_text(tmp_path: Path, environment: dict[str, str]) -> None:
    with terminal(
        [VBTUI, "play", "small-office", "| tail -n 3; echo do''ne"],
        tmp_path,
        size=(80, 24),
        environment={**environment, "TERM": "dumb"},
    ) as window:
        screen = window.wait_for("^done")
        assert "\x1b" not in window.raw().split("done")[0][-400:] or "Result" in screen
