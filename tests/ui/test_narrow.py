"""On the smallest screens that are drawn no text ends without saying so, and the keys stay to be read."""

from __future__ import annotations

import pytest
from every_screen import SCREENS
from pictures import Stage, loaded, perform

from vbtui.ui.text import ELLIPSIS, in_rows
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.picture_canvas import PictureCanvas

SMALLEST = (60, 20)


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "de"])
@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
def test_what_is_cut_says_so(keys: tuple[str, ...], language: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys)
        for view in stage.app.screen.query(RowsView):
            width = view.scrollable_content_region.width
            if isinstance(view, PictureCanvas) or not width or not view.display:
                continue
            for y in range(view.scrollable_content_region.height):
                place = y + view.scroll_offset.y
                row = "".join(text for text, _ in view.row_at(place).spans)
                if len(row.rstrip()) > width:
                    assert view.render_line(y).text[:width].endswith(ELLIPSIS), row

    perform(scene, size=SMALLEST, topology=loaded("locked-down"), language=language)


def test_the_first_hint_has_room_in_both_languages() -> None:
    async def scene(stage: Stage) -> None:
        assert "r führt diesen Job aus" in stage.text("#now")
        assert ELLIPSIS not in stage.text("#now")

    perform(scene, size=SMALLEST, language="de")


def test_the_tabs_leave_room_for_their_key() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("f3")
        assert stage.text("#views").split()[-2:] == ["Wiederherstellungspunkte", "Tab"]

    perform(scene, size=SMALLEST, language="de")


@pytest.mark.parametrize(
    ("key", "end"), [("e", "Leertaste wechselt Esc abbrechen"), ("a", "Enter übernehmen Esc abbrechen")]
)
def test_a_dialogue_has_all_of_its_keys(key: str, end: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("f2", key)
        shown = " ".join(stage.shown().replace("│", " ").split())
        assert end in shown

    perform(scene, size=SMALLEST, topology=loaded("locked-down"), language="de")


def test_parts_stand_in_rows_whole() -> None:
    assert in_rows(["one two", "three", "four"], 14) == ["one two  three", "four"]
    assert in_rows(["one two", "three"], 6) == ["one t…", "three"]
    assert in_rows([], 6) == []
