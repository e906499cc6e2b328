"""A recording: the whole walk as frames, one for each event, with what is told and where steps begin.

Decided here: what is recorded and when. It is made from the trace and not from a person's session, so that the same
topology gives the same recording; every event is shown as long as when it is played, so nothing waits longer than a
second or so. In: how the app is opened, a size. Out: a `Recording`. Never here: a form of file (`cast`, `replay`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from vbtui.i18n import translator
from vbtui.pictures.frame import Frame, frame_of
from vbtui.pictures.opened import Opened
from vbtui.pictures.playing import FIRST_INSTANT, settled
from vbtui.pictures.scene import Size
from vbtui.pictures.surroundings import stand_in
from vbtui.render import Messages
from vbtui.topology import LoadedTopology
from vbtui.trace import Event, Trace
from vbtui.ui import Run, WalkthroughApp
from vbtui.ui.text import one_cell
from vbtui.vocabulary import Phase
from vbtui.walk.landmarks import Landmarks
from vbtui.walk.pace import seconds_of

MOST_EVENTS: Final = 5_000
"""Frames of one recording: more would be hours of it, and hundreds of MiB."""


class TooLongError(ValueError):
    """A walk has more than MOST_EVENTS events; `count` says how many."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass(frozen=True, slots=True)
class Take:
    """One event as it is seen."""

    at: int
    """Milliseconds from the beginning."""
    frame: Frame
    told: str
    """The event in a sentence."""
    step: str
    """The event's step: number, title and, beyond the preparation of the job, the VM. VMs run side by side, so steps
    take turns."""
    begins: bool
    """The step is entered for the first time."""


@dataclass(frozen=True, slots=True)
class Recording:
    title: str
    language: str
    light: bool
    size: Size
    takes: tuple[Take, ...]
    duration: int
    """Milliseconds."""


def record(found: Opened, size: Size, *, colour: bool = True) -> Recording:
    """Walk through everything. Raises TooLongError."""
    if len(found.trace) > MOST_EVENTS:
        raise TooLongError(len(found.trace))
    opening, trace = found.opening, found.trace
    messages = Messages(translator(opening.language), opening.loaded.topology, trace.profile)
    with stand_in(colour=colour):
        frames = asyncio.run(_frames(found, size))
    begins = frozenset(Landmarks(trace).steps)
    takes, at = [], 0
    for event, frame in zip(trace, frames, strict=True):
        told = one_cell(messages.event(event))
        takes.append(Take(at, frame, told, _step(messages, event), event.position in begins))
        at += round(seconds_of(event) * 1000)
    title = f"vbtui · {trace.topology} · {trace.job}"
    return Recording(title, opening.language, opening.looks.light, size, tuple(takes), at)


async def _frames(found: Opened, size: Size) -> list[Frame]:
    app = WalkthroughApp(found.opening, clock=lambda: FIRST_INSTANT, ticker=False, begin=_no_run)
    frames = []
    async with app.run_test(size=(size.columns, size.rows)) as pilot:
        await settled(app, pilot)
        for event in found.trace:
            # From what was before, as a person who goes from one to the next: lists scroll no further than they must.
            app.walkthrough.go(app.walkthrough.walk.at(event.position))
            await pilot.pause()
            frames.append(frame_of(app))
    return frames


def _no_run(loaded: LoadedTopology, trace: Trace, *, pace: str) -> Run:  # noqa: ARG001 - as a run is started
    raise OSError("no run in a recording")


def _step(messages: Messages, event: Event) -> str:
    of = f" · {event.vm}" if event.vm and event.step.phase is not Phase.INITIALISATION else ""
    return one_cell(f"{event.step} {messages.step_title(event.step)}{of}")
