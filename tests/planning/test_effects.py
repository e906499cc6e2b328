"""What a blocked connection or another obstacle means, in the check and in the run that it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from vbtui.catalogue import Need
from vbtui.planning import Effect, check
from vbtui.topology import Topology
from vbtui.vocabulary import GoalVerdict, Result, StepId
from vbtui.workflow import Change, RuleSet, simulate

Document = dict[str, Any]
Block = tuple[Document, Document, str]
Built = Callable[..., Topology]


def node(name: str) -> Document:
    return {"node": name}


def one_proxy(document: Document) -> None:
    document["jobs"][0]["proxies"] = ["better"]


def trying(document: Document) -> None:
    one_proxy(document)
    document["jobs"][0]["guest_processing"]["on_failure"] = "try"


def over_iscsi(document: Document) -> None:
    one_proxy(document)
    document["datastores"] = [{"name": "lun", "kind": "vmfs", "fabric": "iscsi", "array": "array"}]
    array = {"name": "array", "roles": ["storage_array"], "zone": "esx", "address": "10.3.0.99"}
    document["nodes"].append(array)


def over_iscsi_or_not_at_all(document: Document) -> None:
    over_iscsi(document)
    document["jobs"][0]["failover_to_network"] = False


def with_helper(document: Document) -> None:
    one_proxy(document)
    helper = {"name": "helper", "roles": ["guest_interaction_proxy"], "zone": "lan", "address": "10.4.0.9"}
    document["nodes"].append(helper | {"os": "windows"})


def with_helper_in_the_diagrams(document: Document) -> None:
    with_helper(document)
    document["profile"] = "diagram"
    document["vms"][0]["os"] = "linux"


def without_tools(document: Document) -> None:
    one_proxy(document)
    document["vms"][0]["tools"] = "stopped"


def with_filtered_account(document: Document) -> None:
    trying(document)
    document["vms"][0]["credentials"] = {"account": "local_administrator"}


def linux(script: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        one_proxy(document)
        document["vms"][0] |= {"os": "linux", "credentials": {"account": "sudo"}}
        scripts = {script: "/opt/script.sh", "needs_root": True}
        document["jobs"][0]["guest_processing"] = {"on_failure": "try", "scripts": scripts}

    return change


def nothing_fits(document: Document) -> None:
    over_iscsi_or_not_at_all(document)
    for proxy in document["nodes"]:
        if "proxy" in proxy["roles"]:
            proxy |= {"transport": "hotadd"}


@dataclass(frozen=True)
class Case:
    """What stands in the way, the goal that shows it, and the result of the run."""

    name: str
    blocked: tuple[Block, ...]
    change: Callable[[Document], None]
    step: StepId | None
    need: Need | None
    effect: Effect
    result: Result


SERVER, CENTER, HOST, GUEST = node("server"), node("center"), node("host1"), node("guest")
PROXY, TARGET, NAMES, HELPER = node("better"), node("target"), node("names"), node("helper")

CASES = (
    Case(
        "repository's transport service",
        ((SERVER, TARGET, "tcp/6162"),),
        one_proxy,
        StepId.TRANSPORT_SERVICES,
        Need.TRANSPORT_REPOSITORY,
        Effect.JOB_FAILS,
        Result.ERROR,
    ),
    Case(
        "proxy's transport service",
        ((SERVER, PROXY, "tcp/6162"),),
        one_proxy,
        StepId.TRANSPORT_SERVICES,
        Need.TRANSPORT_PROXY,
        Effect.TASK_FAILS,
        Result.ERROR,
    ),
    Case(
        "data movers by the range",
        ((PROXY, TARGET, "tcp/6162"),),
        one_proxy,
        StepId.DATA_MOVERS,
        Need.DATA_MOVERS,
        Effect.NEXT_WAY,
        Result.SUCCESS,
    ),
    Case(
        "data movers not at all",
        ((PROXY, TARGET, "any"),),
        one_proxy,
        StepId.DATA_MOVERS,
        Need.DATA_MOVERS,
        Effect.TASK_FAILS,
        Result.ERROR,
    ),
    Case(
        "vCenter",
        ((SERVER, CENTER, "tcp/443"),),
        one_proxy,
        StepId.METADATA,
        Need.METADATA,
        Effect.JOB_FAILS,
        Result.ERROR,
    ),
    Case(
        "guest over VIX",
        ((SERVER, GUEST, "tcp/135"),),
        one_proxy,
        StepId.GUEST_WINDOWS_VIX,
        Need.GUEST_WINDOWS,
        Effect.NEXT_WAY,
        Result.SUCCESS,
    ),
    Case(
        "guest not at all, required",
        ((SERVER, GUEST, "any"), (SERVER, HOST, "tcp/443")),
        one_proxy,
        StepId.GUEST_WINDOWS,
        Need.GUEST_WINDOWS,
        Effect.VM_FAILS,
        Result.ERROR,
    ),
    Case(
        "guest not at all, tried",
        ((SERVER, GUEST, "any"), (SERVER, HOST, "tcp/443")),
        trying,
        StepId.GUEST_WINDOWS,
        Need.GUEST_WINDOWS,
        Effect.CRASH_CONSISTENT,
        Result.WARNING,
    ),
    Case(
        "VMware Tools",
        (),
        without_tools,
        StepId.GUEST_WINDOWS,
        Need.GUEST_WINDOWS,
        Effect.VM_FAILS,
        Result.ERROR,
    ),
    Case(
        "an account that User Account Control filters",
        (),
        with_filtered_account,
        StepId.GUEST_WINDOWS,
        Need.GUEST_WINDOWS,
        Effect.CRASH_CONSISTENT,
        Result.WARNING,
    ),
    Case(
        "guest interaction proxy",
        ((SERVER, HELPER, "tcp/6190"),),
        with_helper,
        StepId.GUEST_WINDOWS,
        Need.GUEST_INTERACTION_PROXY,
        Effect.SERVER_INSTEAD,
        Result.SUCCESS,
    ),
    Case(
        "guest by the backup server instead",
        ((SERVER, HELPER, "tcp/6190"),),
        with_helper,
        StepId.GUEST_WINDOWS,
        Need.GUEST_WINDOWS,
        Effect.NEXT_WAY,
        Result.SUCCESS,
    ),
    Case(
        "guest interaction proxy, where the backup server opens SSH itself",
        ((SERVER, HELPER, "any"),),
        with_helper_in_the_diagrams,
        StepId.GUEST_LINUX,
        Need.GUEST_INTERACTION_PROXY,
        Effect.SERVER_INSTEAD,
        Result.SUCCESS,
    ),
    Case(
        "pre-freeze script over VIX",
        ((SERVER, GUEST, "tcp/22"),),
        linux("pre_freeze"),
        StepId.GUEST_LINUX,
        Need.GUEST_LINUX,
        Effect.CRASH_CONSISTENT,
        Result.WARNING,
    ),
    Case(
        "post-thaw script over VIX",
        ((SERVER, GUEST, "tcp/22"),),
        linux("post_thaw"),
        StepId.GUEST_LINUX,
        Need.GUEST_LINUX,
        Effect.SCRIPT_FAILS,
        Result.WARNING,
    ),
    Case(
        "the proxy's vCenter session",
        ((PROXY, CENTER, "tcp/443"),),
        one_proxy,
        StepId.DIRECT_STORAGE,
        Need.PROXY_VSPHERE,
        Effect.TASK_FAILS,
        Result.ERROR,
    ),
    Case(
        "902, although storage is read directly",
        ((PROXY, HOST, "tcp/902"),),
        one_proxy,
        StepId.DIRECT_STORAGE,
        Need.NFC,
        Effect.TASK_FAILS,
        Result.ERROR,
    ),
    Case(
        "storage, with failover",
        ((PROXY, node("array"), "tcp/3260"),),
        over_iscsi,
        StepId.DIRECT_STORAGE,
        Need.STORAGE_ISCSI,
        Effect.NETWORK_MODE,
        Result.SUCCESS,
    ),
    Case(
        "storage, without failover",
        ((PROXY, node("array"), "tcp/3260"),),
        over_iscsi_or_not_at_all,
        StepId.DIRECT_STORAGE,
        Need.STORAGE_ISCSI,
        Effect.TASK_FAILS,
        Result.ERROR,
    ),
    Case("no transport mode", (), nothing_fits, StepId.SCHEDULE, None, Effect.TASK_FAILS, Result.ERROR),
    Case(
        "names",
        ((PROXY, NAMES, "udp/53"),),
        one_proxy,
        None,
        Need.NAME_RESOLUTION,
        Effect.INFRASTRUCTURE,
        Result.SUCCESS,
    ),
)


def not_ok(topology: Topology) -> set[tuple[StepId | None, Need | None, Effect | None]]:
    report = check(topology, topology.jobs[0])
    return {
        (step.step, goal.need, goal.effect)
        for step in report.steps
        for goal in step.goals
        if goal.verdict is not GoalVerdict.OK
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_an_obstacle_has_the_effect_that_the_run_shows(case: Case, build: Built) -> None:
    topology = build(*case.blocked, change=case.change)
    report, trace = check(topology, topology.jobs[0]), simulate(topology, topology.jobs[0])
    assert (case.step, case.need, case.effect) in not_ok(topology)
    assert trace.result is case.result
    assert (report.verdict is GoalVerdict.FAIL) == (case.result is Result.ERROR)
    assert report.verdict is not GoalVerdict.OK


def test_nothing_in_the_way_is_ok_in_every_step(build: Built) -> None:
    topology = build()
    report = check(topology, topology.jobs[0])
    assert {step.verdict for step in report.steps} == {GoalVerdict.OK}
    assert report.verdict is GoalVerdict.OK
    assert not_ok(topology) == set()
    assert simulate(topology, topology.jobs[0]).result is Result.SUCCESS


def test_after_a_failover_the_share_is_asked_for_in_network_mode(build: Built) -> None:
    def with_share(document: Document) -> None:
        over_iscsi(document)
        share = {"name": "share", "roles": ["share"], "zone": "backup", "address": "10.2.0.50"}
        document["nodes"].append(share)
        next(one for one in document["nodes"] if one["name"] == "target")["share"] = "share"

    def needs(topology: Topology, step: StepId) -> set[Need | None]:
        return {goal.need for goal in check(topology, topology.jobs[0]).step(step).goals}

    reached, blocked = build(change=with_share), build((PROXY, node("array"), "any"), change=with_share)
    assert Need.SHARE in needs(reached, StepId.DIRECT_STORAGE)
    assert Need.SHARE not in needs(blocked, StepId.DIRECT_STORAGE)
    assert Need.SHARE in needs(blocked, StepId.NETWORK)
    trace = simulate(blocked, blocked.jobs[0])
    assert [event.step for event in trace if event.row == "share-smb"] == [StepId.NETWORK]


def test_a_snapshot_that_cannot_be_removed_is_left_with_a_warning(build: Built) -> None:
    def off(document: Document) -> None:
        one_proxy(document)
        document["firewalls"][0]["rules"][0]["enabled"] = False

    blocked = build((SERVER, CENTER, "tcp/443"), change=one_proxy)
    (goal,) = check(blocked, blocked.jobs[0]).step(StepId.COMMIT).goals
    assert (goal.effect, goal.verdict) == (Effect.SNAPSHOT_LEFT, GoalVerdict.FALLBACK)
    topology = build((SERVER, CENTER, "tcp/443"), change=off)
    at = "guest/6/snapshot-commit/server/center/tcp-443"
    trace = simulate(topology, topology.jobs[0], changes=[Change(at, RuleSet("core", "block1", True))])
    assert trace.result is Result.WARNING
    assert [vm.snapshot_left for vm in trace.vms] == [True]


def test_a_guest_that_the_server_reaches_itself_does_not_need_the_interaction_proxy(build: Built) -> None:
    topology = build((SERVER, node("helper"), "any"), change=with_helper_in_the_diagrams)
    goals = check(topology, topology.jobs[0]).step(StepId.GUEST_LINUX).goals
    assert {goal.effect for goal in goals if goal.need is Need.GUEST_LINUX} == {None}
    opened = [event.id for event in simulate(topology, topology.jobs[0]) if event.row == "guest-linux-ssh-server"]
    assert opened == ["guest/2.3/guest-linux/server/guest/tcp-22"]


def test_a_task_needs_the_array_of_its_own_disk_only(build: Built) -> None:
    def two_arrays(document: Document) -> None:
        over_iscsi(document)
        other = {"name": "array2", "roles": ["storage_array"], "zone": "lan", "address": "10.4.0.98"}
        document["nodes"].append(other)
        document["datastores"].append({"name": "lun2", "kind": "vmfs", "fabric": "iscsi", "array": "array2"})
        for machine in document["nodes"]:
            for key in ("datastores", "storage_access"):
                if "lun" in machine.get(key, ()):
                    machine[key] = ["lun", "lun2"]
        document["vms"][0]["disks"].append({"name": "second.vmdk", "datastore": "lun2", "size": "64MiB"})

    topology = build((PROXY, node("array2"), "any"), change=two_arrays)
    goals = check(topology, topology.jobs[0]).step(StepId.DIRECT_STORAGE).goals
    lost = [goal.subject.tasks for goal in goals if goal.effect is Effect.NETWORK_MODE]
    assert lost == [("guest/second.vmdk",)]


def test_an_appliance_answers_for_its_own_call_back_only(build: Built) -> None:
    def appliances(document: Document) -> None:
        one_proxy(document)
        for machine in document["nodes"]:
            machine["appliance"] = machine["name"] in ("better", "target")

    topology = build((TARGET, SERVER, "tcp/443"), change=appliances)
    goals = check(topology, topology.jobs[0]).step(StepId.TRANSPORT_SERVICES).goals
    calls = {goal.subject.proxies: goal.effect for goal in goals if goal.need is Need.APPLIANCE_CALLBACK}
    assert calls == {(): Effect.JOB_FAILS, ("better",): None}


def test_one_of_two_vsphere_servers_costs_its_own_vms_only(build: Built) -> None:
    def standalone(document: Document) -> None:
        one_proxy(document)
        host = next(one for one in document["nodes"] if one["name"] == "host2")
        del host["managed_by"], host["cluster"], host["datacenter"]
        other = {**document["vms"][0], "name": "other", "host": "host2", "address": "10.4.0.7"}
        document["vms"].append(other)
        document["jobs"][0]["vms"] = ["guest", "other"]

    topology = build((SERVER, node("host2"), "tcp/443"), change=standalone)
    goals = check(topology, topology.jobs[0]).step(StepId.METADATA).goals
    assert {goal.subject.vms: goal.effect for goal in goals} == {("guest",): None, ("other",): Effect.VM_FAILS}
    results = {vm.vm: vm.result for vm in simulate(topology, topology.jobs[0]).vms}
    assert results == {"guest": Result.SUCCESS, "other": Result.ERROR}
