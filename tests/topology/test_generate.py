"""Generated companies: sound files of exactly the size that was asked for, and the same bytes for the same numbers."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE
from strategies import examples

from vbtui.topology import Topology, json_schema, parse
from vbtui.topology.generate import LIMITS, CompanySize, CompanySizeError, generate
from vbtui.topology.graph import zone_paths
from vbtui.topology.yaml_events import read_document
from vbtui.vocabulary import Role

FILE = Path("company.yaml")
LEAST = CompanySize(**{count: least for count, (least, _) in LIMITS.items()})


def company(size: CompanySize, seed: int = 1) -> Topology:
    return parse(generate(size, seed), FILE).topology


def size_of(topology: Topology) -> CompanySize:
    return CompanySize(
        len(topology.vms),
        len(topology.with_role(Role.ESXI_HOST)),
        len(topology.with_role(Role.PROXY)),
        len(topology.with_role(Role.REPOSITORY)),
        sum(len(firewall.rules) for firewall in topology.firewalls),
    )


sizes = st.builds(
    CompanySize,
    vms=st.integers(1, 60),
    hosts=st.integers(1, 150),
    proxies=st.integers(1, 30),
    repositories=st.integers(1, 12),
    rules=st.integers(0, 60),
)


@given(sizes, st.integers(0, 2**63 - 1))
@examples(25)
def test_every_company_is_sound_and_has_the_size_that_was_asked_for(size: CompanySize, seed: int) -> None:
    assert size_of(company(size, seed)) == size


@pytest.mark.parametrize("size", [LEAST, CompanySize(), CompanySize(vms=20), CompanySize(vms=1, repositories=40)])
def test_sizes_at_the_edge(size: CompanySize) -> None:
    topology = company(size)
    assert size_of(topology) == size
    assert len(topology.jobs) == min(size.vms, size.repositories)


def test_the_schema_accepts_it() -> None:
    document = read_document(generate(CompanySize(vms=30, hosts=130), 3)).data
    assert not list(jsonschema.Draft7Validator(json_schema()).iter_errors(document))


@pytest.mark.parametrize("count", LIMITS)
@pytest.mark.parametrize("beyond", [-1, 1])
def test_a_count_out_of_its_limits_is_refused(count: str, beyond: int) -> None:
    found = LIMITS[count][beyond > 0] + beyond
    with pytest.raises(CompanySizeError) as caught:
        CompanySize(**{count: found})
    assert (caught.value.count, caught.value.found) == (count, found)
    assert (caught.value.least, caught.value.most) == LIMITS[count]


def test_the_bytes_follow_from_the_numbers_and_the_seed() -> None:
    size = CompanySize(vms=300, hosts=130, rules=200)
    assert generate(size, 7) == generate(size, 7)
    assert generate(size, 7) != generate(size, 8)
    # known bytes: another Python, or another machine, must make them too
    found = hashlib.sha256(generate(size, 7).encode()).hexdigest()
    assert found == "4a3f1c49042fb719598e047e4aad6388deed345f068946dff86bf3c4a0c8bf1c"


def test_every_vm_is_in_one_job_and_has_its_own_address() -> None:
    topology = company(CompanySize(vms=500, hosts=130, repositories=7))
    assert [item.name for job in topology.jobs for item in job.vms] == [vm.name for vm in topology.vms]
    assert len({job.repository for job in topology.jobs}) == len(topology.jobs)


def test_three_firewalls_stand_in_a_row() -> None:
    topology = company(CompanySize(hosts=500))
    assert 30 <= len(topology.zones) <= 35
    paths = zone_paths(topology)
    assert paths["management", "dc1-repository"] == ("inner",)
    assert paths["dc2-backup", "dc1-esx"] == ("inner", "middle")
    assert paths["management", "dc4-dmz"] == ("inner", "middle", "outer")
    assert paths["dc3-servers", "dc1-databases"] == ("outer",)


def test_it_has_what_a_large_company_has() -> None:
    topology = company(CompanySize(vms=2_000, hosts=500, proxies=200, repositories=40, rules=500))
    assert len(topology.with_role(Role.VCENTER)) == 4
    hosts = topology.with_role(Role.ESXI_HOST)
    assert len({host.cluster for host in hosts}) == 25
    assert all(len(host.datastores) == 5 for host in hosts)
    proxies = topology.with_role(Role.PROXY)
    assert {(bool(one.storage_access), one.platform, one.transport) for one in proxies} == {
        (True, "physical", "auto"),
        (False, "vm", "auto"),
        (False, "physical", "nbd"),
    }
    assert {vm.os for vm in topology.vms} == {"windows", "linux"}
    assert {vm.firewall for vm in topology.vms} == {None, "windows-baseline", "windows-hardened"}
    rules = [rule for firewall in topology.firewalls for rule in firewall.rules]
    sides = [[*rule.source, *rule.destination] for rule in rules]
    by_machine = sum(any(side.node for side in both) for both in sides)
    assert 0.05 < by_machine / len(rules) < 0.15
    for key in ("any", "role", "zone", "cidr", "range", "network"):
        assert any(getattr(side, key) for both in sides for side in both), key
    assert any(not rule.enabled for rule in rules)
    assert any(rule.expires for rule in rules)


BIG = CompanySize(vms=10_000, hosts=500, proxies=200, repositories=40, rules=500)
ROOM = 300 * 1024 * 1024

LOAD = """
import re, resource, sys
from pathlib import Path
# far more than it needs: a runaway ends as an error here and not as a machine without memory
resource.setrlimit(resource.RLIMIT_AS, (8 * int(sys.argv[2]),) * 2)
from vbtui.topology import load
vms = len(load(Path(sys.argv[1])).topology.vms)
# not getrusage, whose peak has that of the process that started this one in it
print(vms, re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
def test_ten_thousand_vms_are_read_and_checked_in_bounded_memory(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_text(generate(BIG, 1))
    command = [sys.executable, "-c", LOAD, str(file), str(ROOM)]
    vms, peak = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout.split()
    assert int(vms) == BIG.vms
    assert int(peak) * 1024 < ROOM
