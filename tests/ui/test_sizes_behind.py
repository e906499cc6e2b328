"""What stands behind a dialogue follows the size of the terminal as if it stood in front."""

from __future__ import annotations

import pytest
from pictures import Stage, perform

from vbtui.ui.copying import seen_lines

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


def seen(screen: tuple[str, ...], over: tuple[str, ...], *sizes: tuple[int, int]) -> list[str]:
    """What a screen has drawn after it was taken through sizes, maybe with a dialogue over it."""
    found: list[list[str]] = []

    async def scene(stage: Stage) -> None:
        await stage.press(*screen)
        below = stage.app.screen
        await stage.press(*over)
        assert (stage.app.screen is not below) is bool(over)
        for size in sizes[1:]:
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
        found.append(seen_lines(below))

    perform(scene, size=sizes[0])
    return found[0]


@pytest.mark.parametrize(
    "sizes",
    [
        (LARGE, SMALL),
        (MIDDLE, SMALL, LARGE),
        pytest.param((SMALL, MIDDLE), marks=pytest.mark.long),
        pytest.param((MIDDLE, LARGE), marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize(
    ("screen", "over"),
    [((), "w"), ((), "question_mark"), (("f2",), "colon"), (("f3",), "colon"), (("O",), "o")],
)
def test_a_screen_behind_a_dialogue_is_drawn_as_in_front(
    screen: tuple[str, ...], over: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    assert seen(screen, (over,), *sizes) == seen(screen, (), *sizes)
