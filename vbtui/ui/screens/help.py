"""Keys and symbols of a screen, in the language of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from vbtui.drawing.glyphs import RICH as GLYPHS
from vbtui.i18n import N_, Translator
from vbtui.render import Symbols
from vbtui.render.matrix_texts import NOT_CROSSED, REPLY
from vbtui.ui.inks import BLANK, Row, Tone, length, row
from vbtui.ui.keys import Key
from vbtui.ui.scenery import DELTA
from vbtui.ui.text import fit, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.matrix_view import CHANGED


class HelpView(RowsView):
    """The text of the help screen."""


class HelpScreen(ModalScreen[None]):
    """Shown over another screen; any of the keys below closes it."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    BINDINGS = [
        Binding("escape,question_mark,q,enter,space", "dismiss", N_("close"), show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def __init__(self, say: Translator, keys: Sequence[Key], signs: Sequence[Sign]) -> None:
        """`keys` and `signs` are those of the screen below."""
        super().__init__()
        self._say, self._keys, self._signs = say, keys, signs

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
        view.show_rows(help_rows(self._say, self._keys, self._signs, max(30, view.content_size.width - 1)))

    def action_scroll(self, rows: int) -> None:
        self.query_one(HelpView).scroll_relative(y=rows, animate=False, immediate=True)


BLOCKED_LINE = GLYPHS.dashed[0] * 2 + GLYPHS.blocked + GLYPHS.beyond * 2
"""As the picture draws it, made of the same characters."""
Sign = tuple[str, Tone, str]
"""A mark as it is drawn, its ink, and what it means in English."""
TWO_COLUMNS = 96
"""Cells from which keys and symbols stand side by side."""


def help_rows(say: Translator, keys: Sequence[Key], signs: Sequence[Sign], width: int) -> list[Row]:
    """The text for a width in cells."""
    if width < TWO_COLUMNS:
        return [*_keys(say, keys, width), BLANK, *_signs(say, signs, width)]
    half = width * 11 // 20
    left, right = _keys(say, keys, half - 3), _signs(say, signs, width - half)
    rows = []
    for place in range(max(len(left), len(right))):
        one = left[place] if place < len(left) else BLANK
        other = right[place] if place < len(right) else BLANK
        rows.append(row(*one.spans, " " * (half - length(one.spans)), *other.spans))
    return rows


def _keys(say: Translator, keys: Sequence[Key], width: int) -> list[Row]:
    names = max(len(say(key.shown)) for key in keys)
    rows = [row((f" {say(N_('Keys'))}", Tone.HEADING))]
    for key in keys:
        rows += _entry(say(key.shown), names, Tone.KEY, say(key.long), width)
    return rows


def walkthrough_signs(symbols: Symbols) -> tuple[Sign, ...]:
    """The marks and lines of the walkthrough."""
    return (
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
        ("━━▶", Tone.ACTIVE, N_("line: used by this event")),
        ("──▶", Tone.DIM, N_("line: open")),
        (BLOCKED_LINE, Tone.FAIL, N_("line: blocked at the cross; nothing gets to the dots behind it")),
        ("↪─▶", Tone.WARN, N_("line: used instead of a blocked one")),
    )


def firewall_signs(symbols: Symbols) -> tuple[Sign, ...]:
    """Those of the Firewall screen."""
    return (
        (f"{symbols.ok} #4", Tone.OK, N_("allowed, by rule 4 of the column's firewall")),
        (f"{symbols.blocked} #4", Tone.FAIL, N_("dropped or rejected by that rule")),
        (symbols.unknown, Tone.WARN, N_("not known: an imported rule was not understood")),
        (NOT_CROSSED, Tone.DIM, N_("the connection does not come by that firewall")),
        (REPLY, Tone.FAIL, N_("it is the answer that a stateless firewall does not let back")),
        ("[ ]", Tone.TEXT, N_("the cell under the cursor")),
        (CHANGED, Tone.TEXT, N_("changed by the last edit; in the rules: not as in the file")),
        (f"{symbols.ok}{symbols.fallback}{symbols.fail}", Tone.TEXT, N_("step or job: ok, fallback, fail")),
        ("› ▶", Tone.ACTIVE, N_("the rule that decides, the rule that is selected")),
        ("● ○", Tone.TEXT, N_("rule: on, off")),
        (symbols.warning, Tone.WARN, N_("rule: something is wrong with it, the details say what")),
        ("━━▶", Tone.ACTIVE, N_("path: allowed")),
        ("──▶", Tone.DIM, N_("path: not known")),
        (BLOCKED_LINE, Tone.FAIL, N_("path: blocked at the cross; nothing gets to the dots behind it")),
    )


def data_signs(symbols: Symbols) -> tuple[Sign, ...]:
    """Those of the Data screen."""
    # Here, because the states of blocks bring the engine with them and only that screen needs it.
    from vbtui.render.data_texts import BLOCK_MEANINGS, block_marks
    from vbtui.ui.widgets.block_map import TONES
    from vbtui.walk.block_cells import LIFE, WEIGHT

    marks = block_marks(symbols)
    return (
        (symbols.waiting, Tone.DIM, N_("waits for its turn, or has not begun")),
        (symbols.active, Tone.ACTIVE, N_("is being copied")),
        (symbols.ok, Tone.OK, N_("done; restore point: whole")),
        (symbols.fail, Tone.FAIL, N_("failed; restore point: damaged")),
        (symbols.skipped, Tone.DIM, N_("stopped before it was copied")),
        ("▶ ›", Tone.ACTIVE, N_("selected, here and in the other view")),
        *((marks[state], TONES[state], BLOCK_MEANINGS[state]) for state in LIFE),
        (
            f"1:{WEIGHT}",
            Tone.TEXT,
            N_(
                "one mark for many blocks: what moves, else what most are; a block that took work counts as much as "
                "this many that were left alone"
            ),
        ),
    )


def _signs(say: Translator, signs: Sequence[Sign], width: int) -> list[Row]:
    rows = [row((f" {say(N_('Symbols'))}", Tone.HEADING))]
    for symbol, tone, text in signs:
        rows += _entry(symbol, len(BLOCKED_LINE), tone, say(text), width)
    return rows


def _entry(name: str, names: int, tone: Tone, text: str, width: int) -> list[Row]:
    """A name and what it means; the text is wrapped beside it."""
    first, *rest = wrapped(text, width - names - 4)
    return [
        row((f" {fit(name, names)}  ", tone), *first.spans),
        *(row(" " * (names + 3), *one.spans) for one in rest),
    ]
