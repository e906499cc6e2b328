"""What was judged before and still holds: a goal is judged again only where an answer on which it rests has changed.

How it works. The goals of one need of a job rest on what the firewalls say to the legs of its demands, and on nothing
else of a policy. Those answers are found first, once for each leg of all jobs; where they are what they were at the
last judgement, its goals are taken over, and a report all of whose goals are is taken over whole. So a toggled rule
costs the questions, and the goals that it has a say in.
Here lies what changes while everything around is frozen: only the last judgement is kept, and each part of it carries
the answers that it was made of, so that it does no harm if two judgements go on at a time.
In: demands, answers. Out: goals. Never here: how a goal is judged, which demands there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import is_

from vbtui.catalogue import Need
from vbtui.firewall import Policy
from vbtui.planning.assembling import AboutVms, assembled
from vbtui.planning.demands import Demand, JobDemands
from vbtui.planning.estate import Estate
from vbtui.planning.judging import Answers, Decision, Judge
from vbtui.planning.report import CheckReport

_Resting = tuple[tuple[Decision, ...], ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """The goals of one need of a job."""

    answers: _Resting
    """On which they rest, leg by leg."""
    goals: tuple[AboutVms, ...]


class Kept:
    """The last judgement of some derived jobs."""

    __slots__ = ("_answers", "_judged", "_reports")

    def __init__(self) -> None:
        self._answers: Answers | None = None
        self._judged: dict[Hashable, _Judged] = {}
        self._reports: dict[str, tuple[tuple[AboutVms, ...], CheckReport]] = {}

    def answers(self, estate: Estate, policy: Policy) -> Answers:
        """What this policy says; answers that the last one gave too are the same objects."""
        self._answers = Answers(estate, policy, self._answers)
        return self._answers

    def goals(self, wanted: Iterable[Demand], demands: JobDemands, answers: Answers) -> tuple[AboutVms, ...]:
        """The goals of some demands of a job, need by need in the order in which the needs first come up."""
        by_need: dict[Need | None, list[Demand]] = {}
        for demand in wanted:
            by_need.setdefault(demand.need, []).append(demand)
        judge = Judge(answers)
        return tuple(goal for alike in by_need.values() for goal in self._of_need(alike, demands, judge))

    def _of_need(self, alike: Sequence[Demand], demands: JobDemands, judge: Judge) -> tuple[AboutVms, ...]:
        # Demands live as long as what keeps this, so an id means one and the same.
        key = id(alike[0])
        resting = tuple(told for demand in alike for told in _resting(demand, judge.answers))
        known = self._judged.get(key)
        if known is None or known.answers != resting:
            found = assembled((block for demand in alike for block in judge.blocks(demand)), demands, judge.answers)
            known = self._judged[key] = _Judged(resting, found)
        return known.goals

    def report(self, job: str, goals: tuple[AboutVms, ...]) -> CheckReport | None:
        """The last report of a job if it was made of these very goals."""
        known = self._reports.get(job)
        if known is None or len(known[0]) != len(goals):
            return None
        return known[1] if all(map(is_, known[0], goals)) else None

    def keep(self, job: str, goals: tuple[AboutVms, ...], report: CheckReport) -> None:
        self._reports[job] = (goals, report)


def _resting(demand: Demand, answers: Answers) -> _Resting:
    """What the firewalls say to all legs of a demand and of the one that it follows."""
    guests = tuple(dict.fromkeys(cell.guest for cell in demand.cells))
    own = tuple(answers.told(leg, guests) for option in (*demand.options, *demand.instead) for leg in option.legs)
    return own if demand.follows is None else (*_resting(demand.follows, answers), *own)
