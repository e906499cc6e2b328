"""Pictures of the walkthrough: the same bytes every time, at every size, at the moments that matter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pictures import Stage, compare, perform

HERE = Path(__file__).parent
SIZES = [(80, 24), (120, 40), (200, 60)]
BLOCKED = "legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445"
COPY = "legacy01/legacy01.vmdk/5.3/vmx"


async def at_the_start(_: Stage) -> None:
    return


async def in_mid_animation(stage: Stage) -> None:
    """A quarter of the way through the copy over the network."""
    await stage.go(COPY)
    await stage.press("right")
    await stage.wait(0.3)


async def at_a_blocked_connection(stage: Stage) -> None:
    await stage.go(BLOCKED)


async def at_the_end(stage: Stage) -> None:
    await stage.press("end")


SCENES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "start": at_the_start,
    "copying": in_mid_animation,
    "blocked": at_a_blocked_connection,
    "end": at_the_end,
}


def picture(scene: Callable[[Stage], Awaitable[None]], size: tuple[int, int], **arguments: object) -> str:
    found: list[str] = []

    async def play(stage: Stage) -> None:
        await scene(stage)
        found.append(stage.svg())

    perform(play, size=size, **arguments)  # type: ignore[arg-type]
    return found[0]


def hold(svg: str, name: str) -> None:
    compare(svg, HERE / "pictures" / f"{name}.svg", HERE / "differences")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_the_walkthrough_looks_as_it_did(scene: str, size: tuple[int, int]) -> None:
    hold(picture(SCENES[scene], size), f"{scene}-{size[0]}x{size[1]}")


def test_the_walkthrough_in_german_holds_its_layout(language: str = "de") -> None:
    hold(picture(at_a_blocked_connection, (120, 40), language=language), "blocked-120x40-de")


def test_without_colour_everything_is_still_told() -> None:
    svg = picture(at_a_blocked_connection, (120, 40), environment={"NO_COLOR": "1"})
    hold(svg, "blocked-120x40-no-color")
    for told in ("⊘&#160;dropped", "✔&#160;allowed", "↪&#160;fallback"):
        assert told in svg


@pytest.mark.parametrize("runs", [3, pytest.param(20, marks=pytest.mark.long)])
def test_the_same_moment_is_the_same_picture_every_time(runs: int) -> None:
    assert len({picture(in_mid_animation, (120, 40)) for _ in range(runs)}) == 1
