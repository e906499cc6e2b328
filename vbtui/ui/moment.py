"""A moment: everything that a view may need to draw, in one immutable value.

The screen makes one `Moment` per change and shows it to every widget; no widget asks anything else. Figures come from
`figures`, and every sentence with bytes says here whether they were measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from vbtui.i18n import N_, Translator
from vbtui.job import RunLog, RunProgress
from vbtui.render import Messages, Symbols
from vbtui.trace import Event, EventKind, State, Status, Trace
from vbtui.ui.figures import Copies, Figures, in_bytes, with_figures
from vbtui.ui.looks import Motion
from vbtui.ui.sight import PLAIN_SIGHT, Sight
from vbtui.ui.text import clip, one_cell
from vbtui.walk import FocusKind, Walk
from vbtui.walk.listing import Listing
from vbtui.workflow import Change


class NoticeKind(StrEnum):
    """What a notice is about; views colour by it and write its symbol."""

    LIVE = "live"
    DONE = "done"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line about the run, in the language of the moment."""

    kind: NoticeKind
    text: str


Told = Callable[[Messages], Notice]
"""A notice in whatever language is shown when it is drawn."""


def told(kind: NoticeKind, text: str, **fields: str | int) -> Told:
    """A notice of one text, which is marked for translation where it stands, with its `fields` filled in."""
    return lambda messages: Notice(kind, messages.translator(text).format(**fields))


@dataclass(frozen=True)
class Moment:
    """What is shown now."""

    walk: Walk
    state: State
    """After the playhead's event, or after the last that a live run has begun while the playhead is held at a copy."""
    copies: Copies
    vm: str | None
    """The selected VM: chosen by a person, or that of the event."""
    messages: Messages
    symbols: Symbols
    job: str
    pace: str
    own_images: bool = False
    progress: RunProgress | None = None
    """Newest figures of the live run; None when there is none."""
    log: RunLog | None = None
    notice: Notice | None = None
    chosen: str | None = None
    """The VM that a person has chosen; None if the selected one is that of the event."""
    started: bool = False
    """The first key has been pressed; until then the hint is shown."""
    figures: dict[str, Figures] = field(default_factory=dict)
    """By task id; only tasks whose copy has begun."""
    totals: dict[str, Figures] = field(default_factory=dict)
    """By task id: what was measured of copies that are complete, wherever the playhead stands."""
    edited: bool = False
    """The firewall rules are not those of the file."""
    changes: tuple[Change, ...] = ()
    """What is changed on the way, the last what-if last."""
    sight: Sight = PLAIN_SIGHT
    """How the topology is looked at."""
    motion: Motion = Motion.FULL
    """How much moves."""
    listing: Listing | None = None
    """The events that are listed; None for all."""
    veil: int | None = None
    """Events from this position on are not told yet: a question about that one is still open."""

    @property
    def say(self) -> Translator:
        return self.messages.translator

    @property
    def event(self) -> Event:
        return self.walk.event

    @property
    def trace(self) -> Trace:
        return self.walk.trace

    @property
    def fraction(self) -> float:
        return self.walk.playhead.fraction

    @property
    def listed(self) -> Listing:
        """The events that are listed."""
        return Listing(range(len(self.trace))) if self.listing is None else self.listing

    @property
    def followed(self) -> str:
        """What is followed, as it is called: `px1 ↔ esx2`, `esx2`, `sql1 · sql1.vmdk`; empty if nothing is."""
        focus = self.walk.focus
        if focus is None:
            return ""
        between = {FocusKind.CONNECTION: " ↔ ", FocusKind.NODE: "", FocusKind.DISK: " · "}[focus.kind]
        return one_cell(between.join(focus.names))

    @property
    def is_live(self) -> bool:
        return self.progress is not None and not self.progress.finished

    @property
    def is_now(self) -> bool:
        """What is shown is where the live run is, not what was or will be."""
        return self.is_live and self.walk.following

    @property
    def is_replay(self) -> bool:
        """A run that is over lies over the trace."""
        return self.log is not None and not self.is_live

    @property
    def is_copied(self) -> bool:
        """No byte of the event's own task is on its way."""
        figures = self.figures.get(self.event.task or "")
        return figures is None or figures.fraction >= 1.0

    def story(self, event: Event, width: int | None = None) -> str:
        """The event in one sentence, in one-cell characters. Bytes are the measured ones where there are any, and it is
        said what they are; that stays to be read where the sentence is cut to `width` cells."""
        if not in_bytes(event) or event.task is None:
            text = one_cell(self.messages.event(event))
            return text if width is None else clip(text, width)
        figures, label = self.totals.get(event.task), N_("measured")
        if figures is None:
            figures, label = self._so_far(event, event.task), N_("measured so far")
        if figures is None:
            label = N_("estimated")
        text = self.messages.event(event if figures is None else with_figures(event, figures))
        text, end = one_cell(text.removesuffix(".")), f" ({self.say(label)})."
        return text + end if width is None else clip(text, width - len(end)) + clip(end, width)

    def _so_far(self, event: Event, task: str) -> Figures | None:
        """What has been measured of a copy that goes on. Without changed block tracking the sentence is about all of
        the disk, and that has not been read yet."""
        figures = self.figures.get(task)
        telling = event.kind is EventKind.TRANSFER and event.param("cbt")
        return figures if telling and figures is not None and figures.measured else None

    def task(self, name: str) -> tuple[Status, str]:
        """Where a task stands, as a status and in a word or per cent."""
        status, figures = self.state.tasks[name].status, self.figures.get(name)
        if status is Status.RUNNING and not self.copies.transport_begun(name, self.state.index):
            return Status.PENDING, self.say(N_("assigned"))
        if status is Status.RUNNING and figures is not None:
            return status, f"{self.say.number(figures.fraction * 100)} %"
        return status, self.messages.status(status)
