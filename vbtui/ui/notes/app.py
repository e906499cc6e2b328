"""Speaker notes: the second terminal of a presentation, which goes where the first one goes.

Decided here: how notes look, and the presenter's timer. In: a way to follow a presentation (`channel.follow` in a
thread of its own), or notes to begin with. Out: pictures of the newest notes; nothing is ever said back.
The timer counts only while somebody has started it, and redraws once a second; at rest nothing is done at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from vbtui.i18n import LANGUAGES, N_, Translator, translator
from vbtui.render.channel_texts import channel_sentence, waiting_sentence
from vbtui.render.notes_texts import Part, PartKind, cover_text, heading
from vbtui.render.symbols import Symbols
from vbtui.ui.base_app import BaseApp
from vbtui.ui.big_digits import big
from vbtui.ui.inks import BLANK, Row, Span, Tone, row
from vbtui.ui.keys import bindings
from vbtui.ui.keys.keyed import keys_of
from vbtui.ui.keys.keymap import PLAIN_KEYMAP, Keymap
from vbtui.ui.lasting import Lasting
from vbtui.ui.looks import PLAIN_LOOKS, Looks, looks_of
from vbtui.ui.notes.channel import ChannelError, Stop, Waiting
from vbtui.ui.notes.keys import NOTES_KEYS
from vbtui.ui.notes.presented import Presented
from vbtui.ui.text import one_cell, spread, wrapped
from vbtui.ui.themes import DARK_VARIABLES
from vbtui.ui.widgets.key_line import KeyLine
from vbtui.ui.widgets.lines_view import RowsView

Follow = Callable[[Stop], Iterator[Presented | Waiting]]
"""A way to follow a presentation until it is stopped; may raise ChannelError."""

_STRONG: Final = (PartKind.IN_A, PartKind.IN_B, PartKind.NOW, PartKind.PREDICT, PartKind.LIKELY)
_TONES: Final = {
    PartKind.HOW: Tone.WARN,
    PartKind.CHANGED: Tone.WARN,
    PartKind.NEXT: Tone.ACTIVE,
    PartKind.INSTEAD: Tone.WARN,
    PartKind.PREDICTED: Tone.OK,
}
_FIRST: Final = (
    PartKind.CHANGED, PartKind.WHERE, PartKind.HOW, PartKind.IN_A, PartKind.IN_B, PartKind.LISTED,
    PartKind.NOW, PartKind.DECISION, PartKind.INSTEAD, PartKind.NEXT,
)  # fmt: skip
"""What must be seen without scrolling, before what may be asked and what may be told."""
_ASKED: Final = (PartKind.PREDICT, PartKind.CHOICE, PartKind.PREDICTED)
_LABEL: Final = 12
"""Cells for the headings, at the left; a longer one has a row of its own."""
_MARGIN: Final = 2


@dataclass
class Heard(Message):
    """Something came, or there is nothing to be had."""

    what: Presented | Waiting | ChannelError


class NotesView(RowsView):
    """The notes."""


class NotesScreen(Lasting, Screen[None]):
    """The newest notes, over the whole terminal."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    KEY_TABLE = NOTES_KEYS
    KEY_NAME = "notes"
    BINDINGS = [*bindings(KEY_TABLE, KEY_NAME)]

    def __init__(self, language: str, clock: Callable[[], float], *, ticker: bool, first: Presented | None) -> None:
        super().__init__()
        self._language, self._clock, self._ticker = language, clock, ticker
        self._shown, self._state = first, Waiting.FOR_PRESENTER
        self._connected = False
        self._trouble: ChannelError | None = None
        self._begun: float | None = None
        self._before = 0.0
        self._seconds: Timer | None = None

    # ---- showing ----------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield RowsView(id="header")
        yield NotesView(id="notes")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self._seconds = self.set_interval(1, self.tick, pause=True)
        self.redraw()

    def on_resize(self) -> None:
        self.redraw()

    def redraw(self) -> None:
        self.call_after_refresh(self._show)

    @property
    def say(self) -> Translator:
        return translator(self._language)

    def hear(self, what: Presented | Waiting | ChannelError) -> None:
        """Show what came. What was shown last stays when the presenter goes away."""
        match what:
            case Presented():
                before = self._shown
                moved = before is None or (before.event, before.compares) != (what.event, what.compares)
                self._shown, self._connected, self._trouble = what, True, None
                if moved:
                    self.query_one(NotesView).scroll_to(y=0, animate=False, immediate=True)
            case Waiting():
                self._connected, self._state = False, what
            case ChannelError():
                self._connected, self._trouble = False, what
        self._show()

    def _show(self) -> None:
        if not self.stands:
            return
        view = self.query_one(NotesView)
        looks, width = looks_of(self.app), max(20, view.size.width - 2 * _MARGIN - 1)
        self.query_one("#header", RowsView).show_rows(self._header(self.size.width, looks))
        rows = [BLANK]
        if self._trouble is not None:
            text = channel_sentence(self.say, self._trouble.trouble, self._trouble.reason)
            rows += [*wrapped(text, width, Tone.FAIL), BLANK]
        rows += notes_rows(self.say, self._shown, self._language, width)
        view.show_rows([Row(((" " * _MARGIN, Tone.TEXT), *one.spans), one.fill) for one in rows])
        self.query_one(KeyLine).show_keys(self.say, keys_of(self))

    def _header(self, width: int, looks: Looks) -> list[Row]:
        """Three rows: the time in large digits, where the presentation is, and whether it is followed."""
        say, shown = self.say, self._shown
        clock = big(time_text(self.passed), ascii=looks.ascii)
        lines: list[tuple[Span, ...]] = [((" vbtui ", Tone.STRONG), (say(N_("speaker notes")), Tone.BAR))]
        if shown is not None:
            what = say(N_("{topology}, job {job}")).format(topology=shown.topology, job=shown.job)
            walk, runs = N_("step {step} · event {number} of {count}"), N_("step {step} · row {number} of {count}")
            place = say(runs if shown.compares else walk)
            text = place.format(step=shown.step, number=shown.number, count=shown.count)
            lines.append(((f" {one_cell(what)}   ", Tone.BAR), (one_cell(text), Tone.STRONG)))
        lines.append(self._link(looks.symbols))
        lines += [()] * (3 - len(lines))
        running = self._begun is not None
        tone = Tone.STRONG if running else Tone.BAR
        return [
            Row(spread(line, ((f"{part} ", tone),), width), Tone.BAR) for line, part in zip(lines, clock, strict=True)
        ]

    def _link(self, symbols: Symbols) -> tuple[Span, ...]:
        say, shown = self.say, self._shown
        if self._connected:
            if shown is None or not shown.cover:
                return ((f" {symbols.ok} ", Tone.OK), (say(N_("follows the presentation")), Tone.BAR))
            cover = cover_text(say, shown.cover)
            if shown.compares:
                text = say(N_("follows the presentation: {shown}")).format(shown=cover)
                return ((f" {symbols.ok} ", Tone.OK), (text, Tone.BAR))
            text = say(N_("the presentation shows {shown}")).format(shown=cover)
            return ((f" {symbols.waiting} {text}", Tone.WARN),)
        if self._trouble is not None:
            return ((f" {symbols.fail} {say(N_('cannot follow a presentation'))}", Tone.FAIL),)
        return ((f" {symbols.waiting} {waiting_sentence(say, self._state)}", Tone.WARN),)

    # ---- the timer --------------------------------------------------------------------------------------------------

    @property
    def passed(self) -> float:
        """Seconds that the timer has counted."""
        return self._before + (0.0 if self._begun is None else self._clock() - self._begun)

    def tick(self) -> None:
        self._show()

    def action_timer(self) -> None:
        if self._begun is None:
            self._begun = self._clock()
        else:
            self._before, self._begun = self.passed, None
        if self._seconds is not None and self._ticker:
            (self._seconds.pause if self._begun is None else self._seconds.resume)()
        self._show()

    def action_timer_anew(self) -> None:
        self._before = 0.0
        self._begun = None if self._begun is None else self._clock()
        self._show()

    # ---- keys -------------------------------------------------------------------------------------------------------

    def action_scroll(self, rows: int) -> None:
        self.query_one(NotesView).scroll_relative(y=rows, animate=False, immediate=True)

    def action_language(self) -> None:
        self._language = LANGUAGES[(LANGUAGES.index(self._language) + 1) % len(LANGUAGES)]
        self._show()

    def action_help(self) -> None:
        from vbtui.ui.screens.help import HelpScreen

        self.app.push_screen(
            HelpScreen(self, lambda symbols: ((symbols.waiting, Tone.WARN, N_("waits for a presentation")),))
        )

    def action_quit(self) -> None:
        self.app.exit(0)


class NotesApp(BaseApp):
    """Follows a presentation for as long as it is open."""

    CSS_PATH = Path(__file__).parents[1] / "inks.tcss"
    TITLE = "vbtui notes"

    def __init__(
        self,
        follow: Follow,
        *,
        language: str = "en",
        first: Presented | None = None,
        looks: Looks = PLAIN_LOOKS,
        keymap: Keymap = PLAIN_KEYMAP,
        encoding: str = "utf-8",
        clock: Callable[[], float] = time.monotonic,
        ticker: bool = True,
    ) -> None:
        """`first` is shown until somebody presents."""
        super().__init__(looks, language=language, keymap=keymap, encoding=encoding)
        self.notes = NotesScreen(language, clock, ticker=ticker, first=first)
        self._follow, self._stop = follow, Stop()
        self._thread = threading.Thread(target=self._listen, name="vbtui-notes", daemon=True)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Inks for themes that are not ours."""
        return DARK_VARIABLES

    def on_mount(self) -> None:
        self.push_screen(self.notes)
        self._thread.start()

    def _listen(self) -> None:
        try:
            for one in self._follow(self._stop):
                self.post_message(Heard(one))
        except ChannelError as error:
            self.post_message(Heard(error))

    def on_heard(self, message: Heard) -> None:
        self.notes.hear(message.what)

    def on_unmount(self) -> None:
        """Nothing goes on without the app."""
        self._stop.give()
        if self._thread.ident is not None:
            self._thread.join()
        self._stop.close()


def notes_rows(say: Translator, shown: Presented | None, language: str, width: int) -> list[Row]:
    """The notes for a width in cells."""
    if shown is None:
        text = N_("The notes to what is shown come here as soon as somebody presents. Either may begin.")
        return wrapped(say(text), width, Tone.DIM)
    rows: list[Row] = []
    if shown.cover and not shown.compares:
        rows += wrapped(say(N_("These notes are to the event that waits behind it.")), width, Tone.WARN)
    if shown.edited:
        rows += wrapped(say(N_("The firewall rules are not those of the file.")), width, Tone.WARN)
    rows += [BLANK] if rows else []
    number = 0
    before: PartKind | None = None
    for part in sorted(shown.parts(language), key=_rank):
        number = number + 1 if part.kind is PartKind.CHOICE else 0
        if before is not None and _apart(before, part.kind):
            rows.append(BLANK)
        rows += _part(say, part, number, width)
        before = part.kind
    return rows


def _rank(part: Part) -> int:
    if part.kind in _FIRST:
        return _FIRST.index(part.kind)
    return len(_FIRST) if part.kind in _ASKED else len(_FIRST) + 1


def _apart(before: PartKind, kind: PartKind) -> bool:
    """A blank row stands between two parts: not inside a question with its answers, nor where both are short."""
    if kind in (PartKind.CHOICE, PartKind.ANSWER, PartKind.PREDICTED):
        return False
    if PartKind.CHANGED in (before, kind):
        return before is not kind
    return not (before in _FIRST and kind in _FIRST and kind is not PartKind.NEXT)


def _part(say: Translator, part: Part, number: int, width: int) -> list[Row]:
    """A part beside its heading; choices stand numbered below their question, answers below theirs."""
    tone = Tone.STRONG if part.kind in _STRONG else _TONES.get(part.kind, Tone.TEXT)
    text = f"{number}) {part.text}" if number else part.text
    label = "" if part.kind in (PartKind.CHOICE, PartKind.ANSWER) else heading(say, part.kind)
    told = wrapped(text, width - _LABEL, tone)
    if len(label) >= _LABEL:
        return [row((label, Tone.HEADING)), *(row(" " * _LABEL, *one.spans) for one in told)]
    return [
        row((f"{label if place == 0 else '':<{_LABEL}}", Tone.HEADING), *one.spans) for place, one in enumerate(told)
    ]


def time_text(seconds: float) -> str:
    """Minutes and seconds, `7:05`; from an hour on with hours, `1:07:05`."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{head}:{whole % 60:02}"
