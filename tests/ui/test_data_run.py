"""A real run at full pace, watched on the Data screen to its end; then one of its points is verified and restored."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from data_stage import SQL, opened, settled, worked
from patience import PATIENCE
from pictures import Stage, loaded, perform

from vbtui.job import BlockState, Places, start_run
from vbtui.job import Run as RealRun
from vbtui.topology import LoadedTopology
from vbtui.trace import Trace
from vbtui.ui.live import Run
from vbtui.walk.disk_lines import DiskStage, Origin


def test_a_real_run_is_shown_as_it_goes_and_what_it_leaves_can_be_restored(tmp_path: Path) -> None:
    started = []

    def begin(loaded, trace, *, pace: str) -> Run:  # type: ignore[no-untyped-def]
        run = start_run(loaded, trace, places=Places(tmp_path / "vbtui"), pace=pace)
        started.append(run)
        return run

    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        await stage.press("r")
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(started[0].wait, 0.05):
                screen.look()
                await stage.pilot.pause()
        screen.look()
        await settled(stage)
        bench = screen.bench()
        assert bench.origin is Origin.MEASURED
        assert {line.stage for line in bench.lines} == {DiskStage.DONE}
        assert all(line.read and line.transferred and line.total == line.processed for line in bench.lines)
        found = {BlockState(state) for state in set(bench.states)}
        assert BlockState.WRITTEN in found
        assert found.isdisjoint({BlockState.UNREAD, BlockState.READING, BlockState.READ, BlockState.SENT})
        assert bench.history.read[SQL].last == bench.lines[0].read
        assert bench.kept.points
        await stage.press("v")
        await worked(stage)
        assert "whole" in stage.text("#outcome")
        output = tmp_path / "sql01.img"
        await stage.press("x", "ctrl+u", *str(output), "enter")
        await worked(stage)
        assert "restored" in stage.text("#outcome")
        assert output.stat().st_size == bench.lines[0].total

    perform(scene, begin=begin, pace="full", environment={"XDG_STATE_HOME": str(tmp_path)})


@pytest.mark.parametrize("from_data", [False, True])
def test_the_second_run_builds_on_the_first(tmp_path: Path, from_data: bool) -> None:
    started: list[RealRun] = []

    def begin(loaded: LoadedTopology, trace: Trace, *, pace: str) -> Run:
        started.append(start_run(loaded, trace, places=Places(tmp_path / "vbtui"), pace=pace))
        return started[-1]

    async def ended(stage: Stage) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(started[-1].wait, 0.05):
                await stage.pilot.pause()
        stage.screen.poll()
        await settled(stage)

    async def scene(stage: Stage) -> None:
        await stage.press("r")
        await ended(stage)
        if from_data:
            await opened(stage)
        await stage.press("r")
        await settled(stage)
        assert len(started) == 2
        await ended(stage)
        vms = tuple(sorted(vm.vm for vm in started[0].trace.vms))
        assert [run.trace.history for run in started] == [(), vms]
        assert {task.tracked for task in started[1].progress().tasks.values()} == {True}
        assert (stage.screen.data is not None) is from_data
        # A third one has the same trace and needs no other walkthrough.
        before = stage.screen
        await stage.press("r")
        await ended(stage)
        assert stage.screen is before
        assert started[2].trace is started[1].trace

    perform(
        scene, topology=loaded("small-office"), begin=begin, pace="full",
        environment={"XDG_STATE_HOME": str(tmp_path)},
    )  # fmt: skip
