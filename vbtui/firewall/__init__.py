"""Who may talk: whether a flow gets from one machine to another, and which hop and rule decided.

In: a topology (zones, firewalls, paths, defaults) and a question. Out: a `Verdict` with every hop. A connection is
allowed or not in exactly one place, `Policy.evaluate`; its module describes how. What is wrong with rules as rules
is said by `rule_findings`.
Never here: what the connection is for, or what happens when it is blocked.
"""

from vbtui.firewall.findings import FindingKind, Inoperative, RuleFinding, rule_findings
from vbtui.firewall.policy import Policy
from vbtui.firewall.rules import UnknownServiceError
from vbtui.firewall.verdict import Flow, Hop, Reason, Segment, Verdict

__all__ = [
    "FindingKind",
    "Flow",
    "Hop",
    "Inoperative",
    "Policy",
    "Reason",
    "RuleFinding",
    "Segment",
    "UnknownServiceError",
    "Verdict",
    "rule_findings",
]
