"""What a screen has put off is never done on a screen that has lost its views."""

from __future__ import annotations

import pytest
from pictures import Stage, perform
from textual import events
from textual.geometry import Size


@pytest.mark.parametrize("keys", [(), ("f2",), ("f3",), ("O",), ("i",), ("?",), ("colon",), ("end", "t")])
def test_whoever_resizes_the_terminal_and_leaves_at_once_sees_nothing_fail(keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys)
        for width in (80, 120, 60):
            stage.app.screen.post_message(events.Resize(Size(width, 24), Size(width, 24)))
        stage.app.call_later(stage.app.exit, 0)

    perform(scene)


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
