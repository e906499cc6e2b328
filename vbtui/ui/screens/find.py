"""Finding a machine, a step or an event: words above, what has them below, answered at every character."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from vbtui.i18n import N_, Translator
from vbtui.render import Messages
from vbtui.topology import Topology
from vbtui.trace import Trace
from vbtui.ui.inks import BLANK, Row, Span, Tone, row
from vbtui.ui.keys import keys_in_words
from vbtui.ui.looks import looks_of
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.screens.prompt import MOST as MOST_CHARACTERS
from vbtui.ui.text import clip, fit, one_cell, spread
from vbtui.ui.widgets.lines_view import LinesView
from vbtui.vocabulary import StepId
from vbtui.walk.find import Findings, Found, FoundKind

_KINDS = {FoundKind.NODE: N_("machine"), FoundKind.STEP: N_("step"), FoundKind.EVENT: N_("event")}


class FoundView(LinesView):
    """The list; a row is made when it is seen."""

    @dataclass
    class Clicked(Message):
        """A person has pressed on a row."""

        row: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.make: Callable[[int], Row] = lambda _: BLANK

    def row_at(self, y: int) -> Row:
        return self.make(y)

    def on_click(self, event: events.Click) -> None:
        if (y := self.row_under(event)) is not None:
            self.post_message(self.Clicked(y))


class FindScreen(Dialogue[Found | None]):
    """Answers with what was chosen, None for Escape."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("escape", "dismiss(None)", N_("close"), show=False, priority=True),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
    ]

    def __init__(
        self, messages: Messages, topology: Topology, trace: Trace, find: Callable[[str], Findings], words: str
    ) -> None:
        """`find` is asked for what has the words that are typed; `words` are the last ones."""
        super().__init__()
        self._messages, self._topology, self._trace, self._find, self._words = messages, topology, trace, find, words
        self._found = Findings()
        self._place = 0
        self._about = {node.name: [messages.role(role) for role in node.roles] for node in topology.nodes}
        self._about.update({vm.name: ["VM"] for vm in topology.vms})

    @property
    def _say(self) -> Translator:
        return self._messages.translator

    def compose(self) -> ComposeResult:
        with Vertical(id="finding"):
            line = Input(self._words, id="words", max_length=MOST_CHARACTERS, select_on_focus=True)
            line.cursor_blink = False
            yield line
            yield FoundView(id="found")

    def on_mount(self) -> None:
        box, line = self.query_one("#finding"), self.query_one("#words", Input)
        box.border_title = self._say(N_("Find a machine, a step, an event"))
        line.placeholder = self._say(N_("name, role, port, step, verdict …"))
        line.focus()
        self.query_one(FoundView).make = self._row
        self.call_after_refresh(self._search, self._words)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    def _search(self, text: str) -> None:
        self._words = text
        self._found, self._place = self._find(text), 0
        self.fill()
        self.query_one(FoundView).scroll_to(y=0, animate=False, immediate=True)

    def fill(self) -> None:
        hint = f"↑ ↓ · Enter {self._say(N_('go there'))} · Esc"
        plain = looks_of(self.app).ascii
        self.query_one("#finding").border_subtitle = keys_in_words(self._say, hint, plain=plain)
        self.query_one(FoundView).renewed(0, max(1, len(self._found.found)) + self._left_out)

    @property
    def _left_out(self) -> int:
        """A last row says what is not listed."""
        return int(self._found.count > len(self._found.found))

    def _row(self, y: int) -> Row:
        found, say = self._found.found, self._say
        width = self.query_one(FoundView).content_size.width - 1
        if not found and y == 0:
            return row((" " + say(N_("Nothing has all of these words.")), Tone.DIM))
        if y == len(found) and self._left_out:
            count = say.number(self._found.count - len(found))
            return row((" " + say(N_("and {count} more; another word narrows it down")).format(count=count), Tone.DIM))
        if not 0 <= y < len(found):
            return BLANK
        one, here = found[y], y == self._place
        names = max(len(say(name)) for name in _KINDS.values())
        kind: Span = (f" {fit(say(_KINDS[one.kind]), names)}  ", Tone.DIM)
        text, detail = self._texts(one)
        right: list[Span] = [(f"  {detail} ", Tone.DIM)]
        room = width - len(kind[0]) - len(right[0][0])
        left: list[Span] = [kind, (clip(one_cell(text), room), Tone.STRONG if here else Tone.TEXT)]
        return Row(spread(left, right, width + 1), Tone.CURRENT if here else Tone.TEXT)

    def _texts(self, one: Found) -> tuple[str, str]:
        """What it is, and where: its step, and its number or that of its first event."""
        number = "" if one.position is None else self._say.number(one.position + 1)
        match one.kind:
            case FoundKind.NODE:
                return " · ".join((one.name, *self._about.get(one.name, ()))), ""
            case FoundKind.STEP:
                return self._messages.step_title(StepId(one.name)), f"{one.name} · {number}"
            case FoundKind.EVENT:
                event = self._trace.by_id[one.name]
                return self._messages.event(event), f"{event.step} · {number}"

    # ---- choosing ---------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        before, last = self._place, len(self._found.found) - 1
        self._place = min(max(before + by, 0), max(last, 0))
        view = self.query_one(FoundView)
        view.changed((before, self._place))
        view.reveal(self._place)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose(self._place)

    def on_found_view_clicked(self, message: FoundView.Clicked) -> None:
        self._choose(message.row)

    def _choose(self, place: int) -> None:
        if place < len(self._found.found):
            self.dismiss(self._found.found[place])
