"""One flow, hop by hop, and why a job would open it.

In: a topology, two machines by name or address, and a service as text. Out: the verdicts of its services and the
required connections of the topology's jobs that such a flow serves.
Never here: text; unknown names are errors with what was found and what is close to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from vbtui.firewall import Policy, Verdict
from vbtui.planning.report import RequiredConnection
from vbtui.planning.required import required_by
from vbtui.topology import Node, Topology, Vm, addresses_of
from vbtui.topology.problems import suggestion, visible
from vbtui.vocabulary import Level, Profile, Service


class UnknownMachineError(LookupError):
    """No node or VM of that name. `suggestion` is the closest name, None if none is close."""

    def __init__(self, found: str, known: tuple[str, ...]) -> None:
        self.found = visible(found)
        self.suggestion = suggestion(found, known)
        super().__init__(self.found)


class UnknownServiceTextError(LookupError):
    """Neither `PROTOCOL/PORT` nor a service of the file. `suggestion` as for machines; a port alone may be of TCP."""

    def __init__(self, found: str, known: tuple[str, ...]) -> None:
        self.found = visible(found)
        self.suggestion = _of_tcp(found) or suggestion(found, known)
        super().__init__(self.found)


@dataclass(frozen=True, slots=True)
class Purpose:
    """A job that could open the flow, and the connection of its list."""

    job: str
    connection: RequiredConnection


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one pair of machines."""

    verdicts: tuple[Verdict, ...]
    """One for each asked service, in the order asked: a named service may stand for several."""
    purposes: tuple[Purpose, ...]
    """Rows of all levels whose service shares a port with an asked one; empty if no job needs the flow."""

    @property
    def allowed(self) -> bool:
        """Every asked service gets through completely."""
        return all(verdict.allowed for verdict in self.verdicts)


def explain(
    topology: Topology,
    source: str,
    destination: str,
    service: str,
    *,
    profile: Profile | None = None,
    policy: Policy | None = None,
) -> Explanation:
    """What the firewalls say to `service` from `source` to `destination`, and which rows ask for it. A machine may be
    named by one of its addresses; which of them the connection uses is in the verdict.

    `service` is `tcp/902`, `tcp/2500-3300` or a name of the file's `services:`. Raises UnknownMachineError,
    UnknownServiceTextError.
    """
    source, destination = _machine(topology, source), _machine(topology, destination)
    services = _services(topology, service)
    rules = policy or Policy(topology)
    verdicts = tuple(rules.evaluate(source, destination, one) for one in services)
    required = required_by(topology, topology.jobs, profile, levels=Level, policy=rules, between=(source, destination))
    purposes = tuple(
        Purpose(job.name, connection)
        for job, connections in zip(topology.jobs, required, strict=True)
        for connection in connections
        if any(_overlap(connection.asked.service, one) for one in services)
    )
    return Explanation(verdicts, purposes)


def _machine(topology: Topology, text: str) -> str:
    """The node or VM that has this name, or else this address: no two have the same. Raises UnknownMachineError."""
    machines: dict[str, Node | Vm] = {node.name: node for node in topology.nodes}
    machines |= {vm.name: vm for vm in topology.vms}
    if text in machines:
        return text
    try:
        address = ip_address(text)
    except ValueError:
        raise UnknownMachineError(text, tuple(machines)) from None
    for name, machine in machines.items():
        if any(one.address == address for one in addresses_of(machine)):
            return name
    raise UnknownMachineError(text, tuple(machines))


def _of_tcp(text: str) -> str | None:
    """The service that a port or a range of ports is, if it is one of TCP."""
    try:
        return str(Service.parse(f"tcp/{text}"))
    except ValueError:
        return None


def _services(topology: Topology, text: str) -> tuple[Service, ...]:
    if text in topology.services:
        return topology.services[text]
    try:
        return (Service.parse(text),)
    except ValueError:
        raise UnknownServiceTextError(text, tuple(topology.services)) from None


def _overlap(ours: Service, theirs: Service) -> bool:
    return ours.protocol is theirs.protocol and ours.low <= theirs.high and theirs.low <= ours.high
