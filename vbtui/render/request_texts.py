"""Words of a change request: what changes, how much it matters, what no rule helps, what a reviewer will ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.i18n import N_
from vbtui.planning import Change, Requirement
from vbtui.planning.missing import Hopeless
from vbtui.planning.review import RemarkKind
from vbtui.render.check_texts import OBSTACLES

CHANGES: Final[Mapping[Change, str]] = {
    Change.ADD: N_("add"),
    Change.MODIFY: N_("modify"),
}

REQUIREMENTS: Final[Mapping[Requirement, str]] = {
    Requirement.REQUIRED: N_("required"),
    Requirement.FALLBACK: N_("against a fallback"),
    Requirement.INFRASTRUCTURE: N_("infrastructure"),
}

REASONS: Final[Mapping[str, str]] = {
    **OBSTACLES,
    Hopeless.NO_ADDRESS.value: N_("the two share no family of addresses"),
    Hopeless.NO_PATH.value: N_("no firewall joins the two zones"),
    Hopeless.TRANSLATED.value: N_("addresses are translated on the path, and the file does not say to which"),
    Hopeless.SAME_ZONE.value: N_("the file's default refuses it within the zone"),
    Hopeless.OPAQUE.value: N_("a rule that nobody understood beats every allow there"),
}
"""Why no rule helps, by `Unsolved.code`."""

REMARKS: Final[Mapping[RemarkKind, str]] = {
    RemarkKind.INEXACT: N_("a rule is wider than single addresses"),
    RemarkKind.WIDE_RANGE: N_("a wide range of ports: the product picks any port of it, so all of it is needed"),
    RemarkKind.OPAQUE: N_("a rule in the way was not understood, so it may already allow this"),
    RemarkKind.REPLY: N_(
        "a stateless firewall cannot tell answers from new connections: the rule lets both through to these ports"
    ),
    RemarkKind.MODIFIES: N_("an existing block is made smaller: its owner has to agree"),
    RemarkKind.NO_OWNER: N_("no owner is named (--owner)"),
    RemarkKind.NO_TICKET: N_("no ticket is named (--ticket)"),
}

DIRECTIONS: Final[Mapping[str, str]] = {
    "inbound": N_("inbound"),
    "outbound": N_("outbound"),
    "both": N_("forward"),
}
"""Of a rule at a host firewall; what crosses a network firewall is forwarded."""
