"""The few words that stand inside the picture, as a value that a view may replace by translated ones.

Decided here: the field's own English names, short enough for a box. No sentences; ports never stand here, they come
with the links.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vbtui.vocabulary import Component, Role

ROLE_NAMES: Mapping[Role, str] = {
    Role.BACKUP_SERVER: "backup server",
    Role.CONSOLE: "console",
    Role.ENTERPRISE_MANAGER: "Enterprise Manager",
    Role.REST_CLIENT: "REST client",
    Role.CONFIG_DB: "config DB",
    Role.VCENTER: "vCenter",
    Role.ESXI_HOST: "ESXi",
    Role.PROXY: "proxy",
    Role.REPOSITORY: "repository",
    Role.GATEWAY: "gateway",
    Role.GUEST_INTERACTION_PROXY: "guest proxy",
    Role.STORAGE_ARRAY: "storage",
    Role.SHARE: "share",
    Role.DNS: "DNS",
    Role.NTP: "NTP",
    Role.DIRECTORY: "directory",
    Role.GUEST: "guest",
}

COMPONENT_NAMES: Mapping[Component, str] = {
    Component.CONSOLE: "Console",
    Component.ENTERPRISE_MANAGER: "Enterprise Manager",
    Component.POWERSHELL: "PowerShell",
    Component.REST_CLIENT: "REST client",
    Component.BACKUP_SERVICE: "Backup Service",
    Component.BACKUP_MANAGER: "Backup Manager",
    Component.CONFIG_DB: "Config DB",
    Component.TRANSPORT_SERVICE: "Transport",
    Component.INSTALLER_SERVICE: "Installer",
    Component.DATA_MOVER: "Data Mover",
    Component.GUEST_INTERACTION_PROXY: "Guest proxy",
    Component.VSPHERE_API: "vSphere API",
    Component.NFC: "NFC",
    Component.VSCSI: "vSCSI",
    Component.GUEST_OS: "Guest",
    Component.GUEST_RUNTIME: "Runtime",
    Component.SSH_SERVER: "SSH",
    Component.VMWARE_TOOLS: "VMware Tools",
    Component.STORAGE: "Storage",
    Component.DNS: "DNS",
    Component.NTP: "NTP",
    Component.DIRECTORY: "Directory",
    Component.OPERATING_SYSTEM: "OS",
}

DATASTORE_KINDS: Mapping[str, str] = {"vmfs": "VMFS", "nfs": "NFS", "vsan": "vSAN", "vvol": "vVol"}
FABRICS: Mapping[str, str] = {"fc": "FC", "iscsi": "iSCSI", "sas": "SAS", "nfs": "NFS", "local": "local"}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language. Every role and component has one."""

    roles: Mapping[Role, str] = field(default_factory=lambda: ROLE_NAMES)
    components: Mapping[Component, str] = field(default_factory=lambda: COMPONENT_NAMES)
    datastores: str = "datastores"
    """Beside the number of those that are not shown."""
    guests: str = "VMs"
    """Behind the number of VMs of a group of hosts."""
    vm_on: str = "VM on {host}"
    """Row of a server that runs on an ESXi host; `{host}` is the host's name."""


FIELD_WORDS = Wording()
