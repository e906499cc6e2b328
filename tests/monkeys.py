"""A monkey at the screens: random keys, clicks, drags, sizes and pastes, the same for the same seed.

It is led to every screen in turn and plays from there; what it types comes as fast as keys that are held down, and only
now and then it waits for the app. It works in a folder of its own, its runs are scripted, its restore points are its
own, and where it leaves the program it is let in again.
Decided here: what it may do, and where it begins. Never here: what must hold afterwards (`ui/test_monkey.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from live_runs import ScriptedRun
from patience import PATIENCE
from pictures import Clock, company
from pictures import loaded as shipped
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from vbtui.job import RunProgress
from vbtui.topology import LoadedTopology
from vbtui.trace import Trace
from vbtui.ui import Looks, Motion, Opening, Shown, WalkthroughApp
from vbtui.ui.base_app import BaseApp
from vbtui.ui.notes.app import NotesApp
from vbtui.ui.notes.channel import ChannelError, Stop, Trouble, Waiting
from vbtui.ui.notes.presented import Presented
from vbtui.ui.notes.presenting import presented_at
from vbtui.ui.remembered import Memory
from vbtui.ui.screens.data import DataScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.vocabulary import Result
from vbtui.workflow import simulate

BATCH = 10
"""What it does at most before it waits for the app."""
SIZES = [(120, 40), (80, 24), (200, 60), (60, 20), (100, 30), (59, 19), (1, 1), (300, 20), (30, 90), (300, 100)]
UNKNOWN_KEYS = ["f7", "f11", "ctrl+x", "ctrl+z", "insert", "delete", "shift+f3", "alt+a", "ctrl+at", "backspace"]
OPENERS = ["w", "i", "p", "/", ":", "t", "P", "O", "f2", "f3", "g", "b", "B", "f", "?", "Y", "y", "o", "\\", "[", "]"]
"""Keys that lead to other screens, or that change what is looked at."""
PASTES = ["902", "[bold red]", "\x1b[2J\x1b]52;c;AAAA\x07", "zwei\nZeilen\t", "x" * 5000, "", "../../etc/passwd"]
TOPOLOGIES = ["classroom", "locked-down", "small-office", "two-site"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where the monkey is put down: the keys that lead there, and the screen that is then the topmost one."""

    screen: str
    keys: tuple[str, ...] = ()
    shown: Shown = Shown.WALKTHROUGH
    predict: bool = False
    large: bool = False
    """On a topology of which only a part is shown at a time."""


BEGINNINGS = (
    Beginning("WalkthroughScreen"),
    Beginning("WalkthroughScreen", large=True),
    Beginning("StartScreen", shown=Shown.START),
    Beginning("StartScreen", ("O",)),
    Beginning("OpenFileScreen", ("O", "o")),
    Beginning("WhatIfChoiceScreen", ("g", *"11", "enter", "w")),
    Beginning("WhatIfScreen", ("g", *"11", "enter", "w", "enter")),
    Beginning("InspectionScreen", ("i",)),
    Beginning("InspectionScreen", ("]", "i")),
    Beginning("PredictionScreen", ("g", "3", "enter", "right"), predict=True),
    Beginning("PaletteScreen", (":",)),
    Beginning("FindScreen", ("/",)),
    Beginning("PromptScreen", ("g",)),
    Beginning("TranscriptScreen", ("end", "t")),
    Beginning("SwitchesScreen", ("b", "B")),
    Beginning("HelpScreen", ("?",)),
    Beginning("WalkthroughScreen", ("P",)),
    Beginning("WalkthroughScreen", ("r",)),
    Beginning("FirewallScreen", ("f2",)),
    Beginning("ProposalsScreen", ("a",), shown=Shown.FIREWALL),
    Beginning("RuleForm", ("N",), shown=Shown.FIREWALL),
    Beginning("DataScreen", shown=Shown.DATA),
    Beginning("DataScreen", ("r", "f3")),
    Beginning("NotesScreen"),
)
"""A screen that needs no keys of the walk is begun with; `NotesScreen` is an app of its own."""


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

    def __init__(self, seed: int, memory: Path, channel: Path) -> None:
        """`memory` is the file with the walks that were left, `channel` the folder where speaker notes follow; its path
        must be short."""
        self.random = random.Random(seed)
        self.memory, self.channel = Memory(memory), channel
        self.turn = seed
        """Which beginning comes next."""
        self.done = 0
        self.seen: set[str] = set()
        """Names of the screens that it has been on."""
        self.lost: list[str] = []
        """Beginnings whose keys have led elsewhere."""

    # ---- the apps ---------------------------------------------------------------------------------------------------

    def looks(self) -> Looks:
        pick = self.random.choice
        return Looks(pick([True, False]), pick([True, False]), pick(list(Motion)), pick([True, False, False]))

    def opening(self, beginning: Beginning) -> Opening:
        pick = self.random.choice
        # Where keys must lead somewhere, in the topology in which they do.
        loaded = company() if beginning.large else shipped("classroom" if beginning.keys else pick(TOPOLOGIES))
        found = Opening(
            loaded, language=pick(["en", "de"]), looks=self.looks(), shown=beginning.shown, predict=beginning.predict,
            present=pick([True, False, False]),
        )  # fmt: skip
        if beginning.keys:
            return found
        left = self.memory.recall().of(loaded.file.stem)
        if left is not None and pick([True, False]):
            return replace(found, left=left)
        return replace(found, predict=pick([True, False]))

    def notes(self) -> NotesApp:
        """Speaker notes that follow somebody who comes and goes."""
        loaded, clock = shipped(self.random.choice(TOPOLOGIES)), Clock()
        trace = simulate(loaded.topology, loaded.topology.jobs[0])
        heard: list[Presented | Waiting] = [*Waiting]
        heard += [presented_at(loaded.topology, trace, self.random.randrange(len(trace)), "de") for _ in range(5)]
        self.random.shuffle(heard)
        trouble = self.random.choice([None, *Trouble])

        def follow(stop: Stop) -> Iterator[Presented | Waiting]:
            for one in heard:
                if stop.is_given():
                    return
                yield one
            if trouble is not None:
                raise ChannelError(trouble, "[bold]reason\x1b[2J")

        language = self.random.choice(["en", "de"])
        return NotesApp(follow, language=language, looks=self.looks(), clock=clock, ticker=False)

    async def play(self, actions: int) -> None:
        """So many actions on one app; fewer if it leaves."""
        beginning = BEGINNINGS[self.turn % len(BEGINNINGS)]
        self.turn += 1
        clock = Clock()
        app: BaseApp
        if beginning.screen == "NotesScreen":
            app = self.notes()
        else:
            app = WalkthroughApp(
                self.opening(beginning), clock=clock, ticker=False, begin=begin, memory=self.memory,
                channel=self.channel,
            )  # fmt: skip
        size = (120, 40) if beginning.keys else self.random.choice(SIZES)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for key in beginning.keys:
                self.press(app, key)
                await pilot.pause()
            async with asyncio.timeout(PATIENCE):
                await app.workers.wait_for_complete()
            await pilot.pause()
            if type(app.screen).__name__ != beginning.screen:
                self.lost.append(f"{beginning}: {app.screen!r} in {app.size}")
            await self.let_loose(app, pilot, clock, actions)

    async def let_loose(self, app: BaseApp, pilot: Pilot[int], clock: Clock, actions: int) -> None:
        for _ in range(actions):
            self.seen.add(type(app.screen).__name__)
            self.act(app, clock)
            self.done += 1
            if self.random.random() < 1 / BATCH:
                await pilot._wait_for_screen()
                app.screen._on_timer_update()
            elif self.random.random() < 0.5:
                await pilot._wait_for_screen()
            else:
                await asyncio.sleep(0)
            if app._exit:
                # What was typed behind the key that ends it is still for the app, which then ends by itself.
                async with asyncio.timeout(PATIENCE):
                    while app._running:
                        await asyncio.sleep(0)
            if not app._running:
                return
        with contextlib.suppress(WorkerCancelled):  # whoever leaves a screen gives up what it was working at
            async with asyncio.timeout(PATIENCE):
                await app.workers.wait_for_complete()
        await pilot.pause()

    # ---- what it does -----------------------------------------------------------------------------------------------

    def act(self, app: BaseApp, clock: Clock) -> None:
        """One thing that a person, or a cat on the keyboard, may do."""
        chance = self.random.random()
        if chance < 0.5:
            known = sorted(app.screen.active_bindings)
            # Leaving is no fun, and is tried often enough by the letters below.
            known = [key for key in known if key not in ("q", "ctrl+q", "ctrl+c")]
            self.press(app, self.random.choice(known or ["escape"]))
        elif chance < 0.65:
            self.press(app, self.random.choice([*string.ascii_letters, *string.digits, "enter", "escape", "tab"]))
        elif chance < 0.75:
            self.press(app, self.random.choice(OPENERS))
        elif chance < 0.78:
            self.press(app, self.random.choice(UNKNOWN_KEYS))
        elif chance < 0.92:
            self.mouse(app)
        elif chance < 0.94:
            self.resize(app)
        elif chance < 0.96:
            app.post_message(events.Paste(self.random.choice(PASTES)))
        else:
            clock.now += self.random.choice([0.02, 0.3, 2.0])
            self.time_passes(app)

    def press(self, app: BaseApp, key: str) -> None:
        """As the terminal sends it, without waiting for what it does."""
        character = key if len(key) == 1 else " " if key == "space" else None
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        app.post_message(events.Key(name, character))

    def resize(self, app: BaseApp) -> None:
        size = Size(*self.random.choice(SIZES))
        if isinstance(app._driver, HeadlessDriver):
            app._driver._size = size
        app.post_message(events.Resize(size, size))

    def time_passes(self, app: BaseApp) -> None:
        for screen in app.screen_stack:
            if not screen.is_mounted:
                continue
            if isinstance(screen, WalkthroughScreen):
                screen.tick()
                screen.poll()
            elif isinstance(screen, DataScreen):
                screen.look()

    def mouse(self, app: BaseApp) -> None:
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
