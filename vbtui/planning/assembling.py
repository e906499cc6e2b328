"""Blocks as goals: what ends alike is one goal, with the names of everyone it speaks for.

Decided here: what becomes one goal. A goal speaks for every assignment of its VMs, hosts and proxies that is possible
and goes through its steps; so blocks with one outcome are joined unless their names together would take in an
assignment that ends otherwise.
In: blocks. Out: `Goal`s with the VMs that each is about. Never here: whether a connection passes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

from vbtui.catalogue import Need
from vbtui.planning.casting import Leg
from vbtui.planning.demands import Cell, JobDemands
from vbtui.planning.folding import Axis, Members, cover
from vbtui.planning.judging import Answers, Block, Column, Decision
from vbtui.planning.report import ConnectionVerdict, Goal, Subject, WayVerdict
from vbtui.trace import Endpoint
from vbtui.vocabulary import Service
from vbtui.workflow import Asked


@dataclass(frozen=True, slots=True)
class AboutVms:
    """A goal, and whose it is as a set of the job's VMs."""

    goal: Goal
    vms: Members


def assembled(blocks: Iterable[Block], demands: JobDemands, answers: Answers) -> tuple[AboutVms, ...]:
    """The goals of blocks, in the order in which their first assignments come."""
    by_need: dict[Need | None, dict[Hashable, list[Block]]] = {}
    for block in blocks:
        # Equal outcomes of one judge are one object. What is the whole job's is not what is some VMs'.
        key = (id(block.outcome), block.cell.vms == 0, block.cell.proxies == 0)
        by_need.setdefault(block.demand.need, {}).setdefault(key, []).append(block)
    assembling = _Assembling(demands, answers)
    return tuple(
        assembling.goal(piece)
        for groups in by_need.values()
        for group in groups.values()
        for piece in _pieces(group, _others(group, groups.values()))
    )


def _others(group: list[Block], groups: Iterable[list[Block]]) -> list[Block]:
    """Blocks of the same need at one of the same steps that end otherwise."""
    steps = set(group[0].outcome.steps)
    return [
        block
        for other in groups
        if other is not group and (not steps or not steps.isdisjoint(other[0].outcome.steps))
        for block in other
    ]


_SPLITS: tuple[Callable[[Block], Hashable], ...] = (
    lambda block: block.cell.proxies,
    lambda block: block.cell.hosts,
    lambda block: block.cell,
)


def _pieces(group: list[Block], others: list[Block], splits: int = 0) -> Iterator[list[Block]]:
    """A group of blocks as it is, or in pieces none of which takes in an assignment of the others."""
    whole = _union(group)
    near = [block for block in others if _meet(whole, block.cell)]
    if not near or len(group) == 1 or splits == len(_SPLITS):
        yield group
        return
    apart: dict[Hashable, list[Block]] = {}
    for block in group:
        apart.setdefault(_SPLITS[splits](block), []).append(block)
    for piece in apart.values():
        yield from _pieces(piece, near, splits + 1)


def _union(blocks: list[Block]) -> Cell:
    vms = tasks = hosts = proxies = servers = 0
    for block in blocks:
        cell = block.cell
        vms, tasks, hosts = vms | cell.vms, tasks | cell.tasks, hosts | cell.hosts
        proxies, servers = proxies | cell.proxies, servers | cell.servers
    return Cell(vms, tasks, hosts, proxies, servers)


def _meet(ours: Cell, theirs: Cell) -> bool:
    """They have an assignment in common; an axis that plays no part for both does not keep them apart."""
    pairs = zip(ours[:5], theirs[:5], strict=True)
    return all(mine & other or not (mine or other) for mine, other in pairs)


_ITSELF = (Column("", 1, frozenset()),)
"""The one column of a side that is a machine of its own."""

_Rectangles = list[tuple[Members, Members]]


_Key = tuple[str, Axis | str, Axis | str, Service]
"""Row, source, destination and service: connections that differ in nothing but who stands on their axes."""


class _Assembling:
    """Puts names to the goals of one job."""

    def __init__(self, demands: JobDemands, answers: Answers) -> None:
        self._demands = demands
        self._answers = answers
        estate = answers.estate
        self._rosters = {
            Axis.GUEST: demands.vms,
            Axis.HOST: estate.hosts,
            Axis.PROXY: estate.proxies,
            Axis.SERVER: estate.servers,
        }

    def goal(self, blocks: list[Block]) -> AboutVms:
        first, whole = blocks[0], _union(blocks)
        alike: dict[int, list[Block]] = {}
        for block in blocks:
            alike.setdefault(id(block.options), []).append(block)
        groups = [_Group(found) for found in alike.values()]
        ways = tuple(
            WayVerdict(
                name=option.name,
                order=option.order,
                step=option.step,
                performer=option.performer,
                connections=self._connections(place, groups),
                obstacle=option.obstacle,
                shortfall=option.shortfall,
            )
            for place, option in enumerate(first.options)
        )
        outcome, estate = first.outcome, self._answers.estate
        subject = Subject(
            vms=self._demands.vms.members(whole.vms),
            tasks=self._demands.tasks.members(whole.tasks),
            hosts=estate.hosts.members(whole.hosts),
            proxies=estate.proxies.members(whole.proxies),
        )
        goal = Goal(
            steps=outcome.steps,
            need=first.demand.need,
            subject=subject,
            verdict=outcome.verdict,
            ways=ways,
            chosen=outcome.chosen,
            effect=outcome.effect,
        )
        return AboutVms(goal, whole.vms)

    def _connections(self, place: int, groups: Iterable[_Group]) -> tuple[ConnectionVerdict, ...]:
        """The connections of one of the ways, those with equal answers as one."""
        found: dict[_Key, tuple[Leg, dict[Decision, _Rectangles]]] = {}
        for group in groups:
            for leg in group.blocks[0].options[place].legs:
                asked = leg.asked
                ends = (leg.source or asked.source.node, leg.destination or asked.destination.node)
                key = (asked.row.id, *ends, asked.service)
                _, decided = found.setdefault(key, (leg, {}))
                for decision, rectangle in self._decided(leg, group):
                    decided.setdefault(decision, []).append(rectangle)
        return tuple(
            self._connection(leg, sources, destinations, decision)
            for leg, decided in found.values()
            for decision, rectangles in decided.items()
            for sources, destinations in cover(rectangles)
        )

    def _decided(self, leg: Leg, group: _Group) -> Iterator[tuple[Decision, tuple[Members, Members]]]:
        """Who asks whom on a leg, by what the firewalls answer."""
        for guest, pairs in group.asking(leg).items():
            ours, theirs = self._columns(leg, leg.source, guest), self._columns(leg, leg.destination, guest)
            for sources, destinations in pairs:
                for source in ours:
                    if not (asking := sources & source.members):
                        continue
                    for destination in theirs:
                        if asked := destinations & destination.members:
                            decision = self._answers.decision(
                                leg,
                                source.name or leg.asked.source.node,
                                destination.name or leg.asked.destination.node,
                            )
                            yield decision, (asking, asked)

    def _columns(self, leg: Leg, axis: Axis | None, guest: str) -> tuple[Column, ...]:
        if axis is None:
            return _ITSELF
        if axis is Axis.GUEST:
            return (Column(guest, -1, frozenset()),)
        return self._answers.columns((leg,), axis, None)

    def _connection(self, leg: Leg, sources: Members, destinations: Members, decision: Decision) -> ConnectionVerdict:
        asked = leg.asked
        ours = self._names(leg.source, asked.source.node, sources)
        theirs = self._names(leg.destination, asked.destination.node, destinations)
        verdict = decision.verdict
        if (ours[0], theirs[0], asked.service) != (verdict.source, verdict.destination, verdict.service):
            verdict = self._answers.policy.evaluate(ours[0], theirs[0], asked.service)
        if (ours[0], theirs[0]) != (asked.source.node, asked.destination.node):
            asked = Asked(
                asked.row,
                Endpoint(ours[0], asked.source.component),
                Endpoint(theirs[0], asked.destination.component),
                asked.service,
            )
        return ConnectionVerdict(asked, verdict, ours, theirs)

    def _names(self, axis: Axis | None, name: str, members: Members) -> tuple[str, ...]:
        return (name,) if axis is None else self._rosters[axis].members(members)


class _Group:
    """Blocks with the same ways, for one goal."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self._whole = _union(blocks)
        self._guests: dict[str, Members] = {}
        for block in blocks:
            self._guests[block.cell.guest] = self._guests.get(block.cell.guest, 0) | block.cell.vms

    def asking(self, leg: Leg) -> dict[str, _Rectangles]:
        """Who asks whom on a leg, each pair once; by the VM that is asked for all, if the leg enters a guest."""
        axes = (leg.source, leg.destination)
        if None not in axes:
            together: dict[str, _Rectangles] = {}
            for block in self.blocks:
                pair = (_side(leg.source, block.cell), _side(leg.destination, block.cell))
                together.setdefault(block.cell.guest if Axis.GUEST in axes else "", []).append(pair)
            return {guest: cover(pairs) for guest, pairs in together.items()}
        if Axis.GUEST in axes:
            enters = leg.destination is Axis.GUEST
            return {guest: [(1, vms) if enters else (vms, 1)] for guest, vms in self._guests.items()}
        return {"": [(_side(leg.source, self._whole), _side(leg.destination, self._whole))]}


def _side(axis: Axis | None, cell: Cell) -> Members:
    match axis:
        case None:
            return 1
        case Axis.GUEST:
            return cell.vms
        case Axis.HOST:
            return cell.hosts
        case Axis.PROXY:
            return cell.proxies
        case Axis.SERVER:
            return cell.servers
