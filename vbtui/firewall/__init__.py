"""Who may talk: whether a flow gets from one machine to another, and which hop and rule decided.

In: a topology (zones, firewalls, paths, defaults) and a question. Out: a `Verdict` with every hop. A connection is
allowed or not in exactly one place, `Policy.evaluate`; its module describes how. From the ground: `intervals` and
`ports` are sets of numbers; `selectors` and `rules` make the file's rules of them; `path` chooses addresses and the
firewalls between; `evaluation` is the meaning of rules, the obvious way; `classes` and `class_evaluation` give the same
answers quickly. `alone` asks each firewall by itself. What is wrong with rules as rules is said by `rule_findings`,
which rests on `boxes` and `coverage`. `importers` read the rules of real firewalls, `exporters` write them.
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
