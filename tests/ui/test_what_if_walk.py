"""What-ifs in the walk: walking on in a fork, the way back, live runs, large jobs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from forked_walks import BLOCK, NFC, SIZES, changes, comparison, fork, walked_on
from live_runs import Runs
from patience import PATIENCE
from pictures import Stage, loaded, perform
from textual.widgets import Input

from vbtui.ui import halves
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.screens.what_if_dialogues import SimulatingScreen
from vbtui.walk.forks import RowKind
from vbtui.workflow import Change

# Walking on, and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_enter_walks_on_in_the_fork_and_u_goes_back_without_loss(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        original = stage.screen.walk
        await fork(stage)
        await stage.press("enter")
        assert changes(stage) == (BLOCK,)
        assert stage.screen.walk.event.id == NFC
        assert "what if: Block" in stage.text("#header")
        assert "u goes back" in stage.text("#now")
        await stage.press("left")
        await stage.press("u")
        assert stage.screen.walk.trace is original.trace
        assert stage.screen.walk.index == original.index - 1
        assert "what if" not in stage.text("#header")
        await stage.press("u")
        assert "no what-if to take back" in stage.text("#now")
        assert stage.screen.walk.trace is original.trace

    perform(scene, place=NFC, size=size)


def test_what_ifs_are_taken_back_one_by_one() -> None:
    async def scene(stage: Stage) -> None:
        traces = [stage.screen.walk.trace]
        for key in ("2", "1"):
            await stage.press("w", key, "enter")
            traces.append(stage.screen.walk.trace)
            await stage.go(NFC)
        assert changes(stage) == (f"{NFC}:rule=core,proxy-nfc,off", f"{NFC}:allow=px-vm,esx02,tcp/902")
        assert "what if (2): Allow" in stage.text("#header")
        for trace in reversed(traces[:-1]):
            await stage.press("u")
            assert stage.screen.walk.trace is trace

    perform(scene, place=NFC)


def test_the_walk_goes_on_at_an_event_that_only_the_fork_has() -> None:
    async def scene(stage: Stage) -> None:
        await fork(stage)
        await stage.press("g")
        stage.app.screen.query_one("#line", Input).value = only
        await stage.press("enter")
        assert await walked_on(stage) == (change,)
        assert stage.screen.walk.event.id == only

    asked = "sql01/2.1/guest-windows/vbr01/sql01/tcp-445"
    change = f"{asked}:block=vbr01,sql01,tcp/445"
    only = next(row.event.id for row in comparison(change).rows if row.kind is RowKind.ONLY_B)
    perform(scene, place=asked)


def test_changes_of_the_command_line_can_be_taken_back_too() -> None:
    async def scene(stage: Stage) -> None:
        assert "what if: Block" in stage.text("#header")
        await stage.press("u")
        assert changes(stage) == ()
        assert stage.screen.walk.event.id == NFC

    perform(scene, place=NFC, changes=(Change.parse(BLOCK),))


def test_esc_comes_back_to_the_walk_as_it_was_and_q_asks_as_everywhere() -> None:
    codes: list[int | None] = []

    async def scene(stage: Stage) -> None:
        before = stage.screen.walk
        await fork(stage)
        await stage.press("n", "n", "escape")
        assert stage.on(WalkthroughScreen)
        assert stage.screen.walk == before
        await fork(stage)
        await stage.press("q")
        codes.append(stage.app.return_value)

    perform(scene, place=NFC)
    assert codes == [0]


def test_a_fork_stays_when_the_rules_are_looked_at() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("w", "enter", "enter", "f2", "escape")
        assert changes(stage) == (BLOCK,)
        await stage.press("u")
        assert changes(stage) == ()

    perform(scene, place=NFC)


def test_while_a_run_goes_on_nothing_is_changed() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        for key in ("w", "u"):
            await stage.press(key)
            assert stage.on(WalkthroughScreen)
            assert "w changes it when it has ended" in stage.text("#now")

    perform(scene, begin=Runs())


def test_a_fork_is_performed_with_its_changes_in_the_log() -> None:
    """A run log keeps the changes, so that its replay is under what it ran under."""
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await stage.press("w", "enter", "enter", "r")
        assert runs.run.trace.changes == (BLOCK,)
        log = runs.run.log()
        assert log is not None and log.changes == (BLOCK,)

    perform(scene, place=NFC, begin=runs)


def test_a_change_that_would_take_an_earlier_one_its_event_is_refused() -> None:
    """The copy is blocked at its connection; a run without that step has no such event any more."""

    async def scene(stage: Stage) -> None:
        await stage.press("w", "t")
        stage.app.screen.query_one("#line", Input).value = "legacy01/legacy01.vmdk/5.3/vmx:cbt-reset=legacy01"
        await stage.press("enter", "enter")
        assert len(changes(stage)) == 1
        await stage.go(NFC)
        await stage.press("w", "1")
        assert stage.on(WalkthroughScreen)
        assert "would never come to act" in stage.text("#now")

    perform(scene, place=NFC)


# Large jobs -----------------------------------------------------------------------------------------------------------


def test_a_large_job_is_simulated_beside_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "QUICK", 0)

    async def scene(stage: Stage) -> None:
        await stage.press("w", "enter")
        async with asyncio.timeout(PATIENCE):
            await stage.app.workers.wait_for_complete()
        await stage.pilot.pause()
        assert await walked_on(stage) == (BLOCK,)

    perform(scene, place=NFC, topology=loaded())


def test_esc_gives_up_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    go_on, at_once = threading.Event(), halves.fork_off

    def slowly(*arguments: Any) -> Any:
        go_on.wait(20)
        return at_once(*arguments)

    monkeypatch.setattr(halves, "QUICK", 0)
    monkeypatch.setattr(halves, "fork_off", slowly)

    async def scene(stage: Stage) -> None:
        await stage.press("w", "enter")
        assert stage.on(SimulatingScreen)
        assert "is simulated with the change" in " ".join(stage.text("#simulating").split())
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)
        go_on.set()
        await stage.pilot.pause()
        assert stage.on(WalkthroughScreen)
        assert changes(stage) == ()

    perform(scene, place=NFC)
