"""What the jobs come to under one set of rules, judged one after the other: the one that is looked at first.

Decided here: in which order jobs are judged, and when what they ask for is taken over from the rules before. A report
once made stays. In: a topology, a policy, the reports under the rules before. Out: reports. Never here: edits, text, a
clock; when there is time for the next job is the view's business.
"""

from __future__ import annotations

from collections.abc import Iterator

from vbtui.firewall import Policy
from vbtui.planning import CheckReport, Derived, derive, judge_in_turn
from vbtui.topology import Topology
from vbtui.vocabulary import Profile


class Reports:
    """The reports of one version. Nothing is derived or judged before somebody asks."""

    def __init__(self, topology: Topology, profile: Profile, policy: Policy, before: Reports | None = None) -> None:
        self._topology, self._profile, self._policy = topology, profile, policy
        self._before = before
        self._derived: Derived | None = None
        self._made: dict[str, CheckReport] = {}
        self._coming: Iterator[CheckReport] | None = None

    def of(self, job: str) -> CheckReport:
        """The report of a job. Raises KeyError."""
        while job not in self._made:
            if not self._judge(job):
                raise KeyError(job)
        return self._made[job]

    @property
    def complete(self) -> bool:
        """Every job is judged."""
        return len(self._made) == len(self._topology.jobs)

    @property
    def made(self) -> tuple[CheckReport, ...]:
        """The reports that there are by now, in the file's order."""
        return tuple(self._made[job.name] for job in self._topology.jobs if job.name in self._made)

    def judge_next(self) -> bool:
        """Judge one more job; False where there is none."""
        return self._judge(None)

    def _judge(self, first: str | None) -> bool:
        if self._coming is None:
            self._coming = judge_in_turn(self._derive(), self._policy, first)
        report = next(self._coming, None)
        if report is not None:
            self._made[report.job] = report
        return report is not None

    def _derive(self) -> Derived:
        """What the jobs ask for: as before, unless the rules tell machines apart that were folded."""
        known = None if self._before is None else self._before._derived
        self._before = None
        if known is None or not known.holds_for(self._policy):
            known = derive(self._topology, profile=self._profile, policy=self._policy)
        self._derived = known
        return known
