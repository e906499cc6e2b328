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
from vbtui.firewall.intervals import common
from vbtui.vocabulary import Action


def with_replies(pairs: Sequence[tuple[Walked, Walked]], work: Work) -> tuple[bool, tuple[Walked, ...]]:
    """Whether the firewall is stateful, and the lists for first packets as they then stand.

    Each pair holds the list for first packets of one direction and the list that their replies meet. Raises
    TooComplexError.
    """
    rules = [rule for firsts, replies in pairs for rule in (*firsts.seen, *replies.seen)]
    asks_state = any(rule.condition.states is not None for rule in rules)
    asks_source = any(rule.condition.source_ports is not None for rule in rules)
    may_be_stateless = not asks_state and not asks_source
    judged = []
    for firsts, replies in pairs:
        listed = _for_replies(replies)
        entries = _judged(firsts.entries, listed, work, stop=may_be_stateless)
        rest = _judged(firsts.rest, listed, work, stop=may_be_stateless)
        if entries is None or rest is None:
            return False, tuple(firsts for firsts, _ in pairs)
        judged.append(replace(firsts, entries=entries, rest=rest))
    return True, tuple(judged)


def _for_replies(replies: Walked) -> tuple[Entry, ...]:
    """The entries that matter to replies. Their ports are all high ones at once, so what accepts only some of them
    answers nothing; leaving it out errs towards unknown."""
    return tuple(
        entry
        for entry in (*replies.entries, *replies.rest)
        if (common(entry.box.tcp, HIGH_PORTS), common(entry.box.udp, HIGH_PORTS)) != ((), ())
        and (
            entry.action is not Action.ALLOW
            or HIGH_PORTS in (common(entry.box.tcp, HIGH_PORTS), common(entry.box.udp, HIGH_PORTS))
        )
    )


def _judged(entries: Sequence[Entry], replies: Sequence[Entry], work: Work, *, stop: bool) -> tuple[Entry, ...] | None:
    """The entries, those without certain replies unknown. None for the first of them if `stop`."""
    found = []
    for entry in entries:
        if entry.action is Action.ALLOW and not _replied(entry.box, replies, work):
            if stop:
                return None
            entry = replace(entry, action=Action.UNKNOWN, doubt=Doubt(OpaqueReason.REPLIES, ""))
        found.append(entry)
    return tuple(found)


def _replied(allowed: Box, replies: Sequence[Entry], work: Work) -> bool:
    """Every reply to a flow of `allowed` is certainly accepted."""
    ports = HIGH_PORTS
    left = [
        Box(allowed.destination, allowed.source, ports if allowed.tcp else (), ports if allowed.udp else ()).in_family
    ]
    for entry in replies:
        pieces: list[Box] = []
        for box in left:
            work.spend(8 + min(box.weight, entry.box.weight))
            if (box & entry.box).empty:
                pieces.append(box)
                continue
            if entry.action is not Action.ALLOW:
                return False
            rest = box.without(entry.box)
            rest = (box,) if rest is None else rest
            work.spend(sum(piece.weight for piece in rest))
            pieces.extend(rest)
        left = pieces
        if not left:
            return True
    return not left
