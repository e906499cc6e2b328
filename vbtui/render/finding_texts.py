"""What is said about a finding: its kind in a word and in a sentence, and what is wrong with this rule.

In: `RuleFinding`s. Out: plain text of one line. What comes from a file (an opaque rule's own words) has no control
characters in it, but may have markup of any kind: whoever writes a format escapes for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from vbtui.firewall import FindingKind, Inoperative, RuleFinding
from vbtui.i18n import N_, Translator
from vbtui.render.printing import printable

KIND_NAMES: Final[Mapping[FindingKind, str]] = {
    FindingKind.SHADOWED: N_("shadowed"),
    FindingKind.REDUNDANT: N_("redundant"),
    FindingKind.INOPERATIVE: N_("inoperative"),
    FindingKind.UNUSED: N_("unused"),
    FindingKind.OVER_PERMISSIVE: N_("over-permissive"),
    FindingKind.EXPIRED: N_("expired"),
    FindingKind.OPAQUE: N_("opaque"),
}

KIND_MEANINGS: Final[Mapping[FindingKind, str]] = {
    FindingKind.SHADOWED: N_(
        "Other rules decide everything that the rule matches, and not everything as the rule would: what it says does "
        "not happen."
    ),
    FindingKind.REDUNDANT: N_("Without the rule every packet would get the same answer."),
    FindingKind.INOPERATIVE: N_("No packet can ever match the rule."),
    FindingKind.UNUSED: N_(
        "No connection that a job needs is decided by the rule. This is said by the model of the jobs, not by traffic; "
        "others may need it."
    ),
    FindingKind.OVER_PERMISSIVE: N_(
        "The rule allows more ports or addresses than the jobs need from it, by the model of the jobs."
    ),
    FindingKind.EXPIRED: N_("The day until which the rule was meant to hold is past, and it still holds."),
    FindingKind.OPAQUE: N_("The rule was imported and not understood, so nobody can say what it does."),
}

_INOPERATIVE: Final[Mapping[Inoperative, str]] = {
    Inoperative.NO_SOURCE: N_("its source stands for no address"),
    Inoperative.NO_DESTINATION: N_("its destination stands for no address"),
    Inoperative.NO_SERVICE: N_("its services stand for no port"),
    Inoperative.FAMILIES: N_("one side has only IPv4 addresses, the other only IPv6"),
    Inoperative.REFUSES: N_("it refuses, and in an allow-list only rules that allow are looked at"),
    Inoperative.NO_PATH: N_("no two zones have such addresses and a path through this firewall"),
    Inoperative.NO_MACHINE: N_("no machine with this firewall has such an address on its side"),
}

_POWER_FROM: Final = 10**12
"""Counts of addresses from here on are told as a power of two: nobody reads forty digits."""


def rule_label(finding: RuleFinding) -> str:
    """`core#5 proxy-nfc`: firewall, place in the list, name."""
    return f"{finding.firewall}#{finding.number} {finding.rule}"


def finding_text(translator: Translator, finding: RuleFinding) -> str:
    """What is wrong with the rule, as half a sentence."""
    rules = ", ".join(
        f"#{number} {name}" for number, name in zip(finding.covering_numbers, finding.covering, strict=True)
    )
    match finding.kind:
        case FindingKind.SHADOWED:
            text = N_("all that it matches is decided before by {rules}, and not everything the same way")
            return translator(text).format(rules=rules)
        case FindingKind.REDUNDANT:
            return _redundant(translator, finding, rules)
        case FindingKind.INOPERATIVE:
            return translator(_INOPERATIVE[Inoperative(str(finding.param("reason")))])
        case FindingKind.UNUSED:
            return translator(N_("by the model, no job needs a connection that it decides"))
        case FindingKind.OVER_PERMISSIVE:
            return _over_permissive(translator, finding)
        case FindingKind.EXPIRED:
            text = N_("it was to hold until {expires}, and still holds")
            return translator(text).format(expires=finding.param("expires"))
        case FindingKind.OPAQUE:
            return _opaque(translator, finding, rules)


def _redundant(translator: Translator, finding: RuleFinding, rules: str) -> str:
    if not finding.param("backwards"):
        text = N_("all that it matches is decided before by {rules}, in the same way")
    elif not rules:
        text = N_("without it the default would do the same")
    elif finding.param("default"):
        text = N_("without it {rules} and the default would do the same")
    else:
        text = N_("without it {rules} would do the same")
    return translator(text).format(rules=rules)


def _opaque(translator: Translator, finding: RuleFinding, rules: str) -> str:
    raw, origin = (printable(finding.param(name) or "") for name in ("raw", "origin"))
    text = translator(N_("not understood")) + (f": {raw}" if raw else "") + (f" ({origin})" if origin else "")
    if rules:
        text += "; " + translator(N_("all that it could match is decided before by {rules}")).format(rules=rules)
    return text


def _over_permissive(translator: Translator, finding: RuleFinding) -> str:
    templates = {
        "ports": N_("allows {allowed} ports, needs {needed}"),
        "sources": N_("allows {allowed} source addresses, needs {needed}"),
        "destinations": N_("allows {allowed} destination addresses, needs {needed}"),
    }
    parts = []
    for name, template in templates.items():
        allowed, needed = _count(finding, f"allowed_{name}"), _count(finding, f"needed_{name}")
        if allowed > needed:
            fields = {"allowed": count_text(translator, allowed), "needed": count_text(translator, needed)}
            parts.append(translator(template).format(**fields))
    return "; ".join(parts)


def _count(finding: RuleFinding, name: str) -> int:
    value = finding.param(name)
    return value if isinstance(value, int) else 0


def count_text(translator: Translator, count: int) -> str:
    """A number of addresses or ports: `65,536`, and `2^64` or `about 2^64` for one that nobody would read."""
    if count < _POWER_FROM:
        return translator.number(count)
    power = count.bit_length() - 1
    text = f"2^{power}"
    return text if count == 1 << power else translator(N_("about {count}")).format(count=text)


def kinds_text(translator: Translator, findings: Sequence[RuleFinding]) -> str:
    """How many of each kind, `2 shadowed, 1 expired`."""
    counts = {kind: sum(one.kind is kind for one in findings) for kind in FindingKind}
    return ", ".join(
        f"{translator.number(count)} {translator(KIND_NAMES[kind])}" for kind, count in counts.items() if count
    )
