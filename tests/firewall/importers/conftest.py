"""Asking imported rules what becomes of a flow, by the obvious evaluator."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

import pytest

from vbtui.firewall.evaluation import Checkpoint, Where, decision, traverse
from vbtui.firewall.importers import ImportedRules
from vbtui.firewall.rules import Direction, compile_firewall
from vbtui.firewall.verdict import Flow
from vbtui.topology import Topology, load, resolve
from vbtui.vocabulary import Protocol, Service

Ask = Callable[..., str]


@pytest.fixture(scope="session")
def classroom() -> Topology:
    return load(resolve("classroom")).topology


@pytest.fixture(scope="session")
def asking(classroom: Topology) -> Callable[[ImportedRules], Ask]:
    """`asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 443)` is allow, deny, reject or unknown."""

    def asking(imported: ImportedRules) -> Ask:
        networks = {**classroom.networks, **imported.networks}
        firewall = imported.firewall("imported")
        compiled = compile_firewall(classroom.model_copy(update={"networks": networks}), firewall)

        def ask(source: str, destination: str, protocol: str, port: int, direction: Direction = "inbound") -> str:
            service = Service(Protocol(protocol), port, port)
            flow = Flow("a", ip_address(source), "", "b", ip_address(destination), "", service)
            where: Where = (
                "path" if imported.kind == "network" else "source" if direction == "outbound" else "destination"
            )
            passage = traverse(flow, [Checkpoint(compiled, where, direction)])
            return decision(passage.hops)[0].value

        return ask

    return asking
