"""What a screen has put off is never done on a screen that has lost its views, or never got them."""

from __future__ import annotations

import asyncio

import pytest
from every_screen import SCREENS
from pictures import Stage, perform
from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.widget import Widget


@pytest.mark.parametrize("keys", [(), ("f2",), ("f3",), ("O",), ("i",), ("?",), ("colon",), ("end", "t")])
def test_whoever_resizes_the_terminal_and_leaves_at_once_sees_nothing_fail(keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys)
        for width in (80, 120, 60):
            stage.app.screen.post_message(events.Resize(Size(width, 24), Size(width, 24)))
        stage.app.call_later(stage.app.exit, 0)
        for key in (*"123npwu", "down", "up", "right", "enter", "escape"):
            stage.app.call_later(stage.app.simulate_key, key)

    perform(scene)


@pytest.mark.parametrize("keys", [keys for keys in SCREENS.values() if keys], ids=[*SCREENS][1:])
def test_an_app_that_ends_while_a_screen_opens_does_not_fail(keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys[:-1])
        stage.app.simulate_key(keys[-1])
        push = stage.app.push_screen

        def push_and_end(*arguments: object, **named: object) -> object:
            opening = push(*arguments, **named)  # type: ignore[call-overload]
            stage.app.exit(0)
            for key in (*"123npwu", "down", "up", "right", "enter", "escape"):  # typed before, and still to come
                stage.app.simulate_key(key)
            return opening

        stage.app.push_screen = push_and_end  # type: ignore[method-assign, assignment]
        await stage.pilot.pause()

    perform(scene)


NESTED = ("palette", "find", "go-to", "topologies", "firewall-edit", "data")
"""Screens that need a view within a view when they are mounted."""


@pytest.mark.parametrize("turns", range(1, 4))
@pytest.mark.parametrize("screen", NESTED)
def test_an_app_that_is_gone_while_a_screen_opens_does_not_fail(screen: str, turns: int) -> None:
    async def scene(stage: Stage) -> None:
        *before, last = SCREENS[screen]
        await stage.press(*before)
        stage.app.simulate_key(last)
        for _ in range(turns):  # then its outer views are there, and nobody waits for the inner ones any more
            await asyncio.sleep(0)

    perform(scene)


@pytest.mark.parametrize("screen", NESTED)
def test_an_app_that_is_told_to_end_between_outer_and_inner_views_does_not_fail(
    screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    async def scene(stage: Stage) -> None:
        *before, last = SCREENS[screen]
        await stage.press(*before)

        def compose(view: Widget) -> ComposeResult:
            if view.screen is stage.app.screen:
                ended.append(screen)
                stage.app.exit(0)
            return ()

        monkeypatch.setattr(Widget, "compose", compose)
        stage.app.simulate_key(last)
        await stage.pilot.pause()

    perform(scene)
    assert ended


def test_what_is_put_off_is_done_on_a_screen_that_stands_and_on_no_other() -> None:
    done: list[str] = []

    async def scene(stage: Stage) -> None:
        stage.screen.call_after_refresh(done.append, "shown")
        await stage.pilot.pause()
        assert done == ["shown"]
        await stage.press("f3")
        stage.app.screen.call_after_refresh(done.append, "left")
        stage.app.screen.dismiss()
        await stage.pilot.pause()
        await stage.pilot.pause()

    perform(scene)
    assert done == ["shown"]
