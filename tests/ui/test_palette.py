"""The command palette has every action of its screen, in the language of the moment, and does what is chosen."""

from __future__ import annotations

import pytest
from pictures import Stage, perform

from vbtui.i18n import translator
from vbtui.ui.keys.keyed import is_possible, keys_of
from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.help import HelpScreen
from vbtui.ui.screens.palette import Command, PaletteScreen, found


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
@pytest.mark.parametrize("way", [(), ("f2",), ("f3",)], ids=["walkthrough", "firewall", "data"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_it_lists_what_is_possible_on_the_screen(key: str, way: tuple[str, ...], language: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*way)
        below = stage.app.screen
        await stage.press(key)
        assert stage.on(PaletteScreen)
        told, say = stage.whole("#commands"), translator(language)
        for row in keys_of(below):
            if len(row.keys) == 1 and is_possible(below, row.keys[0][1]) and row.keys[0][1] != "app.palette":
                assert say(row.long)[:30] in told
        await stage.press("escape")
        assert stage.app.screen is below

    perform(scene, size=(160, 60), language=language)


def test_words_find_a_command_and_enter_does_it() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("colon", *"next ev", "enter")
        assert stage.place[0] == 1
        await stage.press("colon", *"firewall rules", "enter")
        assert stage.on(FirewallScreen)
        await stage.press("colon", *"keys and", "enter")
        assert stage.on(HelpScreen)

    perform(scene)


def test_the_arrows_choose_and_a_click_does_too() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("colon", *"event", "down", "down", "up", "pagedown", "pageup", "enter")
        assert not stage.on(PaletteScreen)
        await stage.press("colon", *"last event")
        await stage.pilot.click("#commands", offset=(3, 0))
        await stage.pilot.pause()
        assert stage.place[0] == len(stage.screen.walk.trace) - 1

    perform(scene)


def test_words_that_nothing_has_are_told_and_harm_nothing() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("colon", *"xyzzy")
        assert "No command has these words." in stage.text("#commands")
        await stage.press("enter", "down", "up")
        assert stage.on(PaletteScreen)

    perform(scene)


def test_commands_whose_words_begin_so_come_first() -> None:
    listed = [Command("a", "an early one", "", ""), Command("b", "one", "", ""), Command("c", "none", "", "")]
    assert [one.action for one in found(listed, "one")] == ["a", "b", "c"]
    assert [one.action for one in found(listed, "ne")] == ["a", "b", "c"]
    assert [one.action for one in found(listed, "non")] == ["c"]
    assert [one.action for one in found(listed, "ONE early")] == ["a"]
