"""Which rules of one firewall never decide anything, or decide only what would be decided the same without them.

Definitions. A firewall evaluates its rules in an *order*, and the first one that matches decides:
* first-match: the order of the list;
* deny-overrides: all rules that deny or reject, then the opaque ones, then all that allow, each in the list's order;
* allow-list: all rules that allow, then the opaque ones. Rules that refuse are never looked at (`coverage` leaves them
  out; that they are inoperative is said by `findings`).
So "earlier" below is about this order, and where the order of the list does not matter it makes no difference.
An *opaque* rule matches at most what it says and does nobody knows what: it covers nothing for certain.

* A rule is *unreachable* if every packet that it matches is matched by earlier rules, taken together, that are not
  opaque. It is *shadowed* if some of these packets get another action from the first of them that matches, else
  *redundant*: what it says happens anyway. `covering` are earlier rules that together match all of it, none of which
  could be left out, except that those of a shadowed rule always have the first one that decides otherwise.
* A rule that is not unreachable is *redundant backwards* if without it every packet would get the same action, from
  later rules or the default. `covering` are the later rules without which this would not be so, and `default` tells
  that the default answers for some packet.
Any one of these rules, and all of them together, can go without a packet getting another answer. So a rule found before
does not help another to be redundant backwards (of two equal rules one is found), but still stands against it (a rule
that shadows another is not called redundant because both could go); backwards takes the last rule first.
An opaque rule that is unreachable is found too, whatever it does.

In: a compiled firewall. Out: a `Covered` for each such rule.
Never here: whether packets like that can come (`findings`), text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vbtui.firewall.boxes import INBOUND, OUTBOUND, Box, Space, bits, without
from vbtui.firewall.rules import CompiledFirewall, CompiledRule
from vbtui.vocabulary import Action

_REFUSING = (Action.DENY, Action.REJECT)

_MOST_PIECES = 200
"""Of more pieces what comes to a rule is not followed; it is asked what the rules behind it would get."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A rule that could be left out, and the rules because of which."""

    rule: CompiledRule
    covering: tuple[CompiledRule, ...]
    """In the list's order."""
    differs: bool
    """Some of its packets get another action: it is shadowed."""
    backwards: bool
    """`covering` come later; else they come earlier."""
    default: bool = False
    """The default answers for some of its packets; only backwards."""


def covered_rules(firewall: CompiledFirewall) -> tuple[Covered, ...]:
    """Every enabled rule of the firewall that is unreachable or redundant backwards, in the list's order.

    Rules that match nothing are left out.
    """
    return _Coverage(firewall).found()


def evaluation_order(firewall: CompiledFirewall) -> tuple[CompiledRule, ...]:
    """The enabled rules in the order in which they decide; without those that an allow-list never looks at."""
    enabled = [rule for rule in firewall.rules if rule.enabled]
    if firewall.evaluation == "first-match":
        return tuple(enabled)
    refusing = [rule for rule in enabled if rule.action in _REFUSING]
    opaque = [rule for rule in enabled if rule.action is Action.UNKNOWN]
    allowing = [rule for rule in enabled if rule.action is Action.ALLOW]
    if firewall.evaluation == "deny-overrides":
        return (*refusing, *opaque, *allowing)
    return (*allowing, *opaque)


class _Coverage:
    """The search in one firewall. Rules go by their place in the order; a set of them is a mask of places."""

    def __init__(self, firewall: CompiledFirewall) -> None:
        self._firewall = firewall
        self._rules = evaluation_order(firewall)
        host = firewall.kind == "host"
        self._spaces = tuple(Space(self._rules, v6=v6, host=host) for v6 in (False, True))
        self._actions = {action: self._mask(rule.action is action for rule in self._rules) for action in Action}
        self._certain = ((1 << len(self._rules)) - 1) & ~self._actions[Action.UNKNOWN]
        self._kept = (1 << len(self._rules)) - 1
        self._pieces: dict[tuple[int, int], tuple[Box, ...] | None] = {}

    @staticmethod
    def _mask(which: Iterable[bool]) -> int:
        return sum(1 << place for place, yes in enumerate(which) if yes)

    def found(self) -> tuple[Covered, ...]:
        found = {}
        for place in range(len(self._rules)):
            if (one := self._unreachable(place)) is not None:
                found[place] = one
                self._kept &= ~(1 << place)
        for place in reversed(range(len(self._rules))):
            if place not in found and (one := self._redundant_backwards(place)) is not None:
                found[place] = one
                self._kept &= ~(1 << place)
        return tuple(sorted(found.values(), key=lambda one: one.rule.number))

    # ---- unreachable ------------------------------------------------------------------------------------------------

    def _unreachable(self, place: int) -> Covered | None:
        earlier = self._certain & self._kept & ((1 << place) - 1)
        used = self._cover(place, earlier)
        if used is None:
            return None
        differing = self._first_otherwise(place, earlier)
        needed = self._needed(place, used if differing is None else used | {differing}, differing)
        return Covered(self._rules[place], self._listed(needed), differs=differing is not None, backwards=False)

    def _cover(self, place: int, others: int) -> frozenset[int] | None:
        """Some of the others that together match all of the rule, None if they do not or it matches nothing."""
        used: frozenset[int] = frozenset()
        empty = True
        for space in self._spaces:
            box = space.boxes[place]
            if box is None:
                continue
            empty = False
            holding = space.holding(place) & others
            if holding:
                used |= {next(bits(holding))}
                continue
            meeting = space.meeting(place) & others
            found = None if space.bare(box, meeting) else space.cover(box, bits(meeting))
            if found is None:
                return None
            used |= found
        return None if empty else used

    def _first_otherwise(self, place: int, earlier: int) -> int | None:
        """The first of the earlier rules that decides some packet of the rule with another action."""
        otherwise = earlier & ~self._actions[self._rules[place].action]
        meeting = [space.meeting(place) & otherwise for space in self._spaces]
        for other in bits(meeting[0] | meeting[1]):
            before = earlier & ((1 << other) - 1)
            if any(self._leaves(space, space.boxes[place], other, before) for space in self._spaces):
                return other
        return None

    def _leaves(self, space: Space, box: Box | None, other: int, before: int) -> bool:
        """Whether some packet of the box is matched by that other rule and by none of those before."""
        theirs = space.boxes[other]
        if box is None or theirs is None:
            return False
        if space.holding(other) & before:
            return False  # one of those before takes all that it could
        common = (box[0] & theirs[0], box[1] & theirs[1], box[2] & theirs[2], box[3] & theirs[3])
        return all(common) and not _covers(space, common, space.meeting(other) & before)

    def _needed(self, place: int, used: frozenset[int], differing: int | None) -> list[int]:
        """Those of a cover without which the rest would be none, the last tried first; the differing one stays."""
        kept = sorted(used)
        for one in sorted(used, reverse=True):
            rest = [other for other in kept if other != one]
            if one != differing and all(
                box is None or space.cover(box, rest) is not None
                for space in self._spaces
                for box in (space.boxes[place],)
            ):
                kept = rest
        return kept

    # ---- redundant backwards ----------------------------------------------------------------------------------------

    def _redundant_backwards(self, place: int) -> Covered | None:
        rule = self._rules[place]
        if rule.action is Action.UNKNOWN or all(space.boxes[place] is None for space in self._spaces):
            return None
        everything = (1 << len(self._rules)) - 1
        later = (self._kept | everything & ~self._actions[rule.action]) & ~((2 << place) - 1)
        if not self._same_without(place, later):
            return None
        alike = later & self._actions[rule.action]
        used = 0
        # None of them may be needed, as where only the default is left.
        if not self._same_without(place, later & ~alike):
            meeting = 0
            for space in self._spaces:
                meeting |= space.meeting(place)
            used = alike & meeting
            for one in reversed(tuple(bits(used))):
                if self._same_without(place, later & ~(alike & ~used) & ~(1 << one)):
                    used &= ~(1 << one)
        earlier = self._certain & self._kept & ((1 << place) - 1)
        default = any(
            box is not None and not _covers(space, box, space.meeting(place) & (earlier | used))
            for space in self._spaces
            for box in (space.boxes[place],)
        )
        return Covered(rule, self._listed(bits(used)), differs=False, backwards=True, default=default)

    def _same_without(self, place: int, later: int) -> bool:
        """Whether every packet of the rule gets its action all the same, with `later` of the rules behind it."""
        for space in self._spaces:
            box = space.boxes[place]
            if box is None:
                continue
            pieces = self._reaching(space, place, box)
            same = None if pieces is None else self._walked(space, place, pieces, later)
            if same is None:
                same = self._compared(space, place, box, later)
            if not same:
                return False
        return True

    def _reaching(self, space: Space, place: int, box: Box) -> tuple[Box, ...] | None:
        """The packets of a rule that come to it, None if they are in too many pieces."""
        key = (self._spaces.index(space), place)
        if key not in self._pieces:
            earlier = self._certain & self._kept & ((1 << place) - 1) & space.meeting(place)
            self._pieces[key] = space.left(box, bits(earlier), _MOST_PIECES)
        return self._pieces[key]

    def _walked(self, space: Space, place: int, pieces: tuple[Box, ...], later: int) -> bool | None:
        """The answer, by sending those packets on to the rules behind; None if they fall into too many pieces."""
        rule = self._rules[place]
        for piece in pieces:
            left: tuple[Box, ...] = (piece,)
            for other in bits(later & space.meeting(place)):
                taken = space.boxes[other]
                assert taken is not None  # it meets the rule
                rest = tuple(one for part in left for one in without(part, taken))
                if rest != left and self._rules[other].action is not rule.action:
                    return False
                left = rest
                if len(left) > _MOST_PIECES:
                    return None
                if not left:
                    break
            if any(part[3] & self._defaults_otherwise(rule) for part in left):
                return False
        return True

    def _compared(self, space: Space, place: int, box: Box, later: int) -> bool:
        """The same answer, by asking of every rule that does otherwise whether it would get a packet."""
        rule = self._rules[place]
        earlier = self._certain & self._kept & ((1 << place) - 1)
        others = earlier | later & self._certain
        meeting = space.meeting(place)
        to_default = (box[0], box[1], box[2], box[3] & self._defaults_otherwise(rule))
        if all(to_default) and not _covers(space, to_default, meeting & others):
            return False
        return not any(
            self._leaves(space, box, other, meeting & others & ((1 << other) - 1))
            for other in bits(later & meeting & ~self._actions[rule.action])
        )

    def _defaults_otherwise(self, rule: CompiledRule) -> int:
        """The directions in which the default is another action than the rule's."""
        if self._firewall.kind == "network":
            return 0 if self._firewall.inbound is rule.action else OUTBOUND
        outbound = 0 if self._firewall.outbound is rule.action else OUTBOUND
        return outbound | (0 if self._firewall.inbound is rule.action else INBOUND)

    def _listed(self, places: Iterable[int]) -> tuple[CompiledRule, ...]:
        return tuple(sorted((self._rules[place] for place in places), key=lambda rule: rule.number))


def _covers(space: Space, box: Box, others: int) -> bool:
    return not space.bare(box, others) and space.cover(box, bits(others)) is not None
