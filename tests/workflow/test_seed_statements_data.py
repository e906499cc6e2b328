"""Every numbered statement of the process description is a test of its number: from the snapshot to its commit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from strategies import document_of, examples, topologies

from vbtui.topology import Topology
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Component, Outcome, Phase, Result, Service, StepId, TransportMode
from vbtui.workflow import Change, FailoverSet, ProcessKilled, simulate

Named = Callable[[str], Topology]
Run = Callable[..., Trace]
Pick = Callable[..., list[Event]]

NFC = Service.parse("tcp/902")
MODE_STEPS = {StepId.DIRECT_STORAGE, StepId.HOTADD, StepId.NETWORK}
ON_RANDOM = examples(30)


def machines(event: Event) -> tuple[str, str]:
    assert event.source is not None and event.destination is not None
    return event.source.node, event.destination.node


def origin(event: Event) -> Component:
    assert event.source is not None
    return event.source.component


# 3. Snapshot, 4. release ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "vm", "asked"), [("classroom", "sql01", "vc01"), ("small-office", "files", "esx")])
def test_3_the_vcenter_or_the_host_is_asked_for_the_snapshot(
    name: str, vm: str, asked: str, run: Run, pick: Pick
) -> None:
    request, created = pick(run(name), step=StepId.SNAPSHOT, vm=vm)
    assert (machines(request)[1], str(request.services[0])) == (asked, "tcp/443")
    assert (created.code, created.cause) == ("snapshot.created", request.id)


@ON_RANDOM
@given(topologies())
def test_3_no_disk_is_read_before_the_snapshot(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    for event in trace:
        if event.kind in (EventKind.TRANSFER, EventKind.ATTACH):
            assert trace.by_id[f"{event.vm}/3/snapshot"].end_ms <= event.start_ms


@ON_RANDOM
@given(topologies())
def test_4_release_comes_immediately_after_the_snapshot_of_the_same_vm(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    for event in trace:
        if event.kind is EventKind.SNAPSHOT:
            release = trace.by_id[f"{event.vm}/4/release"]
            assert (release.start_ms, release.cause) == (event.end_ms, event.id)


def test_4_no_vm_waits_for_the_freeze_of_another(run: Run) -> None:
    by_id = run("classroom").by_id
    assert by_id["sql01/6/commit"].start_ms < by_id["legacy01/2.2/freeze"].start_ms


# 5. Data transport ----------------------------------------------------------------------------------------------------


def test_5_one_job_shows_all_three_transport_modes(run: Run) -> None:
    modes = {task.id: task.mode for task in run("classroom").tasks}
    assert modes == {
        "sql01/sql01.vmdk": TransportMode.SAN,
        "sql01/sql01_1.vmdk": TransportMode.SAN,
        "web01/web01.vmdk": TransportMode.HOTADD,
        "legacy01/legacy01.vmdk": TransportMode.NBD,
        "app01/app01.vmdk": TransportMode.HOTADD,
    }


@ON_RANDOM
@given(topologies())
def test_5_all_three_modes_read_the_configuration_over_902_before_they_read_data(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    for data in (event for event in trace if event.kind is EventKind.TRANSFER):
        mine = [event for event in trace if event.task == data.task and event.position < data.position]
        (nfc,) = [event for event in mine if NFC in event.services and event.code.startswith("connect.")]
        (vmx,) = [event for event in mine if event.code == "vmx.read"]
        assert (
            machines(nfc)
            == machines(vmx)
            == (trace.task(*str(data.task).split("/")).proxy, topology.vm(data.vm or "").host)
        )
        assert nfc.position < vmx.position
        assert vmx.destination is not None and vmx.destination.component is Component.NFC


@ON_RANDOM
@given(topologies())
def test_5_only_network_mode_carries_disk_data_over_902(topology: Topology) -> None:
    """902 is the host's NFC service: whatever leaves it as data is network mode, and nothing else leaves it."""
    trace = simulate(topology, topology.jobs[0])
    for event in trace:
        if event.kind is EventKind.TRANSFER:
            assert (origin(event) is Component.NFC) == (event.step is StepId.NETWORK)
            assert (event.param("mode") == TransportMode.NBD) == (event.step is StepId.NETWORK)


@ON_RANDOM
@given(topologies())
def test_5_1_direct_storage_access_reads_from_the_datastore_past_the_host(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    for event in trace:
        if event.kind is EventKind.TRANSFER and event.step is StepId.DIRECT_STORAGE:
            disk = next(one for one in topology.vm(event.vm or "").disks if one.name == event.disk)
            assert (machines(event)[0], origin(event)) == (disk.datastore, Component.STORAGE)


def test_5_1_over_iscsi_the_proxy_connects_to_the_array_of_its_own_disk_only(named: Named) -> None:
    document = document_of(named("two-site"))
    document["nodes"].append(
        {"name": "array02", "roles": ["storage_array"], "zone": "hq-storage", "address": "10.1.30.11"}
    )
    document["datastores"].append({"name": "second", "fabric": "iscsi", "array": "array02"})
    for node in document["nodes"]:
        if node["name"] == "esx-hq":
            node["datastores"] = [*node["datastores"], "second"]
    document["vms"][0]["disks"][1]["datastore"] = "second"
    document["jobs"][0]["vms"] = ["erp"]
    topology = Topology.model_validate(document)
    trace = simulate(topology, topology.jobs[0])
    asked = {event.disk: machines(event)[1] for event in trace if "/storage-iscsi/" in event.id}
    assert asked == {"erp.vmdk": "array01"}
    assert trace.task("erp", "erp_1.vmdk").rejected[0].code == "mode.san-no-access"


def test_5_2_hotadd_attaches_the_snapshots_disk_reads_over_vscsi_and_lets_go(run: Run) -> None:
    by_id = run("classroom").by_id
    attach, data, detach = (by_id[f"web01/web01.vmdk/5.2/{name}"] for name in ("attach", "data", "detach"))
    assert (data.cause, detach.cause) == (attach.id, data.id)
    assert (machines(data)[0], origin(data)) == ("esx02", Component.VSCSI)
    assert detach.end_ms <= by_id["web01/6/commit"].start_ms


@ON_RANDOM
@given(topologies())
def test_5_2_every_attached_disk_is_detached_after_its_copy(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    attached = [event.task for event in trace if event.code == "disk.attached"]
    detached = [event.task for event in trace if event.code == "disk.detached"]
    assert sorted(attached, key=str) == sorted(detached, key=str)


def test_5_2_a_killed_data_mover_leaves_its_disk_attached_and_the_snapshot_locked(named: Named) -> None:
    topology = named("classroom")
    kill = Change("web01/web01.vmdk/5.2/data", ProcessKilled("px-vm"))
    trace = simulate(topology, topology.jobs[0], changes=[kill])
    assert trace.by_id["web01/web01.vmdk/5.2/detach"].code == "disk.left-attached"
    assert trace.by_id["web01/6/commit"].code == "snapshot.locked"
    assert next(vm for vm in trace.vms if vm.vm == "web01").snapshot_left


def test_5_a_data_mover_that_was_killed_before_fails_at_the_first_thing_it_should_do(named: Named, pick: Pick) -> None:
    topology = named("classroom")
    trace = simulate(topology, topology.jobs[0], changes=[Change("web01/3/snapshot", ProcessKilled("px-vm"))])
    for disk in ("web01/web01.vmdk", "legacy01/legacy01.vmdk"):
        vm, name = disk.split("/")
        assert [
            (event.code, event.kind, machines(event))
            for event in pick(trace, vm=vm, disk=name, phase=Phase.DATA_TRANSPORT)
        ] == [
            ("mover.dead", EventKind.PROCESS, ("vbr01", "px-vm")),
            ("task.failed", EventKind.RESULT, ("vbr01", "px-vm")),
        ]
    assert not any(event.code == "transfer.broken" for event in trace)


@pytest.mark.parametrize("mover", ["px-san", "repo01"])
def test_5_a_data_mover_that_dies_during_the_copy_fails_the_task(mover: str, named: Named, run: Run) -> None:
    copy = run("classroom").by_id["sql01/sql01.vmdk/5.1/data"]
    during = next(event for event in run("classroom") if copy.start_ms < event.start_ms < copy.end_ms)
    topology = named("classroom")
    trace = simulate(topology, topology.jobs[0], changes=[Change(during.id, ProcessKilled(mover))])
    result = trace.by_id["sql01/sql01.vmdk/5/result"]
    assert trace.by_id[copy.id] == copy
    assert (result.code, result.outcome, result.param("mover")) == ("task.mover-gone", Outcome.FAIL, mover)
    assert trace.task("sql01", "sql01.vmdk").result is Result.ERROR
    assert result.id in next(vm for vm in trace.vms if vm.vm == "sql01").reasons


@pytest.mark.parametrize("failover", [True, False])
def test_5_1_storage_that_is_blocked_fails_over_to_the_network_only_if_the_job_says_so(
    failover: bool, named: Named
) -> None:
    document = document_of(named("two-site"))
    document["jobs"][0] |= {"vms": ["intranet"], "failover_to_network": failover}
    closed = {"inbound": "reject", "outbound": "allow"}
    document["firewalls"].append({"name": "own", "kind": "host", "default": closed})
    next(node for node in document["nodes"] if node["name"] == "array01")["firewall"] = "own"
    topology = Topology.model_validate(document)
    trace = simulate(topology, topology.jobs[0])
    (storage,) = (event for event in trace if "/storage-iscsi/" in event.id)
    (task,) = trace.tasks
    assert storage.outcome is (Outcome.FALLBACK if failover else Outcome.FAIL)
    assert (task.mode, task.result) == ((TransportMode.NBD, Result.SUCCESS) if failover else (None, Result.ERROR))
    assert not trace.vms[0].snapshot_left


@pytest.mark.parametrize("disk", ["web01/web01.vmdk/5.2", "legacy01/legacy01.vmdk/5.3", "sql01/sql01.vmdk/5.1"])
def test_5_a_copy_breaks_when_the_repositorys_data_mover_dies(disk: str, named: Named) -> None:
    topology = named("classroom")
    trace = simulate(topology, topology.jobs[0], changes=[Change(f"{disk}/data", ProcessKilled("repo01"))])
    broken = trace.by_id[f"{disk}/data"]
    assert (broken.code, broken.param("mover")) == ("transfer.broken", "repo01")
    vm = next(one for one in trace.vms if disk.startswith(f"{one.vm}/"))
    assert (vm.result, vm.snapshot_left) == (Result.ERROR, False)


def test_5_2_an_unreachable_share_leaves_nothing_attached(named: Named) -> None:
    document = document_of(named("classroom"))
    document["nodes"].append({"name": "nas", "roles": ["share"], "zone": "dmz", "address": "10.50.0.99"})
    for node in document["nodes"]:
        if node["name"] == "repo01":
            node |= {"hardened": False, "share": "nas"}
    topology = Topology.model_validate(document)
    trace = simulate(topology, topology.jobs[0])
    assert all(task.result is Result.ERROR for task in trace.tasks)
    assert not any(event.code in ("disk.attached", "snapshot.locked") for event in trace)
    assert not any(vm.snapshot_left for vm in trace.vms)


def test_5_3_network_mode_reads_the_disk_through_the_same_channel_as_the_configuration(run: Run, pick: Pick) -> None:
    trace = run("classroom")
    (_,) = pick(trace, vm="legacy01", step=StepId.NETWORK, destination="esx02", kind=EventKind.CONNECT)
    data = trace.by_id["legacy01/legacy01.vmdk/5.3/data"]
    assert (machines(data)[0], origin(data)) == ("esx02", Component.NFC)


@pytest.mark.parametrize("failover", [True, False])
def test_5_3_a_mode_that_cannot_be_used_fails_over_to_the_network_if_the_job_says_so(
    failover: bool, named: Named
) -> None:
    document = document_of(named("classroom"))
    for node in document["nodes"]:
        if node["name"] == "px-vm":
            node["transport"] = "san"
    document["jobs"][0] |= {"vms": ["web01"], "proxies": ["px-vm"], "failover_to_network": True}
    topology = Topology.model_validate(document)
    # The option is switched at the moment of the choice, because the scheduler gives no such proxy without it.
    switch = Change("web01/web01.vmdk/5/mode", FailoverSet(failover))
    trace = simulate(topology, topology.jobs[0], changes=[switch])
    choice = trace.by_id["web01/web01.vmdk/5/mode"]
    assert (choice.code, choice.outcome) == (
        ("mode.failed-over", Outcome.FALLBACK) if failover else ("mode.none", Outcome.FAIL)
    )
    assert trace.tasks[0].mode is (TransportMode.NBD if failover else None)
    assert [one.mode for one in trace.tasks[0].rejected] == [TransportMode.SAN]
    assert "web01/6/commit" in trace.by_id and not trace.vms[0].snapshot_left


@ON_RANDOM
@given(topologies())
def test_5_proxies_and_repositories_never_connect_to_a_guest_for_data(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    guests = {vm.name for vm in topology.vms}
    for event in trace:
        if event.step.phase is Phase.DATA_TRANSPORT:
            assert not guests & set(machines(event))


# 6. Commit ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "vm", "asked"), [("classroom", "sql01", "vc01"), ("small-office", "files", "esx")])
def test_6_the_backup_server_asks_for_the_commit(name: str, vm: str, asked: str, run: Run, pick: Pick) -> None:
    request, commit, _ = pick(run(name), step=StepId.COMMIT, vm=vm)
    assert (machines(request)[1], str(request.services[0])) == (asked, "tcp/443")
    assert (commit.code, commit.cause) == ("snapshot.committed", request.id)


@ON_RANDOM
@given(topologies())
def test_6_the_snapshot_is_committed_only_after_all_tasks_of_the_vm_have_finished_reading(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    for commit in (event for event in trace if event.kind is EventKind.COMMIT):
        for event in trace:
            if event.vm == commit.vm and event.step in MODE_STEPS:
                assert event.end_ms <= commit.start_ms
