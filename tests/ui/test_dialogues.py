"""Dialogues follow the terminal: what was opened in one size is shown in another as if it was opened there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pictures import Stage, perform
from textual.screen import Screen

from vbtui.i18n import translator
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.screens.question import QuestionScreen
from vbtui.ui.screens.rule_form import RuleForm

SAY = translator("en")
LONG = "Whatever is said here takes more than one line of a small terminal, and all of it must be there to be read."


def question() -> Screen[Any]:
    return QuestionScreen("Really?", LONG, yes="do it", no="leave it")


def prompt() -> Screen[Any]:
    return PromptScreen(SAY, "Go to", LONG, "")


@pytest.mark.parametrize(("made", "view"), [(question, "#question"), (prompt, "#note")])
@pytest.mark.parametrize("sizes", [((120, 40), (60, 20)), ((60, 20), (120, 40))])
def test_a_dialogue_is_wrapped_for_the_size_that_the_terminal_has(
    made: Callable[[], Screen[Any]], view: str, sizes: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    opened, wanted = sizes
    seen: list[str] = []

    async def scene(stage: Stage) -> None:
        await stage.app.push_screen(made())
        await stage.pilot.pause()
        await stage.pilot.resize_terminal(*wanted)
        await stage.pilot.pause()
        seen.append(stage.text(view))

    perform(scene, size=opened)
    perform(scene, size=wanted)
    assert seen[0] == seen[1]
    assert seen[0].split()[: len(LONG.split())] == LONG.split()


@pytest.mark.parametrize("sizes", [((120, 40), (80, 24)), ((80, 24), (120, 40))])
def test_the_hint_of_a_rule_is_wrapped_for_the_size_that_the_terminal_has(
    sizes: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    opened, wanted = sizes
    seen: list[str] = []

    async def scene(stage: Stage) -> None:
        await stage.press("N")
        assert stage.on(RuleForm)
        await stage.pilot.resize_terminal(*wanted)
        await stage.pilot.pause()
        seen.append(stage.text("#form-note"))

    perform(scene, size=opened, firewall=True)
    perform(scene, size=wanted, firewall=True)
    assert seen[0] == seen[1]
    assert "Sides: any" in seen[0]
