"""A real run at full pace, watched on the Data screen to its end; then one of its points is verified and restored."""

from __future__ import annotations

import asyncio
from pathlib import Path

from data_stage import SQL, opened, settled, worked
from pictures import Stage, perform

from vbtui.job import BlockState, Places, start_run
from vbtui.ui.live import Run
from vbtui.walk.disk_lines import DiskStage, Origin

PATIENCE = 120.0


def test_a_real_run_is_shown_as_it_goes_and_what_it_leaves_can_be_restored(tmp_path: Path) -> None:
    started = []

    def begin(loaded, trace, *, pace: str) -> Run:  # type: ignore[no-untyped-def]
        run = start_run(loaded, trace, places=Places(tmp_path / "vbtui"), pace=pace)
        started.append(run)
        return run

    async def scene(stage: Stage) -> None:
        screen = await opened(stage)
        await stage.press("r")
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
