"""From wanted connections to proposed rules, with what each of them is for.

Decided here: which gaps may share a rule (those of one firewall, direction and kind of change that matter as much as
each other), and what a rule tells about its purpose. In: wanted connections, what is missing for them, the reports as
they are. Out: `Draft`s in the order of a change request.
Never here: which connections are wanted, how products are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from vbtui.catalogue import Row
from vbtui.planning.grouping import Product, products
from vbtui.planning.missing import End, Gap, Missing
from vbtui.planning.proposals import Change, Paperwork, ProposedRule, Requirement, rule_name
from vbtui.planning.report import CheckReport, ConnectionVerdict, Effect
from vbtui.planning.wanted import Wanted, badness
from vbtui.topology import Firewall
from vbtui.vocabulary import Action, GoalVerdict, Level, Service, StepId


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal, and whether a goal is certainly worse without it."""

    proposal: ProposedRule
    certain: bool


@dataclass(frozen=True, slots=True)
class _Patch:
    """A gap with what it is for."""

    gap: Gap
    job: str
    step: StepId | None
    row: Row
    effects: tuple[Effect, ...]
    certain: bool

    @property
    def sources(self) -> tuple[End, ...]:
        return self.gap.sources

    @property
    def destinations(self) -> tuple[End, ...]:
        return self.gap.destinations

    @property
    def service(self) -> Service:
        return self.gap.service

    @property
    def requirement(self) -> Requirement:
        if self.row.level is Level.INFRASTRUCTURE:
            return Requirement.INFRASTRUCTURE
        lost = any(effect.verdict is GoalVerdict.FAIL for effect in self.effects)
        return Requirement.REQUIRED if lost else Requirement.FALLBACK


_Key = tuple[str, Literal["inbound", "outbound", "both"], str | None]
"""Firewall, direction, and the block that lets go."""

_TIERS = tuple(product((True, False), (True, False), Requirement))
"""Certain or not, reply or not, requirement: what does not share a rule, in the order in which packets are shared out.

Replies come first. They need all high ports, and often have those of a connection the other way among them.
"""


class Drafting:
    """Makes drafts for one set of rules."""

    def __init__(self, missing: Missing, before: Sequence[CheckReport], paperwork: Paperwork) -> None:
        self._missing = missing
        self._paperwork = paperwork
        self._effects = _Effects(before)
        self._firewalls = {one.name: (place, one) for place, one in enumerate(missing.topology.firewalls)}

    def drafts(self, asked: Iterable[Wanted]) -> tuple[Draft, ...]:
        """Rules for everything that the wanted connections lack, by firewall in the file's order, then by step."""
        groups: dict[_Key, dict[object, _Patch]] = {}
        for one in asked:
            connection = one.connection
            gaps = self._missing.of(connection).gaps
            effects = self._effects.of(one.job, connection) if gaps else ()
            for gap in gaps:
                key = (gap.firewall, gap.direction, gap.block)
                patch = _Patch(gap, one.job, one.step, connection.asked.row, effects, one.certain)
                # Of equal connections the gaps are the same objects: `Missing` keeps its answers.
                groups.setdefault(key, {})[id(gap), one.job, one.step, patch.row.id, one.certain] = patch
        found = [draft for key, patches in groups.items() for draft in self._of_group(key, tuple(patches.values()))]
        found.sort(key=lambda draft: self._place(draft.proposal))
        taken = {name: {rule.name for rule in firewall.rules} for name, (_, firewall) in self._firewalls.items()}
        return tuple(_named(draft, taken[draft.proposal.firewall]) for draft in found)

    def _of_group(self, key: _Key, patches: Sequence[_Patch]) -> Iterator[Draft]:
        tiers = [[one for one in patches if (one.certain, one.gap.reply, one.requirement) == tier] for tier in _TIERS]
        for (certain, reply, requirement), found in zip(_TIERS, products(tiers), strict=True):
            for flows in found:
                yield Draft(self._proposal(key, flows, patches, reply, requirement), certain)

    def _proposal(
        self, key: _Key, flows: Product, patches: Iterable[_Patch], reply: bool, requirement: Requirement
    ) -> ProposedRule:
        firewall, direction, block = key
        ours, theirs = frozenset(flows.sources), frozenset(flows.destinations)
        mine = [
            one
            for one in patches
            if any(_overlap(one.service, service) for service in flows.services)
            and not ours.isdisjoint(one.sources)
            and not theirs.isdisjoint(one.destinations)
        ]
        steps = {one.step for one in mine if one.step is not None}
        mine.sort(key=lambda one: _step_place(one.step))
        deciding = {one.gap.present for one in mine}
        present = [rule for rule in self._firewalls[firewall][1].rules if rule.name in deciding]
        return ProposedRule(
            change=Change.ADD if block is None else Change.MODIFY,
            firewall=firewall,
            name=block or "",
            source_ends=flows.sources,
            destination_ends=flows.destinations,
            services=flows.services,
            direction=direction,
            reply=reply,
            requirement=requirement,
            jobs=tuple(dict.fromkeys(one.job for one in mine)),
            steps=tuple(step for step in StepId if step in steps),
            rows=tuple({one.row.id: one.row for one in mine}.values()),
            effects=tuple(sorted({effect for one in mine for effect in one.effects}, key=badness, reverse=True)),
            present=tuple(rule.name for rule in present),
            opaque=tuple(rule.name for rule in present if rule.action is Action.UNKNOWN),
            paperwork=self._paperwork,
        )

    def _place(self, one: ProposedRule) -> tuple[int, bool, int, bool]:
        place, firewall = self._firewalls[one.firewall]
        modifies = one.change is Change.MODIFY
        number = _rule_place(firewall, one.name) if modifies else _step_place(one.steps[0] if one.steps else None)
        return place, not modifies, number, one.reply


def _named(draft: Draft, taken: set[str]) -> Draft:
    one = draft.proposal
    if one.change is Change.MODIFY:
        return draft
    name = rule_name(one.source_ends, one.destination_ends, one.steps, one.rows, reply=one.reply, taken=taken)
    return replace(draft, proposal=replace(one, name=name))


def _rule_place(firewall: Firewall, name: str) -> int:
    return next(place for place, rule in enumerate(firewall.rules) if rule.name == name)


def _step_place(step: StepId | None) -> int:
    """Surroundings come last."""
    order = tuple(StepId)
    return len(order) if step is None else order.index(step)


def _overlap(ours: Service, theirs: Service) -> bool:
    return ours.protocol is theirs.protocol and ours.low <= theirs.high and theirs.low <= ours.high


def opened(asked: Iterable[Wanted], missing: Missing) -> tuple[Product, ...]:
    """What of the wanted connections does not get through by the rules as they are, as products."""
    return products([[gap for one in asked for gap in missing.of(one.connection).opened]])[0]


_Pairs = tuple[tuple[str, ...], tuple[str, ...]]


class _Effects:
    """What happens now where a connection does not get through, by the reports before anything is changed."""

    def __init__(self, before: Iterable[CheckReport]) -> None:
        self._found: dict[tuple[str, str], dict[_Pairs, dict[Effect, None]]] = {}
        for report in before:
            for goal in report.goals:
                if goal.effect is None:
                    continue
                for way in goal.ways:
                    for one in way.connections:
                        pairs = self._found.setdefault((report.job, one.asked.row.id), {})
                        pairs.setdefault((one.sources, one.destinations), {})[goal.effect] = None

    def of(self, job: str, connection: ConnectionVerdict) -> tuple[Effect, ...]:
        """The effects of all goals that ask for any of the connection's pairs."""
        pairs = self._found.get((job, connection.asked.row.id), {})
        exact = pairs.get((connection.sources, connection.destinations))
        if exact is not None:
            return tuple(exact)
        ours, theirs = frozenset(connection.sources), frozenset(connection.destinations)
        found: dict[Effect, None] = {}
        for (sources, destinations), effects in pairs.items():
            if not ours.isdisjoint(sources) and not theirs.isdisjoint(destinations):
                found |= effects
        return tuple(found)
