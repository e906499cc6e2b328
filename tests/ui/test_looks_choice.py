"""What a terminal's surroundings, a person's choice and the settings come to."""

from __future__ import annotations

import pytest

from vbtui.cli.looks import MOTIONS, THEMES
from vbtui.ui.looks import Looks, Motion
from vbtui.ui.terminal import REMOTE_FRAMES, Chosen, ThemeChoice, looks_for, motion_of


def test_the_command_line_repeats_the_words_of_the_screens() -> None:
    assert tuple(MOTIONS) == tuple(Motion)
    assert tuple(THEMES) == tuple(ThemeChoice)


def test_an_ordinary_terminal_gets_everything() -> None:
    assert looks_for({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, "utf-8") == Looks()


@pytest.mark.parametrize(
    ("environment", "encoding", "plain"),
    [
        ({"TERM": "linux", "LANG": "de_DE.UTF-8"}, "utf-8", True),
        ({"LANG": "de_DE.ISO-8859-1"}, "utf-8", True),
        ({"LANG": "de_DE@euro"}, "iso8859-15", True),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "utf-8", True),
        ({"LC_ALL": "POSIX"}, None, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, "utf-8", False),
        ({"LANG": "en_US.utf8"}, "UTF-8", False),
        ({}, "utf-8", False),
        ({}, "ascii", True),
        ({}, "no-such-encoding", True),
    ],
)
def test_who_needs_plain_characters(environment: dict[str, str], encoding: str | None, plain: bool) -> None:
    assert looks_for(environment, encoding).ascii is plain
    assert looks_for(environment, encoding, Chosen(ascii=not plain)).ascii is not plain


@pytest.mark.parametrize(
    "environment",
    [{"SSH_CONNECTION": "1 2 3 4"}, {"TMUX": "/tmp/tmux"}, {"STY": "1.screen"}, {"TERM": "tmux-256color"}],
)
def test_a_terminal_far_away_gets_fewer_pictures(environment: dict[str, str]) -> None:
    assert looks_for(environment, "utf-8").frames == REMOTE_FRAMES < Looks().frames


@pytest.mark.parametrize(
    ("environment", "motion"),
    [
        ({"TEXTUAL_ANIMATIONS": "none"}, Motion.REDUCED),
        ({"TEXTUAL_ANIMATIONS": "basic"}, Motion.REDUCED),
        ({"TEXTUAL_ANIMATIONS": "full"}, Motion.FULL),
        ({"NO_COLOR": "1"}, Motion.FULL),
    ],
)
def test_less_motion_is_taken_over_from_the_library(environment: dict[str, str], motion: Motion) -> None:
    assert looks_for(environment, "utf-8").motion is motion
    assert looks_for(environment, "utf-8", Chosen(motion=Motion.NONE)).motion is Motion.NONE


def test_the_variable_for_motion_has_three_values() -> None:
    assert motion_of({}) is None
    assert motion_of({"VBTUI_MOTION": "none"}) is Motion.NONE
    with pytest.raises(ValueError, match="slow"):
        motion_of({"VBTUI_MOTION": "slow"})


@pytest.mark.parametrize(
    ("told", "choice", "light"),
    [
        ("0;15", None, True),
        ("0;default;15", ThemeChoice.AUTO, True),
        ("15;0", None, False),
        ("0;15", ThemeChoice.DARK, False),
        ("15;0", ThemeChoice.LIGHT, True),
        ("", None, False),
    ],
)
def test_the_theme_is_that_of_the_terminal_unless_chosen(told: str, choice: ThemeChoice | None, light: bool) -> None:
    assert looks_for({"COLORFGBG": told}, "utf-8", Chosen(theme=choice)).light is light


def test_what_was_asked_for_first_counts() -> None:
    line, file = Chosen(ascii=False, theme=ThemeChoice.LIGHT), Chosen(True, ThemeChoice.DARK, Motion.NONE)
    assert line.over(file) == Chosen(False, ThemeChoice.LIGHT, Motion.NONE)
