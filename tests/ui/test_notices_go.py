"""What is told on the walk goes when something is shown over it, or when it is no longer so."""

from __future__ import annotations

from pathlib import Path

import pytest
from pictures import Stage, loaded, perform

from vbtui.topology import load
from vbtui.ui.looks import Looks
from vbtui.ui.screens.reading import ReadingScreen

READ_AGAIN = "The file was read again"


def test_what_was_told_of_a_file_is_gone_when_the_file_turns_out_to_be_bad(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    text = loaded().file.read_text()
    file.write_text(text)

    async def scene(stage: Stage) -> None:
        file.write_text(text.replace("10.10.0.53", "10.10.0.54"))
        await stage.press("right", "f5")
        assert READ_AGAIN in stage.text("#now")
        file.write_text(text.replace("roles: [vcenter]", "roles: [vcentre]"))
        await stage.press("f5")
        assert stage.on(ReadingScreen)
        assert READ_AGAIN not in stage.shown()
        await stage.press("escape")
        assert READ_AGAIN not in stage.shown()

    perform(scene, topology=load(file))


@pytest.mark.parametrize("keys", [("f3",), ("f2",), ("question_mark",), ("slash",)], ids="-".join)
@pytest.mark.parametrize("size", [(120, 40), (100, 30)], ids=["large", "small"])
def test_keys_of_the_walk_are_told_on_no_other_screen(keys: tuple[str, ...], size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", "b")
        assert "B lists all breakpoints" in stage.text("#now")
        await stage.press(*keys)
        assert "B lists all breakpoints" not in stage.shown()
        await stage.press("escape")
        assert stage.app.screen is stage.screen
        assert "B lists all breakpoints" not in stage.shown()

    perform(scene, size=size)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["large", "small"])
@pytest.mark.parametrize(("language", "last"), [("en", "shows every pane again"), ("de", "zeigt wieder alle Felder")])
def test_that_one_presents_is_told_whole_and_no_longer_than_it_is_so(
    tmp_path: Path, size: tuple[int, int], language: str, last: str
) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", "P")
        assert f"P {last}" in stage.text("#stage")
        await stage.press("P")
        assert last not in stage.shown()

    perform(scene, size=size, language=language, channel=tmp_path / "channel")


def test_a_notice_of_two_rows_takes_none_from_the_event(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", "right", "right")
        before = stage.text("#stage").split("\n")
        stage.screen.begin_presenting()
        await stage.pilot.pause()
        after = stage.text("#stage").split("\n")
        assert len(after) == len(before)
        told = [line for line in before if line]
        assert [line for line in after[:-2] if line] == told

    perform(scene, size=(80, 24), looks=Looks(large=True), channel=tmp_path / "channel")
