"""Other characters and back, on every screen: whatever was drawn before, it is that of an app that began with them."""

from __future__ import annotations

import pytest
from every_screen import SCREENS
from pictures import Stage, loaded, perform

from vbtui.ui.looks import Looks

PLAIN, RICH = Looks(ascii=True), Looks()
MEANWHILE = ("b", "right", "down")
"""Pressed between two changes. What it does is not asked, only that it shows the same with them and without."""
CHANGED = {name: keys for name, keys in SCREENS.items() if name != "palette"}
"""All but the palette: every letter is text there, and its commands are told as they were found when it opened."""

OFTEN = ("walkthrough", "what-if-runs", "firewall", "data")
"""Each has other views; all others only in the long runs."""


async def change(stage: Stage) -> None:
    # By its name, because the letter is text in some dialogues.
    await stage.app.run_action("plain_characters")
    await stage.pilot.pause()


@pytest.mark.parametrize("size", [(120, 40), pytest.param((80, 24), marks=pytest.mark.long)], ids=["large", "small"])
@pytest.mark.parametrize(
    "keys",
    [pytest.param(keys, marks=() if name in OFTEN else pytest.mark.long, id=name) for name, keys in CHANGED.items()],
)
def test_other_characters_and_back_leave_nothing_behind(keys: tuple[str, ...], size: tuple[int, int]) -> None:
    drawn: dict[Looks, list[str]] = {PLAIN: [], RICH: []}

    async def never_changed(stage: Stage) -> None:
        await stage.press(*keys)
        drawn[stage.app.looks].append(stage.shown())
        await stage.press(*MEANWHILE)
        drawn[stage.app.looks].append(stage.shown())

    async def changed(stage: Stage) -> None:
        await stage.press(*keys)
        await change(stage)
        assert stage.shown() == drawn[PLAIN][0]
        await change(stage)
        assert stage.shown() == drawn[RICH][0]
        await change(stage)
        await stage.press(*MEANWHILE)
        assert stage.shown() == drawn[PLAIN][1]
        await change(stage)
        assert stage.shown() == drawn[RICH][1]

    topology = loaded("locked-down")
    for looks in drawn:
        perform(never_changed, size=size, topology=topology, looks=looks)
    perform(changed, size=size, topology=topology)
