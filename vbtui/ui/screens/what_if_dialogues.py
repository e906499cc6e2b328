"""What is asked before a run is forked: what to change, and what is shown while a large job is simulated with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.worker import Worker, WorkerState

from vbtui.i18n import N_, Translator
from vbtui.render import Messages
from vbtui.render.change_texts import FORMS, change_note, change_text, objection_text
from vbtui.topology import Job, Topology
from vbtui.trace import Event, Trace
from vbtui.ui.halves import Halves
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.keys import keys_in_words
from vbtui.ui.looks import looks_of
from vbtui.ui.screens.dialogue import Dialogue, WaitingDialogue
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.text import clip, one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.walk.find import event_at
from vbtui.walk.what_if import WhatIf, what_ifs
from vbtui.workflow import Change, ConnectionSet, RuleSet, ServiceSet, UnknownChangeError, objection_to

_LONGEST = 40
"""Characters of what was typed that are said again."""


class WhatIfView(RowsView):
    """The list of what can be changed."""

    @dataclass
    class Clicked(Message):
        """A person has pressed on a choice."""

        choice: int

    places: tuple[int | None, ...] = ()
    """Which choice each row belongs to."""

    def on_click(self, event: events.Click) -> None:
        y = self.row_under(event)
        if y is not None and y < len(self.places) and (choice := self.places[y]) is not None:
            self.post_message(self.Clicked(choice))


class WhatIfChoiceScreen(Dialogue[Change | None]):
    """Answers with a change that is bound to an event, None for Escape."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("escape,q,w", "dismiss(None)", N_("close"), show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home,pageup", "move(-100)", show=False),
        Binding("end,pagedown", "move(100)", show=False),
        Binding("enter", "choose", show=False),
        Binding("colon,slash,t", "type", show=False),
        *(Binding(str(number), f"choose({number})", show=False) for number in range(1, 10)),
    ]

    def __init__(self, messages: Messages, topology: Topology, trace: Trace, event: Event) -> None:
        super().__init__()
        self._messages, self._topology, self._trace, self._event = messages, topology, trace, event
        self._job = topology.job(trace.job)
        self._choices = what_ifs(topology, trace, event)
        self._place = 0

    @property
    def _say(self) -> Translator:
        return self._messages.translator

    def compose(self) -> ComposeResult:
        yield WhatIfView(id="choices")

    def fill(self) -> None:
        view, say = self.query_one(WhatIfView), self._say
        title = say(N_("What if, from event {number} on …")).format(number=say.number(self._event.position + 1))
        view.entitle(title)
        hint = f"↑ ↓ · Enter {say(N_('try it'))} · Esc"
        view.border_subtitle = keys_in_words(say, hint, plain=looks_of(self.app).ascii)
        width = max(20, view.content_size.width - 1)
        rows = [*wrapped(self._messages.event(self._event), width, Tone.DIM)[:2], BLANK]
        if not self._choices:
            rows += wrapped(say(N_("Nothing comes after this that could be changed.")), width)
        places: list[int | None] = [None] * len(rows)
        for place, told in enumerate([*map(self._told, self._choices), self._told(None)]):
            lines = self._rows(place, *told, width)
            rows += lines
            places += [place] * len(lines)
        view.places = tuple(places)
        view.styles.height = len(rows) + 2
        view.show_rows(rows)
        first = places.index(self._place)
        view.reveal(first, first + places.count(self._place) - 1)

    def _told(self, choice: WhatIf | None) -> tuple[str, str]:
        """What a choice does, and a note about it; None is a change that is typed."""
        say = self._say
        if choice is None:
            return say(N_("Something else …")), say(N_("Type it, as for --change."))
        text = change_text(self._messages, choice.what)
        if choice.about.id != self._event.id and isinstance(choice.what, ConnectionSet | RuleSet | ServiceSet):
            # The words say whose connection; which one that is stands here.
            text += " · " + say(N_("event {number}")).format(number=say.number(choice.about.position + 1))
        return text, change_note(self._messages, choice.what)

    def _rows(self, place: int, text: str, note: str, width: int) -> list[Row]:
        here = place == self._place
        fill = Tone.CURRENT if here else Tone.TEXT
        key = "t" if place == len(self._choices) else str(place + 1) if place < 9 else " "
        head = [("▶ " if here else "  ", Tone.ACTIVE), (f"{key}  ", Tone.KEY)]
        rows: list[Row] = []
        for line in wrapped(text, width - 5, Tone.STRONG if here else Tone.TEXT):
            rows.append(row(*(head if not rows else [("     ", Tone.TEXT)]), *line.spans, fill=fill))
        notes = wrapped(note, width - 5, Tone.HEADING if here else Tone.DIM)
        return [*rows, *(row("     ", *line.spans, fill=fill) for line in notes)]

    # ---- choosing ---------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        self._place = min(max(self._place + by, 0), len(self._choices))
        self.fill()

    def action_choose(self, number: int | None = None) -> None:
        """The choice of that number, or the one that is pointed at."""
        place = self._place if number is None else number - 1
        if place < len(self._choices):
            self.dismiss(Change(self._event.id, self._choices[place].what))
        elif number is None:
            self.action_type()

    def on_what_if_view_clicked(self, message: WhatIfView.Clicked) -> None:
        self._place = message.choice
        self.action_choose()

    def action_type(self) -> None:
        """Ask for a change in its canonical text."""
        say = self._say
        typed: list[Change] = []

        def check(text: str) -> str | None:
            wrong = self._wrong(text.strip(), typed)
            return wrong and say(wrong[0]).format(**wrong[1])

        text = N_(
            "From this event on, or NUMBER: before it for another event. A kind on its own tells its form: {kinds}"
        )
        explanation = say(text).format(kinds=", ".join(FORMS))
        first = str(self._choices[0].what) if self._choices else ""
        screen = PromptScreen(say, say(N_("What if")), explanation, first, check, proposed=True)

        def answered(answer: str | None) -> None:
            if answer is not None and typed:
                self.dismiss(typed[-1])

        self.app.push_screen(screen, answered)

    def _wrong(self, text: str, typed: list[Change]) -> tuple[str, dict[str, str]] | None:
        """What is wrong with a text, with what it names; otherwise the change is the last one `typed`."""
        whole = text if ":" in text else f"{self._event.id}:{text}"
        kind = whole.rpartition(":")[2].partition("=")[0]
        try:
            change = Change.parse(whole)
        except ValueError:
            if kind in FORMS:
                return N_("'{text}' does not fit. Expected: {form}"), {"text": _said(text), "form": FORMS[kind]}
            return N_("There is no kind of change '{kind}'. Kinds: {known}"), {
                "kind": _said(kind),
                "known": ", ".join(FORMS),
            }
        position = event_at(self._trace, change.event)
        if position is None:
            return N_("The run has no event '{event}'."), {"event": _said(change.event)}
        change = Change(self._trace[position].id, change.what)
        trace = self._trace
        objection = objection_to(
            self._topology, self._job, change.what, profile=trace.profile, with_history=trace.history
        )
        if objection is not None:
            message, fields = objection_text(objection)
            return message, {
                name: one_cell(value) if name == "expected" else _said(value) for name, value in fields.items()
            }
        typed.append(change)
        return None


def _said(text: str) -> str:
    return clip(one_cell(text), _LONGEST)


class SimulatingScreen(WaitingDialogue[Halves | UnknownChangeError | None]):
    """Shown while a large job is simulated in a thread of its own; Escape gives up waiting."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [Binding("escape,q", "dismiss(None)", N_("close"), show=False)]

    def __init__(self, say: Translator, job: Job, simulate: Callable[[], Halves]) -> None:
        """`simulate` is called in the thread; what it raises for changes that cannot act is an answer."""
        super().__init__()
        self._say, self._job, self._simulate = say, job, simulate

    def compose(self) -> ComposeResult:
        yield RowsView(id="simulating")

    def on_mount(self) -> None:
        self.run_worker(self._simulated, thread=True, exit_on_error=False)

    def fill(self) -> None:
        view = self.query_one("#simulating", RowsView)
        view.border_title = self._say(N_("What if"))
        view.border_subtitle = self._say(N_("Esc gives up"))
        text = self._say(N_("Job {job} is simulated with the change …")).format(job=one_cell(self._job.name))
        view.show_rows(wrapped(text, max(20, view.content_size.width)))

    def _simulated(self) -> Halves | UnknownChangeError:
        try:
            return self._simulate()
        except UnknownChangeError as error:
            return error

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if self not in self.app.screen_stack or not event.worker.is_finished:
            return
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            raise event.worker.error
        self.answer(event.worker.result)
