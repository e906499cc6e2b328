"""One contradiction each in a sound file: every cross-check fires on its own mutation, and only it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from vbtui.topology import Problem, ProblemCode, TopologyError, parse

C = ProblemCode
Changed = Callable[[str, str], tuple[Problem, ...]]

DISK = "{name: guest.vmdk, datastore: lun, size: 64MiB}"
RULE = "{name: data, source: {role: proxy}, destination: {zone: lan}, services: [movers, tcp/22], action: allow}"
WINDOWS = "{name: windows, kind: host, evaluation: deny-overrides, default: {inbound: deny}}"
HELPER = "zone: mgmt, address: 10.1.0.40}"
SERVER = "zone: mgmt, address: 10.1.0.10, firewall: windows}"
JOB = "{name: daily, vms: [guest], repository: server}"
CORE = "    connects: [mgmt, lan]\n"

CHECKS: list[tuple[str, str, str, ProblemCode, str, dict[str, str | int]]] = [
    # names
    ("two zones of one name", "name: far", "name: lan", C.DUPLICATE_NAME, "zones[2].name",
     {"kind": "zone", "found": "lan", "first_line": 5}),
    ("two datastores of one name", "name: other", "name: lun", C.DUPLICATE_NAME, "datastores[1].name",
     {"kind": "datastore", "found": "lun", "first_line": 8}),
    ("a node and a VM of one name", "name: helper", "name: guest", C.DUPLICATE_NAME, "vms[0].name",
     {"kind": "machine", "found": "guest", "first_line": 16}),
    ("two firewalls of one name", "name: windows,", "name: core,", C.DUPLICATE_NAME, "firewalls[1].name",
     {"kind": "firewall", "first_line": 25}),
    ("two rules of one name", f"      - {RULE}\n", f"      - {RULE}\n      - {RULE}\n", C.DUPLICATE_NAME,
     "firewalls[0].rules[1].name", {"kind": "rule", "found": "data", "first_line": 28}),
    ("two disks of one name", f"- {DISK}", f"- {DISK}\n      - {DISK}", C.DUPLICATE_NAME, "vms[0].disks[1].name",
     {"kind": "disk", "found": "guest.vmdk"}),
    ("two jobs of one name", f"- {JOB}", f"- {JOB}\n  - {JOB}", C.DUPLICATE_NAME, "jobs[1].name", {"kind": "job"}),
    ("a service called any", "movers: [", "any: [tcp/1]\n  movers: [", C.RESERVED_NAME, "services.any",
     {"found": "any"}),
    # zones and addresses
    ("overlapping zones", "[10.3.0.0/24]", "[10.2.0.0/16]", C.OVERLAPPING_ZONES, "zones[2].cidrs[0]",
     {"found": "10.2.0.0/16", "other": "lan", "other_cidr": "10.2.0.0/24", "first_line": 5}),
    ("overlapping IPv6 zones", "[10.3.0.0/24]", '["fd00:2::/72"]', C.OVERLAPPING_ZONES, "zones[2].cidrs[0]",
     {"found": "fd00:2::/72", "other": "lan", "other_cidr": "fd00:2::/64"}),
    ("two machines with one address", "10.1.0.40", "10.1.0.30", C.DUPLICATE_ADDRESS, "nodes[3].address",
     {"found": "10.1.0.30", "other": "host", "first_line": 15}),
    ("one address in two spellings", HELPER,
     'addresses: [{zone: lan, address: "fd00:2::1"}, {zone: lan, address: "FD00:2:0::1"}]}', C.DUPLICATE_ADDRESS,
     "nodes[3].addresses[1].address", {"found": "fd00:2::1", "other": "helper"}),
    ("an address outside its zone", "10.1.0.40", "10.2.0.40", C.ADDRESS_OUTSIDE_ZONE, "nodes[3].address",
     {"found": "10.2.0.40", "zone": "mgmt", "expected": "10.1.0.0/24"}),
    ("one of several addresses outside", HELPER,
     "addresses: [{zone: mgmt, address: 10.1.0.40}, {zone: lan, address: 10.3.0.1}]}", C.ADDRESS_OUTSIDE_ZONE,
     "nodes[3].addresses[1].address", {"zone": "lan", "expected": "10.2.0.0/24, fd00:2::/64"}),
    ("a node without address", f", {HELPER}", "}", C.NO_ADDRESS, "nodes[3]", {"object": "helper"}),
    ("a zone without an address", HELPER, "zone: mgmt}", C.INCOMPLETE_ADDRESS, "nodes[3].zone",
     {"expected": "address"}),
    ("an address without a zone", HELPER, "address: 10.1.0.40}", C.INCOMPLETE_ADDRESS, "nodes[3].address",
     {"expected": "zone"}),
    ("both ways to write an address", HELPER,
     "zone: mgmt, address: 10.1.0.40, addresses: [{zone: lan, address: 10.2.0.40}]}", C.ADDRESS_TWICE,
     "nodes[3].addresses", {"found": "helper"}),
    ("an unknown zone", HELPER, "zone: mgnt, address: 10.1.0.40}", C.UNKNOWN_REFERENCE, "nodes[3].zone",
     {"kind": "zone", "found": "mgnt", "suggestion": "mgmt", "object": "helper"}),
    # nodes
    ("a VM node without host", HELPER, "platform: vm, " + HELPER, C.VM_WITHOUT_HOST, "nodes[3]", {"found": "helper"}),
    ("a physical node with host", HELPER, "host: host, " + HELPER, C.HOST_WITHOUT_VM, "nodes[3].host",
     {"found": "host"}),
    ("a node on an unknown host", HELPER, "platform: vm, host: hots, " + HELPER, C.UNKNOWN_REFERENCE, "nodes[3].host",
     {"kind": "esxi_host", "found": "hots", "suggestion": "host"}),
    ("a node on a node that is no host", HELPER, "platform: vm, host: center, " + HELPER, C.WRONG_ROLE,
     "nodes[3].host", {"found": "center", "expected": "esxi_host"}),
    ("an unknown vCenter", "managed_by: center", "managed_by: centre", C.UNKNOWN_REFERENCE, "nodes[2].managed_by",
     {"kind": "vcenter", "suggestion": "center"}),
    ("a vCenter that is none", "managed_by: center", "managed_by: server", C.WRONG_ROLE, "nodes[2].managed_by",
     {"found": "server", "expected": "vcenter"}),
    ("an unknown gateway", SERVER, "gateway: gw, " + SERVER, C.UNKNOWN_REFERENCE, "nodes[0].gateway",
     {"kind": "gateway", "found": "gw"}),
    ("a gateway that is none", SERVER, "gateway: helper, " + SERVER, C.WRONG_ROLE, "nodes[0].gateway",
     {"expected": "gateway"}),
    ("a share that is none", SERVER, "share: helper, " + SERVER, C.WRONG_ROLE, "nodes[0].share",
     {"expected": "share"}),
    ("storage access to nothing", SERVER, "storage_access: [lum], " + SERVER, C.UNKNOWN_REFERENCE,
     "nodes[0].storage_access[0]", {"kind": "datastore", "suggestion": "lun"}),
    ("a host that mounts nothing", "datastores: [lun]}", "datastores: [lun, otter]}", C.UNKNOWN_REFERENCE,
     "nodes[2].datastores[1]", {"kind": "datastore", "suggestion": "other"}),
    ("a host that mounts twice", "datastores: [lun]}", "datastores: [lun, lun]}", C.DUPLICATE_ENTRY,
     "nodes[2].datastores[1]", {"found": "lun"}),
    ("a role twice", "roles: [vcenter]", "roles: [vcenter, vcenter]", C.DUPLICATE_ENTRY, "nodes[1].roles[1]",
     {"found": "vcenter"}),
    ("an array that is none", "fabric: fc", "fabric: iscsi, array: helper", C.WRONG_ROLE, "datastores[0].array",
     {"expected": "storage_array, share"}),
    ("an unknown host firewall", "firewall: windows", "firewall: window", C.UNKNOWN_REFERENCE, "nodes[0].firewall",
     {"kind": "firewall", "suggestion": "windows"}),
    ("a network firewall on a node", "firewall: windows", "firewall: core", C.WRONG_KIND, "nodes[0].firewall",
     {"found": "core", "expected": "host"}),
    # VMs
    ("a VM on an unknown host", "    host: host\n", "    host: ghost\n", C.UNKNOWN_REFERENCE, "vms[0].host",
     {"kind": "esxi_host", "found": "ghost", "suggestion": "host"}),
    ("a VM on a node that is no host", "    host: host\n", "    host: center\n", C.WRONG_ROLE, "vms[0].host",
     {"expected": "esxi_host"}),
    ("a disk on an unknown datastore", "datastore: lun,", "datastore: lum,", C.UNKNOWN_REFERENCE,
     "vms[0].disks[0].datastore", {"kind": "datastore", "suggestion": "lun", "object": "guest.vmdk"}),
    ("a disk that its host does not see", "datastore: lun,", "datastore: other,", C.DATASTORE_NOT_SEEN,
     "vms[0].disks[0].datastore", {"found": "other", "host": "host", "expected": "lun"}),
    ("more used than there is", "size: 64MiB", "size: 64MiB, used: 1GiB", C.USED_OVER_SIZE, "vms[0].disks[0].used",
     {"found": 2**30, "expected": 64 * 2**20}),
    ("a network firewall on a VM", "    disks:\n", "    firewall: core\n    disks:\n", C.WRONG_KIND,
     "vms[0].firewall", {"expected": "host"}),
    # firewalls
    ("a firewall of one zone", CORE, "    connects: [mgmt]\n", C.TOO_FEW_ZONES, "firewalls[0].connects",
     {"found": 1, "expected": 2}),
    ("a firewall of no zone", CORE, "", C.TOO_FEW_ZONES, "firewalls[0].connects", {"found": 0}),
    ("a zone that nothing joins", CORE, "    connects: [mgmt, far]\n", C.LONELY_ZONE, "zones[1].name", {"zone": "lan"}),
    ("an unknown zone at a firewall", CORE, "    connects: [mgmt, lan, fat]\n", C.UNKNOWN_REFERENCE,
     "firewalls[0].connects[2]", {"kind": "zone", "suggestion": "far"}),
    ("a zone twice at a firewall", CORE, "    connects: [mgmt, lan, mgmt]\n", C.DUPLICATE_ENTRY,
     "firewalls[0].connects[2]", {"found": "mgmt"}),
    ("a host firewall that connects", "kind: host,", "kind: host, connects: [mgmt, lan],", C.HOST_FIREWALL_CONNECTS,
     "firewalls[1].connects", {"found": "windows"}),
    ("a default per direction in the network", CORE, CORE + "    default: {inbound: deny}\n",
     C.HOST_DEFAULT_ON_NETWORK, "firewalls[0].default", {"object": "core"}),
    ("a direction in the network", RULE, RULE[:-1] + ", direction: inbound}", C.DIRECTION_ON_NETWORK,
     "firewalls[0].rules[0].direction", {"found": "inbound", "object": "data"}),
    ("an empty selector", "{role: proxy}", "{}", C.EMPTY_SELECTOR, "firewalls[0].rules[0].source", {"object": "data"}),
    ("a selector of an unknown node", "{role: proxy}", "[{role: proxy}, {node: serve}]", C.UNKNOWN_REFERENCE,
     "firewalls[0].rules[0].source[1].node", {"kind": "machine", "suggestion": "server"}),
    ("a selector of an unknown zone", "{zone: lan}", "{zone: lam}", C.UNKNOWN_REFERENCE,
     "firewalls[0].rules[0].destination.zone", {"kind": "zone", "suggestion": "lan"}),
    ("an unknown service", "[movers,", "[mover,", C.UNKNOWN_REFERENCE, "firewalls[0].rules[0].services[0]",
     {"kind": "service", "found": "mover", "suggestion": "movers"}),
    ("a malformed literal service", "tcp/22]", "tcp/ssh]", C.BAD_SERVICE, "firewalls[0].rules[0].services[1]",
     {"found": "tcp/ssh", "expected": "tcp/902"}),
    # paths and throttling
    ("a path from nowhere", "jobs:", "paths: [{from: mgmr, to: lan, via: [core]}]\njobs:", C.UNKNOWN_REFERENCE,
     "paths[0].from", {"kind": "zone", "suggestion": "mgmt"}),
    ("a path through nothing", "jobs:", "paths: [{from: mgmt, to: lan, via: [cor]}]\njobs:", C.UNKNOWN_REFERENCE,
     "paths[0].via[0]", {"kind": "firewall", "suggestion": "core"}),
    ("a path through a host firewall", "jobs:", "paths: [{from: mgmt, to: lan, via: [windows]}]\njobs:",
     C.WRONG_KIND, "paths[0].via[0]", {"found": "windows", "expected": "network"}),
    ("a path to itself", "jobs:", "paths: [{from: lan, to: lan, via: []}]\njobs:", C.PATH_TO_ITSELF, "paths[0]",
     {"found": "lan"}),
    ("a path in both directions", "jobs:",
     "paths: [{from: mgmt, to: lan, via: []}, {from: lan, to: mgmt, via: [core]}]\njobs:", C.DUPLICATE_ENTRY,
     "paths[1]", {"found": "lan, mgmt"}),
    ("two equal ways", "  - " + WINDOWS, f"  - {{name: edge, connects: [lan, mgmt, far]}}\n  - {WINDOWS}",
     C.AMBIGUOUS_PATH, "paths", {"source": "mgmt", "destination": "lan", "first": "core", "second": "edge"}),
    ("throttling to nowhere", "jobs:", "throttling: [{from: lan, to: fra, mbit_per_second: 5}]\njobs:",
     C.UNKNOWN_REFERENCE, "throttling[0].to", {"kind": "zone", "suggestion": "far"}),
    # jobs
    ("an unknown VM", "vms: [guest], r", "vms: [quest], r", C.UNKNOWN_REFERENCE, "jobs[0].vms[0]",
     {"kind": "vm", "found": "quest", "suggestion": "guest"}),
    ("a VM twice", "vms: [guest], r", "vms: [guest, {name: guest}], r", C.DUPLICATE_ENTRY, "jobs[0].vms[1]",
     {"found": "guest"}),
    ("an unknown repository", "repository: server", "repository: serve", C.UNKNOWN_REFERENCE, "jobs[0].repository",
     {"kind": "repository", "suggestion": "server"}),
    ("a repository that is none", "repository: server", "repository: helper", C.WRONG_ROLE, "jobs[0].repository",
     {"found": "helper", "expected": "repository"}),
    ("an unknown proxy", JOB, JOB[:-1] + ", proxies: [srver]}", C.UNKNOWN_REFERENCE, "jobs[0].proxies[0]",
     {"kind": "proxy", "suggestion": "server"}),
    ("a proxy that is none", JOB, JOB[:-1] + ", proxies: [helper]}", C.WRONG_ROLE, "jobs[0].proxies[0]",
     {"expected": "proxy"}),
    ("an interaction proxy that is none", JOB, JOB[:-1] + ", guest_processing: {interaction_proxy: server}}",
     C.WRONG_ROLE, "jobs[0].guest_processing.interaction_proxy", {"expected": "guest_interaction_proxy"}),
    ("an unknown starting node", JOB, JOB[:-1] + ", trigger: console, trigger_from: desk}", C.UNKNOWN_REFERENCE,
     "jobs[0].trigger_from", {"kind": "node"}),
    ("a trigger that nobody can pull", JOB, JOB[:-1] + ", trigger: enterprise_manager}", C.NO_ROLE, "jobs[0].trigger",
     {"expected": "enterprise_manager"}),
    ("no backup server", "[backup_server, proxy, repository]", "[proxy, repository]", C.NO_ROLE, "nodes",
     {"expected": "backup_server"}),
    ("no proxy", "[backup_server, proxy, repository]", "[backup_server, repository]", C.NO_ROLE, "jobs[0]",
     {"expected": "proxy"}),
]  # fmt: skip


FOLLOWS = {
    # a changed name is a missing one elsewhere
    ("name: windows,", "name: core,"): [C.UNKNOWN_REFERENCE],
    # and what a firewall no longer joins stands alone
    (CORE, "    connects: [mgmt]\n"): [C.LONELY_ZONE],
    (CORE, ""): [C.LONELY_ZONE] * 2,
}


@pytest.mark.parametrize(
    ("old", "new", "code", "where", "params"), [pytest.param(*row[1:], id=row[0]) for row in CHECKS]
)
def test_a_contradiction(
    changed: Changed, old: str, new: str, code: ProblemCode, where: str, params: dict[str, str | int]
) -> None:
    problems = changed(old, new)
    (problem,) = (problem for problem in problems if (problem.code, problem.where) == (code, where))
    assert {key: value for key, value in problem.params if key in params} == params
    assert problem.line is not None
    assert [other.code for other in problems if other is not problem] == FOLLOWS.get((old, new), [])


def test_the_sound_file_is_accepted(sound: str, tmp_path: Path) -> None:
    assert parse(sound, tmp_path / "file.yaml").topology.name == "sound"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("name: far", "name: lonely", id="a zone that no path reaches"),
        pytest.param("    zone: lan\n    address: 10.2.0.10\n", "", id="a VM without a network"),
        pytest.param("[movers, tcp/22]", "[any]", id="every service"),
        pytest.param("{zone: lan}", "{role: guest}", id="guests by role"),
        pytest.param(JOB, JOB[:-1] + ", trigger: console}", id="the console on the backup server"),
    ],
)
def test_what_is_no_error(sound: str, tmp_path: Path, old: str, new: str) -> None:
    assert sound.count(old) == 1
    assert parse(sound.replace(old, new), tmp_path / "file.yaml")


IMAGES = [
    "/etc/passwd", "../disk.img", "images/../../disk.img", "..", "", " ", "C:/disk.img", "C:disk.img", "\\\\host\\disk",
    "..\\disk.img", "images\\..\\..\\disk.img", "outside/disk.img", "loop",
]  # fmt: skip


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_outside_the_folder(sound: str, tmp_path: Path, image: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "outside").symlink_to(tmp_path)
    (home / "loop").symlink_to(home / "loop")
    text = sound.replace("size: 64MiB", f"size: 64MiB, image: '{image}'")
    with pytest.raises(TopologyError) as caught:
        parse(text, home / "file.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == (C.IMAGE_OUTSIDE, "vms[0].disks[0].image")


@pytest.mark.parametrize("image", ["sample", "disk.img", "images/disk.img", "./disk.img", "inside/disk.img"])
def test_an_image_inside_the_folder(sound: str, tmp_path: Path, image: str) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "inside").symlink_to(tmp_path / "images")
    text = sound.replace("size: 64MiB", f"size: 64MiB, image: '{image}'")
    assert parse(text, tmp_path / "file.yaml").topology.vms[0].disks[0].image == image


@pytest.mark.parametrize("section", ["zones", "datastores", "nodes", "vms", "firewalls", "services"])
@pytest.mark.parametrize("instead", ["3", "nonsense", "null"])
def test_a_section_that_cannot_be_read_is_one_fault_and_what_refers_to_its_parts_none(
    section: str, instead: str, sound: str, refused: Callable[[str], tuple[Problem, ...]]
) -> None:
    found = refused(re.sub(rf"(?m)^{section}:\n(?:[ ].*\n)*", f"{section}: {instead}\n", sound))
    assert {problem.where for problem in found} == {section}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("902", "tcp/902"),
        ("'902'", "tcp/902"),
        ("443/tcp", "tcp/443"),
        ("53/UDP", "udp/53"),
        ("2500-3300", "tcp/2500-3300"),
    ],
)
def test_a_bare_port_in_a_rule_is_no_service_but_it_is_clear_what_was_meant(
    found: str, meant: str, changed: Changed
) -> None:
    (problem,) = changed("tcp/22", found)
    assert problem.param("suggestion") == meant


@pytest.mark.parametrize("found", ["70000", "0", "true", "22/sctp"])
def test_nothing_is_suggested_for_what_is_no_port(found: str, changed: Changed) -> None:
    assert all(problem.param("suggestion") is None for problem in changed("tcp/22", found))


def test_every_missing_key_is_named(refused: Callable[[str], tuple[Problem, ...]]) -> None:
    found = refused("version: 1\nname: bare\n")
    assert [(problem.code, problem.param("expected")) for problem in found] == [
        (C.MISSING_KEY, "zones"),
        (C.MISSING_KEY, "nodes"),
        (C.MISSING_KEY, "jobs"),
    ]
