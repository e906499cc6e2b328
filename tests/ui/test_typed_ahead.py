"""Keys that are typed before the screen that they are meant for is there: they do nothing to any other one."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from every_screen import SCREENS
from live_runs import Runs, finish
from pictures import Stage, loaded, perform
from textual import events
from textual.keys import _character_to_key

from vbtui.topology import Topology
from vbtui.ui.live_run import LiveRun
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.workflow import History

NFC = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"
ANSWERING = ("palette", "find", "go-to", "what-if", "what-if-runs", "question", "topologies", "write", "firewall-edit")
"""Screens that Enter closes; all others only in the long runs."""
NEXT = ("question_mark", "w", "g", "slash", "i", "t", "O", "f2", "f3", "B", "Y", "T", "P", "f5", "colon", "u", "r", "q")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the answers writes a file."""
    monkeypatch.chdir(tmp_path)


async def type_at_once(stage: Stage, *keys: str) -> None:
    """All keys before anything is made of the first one."""
    for key in keys:
        character = key if len(key) == 1 else "\r" if key == "enter" else None
        name = _character_to_key(key) if character == key and not key.isalnum() else key
        stage.app.post_message(events.Key(name, character))
    for _ in range(9):
        await stage.pilot.pause()


def assert_one_walkthrough(stage: Stage) -> None:
    """It is the newest one, and nothing stands over another."""
    stack = stage.app.screen_stack
    assert [one for one in stack if isinstance(one, WalkthroughScreen)] == [stage.screen]


@pytest.mark.parametrize(
    "closing", ["enter", *(pytest.param(key, marks=pytest.mark.long) for key in ("escape", "q", "1"))]
)
@pytest.mark.parametrize(
    "screen", [pytest.param(name, marks=() if name in ANSWERING else pytest.mark.long) for name in SCREENS]
)
def test_whoever_answers_twice_answers_one_screen(screen: str, closing: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*SCREENS[screen])
        await type_at_once(stage, closing, closing, closing)
        if stage.app.is_running:
            assert_one_walkthrough(stage)

    perform(scene, topology=loaded("locked-down"))


@pytest.mark.parametrize("typed", [("g", "5"), ("slash", "v", "c"), ("backslash", "n"), ("colon", "f", "i")])
def test_a_line_that_is_entered_twice_is_entered_once(typed: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*typed)
        await type_at_once(stage, "enter", "enter", "enter")
        assert_one_walkthrough(stage)

    perform(scene)


@pytest.mark.parametrize(
    "key",
    [pytest.param(key, marks=() if key in ("question_mark", "f2", "r", "q") else pytest.mark.long) for key in NEXT],
)
@pytest.mark.parametrize("replacing", ["u", "f5"])
def test_a_walkthrough_that_is_being_replaced_does_nothing_more(replacing: str, key: str) -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await stage.go(NFC)
        await stage.press("w", "enter", "enter")
        before = stage.screen
        await type_at_once(stage, replacing, key)
        assert stage.screen is not before
        assert_one_walkthrough(stage)
        assert stage.app.screen is stage.screen
        assert runs.started == []
        await stage.press("r")
        assert len(runs.started) == 1

    perform(scene, begin=runs)


@pytest.mark.parametrize("key", ["r", "q", "f3", "escape"])
@pytest.mark.parametrize("data", [False, True])
def test_a_second_run_begins_once(data: bool, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def every_vm(live: LiveRun, topology: Topology, _: object) -> History | None:
        return None if live.repository is None else History.of_every_vm(topology)

    runs = Runs()

    async def scene(stage: Stage) -> None:
        await stage.press("r")
        finish(runs.run)
        await stage.look()
        monkeypatch.setattr("vbtui.ui.live_run.LiveRun.next_history", every_vm)
        if data:
            await stage.press("f3")
        before = stage.screen
        await type_at_once(stage, "r", key)
        assert len(runs.started) == 2
        assert stage.screen is not before
        assert stage.screen._live.alive
        assert not before._live.alive
        assert_one_walkthrough(stage)

    perform(scene, begin=runs)


def test_leaving_closes_all_that_stands_over_the_screen_that_is_left() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("f2", "tab", "space", "escape", "enter", "O", "o", *"nothing", "enter")
        assert len(stage.app.screen_stack) == 5
        await stage.press("ctrl+q", "escape")
        assert stage.app.screen is stage.screen
        assert_one_walkthrough(stage)

    perform(scene)


def test_what_was_waited_for_comes_when_nothing_stands_over_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    import vbtui.ui.halves

    there = threading.Event()
    at_once = vbtui.ui.halves.fork_off

    def slowly(*arguments: Any) -> Any:
        assert there.wait(30)
        return at_once(*arguments)

    monkeypatch.setattr("vbtui.ui.halves.QUICK", 0)
    monkeypatch.setattr("vbtui.ui.halves.fork_off", slowly)

    def shown(stage: Stage) -> str:
        return type(stage.app.screen).__name__

    async def scene(stage: Stage) -> None:
        await stage.press("f2", "tab", "space", "escape", "enter", *["pagedown"] * 6, "w", "enter")
        assert shown(stage) == "SimulatingScreen"
        await stage.press("ctrl+q")
        assert shown(stage) == "ChoiceScreen"
        there.set()
        async with asyncio.timeout(30):
            await stage.app.workers.wait_for_complete()
        await stage.pilot.pause()
        assert shown(stage) == "ChoiceScreen"
        await stage.press("escape")
        await stage.pilot.pause()
        assert shown(stage) == "WhatIfScreen"

    perform(scene)
