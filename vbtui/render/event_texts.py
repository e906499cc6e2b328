"""The sentence of every message code that the process can emit, in English, marked for translation.

A code may have variants, `CODE/VARIANT`; `messages` chooses them by the event's parameters. Fields in braces are the
event's parameters and `FIELDS`, the parts that every event may have. Translations keep the fields.
Never here: a port, a name of a machine, or a fact that the event does not carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.catalogue import Need
from vbtui.i18n import N_
from vbtui.vocabulary import Outcome

FIELDS: Final = frozenset(
    {"source", "destination", "source_component", "destination_component", "service", "vm", "disk", "missing"}
)
"""Fields beside the event's own parameters. `missing`: ports of a range that do not get through."""

EVENTS: Final[Mapping[str, str]] = {
    # 1 initialisation
    "trigger.schedule": N_("The schedule starts job {job}."),
    "trigger.person": N_("{source} starts job {job} through {trigger}."),
    "manager.started": N_("{source} starts a Backup Manager process for the job."),
    "job.read": N_(
        "The Backup Manager reads the settings of job {job} from the configuration database on {destination}."
    ),
    "tasks.built": N_("The Backup Manager builds the task list: VMs {vms}, tasks {tasks}."),
    "task.assigned": N_("The scheduler gives {vm}/{disk} a slot on proxy {proxy} and on repository {repository}."),
    "task.waits": N_("{vm}/{disk} waits for a free task slot; repository {repository}."),
    "task.no-proxy": N_("No proxy can take {vm}/{disk}."),
    "task.no-slot": N_("{vm}/{disk} never gets a task slot; repository {repository}."),
    "mover.started": N_("The transport service on {source} starts a data mover."),
    "mover.started/task": N_("The transport service on {source} starts a data mover for {vm}/{disk}."),
    "rules.set": N_("The Backup Manager sends {destination} the traffic rules: no throttling."),
    "rules.throttled": N_("The Backup Manager sends {destination} the traffic rules: throttled to {mbit} Mbit/s."),
    "metadata.read": N_("The Backup Manager reads VM and host metadata from {destination}; VMs: {vms}."),
    # connections
    "connect.open": N_("{source} connects to {destination} on {service} ({destination_component})."),
    "connect.local": N_("{source} calls its own {destination_component} on {service}; no firewall is crossed."),
    "connect.dropped": N_("{source} gets no answer from {destination} on {service}: the packets are dropped."),
    "connect.rejected": N_("{source} is refused at once on the way to {destination} on {service}."),
    "connect.partial": N_("{source} cannot use all of {service} to {destination}: {missing} does not get through."),
    "connect.unknown": N_(
        "It is not known whether {source} reaches {destination} on {service}; the connection counts as dropped."
    ),
    "connect.refused": N_(
        "{source} is allowed to reach {destination} on {service}, but no {destination_component} is running there."
    ),
    # 2 guest processing
    "guest.off": N_("Guest processing is off for {vm}."),
    "guest.address": N_("The Backup Manager asks {destination} for the address of {vm}, which VMware Tools report."),
    "guest.no-tools": N_("VMware Tools are not running in {vm}: its address and its guest cannot be reached."),
    "guest.skipped": N_("Guest processing of {vm} is not possible without VMware Tools."),
    "guest.no-credentials": N_("There are no credentials for the guest of {vm}."),
    "guest.bad-credentials": N_("The guest of {vm} does not accept the credentials."),
    "guest.network": N_("{source} logs on to the guest of {vm} over the network as {account}."),
    "guest.vix": N_("{source} reaches the guest of {vm} through VMware Tools (VIX), as {account}."),
    "guest.remote-filter": N_(
        "{vm} accepts the log-on over the network, but remote access strips {account} of its rights (UAC filter)."
    ),
    "guest.vix-uac": N_("User Account Control in {vm} stops {account} over VIX; only the built-in one passes."),
    "script.pre-freeze": N_("The pre-freeze script {script} runs in {vm}."),
    "script.post-thaw": N_("The post-thaw script {script} runs in {vm}."),
    "script.not-elevated": N_("The script {script} fails in {vm}: it needs root, and {source} gets no root here."),
    "guest.frozen": N_("Applications in {vm} bring their data to a consistent state and hold their writes back."),
    "guest.quiet": N_("The guest of {vm} is at rest for the snapshot, prepared by its script."),
    # 3 and 4
    "snapshot.created": N_("{destination} creates the snapshot of {vm}; disks: {disks}."),
    "guest.thawed": N_("The applications in {vm} are released: they write again."),
    "guest.resumed": N_("{vm} goes on; no application was held back."),
    # 5 data transport
    "mode.chosen": N_("{source} chooses {mode} for {vm}/{disk}."),
    "mode.failed-over": N_("{source} fails over to {mode} for {vm}/{disk}: the wanted mode is not possible."),
    "mode.none": N_("{source} has no transport mode for {vm}/{disk}."),
    "vmx.read": N_("{source} reads the configuration of {vm} from {destination} over NFC."),
    "disk.attached": N_("{destination} attaches the disk {vm}/{disk} of the snapshot to proxy {proxy} (HotAdd)."),
    "disk.detached": N_("{destination} detaches the disk {vm}/{disk} from proxy {proxy}."),
    "disk.left-attached": N_("The disk {vm}/{disk} stays attached to proxy {proxy}: its data mover is gone."),
    "mover.dead": N_("The data mover on {destination} does not answer any more."),
    "transfer.done": N_("{vm}/{disk}: {read} of {processed} are read by {mode}, {transferred} go to {destination}."),
    "transfer.done/no-cbt": N_(
        "{vm}/{disk}: without changed block tracking all {read} are read by {mode}, {transferred} go to {destination}."
    ),
    "transfer.done/incremental": N_(
        "{vm}/{disk}: the changed {read} of {processed} are read by {mode}, {transferred} go to {destination}."
    ),
    "transfer.done/incremental-no-cbt": N_(
        "{vm}/{disk}: without changed block tracking all {read} are read by {mode} to find what changed; "
        "{transferred} go to {destination}."
    ),
    "transfer.broken": N_("The copy of {vm}/{disk} fails: the data mover on {mover} is gone."),
    "task.done": N_("The task {vm}/{disk} is done: {read} read, {transferred} transferred."),
    "task.mover-gone": N_("The task {vm}/{disk} has failed: the data mover on {mover} died during the copy."),
    "task.failed": N_("The task {vm}/{disk} has failed."),
    # 6 commit and results
    "snapshot.committed": N_("{destination} removes the snapshot of {vm}: the redo logs go into the disks."),
    "snapshot.left": N_("The snapshot of {vm} cannot be removed and stays on {destination}."),
    "snapshot.locked": N_("The snapshot of {vm} cannot be removed: proxy {proxy} still holds the disk {disk}."),
    "vm.success": N_("{vm} ends with Success, {consistent}."),
    "vm.warning": N_("{vm} ends with Warning, {consistent}."),
    "vm.error": N_("{vm} ends with Error, {consistent}."),
    "vm.success/left": N_("{vm} ends with Success, {consistent}; the snapshot is left behind."),
    "vm.warning/left": N_("{vm} ends with Warning, {consistent}; the snapshot is left behind."),
    "vm.error/left": N_("{vm} ends with Error, {consistent}; the snapshot is left behind."),
    "job.success": N_("The job ends with Success. VMs: {success} Success, {warning} Warning, {error} Error."),
    "job.warning": N_("The job ends with Warning. VMs: {success} Success, {warning} Warning, {error} Error."),
    "job.error": N_("The job ends with Error. VMs: {success} Success, {warning} Warning, {error} Error."),
}

REJECTED_MODES: Final[Mapping[str, str]] = {
    "mode.hardened-proxy": N_("{proxy} is a hardened repository and proxy in one: it offers network mode only"),
    "mode.san-datastore-kind": N_("{datastore} is no VMFS datastore ({kind})"),
    "mode.san-local-storage": N_("{datastore} lies on the host's own disks, no storage network leads there"),
    "mode.san-encrypted": N_("{vm} is encrypted"),
    "mode.san-virtual-proxy": N_("{proxy} is a VM, and the storage is not reached by iSCSI ({fabric})"),
    "mode.san-appliance": N_("{proxy} is an Infrastructure Appliance, which reads directly over iSCSI only ({fabric})"),
    "mode.san-no-access": N_("{proxy} has no access to the storage of {datastore}"),
    "mode.nfs-datastore-kind": N_("{datastore} is no NFS datastore ({kind})"),
    "mode.nfs-no-access": N_("{proxy} has no access to the NFS export of {datastore}"),
    "mode.nfs-encrypted": N_("{vm} is encrypted"),
    "mode.nfs-snapshot": N_("{vm} had a snapshot before the job"),
    "mode.hotadd-physical-proxy": N_("{proxy} is not a VM"),
    "mode.hotadd-ide": N_("{disk} is an IDE disk, which cannot be hot-added"),
    "mode.hotadd-no-scsi": N_("{proxy} has no virtual SCSI controller"),
    "mode.hotadd-datacenter": N_("{proxy} and {vm} are not in the same datacenter"),
    "mode.hotadd-datastore": N_("the proxy's host {host} does not see {datastore}"),
    "mode.hotadd-encrypted": N_("{vm} is encrypted and {proxy} is not"),
    "mode.storage-blocked": N_("the storage of {datastore} cannot be reached over the network"),
}
"""Why a transport mode was not taken; half sentences, to follow the name of the mode."""

INSTEAD: Final[Mapping[tuple[Need, Outcome], str]] = {
    (Need.GUEST_WINDOWS, Outcome.FALLBACK): N_("The next way into the guest is tried; the last one is VIX."),
    (Need.GUEST_LINUX, Outcome.FALLBACK): N_("The next way into the guest is tried; the last one is VIX."),
    (Need.GUEST_WINDOWS, Outcome.WARNING): N_("No way is left: the VM is backed up without guest processing."),
    (Need.GUEST_LINUX, Outcome.WARNING): N_("No way is left: the VM is backed up without guest processing."),
    (Need.GUEST_WINDOWS, Outcome.FAIL): N_("No way is left, and the job requires guest processing: the VM fails."),
    (Need.GUEST_LINUX, Outcome.FAIL): N_("No way is left, and the job requires guest processing: the VM fails."),
    (Need.GUEST_INTERACTION_PROXY, Outcome.FALLBACK): N_(
        "The backup server takes the guest interaction proxy's place."
    ),
    (Need.STORAGE_ISCSI, Outcome.FALLBACK): N_("The task fails over to network mode (NBD)."),
    (Need.STORAGE_NFS, Outcome.FALLBACK): N_("The task fails over to network mode (NBD)."),
    (Need.STORAGE_ISCSI, Outcome.FAIL): N_("The task fails: the job does not allow failover to network mode."),
    (Need.STORAGE_NFS, Outcome.FAIL): N_("The task fails: the job does not allow failover to network mode."),
    (Need.CONFIG_DATABASE, Outcome.FAIL): N_("The job ends: nobody knows what to back up."),
    (Need.TRANSPORT_REPOSITORY, Outcome.FAIL): N_("The job ends: without the repository no task can write."),
    (Need.RULES_REPOSITORY, Outcome.FAIL): N_("The job ends: without the repository no task can write."),
    (Need.TRANSPORT_PROXY, Outcome.FAIL): N_("The proxy is not available to the job; its tasks fail."),
    (Need.RULES_PROXY, Outcome.FAIL): N_("The proxy is not available to the job; its tasks fail."),
    (Need.DATA_MOVERS, Outcome.FAIL): N_("The task fails: its data has no way to the repository."),
    (Need.DATA_MOVERS_REVERSE, Outcome.FAIL): N_("The task fails: its data has no way to the repository."),
    (Need.SHARE, Outcome.FAIL): N_("The task fails: the gateway server cannot store its data."),
    (Need.METADATA, Outcome.FAIL): N_("All VMs behind this address fail: nothing is known of them."),
    (Need.SNAPSHOT_CREATE, Outcome.FAIL): N_("No snapshot, no backup: the VM fails and its guest is released."),
    (Need.PROXY_VSPHERE, Outcome.FAIL): N_("The task fails; the snapshot is still removed."),
    (Need.NFC, Outcome.FAIL): N_("The task fails in every transport mode; the snapshot is still removed."),
    (Need.SNAPSHOT_COMMIT, Outcome.WARNING): N_("The snapshot stays and grows until somebody removes it."),
    (Need.TRIGGER_CONSOLE, Outcome.FAIL): N_("The job does not start."),
    (Need.TRIGGER_ENTERPRISE_MANAGER, Outcome.FAIL): N_("The job does not start."),
    (Need.TRIGGER_POWERSHELL, Outcome.FAIL): N_("The job does not start."),
    (Need.TRIGGER_REST, Outcome.FAIL): N_("The job does not start."),
}
"""What happens instead of a blocked connection, where it is more than `INSTEAD_OTHERWISE` says."""

INSTEAD_OTHERWISE: Final[Mapping[Outcome, str]] = {
    Outcome.OK: "",
    Outcome.WAITING: N_("It is tried again."),
    Outcome.FALLBACK: N_("The next way is tried."),
    Outcome.SKIPPED: N_("This part is left out."),
    Outcome.WARNING: N_("The run goes on, and its result is a warning."),
    Outcome.FAIL: N_("What needs this connection cannot go on."),
}
