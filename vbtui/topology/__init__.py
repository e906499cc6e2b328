"""What exists: zones, nodes, VMs, disks, firewalls and jobs of a topology file.

In: YAML files, checked as hostile. Out: an immutable `Topology`, the ways between its zones and a networkx graph
(`graph`), its JSON Schema; the text of a file with other rules in it and nothing else changed (`editing`); made-up
companies of any size (`generate`).
Never here: what happens during a backup, whether a packet passes, or any sentence for a person: errors are codes with
parameters and a place.

The graph is not re-exported, so that its name stands for what it is: `from vbtui.topology.graph import graph`.
"""

from vbtui.topology.loading import LoadedTopology, load, parse
from vbtui.topology.model import (
    Address,
    AddressRange,
    Datastore,
    Disk,
    Firewall,
    GuestCredentials,
    GuestProcessing,
    HostDefault,
    Job,
    JobVm,
    Network,
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
from vbtui.topology.problems import DataPath, Problem, ProblemCode, TopologyError
from vbtui.topology.schema import json_schema, json_schema_of
from vbtui.topology.shipped import resolve, shipped
from vbtui.topology.yaml_events import Places

__all__ = [
    "Address",
    "AddressRange",
    "DataPath",
    "Datastore",
    "Disk",
    "Firewall",
    "GuestCredentials",
    "GuestProcessing",
    "HostDefault",
    "Job",
    "JobVm",
    "LoadedTopology",
    "Network",
    "Node",
    "Path",
    "Places",
    "Problem",
    "ProblemCode",
    "Rule",
    "Scripts",
    "Selector",
    "ThrottlingRule",
    "Topology",
    "TopologyError",
    "Vm",
    "Zone",
    "ZoneAddress",
    "addresses_of",
    "json_schema",
    "json_schema_of",
    "load",
    "parse",
    "resolve",
    "shipped",
]
