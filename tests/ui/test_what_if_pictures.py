"""The pictures of both runs: whole where they fit, and of one layout, so that only what differs looks different."""

from __future__ import annotations

import pytest
from forked_walks import NFC, fork
from pictures import Stage, perform
from textual.widgets import Input

from vbtui.topology import load, resolve
from vbtui.ui.screens.what_if import WhatIfScreen
from vbtui.ui.widgets.topology_canvas import TopologyCanvas

VCENTER = "5.2"
"""Where the virtual proxy asks vCenter."""


def canvases(screen: WhatIfScreen) -> tuple[TopologyCanvas, TopologyCanvas]:
    a, b = (screen.query_one(f"#picture-{side}", TopologyCanvas) for side in "ab")
    return a, b


async def typed(stage: Stage, change: str) -> WhatIfScreen:
    await stage.press("w", "t")
    stage.app.screen.query_one("#line", Input).value = change
    await stage.press("enter")
    assert isinstance(stage.app.screen, WhatIfScreen)
    return stage.app.screen


@pytest.mark.parametrize(
    ("name", "size"),
    [
        *((name, size) for name in ("classroom", "small-office", "locked-down") for size in ((120, 36), (120, 40))),
        *((name, (80, 40)) for name in ("classroom", "small-office", "two-site", "locked-down")),
        ("classroom", (80, 36)),
        ("two-site", (200, 60)),
    ],
)
def test_what_is_shown_of_a_run_is_all_of_it(name: str, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await fork(stage)
        shown = [one for one in canvases(screen) if one.content_size]
        assert shown
        assert not any(one.overflowing for one in shown)
        assert screen.query_one("#rows").content_size.height >= 5

    perform(scene, size=size, topology=load(resolve(name)))


@pytest.mark.parametrize("size", [(120, 35), (120, 30), (80, 24)])
def test_where_the_pictures_would_be_cut_beside_the_rows_they_have_a_place_of_their_own(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await fork(stage)
        assert not screen.query_one("#pictures").display
        await stage.press("tab")
        shown = [one for one in canvases(screen) if one.content_size]
        assert shown
        assert not any(one.overflowing for one in shown)

    perform(scene, size=size, place=NFC)


@pytest.mark.parametrize("change", ["block=px-vm,vc01,tcp/443", "kill=px-vm"])
def test_the_same_connection_runs_the_same_way_in_both_pictures(change: str) -> None:
    """So does what only one of the runs has: its place is kept in the other."""

    async def scene(stage: Stage) -> None:
        await stage.press("right")
        a, b = canvases(await typed(stage, change))
        for _ in range(4):
            assert a.canvas is not None
            assert b.canvas is not None
            assert a.placed == b.placed
            await stage.press("n")

    perform(scene, place=VCENTER)


def test_a_firewall_is_named_beside_its_mark() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right")
        _, b = canvases(await typed(stage, "block=px-vm,vc01,tcp/443"))
        assert b.canvas is not None
        lines = b.canvas.to_lines()
        named = [(line.index("core"), y) for y, line in enumerate(lines) if "core" in line]
        assert named
        for x, y in named:
            near = "".join(line[max(0, x - 3) : x + 7] for line in lines[max(0, y - 2) : y + 3])
            assert "╪" in near or "╫" in near or "✖" in near

    perform(scene, place=VCENTER)
