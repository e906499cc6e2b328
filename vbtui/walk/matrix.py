"""The matrix of a check: every connection that a job asks for, by what each firewall on its way says to it.

Decided here: which columns a topology needs, what stands in a cell, and which step a connection belongs to. Host
firewalls share two columns, one for the source's and one for the destination's: a large company has thousands of them
and no connection crosses more than two. The way back of a stateless firewall belongs to that firewall's own cell.
In: a `CheckReport` and its topology. Out: groups of rows, one per step. Never here: widths, text, a screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from vbtui.firewall import Hop, Policy, Reason, Segment, Verdict
from vbtui.planning import CheckReport, ConnectionVerdict, Goal, WayVerdict
from vbtui.topology import Topology
from vbtui.vocabulary import Action, GoalVerdict, StepId


class Side(StrEnum):
    """What a column stands for."""

    SOURCE = "source"
    """The source's own firewall."""
    PATH = "path"
    """A network firewall, or what the file says where none stands."""
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True)
class Column:
    """One firewall on the way, or the host firewalls of one end."""

    side: Side
    firewall: str | None
    """The name of a network firewall; None for host firewalls and for the defaults of the file."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column says to a connection."""

    hop: Hop | None
    """The deciding one of the hops in this column: on the way there, or on the way back; None if not crossed."""
    segment: Segment | None
    """The part of `hop` that decided."""

    @property
    def crossed(self) -> bool:
        return self.hop is not None

    @property
    def action(self) -> Action | None:
        """None where the connection does not come by."""
        return None if self.segment is None else self.segment.action

    @property
    def firewall(self) -> str | None:
        """The firewall that answered; None if none was crossed, or a default of the file spoke."""
        if self.hop is None or self.segment is None or self.segment.reason not in (Reason.RULE, Reason.DEFAULT):
            return None
        return self.hop.name

    @property
    def at_reply(self) -> bool:
        """It is the way back that decided."""
        return self.hop is not None and self.hop.where == "reply"


NOT_CROSSED: Final = Cell(None, None)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One connection of one step, or an obstacle that is none."""

    step: StepId | None
    """None for the surroundings: names, time and identity."""
    goals: tuple[Goal, ...]
    """What rests on it, at least one."""
    way: WayVerdict
    connection: ConnectionVerdict | None
    """None where something other than a firewall is in the way."""
    obstacle: str | None
    """Code of what is in the way besides firewalls."""
    spare: bool
    """It belongs to a way that is not tried, because an earlier one stands."""
    cells: tuple[Cell, ...]
    """One for each column."""
    deciding: int | None
    """Column of the cell that decided; None where nothing was crossed."""

    @property
    def verdict(self) -> Verdict | None:
        return None if self.connection is None else self.connection.verdict

    @property
    def allowed(self) -> bool:
        return self.verdict is not None and self.verdict.allowed

    @property
    def troubled(self) -> bool:
        """Something is in the way, and it is asked for."""
        return not self.allowed and not self.spare

    @property
    def sources(self) -> tuple[str, ...]:
        return () if self.connection is None else self.connection.sources

    @property
    def destinations(self) -> tuple[str, ...]:
        return () if self.connection is None else self.connection.destinations

    @property
    def service(self) -> str:
        return "" if self.connection is None else str(self.connection.asked.service)

    def names(self, machine: str) -> bool:
        """It goes from that machine or to it."""
        return machine in self.sources or machine in self.destinations

    def stands_for(self, asked: Verdict) -> bool:
        """The connection that was asked for is this one, or one of those that it folds."""
        return (
            self.connection is not None
            and self.connection.asked.service == asked.service
            and asked.source in self.sources
            and asked.destination in self.destinations
        )

    @property
    def key(self) -> tuple[object, ...]:
        """The same for the same row of another report: a cursor can be kept on it."""
        one = self.connection
        return (self.step, self.obstacle) if one is None else (self.step, self.sources, self.destinations, self.service)


@dataclass(frozen=True, slots=True)
class MatrixGroup:
    """The rows of one step."""

    step: StepId | None
    verdict: GoalVerdict
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everything that a job asks for."""

    job: str
    columns: tuple[Column, ...]
    groups: tuple[MatrixGroup, ...]
    """In the order of the process; steps without a row are left out."""

    @property
    def rows(self) -> tuple[MatrixRow, ...]:
        return tuple(row for group in self.groups for row in group.rows)


def matrix(report: CheckReport, topology: Topology) -> Matrix:
    """The matrix of a report; `topology` has the firewalls that it was judged with."""
    rows = {step.step: _rows(step.step, step.goals) for step in report.steps}
    columns = _columns(topology, (row for found in rows.values() for row in found))
    groups = tuple(
        MatrixGroup(step.step, step.verdict, tuple(_placed(row, columns) for row in rows[step.step]))
        for step in report.steps
        if rows[step.step]
    )
    return Matrix(report.job, columns, groups)


# ---- rows -----------------------------------------------------------------------------------------------------------


def _rows(step: StepId | None, goals: Iterable[Goal]) -> list[MatrixRow]:
    """The connections that a step's goals ask for there, each once, in the order of the goals."""
    found: dict[tuple[object, ...], MatrixRow] = {}
    for goal in goals:
        for place, way in enumerate(goal.ways):
            if step is not None and step is not _shown_at(goal, way):
                continue
            spare = goal.chosen is not None and place > goal.chosen
            for row in _rows_of(step, goal, way, spare):
                key = (*row.key, way.name if row.connection is None else "")
                before = found.get(key)
                if before is None:
                    found[key] = row
                else:
                    found[key] = replace(before, goals=(*before.goals, goal), spare=before.spare and spare)
    return list(found.values())


def _shown_at(goal: Goal, way: WayVerdict) -> StepId | None:
    """A goal may change steps from way to way; a way whose step the job never comes to is shown where it would be
    taken instead. Surroundings belong to no step."""
    return way.step if way.step in goal.steps or not goal.steps else goal.steps[0]


def _rows_of(step: StepId | None, goal: Goal, way: WayVerdict, spare: bool) -> Iterable[MatrixRow]:
    for one in way.connections:
        yield MatrixRow(step, (goal,), way, one, None, spare, (), None)
    obstacle = way.obstacle or way.shortfall
    if obstacle is not None and not spare:
        yield MatrixRow(step, (goal,), way, None, obstacle, spare, (), None)


# ---- cells ----------------------------------------------------------------------------------------------------------


def _columns(topology: Topology, rows: Iterable[MatrixRow]) -> tuple[Column, ...]:
    """Only what some connection crosses: network firewalls in the file's order between the two ends."""
    crossed: set[str] = set()
    ends: set[str] = set()
    defaults = False
    for row in rows:
        if row.verdict is not None:
            for hop in row.verdict.hops:
                if hop.where in (Side.SOURCE, Side.DESTINATION):
                    ends.add(hop.where)
                elif hop.where == Side.PATH and _is_firewall(hop):
                    crossed.add(hop.name)
                elif hop.where == Side.PATH and not hop.allows:
                    defaults = True
    columns = [Column(Side.SOURCE, None)] if Side.SOURCE in ends else []
    columns += [Column(Side.PATH, one.name) for one in topology.firewalls if one.name in crossed]
    columns += [Column(Side.PATH, None)] if defaults else []
    columns += [Column(Side.DESTINATION, None)] if Side.DESTINATION in ends else []
    return tuple(columns)


def _is_firewall(hop: Hop) -> bool:
    return any(segment.reason in (Reason.RULE, Reason.DEFAULT) for segment in hop.segments)


def _placed(row: MatrixRow, columns: Sequence[Column]) -> MatrixRow:
    if row.verdict is None:
        return replace(row, cells=(NOT_CROSSED,) * len(columns))
    cells, deciding = cells_of(row.verdict, columns)
    return replace(row, cells=cells, deciding=deciding)


def cells_of(verdict: Verdict, columns: Sequence[Column]) -> tuple[tuple[Cell, ...], int | None]:
    """What each column says to a flow, and which of them decided."""
    hops: dict[int, list[Hop]] = {}
    deciding = None
    for hop in verdict.hops:
        place = _column(hop, columns, hops)
        if place is not None:
            hops.setdefault(place, []).append(hop)
            if hop is verdict.hop:
                deciding = place
    return tuple(_cell(hops.get(place, ())) for place in range(len(columns))), deciding


def _column(hop: Hop, columns: Sequence[Column], passed: dict[int, list[Hop]]) -> int | None:
    """Where a hop belongs. A reply goes back through the firewalls that were passed, the last one first."""
    if hop.where == "reply":
        ways = (
            place
            for place in sorted(passed, reverse=True)
            if passed[place][0].name == hop.name and all(one.where != "reply" for one in passed[place])
        )
        return next(ways, None)
    side = Side(hop.where)
    firewall = hop.name if side is Side.PATH and _is_firewall(hop) else None
    return next(
        (
            place
            for place, column in enumerate(columns)
            if column.side is side and (side is not Side.PATH or column.firewall == firewall)
        ),
        None,
    )


def _cell(hops: Sequence[Hop]) -> Cell:
    """Of several hops, and of several parts of one, that which refuses; the first of those that do the same."""
    answers = [(hop, segment) for hop in hops for segment in hop.segments]
    if not answers:
        return NOT_CROSSED
    refused = [answer for answer in answers if answer[1].action in (Action.DENY, Action.REJECT)]
    unknown = [answer for answer in answers if answer[1].action is Action.UNKNOWN]
    hop, segment = (refused or unknown or answers)[0]
    return Cell(hop, segment)


MOST_COMPARED: Final = 8
"""Machines of each end of a folded row that are held against the rules before."""


def changed(row: MatrixRow, columns: Sequence[Column], before: Policy) -> tuple[bool, ...]:
    """For every cell of a row whether the rules of `before` gave another answer there; of a folded row, to any of the
    first `MOST_COMPARED` machines of each end."""
    found = (False,) * len(columns)
    if row.connection is None:
        return found
    now = tuple(map(_answer, row.cells))
    service = row.connection.asked.service
    for source in row.sources[:MOST_COMPARED]:
        for destination in row.destinations[:MOST_COMPARED]:
            old, _ = cells_of(before.evaluate(source, destination, service), columns)
            found = tuple(known or _answer(was) != said for known, was, said in zip(found, old, now, strict=True))
    return found


def _answer(cell: Cell) -> tuple[Action | None, str | None]:
    """What a person would call another answer: the action or the rule; a rule that only moves in its list is the
    same."""
    return cell.action, None if cell.segment is None else cell.segment.rule
