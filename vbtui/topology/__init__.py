"""What exists: zones, nodes, VMs, disks, firewalls and jobs of a topology file.

In: YAML files, checked as hostile. Out: an immutable `Topology`, a networkx graph of it, its JSON Schema.
Never here: what happens during a backup, whether a packet passes, or any sentence for a person: errors are codes with
parameters and a place.
"""

from vbtui.topology.model import (
    Address,
    Datastore,
    Disk,
    Firewall,
    GuestCredentials,
    GuestProcessing,
    HostDefault,
    Job,
    JobVm,
    Node,
    Path,
    Rule,
    Scripts,
    Selector,
    ThrottlingRule,
    Topology,
    Vm,
    Zone,
    ZoneAddress,
    addresses_of,
)

__all__ = [
    "Address",
    "Datastore",
    "Disk",
    "Firewall",
    "GuestCredentials",
    "GuestProcessing",
    "HostDefault",
    "Job",
    "JobVm",
    "Node",
    "Path",
    "Rule",
    "Scripts",
    "Selector",
    "ThrottlingRule",
    "Topology",
    "Vm",
    "Zone",
    "ZoneAddress",
    "addresses_of",
]
