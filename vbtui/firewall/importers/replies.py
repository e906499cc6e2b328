"""Whether replies get through, judged from how replies walk through the same chains.

A firewall of the topology is stateful or not as a whole; a Linux machine is what its rules make it. So:

* If the reply to everything that is allowed is certainly accepted, the firewall is stateful.
* If no rule asks for a connection's state, it is stateless, and the mirrored flow is judged by the same list.
* Otherwise it counts as stateful, and what is allowed without certain replies becomes unknown.

In: the list for first packets and the list for replies. Never here: files, names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vbtui.firewall.importers.chains import HIGH_PORTS, Doubt
from vbtui.firewall.importers.imported import OpaqueReason
from vbtui.firewall.importers.space import Box
from vbtui.firewall.importers.walk import Entry, Walked, Work
from vbtui.vocabulary import Action


def with_replies(pairs: Sequence[tuple[Walked, Walked]], work: Work) -> tuple[bool, tuple[Walked, ...]]:
    """Whether the firewall is stateful, and the lists for first packets as they then stand.

    Each pair holds the list for first packets of one direction and the list that their replies meet. Raises
    TooComplexError.
    """
    rules = [rule for firsts, replies in pairs for rule in (*firsts.seen, *replies.seen)]
    asks_state = any(rule.condition.states is not None for rule in rules)
    asks_source = any(rule.condition.source_ports is not None for rule in rules)
    judged = []
    for firsts, replies in pairs:
        entries, sure = _judged(firsts.entries, replies, work)
        rest, rest_sure = _judged(firsts.rest, replies, work)
        if not (sure and rest_sure) and not asks_state and not asks_source:
            return False, tuple(firsts for firsts, _ in pairs)
        judged.append(replace(firsts, entries=entries, rest=rest))
    return True, tuple(judged)


def _judged(entries: Sequence[Entry], replies: Walked, work: Work) -> tuple[tuple[Entry, ...], bool]:
    found = []
    sure = True
    for entry in entries:
        if entry.action is Action.ALLOW and not _replied(entry.box, replies, work):
            entry = replace(entry, action=Action.UNKNOWN, doubt=Doubt(OpaqueReason.REPLIES, ""))
            sure = False
        found.append(entry)
    return tuple(found), sure


def _replied(allowed: Box, replies: Walked, work: Work) -> bool:
    """Every reply to a flow of `allowed` is certainly accepted."""
    ports = HIGH_PORTS
    left = [
        Box(allowed.destination, allowed.source, ports if allowed.tcp else (), ports if allowed.udp else ()).in_family
    ]
    for entry in (*replies.entries, *replies.rest):
        pieces: list[Box] = []
        for box in left:
            work.spend(8 + min(box.weight, entry.box.weight))
            if (box & entry.box).empty:
                pieces.append(box)
                continue
            if entry.action is not Action.ALLOW:
                return False
            work.spend(box.weight + entry.box.weight)
            rest = box.without(entry.box)
            pieces.extend((box,) if rest is None else rest)
        left = pieces
        if not left:
            return True
    return not left
