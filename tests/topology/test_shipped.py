"""The shipped topologies: found by name, sound, valid under their own JSON Schema, and what they promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from vbtui.topology import Problem, ProblemCode, Topology, TopologyError, json_schema, load, resolve, shipped
from vbtui.topology.yaml_events import read_document
from vbtui.vocabulary import MiB, Profile, Role, Trigger


def topology(name: str) -> Topology:
    return load(resolve(name)).topology


def test_their_order_and_default() -> None:
    assert shipped() == ("classroom", "locked-down", "small-office", "two-site")


@pytest.mark.parametrize("name", shipped())
def test_each_loads_under_its_own_name(name: str) -> None:
    loaded = load(resolve(name))
    assert loaded.topology.name == name
    assert loaded.file == resolve(name)
    for index, node in enumerate(loaded.topology.nodes):
        line, column = loaded.places["nodes", index, "name"]
        assert loaded.file.read_text().split("\n")[line - 1][column - 1 :].startswith(node.name)


@pytest.mark.parametrize("name", shipped())
def test_each_sample_is_small(name: str) -> None:
    disks = [disk for vm in topology(name).vms for disk in vm.disks]
    assert all(32 * MiB <= disk.size <= 160 * MiB and disk.image == "sample" for disk in disks)
    assert sum(disk.size for disk in disks) <= 512 * MiB
    assert sum(disk.used or 0 for disk in disks) <= 100 * MiB


def test_the_classroom_has_what_one_job_needs_to_show_everything() -> None:
    room = topology("classroom")
    assert [zone.name for zone in room.zones] == ["management", "backup", "esx", "lan", "dmz"]
    assert len(room.nodes) <= 10
    assert [(vm.os, vm.zone, [d.controller for d in vm.disks]) for vm in room.vms] == [
        ("windows", "lan", ["scsi", "scsi"]),
        ("linux", "lan", ["scsi"]),
        ("windows", "dmz", ["ide"]),
        ("linux", "dmz", ["scsi"]),
    ]
    assert [(proxy.platform, proxy.storage_access) for proxy in room.with_role(Role.PROXY)] == [
        ("physical", ("san-lun-1",)),
        ("vm", ()),
    ]
    assert [repository.hardened for repository in room.with_role(Role.REPOSITORY)] == [True]
    (job,) = room.jobs
    processing = job.vms[-1].guest_processing
    assert processing is not None
    assert processing.scripts is not None
    assert processing.scripts.needs_root


def test_the_small_office_is_one_machine_and_one_host() -> None:
    office = topology("small-office")
    assert office.with_role(Role.BACKUP_SERVER) == office.with_role(Role.PROXY) == office.with_role(Role.REPOSITORY)
    assert office.first(Role.VCENTER) is None
    assert [host.managed_by for host in office.with_role(Role.ESXI_HOST)] == [None]
    assert office.jobs[0].trigger is Trigger.CONSOLE


def test_two_sites_have_a_wan_a_limit_and_a_database_of_its_own() -> None:
    sites = topology("two-site")
    from vbtui.topology.graph import zone_paths

    assert zone_paths(sites)["hq-mgmt", "br-lan"] == ("hq-fw", "branch-fw")
    assert [limit.mbit_per_second for limit in sites.throttling] == [50]
    assert sites.jobs[0].trigger is Trigger.ENTERPRISE_MANAGER
    for role in (Role.CONFIG_DB, Role.ENTERPRISE_MANAGER, Role.STORAGE_ARRAY, Role.DNS, Role.NTP, Role.DIRECTORY):
        node = sites.first(role)
        assert node is not None
        assert not node.has(Role.BACKUP_SERVER)


def test_locked_down_has_every_kind_of_firewall() -> None:
    locked = topology("locked-down")
    assert locked.profile is Profile.V12
    assert {firewall.evaluation for firewall in locked.firewalls} == {"first-match", "deny-overrides", "allow-list"}
    assert {firewall.stateful for firewall in locked.firewalls} == {True, False}
    assert [job.failover_to_network for job in locked.jobs] == [True, False]


# resolve


def test_a_path_stays_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("classroom").write_text("x")
    Path("mine").write_text("x")
    assert resolve("classroom").name == "classroom.yaml"
    assert resolve("./classroom") == Path("classroom")
    assert resolve("mine") == Path("mine")
    assert resolve("missing.yaml") == Path("missing.yaml")


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("clasroom", "classroom"),
        ("Two-Site", "two-site"),
        ("qqq", None),
        ("", None),
        ("\x1b[31m", None),
        ("a\0b", None),
    ],
)
def test_a_word_that_is_neither_is_refused(word: str, near: str | None) -> None:
    with pytest.raises(TopologyError) as caught:
        resolve(word)
    (problem,) = caught.value.problems
    assert problem.code is ProblemCode.UNKNOWN_TOPOLOGY
    assert problem.param("suggestion") == near
    assert problem.param("known") == "classroom, locked-down, small-office, two-site"
    assert str(problem.param("found")).isprintable()


# JSON Schema


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    jsonschema.Draft7Validator.check_schema(json_schema())
    return jsonschema.Draft7Validator(json_schema())


def faults(validator: jsonschema.Draft7Validator, text: str) -> list[str]:
    return [error.message for error in validator.iter_errors(read_document(text).data)]


@pytest.mark.parametrize("name", shipped())
def test_each_is_valid_under_draft_7(validator: jsonschema.Draft7Validator, name: str) -> None:
    assert faults(validator, resolve(name).read_text()) == []


def test_the_sound_file_is_valid_under_draft_7(validator: jsonschema.Draft7Validator, sound: str) -> None:
    assert faults(validator, sound) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("managed_by: c", "manged_by: c"),
        ("roles: [vcenter]", "roles: [vcentre]"),
        ("roles: [vcenter]", "roles: []"),
        ("size: 64MiB", "size: 64"),
        ("size: 64MiB", "size: 64MB"),
        ("vms: [guest], r", "vms: [], r"),
        ("vms: [guest], r", "r"),
        ("vms: [guest], r", "vms: guest, r"),
        ("version: 1", "version: 2"),
        ("tcp/6162, ", "tcp/ssh, "),
        ("{role: proxy}", "{}"),
        ("{role: proxy}", "[]"),
        ("action: allow", "action: alow"),
        ("default: {inbound: deny}", "default: {inbond: deny}"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(
    validator: jsonschema.Draft7Validator, sound: str, changed: Any, old: str, new: str
) -> None:
    problems: tuple[Problem, ...] = changed(old, new)
    assert problems
    assert faults(validator, sound.replace(old, new))


def test_the_schema_uses_nothing_newer_than_draft_7() -> None:
    newer = {"prefixItems", "unevaluatedProperties", "unevaluatedItems", "$defs", "dependentRequired", "discriminator"}

    def keywords(part: Any) -> set[str]:
        if isinstance(part, list):
            return set().union(*map(keywords, part))
        if isinstance(part, dict):
            return set(part).union(*map(keywords, part.values()))
        return set()

    assert not keywords(json_schema()) & newer
    assert json_schema() == json_schema()
