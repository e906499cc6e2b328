"""A run on the Data screen, and the ways into it and out: screens, language, help, sizes, leaving."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from data_stage import SQL, copying, keep, look, on_data, opened, settled, worked
from live_runs import Runs
from patience import PATIENCE
from pictures import Stage, loaded, perform

from vbtui.engine.errors import Cancelled
from vbtui.i18n import translator
from vbtui.job import Record, RecordKind, SnapshotProgress, SnapshotState, WorkKind
from vbtui.job.points import OnProgress, PointWork, Report
from vbtui.ui.keys.data import DATA_KEYS
from vbtui.ui.screens.choice import ChoiceScreen
from vbtui.ui.screens.data import DataScreen
from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.help import HelpScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.vocabulary import KiB, MiB


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """An environment whose restore points are the test's own."""
    keep(tmp_path)
    return {"XDG_STATE_HOME": str(tmp_path)}


# ---- a run ----------------------------------------------------------------------------------------------------------


def test_a_run_fills_the_rows_the_map_and_the_charts_and_leaves_them() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        await stage.press("r")
        assert len(runs.started) == 1
        for step in range(1, 9):
            copying(runs, step / 10, seconds=float(step))
            await look(stage)
        assert "▶ copying" in stage.text("#disks")
        assert " 80 %" in stage.text("#disks")
        assert "▶ being read 1" in " ".join(stage.text("#map").split())
        assert "redo logs, at most 3.2 MiB" in stage.text("#figures")
        assert "peak 3.2 MiB/s" in stage.text("#figures")
        assert "● live" in stage.text("#header")
        copying(runs, 1.0, seconds=10.0)
        runs.run.finished = True
        await look(stage)
        assert "✔ done" in stage.text("#disks")
        assert "written" in stage.text("#map")
        assert screen.bench().states == runs.run.maps[SQL]
        assert "peak" in stage.text("#figures")
        await stage.press("a")
        assert "Throughput of all disks" in stage.text("#figures")

    perform(scene, begin=runs)


def test_the_run_goes_on_while_screens_change_and_is_looked_at_by_one_of_them() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await stage.press("r")
        copying(runs, 0.5, seconds=2.0)
        await stage.look()
        await opened(stage)
        assert " 50 %" in stage.text("#disks")
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)
        await stage.look()
        assert "live" in stage.text("#header")
        assert stage.screen.data is None

    perform(scene, begin=runs)


def test_the_rules_wait_for_the_end_of_a_run() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("r", "f2")
        assert stage.on(DataScreen)
        assert "A run is going on" in stage.text("#outcome")

    perform(scene, begin=runs)


def looking(screen: DataScreen) -> bool:
    """The timer of the looks runs."""
    return screen._looks is not None and screen._looks._active.is_set()


def test_at_rest_no_timer_runs_and_during_a_run_one_does() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        screen._ticker = True
        screen.keep_looking()
        seen = [looking(screen)]
        await stage.press("r")
        seen.append(looking(screen))
        runs.run.finished = True
        await look(stage)
        seen.append(looking(screen))
        assert seen == [False, True, False]

    perform(scene, begin=runs)


# ---- language, help, the ways in and out ----------------------------------------------------------------------------


def test_help_tells_every_key_and_every_mark() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("question_mark")
        assert stage.on(HelpScreen)
        told = stage.text("#help")
        for key in DATA_KEYS:
            assert key.shown in told
        assert "block: in the backup file" in told
        await stage.press("escape")
        assert stage.on(DataScreen)

    perform(scene, size=(120, 60))


def test_the_language_changes_here_and_stays_changed_in_the_walk() -> None:
    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        await stage.press("L")
        assert "Noch wurde nichts gelesen" in stage.text("#map")
        said = translator("de")
        shown = {active.binding.description for active in screen.active_bindings.values()}
        assert {said(key.short) for key in DATA_KEYS} <= shown
        await stage.press("f1")
        assert stage.on(WalkthroughScreen)
        assert "Ein Backup-Job startet" in stage.text("#step")

    perform(scene)


def test_function_keys_go_from_each_screen_to_each() -> None:
    async def scene(stage: Stage) -> None:
        for keys, where in (
            (("f3",), DataScreen),
            (("f3",), WalkthroughScreen),
            (("f3", "f1"), WalkthroughScreen),
            (("f3", "escape"), WalkthroughScreen),
            (("f3", "f2"), FirewallScreen),
            (("f3",), DataScreen),
            (("f2", "f1"), WalkthroughScreen),
        ):
            await stage.press(*keys)
            await settled(stage)
            assert stage.on(where), keys

    perform(scene)


def test_edited_rules_go_along_from_the_rules_to_the_data() -> None:
    async def scene(stage: Stage) -> None:
        before = stage.screen
        await stage.press("f2", "space", "f3")
        assert stage.on(ChoiceScreen)
        await stage.press("enter")
        await settled(stage)
        assert stage.on(DataScreen)
        await stage.press("f1")
        assert stage.screen is not before
        assert "edited rules" in stage.text("#header")

    perform(scene, topology=loaded("locked-down"))


def test_it_can_be_the_first_screen() -> None:
    async def scene(stage: Stage) -> None:
        await settled(stage)
        assert on_data(stage).bench().lines
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)

    perform(scene, data=True)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_q_leaves(key: str) -> None:
    codes: list[int | None] = []

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press(key)
        await settled(stage)
        codes.append(stage.app.return_value)

    perform(scene)
    assert codes == [0]


def test_q_stops_a_live_run_first() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("r", "q")
        await settled(stage)
        assert runs.run.cancelled
        assert stage.app.return_value is None

    perform(scene, begin=runs)


@pytest.mark.parametrize("size", [(59, 24), (80, 19), (1, 1)])
def test_below_60x20_there_is_a_message(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        assert screen.query_one("#too-small").region
        assert not screen.query_one("#disks").region

    perform(scene, size=size)


def test_a_storm_of_sizes_ends_in_the_right_layout(state: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        for size in [(200, 60), (1, 1), (60, 20), (109, 33), (110, 34), (30, 200), (300, 20), (120, 40)]:
            await stage.pilot.resize_terminal(*size)
            await stage.press("down", "tab")
        await settled(stage)
        shown = {view.id for view in screen.query("#disks, #map, #figures, #points") if view.region}
        assert shown == {"disks", "map", "figures", "points"}

    perform(scene, environment=state)


@pytest.mark.parametrize("late", [0, 100 * KiB])
def test_what_was_merged_beyond_the_redo_logs_was_written_during_the_commit(late: int) -> None:
    runs, merged = Runs(), 4600 * KiB

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("r")
        for step in range(1, 11):
            copying(runs, step / 10, seconds=float(step))
            await look(stage)
        committed = SnapshotProgress(SnapshotState.COMMITTED, 0, merged, 2, 0.01, 0.02, before_commit=merged - late)
        runs.run.snapshots, runs.run.finished = {"sql01": committed}, True
        await look(stage)
        told = " ".join(stage.text("#figures").split())
        assert f"redo logs, at most {'4.4' if late else '4.5'} MiB" in told
        assert ("Merged 4.5 MiB, of these 100 KiB written during the commit" in told) is bool(late)
        assert "Merged 4.5 MiB" in told

    perform(scene, begin=runs, size=(200, 60))


# ---- stopping a run -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_c_stops_the_run_and_the_screen_stays(size: tuple[int, int]) -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await opened(stage)
        assert "run for real" in stage.text("#keys")
        assert "c cancel" not in stage.text("#keys")
        await stage.press("r")
        copying(runs, 0.5, seconds=2.0)
        await look(stage)
        assert "c stops the run" in stage.text("#outcome")
        assert "c cancel" in stage.text("#keys")
        assert "run for real" not in stage.text("#keys")
        await stage.press("c")
        assert runs.run.cancelled
        assert "The run is being stopped" in stage.text("#outcome")
        assert "c cancel" not in stage.text("#keys")
        await look(stage)
        await stage.press("down")
        await look(stage)
        assert "The run is being stopped" in stage.text("#outcome")
        runs.run.finished = True
        runs.run.records = (Record(2, "sql01/6/commit", RecordKind.POINT, "sql01.vbt", 9 * MiB),)
        await look(stage)
        assert stage.on(DataScreen)
        assert "The run was stopped · 1 restore point is complete" in " ".join(stage.text("#outcome").split())
        assert "live" not in stage.text("#header")
        assert stage.app.return_value is None
        assert "run for real" in stage.text("#keys")
        await stage.press("r")
        assert len(runs.started) == 2
        await look(stage)
        assert "being stopped" not in stage.text("#outcome")

    perform(scene, begin=runs, size=size)


def test_q_behind_c_leaves_when_the_run_has_stopped() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("r", "c", "q")
        assert stage.app.return_value is None
        assert "vbtui closes when it has stopped" in stage.text("#now")
        runs.run.finished = True
        await stage.look()
        assert stage.app.return_value == 0

    perform(scene, begin=runs)


def test_work_on_a_point_is_cancelled_before_the_run(state: dict[str, str]) -> None:
    runs = Runs()

    def until_stopped(_tell: OnProgress, stop: threading.Event) -> Report:
        assert stop.wait(PATIENCE)
        raise Cancelled("verify")

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("r")
        keeping = stage.app.walkthroughs.keep()
        keeping.begin(lambda _points: PointWork(WorkKind.VERIFY, "sql01-0002", until_stopped))
        await stage.press("c")
        await worked(stage)
        assert "cancelled" in stage.text("#outcome")
        assert not runs.run.cancelled
        await stage.press("c")
        assert runs.run.cancelled

    perform(scene, begin=runs, environment=state)


def test_c_without_anything_that_goes_on_says_so() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("c")
        assert "Nothing goes on that could be cancelled." in stage.text("#outcome")

    perform(scene)
