"""The command palette: every action that is possible on the screen below, found by words of what it does.

Decided here: what is listed, how it is searched, and in which order it stands. In: the screen below. Out: the action
that was chosen. It waits for nothing and nothing in it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.keys import Key, keys_in_words, said_keys, written
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.text import fit, one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView

MOST = 80
"""Characters that can be typed."""


@dataclass(frozen=True, slots=True)
class Command:
    """One action as it is listed, in the language of the moment."""

    action: str
    text: str
    short: str
    keys: str


def commands(say: Translator, actions: Sequence[tuple[str, Key]], *, plain: bool = False) -> tuple[Command, ...]:
    """What is listed, in the order of the key table."""
    return tuple(
        Command(
            action,
            keys_in_words(say, say(key.long), plain=plain),
            say(key.short),
            said_keys(say, written(key.keys[0][0].split(",")[0]), plain=plain),
        )
        for action, key in actions
    )


def found(listed: Sequence[Command], words: str) -> tuple[Command, ...]:
    """The commands that have all the words, in any order and in part; those whose words begin so come first."""
    wanted = words.casefold().split()
    first: list[Command] = []
    later: list[Command] = []
    for command in listed:
        text = f"{command.text} {command.short} {command.keys}".casefold()
        if all(word in text for word in wanted):
            starts = all(any(one.startswith(word) for one in text.split()) for word in wanted)
            (first if starts else later).append(command)
    return (*first, *later)


class CommandList(RowsView):
    """The commands that were found."""

    @dataclass
    class Chosen(Message):
        """A person has clicked on a row."""

        place: int

    def on_click(self, event: events.Click) -> None:
        if (y := self.row_under(event)) is not None:
            self.post_message(self.Chosen(y))


class CommandNote(RowsView):
    """What the selected command does, in full."""


class PaletteScreen(Dialogue[str | None]):
    """Answers with an action of the screen below; None for Escape."""

    CSS_PATH = Path(__file__).with_name("palette.tcss")
    BINDINGS = [
        Binding("escape,ctrl+p", "dismiss(None)", N_("close"), show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
    ]

    def __init__(self, say: Translator, listed: tuple[Command, ...]) -> None:
        super().__init__()
        self._say, self._listed, self._found, self._place = say, listed, listed, 0

    def compose(self) -> ComposeResult:
        with Vertical(id="palette"):
            line = Input(id="line", max_length=MOST, placeholder=self._say(N_("what do you want to do?")))
            line.cursor_blink = False
            yield line
            yield CommandList(id="commands")
            yield CommandNote(id="note")

    def on_mount(self) -> None:
        frame = self.query_one("#palette")
        frame.border_title = Content(self._say(N_("Commands")))
        frame.border_subtitle = Content(self._say(N_("Enter does it, Esc closes")))
        self.query_one("#line", Input).focus()

    def fill(self) -> None:
        view, note = self.query_one(CommandList), self.query_one(CommandNote)
        width = max(20, view.content_size.width - 1)
        view.show_rows(
            [self._row(command, width, selected=place == self._place) for place, command in enumerate(self._found)]
            or [row((self._say(N_("No command has these words.")), Tone.DIM))]
        )
        view.reveal(self._place)
        selected = self._selected
        note.show_rows([BLANK] if selected is None else wrapped(selected.text, max(20, note.content_size.width)))

    def _row(self, command: Command, width: int, *, selected: bool) -> Row:
        keys = one_cell(command.keys)
        text = fit(one_cell(command.text), max(1, width - len(keys) - 2))
        return row((f"{text}  ", Tone.TEXT), (keys, Tone.KEY), fill=Tone.CURRENT if selected else Tone.TEXT)

    @property
    def _selected(self) -> Command | None:
        return self._found[self._place] if self._found else None

    def on_input_changed(self, event: Input.Changed) -> None:
        self._found, self._place = found(self._listed, event.value), 0
        self.fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._selected is not None:
            self.dismiss(self._selected.action)

    def action_move(self, rows: int) -> None:
        self._place = max(0, min(self._place + rows, len(self._found) - 1))
        self.fill()

    def on_command_list_chosen(self, message: CommandList.Chosen) -> None:
        if 0 <= message.place < len(self._found):
            self.dismiss(self._found[message.place].action)
