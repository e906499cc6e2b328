"""One malformed value each in a sound file: its code, its place, what was found, what was expected."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vbtui.topology import Problem, ProblemCode

C = ProblemCode
Changed = Callable[[str, str], tuple[Problem, ...]]

GUEST = "{name: guest.vmdk, datastore: lun, size: 64MiB}"
SERVER = "zone: mgmt, address: 10.1.0.10, firewall"
RULE = "services: [movers, tcp/22], action: allow"

VALUES: list[tuple[str, str, str, ProblemCode, str, str, dict[str, str | int]]] = [
    # what, old, new, code, where, the text at which the problem points, params
    ("a mistyped key", "managed_by: c", "manged_by: c", C.UNKNOWN_KEY, "nodes[2].manged_by", "manged_by",
     {"found": "manged_by", "suggestion": "managed_by", "object": "host"}),
    ("a key like no other", GUEST, "{name: d, datastore: lun, size: 1MiB, colour: red}", C.UNKNOWN_KEY,
     "vms[0].disks[0].colour", "colour", {"found": "colour", "object": "d"}),
    ("a mistyped key at the top", "jobs:", "description: x\njob: []\njobs:", C.UNKNOWN_KEY, "job", "job: []",
     {"found": "job", "suggestion": "jobs"}),
    ("a missing key", "{name: guest.vmdk, datastore: lun, ", "{datastore: lun, ", C.MISSING_KEY,
     "vms[0].disks[0]", "{datastore: lun, size", {"expected": "name", "object": "guest"}),
    ("no version", "version: 1\n", "", C.MISSING_KEY, "", "name: sound", {"expected": "version"}),
    ("another version", "version: 1", "version: 2", C.BAD_VALUE, "version", "2\nname", {"found": "2", "expected": "1"}),
    ("a version in quotes", "version: 1", 'version: "1"', C.WRONG_TYPE, "version", '"1"',
     {"expected": "integer", "found_type": "text", "found": "1"}),
    ("true for one", "version: 1", "version: true", C.WRONG_TYPE, "version", "true",
     {"expected": "integer", "found_type": "boolean", "found": "true"}),
    ("slots in quotes", SERVER, 'task_slots: "4", ' + SERVER, C.WRONG_TYPE, "nodes[0].task_slots", '"4"',
     {"expected": "integer", "found_type": "text", "found": "4", "object": "server"}),
    ("true slots", SERVER, "task_slots: true, " + SERVER, C.WRONG_TYPE, "nodes[0].task_slots", "true",
     {"expected": "integer", "found_type": "boolean", "found": "true", "object": "server"}),
    ("half a slot", SERVER, "task_slots: 0.5, " + SERVER, C.WRONG_TYPE, "nodes[0].task_slots", "0.5,",
     {"expected": "integer", "found_type": "number", "found": "0.5", "object": "server"}),
    ("no slots", SERVER, "task_slots: 0, " + SERVER, C.OUT_OF_RANGE, "nodes[0].task_slots", "0, zone",
     {"found": "0", "expected": ">= 1", "object": "server"}),
    ("yes is text", SERVER, "hardened: yes, " + SERVER, C.WRONG_TYPE, "nodes[0].hardened", "yes",
     {"expected": "boolean", "found_type": "text", "found": "yes", "object": "server"}),
    ("one is not true", SERVER, "hardened: 1, " + SERVER, C.WRONG_TYPE, "nodes[0].hardened", "1, zone",
     {"expected": "boolean", "found_type": "integer", "found": "1", "object": "server"}),
    ("a number for a name", "name: sound", "name: 42", C.WRONG_TYPE, "name", "42",
     {"expected": "text", "found_type": "integer", "found": "42"}),
    ("markup in a name", "name: sound", 'name: "[bold]x"', C.BAD_NAME, "name", '"[bold]', {"found": "[bold]x"}),
    ("an escape sequence in a name", "name: sound", 'name: "\\e[31mred"', C.BAD_NAME, "name", '"\\e',
     {"found": "\\x1b[31mred"}),
    ("a turned name", "name: sound", 'name: "a\\u202Eb"', C.BAD_NAME, "name", '"a\\u', {"found": "a\\u202eb"}),
    ("a long name", "name: sound", "name: " + "x" * 200, C.BAD_NAME, "name", "xxxx", {"found": "x" * 60 + "…"}),
    ("a control character in text", GUEST, '{name: d, datastore: lun, size: 1MiB, image: "a\\ab"}', C.NOT_PRINTABLE,
     "vms[0].disks[0].image", '"a\\ab', {"found": "a\\x07b", "object": "d"}),
    ("text without end", "action: allow", f"action: allow, owner: {'x' * 501}", C.TOO_MANY,
     "firewalls[0].rules[0].owner", "xxxx", {"found": 501, "expected": 500, "object": "data"}),
    ("a role that is none", "roles: [vcenter]", "roles: [vcentre]", C.BAD_VALUE, "nodes[1].roles[0]", "vcentre",
     {"found": "vcentre", "suggestion": "vcenter", "object": "center"}),
    ("a guest as a node", "roles: [vcenter]", "roles: [vcenter, guest]", C.BAD_VALUE, "nodes[1].roles[1]",
     "guest], zone",
     {"found": "guest", "object": "center"}),
    ("an action that is none", "action: allow", "action: alow", C.BAD_VALUE, "firewalls[0].rules[0].action", "alow",
     {"found": "alow", "expected": "allow, deny, reject, unknown", "suggestion": "allow", "object": "data"}),
    ("a default that is none", "default: {inbound: deny}", "default: drop", C.BAD_VALUE, "firewalls[1].default",
     "drop", {"found": "drop", "expected": "allow, deny, reject, unknown", "object": "windows"}),
    ("a mistyped direction of a default", "default: {inbound: deny}", "default: {inbond: deny}", C.UNKNOWN_KEY,
     "firewalls[1].default.inbond", "inbond", {"found": "inbond", "suggestion": "inbound", "object": "windows"}),
    ("a profile that is none", "name: sound", "name: sound\nprofile: v11", C.BAD_VALUE, "profile", "v11",
     {"found": "v11", "expected": "diagram, v12, v13", "suggestion": "v13"}),
    ("port 70000 in a service", "tcp/6162, ", "tcp/70000, ", C.PORT_OUT_OF_RANGE, "services.movers[0]", "tcp/70000",
     {"found": "tcp/70000", "expected": "1-65535"}),
    ("port 70000 in a rule", "tcp/22]", "tcp/70000]", C.PORT_OUT_OF_RANGE, "firewalls[0].rules[0].services[1]",
     "tcp/70000", {"found": "tcp/70000", "expected": "1-65535", "object": "data"}),
    ("port 0", "tcp/6162, ", "tcp/0, ", C.PORT_OUT_OF_RANGE, "services.movers[0]", "tcp/0", {"found": "tcp/0"}),
    ("a falling range", "tcp/2500-3300", "tcp/3300-2500", C.BAD_SERVICE, "services.movers[1]", "tcp/3300",
     {"found": "tcp/3300-2500", "expected": "tcp/902"}),
    ("no protocol", "tcp/6162, ", "6162, ", C.BAD_SERVICE, "services.movers[0]", "6162, tcp", {"found": "6162"}),
    ("a service name with blanks", "movers: [", '"the movers": [', C.BAD_NAME, "services.the movers", '"the movers"',
     {"found": "the movers"}),
    ("host bits in a CIDR", "[10.3.0.0/24]", "[10.3.0.5/24]", C.HOST_BITS, "zones[2].cidrs[0]", "10.3.0.5/24",
     {"found": "10.3.0.5/24", "suggestion": "10.3.0.0/24", "object": "far"}),
    ("no network", "[10.3.0.0/24]", "[10.3.0.0/33]", C.BAD_NETWORK, "zones[2].cidrs[0]", "10.3.0.0/33",
     {"found": "10.3.0.0/33", "object": "far"}),
    ("a zone without networks", "[10.3.0.0/24]", "[]", C.TOO_FEW, "zones[2].cidrs", "[]}",
     {"found": 0, "expected": 1, "object": "far"}),
    ("no address", "10.1.0.20", "10.1.0.256", C.BAD_ADDRESS, "nodes[1].address", "10.1.0.256",
     {"found": "10.1.0.256", "object": "center"}),
    ("an address that YAML reads as a number", "10.1.0.20", "10.1", C.BAD_ADDRESS, "nodes[1].address", "10.1}",
     {"found": "10.1", "object": "center"}),
    ("an address with a scope", "10.1.0.20", '"fe80::1%eth0"', C.BAD_ADDRESS, "nodes[1].address", '"fe80',
     {"found": "fe80::1%eth0", "object": "center"}),
    ("a size without unit", "size: 64MiB", "size: 64", C.BAD_SIZE, "vms[0].disks[0].size", "64}",
     {"found": "64", "expected": "64MiB", "object": "guest.vmdk"}),
    ("a size in another unit", "size: 64MiB", "size: 64MB", C.BAD_SIZE, "vms[0].disks[0].size", "64MB",
     {"found": "64MB", "object": "guest.vmdk"}),
    ("a disk of nothing", "size: 64MiB", "size: 0B", C.OUT_OF_RANGE, "vms[0].disks[0].size", "0B",
     {"expected": ">= 512", "object": "guest.vmdk"}),
    ("a disk of everything", "size: 64MiB", "size: 999999999TiB", C.OUT_OF_RANGE, "vms[0].disks[0].size",
     "999999999TiB",
     {"object": "guest.vmdk"}),
    ("a rate over 1", "size: 64MiB", "size: 64MiB, change_rate: 5", C.OUT_OF_RANGE, "vms[0].disks[0].change_rate",
     "5}", {"found": "5", "expected": "<= 1", "object": "guest.vmdk"}),
    ("a rate that is no number", "size: 64MiB", "size: 64MiB, change_rate: .nan", C.OUT_OF_RANGE,
     "vms[0].disks[0].change_rate", ".nan", {"object": "guest.vmdk"}),
    ("a date that is none", RULE, "expires: 2027-02-30, " + RULE, C.BAD_DATE, "firewalls[0].rules[0].expires",
     "2027-02-30", {"found": "2027-02-30", "object": "data"}),
    ("a date as a number", RULE, "expires: 20270101, " + RULE, C.BAD_DATE, "firewalls[0].rules[0].expires", "20270101",
     {"found": "20270101", "object": "data"}),
    ("a job without VMs", "vms: [guest], r", "vms: [], r", C.TOO_FEW, "jobs[0].vms", "[], rep",
     {"found": 0, "expected": 1, "object": "daily"}),
    ("a job without the key", "vms: [guest], r", "r", C.MISSING_KEY, "jobs[0]", "{name: daily", {"expected": "vms"}),
    ("one VM where a list belongs", "vms: [guest], r", "vms: guest, r", C.WRONG_TYPE, "jobs[0].vms",
     "guest, repository",
     {"expected": "list", "found_type": "text", "found": "guest", "object": "daily"}),
    ("a number as a VM of a job", "vms: [guest], r", "vms: [guest, 3], r", C.WRONG_TYPE, "jobs[0].vms[1]", "3], repo",
     {"expected": "mapping", "found_type": "integer", "found": "3", "object": "daily"}),
    ("another word for automatic", "repository: server}", "repository: server, proxies: aut}", C.BAD_VALUE,
     "jobs[0].proxies", "aut}", {"found": "aut", "expected": "auto", "suggestion": "auto", "object": "daily"}),
    ("a service in place of a list", RULE, "services: any, action: allow", C.WRONG_TYPE,
     "firewalls[0].rules[0].services", "any, action", {"expected": "list", "found_type": "text", "object": "data"}),
    ("any as a bare word", "source: {role: proxy}", "source: any", C.WRONG_TYPE, "firewalls[0].rules[0].source", "any,",
     {"expected": "mapping", "found_type": "text", "found": "any", "suggestion": "{any: true}", "object": "data"}),
    ("a machine as a bare word", "source: {role: proxy}", "source: server", C.WRONG_TYPE,
     "firewalls[0].rules[0].source", "server, destination", {"found": "server", "suggestion": "{node: server}"}),
    ("a network as a bare word", "source: {role: proxy}", "source: 10.0.0.0/8", C.WRONG_TYPE,
     "firewalls[0].rules[0].source", "10.0.0.0/8", {"suggestion": "{cidr: 10.0.0.0/8}"}),
    ("a side that is a number", "source: {role: proxy}", "source: 7", C.WRONG_TYPE,
     "firewalls[0].rules[0].source", "7, dest", {"expected": "mapping", "found_type": "integer"}),
    ("any that is false", "source: {role: proxy}", "source: {any: false}", C.BAD_VALUE,
     "firewalls[0].rules[0].source.any", "false", {"found": "false", "expected": "True", "object": "data"}),
    ("nothing where a list belongs", "    rules:\n", "    rules: ~\n    x:\n", C.WRONG_TYPE, "firewalls[0].rules",
     "~", {"expected": "list", "found_type": "nothing", "object": "core"}),
]  # fmt: skip


def place_of(fragment: str, text: str) -> tuple[int, int]:
    """Line and column of a fragment's first occurrence."""
    before = text[: text.index(fragment)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(
    ("old", "new", "code", "where", "at", "params"), [pytest.param(*row[1:], id=row[0]) for row in VALUES]
)
def test_a_malformed_value(
    sound: str,
    changed: Changed,
    old: str,
    new: str,
    code: ProblemCode,
    where: str,
    at: str,
    params: dict[str, str | int],
) -> None:
    found = [problem for problem in changed(old, new) if problem.where == where]
    assert [problem.code for problem in found] == [code]
    (problem,) = found
    assert (problem.line, problem.column) == place_of(at, sound.replace(old, new))
    assert {key: value for key, value in problem.params if key in params} == params


def test_all_problems_of_a_file_come_at_once_in_its_order(changed: Changed) -> None:
    """Shape and references together: a malformed node hides no unknown zone elsewhere, and stays a known name."""
    problems = changed(
        "{name: host, roles: [esxi_host], zone: mgmt, address: 10.1.0.30, managed_by: center, datastores: [lun]}",
        "{name: host, roles: [esxi], zone: mgmt, address: 10.1.0.300}\n"
        "  - {name: more, roles: [proxy], zone: mgnt, address: 10.1.0.10}",
    )
    assert [(p.line, p.code, p.where) for p in problems] == [
        (15, C.BAD_VALUE, "nodes[2].roles[0]"),
        (15, C.BAD_ADDRESS, "nodes[2].address"),
        (16, C.UNKNOWN_REFERENCE, "nodes[3].zone"),
        (16, C.DUPLICATE_ADDRESS, "nodes[3].address"),
    ]


def test_no_problem_holds_a_control_character(refused: Callable[[str], tuple[Problem, ...]]) -> None:
    text = 'version: 1\n"\\e[2J": "\\a"\nname: "\\0"\nnodes: [{name: "\\x9b31m", "\\u202e": 1}]\n'
    for problem in refused(text):
        assert problem.where.isprintable()
        assert all(str(value).isprintable() for _, value in problem.params)
