"""On what a change can act: on what the simulation goes by, and on nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, topologies

from vbtui.topology import Topology
from vbtui.trace import EventKind, Trace
from vbtui.vocabulary import Component, Profile
from vbtui.workflow import Change, History, Lack, UnknownChangeError, simulate
from vbtui.workflow.acting import components_of, data_movers

Named = Callable[[str], Topology]

MOVERS = ("px-san", "px-vm", "repo01")
MACHINES = (
    "app01",
    "dns01",
    "esx01",
    "esx02",
    "legacy01",
    "px-san",
    "px-vm",
    "repo01",
    "sql01",
    "vbr01",
    "vc01",
    "web01",
)


@pytest.mark.parametrize(
    ("change", "lack", "found", "expected"),
    [
        *((f"kill={one}", Lack.DATA_MOVER, one, MOVERS) for one in ("vbr01", "esx01", "vc01", "sql01", "nobody")),
        *((f"slots={one},3", Lack.SLOTS, one, MOVERS) for one in ("vbr01", "esx01", "web01", "nobody")),
        (
            "service=vbr01,transport_service,off",
            Lack.COMPONENT,
            "vbr01",
            (Component.BACKUP_SERVICE, Component.GUEST_INTERACTION_PROXY),
        ),
        ("service=vc01,data_mover,off", Lack.COMPONENT, "vc01", (Component.VSPHERE_API,)),
        ("service=esx01,vmware_tools,off", Lack.COMPONENT, "esx01", (Component.NFC, Component.VSPHERE_API)),
        ("service=web01,guest_runtime,on", Lack.COMPONENT, "web01", (Component.SSH_SERVER, Component.VMWARE_TOOLS)),
        # No event of a run asks for a name.
        ("service=dns01,dns,off", Lack.COMPONENT, "dns01", ()),
        ("service=nobody,dns,off", Lack.MACHINE, "nobody", MACHINES),
        ("block=px-vm,nobody,tcp/902", Lack.MACHINE, "nobody", MACHINES),
        ("rule=cor,proxy-nfc,off", Lack.FIREWALL, "cor", ("core",)),
        ("cbt-reset=px-vm", Lack.TRACKING, "px-vm", ("app01", "legacy01", "sql01", "web01")),
    ],
)
def test_what_has_nothing_to_act_on_is_refused_with_what_has(
    change: str, lack: Lack, found: str, expected: tuple[str, ...], named: Named
) -> None:
    topology = named("classroom")
    with pytest.raises(UnknownChangeError) as caught:
        simulate(topology, topology.jobs[0], changes=[Change.parse(f"job/1.0/start:{change}")])
    assert caught.value.changes == (change,)
    (objection,) = caught.value.objections
    assert (objection.lack, objection.found, objection.expected) == (lack, found, expected)


def test_a_vm_whose_tracking_cannot_hold_is_no_vm_to_reset_it_on(named: Named) -> None:
    """Below virtual hardware 7 never; while a snapshot keeps it from being enabled, only after a first run."""
    topology = _with_vm(named("classroom"), "sql01", snapshots=1)
    reset = Change.parse("job/1.0/start:cbt-reset=sql01")
    with pytest.raises(UnknownChangeError):
        simulate(topology, topology.jobs[0], changes=[reset])
    simulate(topology, topology.jobs[0], history=History(frozenset({"sql01"})), changes=[reset])
    for without in ({"hardware_version": 4}, {"cbt": False}):
        old = _with_vm(named("classroom"), "sql01", **without)
        with pytest.raises(UnknownChangeError):
            simulate(old, old.jobs[0], history=History(frozenset({"sql01"})), changes=[reset])


def test_of_a_share_the_gateway_server_runs_the_data_mover(named: Named) -> None:
    document = named("small-office").model_dump(mode="json", by_alias=True)
    share = {"name": "nas", "roles": ["share"], "zone": "hosts", "address": "192.168.20.99"}
    shared = {"name": "shared", "roles": ["repository"], "gateway": "backup", "share": "nas"}
    document["nodes"] += [share, shared | {"zone": "hosts", "address": "192.168.20.98"}]
    document["jobs"][0]["repository"] = "shared"
    topology = Topology.model_validate(document)
    assert data_movers(topology) == {"backup"}
    assert components_of(topology, "nas") == {Component.STORAGE}
    assert components_of(topology, "shared") == frozenset()


def _with_vm(topology: Topology, name: str, **fields: Any) -> Topology:
    vms = tuple(vm.model_copy(update=fields) if vm.name == name else vm for vm in topology.vms)
    return topology.model_copy(update={"vms": vms})


@examples(60)
@given(topologies(), st.sampled_from(Profile), st.booleans())
def test_everything_that_a_run_connects_to_can_be_stopped(topology: Topology, profile: Profile, again: bool) -> None:
    history = History.of_every_vm(topology) if again else None
    trace = simulate(topology, topology.jobs[0], profile=profile, history=history)
    machines = {*(node.name for node in topology.nodes), *(vm.name for vm in topology.vms)}
    for node, component in _connected(trace):
        if node in machines:
            assert component in components_of(topology, node, profile)
    movers = data_movers(topology)
    assert {name for task in trace.tasks for name in (task.proxy, task.repository) if name is not None} <= movers


def _connected(trace: Trace) -> set[tuple[str, Component]]:
    ends = (event.destination for event in trace if event.kind is EventKind.CONNECT)
    return {(end.node, end.component) for end in ends if end is not None}
