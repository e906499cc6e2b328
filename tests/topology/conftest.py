"""A small sound topology, and what a changed one is refused for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vbtui.topology import Problem, TopologyError, parse

SOUND = """\
version: 1
name: sound
zones:
  - {name: mgmt, cidrs: [10.1.0.0/24]}
  - {name: lan, cidrs: [10.2.0.0/24, "fd00:2::/64"]}
  - {name: far, cidrs: [10.3.0.0/24]}
datastores:
  - {name: lun, kind: vmfs, fabric: fc}
  - {name: other, kind: vmfs}
services:
  movers: [tcp/6162, tcp/2500-3300]
nodes:
  - {name: server, roles: [backup_server, proxy, repository], zone: mgmt, address: 10.1.0.10, firewall: windows}
  - {name: center, roles: [vcenter], zone: mgmt, address: 10.1.0.20}
  - {name: host, roles: [esxi_host], zone: mgmt, address: 10.1.0.30, managed_by: center, datastores: [lun]}
  - {name: helper, roles: [guest_interaction_proxy], zone: mgmt, address: 10.1.0.40}
vms:
  - name: guest
    host: host
    zone: lan
    address: 10.2.0.10
    disks:
      - {name: guest.vmdk, datastore: lun, size: 64MiB}
firewalls:
  - name: core
    connects: [mgmt, lan]
    rules:
      - {name: data, source: {role: proxy}, destination: {zone: lan}, services: [movers, tcp/22], action: allow}
  - {name: windows, kind: host, evaluation: deny-overrides, default: {inbound: deny}}
jobs:
  - {name: daily, vms: [guest], repository: server}
"""

Refused = Callable[[str], tuple[Problem, ...]]


@pytest.fixture
def sound() -> str:
    return SOUND


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """The problems of a text. Fails if it is accepted, or if anything else is raised."""

    def problems(text: str) -> tuple[Problem, ...]:
        with pytest.raises(TopologyError) as caught:
            parse(text, tmp_path / "topology.yaml")
        return caught.value.problems

    return problems


@pytest.fixture
def changed(refused: Refused) -> Callable[[str, str], tuple[Problem, ...]]:
    """The problems of the sound file with its only occurrence of `old` replaced."""

    def problems(old: str, new: str) -> tuple[Problem, ...]:
        assert SOUND.count(old) == 1, f"{old!r} must stand in the file once"
        return refused(SOUND.replace(old, new))

    return problems
