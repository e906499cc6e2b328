"""The topology file as types: what exists, and nothing about what happens.

Decided here: the fields of the file, their types, defaults and bounds, each checked on its own. Whether references
resolve and addresses fit is decided in `checks`; where a value stood in its file is known to `loading`.
The models are immutable after loading and refuse unknown keys. Sizes in the file are text with a unit and become bytes.
`description`, and a rule's `owner`, `ticket`, `expires`, `comment`, `origin` and `raw`, are for whoever reads the file:
nothing is decided by them, and an expired rule still holds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from vbtui.topology.fields import Address as Address
from vbtui.topology.fields import (
    AddressField,
    DateField,
    Flag,
    Name,
    NetworkField,
    NetworkOrRangeField,
    Number,
    RangeField,
    ServiceField,
    Size,
    Text,
    Whole,
    exactly,
)
from vbtui.topology.fields import AddressRange as AddressRange
from vbtui.topology.fields import Network as Network
from vbtui.vocabulary import Action, Profile, Role, Trigger


class Part(BaseModel):
    """Base of every part of the file: strict, immutable, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, arbitrary_types_allowed=True)


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
    image: Text = "sample"
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


class Selector(Part):
    """One side of a rule. Keys of one selector must all hold; a list of selectors is an alternative."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    any: Annotated[Literal[True], BeforeValidator(exactly(bool))] | None = None
    node: Name | None = None
    role: Role | None = None
    zone: Name | None = None
    cidr: NetworkField | None = None
    range: RangeField | None = None
    network: Name | None = None
    """A group of addresses of the file's `networks:`."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict | Selector) else value


Selectors = Annotated[
    tuple[Selector, ...],
    Field(min_length=1),
    BeforeValidator(_listed, json_schema_input_type=Selector | Annotated[tuple[Selector, ...], Field(min_length=1)]),
]


class Rule(Part):
    """One rule. `services` holds literal services and names of the file's `services:`; `any` is every service.

    A rule with the action `unknown` is opaque: it was imported and not understood. Its sides and services are the most
    that it could match, and what it does to a flow is not known.
    """

    name: Name
    source: Selectors
    destination: Selectors
    services: tuple[Text, ...] = Field(min_length=1)
    action: Action
    direction: Literal["inbound", "outbound", "both"] = "both"
    """Only for host firewalls."""
    enabled: Flag = True
    owner: Text = ""
    ticket: Text = ""
    expires: DateField | None = None
    comment: Text = ""
    origin: Text = ""
    """Of an imported rule: its file with line, row or handle, `edge.nft:12`."""
    raw: Text = ""
    """Of an opaque rule: its own words, as the imported file has them."""


class HostDefault(Part):
    inbound: Action = Action.DENY
    outbound: Action = Action.ALLOW


def _default_kind(value: Any) -> str:
    return "host" if isinstance(value, dict | HostDefault) else "action"


class Firewall(Part):
    name: Name
    kind: Literal["network", "host"] = "network"
    connects: tuple[Name, ...] = ()
    """Zones that a network firewall joins."""
    evaluation: Literal["first-match", "deny-overrides", "allow-list"] = "first-match"
    stateful: Flag = True
    default: Annotated[
        Annotated[Action, Tag("action")] | Annotated[HostDefault, Tag("host")], Discriminator(_default_kind)
    ] = Action.DENY
    """One action, or for a host firewall one per direction. Unless it is written, a network firewall denies, and a host
    firewall denies what comes in and allows what goes out."""
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _host_default(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") == "host" and "default" not in data:
            return {**data, "default": HostDefault()}
        return data


class Path(Part):
    """The network firewalls that a packet from one zone to another crosses, in order. Holds for both directions."""

    source: Name = Field(alias="from")
    destination: Name = Field(alias="to")
    via: tuple[Name, ...]


class Defaults(Part):
    same_zone: Action = Action.ALLOW
    unlisted_path: Action = Action.DENY
    """Verdict where two zones have no path."""


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
        return _named(self.nodes, name)

    def vm(self, name: str) -> Vm:
        return _named(self.vms, name)

    def zone(self, name: str) -> Zone:
        return _named(self.zones, name)

    def datastore(self, name: str) -> Datastore:
        return _named(self.datastores, name)

    def firewall(self, name: str) -> Firewall:
        return _named(self.firewalls, name)

    def job(self, name: str) -> Job:
        return _named(self.jobs, name)

    def with_role(self, role: Role) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if role in node.roles)

    def first(self, role: Role) -> Node | None:
        return next((node for node in self.nodes if role in node.roles), None)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


PartT = TypeVar("PartT", bound=_Named)


def _named(parts: tuple[PartT, ...], name: str) -> PartT:
    for part in parts:
        if part.name == name:
            return part
    raise KeyError(name)


def addresses_of(machine: Node | Vm) -> tuple[ZoneAddress, ...]:
    """All addresses of a node or VM with their zones, in file order; empty for a VM without a network."""
    if machine.addresses:
        return machine.addresses
    if machine.zone is not None and machine.address is not None:
        return (ZoneAddress(zone=machine.zone, address=machine.address),)
    return ()
