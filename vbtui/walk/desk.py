"""What a planner looks at on the workbench: which job, which rows of its matrix, which cell, which rule.

Decided here: what every key that moves or filters does, and where the cursor stays when rules, filters or jobs change:
on the same connection if it is still shown. The firewall whose rules are listed is that of the cell under the cursor,
until another one is chosen.
In: a `Plan`, verbs. Out: a new `Desk` each time. Never here: a screen, keys by their names, text, widths.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Self

from vbtui.firewall import Reason
from vbtui.planning import CheckReport
from vbtui.topology import Firewall, Rule
from vbtui.trace import Event
from vbtui.vocabulary import Phase, StepId
from vbtui.walk.filters import Filter, Order, shown
from vbtui.walk.matrix import NOT_CROSSED, Cell, Matrix, MatrixGroup, MatrixRow, matrix
from vbtui.walk.plan import Consequence, Plan

AT_ONCE: Final = 4
"""Jobs that are judged while a person waits for the answer to a key."""


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """A plan and a place in what it shows. Immutable."""

    plan: Plan
    job: str
    matrix: Matrix
    groups: tuple[MatrixGroup, ...]
    """What the filter leaves, in the chosen order."""
    rows: tuple[MatrixRow, ...]
    """The rows of `groups`."""
    filter: Filter = field(default_factory=Filter)
    order: Order = Order.STEP
    place: int = 0
    """Which of `rows` the cursor is on."""
    column: int | None = None
    """The column that a person has moved to; None for that of the deciding cell."""
    chosen: str | None = None
    """The firewall that a person has moved to in the rules; None for that of the cell under the cursor."""
    rule_place: int | None = None
    """Which rule of the firewall the cursor is on, from 0; None for the deciding one."""
    consequence: Consequence | None = field(default=None, repr=False)
    """What the last edit, undo or redo has changed; None before the first, and until every job is judged."""

    @classmethod
    def over(cls, plan: Plan, job: str) -> Self:
        """The desk of a plan, at the first connection that is in trouble. Raises KeyError for an unknown job."""
        found = matrix(plan.report(job), plan.topology)
        groups = shown(found, Filter())
        rows = tuple(row for group in groups for row in group.rows)
        troubled = (place for place, row in enumerate(rows) if row.troubled)
        return cls(plan, job, found, groups, rows, place=next(troubled, 0), consequence=_consequence(plan))

    # ---- what is shown ----------------------------------------------------------------------------------------------

    @property
    def report(self) -> CheckReport:
        return self.plan.report(self.job)

    @property
    def row(self) -> MatrixRow | None:
        """The row under the cursor; None if the filter leaves none."""
        return self.rows[self.place] if self.rows else None

    @property
    def cell_column(self) -> int | None:
        """The column under the cursor; None if there are no columns."""
        if not self.matrix.columns:
            return None
        if self.column is not None:
            return min(self.column, len(self.matrix.columns) - 1)
        row = self.row
        if row is None:
            return 0
        if row.deciding is not None:
            return row.deciding
        return next((place for place, cell in enumerate(row.cells) if cell.crossed), 0)

    @property
    def cell(self) -> Cell:
        """The cell under the cursor."""
        row, column = self.row, self.cell_column
        return NOT_CROSSED if row is None or column is None else row.cells[column]

    @property
    def firewall(self) -> Firewall | None:
        """Whose rules are listed; None only in a topology without firewalls."""
        name = self.chosen
        if name is None:
            column = self.cell_column
            name = self.cell.firewall or (None if column is None else self.matrix.columns[column].firewall)
        every = self.plan.topology.firewalls
        return next((one for one in every if one.name == name), every[0] if every else None)

    @property
    def rule_index(self) -> int | None:
        """The rule under the cursor, from 0; None if the firewall has none."""
        firewall = self.firewall
        if firewall is None or not firewall.rules:
            return None
        if self.rule_place is not None:
            return min(self.rule_place, len(firewall.rules) - 1)
        segment = self.cell.segment
        if self.cell.firewall == firewall.name and segment is not None and segment.rule_number is not None:
            return min(segment.rule_number, len(firewall.rules)) - 1
        return 0

    @property
    def rule(self) -> Rule | None:
        """The rule under the cursor of the rules."""
        firewall, place = self.firewall, self.rule_index
        return None if firewall is None or place is None else firewall.rules[place]

    @property
    def deciding_rule(self) -> tuple[str, str] | None:
        """Firewall and rule that answered in the cell under the cursor; None where no rule did."""
        cell = self.cell
        if cell.firewall is None or cell.segment is None or cell.segment.reason is not Reason.RULE:
            return None
        return None if cell.segment.rule is None else (cell.firewall, cell.segment.rule)

    def new_rule_number(self, *, selected: bool) -> int:
        """The number that a new rule of `firewall` gets: in front of the selected rule, or of the one that decides the
        cell under the cursor; where none does, behind all."""
        firewall, place = self.firewall, self.rule_index
        if firewall is None or place is None:
            return 1
        return place + 1 if selected or self.deciding_rule is not None else len(firewall.rules) + 1

    # ---- moving -----------------------------------------------------------------------------------------------------

    def moved(self, rows: int) -> Self:
        """The cursor so many rows down, or up."""
        return self.at(self.place + rows)

    def at(self, place: int) -> Self:
        """The cursor on a row, cut to those that there are."""
        place = max(0, min(place, len(self.rows) - 1))
        return replace(self, place=place, column=None, chosen=None, rule_place=None)

    def at_event(self, event: Event) -> Self:
        """The cursor on the connection that an event opens: of several rows on that of its step. It stays where it is
        if the event opens none, or none that is shown."""
        asked = event.verdict
        if asked is None:
            return self
        fitting = [place for place, row in enumerate(self.rows) if row.stands_for(asked)]
        of_step = (place for place in fitting if self.rows[place].step == event.step)
        return self.at(next(of_step, fitting[0])) if fitting else self

    def at_machine(self, name: str) -> Self:
        """The cursor on the first connection in trouble that is a machine's, else on its first one. It stays where it
        is if none is shown."""
        fitting = [place for place, row in enumerate(self.rows) if row.names(name)]
        troubled = (place for place in fitting if self.rows[place].troubled)
        return self.at(next(troubled, fitting[0])) if fitting else self

    def sideways(self, columns: int) -> Self:
        """The cursor so many columns to the right, or to the left."""
        now = self.cell_column
        if now is None:
            return self
        column = max(0, min(now + columns, len(self.matrix.columns) - 1))
        return replace(self, column=column, chosen=None, rule_place=None)

    def rule_moved(self, rules: int) -> Self:
        """The cursor of the rules so many rules down, or up."""
        now = self.rule_index
        firewall = self.firewall
        if now is None or firewall is None:
            return self
        return replace(self, rule_place=max(0, min(now + rules, len(firewall.rules) - 1)), chosen=firewall.name)

    def firewall_moved(self, steps: int) -> Self:
        """The rules of the next firewall of the file, or of the one before."""
        names = [firewall.name for firewall in self.plan.topology.firewalls]
        firewall = self.firewall
        if firewall is None:
            return self
        place = (names.index(firewall.name) + steps) % len(names)
        return replace(self, chosen=names[place], rule_place=None)

    def held(self) -> Self:
        """The cursor of the rules stays on its rule, whatever decides after an edit."""
        return self.rule_moved(0)

    def next_job(self) -> Self:
        jobs = self.plan.jobs
        job = jobs[(jobs.index(self.job) + 1) % len(jobs)]
        return replace(self, job=job)._judged()

    # ---- filters and order ------------------------------------------------------------------------------------------

    def filtered(self, wanted: Filter) -> Self:
        return replace(self, filter=wanted)._listed()

    def only_trouble(self) -> Self:
        """Only what is in the way, or everything again."""
        return self.filtered(replace(self.filter, troubled=not self.filter.troubled))

    def only_node(self) -> Self:
        """Only connections of the source under the cursor, then of the destination, then all again."""
        row = self.row
        ends = () if row is None else tuple(dict.fromkeys((*row.sources[:1], *row.destinations[:1])))
        now = self.filter.node
        if now is None and ends:
            return self.filtered(replace(self.filter, node=ends[0]))
        if now in ends and len(ends) > 1 and now == ends[0]:
            return self.filtered(replace(self.filter, node=ends[1]))
        return self.filtered(replace(self.filter, node=None))

    def only_phase(self, phase: Phase) -> Self:
        """Only steps of a phase; the same phase again, and everything is shown."""
        steps = frozenset[StepId | None](step for step in StepId if step.phase is phase)
        return self.filtered(replace(self.filter, steps=None if self.filter.steps == steps else steps))

    def only_step(self) -> Self:
        """Only the step of the row under the cursor, or everything again."""
        row = self.row
        if self.filter.steps is not None or row is None:
            return self.filtered(replace(self.filter, steps=None))
        return self.filtered(replace(self.filter, steps=frozenset({row.step})))

    def unfiltered(self) -> Self:
        return self.filtered(Filter())

    def reordered(self) -> Self:
        return replace(self, order=self.order.following)._listed()

    # ---- edits ------------------------------------------------------------------------------------------------------

    def edited(self, plan: Plan) -> Self:
        """The same place on an edited plan. The shown job is judged; of many jobs the others not yet."""
        plan.report(self.job)
        while len(plan.jobs) <= AT_ONCE and not plan.settled:
            plan.judge_next()
        return replace(self, plan=plan, consequence=_consequence(plan))._judged()

    def judged_further(self) -> Self:
        """A few more jobs are judged; behind the last it is known what the last move has changed."""
        for _ in range(AT_ONCE):
            self.plan.judge_next()
        return replace(self, consequence=_consequence(self.plan))

    def _judged(self) -> Self:
        return replace(self, matrix=matrix(self.plan.report(self.job), self.plan.topology))._listed()

    def _listed(self) -> Self:
        """Apply filter and order; the cursor stays on its connection, or on the place where that was."""
        groups = shown(self.matrix, self.filter, self.order)
        rows = tuple(row for group in groups for row in group.rows)
        key = None if self.row is None else self.row.key
        same = next((place for place, row in enumerate(rows) if row.key == key), None)
        place = min(self.place, max(0, len(rows) - 1)) if same is None else same
        chosen = self.firewall.name if self.rule_place is not None and self.firewall is not None else self.chosen
        return replace(self, groups=groups, rows=rows, place=place, chosen=chosen)


def _consequence(plan: Plan) -> Consequence | None:
    return plan.consequence() if plan.settled else None
