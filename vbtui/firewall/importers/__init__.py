"""Rules of real firewalls, read from files of other programs.

In: the bytes of a rule sheet, of `nft -j list ruleset`, of `iptables-save`, of our Windows collector. Out:
`ImportedRules`: rules of the topology's kind, and an account of every rule that was opaque or left out.
An importer never guesses. What it does not understand becomes a rule with the action `unknown`, so that a flow that
could match it is neither allowed nor refused. Any bytes give `ImportedRules` or `RulesFileError`.
"""

from vbtui.firewall.importers.fitting import Trait, UnfitError, fitting_rules
from vbtui.firewall.importers.imported import (
    Hook,
    ImportedRules,
    Note,
    NoteCode,
    OpaqueReason,
    OpaqueRule,
    RulesFormat,
    SkippedRule,
    SkipReason,
)
from vbtui.firewall.importers.iptables import read_iptables
from vbtui.firewall.importers.nft import read_nft
from vbtui.firewall.importers.problems import RulesFileError, RulesProblem, RulesProblemCode
from vbtui.firewall.importers.sheet import read_sheet
from vbtui.firewall.importers.source import LIMITS, file_bytes, recognised, within_limit
from vbtui.firewall.importers.windows import collector, read_windows

__all__ = [
    "LIMITS",
    "Hook",
    "ImportedRules",
    "Note",
    "NoteCode",
    "OpaqueReason",
    "OpaqueRule",
    "RulesFileError",
    "RulesFormat",
    "RulesProblem",
    "RulesProblemCode",
    "SkipReason",
    "SkippedRule",
    "Trait",
    "UnfitError",
    "collector",
    "file_bytes",
    "fitting_rules",
    "read_iptables",
    "read_nft",
    "read_sheet",
    "read_windows",
    "recognised",
    "within_limit",
]
