"""What the words are: the enumerations, step ids, services and sizes that every room shares.

Standard library only; nothing here computes anything about backups. The words are the field's own. The values of the
enumerations are what stands in topology files, in JSON output and in event ids, so they never change with a language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

KiB: Final = 1024
MiB: Final = 1024 * KiB
GiB: Final = 1024 * MiB
TiB: Final = 1024 * GiB

BLOCK_SIZE: Final = MiB
"""Bytes of one backup block: the product's default for local targets (Help Center, compression and deduplication)."""


class Profile(StrEnum):
    """Which generation of the published port tables a topology is held against."""

    DIAGRAM = "diagram"
    """The process diagrams of the best-practice guide (2020 state)."""
    V12 = "v12"
    """Ports page of version 12.3."""
    V13 = "v13"
    """Ports page of version 13.0.2."""


class Role(StrEnum):
    """What a node does in the backup infrastructure. One node may have several roles."""

    BACKUP_SERVER = "backup_server"
    CONSOLE = "console"
    ENTERPRISE_MANAGER = "enterprise_manager"
    REST_CLIENT = "rest_client"
    CONFIG_DB = "config_db"
    VCENTER = "vcenter"
    ESXI_HOST = "esxi_host"
    PROXY = "proxy"
    REPOSITORY = "repository"
    GATEWAY = "gateway"
    GUEST_INTERACTION_PROXY = "guest_interaction_proxy"
    STORAGE_ARRAY = "storage_array"
    SHARE = "share"
    DNS = "dns"
    NTP = "ntp"
    DIRECTORY = "directory"
    GUEST = "guest"
    """A protected VM's guest operating system. Never written in a file: every VM has it."""


class Component(StrEnum):
    """The process, service or interface inside a node that opens or accepts a connection."""

    CONSOLE = "console"
    ENTERPRISE_MANAGER = "enterprise_manager"
    POWERSHELL = "powershell"
    REST_CLIENT = "rest_client"
    BACKUP_SERVICE = "backup_service"
    BACKUP_MANAGER = "backup_manager"
    CONFIG_DB = "config_db"
    TRANSPORT_SERVICE = "transport_service"
    INSTALLER_SERVICE = "installer_service"
    DATA_MOVER = "data_mover"
    GUEST_INTERACTION_PROXY = "guest_interaction_proxy"
    VSPHERE_API = "vsphere_api"
    NFC = "nfc"
    """The host's file copy service, logical port 902."""
    VSCSI = "vscsi"
    """The host's virtual SCSI stack, the way HotAdd reads."""
    GUEST_OS = "guest_os"
    GUEST_RUNTIME = "guest_runtime"
    SSH_SERVER = "ssh_server"
    VMWARE_TOOLS = "vmware_tools"
    STORAGE = "storage"
    """A storage array's or share's data port, or the fabric behind a datastore."""
    DNS = "dns"
    NTP = "ntp"
    DIRECTORY = "directory"
    OPERATING_SYSTEM = "operating_system"
    """Of any machine: what resolves names, sets the clock and signs in, whatever the machine's roles are."""


class StepId(StrEnum):
    """The steps of the process, in its order. Phase 1 is prepared once per job, 2 to 6 run for every VM on its own."""

    TRIGGER = "1.0"
    BACKUP_MANAGER = "1.1"
    READ_JOB = "1.2"
    SCHEDULE = "1.3"
    TRANSPORT_SERVICES = "1.4"
    RULES = "1.5"
    DATA_MOVERS = "1.6"
    METADATA = "1.7"
    GUEST_WINDOWS = "2.1"
    GUEST_WINDOWS_VIX = "2.2"
    GUEST_LINUX = "2.3"
    SNAPSHOT = "3"
    RELEASE = "4"
    DIRECT_STORAGE = "5.1"
    HOTADD = "5.2"
    NETWORK = "5.3"
    COMMIT = "6"

    @property
    def phase(self) -> Phase:
        return Phase(int(self.value[0]))


class Phase(IntEnum):
    """The six phases, and the keys 1 to 6 of the walkthrough."""

    INITIALISATION = 1
    GUEST_PROCESSING = 2
    SNAPSHOT = 3
    RELEASE = 4
    DATA_TRANSPORT = 5
    COMMIT = 6


class Action(StrEnum):
    """What a firewall does with the first packet of a flow."""

    ALLOW = "allow"
    DENY = "deny"
    """Dropped in silence: the initiator waits for its timeout."""
    REJECT = "reject"
    """Refused at once."""
    UNKNOWN = "unknown"
    """What an opaque rule does: it was imported and not understood, so it may do any of the others, or nothing."""


class Trigger(StrEnum):
    SCHEDULE = "schedule"
    CONSOLE = "console"
    ENTERPRISE_MANAGER = "enterprise_manager"
    POWERSHELL = "powershell"
    REST = "rest"


class TransportMode(StrEnum):
    SAN = "san"
    NFS = "nfs"
    HOTADD = "hotadd"
    NBD = "nbd"

    @property
    def step(self) -> StepId:
        return {
            TransportMode.SAN: StepId.DIRECT_STORAGE,
            TransportMode.NFS: StepId.DIRECT_STORAGE,
            TransportMode.HOTADD: StepId.HOTADD,
            TransportMode.NBD: StepId.NETWORK,
        }[self]


class Outcome(StrEnum):
    """How one event ended."""

    OK = "ok"
    WAITING = "waiting"
    """Nothing is wrong: a task waits for a slot."""
    FALLBACK = "fallback"
    """The wanted way was not possible, the next one is tried."""
    SKIPPED = "skipped"
    WARNING = "warning"
    FAIL = "fail"


class Result(StrEnum):
    """The state of a VM or a job at its end, as in the product's reports."""

    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class GoalVerdict(StrEnum):
    """Whether a step gets through under the firewall rules, before anything runs."""

    OK = "ok"
    FALLBACK = "fallback"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """How much a connection of the catalogue matters."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    """A feature is lost without it; the job runs."""
    DEPLOYMENT = "deployment"
    """Only while a component is installed, updated or added."""
    LOCAL = "local"
    """Inside one machine: no firewall rule, shown for completeness."""
    INFRASTRUCTURE = "infrastructure"
    """Names, time and identity: the whole estate needs it."""


class Protocol(StrEnum):
    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, order=True)
class Service:
    """A protocol with an inclusive range of destination ports, written `tcp/902` or `tcp/2500-3300`."""

    protocol: Protocol
    low: int
    high: int

    def __post_init__(self) -> None:
        if not 1 <= self.low <= self.high <= 65535:
            raise ValueError(f"ports must be 1-65535 in rising order, found {self.low}-{self.high}")

    @classmethod
    def parse(cls, text: str) -> Service:
        """Read `tcp/902` or `udp/1-65535`. Raises ValueError for anything else."""
        match = _SERVICE.fullmatch(text)
        if match is None:
            raise ValueError("expected PROTOCOL/PORT or PROTOCOL/LOW-HIGH, such as tcp/902 or tcp/2500-3300")
        low = int(match["low"])
        return cls(Protocol(match["protocol"]), low, int(match["high"] or low))

    @property
    def ports(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"

    def __str__(self) -> str:
        return f"{self.protocol}/{self.ports}"


_SERVICE = re.compile(r"(?P<protocol>tcp|udp)/(?P<low>[0-9]{1,5})(?:-(?P<high>[0-9]{1,5}))?")


def services_text(services: Iterable[Service]) -> str:
    """Services in reading order, `tcp/135, tcp/445`: for ids and tables, the same in every language."""
    return ", ".join(str(service) for service in sorted(services))


@dataclass(frozen=True, slots=True)
class Connection:
    """A logical connection as the engine knows it: it asks `permit(connection)` before it opens a real socket.

    `source` and `destination` are node names of the job's world; `service` is the logical port (902, 6162, 2500 and
    up), which the engine maps to a free port on loopback.
    """

    source: str
    destination: str
    service: Service


_SIZE = re.compile(r"(?P<number>[0-9]{1,15})(?P<unit>B|KiB|MiB|GiB|TiB)")
_UNITS: Final = {"B": 1, "KiB": KiB, "MiB": MiB, "GiB": GiB, "TiB": TiB}


def parse_size(text: str) -> int:
    """Bytes of a size such as `64MiB`. Raises ValueError: units are powers of 1024 and are always written."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError("expected a whole number with a unit, such as 64MiB or 2GiB")
    return int(match["number"]) * _UNITS[match["unit"]]
