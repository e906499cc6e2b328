"""`vbtui probe` through a real firewall: what it sees is what our own export of the rules makes of real connections."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel_boxes import Boxes, loading, require_kernel
from patience import PATIENCE

from vbtui.firewall.exporters import nftables, ruleset
from vbtui.topology import parse

TOPOLOGY = """\
version: 1
name: two-sides
profile: v12
zones:
  - {name: near, cidrs: [10.1.0.0/16]}
  - {name: far, cidrs: [10.200.0.0/16]}
datastores:
  - {name: d, kind: vmfs, fabric: fc}
nodes:
  - {name: server, roles: [backup_server], zone: near, address: 10.1.0.10, os: windows}
  - {name: px, roles: [proxy], zone: near, address: 10.1.0.31}
  - {name: repo, roles: [repository], zone: near, address: 10.1.0.51}
  - {name: centre, roles: [vcenter], zone: far, address: 10.200.0.20}
  - {name: host1, roles: [esxi_host], zone: far, address: 10.200.1.11, os: esxi, managed_by: centre, datastores: [d]}
  - {name: host2, roles: [esxi_host], zone: far, address: 10.200.1.12, os: esxi, managed_by: centre, datastores: [d]}
vms:
  - {name: one, host: host1, disks: [{name: one.vmdk, datastore: d, size: 64MiB}]}
  - {name: two, host: host2, disks: [{name: two.vmdk, datastore: d, size: 64MiB}]}
firewalls:
  - name: core
    connects: [near, far]
    rules:
      - {name: api, source: {role: proxy}, destination: {role: vcenter}, services: [tcp/443], action: reject}
      - {name: nfc, source: {role: proxy}, destination: {node: host1}, services: [tcp/902], action: allow}
jobs:
  - {name: nightly, vms: [one, two], repository: repo}
"""


@pytest.fixture(scope="module")
def boxes() -> Iterator[Boxes]:
    require_kernel()
    with Boxes() as made:
        made.build([443, 902])
        yield made


def probed(boxes: Boxes, folder: Path, reality: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and by destination and port what `probe` says, with `reality` loaded in the place of the plan."""
    file = folder / "plan.yaml"
    file.write_text(TOPOLOGY, encoding="utf-8")
    real = nftables(ruleset(parse(reality, file).topology, "core"))
    boxes.load(["", loading("nft -f -", real), "", ""])
    command = [sys.executable, "-m", "vbtui", "probe", str(file), "--from", "px", "--yes", "--timeout", "0.5"]
    done = subprocess.run(
        ["ip", "netns", "exec", boxes.boxes[0], *command, "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)["compared"]
    return done.returncode, {f"{one['destination']}:{one['port']}": one for one in told}


def test_reality_is_as_planned(boxes: Boxes, tmp_path: Path) -> None:
    code, found = probed(boxes, tmp_path, TOPOLOGY)
    assert {key: (one["planned"], one["observed"], one["result"]) for key, one in found.items()} == {
        "centre:443": ("reject", "refused", "probe.agrees"),
        "host1:902": ("allow", "open", "probe.agrees"),
        "host2:902": ("deny", "timed_out", "probe.agrees"),
        # nothing listens at the repository outside a job: the path is what was asked about
        "repo:2500": ("allow", "refused", "probe.path-open"),
        "repo:3300": ("allow", "refused", "probe.path-open"),
    }
    assert code == 0


def test_reality_differs_from_the_plan(boxes: Boxes, tmp_path: Path) -> None:
    reality = TOPOLOGY.replace("node: host1}, services", "node: host2}, services").replace("reject", "deny")
    code, found = probed(boxes, tmp_path, reality)
    assert {key: (one["observed"], one["result"]) for key, one in found.items() if "repo" not in key} == {
        "centre:443": ("timed_out", "probe.blocked-otherwise"),
        "host1:902": ("timed_out", "probe.blocked"),
        "host2:902": ("open", "probe.open-unplanned"),
    }
    assert code == 1
