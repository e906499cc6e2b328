"""Single words: how roles, components, modes, outcomes, statuses and results are called.

Decided here: the English words, marked for translation. Product terms stay English in every language. What a word is
used for, and every sentence, stands elsewhere (`event_texts`, `messages`).
"""

from __future__ import annotations

from collections.abc import Mapping

from vbtui.i18n import N_
from vbtui.trace import EventKind, Status
from vbtui.vocabulary import Action, Component, GoalVerdict, Level, Outcome, Result, Role, TransportMode, Trigger

ROLES: Mapping[Role, str] = {
    Role.BACKUP_SERVER: N_("backup server"),
    Role.CONSOLE: N_("console"),
    Role.ENTERPRISE_MANAGER: "Enterprise Manager",
    Role.REST_CLIENT: N_("REST client"),
    Role.CONFIG_DB: N_("configuration database"),
    Role.VCENTER: "vCenter",
    Role.ESXI_HOST: N_("ESXi host"),
    Role.PROXY: N_("proxy"),
    Role.REPOSITORY: N_("repository"),
    Role.GATEWAY: N_("gateway server"),
    Role.GUEST_INTERACTION_PROXY: N_("guest interaction proxy"),
    Role.STORAGE_ARRAY: N_("storage array"),
    Role.SHARE: N_("file share"),
    Role.DNS: "DNS",
    Role.NTP: "NTP",
    Role.DIRECTORY: N_("directory service"),
    Role.GUEST: N_("guest"),
}

COMPONENTS: Mapping[Component, str] = {
    Component.CONSOLE: N_("console"),
    Component.ENTERPRISE_MANAGER: "Enterprise Manager",
    Component.POWERSHELL: "PowerShell",
    Component.REST_CLIENT: N_("REST client"),
    Component.BACKUP_SERVICE: "Backup Service",
    Component.BACKUP_MANAGER: "Backup Manager",
    Component.CONFIG_DB: N_("configuration database"),
    Component.TRANSPORT_SERVICE: N_("transport service"),
    Component.INSTALLER_SERVICE: N_("installer service"),
    Component.DATA_MOVER: "Data Mover",
    Component.GUEST_INTERACTION_PROXY: N_("guest interaction proxy"),
    Component.VSPHERE_API: N_("vSphere API"),
    Component.NFC: "NFC",
    Component.VSCSI: N_("virtual SCSI"),
    Component.GUEST_OS: N_("guest operating system"),
    Component.GUEST_RUNTIME: N_("runtime process in the guest"),
    Component.SSH_SERVER: N_("SSH server"),
    Component.VMWARE_TOOLS: "VMware Tools",
    Component.STORAGE: N_("storage"),
    Component.DNS: "DNS",
    Component.NTP: "NTP",
    Component.DIRECTORY: N_("directory service"),
    Component.OPERATING_SYSTEM: N_("operating system"),
}

MODES: Mapping[TransportMode, str] = {
    TransportMode.SAN: N_("direct storage access (SAN)"),
    TransportMode.NFS: N_("direct storage access (NFS)"),
    TransportMode.HOTADD: N_("virtual appliance (HotAdd)"),
    TransportMode.NBD: N_("network mode (NBD)"),
}

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.OK: N_("ok"),
    Outcome.WAITING: N_("waits"),
    Outcome.FALLBACK: N_("fallback"),
    Outcome.SKIPPED: N_("skipped"),
    Outcome.WARNING: N_("warning"),
    Outcome.FAIL: N_("failed"),
}

STATUSES: Mapping[Status, str] = {
    Status.PENDING: N_("pending"),
    Status.RUNNING: N_("running"),
    Status.WAITING: N_("waits"),
    Status.OK: N_("done"),
    Status.SKIPPED: N_("skipped"),
    Status.FALLBACK: N_("fallback"),
    Status.WARNING: N_("warning"),
    Status.FAIL: N_("failed"),
}

RESULTS: Mapping[Result, str] = {
    Result.SUCCESS: N_("Success"),
    Result.WARNING: N_("Warning"),
    Result.ERROR: N_("Error"),
}

ACTIONS: Mapping[Action, str] = {
    Action.ALLOW: N_("allowed"),
    Action.DENY: N_("dropped"),
    Action.REJECT: N_("rejected"),
    Action.UNKNOWN: N_("not known"),
}

GOALS: Mapping[GoalVerdict, str] = {
    GoalVerdict.OK: N_("ok"),
    GoalVerdict.FALLBACK: N_("fallback"),
    GoalVerdict.FAIL: N_("fail"),
    GoalVerdict.UNKNOWN: N_("unknown"),
}

LEVELS: Mapping[Level, str] = {
    Level.REQUIRED: N_("required"),
    Level.OPTIONAL: N_("optional"),
    Level.DEPLOYMENT: N_("deployment only"),
    Level.LOCAL: N_("local"),
    Level.INFRASTRUCTURE: N_("infrastructure"),
}

TRIGGERS: Mapping[Trigger, str] = {
    Trigger.SCHEDULE: N_("the schedule"),
    Trigger.CONSOLE: N_("the console"),
    Trigger.ENTERPRISE_MANAGER: "Enterprise Manager",
    Trigger.POWERSHELL: "PowerShell",
    Trigger.REST: N_("the REST API"),
}

KINDS: Mapping[EventKind, str] = {
    EventKind.PROCESS: N_("process"),
    EventKind.CONNECT: N_("connection"),
    EventKind.REQUEST: N_("request"),
    EventKind.DECISION: N_("decision"),
    EventKind.SCRIPT: N_("script"),
    EventKind.FREEZE: N_("freeze"),
    EventKind.SNAPSHOT: N_("snapshot"),
    EventKind.THAW: N_("release"),
    EventKind.ATTACH: N_("attach"),
    EventKind.DETACH: N_("detach"),
    EventKind.TRANSFER: N_("transfer"),
    EventKind.COMMIT: N_("commit"),
    EventKind.RESULT: N_("result"),
}

CONSISTENT: Mapping[str, str] = {
    "application": N_("application-consistent"),
    "crash": N_("crash-consistent"),
    "script": N_("consistent by script"),
    "none": N_("no restore point"),
}
"""What state a VM's restore point is in, by `VmResult.consistent`."""

ACCOUNTS: Mapping[str, str] = {
    "administrator": N_("the built-in administrator"),
    "domain_administrator": N_("a domain administrator"),
    "local_administrator": N_("a local administrator"),
    "root": "root",
    "sudo": N_("a user with sudo"),
    "none": N_("no account"),
}
"""What a job logs on with inside a guest, by `GuestCredentials.account`."""


WAYS: Mapping[str, str] = {
    "transport-port": N_("over the transport port"),
    "range": N_("over the port range"),
    "network": N_("over the network"),
    "vix": N_("over VIX"),
}
"""Ways to meet a need of which there are several, by the catalogue's `alternative`."""

BOTTLENECKS: Mapping[str, str] = {"source": "Source", "proxy": "Proxy", "network": "Network", "target": "Target"}
"""Where the data path waits, as in the job statistics; the words stay English in every language."""
