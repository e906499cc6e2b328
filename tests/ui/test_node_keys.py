"""Pointing at machines, zooming, opening groups, moving the picture: by key and by mouse, and from anywhere."""

from __future__ import annotations

import pytest
from pictures import Stage, company, perform
from textual.geometry import Offset

from vbtui.drawing import DetailLevel
from vbtui.ui.sight import Sight
from vbtui.ui.widgets.topology_canvas import TopologyCanvas

DOUBLE = set("═║╔╗╚╝")


def canvas(stage: Stage) -> TopologyCanvas:
    return stage.app.screen.query_one(TopologyCanvas)


def cursor(stage: Stage) -> str | None:
    """What is pointed at."""
    return stage.screen.sight.cursor


def place_of(stage: Stage, name: str) -> Offset:
    """A cell of the canvas widget where something stands."""
    view = canvas(stage)
    scene = view._scene
    assert scene is not None
    box, row = scene.find(name)
    rect = box.rect if row is None else row.rect
    return Offset(rect.x + 2, rect.y) - view.scroll_offset + view.gutter.top_left


def test_brackets_walk_through_everything_that_has_a_place_and_around() -> None:
    async def scene(stage: Stage) -> None:
        names = canvas(stage).names
        assert cursor(stage) is None
        await stage.press("right_square_bracket")
        first = cursor(stage)
        assert first == canvas(stage).acting[0], "begins at what takes part"
        seen = []
        for _ in names:
            seen.append(cursor(stage))
            await stage.press("right_square_bracket")
        assert sorted(map(str, seen)) == sorted(names)
        assert cursor(stage) == first
        await stage.press("left_square_bracket")
        assert cursor(stage) == seen[-1]

    perform(scene)


def test_the_cursor_is_seen_without_colour_and_escape_takes_it_away() -> None:
    async def scene(stage: Stage) -> None:
        before = stage.text("#topology")
        assert not DOUBLE & set(before)
        await stage.press("right_square_bracket")
        assert set(stage.text("#topology")) >= DOUBLE
        await stage.press("escape")
        assert cursor(stage) is None
        assert stage.text("#topology") == before
        await stage.press("escape")

    perform(scene)


def test_a_cursor_on_a_vm_or_on_a_line_is_two_pointers() -> None:
    async def scene(stage: Stage) -> None:
        for name in ("sql01", "dns01"):
            stage.screen.look(Sight(cursor=name))
            await stage.pilot.pause()
            line = next(line for line in stage.text("#topology").splitlines() if name in line)
            assert "▸" in line and "◂" in line

    perform(scene)


def test_a_click_points_a_second_one_inspects_and_one_on_empty_canvas_points_at_nothing() -> None:
    async def scene(stage: Stage) -> None:
        asked: list[str | None] = []
        stage.screen.action_inspect = lambda: asked.append(cursor(stage))  # type: ignore[method-assign]
        place = place_of(stage, "esx02")
        await stage.pilot.click("#topology", offset=place)
        assert cursor(stage) == "esx02"
        await stage.pilot.click("#topology", offset=place_of(stage, "legacy01"))
        assert cursor(stage) == "legacy01"
        assert asked == []
        await stage.pilot.click("#topology", offset=place_of(stage, "legacy01"))
        assert asked == ["legacy01"]
        await stage.press("enter")
        assert asked == ["legacy01", "legacy01"]
        await stage.pilot.click("#topology", offset=(30, 2))
        assert cursor(stage) is None

    perform(scene)


def test_zoom_changes_how_much_is_drawn_and_zero_fits_again() -> None:
    async def scene(stage: Stage) -> None:
        fitting = canvas(stage).level
        before = stage.text("#topology")
        for level in (DetailLevel.COMPACT, DetailLevel.LINE, DetailLevel.GROUP, DetailLevel.GROUP):
            await stage.press("Z")
            assert canvas(stage).level is level
        for level in (DetailLevel.LINE, DetailLevel.COMPACT, DetailLevel.FULL, DetailLevel.FULL):
            await stage.press("z")
            assert canvas(stage).level is level
        assert "full boxes" in str(canvas(stage).border_title)
        await stage.press("0")
        assert canvas(stage).level is fitting
        assert stage.text("#topology") == before

    perform(scene)


def test_the_wheel_zooms_with_ctrl_and_scrolls_without() -> None:
    async def scene(stage: Stage) -> None:
        level, view = canvas(stage).level, canvas(stage)
        await stage.pilot._post_mouse_events([_wheel_down()], "#topology", offset=(5, 5), control=True)
        await stage.pilot.pause()
        assert canvas(stage).level is not level
        await stage.pilot._post_mouse_events([_wheel_up()], "#topology", offset=(5, 5), control=True)
        await stage.pilot.pause()
        assert canvas(stage).level is level
        stage.screen.look(Sight(level=DetailLevel.LINE))
        await stage.pilot.pause()
        top = view.scroll_offset.y
        await stage.pilot._post_mouse_events([_wheel_down()], "#topology", offset=(5, 5))
        await stage.pilot.pause()
        assert view.scroll_offset.y > top
        await stage.pilot._post_mouse_events([_wheel_up()], "#topology", offset=(5, 5))
        await stage.pilot.pause()
        assert view.scroll_offset.y == top

    perform(scene, size=(80, 24), topology=company())


def _wheel_down() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


def _wheel_up() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


@pytest.mark.parametrize("far", [(70, 3), (0, 0), (79, 23)])
def test_a_drag_moves_the_view_points_at_nothing_and_may_end_outside(far: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.look(Sight(level=DetailLevel.LINE))
        view = canvas(stage)
        await stage.pilot.pause()
        view.scroll_to(0, 0, animate=False, immediate=True)
        await stage.pilot.pause()
        assert view.max_scroll_y > 4
        await stage.pilot.mouse_down("#topology", offset=(40, 12))
        await stage.pilot.hover("#topology", offset=(36, 8))
        assert view.scroll_offset == (min(4, view.max_scroll_x), min(4, view.max_scroll_y))
        await stage.pilot.hover(offset=far)
        await stage.pilot.mouse_up(offset=far)
        assert cursor(stage) is None
        assert stage.app.mouse_captured is None
        rest = view.scroll_offset
        await stage.pilot.hover("#topology", offset=(10, 10))
        assert view.scroll_offset == rest, "the mouse has let go"

    perform(scene, size=(80, 24), topology=company())


def test_the_map_is_shown_where_the_picture_is_larger_and_leads_where_it_is_clicked() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("M")
        assert "╭" not in stage.text("#topology"), "everything can be seen"
        stage.screen.look(Sight(level=DetailLevel.LINE, map=True))
        await stage.pilot.pause()
        view = canvas(stage)
        shown = view._map
        assert shown is not None
        lines = stage.text("#topology").splitlines()
        assert lines[shown.rect.y][shown.rect.x] == "╭"
        corner = Offset(shown.rect.right - 3, shown.rect.bottom - 2) + view.gutter.top_left
        await stage.pilot.click("#topology", offset=corner)
        assert view.scroll_offset.y > view.max_scroll_y * 0.9
        assert cursor(stage) is None
        await stage.press("M")
        assert view._map is None

    perform(scene, size=(120, 40), topology=company())


def test_the_map_hides_nothing_that_acts() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.look(Sight(level=DetailLevel.LINE, map=True))
        view = canvas(stage)
        for _ in range(12):
            await stage.press("pagedown")
            if view._map is None:
                continue
            assert view._scene is not None
            for name in view.acting:
                box, row = view._scene.find(name)
                rect = box.rect if row is None else row.rect
                left, top = rect.x - view.scroll_offset.x, rect.y - view.scroll_offset.y
                there = view._map.rect
                apart = (
                    left + rect.width <= there.x
                    or there.right <= left
                    or top + rect.height <= there.y
                    or there.bottom <= top
                )
                assert apart, name

    perform(scene, size=(120, 40), topology=company())


def test_groups_open_and_close_with_enter_and_with_a_second_click() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.look(Sight(level=DetailLevel.GROUP))
        await stage.pilot.pause()
        view = canvas(stage)
        group = next(name for name in view.names if "esxi_host" in name)
        host = company().topology.vms[0].host
        assert host not in view.names
        stage.screen.look(Sight(cursor=group, level=DetailLevel.GROUP))
        await stage.press("enter")
        assert host in view.names
        assert stage.screen.sight.opened == {group}
        await stage.pilot.click("#topology", offset=place_of(stage, group))
        assert host not in view.names

    perform(scene, size=(200, 60), topology=company())


def test_every_level_of_a_large_topology_can_be_walked() -> None:
    async def scene(stage: Stage) -> None:
        for level in (None, *DetailLevel):
            stage.screen.look(Sight(level=level))
            for key in ("home", "5", "right", "right", "right_square_bracket", "end"):
                await stage.press(key)
            assert stage.text("#topology").split()

    perform(scene, topology=company())


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (60, 20), (200, 60)])
def test_it_may_be_resized_while_it_moves_and_while_it_is_dragged(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("5", "right", "right_square_bracket", "z", "M")
        await stage.pilot.mouse_down("#topology", offset=(20, 10))
        await stage.wait(0.2)
        await stage.pilot.resize_terminal(*size)
        await stage.wait(0.2)
        await stage.pilot.hover(offset=(0, 0))
        await stage.pilot.mouse_up(offset=(0, 0))
        await stage.pilot.resize_terminal(120, 40)
        await stage.wait(0.2)
        for key in ("right_square_bracket", "Z", "0", "M", "escape", "left"):
            await stage.press(key)
        assert stage.text("#topology").split()

    perform(scene)
