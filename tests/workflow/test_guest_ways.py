"""The ways into a guest: who tries them, in which order, with which account, and what is done where none is left."""

from __future__ import annotations

from typing import Any

import pytest
from strategies import Document, document_of

from vbtui.topology import Topology, load, resolve
from vbtui.trace import EventKind, Trace
from vbtui.vocabulary import Component, Outcome, Phase, Result
from vbtui.workflow import Change, ServiceSet, performers, simulate, vms_of

AWARE = {"application_aware": True, "on_failure": "try"}


def scene(vm: str, processing: Document, *, helper: bool = False, profile: str = "v13", **machine: Any) -> Document:
    """Classroom with one VM and its guest processing, no rules; with or without a guest interaction proxy `gip`."""
    document = document_of(load(resolve("classroom")).topology)
    document["profile"] = profile
    document["firewalls"][0] |= {"default": "allow", "rules": []}
    document["vms"] = [one | machine for one in document["vms"] if one["name"] == vm]
    document["jobs"][0]["vms"] = [{"name": vm, "guest_processing": processing}]
    if helper:
        gip = {"name": "gip", "roles": ["guest_interaction_proxy"], "zone": "backup", "address": "10.20.0.77"}
        document["nodes"].append(gip | {"os": "windows"})
    return document


def block(document: Document, source: Document, destination: Document, service: str) -> None:
    rules = document["firewalls"][0]["rules"]
    rule = {"name": f"no{len(rules)}", "source": source, "destination": destination, "services": [service]}
    rules.append(rule | {"action": "reject"})


def run(document: Document, *changes: Change) -> Trace:
    topology = Topology.model_validate(document)
    return simulate(topology, topology.jobs[0], changes=changes)


def tried(trace: Trace) -> list[str]:
    """Connections and log-ons of phase 2, as `who>whom:port` and codes."""
    found = []
    for event in trace:
        if event.step.phase is Phase.GUEST_PROCESSING and event.source and event.destination:
            if event.kind is EventKind.CONNECT:
                mark = "" if event.outcome is Outcome.OK else "!"
                found.append(f"{event.source.node}>{event.destination.node}:{event.services[0].ports}{mark}")
            elif event.id.endswith("/log-on"):
                found.append(f"{event.source.node}:{event.code}")
    return found


def test_the_guest_interaction_proxy_acts_in_the_guest() -> None:
    assert tried(run(scene("sql01", AWARE, helper=True))) == [
        *("vbr01>gip:6190", "gip>sql01:445", "gip>sql01:135", "gip>sql01:6173", "gip:guest.network")
    ]


def test_the_backup_server_takes_over_where_the_proxy_cannot_reach_the_guest() -> None:
    document = scene("sql01", AWARE, helper=True)
    block(document, {"node": "gip"}, {"node": "sql01"}, "any")
    assert tried(run(document)) == [
        *("vbr01>gip:6190", "gip>sql01:445!", "vbr01>sql01:445", "vbr01>sql01:135", "vbr01>sql01:6173"),
        "vbr01:guest.network",
    ]


def test_the_backup_server_takes_over_where_the_proxy_itself_cannot_be_reached() -> None:
    document = scene("sql01", AWARE, helper=True)
    block(document, {"node": "vbr01"}, {"node": "gip"}, "tcp/6190")
    trace = run(document)
    assert tried(trace) == [
        *("vbr01>gip:6190!", "vbr01>sql01:445", "vbr01>sql01:135", "vbr01>sql01:6173", "vbr01:guest.network")
    ]
    assert trace.result is Result.SUCCESS


def test_all_ways_in_their_order() -> None:
    document = scene("sql01", AWARE, helper=True)
    block(document, {"any": True}, {"node": "sql01"}, "any")
    block(document, {"any": True}, {"role": "esxi_host"}, "tcp/443")
    trace = run(document)
    assert tried(trace) == [
        *("vbr01>gip:6190", "gip>sql01:445!", "vbr01>sql01:445!"),
        *("gip>vc01:443", "gip>esx01:443!", "vbr01>vc01:443", "vbr01>esx01:443!"),
    ]
    last = trace.by_id[trace.vms[0].reasons[0]]
    assert (last.outcome, trace.vms[0].consistent) == (Outcome.WARNING, "crash")


@pytest.mark.parametrize("profile", ["diagram", "v12", "v13"])
@pytest.mark.parametrize("vm", ["sql01", "app01"])
@pytest.mark.parametrize("helper", [True, False])
def test_no_connection_is_tried_twice(profile: str, vm: str, helper: bool) -> None:
    """Some rows name the backup server whoever acts, so two ways may need one connection."""
    document = scene(vm, AWARE, helper=helper, profile=profile)
    block(document, {"node": "vbr01"}, {"node": vm}, "any")
    block(document, {"any": True}, {"role": "esxi_host"}, "tcp/443")
    block(document, {"any": True}, {"role": "esxi_host"}, "tcp/902")
    connections = [event for event in run(document) if event.kind is EventKind.CONNECT and event.vm == vm]
    attempts = [
        (event.source.node, event.destination.node, event.services)
        for event in connections
        if event.source and event.destination and event.step.phase is Phase.GUEST_PROCESSING
    ]
    assert attempts
    assert len(set(attempts)) == len(attempts)


@pytest.mark.parametrize(
    ("account", "uac", "blocked", "codes"),
    [
        ("administrator", True, False, ["guest.network"]),
        ("domain_administrator", True, True, ["guest.vix"]),
        ("local_administrator", True, False, ["guest.remote-filter", "guest.vix-uac"]),
        ("local_administrator", False, False, ["guest.remote-filter", "guest.vix"]),
        ("local_administrator", True, True, ["guest.vix-uac"]),
    ],
)
def test_accounts_that_the_remote_filter_or_uac_stops(account: str, uac: bool, blocked: bool, codes: list[str]) -> None:
    document = scene("sql01", AWARE, credentials={"account": account}, uac=uac)
    if blocked:
        block(document, {"any": True}, {"node": "sql01"}, "tcp/445")
    trace = run(document)
    assert [event.code for event in trace if event.id.endswith("/log-on")] == codes
    stopped = codes[-1] == "guest.vix-uac"
    assert trace.result is (Result.WARNING if stopped else Result.SUCCESS)


@pytest.mark.parametrize(
    ("machine", "code"),
    [
        ({"tools": "stopped"}, "guest.skipped"),
        ({"tools": "absent"}, "guest.skipped"),
        ({"credentials": {"account": "none"}}, "guest.no-credentials"),
        ({"credentials": {"account": "root", "valid": False}}, "guest.bad-credentials"),
    ],
)
@pytest.mark.parametrize("on_failure", ["require", "try"])
def test_require_fails_the_vm_and_try_makes_a_crash_consistent_image(
    machine: Document, code: str, on_failure: str
) -> None:
    trace = run(scene("web01", {"application_aware": True, "on_failure": on_failure}, **machine))
    assert tried(trace) == []
    (vm,) = trace.vms
    assert trace.by_id[vm.reasons[-1]].code == code
    if on_failure == "require":
        assert (vm.result, "web01/3/snapshot" in trace.by_id) == (Result.ERROR, False)
    else:
        assert (vm.result, vm.consistent) == (Result.WARNING, "crash")


def test_disabled_guest_processing_touches_nothing_and_is_no_warning() -> None:
    trace = run(scene("sql01", {"application_aware": True, "on_failure": "disable"}))
    assert (tried(trace), trace.result) == ([], Result.SUCCESS)


@pytest.mark.parametrize(
    ("servers_zone", "helpers", "chosen"),
    [
        ("management", {"near": "lan", "far": "backup"}, "near"),
        ("lan", {"near": "lan"}, "near"),
        ("lan", {"far": "backup"}, "vbr01"),
        ("management", {"far": "backup", "farther": "esx"}, "far"),
        ("management", {}, "vbr01"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_the_guests_network_comes_first_and_within_it_another_server_than_the_backup_server(
    servers_zone: str, helpers: dict[str, str], chosen: str
) -> None:
    networks = {"management": "10.10.0.", "lan": "10.40.0.", "backup": "10.20.0.", "esx": "10.30.0."}
    document = scene("sql01", AWARE)
    server = next(node for node in document["nodes"] if node["name"] == "vbr01")
    server |= {"zone": servers_zone, "address": f"{networks[servers_zone]}200"}
    for number, (name, zone) in enumerate(helpers.items(), start=201):
        place = {"name": name, "zone": zone, "address": f"{networks[zone]}{number}"}
        document["nodes"].append({"roles": ["guest_interaction_proxy"], "os": "windows"} | place)
    topology = Topology.model_validate(document)
    (vm, processing), *_ = vms_of(topology, topology.jobs[0])
    expected = [chosen] if chosen == "vbr01" else [chosen, "vbr01"]
    assert [node.name for node in performers(topology, vm, processing)] == expected


def test_a_stopped_ssh_server_leads_to_vix_like_a_blocked_port() -> None:
    stop = Change("web01/2.3/guest-address", ServiceSet("web01", Component.SSH_SERVER, running=False))
    trace = run(scene("web01", AWARE), stop)
    assert tried(trace) == ["vbr01>web01:22!", "vbr01>vc01:443", "vbr01>esx02:443", "vbr01:guest.vix"]
    refused = next(event for event in trace if event.code == "connect.refused")
    assert refused.verdict is not None and refused.verdict.allowed
    assert refused.duration_ms < 10


@pytest.mark.parametrize(
    ("at", "code"), [("web01/2.3/guest-address", "guest.skipped"), ("web01/2.3/vix/vbr01/log-on", "guest.no-tools")]
)
def test_vmware_tools_that_stop_in_mid_run_close_the_guest(at: str, code: str) -> None:
    document = scene("web01", AWARE)
    block(document, {"any": True}, {"node": "web01"}, "tcp/22")
    trace = run(document, Change(at, ServiceSet("web01", Component.VMWARE_TOOLS, running=False)))
    (vm,) = trace.vms
    assert (vm.result, vm.consistent) == (Result.WARNING, "crash")
    assert trace.by_id[vm.reasons[-1]].code == code


@pytest.mark.parametrize(
    ("vm", "aware", "scripts", "codes", "consistent"),
    [
        (
            "sql01",
            True,
            ("a", "b"),
            ["script.pre-freeze", "guest.frozen", "guest.thawed", "script.post-thaw"],
            "application",
        ),
        ("sql01", False, ("a", "b"), ["script.pre-freeze", "guest.resumed", "script.post-thaw"], "script"),
        ("sql01", False, (None, "b"), ["guest.resumed", "script.post-thaw"], "crash"),
        ("sql01", True, (None, None), ["guest.frozen", "guest.thawed"], "application"),
        ("web01", True, ("a", "b"), ["script.pre-freeze", "guest.quiet", "guest.thawed", "script.post-thaw"], "script"),
        ("web01", False, ("a", None), ["script.pre-freeze", "guest.quiet", "guest.thawed"], "script"),
        ("web01", True, (None, "b"), ["guest.resumed", "script.post-thaw"], "crash"),
        ("web01", True, (None, None), ["guest.resumed"], "crash"),
    ],
)
def test_scripts_and_freeze(
    vm: str, aware: bool, scripts: tuple[str | None, str | None], codes: list[str], consistent: str
) -> None:
    processing: Document = {"application_aware": aware, "on_failure": "require"}
    trace = run(scene(vm, processing | {"scripts": {"pre_freeze": scripts[0], "post_thaw": scripts[1]}}))
    kinds = (EventKind.SCRIPT, EventKind.FREEZE, EventKind.THAW)
    assert [event.code for event in trace if event.kind in kinds] == codes
    assert (trace.vms[0].result, trace.vms[0].consistent) == (Result.SUCCESS, consistent)


@pytest.mark.parametrize("aware", [True, False])
def test_a_snapshot_that_cannot_be_made_still_releases_the_guest_and_undoes_the_script(aware: bool) -> None:
    processing = {"application_aware": aware, "scripts": {"pre_freeze": "/a", "post_thaw": "/b"}}
    document = scene("sql01", processing)
    rule = {"name": "late", "source": {"any": True}, "destination": {"node": "vc01"}, "services": ["any"]}
    default = {"inbound": "allow", "outbound": "allow"}
    document["firewalls"].append({"name": "own", "kind": "host", "default": default})
    document["firewalls"][-1]["rules"] = [rule | {"action": "reject", "enabled": False}]
    next(node for node in document["nodes"] if node["name"] == "vc01")["firewall"] = "own"
    late = Change.parse("sql01/3/snapshot-create/vbr01/vc01/tcp-443:rule=own,late,on")
    trace = run(document, late)
    after = [event for event in trace if event.vm == "sql01" and event.step.phase is Phase.RELEASE]
    assert [event.code for event in after] == (["guest.thawed"] if aware else []) + ["script.post-thaw"]
    assert trace.vms[0].result is Result.ERROR


def test_two_appliances_call_the_backup_server_once_each() -> None:
    document = scene("web01", AWARE)
    for node in document["nodes"]:
        if node["name"] in ("px-vm", "repo01", "px-san"):
            node["appliance"] = True
    callers = [event.source.node for event in run(document) if event.source and "appliance-callback" in event.id]
    assert callers == ["repo01", "px-vm"]
