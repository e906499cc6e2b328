"""The topology file as types: what exists, and nothing about what happens.

Decided here: the fields of the file, their types, defaults and bounds, each checked on its own. Whether references
resolve and addresses fit is decided in `checks`; where a value stood in its file is known to `loading`.
The models are immutable after loading and refuse unknown keys. Sizes in the file are text with a unit and become bytes.
`description`, and a rule's `owner`, `ticket`, `expires`, `comment`, `origin` and `raw`, are for whoever reads the file:
nothing is decided by them, and an expired rule still holds. Firewalls and their rules have a file of their own.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Final, Literal, Protocol, TypeVar

from pydantic import BeforeValidator, Discriminator, Field, Tag

from vbtui.topology.fields import Address as Address
from vbtui.topology.fields import (
    AddressField,
    Flag,
    Name,
    NetworkField,
    NetworkOrRangeField,
    Number,
    ServiceField,
    Size,
    Text,
    Whole,
    exactly,
)
from vbtui.topology.fields import AddressRange as AddressRange
from vbtui.topology.fields import Network as Network
from vbtui.topology.firewalls import Defaults
from vbtui.topology.firewalls import Firewall as Firewall
from vbtui.topology.firewalls import HostDefault as HostDefault
from vbtui.topology.firewalls import Path as Path
from vbtui.topology.firewalls import Rule as Rule
from vbtui.topology.firewalls import Selector as Selector
from vbtui.topology.part import Part
from vbtui.vocabulary import Profile, Role, Trigger


class Zone(Part):
    """A network zone: the address ranges behind one side of a firewall."""

    name: Name
    cidrs: tuple[NetworkField, ...] = Field(min_length=1)
    description: Text = ""


class Datastore(Part):
    """Where virtual disks lie. `fabric` is how a proxy could reach the storage itself."""

    name: Name
    kind: Literal["vmfs", "nfs", "vsan", "vvol"] = "vmfs"
    fabric: Literal["fc", "iscsi", "sas", "nfs", "local"] = "local"
    array: Name | None = None
    """Node with role storage_array or share that serves it over IP."""


class ZoneAddress(Part):
    zone: Name
    address: AddressField


class Node(Part):
    """A machine: one or more roles, one or more addresses."""

    name: Name
    roles: tuple[Role, ...] = Field(min_length=1)
    zone: Name | None = None
    address: AddressField | None = None
    addresses: tuple[ZoneAddress, ...] = ()
    """Several addresses, one per zone; instead of `zone` and `address`."""
    os: Literal["windows", "linux", "photon", "esxi", "appliance"] = "linux"
    platform: Literal["physical", "vm"] = "physical"
    host: Name | None = None
    """ESXi host that runs this node, if it is a VM."""
    firewall: Name | None = None
    """Its host firewall."""
    description: Text = ""
    # vSphere
    managed_by: Name | None = None
    """vCenter of an ESXi host; none means a standalone host."""
    datacenter: Name | None = None
    cluster: Name | None = None
    datastores: tuple[Name, ...] = ()
    """Datastores that an ESXi host mounts."""
    # proxy
    task_slots: Whole = Field(default=4, ge=1, le=1000)
    transport: Literal["auto", "san", "nfs", "hotadd", "nbd"] = "auto"
    storage_access: tuple[Name, ...] = ()
    """Datastores whose storage this proxy reaches itself (zoned LUN, iSCSI session, NFS export)."""
    scsi_controllers: Whole = Field(default=1, ge=0, le=4)
    """Virtual SCSI controllers of a proxy that is a VM; HotAdd needs SCSI 0:X."""
    run_server_on_this_side: Flag = False
    """The repository opens the data connection towards this proxy instead of the other way round."""
    appliance: Flag = False
    """Built from the product's Infrastructure Appliance image (version 13): it calls the backup server back."""
    # repository
    hardened: Flag = False
    gateway: Name | None = None
    """Gateway server in front of a repository that is a share; its data mover writes."""
    share: Name | None = None
    """Node with role share that holds the repository's files; with `share_protocol`."""
    share_protocol: Literal["smb", "nfs"] = "smb"
    # configuration database
    database: Literal["postgresql", "mssql"] = "postgresql"

    def has(self, role: Role) -> bool:
        return role in self.roles

    @cached_property
    def _settled(self) -> tuple[ZoneAddress, ...]:
        return _zone_addresses(self)


SAMPLE_IMAGE: Final = "sample"
"""In place of an image's path: a disk that is generated."""


class Disk(Part):
    """A virtual disk: one disk is one task of the job."""

    name: Name
    datastore: Name
    size: Annotated[Size, Field(ge=512)]
    used: Size | None = None
    """Allocated bytes; by default 60 % of the size. Only the estimate needs it."""
    change_rate: Number = Field(default=0.05, ge=0, le=1, allow_inf_nan=False)
    """Share of the used blocks that changes between two runs."""
    controller: Literal["scsi", "ide", "sata", "nvme"] = "scsi"
    image: Text = SAMPLE_IMAGE
    """`sample` for a generated disk, otherwise a path inside the topology file's folder."""


class GuestCredentials(Part):
    """What the job logs on with inside the guest."""

    account: Literal["administrator", "domain_administrator", "local_administrator", "root", "sudo", "none"]
    """`administrator` is the built-in account; `local_administrator` any other member of the group."""
    valid: Flag = True


class Vm(Part):
    name: Name
    host: Name
    zone: Name | None = None
    address: AddressField | None = None
    addresses: tuple[ZoneAddress, ...] = ()
    os: Literal["windows", "linux"] = "linux"
    tools: Literal["running", "stopped", "absent"] = "running"
    uac: Flag = True
    """User Account Control of a Windows guest; over VIX only the built-in administrator passes it."""
    encrypted: Flag = False
    snapshots: Whole = Field(default=0, ge=0, le=32)
    """User snapshots that exist before the job."""
    hardware_version: Whole = Field(default=19, ge=3, le=99)
    cbt: Flag = True
    credentials: GuestCredentials | None = None
    """By default the built-in administrator on Windows, root on Linux."""
    firewall: Name | None = None
    disks: tuple[Disk, ...] = Field(min_length=1, max_length=64)
    description: Text = ""

    @cached_property
    def _settled(self) -> tuple[ZoneAddress, ...]:
        return _zone_addresses(self)


class Scripts(Part):
    pre_freeze: Text | None = None
    post_thaw: Text | None = None
    needs_root: Flag = False


class GuestProcessing(Part):
    application_aware: Flag = False
    on_failure: Literal["require", "try", "disable"] = "require"
    """Require success, try and ignore failures, or disable: the product's three choices per VM."""
    interaction_proxy: Name | None = None
    """By default one is chosen by network and load; without any the backup server does it."""
    scripts: Scripts | None = None


class JobVm(Part):
    """A VM of a job with its own guest processing."""

    name: Name
    guest_processing: GuestProcessing | None = None


def _proxies_kind(value: Any) -> str:
    return "names" if isinstance(value, list | tuple) else "word"


def _job_vm(value: Any) -> Any:
    return [{"name": item} if isinstance(item, str) else item for item in value] if isinstance(value, list) else value


class ThrottlingRule(Part):
    """Network traffic rule between two zones, shared by the tasks that cross it."""

    source: Name = Field(alias="from")
    destination: Name = Field(alias="to")
    mbit_per_second: Whole = Field(ge=1, le=1_000_000)


class Job(Part):
    name: Name
    vms: Annotated[
        tuple[JobVm, ...],
        Field(min_length=1),
        BeforeValidator(_job_vm, json_schema_input_type=Annotated[tuple[Name | JobVm, ...], Field(min_length=1)]),
    ]
    repository: Name
    proxies: Annotated[
        Annotated[Literal["auto"], Tag("word")] | Annotated[tuple[Name, ...], Field(min_length=1), Tag("names")],
        Discriminator(_proxies_kind),
    ] = "auto"
    trigger: Trigger = Trigger.SCHEDULE
    trigger_from: Name | None = None
    """Node that starts the job; by default the first with the trigger's role."""
    failover_to_network: Flag = True
    guest_processing: GuestProcessing = GuestProcessing()


class Topology(Part):
    """A whole file. Lookups by name are methods; order is always the file's order."""

    version: Annotated[Literal[1], BeforeValidator(exactly(int))]
    name: Name
    description: Text = ""
    profile: Profile = Profile.V13
    zones: tuple[Zone, ...] = Field(min_length=1)
    datastores: tuple[Datastore, ...] = ()
    services: dict[Name, tuple[ServiceField, ...]] = Field(default_factory=dict)
    networks: dict[Name, tuple[NetworkOrRangeField, ...]] = Field(default_factory=dict)
    """Groups of addresses by name, for rules: an object group of a firewall, a named set of nftables."""
    nodes: tuple[Node, ...] = Field(min_length=1)
    vms: tuple[Vm, ...] = ()
    firewalls: tuple[Firewall, ...] = ()
    paths: tuple[Path, ...] = ()
    defaults: Defaults = Defaults()
    throttling: tuple[ThrottlingRule, ...] = ()
    jobs: tuple[Job, ...] = Field(min_length=1)

    def node(self, name: str) -> Node:
        """The node of that name. Raises KeyError."""
        return self._nodes[name]

    def vm(self, name: str) -> Vm:
        return self._vms[name]

    def zone(self, name: str) -> Zone:
        return self._zones[name]

    def datastore(self, name: str) -> Datastore:
        return self._datastores[name]

    def firewall(self, name: str) -> Firewall:
        return self._firewalls[name]

    def job(self, name: str) -> Job:
        return self._jobs[name]

    def with_role(self, role: Role) -> tuple[Node, ...]:
        return self._nodes_by_role.get(role, ())

    def first(self, role: Role) -> Node | None:
        return next(iter(self.with_role(role)), None)

    @cached_property
    def placed_names(self) -> tuple[str, ...]:
        """Names of everything that has a place in a picture: nodes, VMs and datastores, each in the file's order."""
        return (
            *(node.name for node in self.nodes),
            *(vm.name for vm in self.vms),
            *(store.name for store in self.datastores),
        )

    # Thousands of lookups in thousands of parts are made for one report, so each kind has an index, made when asked.

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        return _by_name(self.nodes)

    @cached_property
    def _vms(self) -> dict[str, Vm]:
        return _by_name(self.vms)

    @cached_property
    def _zones(self) -> dict[str, Zone]:
        return _by_name(self.zones)

    @cached_property
    def _datastores(self) -> dict[str, Datastore]:
        return _by_name(self.datastores)

    @cached_property
    def _firewalls(self) -> dict[str, Firewall]:
        return _by_name(self.firewalls)

    @cached_property
    def _jobs(self) -> dict[str, Job]:
        return _by_name(self.jobs)

    @cached_property
    def _nodes_by_role(self) -> dict[Role, tuple[Node, ...]]:
        return {role: nodes for role in Role if (nodes := tuple(node for node in self.nodes if role in node.roles))}


class _Named(Protocol):
    @property
    def name(self) -> str: ...


PartT = TypeVar("PartT", bound=_Named)


def _by_name(parts: tuple[PartT, ...]) -> dict[str, PartT]:
    """Of two parts of one name, which only an unchecked topology has, the first."""
    return {part.name: part for part in reversed(parts)}


def addresses_of(machine: Node | Vm) -> tuple[ZoneAddress, ...]:
    """All addresses of a node or VM with their zones, in file order; empty for a VM without a network."""
    return machine._settled


def _zone_addresses(machine: Node | Vm) -> tuple[ZoneAddress, ...]:
    if machine.addresses:
        return machine.addresses
    if machine.zone is not None and machine.address is not None:
        return (ZoneAddress(zone=machine.zone, address=machine.address),)
    return ()
