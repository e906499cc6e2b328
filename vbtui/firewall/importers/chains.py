"""Chains of rules as the Linux packet filter has them, whichever program wrote them down.

Decided here: the shapes between a reader (`nft`, `iptables`) and the walk through the chains (`walk`): what a rule asks
of a packet, what it does with it, and where a base chain stands. A reader that does not understand a condition keeps
what it does understand in the box and says why in `doubt`.
Never here: an order of evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from vbtui.firewall.importers.imported import OpaqueReason
from vbtui.firewall.importers.space import EVERYTHING, Box, Ports
from vbtui.firewall.intervals import minus
from vbtui.vocabulary import Action

HIGH_PORTS: Final[Ports] = ((1024, 65535),)
"""What counts as every source port: the initiator's port is one of them."""


class Packet(Enum):
    """The two kinds of packet that matter: the first of a connection, and those that answer it."""

    FIRST = "new"
    REPLY = "established"


States = frozenset[str]
"""Words of connection tracking: new, established, related, invalid, untracked."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something of a rule that was not understood."""

    reason: OpaqueReason
    detail: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of a packet: everything together."""

    box: Box = EVERYTHING
    states: States | None = None
    source_ports: Ports | None = None
    """None where the rule does not ask for them."""
    loopback: bool = False
    """Only what stays inside the machine."""
    doubt: Doubt | None = None

    def doubt_about(self, packet: Packet) -> Doubt | None:
        """Why it is not known whether a packet inside the box matches, or None."""
        if self.doubt is not None or self.source_ports is None:
            return self.doubt
        if packet is Packet.FIRST and not minus(HIGH_PORTS, self.source_ports):
            return None
        ports = ",".join(f"{low}-{high}" for low, high in self.source_ports)
        return Doubt(OpaqueReason.SOURCE_PORT, ports)


class Verdict(Enum):
    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    UNKNOWN = "unknown"
    """Decided elsewhere."""
    JUMP = "jump"
    GOTO = "goto"
    RETURN = "return"
    NONE = "none"
    """The rule goes on to the next one."""


FINAL: Final[Mapping[Verdict, Action]] = {
    Verdict.DROP: Action.DENY,
    Verdict.REJECT: Action.REJECT,
    Verdict.UNKNOWN: Action.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class ChainRule:
    """One rule of a chain, or one of several that stand for one rule of the file: they share their `place`."""

    place: str
    """Its file with line or handle."""
    words: str
    condition: Condition
    verdict: Verdict
    target: str = ""
    """The chain of a jump or goto."""
    name: str = ""
    """What it may be called where it has no comment."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    key: tuple[str, str, str]
    """Family, table, name: jumps stay inside a table."""
    rules: tuple[ChainRule, ...]


@dataclass(frozen=True, slots=True)
class BaseChain:
    """A chain that packets enter by themselves. `versions` are the IP versions that it sees."""

    chain: Chain
    hook: Literal["forward", "input", "output"]
    versions: frozenset[int]
    priority: int
    policy: Literal["accept", "drop"]
