"""What it takes: required connections of every possible assignment, and the verdict of every step.

In: a topology, a job, a policy. Out: `required_connections`, `check`, `explain`: data with codes, no sentences.
Theory of operation: `placement` says where each VM could run and which proxies could get its disks; `demands` follows
the process over all of them and says what it asks for, `surroundings` what it rests on; `required` lists that, `check`
judges it. Which machine a row of the catalogue means, which ways there are and which transport mode a proxy takes is
decided in `workflow` alone, and whether a connection passes in `firewall` alone.
Never here: a decision of the process of its own, a simulated event, I/O.
"""

from vbtui.planning.check import check
from vbtui.planning.explain import Explanation, Purpose, UnknownMachineError, UnknownServiceTextError, explain
from vbtui.planning.report import (
    CheckReport,
    ConnectionVerdict,
    Effect,
    Goal,
    RequiredConnection,
    StepVerdict,
    Subject,
    WayVerdict,
)
from vbtui.planning.required import RUN_LEVELS, required_connections

__all__ = [
    "RUN_LEVELS",
    "CheckReport",
    "ConnectionVerdict",
    "Effect",
    "Explanation",
    "Goal",
    "Purpose",
    "RequiredConnection",
    "StepVerdict",
    "Subject",
    "UnknownMachineError",
    "UnknownServiceTextError",
    "WayVerdict",
    "check",
    "explain",
    "required_connections",
]
