"""The start screen over a walk: that walk is listed where it stands now, and one key goes on with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pictures import Stage, loaded, perform

from vbtui.topology import load
from vbtui.ui.remembered import FILE, Memory, Place
from vbtui.ui.screens.start import StartScreen
from vbtui.ui.tabs import Tab
from vbtui.vocabulary import Profile

PLACE = Place("classroom", "classroom", "daily", Profile.V13, "sql01/3/snapshot", "3", 45, 119, "web01", Tab.STEP)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "state" / FILE)


def start(stage: Stage) -> StartScreen:
    assert isinstance(stage.app.screen, StartScreen)
    return stage.app.screen


@pytest.mark.parametrize("sound", [True, False])
def test_the_walk_that_is_open_is_listed_where_it_stands_now(tmp_path: Path, *, sound: bool) -> None:
    if not sound:  # a place where nothing can be kept
        (tmp_path / "state").write_text("")
    memory = Memory(tmp_path / "state" / FILE)
    memory.keep(PLACE)

    async def scene(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        await stage.press("right", "right")
        walk = stage.screen
        number = stage.place[0] + 1
        assert number > PLACE.number
        await stage.press("O")
        assert f"step {walk.walk.event.step} · {number}/119" in stage.whole("#list")
        assert f"{PLACE.number}/119" not in stage.whole("#list")
        assert f"event {number} of 119" in stage.whole("#facts")
        await stage.press("enter")
        assert stage.screen is walk
        assert stage.place[0] + 1 == number

    perform(scene, memory=memory)


def test_who_has_walked_on_is_listed_once_and_the_place_of_another_job_stays(memory: Memory) -> None:
    other = replace(PLACE, source="two-site", topology="two-site", job="nightly", number=7, count=122, event="gone")
    memory.keep(PLACE)
    memory.keep(other)

    async def scene(stage: Stage) -> None:
        await stage.press("right", "right", "O")
        text = stage.whole("#list")
        assert text.count(" · daily") == 1
        assert text.index("classroom · daily") < text.index("two-site · nightly")
        assert "2/119" in text
        assert "7/122" in text

    perform(scene, memory=memory)


def test_a_walk_that_is_open_is_also_meant_where_its_topology_is_listed(memory: Memory) -> None:
    memory.keep(PLACE)

    async def scene(stage: Stage) -> None:
        await stage.press("right", "right")
        walk = stage.screen
        await stage.press("O")
        await stage.press("down")
        assert start(stage).item.source == "classroom"
        assert start(stage).item.place is None
        await stage.press("enter")
        assert stage.screen is walk
        await stage.press("O", "n")
        assert stage.place == (0, 1.0)
        assert stage.screen is not walk

    perform(scene, memory=memory)


def test_a_walk_that_is_open_stays_though_its_file_is_gone(memory: Memory, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(loaded().file.read_text(encoding="utf-8"), encoding="utf-8")

    async def scene(stage: Stage) -> None:
        await stage.press("right", "right")
        walk = stage.screen
        await stage.press("O")
        await stage.press("delete")
        assert "2/119" in stage.whole("#list")
        file.unlink()
        await stage.press("enter")
        assert stage.screen is walk

    perform(scene, topology=load(file), memory=memory)


def test_to_look_at_the_list_writes_nothing(memory: Memory, tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", "right", "O")
        assert "2/119" in stage.whole("#list")
        assert list(tmp_path.iterdir()) == []

    perform(scene, memory=memory)
