"""The what-if screen: a run and its fork side by side, aligned by event.

Decided here: where one stands among the rows, and what a size has room for: both runs beside each other, or one of them
with the other a key away; with the pictures of both where the screen is high enough, elsewhere in the rows' place.
Everything that is shown was made before (`Halves`), so that no key waits.
In: `Halves`. Out: `WhatIfLeft`: with the fork if a person walks on in it. Never here: simulating, comparing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer

from vbtui.i18n import LANGUAGES, N_, Translator, translator
from vbtui.render import Messages
from vbtui.render.comparison_texts import comparison
from vbtui.topology import Topology
from vbtui.ui.halves import Halves, is_quick
from vbtui.ui.inks import BLANK, Tone, row
from vbtui.ui.keys import bindings
from vbtui.ui.keys.keyed import keys_of, possible_keys
from vbtui.ui.keys.what_if import WHAT_IF_KEYS
from vbtui.ui.lasting import Lasting
from vbtui.ui.looks import looks_of
from vbtui.ui.measures import WIDE
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.text import clip, one_cell, wrapped
from vbtui.ui.widgets.comparison_lines import (
    delta_rows,
    detail_rows,
    detail_title,
    header_row,
    said_rows,
)
from vbtui.ui.widgets.comparison_table import ComparisonTable, Shown, half_title
from vbtui.ui.widgets.key_line import KeyLine
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.too_small import TooSmall
from vbtui.ui.widgets.top_line import TopLine
from vbtui.ui.widgets.topology_canvas import TopologyCanvas
from vbtui.walk.forks import Fork

HIGH = 36
"""Rows from which the pictures of both runs have room beside the rows: a topology of a dozen machines is whole."""

REST = 0.15
"""Seconds without a key after which the pictures of a large job are drawn."""


Seen = Callable[[int, str | None, str], None]
"""Takes the row that is shown, the run that is listed where there is no room for both, and the language."""


@dataclass(frozen=True, slots=True, eq=False)
class WhatIfLeft:
    """How the screen was left."""

    language: str
    fork: Fork | None = None
    """To walk on in; None: nothing has changed."""
    event: str | None = None
    """Where."""
    quit: bool = False


class WhatIfScreen(Lasting, Screen[WhatIfLeft]):
    """Two runs of one job."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    KEY_TABLE = WHAT_IF_KEYS
    KEY_NAME = "what_if"
    BINDINGS = [*bindings(KEY_TABLE, KEY_NAME)]

    def __init__(
        self, topology: Topology, halves: Halves, *, language: str, seen: Seen = lambda _row, _side, _language: None
    ) -> None:
        """`seen` is told what is shown, each time."""
        super().__init__()
        self._topology, self._halves, self._seen = topology, halves, seen
        self._row, self._side = halves.first_row, "b"
        self._pictured = False
        """Where there is no room for both, the pictures are shown in place of the rows."""
        self._language = language
        self._messages = self._speaking(language)
        self._fitted: frozenset[str] = frozenset()
        self._deltas_for: tuple[int, str, bool] | None = None
        self._late: Timer | None = None
        """Draws the pictures of a large job."""

    def _speaking(self, language: str) -> Messages:
        return Messages(translator(language), self._topology, self._halves.a.trace.profile)

    # ---- building ---------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield TopLine(id="header")
        yield RowsView(id="said")
        with Horizontal(id="pictures"):
            for side, half in (("a", self._halves.a), ("b", self._halves.b)):
                with Vertical(id=f"half-{side}", classes="pane half"):
                    yield TopologyCanvas(self._topology, half.trace, half.scenery, id=f"picture-{side}")
        yield ComparisonTable(id="rows")
        with Horizontal(id="bottom"):
            yield RowsView(id="detail", classes="pane")
            yield RowsView(id="deltas", classes="pane")
        yield KeyLine(id="keys")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        self.redraw()

    def on_resize(self) -> None:
        self.redraw()

    def redraw(self) -> None:
        """Choose the views for the size and the looks; they are shown once they have theirs."""
        width, height = self.size
        small = self.query_one(TooSmall).covers(width, height, self.say)
        classes = {"-small" if small else "-wide" if width >= WIDE[0] else "-narrow"}
        if height >= HIGH:
            classes.add("-high")
        elif self._pictured:
            classes.add("-pictured")
        classes.add(f"-side-{self._side}")
        if classes != self._fitted:
            self._fitted = frozenset(classes)
            self.set_classes(self._fitted)
        self.call_after_refresh(self._show)

    # ---- showing ----------------------------------------------------------------------------------------------------

    @property
    def say(self) -> Translator:
        return self._messages.translator

    @property
    def _has_pictures(self) -> bool:
        """The pictures have a place."""
        return not self._fitted.isdisjoint(("-high", "-pictured"))

    @property
    def _wide(self) -> bool:
        return "-wide" in self._fitted

    def _shown(self) -> Shown:
        looks = looks_of(self.app)
        side = None if self._wide else self._side
        low = "-high" not in self._fitted
        return Shown(self._halves.comparison, self._row, side, self._messages, looks.symbols, looks.ascii, low)

    def _show(self) -> None:
        if not self.stands or "-small" in self._fitted:
            return
        shown = self._shown()
        with self.app.batch_update():
            header, said = self.query_one("#header", RowsView), self.query_one("#said", RowsView)
            header.show_rows([header_row(shown, self._halves, header.size.width)])
            said.show_rows(said_rows(shown, said.size.width))
            self._show_pictures_soon()
            self.query_one(ComparisonTable).show(shown)
            detail, deltas = self.query_one("#detail", RowsView), self.query_one("#deltas", RowsView)
            detail.entitle(detail_title(shown))
            detail.show_rows(detail_rows(shown, detail.content_size.width - 1))
            deltas.entitle(self.say(N_("What came of it")))
            made_for = (deltas.content_size.width - 1, self._language, shown.ascii)
            if made_for != self._deltas_for:
                # The same at every row, and long for a large job.
                self._deltas_for = made_for
                deltas.show_rows(delta_rows(shown, made_for[0]))
            self.query_one(KeyLine).show_keys(self.say, possible_keys(self, keys_of(self))[0])
        self._seen(shown.row, shown.side, self._language)

    def _show_pictures_soon(self) -> None:
        """At once, or for a large job when a person has come to rest: each event may need another layout."""
        if self._late is not None:
            self._late.stop()
            self._late = None
        if is_quick(self._halves.a.trace):
            self._show_pictures()
        elif self._has_pictures:
            self._late = self.set_timer(REST, self._show_pictures)

    def _show_pictures(self) -> None:
        """Each run as it is after its last event so far."""
        if not self._has_pictures:
            return
        shown = self._shown()
        for side, half, place in zip(
            "ab", (self._halves.a, self._halves.b), self._halves.places[self._row], strict=True
        ):
            canvas = self.query_one(f"#picture-{side}", TopologyCanvas)
            if canvas.size.width and canvas.size.height:
                self.query_one(f"#half-{side}").border_title = half_title(shown, side)
                canvas.show(half.moment(place, shown.messages, shown.symbols))

    def text_lines(self) -> tuple[str, ...]:
        """The whole comparison, as `play --compare` prints it."""
        return tuple(comparison(self._messages, self._halves.comparison, self._halves.fork.changes))

    # ---- keys -------------------------------------------------------------------------------------------------------

    def _go(self, row: int) -> None:
        self._row = min(max(row, 0), len(self._halves.comparison.rows) - 1)
        self._show()

    def action_move(self, rows: int) -> None:
        self._go(self._row + rows)

    def action_difference(self, by: int) -> None:
        """To the next or the previous difference; stays at the last one."""
        found = self._halves.comparison
        place = found.next_difference(self._row) if by > 0 else found.previous_difference(self._row)
        self._go(self._row if place is None else place)

    def action_read(self, rows: int) -> None:
        """Scroll what is told below the rows."""
        for view in ("#detail", "#deltas"):
            self.query_one(view).scroll_relative(y=rows, animate=False, immediate=True)

    def on_comparison_table_chosen(self, message: ComparisonTable.Chosen) -> None:
        self._go(message.row)

    def action_go_to(self) -> None:
        """Ask for an event by its number or id."""
        say, found = self.say, self._halves.comparison

        def check(text: str) -> str | None:
            typed = text.strip()
            number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
            event = found.b[number - 1].id if 1 <= number <= len(found.b) else typed
            row = found.row_of(event)
            if row is None:
                return say(N_("Neither run has an event {typed}.")).format(typed=clip(one_cell(typed), 40))
            self._go(row)
            return None

        count = say.number(len(found.b))
        text = say(N_("The number of an event in B, 1 to {count}, or its id.")).format(count=count)
        event = found.rows[self._row].b
        number = "" if event is None else str(event.position + 1)
        self.app.push_screen(PromptScreen(say, say(N_("Go to")), text, number, check, proposed=True))

    def action_other_side(self) -> None:
        """The other run at the same event; where both are shown there is none."""
        if not self._wide:
            self._side = "a" if self._side == "b" else "b"
            self.redraw()

    def action_pictures(self) -> None:
        """The pictures in place of the rows, or the rows again; where both have room there is nothing to change."""
        self._pictured = not self._pictured
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "other_side" and self._wide:
            return False
        if action == "pictures" and "-high" in self._fitted:
            return False
        return super().check_action(action, parameters)

    def action_language(self) -> None:
        self._language = LANGUAGES[(LANGUAGES.index(self._language) + 1) % len(LANGUAGES)]
        self._messages = self._speaking(self._language)
        self._show()

    def action_help(self) -> None:
        from vbtui.ui.screens.help import HelpScreen, comparison_signs

        self.app.push_screen(HelpScreen(self, comparison_signs))

    def action_copy(self) -> None:
        """The whole comparison, as `play --compare` prints it."""
        send = getattr(self.app, "send", self.app.copy_to_clipboard)
        send("\n".join(self.text_lines()) + "\n")

    def tell_done(self, text: str, *, well: bool = True) -> None:
        """Where it stands between the differences, until the next key."""
        mark, tone = ("✔", Tone.OK) if well else ("✖", Tone.FAIL)
        said = self.query_one("#said", RowsView)
        lines = wrapped(text, max(20, said.size.width - 4), tone)[:2]
        rows = [row((f" {mark if place == 0 else ' '} ", tone), *line.spans) for place, line in enumerate(lines)]
        said.show_rows([*rows, *[BLANK] * (2 - len(rows))])

    def action_walk_on(self) -> None:
        """Walk on in the changed run."""
        event = self._halves.comparison.rows[self._row].event.id
        self.dismiss(WhatIfLeft(self._language, self._halves.fork, event))

    def action_back(self) -> None:
        self.dismiss(WhatIfLeft(self._language))

    def action_quit(self) -> None:
        self.dismiss(WhatIfLeft(self._language, quit=True))
