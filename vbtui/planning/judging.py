"""Demands held against a policy: how each assignment ends, found once for all that the firewalls cannot tell apart.

How it works. The connections of a demand are asked for one member of each class of machines; classes with equal answers
are one *column* of their axis. How the ways end is then decided once for each combination of columns, and every cell of
the demand falls apart into *blocks* by them. Nothing here depends on how many machines there are in a class.
In: `Demand`s, a policy. Out: `Block`s, each with its `Outcome`. Never here: which assignments there are, the goals that
a person reads (`assembling`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import product
from typing import Final, NamedTuple

from vbtui.firewall import Hop, Policy, Verdict
from vbtui.planning.casting import Leg
from vbtui.planning.demands import Cell, Demand, Option
from vbtui.planning.estate import Estate
from vbtui.planning.folding import Axis, MachineClass, Members
from vbtui.planning.report import Effect
from vbtui.vocabulary import Action, GoalVerdict, Service, StepId


class Passing(Enum):
    """Whether one way gets through."""

    PASSES = "passes"
    REFUSED = "refused"
    """Something is in the way for certain."""
    UNKNOWN = "unknown"
    """Nothing is in the way for certain, but there are rules that nobody understood."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """An answer of the firewalls, whoever asked: equal ones are one object, of two policies in turn too."""

    verdict: Verdict
    """Of the first who asked."""

    @property
    def action(self) -> Action:
        return self.verdict.action


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one assignment ends. Equal ones make one goal."""

    verdict: GoalVerdict
    effect: Effect | None
    chosen: int | None
    """Place of the way that stands."""
    steps: tuple[StepId, ...]
    ways: tuple[tuple[Hashable, ...], ...]
    """Of every way what a person is told of it, and whether it gets through."""


class Block(NamedTuple):
    """Some assignments of a demand that end alike."""

    demand: Demand
    options: tuple[Option, ...]
    """The ways that they have, in the order tried."""
    cell: Cell
    outcome: Outcome


class Answers:
    """What a policy says to one member of each class, kept."""

    def __init__(self, estate: Estate, policy: Policy, before: Answers | None = None) -> None:
        """`before` are the answers of another policy, whose decisions are taken where this one says the same."""
        self.estate = estate
        self.policy = policy
        self._decisions: dict[tuple[str, str, int], Decision] = {}
        self._numbers: dict[Leg, int] = {}
        self._services: dict[Service, int] = {}
        self._met: dict[Hashable, tuple[tuple[Hop, ...], Decision]] = {}
        self._equal: dict[Hashable, Decision] = {}
        self._before: dict[Hashable, Decision] = {} if before is None else before._equal
        self._told_legs: dict[Leg, tuple[Decision, ...]] = {}
        self._columns: dict[Hashable, tuple[Column, ...]] = {}

    def decision(self, leg: Leg, source: str, destination: str) -> Decision:
        """What is said to the service of a leg, from this machine to that."""
        number = self._numbers.get(leg)
        if number is None:
            # In place of the service in thousands of keys, because a service is slow to hash.
            number = self._numbers[leg] = self._services.setdefault(leg.asked.service, len(self._services))
        key = (source, destination, number)
        known = self._decisions.get(key)
        if known is None:
            known = self._decisions[key] = self._meaning(self.policy.evaluate(source, destination, leg.asked.service))
        return known

    def _meaning(self, verdict: Verdict) -> Decision:
        """The decision of a verdict. Hops say all of it; those with the very segments of others are told by that, which
        spares most verdicts from being hashed down to their last segment."""
        key = tuple([(hop.name, hop.where, id(hop.segments)) for hop in verdict.hops])
        met = self._met.get(key)
        if met is None:
            answer = (verdict.action, verdict.hops, verdict.missing, verdict.unknown)
            known = self._equal.get(answer)
            if known is None:
                known = self._equal[answer] = self._before.get(answer) or Decision(verdict)
            # With its hops, so that no other segments get these ids.
            met = self._met[key] = (verdict.hops, known)
        return met[1]

    def told(self, leg: Leg, guests: tuple[str, ...]) -> tuple[Decision, ...]:
        """All that can be said to a leg, whichever class stands on its axes; `guests` are the VMs that are asked."""
        known = self._told_legs.get(leg)
        if known is None:
            asked = leg.asked
            known = tuple(
                self.decision(leg, source, destination)
                for source in self._asking(leg.source, asked.source.node, guests)
                for destination in self._asking(leg.destination, asked.destination.node, guests)
            )
            if Axis.GUEST not in (leg.source, leg.destination):
                self._told_legs[leg] = known
        return known

    def _asking(self, axis: Axis | None, name: str, guests: tuple[str, ...]) -> Sequence[str]:
        match axis:
            case None:
                return (name,)
            case Axis.GUEST:
                return guests
            case _:
                return [one.name for one in self.estate.classes[axis]]

    def columns(self, legs: tuple[Leg, ...], axis: Axis, among: Sequence[MachineClass] | None) -> tuple[Column, ...]:
        """The classes of an axis, joined where none of the legs can tell them apart.

        `among` are the classes of an axis that depends on the job; the others are those of the estate.
        """
        known = self._columns.get((legs, axis)) if among is None else None
        if known is None:
            found: dict[Hashable, Column] = {}
            for one in among if among is not None else self.estate.classes[axis]:
                key = tuple(self._told(leg, axis, one.name) for leg in legs)
                same = found.get(key)
                if same is None:
                    found[key] = Column(one.name, one.members, frozenset((one.name,)))
                else:
                    found[key] = Column(same.name, same.members | one.members, same.names | {one.name})
            known = tuple(found.values())
            if among is None:
                self._columns[legs, axis] = known
        return known

    def _told(self, leg: Leg, axis: Axis, name: str) -> Hashable:
        """What one leg answers about one class of an axis, whoever is on the other side."""
        asked = leg.asked
        if axis not in (leg.source, leg.destination):
            return None
        other = leg.destination if leg.source is axis else leg.source
        if other is None or other is axis:
            return self.decision(
                leg,
                name if leg.source is axis else asked.source.node,
                name if leg.destination is axis else asked.destination.node,
            )
        if other is Axis.GUEST:
            # No row joins a guest to another member of an assignment; if one did, nothing would be joined.
            return name
        pairs = ((name, one.name) if leg.source is axis else (one.name, name) for one in self.estate.classes[other])
        return tuple(self.decision(leg, source, destination) for source, destination in pairs)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Members of an axis that get the same answers to some questions."""

    name: str
    """The one that is asked for all."""
    members: Members
    names: frozenset[str]
    """The classes' names, for an axis whose members depend on the job."""


_AXES: Final = (Axis.GUEST, Axis.HOST, Axis.PROXY, Axis.SERVER)


class Judge:
    """Judges the demands of jobs."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._outcomes: dict[Outcome, Outcome] = {}
        self._ended: dict[Demand, list[Block]] = {}

    def blocks(self, demand: Demand) -> list[Block]:
        """A demand's cells by their outcome."""
        known = self._ended.get(demand)
        if known is None:
            before = demand.follows
            found = (
                self._judge(demand, demand.options, demand.cells)
                if before is None
                else self._after(demand, self.blocks(before))
            )
            known = self._ended[demand] = list(found)
        return known

    def _after(self, demand: Demand, before: Iterable[Block]) -> Iterator[Block]:
        """A demand that depends on how an earlier one of the same assignments ended."""
        as_meant, otherwise, either = list[Cell](), list[Cell](), list[Cell]()
        for block in before:
            match block.outcome.verdict:
                case GoalVerdict.UNKNOWN:
                    either.append(block.cell)
                case GoalVerdict.FALLBACK:
                    otherwise.append(block.cell)
                case _:
                    as_meant.append(block.cell)
        yield from self._judge(demand, demand.options, as_meant)
        yield from self._judge(demand, demand.instead, otherwise)
        for block in self._judge(demand, demand.options, either):
            for other in self._judge(demand, demand.instead, (block.cell,)):
                outcome = _either(block.outcome, other.outcome)
                yield block._replace(cell=other.cell, outcome=self._outcomes.setdefault(outcome, outcome))

    def _judge(self, demand: Demand, options: tuple[Option, ...], cells: Sequence[Cell]) -> Iterator[Block]:
        if not cells:
            return
        legs = tuple(leg for option in options for leg in option.legs)
        axes = tuple(axis for axis in _AXES if any(axis in (leg.source, leg.destination) for leg in legs))
        columns = [self.answers.columns(legs, axis, _guests(cells) if axis is Axis.GUEST else None) for axis in axes]
        outcomes: dict[tuple[Column, ...], Outcome] = {}
        for cell in cells:
            for combination, part in _parts(cell, axes, columns):
                outcome = outcomes.get(combination)
                if outcome is None:
                    names = {axis: column.name for axis, column in zip(axes, combination, strict=True)}
                    outcome = self._outcome(demand, options, names)
                    outcome = outcomes[combination] = self._outcomes.setdefault(outcome, outcome)
                yield Block(demand, options, part, outcome)

    def _outcome(self, demand: Demand, options: tuple[Option, ...], names: dict[Axis, str]) -> Outcome:
        """The ways tried in order, as the process would."""
        passing = [self._passing(option, names) for option in options]
        chosen = next((place for place, one in enumerate(passing) if one is Passing.PASSES), None)
        tried = options[:1] if demand.refused else options if chosen is None else options[: chosen + 1]
        steps = tuple(dict.fromkeys(option.step for option in tried if option.step is not None))
        ways = tuple(
            (way.name, way.order, way.step, way.performer, way.obstacle, way.shortfall, one)
            for way, one in zip(options, passing, strict=True)
        )
        effect: Effect | None
        if Passing.UNKNOWN in passing[:chosen]:
            return Outcome(GoalVerdict.UNKNOWN, None, None, steps, ways)
        if chosen is None:
            effect = demand.stakes
        elif options[chosen].shortfall is not None:
            effect = demand.shortfall_stakes or demand.stakes
        else:
            effect = Effect.NEXT_WAY if chosen > 0 else None
        return Outcome(GoalVerdict.OK if effect is None else effect.verdict, effect, chosen, steps, ways)

    def _passing(self, option: Option, names: dict[Axis, str]) -> Passing:
        if option.obstacle is not None:
            return Passing.REFUSED
        actions = {self._decide(leg, names).action for leg in option.legs}
        if actions <= {Action.ALLOW}:
            return Passing.PASSES
        return Passing.UNKNOWN if actions <= {Action.ALLOW, Action.UNKNOWN} else Passing.REFUSED

    def _decide(self, leg: Leg, names: dict[Axis, str]) -> Decision:
        asked = leg.asked
        source = names[leg.source] if leg.source is not None else asked.source.node
        destination = names[leg.destination] if leg.destination is not None else asked.destination.node
        return self.answers.decision(leg, source, destination)


def _guests(cells: Sequence[Cell]) -> tuple[MachineClass, ...]:
    return tuple(MachineClass(name, 0) for name in dict.fromkeys(cell.guest for cell in cells))


def _parts(
    cell: Cell, axes: tuple[Axis, ...], columns: list[tuple[Column, ...]]
) -> Iterator[tuple[tuple[Column, ...], Cell]]:
    """A cell by the columns that its members stand in."""
    for combination in product(*columns):
        part = cell
        for axis, column in zip(axes, combination, strict=True):
            match axis:
                case Axis.GUEST:
                    if cell.guest not in column.names:
                        break
                case Axis.HOST:
                    if not (hosts := part.hosts & column.members):
                        break
                    if hosts != part.hosts:
                        part = part._replace(hosts=hosts)
                case Axis.PROXY:
                    if not (proxies := part.proxies & column.members):
                        break
                    if proxies != part.proxies:
                        part = part._replace(proxies=proxies)
                case Axis.SERVER:
                    if not (servers := part.servers & column.members):
                        break
                    if servers != part.servers:
                        part = part._replace(servers=servers)
        else:
            yield combination, part


def _either(first: Outcome, second: Outcome) -> Outcome:
    """What is known where it is not known which of two ends it comes to."""
    steps = tuple(dict.fromkeys((*first.steps, *second.steps)))
    if (first.verdict, first.effect, first.chosen) == (second.verdict, second.effect, second.chosen):
        return replace(first, steps=steps)
    return Outcome(GoalVerdict.UNKNOWN, None, None, steps, first.ways)
