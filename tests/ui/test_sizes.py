"""Every size has a layout; nothing is lost on a small one, and nothing breaks while sizes change."""

from __future__ import annotations

import pytest
from pictures import Stage, loaded, perform

from vbtui.ui.tabs import Tab
from vbtui.ui.widgets.lines_view import RowsView


def test_at_80x24_tab_brings_every_view_in_turn() -> None:
    async def scene(stage: Stage) -> None:
        seen = []
        for _ in Tab:
            seen.append([view.id for view in stage.screen.query("#topology, #process, #step, #events") if view.region])
            await stage.press("tab")
        assert seen == [["topology"], ["process"], ["step"], ["events"]]
        await stage.press("shift+tab")
        assert stage.screen.query_one("#events").region

    perform(scene, size=(80, 24))


def test_at_80x24_every_view_shows_its_content() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("legacy01/legacy01.vmdk/5.3/data")
        assert "legacy01" in stage.text("#topology")
        await stage.press("tab")
        assert "Data transport" in stage.text("#process")
        assert "legacy01.vmdk" in stage.text("#process")
        await stage.press("tab")
        assert "estimate" in stage.text("#step")
        await stage.press("tab")
        assert "▶ 102  5.3  esx02 → repo01" in stage.text("#events")
        assert "12 MiB of 64 MiB" in stage.text("#now")

    perform(scene, size=(80, 24))


@pytest.mark.parametrize("size", [(59, 24), (80, 19), (20, 5), (1, 1)])
def test_below_60x20_there_is_a_message(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        assert stage.screen.query_one("#too-small").region
        assert not stage.screen.query_one("#topology").region
        await stage.press("right")
        assert stage.place[0] == 1

    perform(scene, size=size)


def test_a_storm_of_sizes_ends_in_the_right_layout() -> None:
    async def scene(stage: Stage) -> None:
        for size in [(200, 60), (1, 1), (60, 20), (109, 31), (110, 32), (30, 200), (300, 20), (120, 40)]:
            await stage.pilot.resize_terminal(*size)
            await stage.press("right")
        await stage.pilot.pause()
        assert {view.id for view in stage.screen.query("#topology, #process, #step, #events") if view.region} == {
            "topology",
            "process",
            "step",
            "events",
        }
        canvas = stage.screen.query_one("#topology")
        assert "vc01" in stage.text("#topology")
        assert canvas.size.width > 60

    perform(scene)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_line_is_wider_than_its_view(size: tuple[int, int], language: str) -> None:
    async def scene(stage: Stage) -> None:
        for index in range(0, 119, 7):
            stage.screen.go(stage.screen.walk.at(index))
            for view in ("#header", "#tabs", "#keys", "#now", "#scrubber"):
                widget = stage.screen.query_one(view)
                rows = stage.screen.query_one(view, RowsView).rows if widget.region else ()
                assert all(sum(len(text) for text, _ in row.spans) <= widget.size.width for row in rows), view

    perform(scene, size=size, language=language)


def test_the_acting_machines_are_in_view_where_the_picture_is_larger_than_the_screen() -> None:
    async def scene(stage: Stage) -> None:
        canvas = stage.screen.query_one("#topology")
        for event in stage.screen.walk.trace:
            stage.screen.go(stage.screen.walk.at(event.position))
            await stage.pilot.pause()
            if event.destination is not None:
                assert event.destination.node in stage.text("#topology"), event.id
        assert canvas.size.height

    perform(scene, size=(60, 20), topology=loaded("small-office"))


@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site", "locked-down"])
def test_every_event_of_every_shipped_topology_can_be_shown(name: str) -> None:
    async def scene(stage: Stage) -> None:
        trace = stage.screen.walk.trace
        for event in trace:
            stage.screen.go(stage.screen.walk.at(event.position))
            for fraction in (0.0, 0.3, 0.9):
                stage.clock.now += fraction
                stage.screen.tick()
            assert f"{event.position + 1}/{len(trace)}" in stage.text("#header")
        await stage.pilot.pause()

    perform(scene, topology=loaded(name))


def test_after_a_change_of_size_the_picture_is_the_same_as_at_that_size_from_the_start() -> None:
    shown = []

    async def resized(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        for size in [(80, 24), (120, 40), (50, 15), (80, 24)]:
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
        shown.append(stage.text("#topology"))

    async def fixed(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        shown.append(stage.text("#topology"))

    perform(resized, size=(200, 60))
    perform(fixed, size=(80, 24))
    assert shown[0] == shown[1]


def test_a_picture_larger_than_the_screen_can_be_moved() -> None:
    async def scene(stage: Stage) -> None:
        canvas = stage.screen.query_one("#topology")
        canvas.scroll_to(0, 0, animate=False, immediate=True)
        before = stage.text("#topology")
        await stage.press("shift+right", "shift+down")
        assert canvas.scroll_offset.x + canvas.scroll_offset.y > 0
        assert stage.text("#topology") != before
        await stage.press("shift+left", "shift+up")
        assert stage.text("#topology") == before

    perform(scene, size=(60, 20), topology=loaded("two-site"))
