"""The Firewall screen: the matrix of a job's connections, the path and the rules behind each, and edits that show at
once what they do.

Decided here: what a key does, which views a size has room for, and when a person is asked before something is lost.
Where the cursor goes and what an edit makes of the topology is `walk.desk` and `walk.plan`; forms, files and texts are
`firewall_dialogues`.
In: a plan, a topology with its file. Out, when it is left: the plan as it is then, and the language.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Horizontal, Vertical
from textual.content import Content

from vbtui.i18n import LANGUAGES, N_, Translator, translator
from vbtui.render import RICH, Messages
from vbtui.render.find_words import row_words
from vbtui.render.matrix_texts import matrix_sheet
from vbtui.render.tables import sheet_lines
from vbtui.topology import LoadedTopology
from vbtui.trace import Event
from vbtui.ui.bench import Bench, View
from vbtui.ui.keys import bindings, in_language
from vbtui.ui.keys.firewall import FIREWALL_KEYS
from vbtui.ui.keys.keyed import keys_of
from vbtui.ui.looks import looks_of
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.ui.screens import firewall_dialogues as dialogues
from vbtui.ui.screens.help import HelpScreen, firewall_signs
from vbtui.ui.screens.rule_keys import RuleKeys
from vbtui.ui.widgets.detail_pane import DetailPane
from vbtui.ui.widgets.key_line import KeyLine
from vbtui.ui.widgets.matrix_view import MatrixHead, MatrixView
from vbtui.ui.widgets.matrix_view import title as matrix_title
from vbtui.ui.widgets.path_canvas import PathCanvas
from vbtui.ui.widgets.planning_lines import OutcomeLine, PlanningHeader, SummaryView, WhatIfLine
from vbtui.ui.widgets.rules_view import RulesView
from vbtui.ui.widgets.too_small import TooSmall
from vbtui.ui.widgets.view_line import ViewLine
from vbtui.vocabulary import Phase
from vbtui.walk.desk import Desk
from vbtui.walk.plan import Plan
from vbtui.workflow import Change

WIDE = (110, 32)
"""Columns and rows from which the matrix stands over path and details, or over the rules."""


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """What is left when a person leaves the screen."""

    plan: Plan
    language: str
    quit: bool = False
    """Leave the program, not only the screen."""
    data: bool = False
    """Go on to the data."""


class FirewallScreen(RuleKeys[Left]):
    """A plan, looked at and edited."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    KEY_TABLE = FIREWALL_KEYS
    KEY_NAME = "firewall"
    BINDINGS = [*bindings(KEY_TABLE, KEY_NAME)]

    def __init__(
        self,
        plan: Plan,
        loaded: LoadedTopology,
        job: str,
        *,
        language: str,
        about: Event | str | None = None,
        changes: tuple[Change, ...] = (),
    ) -> None:
        """`plan` begins with the rules of the file of `loaded`. The cursor begins at what it is `about`: the connection
        that an event opens, or a machine's; at the first trouble without that. `changes` are the what-ifs of the walk,
        which are told. Raises KeyError for an unknown job."""
        super().__init__()
        self._loaded = loaded = replace(loaded, topology=plan.original)
        self._language = language
        messages = Messages(translator(language), loaded.topology, plan.profile)
        desk = Desk.over(plan, job)
        if about is not None:
            desk = desk.at_machine(about) if isinstance(about, str) else desk.at_event(about)
        self.bench = Bench(desk, loaded, messages, RICH, changes=changes)
        self._fitted: frozenset[str] = frozenset()
        self._judging = False

    # ---- building and showing ---------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield PlanningHeader(id="header")
        yield WhatIfLine(id="what-if")
        yield SummaryView(id="summary")
        yield ViewLine(id="views")
        with Vertical(id="body"):
            with Vertical(id="matrix"):
                yield MatrixHead(id="columns")
                yield MatrixView(id="rows")
            with Horizontal(id="below"):
                yield PathCanvas(id="path")
                yield RulesView(id="rules")
                yield DetailPane(id="detail")
        yield OutcomeLine(id="outcome")
        yield KeyLine(id="keys")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        self.redraw()

    def redraw(self) -> None:
        """Show everything by the looks of the app."""
        self.bench = replace(self.bench, symbols=looks_of(self.app).symbols)
        self._fit(self.size.width, self.size.height)

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width, event.size.height)

    def _fit(self, width: int, height: int) -> None:
        """Choose the views for a size; they are shown once they have theirs."""
        small = self.query_one(TooSmall).covers(width, height, self.bench.say)
        wide = width >= WIDE[0] and height >= WIDE[1]
        view = self.bench.view
        if wide and view in (View.PATH, View.DETAIL):
            view = View.MATRIX  # both stand beside it there
        self.bench = replace(self.bench, view=view, wide=wide)
        size = "-small" if small else "-wide" if wide else "-narrow"
        classes = frozenset((size, f"-{self.bench.view}"))
        if classes != self._fitted:
            self._fitted = classes
            self.set_classes(classes)
        self.call_after_refresh(self.show_bench)

    def show_bench(self) -> None:
        """Show everything that has a place."""
        if not self.stands or self.has_class("-small"):
            return
        bench = self.bench
        with self.app.batch_update():
            self.query_one(PlanningHeader).show(bench)
            self.query_one(WhatIfLine).show(bench)
            self.query_one(SummaryView).show(bench)
            if not bench.wide:
                self.query_one(ViewLine).show(bench.say, ((one.heading, one is bench.view) for one in View))
            self.query_one("#matrix").border_title = Content(matrix_title(bench))
            for pane in (
                self.query_one(MatrixHead),
                self.query_one(MatrixView),
                self.query_one(PathCanvas),
                self.query_one(RulesView),
                self.query_one(DetailPane),
            ):
                if pane.size.width and pane.size.height:
                    pane.show(bench)
            self.query_one(OutcomeLine).show(bench)
            self.query_one(KeyLine).show_keys(bench.say, keys_of(self))
        self._judge_further()

    def _judge_further(self) -> None:
        """Have the jobs judged that are not shown, a few after each picture, so that no key waits for them."""
        if not self._judging and not self.bench.desk.plan.settled:
            self._judging = True
            self.call_after_refresh(self._judge)

    def _judge(self) -> None:
        self._judging = False
        self.bench = replace(self.bench, desk=self.bench.desk.judged_further())
        if self.stands and not self.has_class("-small"):
            self.query_one(SummaryView).show(self.bench)
            self.query_one(OutcomeLine).show(self.bench)
            self._judge_further()

    def _go(self, desk: Desk) -> None:
        """Take over a desk and show it; a notice that is no longer news goes."""
        self.bench = replace(self.bench, desk=desk, notice=None, started=True)
        self.show_bench()

    def take(self, plan: Plan) -> None:
        """Take over an edited plan; one that is the same changes nothing."""
        if plan is not self.bench.desk.plan:
            self._go(self.bench.desk.edited(plan))

    def tell(self, kind: NoticeKind, text: str) -> None:
        """Say something in the language of the moment, until the next key."""
        self.bench = replace(self.bench, notice=Notice(kind, text), started=True)
        self.show_bench()

    # ---- keys: moving -----------------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        desk, view = self.bench.desk, self.bench.view
        if view is View.RULES:
            self._go(desk.rule_moved(rows))
        elif view is View.DETAIL:
            self.query_one(DetailPane).read_on(rows)
        elif view is View.PATH:
            self.query_one(PathCanvas).pan(0, rows)
        else:
            self._go(desk.moved(rows))

    def action_sideways(self, columns: int) -> None:
        desk, view = self.bench.desk, self.bench.view
        if view is View.PATH:
            self.query_one(PathCanvas).pan(columns, 0)
        else:
            self._go(desk.firewall_moved(columns) if view is View.RULES else desk.sideways(columns))

    def action_read(self, rows: int) -> None:
        self.query_one(DetailPane).read_on(rows)

    def action_next_view(self) -> None:
        self._turn(1)

    def action_previous_view(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        views = (View.MATRIX, View.RULES) if self.bench.wide else tuple(View)
        self.bench = replace(self.bench, view=views[(views.index(self.bench.view) + by) % len(views)], started=True)
        self._fit(self.size.width, self.size.height)

    def on_matrix_view_chosen(self, message: MatrixView.Chosen) -> None:
        self._go(self.bench.desk.at(message.place))

    def on_rules_view_chosen(self, message: RulesView.Chosen) -> None:
        desk = self.bench.desk
        self._go(desk.rule_moved(message.place - (desk.rule_index or 0)))

    # ---- keys: filters ----------------------------------------------------------------------------------------------

    def action_only_trouble(self) -> None:
        self._go(self.bench.desk.only_trouble())

    def action_only_node(self) -> None:
        self._go(self.bench.desk.only_node())

    def action_only_step(self) -> None:
        self._go(self.bench.desk.only_step())

    def action_only_phase(self, phase: int) -> None:
        self._go(self.bench.desk.only_phase(Phase(phase)))

    def action_unfilter(self) -> None:
        self._go(self.bench.desk.unfiltered())

    def action_next_job(self) -> None:
        self._go(self.bench.desk.next_job())

    def action_reorder(self) -> None:
        self._go(self.bench.desk.reordered())

    def action_find(self) -> None:
        desk, words = self.bench.desk, partial(row_words, self.bench.messages)
        dialogues.ask_words(self, lambda text: self._go(desk.filtered(replace(desk.filter, text=text, words=words))))

    # ---- keys: files ------------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        dialogues.ask_save(self)

    def action_difference(self) -> None:
        dialogues.show_difference(self)

    def action_export(self) -> None:
        dialogues.ask_export(self)

    def action_copy_row(self) -> None:
        row = self.bench.desk.row
        self._copy([] if row is None else [replace(self.bench.desk.groups[0], rows=(row,))])

    def action_copy_all(self) -> None:
        self._copy(list(self.bench.desk.groups))

    def _copy(self, groups: list[dialogues.MatrixGroup]) -> None:
        """To the terminal's clipboard. Whether the terminal takes it cannot be known, so it is said to be sent."""
        bench = self.bench
        sheet = matrix_sheet(bench.messages, bench.desk.job, bench.desk.matrix.columns, groups, bench.symbols)
        if not sheet.rows:
            self.tell(NoticeKind.WARNING, bench.say(N_("There is nothing to copy.")))
            return
        self.app.copy_to_clipboard("\n".join(sheet_lines(sheet)) + "\n")
        text = bench.say.plural(
            "{count} row sent to the terminal's clipboard",
            "{count} rows sent to the terminal's clipboard",
            len(sheet.rows),
        )
        self.tell(NoticeKind.DONE, text.format(count=bench.say.number(len(sheet.rows))))

    @property
    def say(self) -> Translator:
        return self.bench.say

    # ---- keys: language, help, leaving ------------------------------------------------------------------------------

    def action_language(self) -> None:
        self._language = LANGUAGES[(LANGUAGES.index(self._language) + 1) % len(LANGUAGES)]
        messages = Messages(translator(self._language), self._loaded.topology, self.bench.desk.plan.profile)
        self.bench = replace(self.bench, messages=messages, notice=None)
        self.show_bench()

    def is_of_use(self, action: str) -> bool:
        """The action would do something now, and not only tell why it does nothing."""
        plan = self.bench.desk.plan
        match action:
            case "undo":
                return plan.can_undo
            case "redo":
                return plan.can_redo
            case "save":
                return plan.unsaved
            case "difference":
                return plan.edited
            case "switch_rule" | "edit" | "delete_rule" | "shift_rule":
                return self._target is not None
            case _:
                return True

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self, firewall_signs))

    def action_back(self) -> None:
        """Back to the walkthrough, which walks with the rules as they are; unsaved edits are asked about."""
        dialogues.ask_leave(self, self._leave)

    def action_data(self) -> None:
        """To the data of the walk under these rules."""
        dialogues.ask_leave(self, lambda plan: self._leave(plan, data=True))

    def action_quit(self) -> None:
        plan = self.bench.desk.plan
        dialogues.ask_quit(self.app, self.bench.say, plan, lambda: self._leave(plan, quit=True))

    def _leave(self, plan: Plan, *, quit: bool = False, data: bool = False) -> None:
        self.dismiss(Left(plan, self._language, quit, data))

    # ---- Textual ----------------------------------------------------------------------------------------------------

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings with their descriptions in the language of the moment."""
        return in_language(super().active_bindings, self.bench.say)
