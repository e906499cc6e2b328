"""Every key of the Data screen does what the help says: disks, views, restore points and work on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from data_stage import NEW, damage, keep, opened, settled, worked
from pictures import Stage, perform

from vbtui.ui.data_bench import DataView
from vbtui.ui.screens.data import DataScreen
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.screens.reading import ReadingScreen


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """An environment whose restore points are the test's own."""
    keep(tmp_path)
    return {"XDG_STATE_HOME": str(tmp_path)}


# ---- disks and views ------------------------------------------------------------------------------------------------


def test_before_a_run_everything_is_an_estimate_and_r_is_offered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        assert "estimate" in str(screen.query_one("#disks").border_title)
        assert "r performs this job for real" in stage.text("#outcome")
        assert "as it is shown; again: an incremental run" in stage.text("#outcome")
        assert "Size        160 MiB" in stage.text("#figures")
        assert "Processed" not in stage.text("#figures")
        assert "Nothing has been read yet" in stage.text("#map")
        assert "about 400 MiB/s" in stage.text("#figures")
        assert "There are none yet" in stage.text("#points")
        assert not (tmp_path / "vbtui").exists()

    perform(scene, environment={"XDG_STATE_HOME": str(tmp_path)})


def test_arrows_choose_the_disk_and_its_vm_chooses_the_points(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        assert "sql01-0002" in stage.text("#points")
        await stage.press("down", "down")
        assert screen.bench().line is not None
        assert "▶ web01/web01.vmdk" in stage.text("#disks")
        assert "web01-0001" in stage.text("#points")
        assert "sql01-0001" not in stage.text("#points")
        await stage.press("end")
        assert screen.bench().place == 4
        await stage.press("pageup")
        assert screen.bench().place == 0
        await stage.press("pagedown", "home", "right", "right", "left")
        assert screen.bench().place == 1

    perform(scene, environment=state)


def test_tab_gives_the_keys_to_the_points_and_back(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        await stage.press("tab", "down")
        assert (screen.bench().place, screen.bench().point_place) == (0, 1)
        assert "▶ ◆ full" in stage.text("#points")
        await stage.press("shift+tab", "down")
        assert screen.bench().place == 1

    perform(scene, environment=state)


def test_at_80x24_tab_brings_every_view_in_turn(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        seen = []
        for _ in DataView:
            seen.append([view.id for view in screen.query("#disks, #map, #figures, #points") if view.region])
            await stage.press("tab")
        assert seen == [["disks", "figures"], ["map"], ["figures"], ["points"]]

    perform(scene, size=(80, 24), environment=state)


def test_a_click_chooses_a_disk_and_a_point(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        await stage.pilot.click("#points", offset=(10, 3))
        assert screen.bench().point_place == 1
        await stage.pilot.click("#disks", offset=(10, 3))
        assert screen.bench().place == 1

    perform(scene, environment=state)


def test_points_say_what_they_are_and_what_they_need(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        newest, oldest = stage.text("#points").splitlines()[1:3]
        assert "◇ incremental sql01-0002" in newest
        assert "sql01-0001" in newest
        assert "✔ whole" in newest
        assert "◆ full" in oldest

    perform(scene, environment=state)


def test_a_point_whose_parent_is_missing_says_so_and_g_sees_that_it_has_come_back(
    state: dict[str, str], tmp_path: Path
) -> None:
    parent = tmp_path / "vbtui/repository/classroom/sql01-0001.vbx"
    parent.rename(parent.with_suffix(".away"))

    async def scene(stage: Stage) -> None:
        await opened(stage)
        assert "✖ parent missing" in stage.text("#points")
        parent.with_suffix(".away").rename(parent)
        await stage.press("g")
        await settled(stage)
        assert "parent missing" not in stage.text("#points")

    perform(scene, environment=state)


# ---- work on restore points -----------------------------------------------------------------------------------------


def test_v_verifies_the_selected_point(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("v")
        await worked(stage)
        assert "✔ sql01-0002: whole, 8 blocks of its disks" in stage.text("#outcome")
        await stage.press("down")
        assert "whole, 8 blocks" not in stage.text("#outcome")
        await stage.press("h")
        await worked(stage)
        assert "✔ sql01: 2 restore points, 7 stored blocks, " in stage.text("#outcome")

    perform(scene, environment=state)


def test_damage_is_told_in_one_line_and_enter_shows_all(state: dict[str, str], tmp_path: Path) -> None:
    damage(keep(tmp_path / "other"), "sql01-0001")
    environment = {"XDG_STATE_HOME": str(tmp_path / "other")}

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("v")
        await worked(stage)
        assert "✖ sql01-0002: disk sql01.vmdk, block" in stage.text("#outcome")
        await stage.press("h")
        await worked(stage)
        assert "Enter shows all" in stage.text("#outcome")
        await stage.press("enter")
        assert stage.on(ReadingScreen)
        told = " ".join(stage.text("#reading").split())
        assert "sql01-0001.vbx, byte" in told
        assert "cannot be restored whole: sql01-0001, sql01-0002" in told
        assert "the next run reads" in told
        await stage.press("escape")
        assert stage.on(DataScreen)

    perform(scene, environment=environment)
    assert state


def test_h_checks_all_points_of_the_vm(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("h")
        await worked(stage)
        assert "✔ sql01: 2 restore points" in stage.text("#outcome")
        assert "nothing damaged" in stage.text("#outcome")

    perform(scene, environment=state)


def test_x_restores_the_disk_to_a_new_file(state: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "back.img"

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("x")
        assert stage.on(PromptScreen)
        await stage.press("ctrl+u", *str(output), "enter")
        assert stage.on(DataScreen)
        await worked(stage)
        assert "✔" in stage.text("#outcome")
        assert "restored" in stage.text("#outcome")

    perform(scene, environment=state)
    assert output.read_bytes() == NEW


@pytest.mark.parametrize(
    ("name", "wrong"), [("", "name of a new file"), ("mine.img", "exists already"), ("none/x.img", "no folder")]
)
def test_a_file_that_cannot_be_made_is_refused_where_it_is_typed(
    state: dict[str, str], tmp_path: Path, name: str, wrong: str
) -> None:
    (tmp_path / "mine.img").write_bytes(b"mine")

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("x", "ctrl+u", *(str(tmp_path / name) if name else ""), "enter")
        assert stage.on(PromptScreen)
        assert wrong in stage.text("#note")
        await stage.press("escape")
        assert stage.on(DataScreen)

    perform(scene, environment=state)
    assert (tmp_path / "mine.img").read_bytes() == b"mine"


def test_a_disk_that_the_point_does_not_have_is_said(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("down", "x")
        assert "has no disk sql01_1.vmdk" in stage.text("#outcome")

    perform(scene, environment=state)


@pytest.mark.parametrize("key", ["v", "x", "h"])
def test_without_a_point_there_is_nothing_to_work_on(tmp_path: Path, key: str) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press(key)
        assert "no restore point here" in stage.text("#outcome")
        await stage.press("c")
        assert "Nothing goes on" in stage.text("#outcome")

    perform(scene, environment={"XDG_STATE_HOME": str(tmp_path)})
