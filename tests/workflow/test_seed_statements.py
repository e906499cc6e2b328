"""Every numbered statement of the process description is a test of its number: first the preparation and the guests.

The other half, from the snapshot to its commit, is in `test_seed_statements_data`. Each statement is shown on a shipped
topology and, where it speaks of every backup, on random ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from strategies import document_of, examples, topologies

from vbtui.topology import Topology
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Component, Outcome, Phase, Profile, Result, Role, Service, StepId, Trigger
from vbtui.workflow import ServiceSet, simulate
from vbtui.workflow.changes import Change

Named = Callable[[str], Topology]
Run = Callable[..., Trace]
Pick = Callable[..., list[Event]]

ON_RANDOM = examples(30)


def machines(event: Event) -> tuple[str, str]:
    assert event.source is not None and event.destination is not None
    return event.source.node, event.destination.node


def rewritten(topology: Topology, **job: Any) -> Topology:
    """The same topology with other values in its first job."""
    document = document_of(topology)
    document["jobs"][0] |= job
    return Topology.model_validate(document)


def guests_of(topology: Topology) -> set[str]:
    return {vm.name for vm in topology.vms}


# 1. Initialisation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "profile", "services"),
    [
        (Trigger.CONSOLE, Profile.DIAGRAM, {"tcp/9392"}),
        (Trigger.CONSOLE, Profile.V12, {"tcp/9392", "tcp/9420", "tcp/9396"}),
        (Trigger.CONSOLE, Profile.V13, {"tcp/443"}),
        (Trigger.POWERSHELL, Profile.V13, {"tcp/443"}),
        (Trigger.ENTERPRISE_MANAGER, Profile.V12, {"tcp/9392", "tcp/9405"}),
        (Trigger.ENTERPRISE_MANAGER, Profile.V13, {"tcp/9392", "tcp/443"}),
        (Trigger.REST, Profile.V13, {"tcp/9419"}),
    ],
)
def test_1_0_a_job_is_started_from_the_console_the_web_console_powershell_or_rest(
    trigger: Trigger, profile: Profile, services: set[str], named: Named, pick: Pick
) -> None:
    topology = rewritten(named("two-site"), trigger=trigger, trigger_from="em-hq")
    trace = simulate(topology, topology.jobs[0], profile=profile)
    tried = pick(trace, step=StepId.TRIGGER, kind=EventKind.CONNECT)
    assert {str(event.services[0]) for event in tried} == services
    assert {machines(event) for event in tried} == {("em-hq", "vbr-hq")}
    assert trace.by_id["job/1.0/start"].param("trigger") == trigger


def test_1_0_a_job_is_started_by_its_schedule_without_any_connection(run: Run, pick: Pick) -> None:
    start, *others = pick(run("classroom"), step=StepId.TRIGGER)
    assert (start.position, start.code, others) == (0, "trigger.schedule", [])


def test_1_1_the_backup_manager_process_starts_on_the_backup_server(shipped: str, run: Run, named: Named) -> None:
    started = run(shipped).by_id["job/1.1/backup-manager"]
    server = named(shipped).first(Role.BACKUP_SERVER)
    assert server is not None and machines(started) == (server.name, server.name)
    assert started.kind is EventKind.PROCESS
    assert started.destination is not None and started.destination.component is Component.BACKUP_MANAGER


def test_1_2_the_backup_manager_reads_the_job_from_the_configuration_database(run: Run, pick: Pick) -> None:
    asked, settings_read, _ = pick(run("two-site"), step=StepId.READ_JOB)
    assert (machines(asked), str(asked.services[0])) == (("vbr-hq", "db-hq"), "tcp/5432")
    assert settings_read.cause == asked.id and machines(settings_read) == ("vbr-hq", "db-hq")


def test_1_2_a_database_on_the_backup_server_needs_no_connection(run: Run, pick: Pick) -> None:
    assert not pick(run("classroom"), step=StepId.READ_JOB, kind=EventKind.CONNECT)


@ON_RANDOM
@given(topologies())
def test_1_2_one_task_stands_for_one_vm_disk(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    disks = [
        (vm.name, disk.name) for item in topology.jobs[0].vms for vm in [topology.vm(item.name)] for disk in vm.disks
    ]
    assert [(task.vm, task.disk) for task in trace.tasks] == disks
    built = trace.by_id.get("job/1.2/task-list")
    assert built is None or built.param("tasks") == len(disks)


def test_1_3_the_backup_manager_asks_the_backup_service_before_anything_is_assigned(shipped: str, run: Run) -> None:
    asked = next(event for event in run(shipped) if event.step is StepId.SCHEDULE)
    assert (asked.kind, asked.code) == (EventKind.CONNECT, "connect.local")
    assert asked.destination is not None and asked.destination.component is Component.BACKUP_SERVICE


def test_1_3_without_the_backup_service_nothing_is_assigned(named: Named) -> None:
    topology = named("classroom")
    stop = Change("job/1.2/task-list", ServiceSet("vbr01", Component.BACKUP_SERVICE, running=False))
    trace = simulate(topology, topology.jobs[0], changes=[stop])
    assert trace.result is Result.ERROR
    assert [event.id for event in trace.failed()] == ["job/1.3/backup-service/vbr01/vbr01/tcp-9392", "job/6/result"]
    assert all(task.proxy is None for task in trace.tasks)


def test_1_3_the_scheduler_assigns_a_proxy_and_a_repository_to_every_task(shipped: str, run: Run, pick: Pick) -> None:
    trace = run(shipped)
    given_to = {event.task: event.param("proxy") for event in pick(trace, code="task.assigned")}
    assert given_to == {task.id: task.proxy for task in trace.tasks}


@pytest.mark.parametrize(("fabric", "mode"), [("local", "nbd"), ("fc", "san")])
def test_1_3_load_is_balanced_between_equal_proxies(fabric: str, mode: str, named: Named) -> None:
    document = document_of(named("small-office"))
    document["datastores"][0]["fabric"] = fabric
    document["firewalls"][0]["default"] = "allow"
    proxy = {"roles": ["proxy"], "zone": "office", "task_slots": 4, "storage_access": ["host-disks"]}
    document["nodes"] += [proxy | {"name": f"px{n}", "address": f"192.168.10.{70 + n}"} for n in (1, 2)]
    document["nodes"][0]["task_slots"] = 8
    document["vms"][0]["disks"] = [{"name": f"d{n}", "datastore": "host-disks", "size": 2**20} for n in range(6)]
    document["jobs"][0] |= {"proxies": ["px1", "px2"], "vms": ["files"]}
    topology = Topology.model_validate(document)
    trace = simulate(topology, topology.jobs[0])
    assert Counter((task.proxy, task.mode) for task in trace.tasks) == {("px1", mode): 3, ("px2", mode): 3}


def test_1_3_a_task_without_a_free_slot_waits_and_is_assigned_when_one_is_free(run: Run, pick: Pick) -> None:
    trace = run("small-office")
    (waits,) = pick(trace, code="task.waits")
    assert waits.outcome is Outcome.WAITING
    assigned = trace.by_id["shop/shop.vmdk/1.3/assigned"]
    first_free = min(event.end_ms for event in pick(trace, code="task.done", vm="files"))
    assert assigned.start_ms == first_free


def test_1_4_the_backup_manager_connects_to_the_transport_services_of_repository_and_proxies(
    run: Run, pick: Pick
) -> None:
    opened = pick(run("classroom"), step=StepId.TRANSPORT_SERVICES, kind=EventKind.CONNECT, vm=None)
    assert [machines(event)[1] for event in opened] == ["repo01", "px-san", "px-vm"]
    assert {str(event.services[0]) for event in opened} == {"tcp/6162"}
    assert {event.destination.component for event in opened if event.destination} == {Component.TRANSPORT_SERVICE}


def test_1_4_transport_services_start_a_new_data_mover_for_every_task(shipped: str, run: Run, pick: Pick) -> None:
    trace = run(shipped)
    movers = pick(trace, code="mover.started")
    assert all(event.source and event.source.component is Component.TRANSPORT_SERVICE for event in movers)
    of_tasks = {event.task: machines(event)[0] for event in movers if event.task}
    assert of_tasks == {task.id: task.proxy for task in trace.tasks}
    assert len(movers) == len(trace.tasks) + 1, "and one on the repository's side"


def test_1_4_an_appliance_calls_the_backup_server_back(run: Run) -> None:
    back = run("two-site").by_id["job/1.4/appliance-callback/px-branch/vbr-hq/tcp-443"]
    assert run("two-site")[back.position - 1].id == "job/1.4/transport-service-proxy/vbr-hq/px-branch/tcp-6162"


def test_1_5_the_backup_manager_sets_rules_at_the_data_movers(run: Run, pick: Pick) -> None:
    for name, server in (("classroom", "vbr01"), ("two-site", "vbr-hq")):
        trace = run(name)
        connected = {machines(event) for event in pick(trace, step=StepId.RULES, kind=EventKind.CONNECT)}
        told = {machines(event) for event in pick(trace, step=StepId.RULES, kind=EventKind.REQUEST)}
        assert connected == told == {(server, node) for task in trace.tasks for node in (task.proxy, task.repository)}


def test_1_5_a_throttling_rule_slows_the_copy_that_crosses_it(named: Named, run: Run) -> None:
    assert run("two-site").by_id["job/1.5/rules/px-branch"].code == "rules.throttled"
    unlimited = simulate(named("two-site").model_copy(update={"throttling": ()}), named("two-site").jobs[0])
    slow, fast = (trace.by_id["till/till.vmdk/5.2/data"] for trace in (run("two-site"), unlimited))
    assert slow.duration_ms > fast.duration_ms


def test_1_6_the_data_movers_of_proxy_and_repository_connect_for_every_task(shipped: str, run: Run, pick: Pick) -> None:
    trace = run(shipped)
    pairs = {event.task: set(machines(event)) for event in pick(trace, step=StepId.DATA_MOVERS)}
    assert pairs == {task.id: {task.proxy, task.repository} for task in trace.tasks}


def test_1_6_run_server_on_this_side_turns_the_connection_round(run: Run, pick: Pick) -> None:
    directions = {machines(event) for event in pick(run("two-site"), step=StepId.DATA_MOVERS)}
    assert directions == {("px-hq", "repo-hq"), ("repo-hq", "px-branch")}


def test_1_7_metadata_come_from_the_vcenter_or_the_standalone_host(run: Run) -> None:
    assert machines(run("classroom").by_id["job/1.7/metadata/vc01"]) == ("vbr01", "vc01")
    assert machines(run("small-office").by_id["job/1.7/metadata/esx"]) == ("backup", "esx")


@ON_RANDOM
@given(topologies())
def test_1_7_makes_no_guest_connection(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    for event in trace:
        if event.step.phase is Phase.INITIALISATION:
            assert not guests_of(topology) & set(machines(event)), event.id


# 2. Guest processing --------------------------------------------------------------------------------------------------


def test_2_1_addresses_of_a_windows_guest_come_from_vmware_tools_through_vsphere(run: Run, pick: Pick) -> None:
    address, *after = pick(run("classroom"), phase=Phase.GUEST_PROCESSING, vm="sql01")
    assert (address.code, machines(address)) == ("guest.address", ("vbr01", "vc01"))
    assert {machines(event) for event in after} == {("vbr01", "sql01")}


@pytest.mark.parametrize(
    ("profile", "ports"),
    [
        (Profile.V12, {Service.parse(text) for text in ("tcp/445", "tcp/135", "tcp/49152-65535")}),
        (Profile.V13, {Service.parse(text) for text in ("tcp/445", "tcp/135", "tcp/6173")}),
    ],
)
def test_2_1_a_windows_guest_is_reached_by_these_ports(profile: Profile, ports: set[Service], named: Named) -> None:
    document = document_of(named("classroom"))
    document["firewalls"][0]["default"] = "allow"
    topology = Topology.model_validate(document)
    trace = simulate(topology, topology.jobs[0], profile=profile)
    assert {event.services[0] for event in trace if event.vm == "sql01" and event.row and event.step == "2.1"} == ports


def test_2_1_without_application_aware_processing_nobody_connects_to_a_windows_guest(named: Named, pick: Pick) -> None:
    topology = rewritten(named("classroom"), vms=["sql01"], guest_processing={"application_aware": False})
    trace = simulate(topology, topology.jobs[0])
    assert [event.code for event in pick(trace, phase=Phase.GUEST_PROCESSING)] == ["guest.off"]
    assert (trace.vms[0].result, trace.vms[0].consistent) == (Result.SUCCESS, "crash")


def test_2_1_a_blocked_network_way_leads_to_vix(run: Run, pick: Pick) -> None:
    (blocked,) = pick(run("classroom"), step=StepId.GUEST_WINDOWS, vm="legacy01", kind=EventKind.CONNECT)
    assert (blocked.code, blocked.outcome) == ("connect.dropped", Outcome.FALLBACK)
    assert pick(run("classroom"), step=StepId.GUEST_WINDOWS_VIX, vm="legacy01")[0].cause == blocked.id


@ON_RANDOM
@given(topologies())
def test_2_2_vix_is_tried_only_where_every_network_way_has_failed(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    for vm in guests_of(topology):
        inside = [event for event in trace if event.vm == vm and event.step.phase is Phase.GUEST_PROCESSING]
        logged_on = [event for event in inside if event.code in ("guest.network", "guest.vix")]
        assert len(logged_on) <= 1
        over_vix = [event for event in inside if "/vix/" in event.id]
        if over_vix:
            network = [event for event in inside if event.position < over_vix[0].position]
            assert any(event.outcome is Outcome.FALLBACK for event in network)
            assert not any(event.code == "guest.network" for event in inside)


@pytest.mark.parametrize("vm", ["legacy01", "app01"])
def test_2_2_vix_goes_through_vcenter_and_host_and_never_to_the_guest_itself(vm: str, run: Run, pick: Pick) -> None:
    opened = pick(run("classroom"), phase=Phase.GUEST_PROCESSING, vm=vm, kind=EventKind.CONNECT, code="connect.open")
    assert [(machines(event)[1], str(event.services[0])) for event in opened] == [
        ("vc01", "tcp/443"),
        ("esx02", "tcp/443"),
    ]
    (log_on,) = pick(run("classroom"), vm=vm, code="guest.vix")
    assert log_on.destination is not None and log_on.destination.component is Component.VMWARE_TOOLS
    assert log_on.verdict is None


def test_2_2_without_the_hosts_443_vix_fails_although_vcenter_answers(run: Run) -> None:
    trace = run("locked-down")
    assert trace.by_id["db11/2.2/guest-windows/bk11/vc11/tcp-443"].code == "connect.open"
    assert trace.by_id["db11/2.2/guest-windows/bk11/esx11/tcp-443"].outcome is Outcome.FAIL


def test_2_3_a_linux_guest_is_reached_over_ssh(run: Run, pick: Pick) -> None:
    address, ssh, log_on, script, _ = pick(run("classroom"), step=StepId.GUEST_LINUX, vm="web01")
    assert address.code == "guest.address"
    assert (machines(ssh), str(ssh.services[0])) == (("vbr01", "web01"), "tcp/22")
    assert (log_on.code, script.code) == ("guest.network", "script.pre-freeze")


def test_2_3_scripts_run_before_the_snapshot_and_after_the_release(run: Run) -> None:
    by_id = run("classroom").by_id
    order = ["web01/2.3/pre-freeze", "web01/2.3/freeze", "web01/3/snapshot", "web01/4/release", "web01/4/post-thaw"]
    assert [by_id[one].position for one in order] == sorted(by_id[one].position for one in order)


def test_2_3_a_linux_guest_falls_back_to_vix_too(run: Run, pick: Pick) -> None:
    (ssh,) = pick(run("classroom"), vm="app01", destination="app01", kind=EventKind.CONNECT)
    assert (ssh.code, ssh.outcome) == ("connect.rejected", Outcome.FALLBACK)
    assert pick(run("classroom"), vm="app01", code="guest.vix")


def test_2_3_scripts_are_not_elevated_under_vix(run: Run, named: Named) -> None:
    trace = run("classroom")
    script = trace.by_id["app01/2.3/pre-freeze"]
    assert (script.code, script.outcome) == ("script.not-elevated", Outcome.WARNING)
    assert "app01/4/post-thaw" not in trace.by_id
    accounts = {named("classroom").vm(vm).credentials for vm in ("web01", "app01")}
    assert len(accounts) == 1, "the same account is elevated over SSH"


def test_2_3_a_post_thaw_script_alone_is_not_elevated_under_vix_either(named: Named) -> None:
    document = document_of(named("classroom"))
    scripts = {"post_thaw": "/opt/after.sh", "needs_root": True}
    document["jobs"][0]["vms"] = [{"name": "app01", "guest_processing": {"on_failure": "try", "scripts": scripts}}]
    topology = Topology.model_validate(document)
    trace = simulate(topology, topology.jobs[0])
    assert trace.by_id["app01/4/post-thaw"].code == "script.not-elevated"
    assert trace.result is Result.WARNING


@ON_RANDOM
@given(topologies())
def test_2_3_no_script_of_a_sudo_account_that_needs_root_runs_over_vix(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    job = topology.jobs[0]
    over_vix = {event.vm for event in trace if event.code == "guest.vix"}
    for item in job.vms:
        processing = item.guest_processing or job.guest_processing
        account = topology.vm(item.name).credentials
        if item.name in over_vix and account is not None and account.account == "sudo":
            ran = {event.code for event in trace if event.vm == item.name and event.kind is EventKind.SCRIPT}
            if processing.scripts is not None and processing.scripts.needs_root:
                assert ran <= {"script.not-elevated"}
