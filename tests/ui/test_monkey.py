"""A monkey at the screens: random keys, clicks, drags, sizes and pastes, the same for the same seed.

Whatever it does, nothing may be raised, no task or thread may be left over, and memory must not grow with the time it
plays. It works in a folder of its own, its runs are scripted, and where it leaves the program it is let in again.
"""

from __future__ import annotations

import asyncio
import gc
import random
import string
import threading
import tracemalloc
from pathlib import Path

import pytest
from live_runs import ScriptedRun
from pictures import Clock
from pictures import loaded as shipped
from textual import events
from textual.pilot import Pilot

from vbtui.job import RunProgress
from vbtui.topology import LoadedTopology
from vbtui.trace import Trace
from vbtui.ui import Looks, Motion, Opening, Shown, WalkthroughApp
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.vocabulary import Result

BATCH = 10
"""What it does before it is waited for."""
SIZES = [(120, 40), (80, 24), (200, 60), (60, 20), (100, 30), (59, 19), (1, 1), (300, 20), (30, 90)]
UNKNOWN_KEYS = ["f7", "f11", "ctrl+x", "ctrl+z", "insert", "delete", "shift+f3", "alt+a", "ctrl+at", "backspace"]
PASTES = ["902", "[bold red]", "\x1b[2J\x1b]52;c;AAAA\x07", "zwei\nZeilen\t", "x" * 5000, "", "../../etc/passwd"]
GROWTH = 24 << 20
"""Bytes by which a long play may end above its middle: caches fill up, and screens are opened in another order."""


class LivingRun(ScriptedRun):
    """Goes on by some events whenever it is looked at."""

    def progress(self) -> RunProgress:
        last = len(self.trace) - 1
        if not self.finished:
            self.index = min(last, self.index + 7)
            self.finished = self.index == last or self.cancelled
            self.result = Result.SUCCESS if self.index == last else None
        return super().progress()


def begin(loaded: LoadedTopology, trace: Trace, *, pace: str) -> LivingRun:  # noqa: ARG001
    return LivingRun(trace)


class Monkey:
    """Plays with one app after the other."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.done = 0
        self.memory: list[int] = []
        """Bytes that are held, after each app."""

    def opening(self) -> Opening:
        pick = self.random.choice
        looks = Looks(pick([True, False]), pick([True, False]), pick(list(Motion)), pick([True, False, False]))
        name = pick(["classroom", "locked-down", "small-office", "two-site"])
        return Opening(shipped(name), language=pick(["en", "de"]), looks=looks, shown=pick(list(Shown)))

    async def play(self, actions: int) -> None:
        """So many actions on one app; fewer if it leaves."""
        clock = Clock()
        app = WalkthroughApp(self.opening(), clock=clock, ticker=False, begin=begin)
        size = self.random.choice(SIZES)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for number in range(actions):
                await self.act(app, pilot, clock)
                self.done += 1
                if number % BATCH == 0:
                    await pilot.pause()
                if not app.is_running or app._exit:
                    break
            if app._exit is False:
                await app.workers.wait_for_complete()
                await pilot.pause()

    async def act(self, app: WalkthroughApp, pilot: Pilot[int], clock: Clock) -> None:
        """One thing that a person, or a cat on the keyboard, may do."""
        chance = self.random.random()
        if chance < 0.55:
            known = sorted(app.screen.active_bindings)
            # Leaving is no fun, and is tried often enough by the letters below.
            known = [key for key in known if key not in ("q", "ctrl+q", "ctrl+c")]
            await pilot.press(self.random.choice(known or ["escape"]))
        elif chance < 0.75:
            await pilot.press(self.random.choice([*string.ascii_letters, *string.digits, "enter", "escape", "tab"]))
        elif chance < 0.78:
            await pilot.press(self.random.choice(UNKNOWN_KEYS))
        elif chance < 0.92:
            self.mouse(app)
        elif chance < 0.94:
            await pilot.resize_terminal(*self.random.choice(SIZES))
        elif chance < 0.96:
            app.post_message(events.Paste(self.random.choice(PASTES)))
        else:
            clock.now += self.random.choice([0.02, 0.3, 2.0])
            for screen in app.screen_stack:
                if isinstance(screen, WalkthroughScreen) and screen.is_mounted:
                    screen.tick()
                    screen.poll()

    def mouse(self, app: WalkthroughApp) -> None:
        """A click, a drag or a turn of the wheel, perhaps beside the screen."""
        width, height = app.size
        places = [(self.random.randint(-3, width + 3), self.random.randint(-3, height + 3)) for _ in range(3)]
        control = self.random.random() < 0.2
        kinds: list[type[events.MouseEvent]] = self.random.choice(
            [
                [events.MouseDown, events.MouseUp, events.Click],
                [events.MouseDown, events.MouseMove, events.MouseMove, events.MouseUp],
                [events.MouseScrollDown],
                [events.MouseScrollUp],
                [events.MouseMove],
            ]
        )
        for place, kind in enumerate(kinds):
            x, y = places[0] if kind is events.Click else places[min(place, 2)]
            app.screen._forward_event(
                kind(app.screen, x, y, 0, 0, 1 if kind is not events.MouseMove else 0, False, False, control, x, y)
            )


def leftovers(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads that an app has left; asyncio's own pool stays for the next one."""
    return [one for one in threading.enumerate() if one not in before and not one.name.startswith("asyncio_")]


def let_loose(seed: int, actions: int) -> Monkey:
    """Play until so many things have been done."""
    monkey, threads = Monkey(seed), set(threading.enumerate())

    async def play() -> None:
        while monkey.done < actions:
            await monkey.play(min(400, actions - monkey.done))
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert not leftovers(threads)
            if tracemalloc.is_tracing():
                gc.collect()
                monkey.memory.append(tracemalloc.get_traced_memory()[0])

    asyncio.run(play())
    return monkey


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person who runs the tests is read or written."""
    monkeypatch.chdir(tmp_path)
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_pressed_clicked_or_pasted_nothing_breaks(seed: int) -> None:
    let_loose(seed, 500)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_it_stays_so_for_a_long_time_and_memory_is_flat(seed: int) -> None:
    tracemalloc.start()
    try:
        memory = let_loose(seed, 5000).memory
    finally:
        tracemalloc.stop()
    assert max(memory[-2:]) < min(memory[len(memory) // 2 :]) + GROWTH
