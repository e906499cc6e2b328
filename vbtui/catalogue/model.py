"""The types of the port catalogue: needs, alternatives, rows, sources, disagreements.

A *need* is something that the process must reach at a step ("the guest", "the transport service of the proxy"). It has
one or more *alternatives*, tried in order; every row of an alternative is required for it. A row names its two parties
by role, not by machine: `workflow.parties` finds the machines.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.vocabulary import Component, Level, Profile, Role, Service, StepId


class Need(StrEnum):
    """What the process needs to reach. The values stand in the row files, in event ids and in JSON."""

    TRIGGER_CONSOLE = "trigger-console"
    TRIGGER_ENTERPRISE_MANAGER = "trigger-enterprise-manager"
    TRIGGER_POWERSHELL = "trigger-powershell"
    TRIGGER_REST = "trigger-rest"
    BACKUP_SERVICE = "backup-service"
    CONFIG_DATABASE = "config-database"
    TRANSPORT_PROXY = "transport-service-proxy"
    TRANSPORT_REPOSITORY = "transport-service-repository"
    APPLIANCE_CALLBACK = "appliance-callback"
    RULES_PROXY = "rules-proxy"
    RULES_REPOSITORY = "rules-repository"
    DATA_MOVERS = "data-movers"
    DATA_MOVERS_REVERSE = "data-movers-reverse"
    """The same need where the server runs on the proxy's side."""
    SHARE = "share"
    METADATA = "metadata"
    GUEST_INTERACTION_PROXY = "guest-interaction-proxy"
    GUEST_WINDOWS = "guest-windows"
    GUEST_LINUX = "guest-linux"
    SNAPSHOT_CREATE = "snapshot-create"
    PROXY_VSPHERE = "proxy-vsphere"
    NFC = "nfc"
    STORAGE_ISCSI = "storage-iscsi"
    STORAGE_NFS = "storage-nfs"
    SNAPSHOT_COMMIT = "snapshot-commit"
    NAME_RESOLUTION = "name-resolution"
    TIME = "time"
    DIRECTORY = "directory"
    DEPLOYMENT = "deployment"
    """Rows that count only while a component is installed or added; no event needs them."""
    OPTIONAL = "optional"
    """Rows that the vendor's page lists for a normal run although no step of the process opens them."""


class When(StrEnum):
    """A condition under which a row counts. All conditions of a row must hold; facts come from the topology."""

    VCENTER = "vcenter"
    """The VM's host is managed by a vCenter."""
    STANDALONE = "standalone"
    """The VM's host is added on its own."""
    REMOTE_DATABASE_POSTGRESQL = "remote-postgresql"
    REMOTE_DATABASE_MSSQL = "remote-mssql"
    LINUX_DESTINATION = "linux-destination"
    WINDOWS_DESTINATION = "windows-destination"
    APPLIANCE = "appliance"
    """The server was built from the Infrastructure Appliance image."""
    SHARE_SMB = "share-smb"
    SHARE_NFS = "share-nfs"
    GATEWAY = "gateway"
    """A gateway server stands in front of the repository."""
    WINDOWS_BACKUP_SERVER = "windows-backup-server"
    LINUX_BACKUP_SERVER = "linux-backup-server"


class Party(StrEnum):
    """Who opens or accepts a connection, seen from one VM's task."""

    BACKUP_SERVER = "backup_server"
    CONSOLE = "console"
    ENTERPRISE_MANAGER = "enterprise_manager"
    POWERSHELL = "powershell"
    REST_CLIENT = "rest_client"
    CONFIG_DB = "config_db"
    PROXY = "proxy"
    REPOSITORY = "repository"
    """The server whose data mover writes: the repository, or its gateway server if it is a share."""
    SHARE = "share"
    VCENTER = "vcenter"
    ESXI_HOST = "esxi_host"
    GUEST_INTERACTION_PROXY = "guest_interaction_proxy"
    """The backup server, if no other server has the role."""
    GUEST = "guest"
    STORAGE = "storage"
    ANY_SERVER = "any_server"
    """Every server of the backup infrastructure."""
    APPLIANCE = "appliance"
    """Every server built from the appliance image."""
    DNS = "dns"
    NTP = "ntp"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Source:
    """A public source of facts."""

    key: str
    title: str
    version: str
    """Product version, date or state of the page."""
    address: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Where one row comes from: a source and the place in it."""

    source: Source
    place: str
    confidence: str
    """`high` stated by the vendor, `medium` combined or older, `low` field knowledge."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A point on which public sources disagree. It is shown, never decided in silence."""

    id: str
    text: dict[str, str]
    """What each source says and what the tool does, by language (`en`, `de`)."""
    sources: tuple[Source, ...]
    general: bool = False
    """About the process as a whole: no single row has to name it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One connection of the catalogue, for one profile."""

    id: str
    need: Need
    alternative: str
    order: int
    """Alternatives of a need are tried in rising order, starting at 1."""
    source: Party
    source_component: Component
    destination: Party
    destination_component: Component
    services: tuple[Service, ...]
    """All of them are needed. A range counts as allowed when the whole of it is."""
    steps: tuple[StepId, ...]
    level: Level
    when: frozenset[When]
    purpose: dict[str, str]
    """What the connection is for, by language (`en`, `de`)."""
    citations: tuple[Citation, ...]
    disagreements: tuple[Disagreement, ...]
    on_demand: bool = False
    """The listener exists only while a job uses it, so a port probe sees it closed in between."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to meet a need: all its rows are required."""

    name: str
    order: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every row of one profile, in the file's order."""

    profile: Profile
    rows: tuple[Row, ...]
    sources: tuple[Source, ...]
    disagreements: tuple[Disagreement, ...]

    def alternatives(self, need: Need, facts: frozenset[When] = frozenset()) -> tuple[Alternative, ...]:
        """The ways to meet `need` where `facts` hold, in the order in which they are tried.

        Rows whose conditions do not hold are left out, and so are alternatives without a row.
        """
        found: dict[tuple[int, str], list[Row]] = {}
        for row in self.rows:
            if row.need is need and row.when <= facts:
                found.setdefault((row.order, row.alternative), []).append(row)
        return tuple(Alternative(name, order, tuple(rows)) for (order, name), rows in sorted(found.items()))

    def row(self, row_id: str) -> Row:
        """The row of that id. Raises KeyError."""
        for row in self.rows:
            if row.id == row_id:
                return row
        raise KeyError(row_id)


ROLE_OF_PARTY: dict[Party, Role] = {
    Party.BACKUP_SERVER: Role.BACKUP_SERVER,
    Party.CONSOLE: Role.CONSOLE,
    Party.ENTERPRISE_MANAGER: Role.ENTERPRISE_MANAGER,
    Party.POWERSHELL: Role.CONSOLE,
    Party.REST_CLIENT: Role.REST_CLIENT,
    Party.CONFIG_DB: Role.CONFIG_DB,
    Party.PROXY: Role.PROXY,
    Party.REPOSITORY: Role.REPOSITORY,
    Party.SHARE: Role.SHARE,
    Party.VCENTER: Role.VCENTER,
    Party.ESXI_HOST: Role.ESXI_HOST,
    Party.GUEST_INTERACTION_PROXY: Role.GUEST_INTERACTION_PROXY,
    Party.STORAGE: Role.STORAGE_ARRAY,
    Party.DNS: Role.DNS,
    Party.NTP: Role.NTP,
    Party.DIRECTORY: Role.DIRECTORY,
}
"""The role behind a party that is one kind of machine."""
