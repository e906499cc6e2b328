"""What it takes: what jobs ask of the network, whether they get it, what would help, what a change means for them.

In: a topology, jobs, a policy. Out: lists, verdicts, rules, plans, as codes with parameters (`report` has the types of
a check). Theory of operation, from the ground:

* What is asked. `estate` says where each VM could run and which proxies could get its disks, `folding` which machines
  may stand for each other, `casting` whom a row of the catalogue means for a class of them. `deriving` follows the
  process over all of them and says what it asks (`demands`), `surroundings` what it rests on. No rule is looked at.
* What comes of it. `required` lists the connections. `check` holds them against a policy: `judging` asks once for each
  class and decides how the ways end, `assembling` puts what ends alike together as goals, `fates` says what that means
  for each VM; `keeping` takes over what still holds when a rule is switched. `explain` tells one flow.
* What would help. `request` asks for rules until the goals are met: `wanted` chooses the way to open, `missing` asks
  every firewall on it what it lacks, `drafting` and `grouping` put the gaps together, `proposals` writes them as rules,
  `carving` cuts blocks around them, `review` asks what a reviewer would.
* What else is told. `diff` says what a change of the file means for the jobs, `findings` what is wrong with the rules
  seen from the jobs, `probe` what to try from a machine and what the answers say about the plan.

Which machine a row means, which ways there are and which transport mode a proxy takes is decided in `workflow` alone,
and whether a connection passes in `firewall` alone.
Never here: a decision of the process of its own, a simulated event, a sentence, I/O.
"""

from vbtui.planning.check import Derived, check, check_all, derive, judge, judge_in_turn
from vbtui.planning.diff import ConnectionChange, Difference, GoalChange, JobChange, diff
from vbtui.planning.explain import Explanation, Purpose, UnknownMachineError, UnknownServiceTextError, explain
from vbtui.planning.findings import findings
from vbtui.planning.folding import Unfolded
from vbtui.planning.probe import Comparison, Observation, ProbePlan, compared, probe_plans, strangers
from vbtui.planning.proposals import Change, Paperwork, ProposedRule, Requirement, applied
from vbtui.planning.report import (
    CheckReport,
    ConnectionVerdict,
    Effect,
    Goal,
    Loss,
    RequiredConnection,
    StepVerdict,
    Subject,
    VmVerdict,
    WayVerdict,
    flows,
)
from vbtui.planning.request import ChangeRequest, request, required_rules
from vbtui.planning.required import RUN_LEVELS, required_by, required_connections, required_of
from vbtui.planning.review import Remark, RemarkKind, remarks

__all__ = [
    "RUN_LEVELS",
    "Change",
    "ChangeRequest",
    "CheckReport",
    "Comparison",
    "ConnectionChange",
    "ConnectionVerdict",
    "Derived",
    "Difference",
    "Effect",
    "Explanation",
    "Goal",
    "GoalChange",
    "JobChange",
    "Loss",
    "Observation",
    "Paperwork",
    "ProbePlan",
    "ProposedRule",
    "Purpose",
    "Remark",
    "RemarkKind",
    "RequiredConnection",
    "Requirement",
    "StepVerdict",
    "Subject",
    "Unfolded",
    "UnknownMachineError",
    "UnknownServiceTextError",
    "VmVerdict",
    "WayVerdict",
    "applied",
    "check",
    "check_all",
    "compared",
    "derive",
    "diff",
    "explain",
    "findings",
    "flows",
    "judge",
    "judge_in_turn",
    "probe_plans",
    "remarks",
    "request",
    "required_by",
    "required_connections",
    "required_of",
    "required_rules",
    "strangers",
]
