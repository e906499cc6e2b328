"""Random small topologies that are sound files: for properties that must hold whatever a file says.

Decided here: which variety matters to the process. Every choice of the simulation (a mode, a channel, a wait, a
blocked connection) has a good chance to be met, and what a check of the file would refuse is never drawn.
Out: `topologies()`, and the same as a plain mapping in `documents()`; `estates()` with many machines that are alike;
`document_of()` for a topology that a test wants to change; `examples()` for settings that draw the same topologies on
every machine.
Never here: what a run over them does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from vbtui.topology import Topology

Draw = Callable[..., Any]
Document = dict[str, Any]

ZONES = ("management", "backup", "esx", "lan")
SERVICES = (
    *("tcp/22", "tcp/22", "tcp/135", "tcp/443", "tcp/445", "tcp/902", "tcp/3260", "tcp/6162", "tcp/6173", "tcp/6190"),
    *("tcp/2500-3300", "tcp/2500-2600", "tcp/2049", "tcp/111", "udp/2049", "any"),
)
ROLES = ("backup_server", "proxy", "repository", "vcenter", "esxi_host", "guest", "guest_interaction_proxy")
ACTIONS = ("allow", "deny", "reject")
CIDRS = ("10.0.0.0/28", "10.0.0.16/28", "10.1.0.0/27", "10.1.0.0/24", "10.2.0.8/29", "10.0.0.0/8")
RANGES = ("10.0.0.9-10.0.0.14", "10.0.0.12-10.1.0.12", "10.1.0.11-10.1.0.11", "10.2.0.0-10.3.0.14")
NETWORKS: Document = {
    "group-one": ["10.0.0.10-10.0.0.13", "10.1.0.12/30", "10.2.0.15"],
    "group-two": ["10.1.0.0/24", "10.3.0.10-10.3.0.20"],
}
DATASTORES: tuple[Document, ...] = (
    {"name": "lun-fc", "kind": "vmfs", "fabric": "fc"},
    {"name": "lun-iscsi", "kind": "vmfs", "fabric": "iscsi", "array": "array1"},
    {"name": "export-nfs", "kind": "nfs", "fabric": "nfs", "array": "array1"},
    {"name": "local-disks", "kind": "vmfs", "fabric": "local"},
    {"name": "virtual-volumes", "kind": "vvol", "fabric": "iscsi", "array": "array1"},
)
NAMES_OF_DATASTORES = tuple(str(store["name"]) for store in DATASTORES)


@st.composite
def documents(draw: Draw, *, opaque: bool = False) -> Document:
    """A topology file as plain data; `Topology.model_validate` reads it, sizes are bytes.

    With `opaque`, rules that were not understood are among the others.
    """
    zones = ZONES[: draw(st.integers(2, len(ZONES)))]
    places = _Places(draw, zones)
    hosts = _hosts(draw, places)
    nodes = [places.put(_backup_server(draw)), *hosts, *_proxies(draw, places, hosts), *_repository(draw, places)]
    nodes += _surroundings(draw, places, vcenter=any("managed_by" in host for host in hosts))
    vms = [_vm(draw, places, number, hosts) for number in range(1, 1 + draw(st.integers(1, 3)))]
    firewalls = [_network_firewall(draw, zones, nodes, opaque)]
    if draw(st.booleans()):
        firewalls.append(_host_firewall(draw))
        draw(st.sampled_from([*nodes, *vms]))["firewall"] = "endpoint"
    return {
        "version": 1,
        "name": "random",
        "profile": draw(st.sampled_from(("v13", "v13", "v12", "diagram"))),
        "zones": [{"name": zone, "cidrs": [f"10.{number}.0.0/24"]} for number, zone in enumerate(zones)],
        "datastores": list(DATASTORES),
        "networks": NETWORKS,
        "nodes": nodes,
        "vms": vms,
        "firewalls": firewalls,
        "defaults": {"same_zone": draw(st.sampled_from(("allow",) * 7 + ("deny",)))},
        "throttling": draw(st.sampled_from(([], [{"from": zones[0], "to": zones[1], "mbit_per_second": 50}]))),
        "jobs": [_job(draw, nodes, vms)],
    }


def topologies(*, opaque: bool = False) -> st.SearchStrategy[Topology]:
    """A sound topology with one job over one to three VMs, `opaque` as in `documents`."""
    return documents(opaque=opaque).map(Topology.model_validate)


def estates() -> st.SearchStrategy[Topology]:
    """A sound topology in which many hosts, proxies and VMs are alike, and a few rules single out one of them."""
    return _estates().map(Topology.model_validate)


@st.composite
def _estates(draw: Draw) -> Document:
    found: Document = draw(documents())
    free = iter(range(249, 100, -1))
    zones = [zone["name"] for zone in found["zones"]]

    def alike(machine: Document, number: int, **changes: Any) -> Document:
        """The same machine once more, with a name and an address of its own."""
        other = machine | {"name": f"{machine['name']}-{number}"} | changes
        return other | {"address": f"10.{zones.index(machine['zone'])}.0.{next(free)}"} if "zone" in machine else other

    hosts = [node for node in found["nodes"] if node["roles"] == ["esxi_host"]]
    for host in hosts:
        if "managed_by" in host and draw(st.booleans()):
            host["cluster"] = draw(st.sampled_from(("left", "right")))
    for host in hosts:
        for number in range(1, 1 + draw(st.integers(0, 2))):
            own = f"{host['name']}-{number}-disks"
            found["datastores"].append({"name": own, "kind": "vmfs", "fabric": "local"})
            found["nodes"].append(alike(host, number, datastores=[*host["datastores"], own]))
    names = {host["name"]: [host["name"]] for host in hosts}
    for node in found["nodes"]:
        if node["roles"] == ["esxi_host"] and node["name"] not in names:
            names[node["name"].rpartition("-")[0]].append(node["name"])
    for proxy in [node for node in found["nodes"] if "proxy" in node["roles"] and "backup_server" not in node["roles"]]:
        for number in range(1, 1 + draw(st.integers(0, 2))):
            changes = {"host": draw(st.sampled_from(names[proxy["host"]]))} if "host" in proxy else {}
            found["nodes"].append(alike(proxy, number, **changes))
    for vm in list(found["vms"]):
        for number in range(1, 1 + draw(st.integers(0, 2))):
            found["vms"].append(alike(vm, number, host=draw(st.sampled_from(names[vm["host"]]))))
            found["jobs"][0]["vms"].append({"name": found["vms"][-1]["name"]})
    rules = found["firewalls"][0]["rules"]
    for number in range(draw(st.integers(0, 2))):
        one = draw(st.sampled_from([*found["nodes"], *found["vms"]]))
        zone = zones.index(one["zone"]) if "zone" in one else 0
        side: Document = {"cidr": f"{one['address']}/32"} if "address" in one else {"cidr": f"10.{zone}.0.128/25"}
        ends = [side, {"any": True}]
        source, destination = ends if draw(st.booleans()) else reversed(ends)
        rules.insert(
            0,
            {
                "name": f"single{number}",
                "source": source,
                "destination": destination,
                "services": [draw(st.sampled_from(SERVICES))],
                "action": draw(st.sampled_from((*ACTIONS, "unknown", "unknown"))),
            },
        )
    return found


def document_of(topology: Topology) -> Document:
    """A topology as plain data that can be changed and validated again."""
    found: Document = _plain(topology.model_dump(by_alias=True))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


LONG = 10
"""A long run draws so many times as many examples."""


def examples(most: int) -> settings:
    """The first `most` topologies that hypothesis draws: the same ones in every run, more of them in a long one."""
    return settings(
        max_examples=most * LONG if os.environ.get("VBTUI_LONG_TESTS") else most,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


class _Places:
    """Gives every machine a zone and an address of its own."""

    def __init__(self, draw: Draw, zones: tuple[str, ...]) -> None:
        self._draw = draw
        self._zones = zones
        self._next: Iterator[int] = iter(range(10, 250))

    def put(self, machine: Document) -> Document:
        index = self._draw(st.integers(0, len(self._zones) - 1))
        if self._draw(st.integers(0, 9)) < 9:
            return machine | self._at(index)
        # one in ten stands in two zones
        other = (index + self._draw(st.integers(1, len(self._zones) - 1))) % len(self._zones)
        return machine | {"addresses": [self._at(index), self._at(other)]}

    def _at(self, index: int) -> Document:
        return {"zone": self._zones[index], "address": f"10.{index}.0.{next(self._next)}"}


def _backup_server(draw: Draw) -> Document:
    roles = ["backup_server", *draw(st.sampled_from(([], ["config_db"], ["proxy"], ["console", "repository"])))]
    return {"name": "server", "roles": roles, "os": draw(st.sampled_from(("windows", "linux"))), "task_slots": 2}


def _hosts(draw: Draw, places: _Places) -> list[Document]:
    found = []
    for number in range(1, 1 + draw(st.integers(1, 2))):
        host: Document = {"name": f"host{number}", "roles": ["esxi_host"], "os": "esxi"}
        if draw(st.booleans()):
            host |= {"managed_by": "center", "datacenter": draw(st.sampled_from(("dc1", "dc1", "dc2")))}
        stores = draw(st.lists(st.sampled_from(NAMES_OF_DATASTORES), min_size=1, max_size=5, unique=True))
        found.append(places.put(host | {"datastores": stores}))
    return found


def _proxies(draw: Draw, places: _Places, hosts: list[Document]) -> list[Document]:
    found = []
    for number in range(1, 1 + draw(st.integers(1, 2))):
        proxy: Document = {
            "name": f"proxy{number}",
            "roles": ["proxy", *draw(st.sampled_from(([], [], ["repository"], ["guest_interaction_proxy"])))],
            "os": draw(st.sampled_from(("windows", "linux"))),
            "task_slots": draw(st.integers(1, 2)),
            "transport": draw(st.sampled_from(("auto", "auto", "auto", "san", "nfs", "hotadd", "nbd"))),
            "storage_access": draw(st.lists(st.sampled_from(NAMES_OF_DATASTORES), max_size=3, unique=True)),
            "run_server_on_this_side": draw(st.booleans()),
            "appliance": draw(st.booleans()),
        }
        if draw(st.booleans()):
            proxy |= {"platform": "vm", "host": draw(st.sampled_from(hosts))["name"]}
            proxy |= {"scsi_controllers": draw(st.sampled_from((1, 1, 1, 0)))}
        found.append(places.put(proxy))
    return found


def _repository(draw: Draw, places: _Places) -> list[Document]:
    node: Document = {
        "name": "repository",
        "roles": ["repository"],
        "os": draw(st.sampled_from(("windows", "linux"))),
        "task_slots": draw(st.integers(1, 3)),
        "appliance": draw(st.booleans()),
    }
    if draw(st.sampled_from((True, False, False))):
        node |= {"share": "share1", "share_protocol": draw(st.sampled_from(("smb", "nfs")))}
        others = [places.put({"name": "share1", "roles": ["share"]})]
        if draw(st.booleans()):
            node |= {"gateway": "gateway1"}
            others.append(places.put({"name": "gateway1", "roles": ["gateway"], "os": "windows", "task_slots": 2}))
        return [places.put(node), *others]
    return [places.put(node | {"hardened": draw(st.booleans())})]


def _surroundings(draw: Draw, places: _Places, *, vcenter: bool) -> list[Document]:
    found = [places.put({"name": "array1", "roles": ["storage_array"]})]
    if vcenter:
        found.append(places.put({"name": "center", "roles": ["vcenter"], "os": "photon"}))
    if draw(st.booleans()):
        found.append(places.put({"name": "helper1", "roles": ["guest_interaction_proxy"], "os": "windows"}))
    if draw(st.booleans()):
        kind = draw(st.sampled_from(("postgresql", "mssql")))
        found.append(places.put({"name": "database1", "roles": ["config_db"], "database": kind}))
    found.append(places.put({"name": "console1", "roles": ["console", "rest_client"], "os": "windows"}))
    return found


def _vm(draw: Draw, places: _Places, number: int, hosts: list[Document]) -> Document:
    host = draw(st.sampled_from(hosts))
    system = draw(st.sampled_from(("windows", "linux")))
    disks = []
    for disk in range(1, 1 + draw(st.integers(1, 2))):
        size = draw(st.sampled_from((1, 3 * 2**20 + 512, 64 * 2**20))) * 512
        disks.append(
            {
                "name": f"disk{disk}.vmdk",
                "datastore": draw(st.sampled_from(host["datastores"])),
                "size": size,
                "used": draw(st.sampled_from((None, 0, size // 3, size))),
                "change_rate": draw(st.sampled_from((0.0, 0.05, 1.0))),
                "controller": draw(st.sampled_from(("scsi", "scsi", "scsi", "ide", "sata"))),
            }
        )
    vm: Document = {
        "name": f"vm{number}",
        "host": host["name"],
        "os": system,
        "tools": draw(st.sampled_from(("running",) * 6 + ("stopped", "absent"))),
        "uac": draw(st.booleans()),
        "encrypted": draw(st.sampled_from((False, False, False, True))),
        "snapshots": draw(st.sampled_from((0, 0, 0, 1))),
        "cbt": draw(st.booleans()),
        "hardware_version": draw(st.sampled_from((19, 19, 4))),
        "disks": disks,
    }
    if draw(st.booleans()):
        windows = ("administrator", "domain_administrator", "local_administrator", "none")
        account = draw(st.sampled_from(windows if system == "windows" else ("root", "sudo", "none")))
        vm["credentials"] = {"account": account, "valid": draw(st.sampled_from((True, True, True, False)))}
    # a VM without a network is rare and sound
    return vm if draw(st.integers(0, 7)) == 7 else places.put(vm)


def _processing(draw: Draw, nodes: list[Document]) -> Document:
    found: Document = {
        "application_aware": draw(st.sampled_from((True, True, False))),
        "on_failure": draw(st.sampled_from(("require", "try", "try", "try", "disable"))),
    }
    if draw(st.booleans()):
        found["scripts"] = {
            "pre_freeze": draw(st.sampled_from(("/opt/pre-freeze.sh", None))),
            "post_thaw": draw(st.sampled_from(("/opt/post-thaw.sh", None))),
            "needs_root": draw(st.booleans()),
        }
    helpers = [node["name"] for node in nodes if "guest_interaction_proxy" in node["roles"]]
    if helpers and draw(st.booleans()):
        found["interaction_proxy"] = draw(st.sampled_from(helpers))
    return found


def _job(draw: Draw, nodes: list[Document], vms: list[Document]) -> Document:
    proxies = [node["name"] for node in nodes if "proxy" in node["roles"]]
    targets = [node["name"] for node in nodes if "repository" in node["roles"]]
    members: list[Document] = []
    for vm in vms:
        own = {"guest_processing": _processing(draw, nodes)} if draw(st.booleans()) else {}
        members.append({"name": vm["name"]} | own)
    return {
        "name": "nightly",
        "vms": members,
        "repository": draw(st.sampled_from(["repository", *targets])),
        "proxies": draw(st.sampled_from(("auto", proxies[-1:]))),
        "trigger": draw(st.sampled_from(("schedule", "schedule", "console", "powershell", "rest"))),
        "failover_to_network": draw(st.booleans()),
        "guest_processing": _processing(draw, nodes),
    }


def _selector(draw: Draw, zones: tuple[str, ...], nodes: list[Document]) -> Document:
    return dict(
        [
            draw(
                st.one_of(
                    st.just(("any", True)),
                    st.sampled_from(ROLES).map(lambda role: ("role", role)),
                    st.sampled_from(zones).map(lambda zone: ("zone", zone)),
                    st.sampled_from([node["name"] for node in nodes]).map(lambda name: ("node", name)),
                    st.one_of(
                        st.sampled_from(CIDRS).map(lambda cidr: ("cidr", cidr)),
                        st.sampled_from(RANGES).map(lambda run: ("range", run)),
                        st.sampled_from(tuple(NETWORKS)).map(lambda name: ("network", name)),
                    ),
                )
            )
        ]
    )


def _network_firewall(draw: Draw, zones: tuple[str, ...], nodes: list[Document], opaque: bool) -> Document:
    actions = (*ACTIONS, "unknown") if opaque else ACTIONS
    rules = [
        {
            "name": f"rule{number}",
            "source": _selector(draw, zones, nodes),
            "destination": _selector(draw, zones, nodes),
            "services": draw(st.lists(st.sampled_from(SERVICES), min_size=1, max_size=3, unique=True)),
            "action": draw(st.sampled_from(actions)),
            "enabled": draw(st.sampled_from((True, True, True, False))),
        }
        for number in range(1, 1 + draw(st.integers(0, 4)))
    ]
    return {
        "name": "core",
        "kind": "network",
        "connects": list(zones),
        "evaluation": draw(st.sampled_from(("first-match", "first-match", "deny-overrides", "allow-list"))),
        "stateful": draw(st.sampled_from((True, True, True, False))),
        # mostly open, or hardly any run would get beyond its first connection
        "default": draw(st.sampled_from(("allow",) * 6 + ("deny", "reject"))),
        "rules": rules,
    }


def _host_firewall(draw: Draw) -> Document:
    return {
        "name": "endpoint",
        "kind": "host",
        "evaluation": "deny-overrides",
        "default": {"inbound": draw(st.sampled_from(("allow", "deny"))), "outbound": "allow"},
        "rules": [
            {
                "name": "endpoint-in",
                "source": {"any": True},
                "destination": {"any": True},
                "services": [draw(st.sampled_from(SERVICES))],
                "action": draw(st.sampled_from(ACTIONS)),
                "direction": "inbound",
            }
        ],
    }
