"""Keys and symbols of a screen, in the language of the moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from vbtui.drawing.glyphs import Glyphs, badge_text, glyphs
from vbtui.i18n import N_, Translator, translator
from vbtui.render import RICH, Symbols
from vbtui.render.matrix_texts import NOT_CROSSED, REPLY
from vbtui.ui.inks import BLANK, Row, Tone, length, row
from vbtui.ui.keys import (
    LANGUAGE_KEY,
    MOTION_KEY,
    PLAIN_KEY,
    THEME_KEY,
    WRITE_KEY,
    Key,
    bindings,
    keys_in_words,
    said_keys,
)
from vbtui.ui.keys.keyed import Speaking, keys_of, possible_keys
from vbtui.ui.looks import looks_of
from vbtui.ui.scenery import DELTA
from vbtui.ui.screens.dialogue import FROM_END_TO_END, TextDialogue
from vbtui.ui.text import fit, wrapped
from vbtui.ui.widgets.comparison_table import marks_for
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.matrix_view import CHANGED
from vbtui.ui.widgets.scrubber import BREAKPOINT
from vbtui.walk.forks import RowKind


class HelpView(RowsView):
    """The text of the help screen."""


class HelpScreen(TextDialogue[None]):
    """Shown over another screen: what is possible there and now, and what its marks mean. Closed by any of the keys
    below; the looks and the language can be changed meanwhile."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("escape,question_mark,q,enter,space", "dismiss", N_("close"), show=False),
        *FROM_END_TO_END,
        *bindings((LANGUAGE_KEY, THEME_KEY, PLAIN_KEY, MOTION_KEY, WRITE_KEY), "help"),
    ]

    def __init__(self, below: Screen[Any], signs: Callable[[Symbols], tuple[Sign, ...]]) -> None:
        """`signs` gives the marks of the screen below in a character set."""
        super().__init__()
        self._below, self._signs = below, signs

    @property
    def say(self) -> Translator:
        return self._below.say if isinstance(self._below, Speaking) else translator("en")

    def compose(self) -> ComposeResult:
        yield HelpView(id="help")

    def fill(self) -> None:
        """Show the text by the looks and in the language of the moment."""
        view, say = self.query_one(HelpView), self.say
        view.border_title = say(N_("Keys and symbols"))
        view.border_subtitle = say(N_("Esc closes"))
        here, elsewhere = possible_keys(self._below, keys_of(self._below))
        rows = help_rows(
            say, here, self._signs(looks_of(self.app).symbols), max(30, view.content_size.width - 1), elsewhere,
            [complaint.said(say) for complaint in getattr(self.app, "complaints", ())],
            plain=looks_of(self.app).ascii,
        )  # fmt: skip
        view.styles.height = len(rows) + 2
        view.show_rows(rows)

    def text_lines(self) -> tuple[str, ...]:
        rows = self.query_one(HelpView).rows
        return tuple("".join(text for text, _ in one.spans).rstrip() for one in rows)

    async def action_language(self) -> None:
        await self.app.run_action("language", default_namespace=self._below)
        self.fill()


WIDEST = 5
"""Cells of the widest mark."""
Sign = tuple[str, Tone, str]
"""A mark as it is drawn, its ink, and what it means in English."""
TWO_COLUMNS = 96
"""Cells from which keys and symbols stand side by side."""


def help_rows(
    say: Translator,
    keys: Sequence[Key],
    signs: Sequence[Sign],
    width: int,
    elsewhere: Sequence[Key] = (),
    complaints: Sequence[str] = (),
    *,
    plain: bool = False,
) -> list[Row]:
    """The text for a width in cells: keys that do something now, those that do not, the marks, and what is wrong with
    the settings file."""
    half = width if width < TWO_COLUMNS else width * 11 // 20
    column = half - 3 if half < width else width
    left = _keys(say, N_("Keys"), keys, column, plain=plain)
    if elsewhere:
        left += [BLANK, *_keys(say, N_("Not possible here and now"), elsewhere, column, plain=plain)]
    right = _signs(say, signs, width - half if half < width else width)
    if half == width:
        rows = [*left, BLANK, *right]
    else:
        rows = []
        for place in range(max(len(left), len(right))):
            one = left[place] if place < len(left) else BLANK
            other = right[place] if place < len(right) else BLANK
            rows.append(row(*one.spans, " " * (half - length(one.spans)), *other.spans))
    if complaints:
        rows += [BLANK, row((f" {say(N_('Settings file'))}", Tone.HEADING))]
        for text in complaints:
            rows += wrapped(text, width - 1, Tone.WARN, indent=" ")
    return rows


def _keys(say: Translator, heading: str, keys: Sequence[Key], width: int, *, plain: bool) -> list[Row]:
    shown = [said_keys(say, key.shown, plain=plain) for key in keys]
    names = max(map(len, shown), default=0)
    rows = [row((f" {say(heading)}", Tone.HEADING))]
    for name, key in zip(shown, keys, strict=True):
        rows += _entry(name, names, Tone.KEY, keys_in_words(say, say(key.long), plain=plain), width)
    return rows


def blocked_line(drawn: Glyphs) -> str:
    """As the picture draws it, made of the same characters."""
    return drawn.dashed[0] * 2 + drawn.blocked + drawn.beyond * 2


def _glyphs(symbols: Symbols) -> Glyphs:
    return glyphs(symbols is not RICH)


def walkthrough_signs(symbols: Symbols) -> tuple[Sign, ...]:
    """The marks and lines of the walkthrough."""
    drawn = _glyphs(symbols)
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
        (BREAKPOINT, Tone.KEY, N_("breakpoint: playing stops before it")),
        (drawn.packet, Tone.OK, N_("what moves now")),
        (drawn.snapshot, Tone.OK, N_("VM with a snapshot")),
        (drawn.frozen, Tone.OK, N_("VM whose guest holds its writes back")),
        (DELTA, Tone.TEXT, N_("redo logs of snapshots on a datastore")),
        ("━━▶", Tone.ACTIVE, N_("line: used by this event")),
        ("──▶", Tone.DIM, N_("line: open")),
        (blocked_line(drawn), Tone.FAIL, N_("line: blocked at the cross; nothing gets to the dots behind it")),
        ("↪─▶", Tone.WARN, N_("line: used instead of a blocked one")),
        (drawn.walls[1], Tone.OK, N_("firewall that the line passes; its name stands beside it")),
        (badge_text("5", drawn.plain), Tone.KEY, N_("number of the step in the published process diagrams")),
        (drawn.tie, Tone.DIM, N_("holds machines of one zone together")),
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
        (
            blocked_line(_glyphs(symbols)),
            Tone.FAIL,
            N_("path: blocked at the cross; nothing gets to the dots behind it"),
        ),
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


def comparison_signs(symbols: Symbols) -> tuple[Sign, ...]:
    """Those of the what-if screen."""
    marks = marks_for(ascii=symbols.ok != RICH.ok)
    return (
        (marks[RowKind.DIFFERS], Tone.WARN, N_("in both runs, but not alike")),
        (marks[RowKind.ONLY_A], Tone.FAIL, N_("only in A, the run as it was")),
        (marks[RowKind.ONLY_B], Tone.OK, N_("only in B, the changed run")),
        (marks[RowKind.MOVED], Tone.DIM, N_("alike in both runs, in another order")),
        (symbols.blocked, Tone.FAIL, N_("blocked")),
        (symbols.fallback, Tone.WARN, N_("the next way is tried instead")),
        (symbols.warning, Tone.WARN, N_("warning")),
        (symbols.fail, Tone.FAIL, N_("failed")),
    )


def _signs(say: Translator, signs: Sequence[Sign], width: int) -> list[Row]:
    rows = [row((f" {say(N_('Symbols'))}", Tone.HEADING))]
    for symbol, tone, text in signs:
        rows += _entry(symbol, WIDEST, tone, say(text), width)
    return rows


def _entry(name: str, names: int, tone: Tone, text: str, width: int) -> list[Row]:
    """A name and what it means; the text is wrapped beside it."""
    first, *rest = wrapped(text, width - names - 4)
    return [
        row((f" {fit(name, names)}  ", tone), *first.spans),
        *(row(" " * (names + 3), *one.spans) for one in rest),
    ]
