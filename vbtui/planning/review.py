"""What a reviewer of a change request would ask about, asked before.

Decided here: what is looked at. Addresses must be single ones and nothing may say `any`: proposals are made so, and
here it is looked at once more. Wide ranges of ports, missing paperwork and rules that nobody understood are told,
because the answer is better given with the request. In: proposals. Out: remarks. Never here: sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.planning.proposals import Change, ProposedRule

WIDE_RANGE: Final = 1000
"""Ports of one range from which on a reviewer asks why."""


class RemarkKind(StrEnum):
    """What there is to ask. The values are message codes."""

    INEXACT = "remark.inexact"
    """A rule says `any`, or a network instead of an address."""
    WIDE_RANGE = "remark.wide-range"
    OPAQUE = "remark.opaque"
    """A rule in the way was not understood: it may allow the flows already."""
    REPLY = "remark.reply"
    """A stateless firewall cannot tell answers from new connections."""
    MODIFIES = "remark.modifies"
    """A block is made smaller; whoever owns it has to agree."""
    NO_OWNER = "remark.no-owner"
    NO_TICKET = "remark.no-ticket"


@dataclass(frozen=True, slots=True)
class Remark:
    kind: RemarkKind
    rules: tuple[tuple[str, str], ...]
    """Firewall and name of the rules that it is about."""


def remarks(proposals: Iterable[ProposedRule]) -> tuple[Remark, ...]:
    """What there is to ask about these proposals, gravest first; empty without any proposal."""
    listed = tuple(proposals)
    tests: tuple[tuple[RemarkKind, Callable[[ProposedRule], bool]], ...] = (
        (RemarkKind.INEXACT, _inexact),
        (RemarkKind.MODIFIES, lambda one: one.change is Change.MODIFY),
        (RemarkKind.OPAQUE, lambda one: bool(one.opaque)),
        (RemarkKind.REPLY, lambda one: one.reply),
        (RemarkKind.WIDE_RANGE, lambda one: not one.reply and _wide(one)),
        (RemarkKind.NO_OWNER, lambda one: one.change is Change.ADD and not one.paperwork.owner),
        (RemarkKind.NO_TICKET, lambda one: one.change is Change.ADD and not one.paperwork.ticket),
    )
    found = ((kind, [one for one in listed if holds(one)]) for kind, holds in tests)
    return tuple(Remark(kind, tuple((one.firewall, one.name) for one in some)) for kind, some in found if some)


def _wide(one: ProposedRule) -> bool:
    return any(service.high - service.low + 1 >= WIDE_RANGE for service in one.services)


def _inexact(one: ProposedRule) -> bool:
    rule = one.rule
    if rule is None:
        return False
    if "any" in rule.services:
        return True
    sides = (*rule.source, *rule.destination)
    return not all(
        side.node is not None if side.cidr is None else side.cidr.num_addresses == 1 and side.any is None
        for side in sides
    )
