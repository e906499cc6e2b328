"""The change request: an irreducible set of rules that makes the jobs run, and the proof that it does.

How it works. The jobs are checked; of every goal that is not met the way to open is chosen (`wanted`), every firewall
on the way is asked what it lacks (`missing`), and the gaps are put together as rules (`drafting`, `grouping`). Then the
jobs are checked again with the rules added: a guest interaction proxy that is within reach now asks for connections of
its own, so this goes on until nothing new is wanted. What is wanted is worked out anew each time, against the rules as
they were, so what an earlier round asked for in vain is gone in the end. At last every rule without which the goals
would come out the same is dropped.

What is promised. Every goal that a rule can help is met afterwards. At every firewall exactly the missing packets of
required connections become allowed, never more, never `any`. Without any one of the proposals some goal is worse.
In: a topology, jobs, a policy. Out: a `ChangeRequest` with the reports before and after.
Never here: which connections a job needs (`check` has found them), text, files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from vbtui.firewall import Policy
from vbtui.planning.check import derive, judge
from vbtui.planning.drafting import Draft, Drafting, opened
from vbtui.planning.grouping import Product
from vbtui.planning.missing import Missing
from vbtui.planning.proposals import Paperwork, ProposedRule, applied
from vbtui.planning.report import CheckReport
from vbtui.planning.wanted import Unsolved, Wanted, unsolved, wanted, worse
from vbtui.topology import Firewall, HostDefault, Job, Rule, Topology
from vbtui.vocabulary import Action, GoalVerdict, Profile

MOST_ROUNDS: Final = 8
"""Rounds until nothing new is wanted. What depends on another goal is two deep at most, so four are never passed."""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What has to change for the jobs to run, and what comes of it."""

    topology: str
    profile: Profile
    allow_fallback: bool
    proposals: tuple[ProposedRule, ...]
    """By firewall in the file's order, then by step."""
    before: tuple[CheckReport, ...]
    """One for each job, without the proposals."""
    after: tuple[CheckReport, ...]
    """The same with them: the closure."""
    opened: tuple[Product, ...]
    """What gets through from end to end now and did not before, as far as jobs ask for it."""
    unsolved: tuple[Unsolved, ...]
    """What no rule can help."""
    settled: bool
    """Nothing new was wanted in the end."""
    base: Topology = field(repr=False)
    """The topology without the proposals, its rules as the policy had them."""
    proposed: Topology = field(repr=False)
    """The topology with the proposals in it."""

    @property
    def verdict(self) -> GoalVerdict:
        """The worst of the jobs once the request is carried out."""
        order = (GoalVerdict.FAIL, GoalVerdict.UNKNOWN, GoalVerdict.FALLBACK)
        return next((one for one in order if any(report.verdict is one for report in self.after)), GoalVerdict.OK)


def request(
    topology: Topology,
    jobs: Sequence[Job],
    *,
    profile: Profile | None = None,
    policy: Policy | None = None,
    allow_fallback: bool = False,
    paperwork: Paperwork | None = None,
) -> ChangeRequest:
    """The rules without which `jobs` do not run as they are meant to.

    `profile` replaces the file's, `policy` the file's firewall rules. With `allow_fallback` only what fails or is not
    known is asked for. Raises firewall.UnknownServiceError for a topology whose rules were never checked.
    """
    chosen = profile or topology.profile
    base = _as_written(policy or Policy(topology))
    missing = Missing(base)

    derived = [derive(base.topology, jobs, profile=chosen, policy=base)]

    def checked(proposals: Sequence[ProposedRule]) -> tuple[CheckReport, ...]:
        policy = _with(base, proposals)
        # Proposals that tell the same machines apart follow each other: what the last asked for holds for the next,
        # and so do most of its goals.
        if not derived[0].holds_for(policy):
            derived[0] = derive(policy.topology, jobs, profile=chosen, policy=policy)
        return judge(derived[0], policy)

    def asked(reports: Sequence[CheckReport]) -> tuple[Wanted, ...]:
        return tuple(wanted(reports, missing, allow_fallback=allow_fallback))

    before = checked(())
    drafting = Drafting(missing, before, paperwork or Paperwork())
    drafts: tuple[Draft, ...] = ()
    reports, settled = before, False
    for _ in range(MOST_ROUNDS):
        found = drafting.drafts(asked(reports))
        settled = found == drafts
        if settled:
            break
        drafts = found
        reports = checked(tuple(draft.proposal for draft in drafts))
    proposals = tuple(draft.proposal for draft in drafts)
    for doubtful in (draft.proposal for draft in drafts if not draft.certain):
        others = tuple(one for one in proposals if one is not doubtful)
        trial = checked(others)
        if not worse(reports, trial, allow_fallback=allow_fallback):
            proposals, reports = others, trial
    return ChangeRequest(
        topology=base.topology.name,
        profile=chosen,
        allow_fallback=allow_fallback,
        proposals=proposals,
        before=before,
        after=reports,
        opened=opened(asked(reports), missing),
        unsolved=unsolved(reports, missing),
        settled=settled,
        base=base.topology,
        proposed=applied(base.topology, proposals),
    )


def required_rules(
    topology: Topology, jobs: Sequence[Job], firewall: str, *, profile: Profile | None = None
) -> tuple[Rule, ...]:
    """What that firewall must allow for the jobs, if it starts empty and denies.

    The other firewalls are taken as they are; what they refuse is counted here all the same. Raises KeyError for a
    firewall that the topology does not have.
    """
    old = topology.firewall(firewall)
    default = HostDefault(inbound=Action.DENY, outbound=Action.DENY) if old.kind == "host" else Action.DENY
    empty: Firewall = old.model_copy(update={"rules": (), "default": default})
    firewalls = tuple(empty if one is old else one for one in topology.firewalls)
    found = request(topology.model_copy(update={"firewalls": firewalls}), jobs, profile=profile)
    return tuple(rule for one in found.proposals if one.firewall == firewall and (rule := one.rule) is not None)


def _as_written(policy: Policy) -> Policy:
    """The same rules with every switched one written so, because proposals are made for a topology."""
    switched = {(firewall, rule): enabled for firewall, rule, enabled in policy.toggled_rules}
    for firewall in policy.topology.firewalls:
        if any(name == firewall.name for name, _ in switched):
            policy = policy.with_rules(
                firewall.name,
                [
                    rule.model_copy(update={"enabled": switched.get((firewall.name, rule.name), rule.enabled)})
                    for rule in firewall.rules
                ],
            )
    return policy


def _with(policy: Policy, proposals: Sequence[ProposedRule]) -> Policy:
    """The same policy with the proposals in it."""
    changed = applied(policy.topology, proposals)
    for old, new in zip(policy.topology.firewalls, changed.firewalls, strict=True):
        if old is not new:
            policy = policy.with_rules(new.name, new.rules)
    return policy
