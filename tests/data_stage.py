"""What the tests of the Data screen share: the way there, scripted copies with block maps, and restore points."""

from __future__ import annotations

import asyncio
from pathlib import Path

from live_runs import FIRST, Runs
from patience import PATIENCE
from pictures import Stage
from restore_chains import write_point
from restore_points import BLOCK, content_of

from vbtui.engine import Repository
from vbtui.job import BlockState, TaskProgress
from vbtui.ui.screens.data import DataScreen
from vbtui.vocabulary import MiB

SQL = "sql01/sql01.vmdk"
BLOCKS = 160
"""Of that disk."""
OLD = content_of("abrrc.rb")
NEW = content_of("abrxc.rr")


def on_data(stage: Stage) -> DataScreen:
    """The Data screen, which must be the topmost one."""
    assert isinstance(stage.app.screen, DataScreen)
    return stage.app.screen


async def opened(stage: Stage) -> DataScreen:
    """Go there, and wait until the folder has been listed."""
    await stage.press("f3")
    await settled(stage)
    return on_data(stage)


async def settled(stage: Stage) -> None:
    """Everything that was asked for in the background has come."""
    async with asyncio.timeout(PATIENCE):
        await stage.app.workers.wait_for_complete()
    await stage.pilot.pause()
    await stage.pilot.pause()


async def look(stage: Stage) -> None:
    """Look once at what goes on, and wait for what that asks for."""
    assert stage.screen.data is not None
    stage.screen.data.look()
    await settled(stage)


async def worked(stage: Stage) -> None:
    """The work on a restore point has ended and been looked at."""
    assert stage.app.walkthroughs.keep().wait(PATIENCE)
    await look(stage)


def states(done: int, blocks: int = BLOCKS) -> bytes:
    """A disk in mid-copy: every fifth block is a hole, every eleventh zeros, every seventh a duplicate."""
    found = bytearray([BlockState.UNREAD]) * blocks
    for block in range(blocks):
        if block % 5 == 3:
            found[block] = BlockState.HOLE
        elif block < done:
            found[block] = BlockState.ZERO if block % 11 == 2 else BlockState.WRITTEN
            if block % 7 == 4:
                found[block] = BlockState.DUPLICATE
    if done < blocks:
        for place_, state in enumerate((BlockState.SENT, BlockState.READ, BlockState.READING)):
            if done + place_ < blocks:
                found[done + place_] = state
    return bytes(found)


def copying(runs: Runs, fraction: float, *, seconds: float) -> None:
    """Let the scripted run have come so far with its first disk."""
    run, total = runs.run, BLOCKS * MiB
    run.index = run.trace.by_id[FIRST].position
    run.elapsed = 2.0 + seconds
    run.tasks = {
        SQL: TaskProgress(
            SQL,
            round(total * fraction),
            round(total * fraction * 0.2),
            round(total * fraction * 0.1),
            fraction,
            seconds,
            "source",
            fraction >= 1.0,
            "san",
            total,
            round(total * fraction * 0.02),
            round(total * fraction * 0.05),
        )
    }
    run.maps = {SQL: states(round(BLOCKS * fraction))}
    run.redo = {"sql01": round(4 * MiB * fraction)}


def keep(state: Path, topology: str = "classroom") -> Repository:
    """A full and an incremental restore point of one VM and a full one of another, in the folder that the app uses with
    this XDG_STATE_HOME."""
    repository = Repository(state / "vbtui" / "repository" / topology)
    write_point(repository, "sql01-0001", {"sql01.vmdk": OLD}, vm="sql01", created_ms=1_700_000_000_000)
    write_point(
        repository, "sql01-0002", {"sql01.vmdk": NEW}, "sql01-0001", vm="sql01", created_ms=1_700_090_000_000
    )  # fmt: skip
    write_point(repository, "web01-0001", {"web01.vmdk": content_of("ab")}, vm="web01", created_ms=1_700_000_000_000)
    return repository


def damage(repository: Repository, point: str) -> None:
    """Turn a bit over in the first record of a point."""
    path = repository.path / f"{point}.vbx"
    content = bytearray(path.read_bytes())
    content[BLOCK + 64 + 8] ^= 1
    path.write_bytes(content)
