"""The shipped topologies, and the smallest topology in which two proxies could get one disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vbtui.topology import Job, Topology, load, resolve, shipped

JOBS = tuple((name, job.name) for name in shipped() for job in load(resolve(name)).topology.jobs)
"""Every job of every shipped topology."""


@pytest.fixture(params=JOBS, ids=["-".join(pair) for pair in JOBS])
def shipped_job(request: pytest.FixtureRequest) -> tuple[Topology, Job]:
    name, job = request.param
    topology = load(resolve(name)).topology
    return topology, topology.job(job)


Document = dict[str, Any]
Built = Callable[..., Topology]


@pytest.fixture
def build() -> Built:
    """Makes a topology of two proxies and two hosts in one cluster, all open but for the given rules.

    No two that talk are in one zone, so every connection meets the firewall. `change` may alter the data before it is
    read.
    """

    def make(*blocked: tuple[Document, Document, str], change: Callable[[Document], None] | None = None) -> Topology:
        document = _document()
        document["firewalls"][0]["rules"] = [
            {"name": f"block{number}", "source": source, "destination": target, "services": [service], "action": "deny"}
            for number, (source, target, service) in enumerate(blocked, start=1)
        ]
        if change is not None:
            change(document)
        return Topology.model_validate(document)

    return make


def _document() -> Document:
    hosts = [
        {
            "name": f"host{number}",
            "roles": ["esxi_host"],
            "zone": "esx",
            "address": f"10.3.0.{number}",
            "os": "esxi",
            "managed_by": "center",
            "datacenter": "dc",
            "cluster": "cluster",
            "datastores": ["lun"],
        }
        for number in (1, 2)
    ]
    proxies = [
        {
            "name": name,
            "roles": ["proxy"],
            "zone": "backup",
            "address": f"10.2.0.{number}",
            "platform": "physical",
            "storage_access": ["lun"] if name == "better" else [],
        }
        for number, name in enumerate(("better", "spare"), start=21)
    ]
    return {
        "version": 1,
        "name": "built",
        "zones": [
            {"name": zone, "cidrs": [f"10.{number}.0.0/24"]}
            for number, zone in enumerate(("management", "backup", "esx", "lan"), start=1)
        ],
        "datastores": [{"name": "lun", "kind": "vmfs", "fabric": "fc"}],
        "nodes": [
            {
                "name": "server",
                "roles": ["backup_server"],
                "zone": "management",
                "address": "10.1.0.1",
                "os": "windows",
            },
            {"name": "center", "roles": ["vcenter"], "zone": "lan", "address": "10.4.0.2", "os": "photon"},
            {"name": "names", "roles": ["dns"], "zone": "esx", "address": "10.3.0.53"},
            *hosts,
            *proxies,
            {"name": "target", "roles": ["repository"], "zone": "lan", "address": "10.4.0.51"},
        ],
        "vms": [
            {
                "name": "guest",
                "host": "host1",
                "zone": "lan",
                "address": "10.4.0.1",
                "os": "windows",
                "disks": [{"name": "disk.vmdk", "datastore": "lun", "size": "64MiB"}],
            }
        ],
        "firewalls": [{"name": "core", "connects": ["management", "backup", "esx", "lan"], "default": "allow"}],
        "jobs": [
            {
                "name": "nightly",
                "vms": ["guest"],
                "repository": "target",
                "guest_processing": {"application_aware": True, "on_failure": "require"},
            }
        ],
    }
