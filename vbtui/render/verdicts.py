"""The words for a firewall's verdict: which hop and rule decided, and how.

In: a `Verdict`. Out: one short line such as `core#5 proxy-nfc allows`. Names of firewalls and rules are shown as they
stand in the file. Never here: what a blocked connection leads to (`messages.blocked`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.firewall import Hop, Reason, Segment, Verdict
from vbtui.i18n import N_, Translator
from vbtui.vocabulary import Action

_TEXTS: Final[Mapping[tuple[Reason, Action], str]] = {
    (Reason.RULE, Action.ALLOW): N_("{firewall}#{number} {rule} allows"),
    (Reason.RULE, Action.DENY): N_("{firewall}#{number} {rule} drops"),
    (Reason.RULE, Action.REJECT): N_("{firewall}#{number} {rule} rejects"),
    (Reason.RULE, Action.UNKNOWN): N_("{firewall}#{number} {rule} is not understood"),
    (Reason.DEFAULT, Action.ALLOW): N_("{firewall} allows (default)"),
    (Reason.DEFAULT, Action.DENY): N_("{firewall} drops (default)"),
    (Reason.DEFAULT, Action.REJECT): N_("{firewall} rejects (default)"),
    (Reason.DEFAULT, Action.UNKNOWN): N_("{firewall}: what it does by default is not known"),
    (Reason.SAME_ZONE, Action.ALLOW): N_("same zone, allowed"),
    (Reason.SAME_ZONE, Action.DENY): N_("same zone, dropped (default of the file)"),
    (Reason.SAME_ZONE, Action.REJECT): N_("same zone, rejected (default of the file)"),
    (Reason.SAME_ZONE, Action.UNKNOWN): N_("same zone, not known (default of the file)"),
    (Reason.SAME_NODE, Action.ALLOW): N_("inside one machine"),
    (Reason.NO_PATH, Action.ALLOW): N_("no path between the zones, allowed (default of the file)"),
    (Reason.NO_PATH, Action.DENY): N_("no path between the zones, dropped"),
    (Reason.NO_PATH, Action.REJECT): N_("no path between the zones, rejected"),
    (Reason.NO_PATH, Action.UNKNOWN): N_("no path between the zones, not known (default of the file)"),
    (Reason.TRANSLATED, Action.UNKNOWN): N_("addresses are translated on the path: not known"),
    (Reason.WHAT_IF, Action.ALLOW): N_("what-if allows, no firewall is asked"),
    (Reason.WHAT_IF, Action.DENY): N_("what-if blocks, no firewall is asked"),
    (Reason.NO_ADDRESS, Action.DENY): N_("no address that the other side could use"),
}


def verdict_text(translator: Translator, verdict: Verdict) -> str:
    """Who decided and how, in a few words."""
    if verdict.hop is None or verdict.segment is None:
        return translator(N_("inside one machine") if verdict.is_local else N_("no firewall in between"))
    text = segment_text(translator, verdict.hop, verdict.segment)
    if verdict.missing and verdict.missing != _whole(verdict):
        text = translator(N_("{decision}; missing {ports}")).format(decision=text, ports=missing_ports(verdict))
    if verdict.unknown and verdict.unknown != _whole(verdict):
        text = translator(N_("{decision}; not known {ports}")).format(decision=text, ports=unknown_ports(verdict))
    return text


def _whole(verdict: Verdict) -> tuple[tuple[int, int], ...]:
    return ((verdict.service.low, verdict.service.high),)


def segment_text(translator: Translator, hop: Hop, segment: Segment) -> str:
    """What one hop answers for one part of the ports."""
    template = _TEXTS.get((segment.reason, segment.action), N_("{firewall} drops (default)"))
    text = translator(template).format(firewall=hop.name, number=segment.rule_number, rule=segment.rule)
    return translator(N_("reply: {decision}")).format(decision=text) if hop.where == "reply" else text


def missing_ports(verdict: Verdict) -> str:
    """The ports that do not get through, such as `tcp/2500-2600, tcp/3300`; empty when all do, or may."""
    return _ports(verdict, verdict.missing)


def unknown_ports(verdict: Verdict) -> str:
    """The ports of which it is not known whether they get through, written as those of `missing_ports`."""
    return _ports(verdict, verdict.unknown)


def _ports(verdict: Verdict, ranges: tuple[tuple[int, int], ...]) -> str:
    protocol = verdict.service.protocol
    return ", ".join(f"{protocol}/{low}" if low == high else f"{protocol}/{low}-{high}" for low, high in ranges)
