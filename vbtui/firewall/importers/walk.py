"""From chains that call each other to one list in which the first match decides.

How it works. A walk follows every packet of a kind (first packets, or replies) through the base chains of a hook in
the order of their priority, as sets of flows (boxes):

* Drop and reject are final: they become an entry of the list. Accept is final for its base chain only: the flows go on
  to the next one, so its entries for just these flows follow in the accept's place.
* A jump puts the called chain's entries, narrowed to the jump's flows, in the jump's place. Flows for which the called
  chain says nothing find the caller's next entries, because they stand behind.
* A return in a called chain takes its flows out of what the rest of that chain sees. In a base chain it means the
  policy. A goto is a jump behind which its flows return.
* Where a condition is in doubt, the box is the most that it could match, and every outcome of it is `unknown`.

The work is bounded: a file whose chains multiply beyond `MOST_WORK` is refused.
In: base chains and the chains of the file. Out: entries, and what each rule came to.
Never here: names, files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vbtui.firewall.importers.chains import FINAL, BaseChain, Chain, ChainRule, Doubt, Packet, Verdict
from vbtui.firewall.importers.imported import OpaqueReason, SkipReason
from vbtui.firewall.importers.space import EVERYTHING, Box
from vbtui.vocabulary import Action

MOST_WORK: Final = 2_000_000
"""Intervals that one import may look at: some seconds."""

DEEPEST: Final = 16
"""Chains inside chains; the kernel's own limit (NFT_JUMP_STACK_SIZE in linux/netfilter/nf_tables.h)."""


class TooComplexError(Exception):
    """The chains multiply beyond `MOST_WORK`."""


class Work:
    """What is left of the work that one import may do."""

    __slots__ = ("left",)

    def __init__(self, most: int = MOST_WORK) -> None:
        self.left = most

    def spend(self, amount: int) -> None:
        """Raises TooComplexError."""
        self.left -= amount
        if self.left < 0:
            raise TooComplexError


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. `rule` is None for a policy; `doubt` says why an action is unknown."""

    box: Box
    action: Action
    rule: ChainRule | None
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """The list, first match first. `rest` is what no entry decides: the policies at the end, by disjoint boxes."""

    entries: tuple[Entry, ...]
    rest: tuple[Entry, ...]
    seen: tuple[ChainRule, ...]
    """Every rule that was come by, in order."""
    left_out: Mapping[str, SkipReason]
    """By place: rules that came to nothing."""


def walk(
    stages: Sequence[BaseChain], chains: Mapping[tuple[str, str, str], Chain], packet: Packet, work: Work
) -> Walked:
    """Follow all packets of a kind through `stages`, base chains of one hook. Raises TooComplexError."""
    walker = _Walk(sorted(stages, key=lambda stage: stage.priority), chains, packet, work)
    walker.stage(0, (EVERYTHING,), via=None, last=True)
    counted = {entry.rule.place for entry in walker.entries if entry.rule is not None} | walker.calls
    return Walked(
        tuple(walker.entries),
        tuple(walker.rest),
        tuple(walker.seen.values()),
        {place: reason for place, reason in walker.left_out.items() if place not in counted},
    )


class _Walk:
    def __init__(
        self, stages: Sequence[BaseChain], chains: Mapping[tuple[str, str, str], Chain], packet: Packet, work: Work
    ) -> None:
        self._stages = stages
        self._chains = chains
        self._packet = packet
        self._work = work
        self.entries: list[Entry] = []
        self.rest: list[Entry] = []
        self.seen: dict[int, ChainRule] = {}
        self.left_out: dict[str, SkipReason] = {}
        self.calls: set[str] = set()

    def stage(self, place: int, boxes: Sequence[Box], via: ChainRule | None, *, last: bool) -> None:
        """What becomes of flows that reach base chain number `place`, accepted by `via` in the one before.

        `last` says that nothing else follows for these flows, so that a policy needs no entry in the list.
        """
        boxes = [box for box in boxes if not box.empty]
        if not boxes:
            return
        if place == len(self._stages):
            self._decide(boxes, Action.ALLOW, via, last=last)
            return
        stage = self._stages[place]
        other = [box & Box.of_family(version) for box in boxes for version in (4, 6) if version not in stage.versions]
        self.stage(place + 1, other, via, last=last)
        ours = (
            boxes
            if len(stage.versions) == 2
            else [box & Box.of_family(version) for box in boxes for version in stage.versions]
        )
        ours = [box for box in ours if not box.empty]
        if ours:
            self._chain(stage.chain, ours, place, (), None)
            self._policy(place, ours, via, last=last)

    def _policy(self, place: int, boxes: Sequence[Box], via: ChainRule | None, *, last: bool) -> None:
        if self._stages[place].policy == "accept":
            self.stage(place + 1, boxes, via, last=last)
        else:
            self._decide(boxes, Action.DENY, None, last=last)

    def _decide(self, boxes: Sequence[Box], action: Action, rule: ChainRule | None, *, last: bool) -> None:
        (self.rest if last else self.entries).extend(Entry(box, action, rule) for box in boxes)

    def _chain(
        self, chain: Chain, boxes: Sequence[Box], place: int, callers: tuple[Chain, ...], doubt: Doubt | None
    ) -> None:
        """The entries of one chain for the flows in `boxes`. `doubt`: it is not sure that they get here at all."""
        state = list(boxes)
        for rule in chain.rules:
            self.seen.setdefault(id(rule), rule)
            reason = self._cannot_match(rule)
            if reason is not None:
                self.left_out.setdefault(rule.place, reason)
                continue
            weight = rule.condition.box.weight
            # What is shared with everything is the other itself and costs nothing, however long it is.
            self._work.spend(8 + sum(min(weight, box.weight) for box in state))
            matched = [found for box in state if not (found := box & rule.condition.box).empty]
            if not matched:
                self.left_out.setdefault(rule.place, SkipReason.NOTHING)
                continue
            why = rule.condition.doubt_about(self._packet) or doubt
            left = self._rule(rule, matched, place, (*callers, chain), why)
            if left:
                state = [piece for box in state for piece in self._without(box, left, rule)]

    def _cannot_match(self, rule: ChainRule) -> SkipReason | None:
        condition = rule.condition
        if rule.verdict is Verdict.NONE:
            return SkipReason.NO_VERDICT
        if not (condition.box.tcp or condition.box.udp):
            return SkipReason.PROTOCOL
        if condition.loopback:
            return SkipReason.LOOPBACK
        if condition.states is not None and self._packet.value not in condition.states:
            return SkipReason.STATE
        return None

    def _rule(
        self, rule: ChainRule, matched: Sequence[Box], place: int, callers: tuple[Chain, ...], doubt: Doubt | None
    ) -> Sequence[Box]:
        """The entries of one rule. Gives the flows that go back to the caller of its chain, if it has one."""
        base = len(callers) == 1
        if rule.verdict in FINAL:
            unsure = doubt is not None or rule.verdict is Verdict.UNKNOWN
            action = Action.UNKNOWN if unsure else FINAL[rule.verdict]
            doubt = doubt or (Doubt(OpaqueReason.VERDICT, rule.target) if unsure else None)
            self.entries.extend(Entry(box, action, rule, doubt) for box in matched)
        elif rule.verdict is Verdict.ACCEPT:
            if doubt is not None:
                self._unknown(matched, rule, doubt)
            else:
                self.stage(place + 1, matched, rule, last=False)
                self.calls.add(rule.place)
        elif rule.verdict is Verdict.RETURN:
            self.calls.add(rule.place)
            if doubt is not None and rule.condition.doubt_about(self._packet) is not None:
                self._unknown(matched, rule, doubt)
            elif not base:
                return matched
            else:
                self._policy(place, matched, None, last=False)
        else:
            self.calls.add(rule.place)
            return self._call(rule, matched, place, callers, doubt)
        return ()

    def _call(
        self, rule: ChainRule, matched: Sequence[Box], place: int, callers: tuple[Chain, ...], doubt: Doubt | None
    ) -> Sequence[Box]:
        family, table, _ = callers[-1].key
        called = self._chains[family, table, rule.target]
        if called in callers or len(callers) >= DEEPEST:
            self._unknown(matched, rule, Doubt(OpaqueReason.LOOP, rule.target))
            return ()
        self._chain(called, matched, place, callers, doubt)
        if rule.verdict is Verdict.JUMP:
            return ()
        if doubt is not None:
            self._unknown(matched, rule, doubt)
        elif len(callers) > 1:
            return matched
        else:
            self._policy(place, matched, None, last=False)
        return ()

    def _unknown(self, boxes: Sequence[Box], rule: ChainRule, doubt: Doubt) -> None:
        self.entries.extend(Entry(box, Action.UNKNOWN, rule, doubt) for box in boxes)

    def _without(self, box: Box, taken: Sequence[Box], rule: ChainRule) -> tuple[Box, ...]:
        """What of `box` stays in a chain when `taken` returns from it."""
        pieces: tuple[Box, ...] = (box,)
        for gone in taken:
            left: list[Box] = []
            for piece in pieces:
                self._work.spend(8 + piece.weight + gone.weight)
                rest = piece.without(gone)
                if rest is None:
                    self._unknown([piece & gone], rule, Doubt(OpaqueReason.RETURN, ""))
                    left.append(piece)
                else:
                    left.extend(rest)
            pieces = tuple(left)
        return pieces
