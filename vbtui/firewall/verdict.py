"""What an evaluation asks and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.topology import Address
from vbtui.vocabulary import Action, Service


class Reason(StrEnum):
    """Why a hop decided as it did."""

    RULE = "rule"
    DEFAULT = "default"
    SAME_ZONE = "same_zone"
    """No network firewall between two machines of one zone: the file's `defaults.same_zone`."""
    SAME_NODE = "same_node"
    """Source and destination are one machine: no firewall is crossed."""
    NO_PATH = "no_path"
    """Two zones without a path: the file's `defaults.unlisted_path`."""
    TRANSLATED = "translated"
    """Addresses are translated between the two zones: which ones the rules see is not known."""
    NO_ADDRESS = "no_address"
    """One of the two has no address that the other could use."""
    WHAT_IF = "what_if"
    """No firewall was asked: a person has said what becomes of this connection (`Policy.with_connection`)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One packet header class: from one address to another, to the ports of one service.

    `source` and `destination` are node or VM names; they find the host firewalls. The source port is any high port.
    """

    source: str
    source_address: Address
    source_zone: str
    destination: str
    destination_address: Address
    destination_zone: str
    service: Service


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the asked port range with one answer at one hop."""

    low: int
    high: int
    action: Action
    reason: Reason
    rule: str | None
    """Name of the rule that matched; None for a default."""
    rule_number: int | None
    """Its place in the list, counted from 1."""

    @property
    def refuses(self) -> bool:
        """Certainly does not let these ports through: neither allowed nor unknown."""
        return self.action in (Action.DENY, Action.REJECT)


@dataclass(frozen=True, slots=True)
class Hop:
    """One place on the path that may decide: a host firewall, a network firewall, or a default of the file."""

    name: str
    """The firewall's name, or the reason's value where no firewall stands."""
    where: str
    """`source`, `path`, `destination`, or `reply` for the mirrored flow of a stateless firewall."""
    segments: tuple[Segment, ...]
    """In rising order of ports; together they are exactly the ports that reached this hop, or may have reached it, and
    for a reply the initiator's ports 1024-65535."""

    @property
    def allows(self) -> bool:
        """All ports that reached this hop certainly pass it."""
        return all(segment.action is Action.ALLOW for segment in self.segments)

    @property
    def refuses(self) -> bool:
        """Some port that reached this hop certainly does not pass it."""
        return any(segment.refuses for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one service from one machine to another.

    `action` is allow only if every port of the range certainly passes every hop. If any port certainly does not pass,
    `hop` and `segment` are the first that refuses and the action is what the initiator notices: that of `segment`,
    except that a rejected reply is deny, since only the replying side hears of it. If none is certainly refused but
    the fate of some is not known, the action is unknown, and `hop` and `segment` are the first that is unknown.
    """

    source: str
    destination: str
    service: Service
    source_address: Address | None
    destination_address: Address | None
    action: Action
    hop: Hop | None
    """The deciding hop: the first that refuses, else the first that is unknown, and when all allow the last one before
    the replies; None within one node and where nothing stands between two machines."""
    segment: Segment | None
    """The part of `hop` that decided: its first that refuses, or is unknown; otherwise its first."""
    hops: tuple[Hop, ...]
    missing: tuple[tuple[int, int], ...] = ()
    """Port ranges that certainly do not get through, ascending; empty when allowed."""
    unknown: tuple[tuple[int, int], ...] = ()
    """Port ranges whose fate is not known, ascending, apart from `missing`; empty when allowed."""

    @property
    def allowed(self) -> bool:
        return self.action is Action.ALLOW

    @property
    def is_local(self) -> bool:
        """Within one machine: no firewall is crossed, so nothing can block it."""
        return self.source == self.destination

    @property
    def partial(self) -> bool:
        """Some ports of the range certainly pass, and others do not or may not."""
        passing = self.service.high - self.service.low + 1
        passing -= sum(high - low + 1 for low, high in (*self.missing, *self.unknown))
        return not self.allowed and passing > 0
