"""What it takes: required connections of every possible assignment, and the verdict of every step.

In: a topology, jobs, a policy. Out: `required_connections`, `check`, `explain`, `request`, `diff`: codes, no sentences.
Theory of operation: `estate` says where each VM could run and which proxies could get its disks, `folding` which
machines may stand for each other; `deriving` follows the process over all of them and says what it asks (`demands`),
`surroundings` what it rests on; `required` lists that, `check` judges it (`judging`, `assembling`, `fates`).
`request` asks for the rules that are missing, `diff` says what a change of the file means. Which machine a row of the
catalogue means, which ways there are and which transport mode a proxy takes is decided in `workflow` alone, and whether
a connection passes in `firewall` alone.
Never here: a decision of the process of its own, a simulated event, I/O.
"""

from vbtui.planning.check import Derived, check, check_all, derive, judge, judge_in_turn
from vbtui.planning.diff import ConnectionChange, Difference, GoalChange, JobChange, diff
from vbtui.planning.explain import Explanation, Purpose, UnknownMachineError, UnknownServiceTextError, explain
from vbtui.planning.findings import findings
from vbtui.planning.folding import Unfolded
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
from vbtui.planning.required import RUN_LEVELS, required_by, required_connections

__all__ = [
    "RUN_LEVELS",
    "Change",
    "ChangeRequest",
    "CheckReport",
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
    "Paperwork",
    "ProposedRule",
    "Purpose",
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
    "derive",
    "diff",
    "explain",
    "findings",
    "flows",
    "judge",
    "judge_in_turn",
    "request",
    "required_by",
    "required_connections",
    "required_rules",
]
