"""Keys and symbols, in the language of the moment."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from vbtui.drawing.glyphs import RICH as GLYPHS
from vbtui.i18n import N_, Translator
from vbtui.render import Symbols
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.keys import KEYS
from vbtui.ui.scenery import DELTA
from vbtui.ui.text import fit, wrapped
from vbtui.ui.widgets.lines_view import RowsView


class HelpView(RowsView):
    """The text of the help screen."""


class HelpScreen(ModalScreen[None]):
    """Shown over the walkthrough; any of the keys below closes it."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    BINDINGS = [
        Binding("escape,question_mark,q,enter,space", "dismiss", N_("close"), show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def __init__(self, say: Translator, symbols: Symbols) -> None:
        super().__init__()
        self._say, self._symbols = say, symbols

    def compose(self) -> ComposeResult:
        yield HelpView(id="help")

    def on_mount(self) -> None:
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        view = self.query_one(HelpView)
        view.border_title = self._say(N_("Keys and symbols"))
        view.border_subtitle = self._say(N_("Esc closes"))
        view.show_rows(help_rows(self._say, self._symbols, max(30, view.content_size.width - 1)))

    def action_scroll(self, rows: int) -> None:
        self.query_one(HelpView).scroll_relative(y=rows, animate=False, immediate=True)


def help_rows(say: Translator, symbols: Symbols, width: int) -> list[Row]:
    """The text for a width in cells."""
    keys = max(len(key.shown) for key in KEYS)
    rows: list[Row] = []
    for key in KEYS:
        first, *rest = wrapped(say(key.long), width - keys - 4)
        rows.append(Row(((f" {fit(key.shown, keys)}  ", Tone.KEY), *first.spans)))
        rows += [row((" " * (keys + 3), Tone.TEXT), *one.spans) for one in rest]
    rows += [BLANK, row((f" {say(N_('Symbols'))}", Tone.HEADING))]
    for symbol, tone, text in (
        (symbols.ok, Tone.OK, N_("done, allowed")),
        (symbols.active, Tone.ACTIVE, N_("running, or the event that is shown")),
        (symbols.waiting, Tone.DIM, N_("waits for a free task slot")),
        (symbols.fallback, Tone.WARN, N_("fallback: another way is taken")),
        (symbols.warning, Tone.WARN, N_("warning")),
        (symbols.blocked, Tone.FAIL, N_("blocked by a firewall: dropped or rejected")),
        (symbols.fail, Tone.FAIL, N_("failed, or where a blocked connection ends")),
        (symbols.skipped, Tone.DIM, N_("left out")),
        (symbols.pending, Tone.DIM, N_("not yet")),
        (GLYPHS.packet, Tone.OK, N_("what moves now")),
        (GLYPHS.snapshot, Tone.OK, N_("VM with a snapshot")),
        (GLYPHS.frozen, Tone.OK, N_("VM whose guest holds its writes back")),
        (DELTA, Tone.TEXT, N_("redo logs of snapshots on a datastore")),
    ):
        rows.append(row((f" {fit(symbol, keys)}  ", tone), say(text)))
    rows += [BLANK, row((f" {say(N_('Lines'))}", Tone.HEADING))]
    for sample, tone, text in (
        ("━━▶", Tone.ACTIVE, N_("used by this event")),
        ("──▶", Tone.DIM, N_("open")),
        ("┄┄✖", Tone.FAIL, N_("blocked")),
        ("↪─▶", Tone.WARN, N_("used instead of a blocked one")),
    ):
        rows.append(row((f" {fit(sample, keys)}  ", tone), say(text)))
    return rows
