"""Plays a scene on the app, without a terminal, and takes its pictures.

Decided here: what each step does, and that nothing comes in from the person or the machine that plays it: the clock
stands still unless a step lets time pass, no run is performed, and what the person has set, kept or remembered is not
seen. In: a sound scene. Out: `Shot`s, the same bytes every time; or `SceneError` for what the topology does not have.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from vbtui.pictures.surroundings import stand_in, textual_settled

with textual_settled():
    from textual.keys import Keys as KeyNames
    from textual.pilot import Pilot

from vbtui.pictures.frame import Frame, frame_of
from vbtui.pictures.opened import opened
from vbtui.pictures.scene import LoadedScene, Place, SceneError, Size, Step
from vbtui.pictures.svg import svg_of
from vbtui.topology import DataPath, LoadedTopology, ProblemCode
from vbtui.topology.problems import Problem, suggestion, visible
from vbtui.trace import Trace
from vbtui.ui import Run, WalkthroughApp
from vbtui.ui.keys.keymap import is_key
from vbtui.ui.screens.file_reading import is_reading
from vbtui.walk.find import event_at

FIRST_INSTANT: Final = 1000.0
"""What the clock of a scene shows at its beginning, in seconds."""
PATIENCE: Final = 60.0
"""Seconds of ours that a file may take to be read; then pictures show that it is not."""
LOOK: Final = 0.01


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture. `name` has the size in it where the scene has several."""

    name: str
    size: Size
    language: str
    frame: Frame
    svg: str


def play(loaded: LoadedScene) -> tuple[Shot, ...]:
    """All pictures of a scene, size by size, in its order.

    Raises `SceneError`, `TopologyError` for the topology's file, `BadRunLog` and OSError for the saved run's.
    """
    return tuple(shot for size in loaded.scene.size for shot in asyncio.run(_at_size(loaded, size)))


async def _at_size(loaded: LoadedScene, size: Size) -> list[Shot]:
    scene = loaded.scene
    found = opened(loaded)
    if wrong := [*_unknown_keys(loaded), *_unknown_places(loaded, found.trace)]:
        raise SceneError(sorted(wrong, key=lambda problem: (problem.line or 0, problem.column or 0)))
    with stand_in(colour=scene.colour):
        player = _Player(loaded, size)
        app = WalkthroughApp(found.opening, clock=player.clock, ticker=False, begin=player.no_run)
        async with app.run_test(size=(size.columns, size.rows), notifications=True) as pilot:
            await player.perform(app, pilot)
    return player.shots


class _Player:
    """Does the steps of one scene on one app."""

    def __init__(self, loaded: LoadedScene, size: Size) -> None:
        self._loaded, self._size = loaded, size
        self._now = FIRST_INSTANT
        self._begun = False
        self.shots: list[Shot] = []

    def clock(self) -> float:
        return self._now

    def no_run(self, loaded: LoadedTopology, trace: Trace, *, pace: str) -> Run:  # noqa: ARG002 - as a run is started
        self._begun = True
        raise OSError("no run in a scene")

    async def perform(self, app: WalkthroughApp, pilot: Pilot[int]) -> None:
        await settled(app, pilot)
        for index, step in enumerate(self._loaded.scene.steps):
            self._go_on(app, ("steps", index))
            await self._do(index, step, app, pilot)
            if self._begun:
                raise SceneError([self._loaded.problem(("steps", index), ProblemCode.RUN_STARTED)])

    def _go_on(self, app: WalkthroughApp, at: DataPath) -> None:
        """Raises `SceneError` where the app has ended: what it showed last is still there, but nobody would see it."""
        if app.return_code is not None:
            raise SceneError([self._loaded.problem(at, ProblemCode.APP_ENDED)])

    async def _do(self, index: int, step: Step, app: WalkthroughApp, pilot: Pilot[int]) -> None:
        for key, do in self._verbs(index, step, app, pilot).items():
            if getattr(step, key) is not None:
                await do()

    def _verbs(
        self, index: int, step: Step, app: WalkthroughApp, pilot: Pilot[int]
    ) -> dict[str, Callable[[], Awaitable[None]]]:
        async def go() -> None:
            assert step.go is not None
            if not app.has_walk:
                raise SceneError([self._loaded.problem(("steps", index, "go"), ProblemCode.NO_EVENT)])
            walk = app.walkthrough.walk
            position = position_of(walk.trace, step.go)
            if position is None:
                raise SceneError([_no_event(self._loaded, index, step.go, walk.trace)])
            app.walkthrough.go(walk.at(position))
            await settled(app, pilot)

        async def press() -> None:
            for number, key in enumerate(step.press or ()):
                self._go_on(app, ("steps", index, "press", number))
                await pilot.press(key)
                await _all_read(app, pilot)
            await settled(app, pilot)

        async def write() -> None:
            for char in step.type or "":
                self._go_on(app, ("steps", index, "type"))
                await pilot.press(_key_of(char))
            await settled(app, pilot)

        async def wait() -> None:
            self._now += step.wait or 0.0
            if app.has_walk:
                app.walkthrough.tick()
            await settled(app, pilot)

        async def screen() -> None:
            await pilot.press({"walkthrough": "f1", "firewall": "f2", "data": "f3"}[str(step.screen)])
            await settled(app, pilot)

        async def resize() -> None:
            assert step.resize is not None
            self._size = step.resize
            await pilot.resize_terminal(step.resize.columns, step.resize.rows)
            await settled(app, pilot)

        async def shot() -> None:
            scene = self._loaded.scene
            name = f"{step.shot}-{self._size}" if len(scene.size) > 1 else str(step.shot)
            self.shots.append(Shot(name, self._size, scene.language, frame_of(app), svg_of(app)))

        return {
            "go": go, "press": press, "type": write, "wait": wait, "screen": screen, "resize": resize, "shot": shot
        }  # fmt: skip


async def settled(app: WalkthroughApp, pilot: Pilot[int]) -> None:
    """Everything that was asked for has come, and is drawn."""
    await pilot.pause()
    await _all_read(app, pilot)
    await app.workers.wait_for_complete()
    await pilot.pause()


async def _all_read(app: WalkthroughApp, pilot: Pilot[int]) -> None:
    """The files are read that a screen waits for, each beside it in a thread that is no worker."""
    if is_reading(app):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while is_reading(app):
                    await pilot.pause(LOOK)
        await pilot.pause()


def position_of(trace: Trace, place: Place) -> int | None:
    """The first event of a walk that a place describes; None if there is none."""
    if place.event is None:
        return next((event.position for event in trace if place.fits(event)), None)
    found = event_at(trace, place.event)
    return found if found is not None and place.fits(trace[found]) else None


# ---- what the topology or the keyboard does not have ----------------------------------------------------------------


def _unknown_places(loaded: LoadedScene, trace: Trace) -> Iterator[Problem]:
    """Events that are nowhere in the walk. What keys have done to it is only known while the scene is played."""
    for index, step in enumerate(loaded.scene.steps):
        if step.press is not None or step.type is not None:
            return
        if step.go is not None and position_of(trace, step.go) is None:
            yield _no_event(loaded, index, step.go, trace)


def _no_event(loaded: LoadedScene, index: int, place: Place, trace: Trace) -> Problem:
    """The part of a place that no event has, with what may have been meant; the place if each has its event."""
    known = {
        "event": tuple(event.id for event in trace),
        "code": tuple(dict.fromkeys(event.code for event in trace)),
        "vm": tuple(dict.fromkeys(event.vm for event in trace if event.vm)),
        "disk": tuple(dict.fromkeys(event.disk for event in trace if event.disk)),
        "source": tuple(dict.fromkeys(event.source.node for event in trace if event.source)),
        "destination": tuple(dict.fromkeys(event.destination.node for event in trace if event.destination)),
    }
    kinds = {"source": "machine", "destination": "machine"}
    path = ("steps", index, "go")
    for key, words in known.items():
        found = getattr(place, key)
        if found is not None and found not in words and (key != "event" or event_at(trace, found) is None):
            return loaded.unknown((*path, key), kinds.get(key, key), found, words)
    said = (f"{key}: {value}" for key, value in place if value is not None)
    return loaded.problem(path, ProblemCode.NO_EVENT, ("found", visible(", ".join(said))))


_KEYS: Final = frozenset(key.value for key in KeyNames)


def _unknown_keys(loaded: LoadedScene) -> Iterator[Problem]:
    for index, step in enumerate(loaded.scene.steps):
        for number, key in enumerate(step.press or ()):
            if not _is_pressed(key):
                near = key.lower() if _is_pressed(key.lower()) else suggestion(key, _KEYS)
                params = (("found", visible(key)), *((("suggestion", near),) if near else ()))
                yield loaded.problem(("steps", index, "press", number), ProblemCode.UNKNOWN_PRESS, *params)


def _is_pressed(key: str) -> bool:
    """A key by the very name that it is pressed by. `F2` is one in a settings file, where it can only be meant; here it
    would be pressed as it is, and no screen hears it. A letter that is alone, or goes with alt, may be a large one."""
    if key == "," or not is_key(key):
        return key == ","
    last = key.rpartition("+")[2]
    return key == key.lower() or (len(last) == 1 and "ctrl" not in key and key[:-1] == key[:-1].lower())


def _key_of(char: str) -> str:
    return {" ": "space", "\n": "enter", "\t": "tab"}.get(char, char)
