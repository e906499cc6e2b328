"""What a person may change in mid-run: typed, each with one canonical text.

A change is bound to an event id and acts from that event on; everything before it stays as it was. The text is what
`play --change` reads and what a trace keeps: `EVENT:KIND=ARGUMENTS`, the arguments with commas.
No name of a file holds a colon, a comma or an equals sign, so the text can be read back in one way only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vbtui.vocabulary import Component, Service


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A firewall rule is switched on or off. Open connections live on, new ones obey."""

    firewall: str
    rule: str
    enabled: bool

    def __str__(self) -> str:
        return f"rule={self.firewall},{self.rule},{_switch(self.enabled)}"


@dataclass(frozen=True, slots=True)
class ConnectionSet:
    """A service between two machines gets through or does not, whatever the firewalls say. An open connection lives on,
    new ones obey."""

    source: str
    destination: str
    service: Service
    allowed: bool

    def __str__(self) -> str:
        return f"{'allow' if self.allowed else 'block'}={self.source},{self.destination},{self.service}"


@dataclass(frozen=True, slots=True)
class ServiceSet:
    """A service on a machine stops or starts. A stopped service refuses new connections; a stopped data mover does
    nothing more, as a killed one, until it is started."""

    node: str
    component: Component
    running: bool

    def __str__(self) -> str:
        return f"service={self.node},{self.component},{_switch(self.running)}"


@dataclass(frozen=True, slots=True)
class SlotsSet:
    """Another number of task slots on a proxy or repository. Tasks that hold one keep it."""

    node: str
    slots: int

    def __str__(self) -> str:
        return f"slots={self.node},{self.slots}"


@dataclass(frozen=True, slots=True)
class FailoverSet:
    """The job option "failover to network mode"."""

    enabled: bool

    def __str__(self) -> str:
        return f"failover={_switch(self.enabled)}"


@dataclass(frozen=True, slots=True)
class CbtReset:
    """Changed block tracking of a VM loses its history: the next query knows nothing."""

    vm: str

    def __str__(self) -> str:
        return f"cbt-reset={self.vm}"


@dataclass(frozen=True, slots=True)
class ProcessKilled:
    """The data movers of a proxy or repository die: they do nothing more, their copies break, and what a proxy held
    attached stays so."""

    node: str

    def __str__(self) -> str:
        return f"kill={self.node}"


WorldChange = RuleSet | ConnectionSet | ServiceSet | SlotsSet | FailoverSet | CbtReset | ProcessKilled


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the world, from the event of that id on."""

    event: str
    what: WorldChange

    def __str__(self) -> str:
        return f"{self.event}:{self.what}"

    @classmethod
    def parse(cls, text: str) -> Change:
        """Read the canonical text. Raises ValueError for anything else."""
        event, _, rest = text.rpartition(":")
        kind, _, arguments = rest.partition("=")
        parts = arguments.split(",")
        if not event or kind not in _ARGUMENTS or len(parts) != _ARGUMENTS[kind]:
            raise ValueError(text)
        return cls(event, _parse(kind, parts))


MOST_SLOTS = 1000
"""As many task slots as a topology file may give a node."""

_ARGUMENTS = {"rule": 3, "block": 3, "allow": 3, "service": 3, "slots": 2, "failover": 1, "cbt-reset": 1, "kill": 1}


def _switch(on: bool) -> str:
    return "on" if on else "off"


def _on(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError(text)
    return text == "on"


def _slots(text: str) -> int:
    """A count from 0 to 1000, as the file allows at most, in its one canonical spelling."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,3}", text) or int(text) > MOST_SLOTS:
        raise ValueError(text)
    return int(text)


def _connection(parts: list[str], *, allowed: bool) -> ConnectionSet:
    """Two machines and ports, in their one canonical spelling. What stays inside one machine cannot be blocked."""
    source, destination, ports = parts
    service = Service.parse(ports)
    if source == destination or str(service) != ports:
        raise ValueError(",".join(parts))
    return ConnectionSet(source, destination, service, allowed)


def _parse(kind: str, parts: list[str]) -> WorldChange:
    match kind:
        case "block" | "allow":
            return _connection(parts, allowed=kind == "allow")
        case "rule":
            return RuleSet(parts[0], parts[1], _on(parts[2]))
        case "service":
            return ServiceSet(parts[0], Component(parts[1]), _on(parts[2]))
        case "slots":
            return SlotsSet(parts[0], _slots(parts[1]))
        case "failover":
            return FailoverSet(_on(parts[0]))
        case "cbt-reset":
            return CbtReset(parts[0])
        case _:
            return ProcessKilled(parts[0])
