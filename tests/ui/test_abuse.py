"""Sizes that no view was made for, storms of them, pasted text, unknown keys and the mouse where nothing is: nothing
breaks, and afterwards everything is as before."""

from __future__ import annotations

import pytest
from pictures import Stage, perform
from textual import events
from textual.pilot import OutOfBounds

from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen

SIZES = [(1, 1), (2, 1), (1, 40), (300, 1), (10, 5), (59, 20), (60, 19), (60, 20), (80, 24), (300, 100)]
STORM = [(1, 1), (300, 100), (60, 20), (5, 60), (120, 40), (59, 19), (200, 60), (2, 2), (110, 32), (80, 24)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "keys", [(), ("f2",), ("f3",), ("question_mark",), ("colon",), ("Y",)], ids=lambda keys: "-".join(keys) or "walk"
)
def test_any_size_opens_every_screen(size: tuple[int, int], keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", *keys)
        lines = stage.shown().splitlines()
        assert len(lines) <= size[1]
        assert all(len(line) <= size[0] for line in lines)

    perform(scene, size=size)


def test_below_the_least_size_a_sentence_stands_in_both_languages() -> None:
    for language, word in (("en", "needs at least 60x20"), ("de", "mindestens 60x20")):

        async def scene(stage: Stage, word: str = word) -> None:
            assert word in " ".join(stage.shown().split())

        perform(scene, size=(40, 12), language=language)


def test_a_storm_of_sizes_while_something_moves_changes_nothing() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("legacy01/legacy01.vmdk/5.3/vmx")
        await stage.press("right")
        await stage.wait(0.1)
        for size in STORM * 3:
            await stage.pilot.resize_terminal(*size)
            stage.clock.now += 0.001
            stage.screen.tick()
        await stage.pilot.resize_terminal(120, 40)
        await stage.press("right")
        stormy = stage.shown()
        await stage.press("left", "right", "right")
        assert stage.shown() == stormy

    perform(scene)


def test_pasted_text_and_unknown_keys_do_nothing() -> None:
    async def scene(stage: Stage) -> None:
        for keys in ((), ("f2",), ("f1", "f3"), ("f1",)):
            await stage.press(*keys)
            before = stage.shown()
            stage.app.post_message(events.Paste("q\x1b[31mq\n\t" + "ö" * 5000))
            await stage.press("f12", "ctrl+underscore", "alt+ß", "insert", "ctrl+shift+f9", "§")
            assert stage.shown() == before

    perform(scene)


def test_the_mouse_outside_and_in_gaps_does_nothing() -> None:
    async def scene(stage: Stage) -> None:
        for offset in ((0, 0), (119, 0), (0, 39), (119, 39), (37, 20)):
            await stage.pilot.click(offset=offset)
            await stage.pilot.hover(offset=offset)
        with pytest.raises(OutOfBounds):
            await stage.pilot.click(offset=(500, 500))
        assert stage.on(WalkthroughScreen)
        await stage.press("f2")
        for offset in ((0, 0), (119, 39), (60, 20)):
            await stage.pilot.click(offset=offset)
        assert stage.on(FirewallScreen)

    perform(scene)
