"""The workbench of firewall planning: a topology, the edits made to its rules, and what every job makes of them.

How it works. A `Plan` is a row of versions and a place in it. An edit adds a version behind the place (what was undone
is dropped), undo and redo move the place; nothing is ever changed in place. A version is a whole topology that shares
everything but the edited rules with the one before, so a plan of hundreds of edits costs little more than its file.
Reports are made when they are asked for and kept with their version: going back is free.
In: a topology, rules as values. Out: the edited topology, its policy, the reports of its jobs, and what the last move
has changed. Never here: a screen, a file, text; whether a rule is well-formed (`rule_text`, `topology.checks`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from vbtui.firewall import Policy
from vbtui.firewall.findings import RuleFinding
from vbtui.planning import CheckReport
from vbtui.planning.findings import findings
from vbtui.planning.proposals import ProposedRule, applied
from vbtui.planning.request import request
from vbtui.topology import Firewall, Rule, Topology
from vbtui.vocabulary import GoalVerdict, Profile
from vbtui.walk.reports import Reports


class EditKind(StrEnum):
    """What a person has done."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    """To another place of its list: where the first match decides, that may change everything."""
    ACCEPTED = "accepted"
    """Proposed rules were taken over."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit, for telling it."""

    kind: EditKind
    firewalls: tuple[str, ...]
    rules: tuple[str, ...]
    """Names of the rules, as they are called after the edit, or were before they were removed."""


class Move(StrEnum):
    """How a plan came to its place."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """The topology after an edit. Knows what its jobs make of it, once somebody has asked."""

    topology: Topology
    edit: Edit | None
    """None for what was loaded."""
    policy: Policy
    profile: Profile
    reports: Reports = field(repr=False)
    """What its jobs come to."""
    _proposals: list[tuple[ProposedRule, ...]] = field(default_factory=list, repr=False)
    """Empty until somebody asks; so is the next."""
    _findings: list[dict[tuple[str, str], tuple[RuleFinding, ...]]] = field(default_factory=list, repr=False)

    def report(self, job: str) -> CheckReport:
        """What that job makes of these rules. Raises KeyError."""
        return self.reports.of(job)

    def proposals(self) -> tuple[ProposedRule, ...]:
        """What these rules lack for the jobs."""
        if not self._proposals:
            asked = request(self.topology, self.topology.jobs, profile=self.profile, policy=self.policy)
            self._proposals.append(asked.proposals)
        return self._proposals[0]

    def findings(self) -> dict[tuple[str, str], tuple[RuleFinding, ...]]:
        """What is wrong with these rules, by firewall and rule."""
        if not self._findings:
            jobs = self.topology.jobs
            reports = [self.report(job.name) for job in jobs]
            found: dict[tuple[str, str], tuple[RuleFinding, ...]] = {}
            for one in findings(self.topology, jobs, profile=self.profile, policy=self.policy, reports=reports):
                key = (one.firewall, one.rule)
                found[key] = (*found.get(key, ()), one)
            self._findings.append(found)
        return self._findings[0]


@dataclass(frozen=True, slots=True)
class JobChange:
    """A job's verdict before and after a move."""

    job: str
    before: GoalVerdict
    after: GoalVerdict


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a move has changed for the jobs."""

    gained: int
    """Required flows that were not certainly allowed before and are now."""
    lost: int
    """Required flows that were certainly allowed and are no more."""
    jobs: tuple[JobChange, ...]
    """Jobs whose verdict is another one."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Versions, a place among them, and what is safe in a file."""

    versions: tuple[Version, ...]
    place: int = 0
    saved: int = 0
    """Which version was last written, at first what was loaded; -1 where that version is gone."""
    came_from: int | None = None
    """Place before the last move; None before the first."""
    move: Move | None = None

    @classmethod
    def over(cls, topology: Topology, profile: Profile | None = None) -> Self:
        """A plan without edits. `profile` replaces the file's. Raises UnknownServiceError as `Policy` does."""
        policy, chosen = Policy(topology), profile or topology.profile
        return cls((Version(topology, None, policy, chosen, Reports(topology, chosen, policy)),))

    @property
    def version(self) -> Version:
        return self.versions[self.place]

    @property
    def before(self) -> Version | None:
        """What was there before the last move."""
        return None if self.came_from is None else self.versions[self.came_from]

    @property
    def original(self) -> Topology:
        """What was loaded."""
        return self.versions[0].topology

    @property
    def topology(self) -> Topology:
        """The topology with every edit up to the place."""
        return self.version.topology

    @property
    def policy(self) -> Policy:
        return self.version.policy

    @property
    def profile(self) -> Profile:
        return self.version.profile

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(job.name for job in self.topology.jobs)

    @property
    def unsaved(self) -> bool:
        """The rules are those of no file: neither of the one that was loaded, nor of what was last written."""
        if self.saved == self.place or not self.edited:
            return False
        return self.saved < 0 or not self._same_rules(self.versions[self.saved].topology)

    @property
    def edited(self) -> bool:
        """The rules are not those that were loaded."""
        return self.place > 0 and not self._same_rules(self.original)

    def _same_rules(self, other: Topology) -> bool:
        ours = self.topology
        return ours.firewalls == other.firewalls and ours.services == other.services and ours.networks == other.networks

    @property
    def can_undo(self) -> bool:
        return self.place > 0

    @property
    def can_redo(self) -> bool:
        return self.place + 1 < len(self.versions)

    def report(self, job: str) -> CheckReport:
        """The verdict of a job under the edited rules. Raises KeyError."""
        return self.version.report(job)

    def reports(self) -> tuple[CheckReport, ...]:
        """Those of all jobs, in the file's order."""
        return tuple(self.report(job) for job in self.jobs)

    def rule(self, firewall: str, rule: str) -> Rule:
        """Raises KeyError."""
        for found in self.topology.firewall(firewall).rules:
            if found.name == rule:
                return found
        raise KeyError(rule)

    def number(self, firewall: str, rule: str) -> int:
        """The rule's place in its list, from 1. Raises KeyError."""
        return self.topology.firewall(firewall).rules.index(self.rule(firewall, rule)) + 1

    def judged(self) -> tuple[CheckReport, ...]:
        """Those that are made by now, in the file's order."""
        return self.version.reports.made

    @property
    def settled(self) -> bool:
        """Every job is judged under these rules and under those before the last move."""
        return all(one.reports.complete for one in (self.version, self.before) if one is not None)

    def judge_next(self) -> None:
        """Judge one more job; nothing where all are judged."""
        for one in (self.version, self.before):
            if one is not None and one.reports.judge_next():
                return

    # ---- edits ------------------------------------------------------------------------------------------------------

    def toggled(self, firewall: str, rule: str) -> Self:
        """That rule switched over. Raises KeyError."""
        found = self.rule(firewall, rule)
        kind = EditKind.DISABLED if found.enabled else EditKind.ENABLED
        return self._with_rule(firewall, rule, found.model_copy(update={"enabled": not found.enabled}), kind)

    def changed(self, firewall: str, rule: str, to: Rule) -> Self:
        """That rule replaced, in its place. A rule that is the same gives the same plan. Raises KeyError."""
        if self.rule(firewall, rule) == to:
            return self
        return self._with_rule(firewall, rule, to, EditKind.CHANGED)

    def added(self, firewall: str, rule: Rule, number: int) -> Self:
        """A new rule at a place of the list, counted from 1; behind the last one at most. Raises KeyError."""
        rules = list(self.topology.firewall(firewall).rules)
        rules.insert(max(0, number - 1), rule)
        return self._with_rules(firewall, rules, Edit(EditKind.ADDED, (firewall,), (rule.name,)))

    def removed(self, firewall: str, rule: str) -> Self:
        """That rule taken out of its list. Raises KeyError."""
        rules = list(self.topology.firewall(firewall).rules)
        rules.remove(self.rule(firewall, rule))
        return self._with_rules(firewall, rules, Edit(EditKind.REMOVED, (firewall,), (rule,)))

    def shifted(self, firewall: str, rule: str, by: int) -> Self:
        """That rule so many places further down its list, or up. The same plan where it cannot go on. Raises
        KeyError."""
        rules, place = list(self.topology.firewall(firewall).rules), self.number(firewall, rule) - 1
        to = max(0, min(place + by, len(rules) - 1))
        if to == place:
            return self
        rules.insert(to, rules.pop(place))
        return self._with_rules(firewall, rules, Edit(EditKind.MOVED, (firewall,), (rule,)))

    def proposals(self) -> tuple[ProposedRule, ...]:
        """Rules that the jobs need and do not have, kept with the version. All jobs are asked for together."""
        return self.version.proposals()

    def accepted(self, proposals: Sequence[ProposedRule]) -> Self:
        """Proposed rules taken over; any choice of `proposals()` goes together. Raises KeyError for others."""
        edit = Edit(
            EditKind.ACCEPTED,
            tuple(dict.fromkeys(one.firewall for one in proposals)),
            tuple(dict.fromkeys(one.name for one in proposals)),
        )
        return self._moved_on(applied(self.topology, proposals), edit)

    def _with_rule(self, firewall: str, name: str, to: Rule, kind: EditKind) -> Self:
        rules = [to if rule.name == name else rule for rule in self.topology.firewall(firewall).rules]
        return self._with_rules(firewall, rules, Edit(kind, (firewall,), (to.name,)))

    def _with_rules(self, firewall: str, rules: Sequence[Rule], edit: Edit) -> Self:
        firewalls = tuple(
            one.model_copy(update={"rules": tuple(rules)}) if one.name == firewall else one
            for one in self.topology.firewalls
        )
        return self._moved_on(self.topology.model_copy(update={"firewalls": firewalls}), edit)

    def _moved_on(self, topology: Topology, edit: Edit) -> Self:
        before, policy = self.version, _policy(self.version, topology)
        version = Version(topology, edit, policy, self.profile, Reports(topology, self.profile, policy, before.reports))
        kept = self.versions[: self.place + 1]
        saved = self.saved if self.saved < len(kept) else -1
        return replace(
            self,
            versions=(*kept, version),
            place=len(kept),
            saved=saved,
            came_from=self.place,
            move=Move.EDIT,
        )

    # ---- history ----------------------------------------------------------------------------------------------------

    def undone(self) -> Self:
        """One edit back; this plan if there is none."""
        return replace(self, place=self.place - 1, came_from=self.place, move=Move.UNDO) if self.can_undo else self

    def redone(self) -> Self:
        """One undone edit forth again; this plan if there is none."""
        return replace(self, place=self.place + 1, came_from=self.place, move=Move.REDO) if self.can_redo else self

    def reverted(self) -> Self:
        """Back to what was loaded; everything can be redone."""
        return replace(self, place=0, came_from=self.place, move=Move.UNDO) if self.can_undo else self

    def kept(self) -> Self:
        """The same plan, with its rules safe in a file."""
        return replace(self, saved=self.place)

    def findings(self) -> dict[tuple[str, str], tuple[RuleFinding, ...]]:
        """What is wrong with the rules, by firewall and rule, kept with the version. Expiry is not looked at: there is
        no clock here."""
        return self.version.findings()

    @property
    def last_edit(self) -> Edit | None:
        """The edit that the last move made, took back or made again."""
        if self.came_from is None:
            return None
        return self.versions[max(self.place, self.came_from)].edit

    # ---- what a move has changed ------------------------------------------------------------------------------------

    def consequence(self) -> Consequence | None:
        """What the last move has changed for all jobs; None before the first."""
        return None if self.before is None else _between(self.before, self.version, self.jobs)


def _between(old: Version, new: Version, jobs: Sequence[str]) -> Consequence:
    changes, gained, lost = [], set[_Flow](), set[_Flow]()
    for job in jobs:
        before, after = old.report(job), new.report(job)
        if before is after:  # taken over whole, as most are when one rule is switched
            continue
        if before.verdict is not after.verdict:
            changes.append(JobChange(job, before.verdict, after.verdict))
        ours, theirs = _allowed(after, before), _allowed(before, after)
        gained |= ours - theirs
        lost |= theirs - ours
    return Consequence(len(gained), len(lost), tuple(changes))


def _policy(before: Version, topology: Topology) -> Policy:
    """The policy of an edited topology, made from the one before where only rules differ."""
    old = before.topology
    if topology.services != old.services or topology.networks != old.networks:
        return Policy(topology)
    policy = before.policy
    for firewall in changed_firewalls(old, topology):
        policy = policy.with_rules(firewall.name, firewall.rules)
    return policy


def changed_firewalls(old: Topology, new: Topology) -> tuple[Firewall, ...]:
    """The firewalls of `new` whose rules are not those of `old`, in the file's order."""
    known: Mapping[str, Firewall] = {firewall.name: firewall for firewall in old.firewalls}
    return tuple(
        firewall
        for firewall in new.firewalls
        if (before := known.get(firewall.name)) is None or (firewall is not before and firewall.rules != before.rules)
    )


_Flow = tuple[str, str, str]


def _allowed(report: CheckReport, other: CheckReport) -> set[_Flow]:
    """The allowed flows of a report, leaving out connections that stand equally in the other one.

    Rules decide how machines are grouped, so the same flow may stand in groups of other machines before and after an
    edit; only those are taken apart.
    """
    same = {(one.sources, one.destinations, one.asked.service): one.verdict.allowed for one in other.connections}
    found: set[_Flow] = set()
    for one in report.connections:
        if not one.verdict.allowed:
            continue
        if same.get((one.sources, one.destinations, one.asked.service)):
            continue
        service = str(one.asked.service)
        found.update((source, destination, service) for source in one.sources for destination in one.destinations)
    return found
