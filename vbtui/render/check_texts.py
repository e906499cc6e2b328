"""Words of a check: what happens instead of a goal that is not met on its first way, and what else is in the way.

In: the codes of `planning`. Out: English sentences, marked for translation. How they are put together is decided in
`goal_texts` and the sheets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.i18n import N_
from vbtui.planning import Effect, Loss

EFFECTS: Final[Mapping[Effect, str]] = {
    Effect.NEXT_WAY: N_("another way is taken"),
    Effect.SERVER_INSTEAD: N_("the backup server takes the guest interaction proxy's place"),
    Effect.SCRIPT_FAILS: N_("the script fails after the release: a warning"),
    Effect.NETWORK_MODE: N_("network mode (NBD) stands in"),
    Effect.CRASH_CONSISTENT: N_("the guest is not prepared: a crash-consistent image and a warning"),
    Effect.SNAPSHOT_LEFT: N_("warning: a backup is made, but the snapshot is left behind; somebody has to remove it"),
    Effect.INFRASTRUCTURE: N_("warning: names, time or identity are missing"),
    Effect.TASK_FAILS: N_("the task fails"),
    Effect.VM_FAILS: N_("the VM fails"),
    Effect.JOB_FAILS: N_("the job fails"),
}

OBSTACLES: Final[Mapping[str, str]] = {
    "task.no-proxy": N_("no proxy can take it"),
    "mode.hardened-proxy": N_("a hardened repository and proxy in one offers network mode only"),
    "mode.san-datastore-kind": N_("a datastore of the VM is no VMFS"),
    "mode.san-local-storage": N_("the datastore lies on the host's own disks"),
    "mode.san-encrypted": N_("the VM is encrypted"),
    "mode.san-virtual-proxy": N_("the proxy is a VM, and the storage is not reached by iSCSI"),
    "mode.san-appliance": N_("an Infrastructure Appliance reads directly over iSCSI only"),
    "mode.san-no-access": N_("the proxy has no access to the datastore's storage"),
    "mode.nfs-datastore-kind": N_("the datastore is no NFS export"),
    "mode.nfs-no-access": N_("the proxy has no access to the NFS export"),
    "mode.nfs-encrypted": N_("the VM is encrypted"),
    "mode.nfs-snapshot": N_("the VM had a snapshot before the job"),
    "mode.hotadd-physical-proxy": N_("the proxy is not a VM"),
    "mode.hotadd-ide": N_("an IDE disk cannot be hot-added"),
    "mode.hotadd-no-scsi": N_("the proxy has no virtual SCSI controller"),
    "mode.hotadd-datacenter": N_("proxy and VM are not in the same datacenter"),
    "mode.hotadd-datastore": N_("the proxy's host does not mount all of the VM's datastores"),
    "mode.hotadd-encrypted": N_("the VM is encrypted and the proxy is not"),
    "guest.no-tools": N_("VMware Tools are not running"),
    "guest.no-credentials": N_("no credentials for the guest"),
    "guest.bad-credentials": N_("the guest does not accept the credentials"),
    "guest.remote-filter": N_("remote access strips the account of its rights (UAC filter)"),
    "guest.proxy-unreachable": N_("the guest interaction proxy is out of reach"),
    "guest.vix-uac": N_("User Account Control stops the account over VIX"),
    "script.not-elevated": N_("the script needs root and does not get it"),
}
"""What is in the way besides firewalls, by `WayVerdict.obstacle` and `shortfall`."""

LOSSES: Final[Mapping[Loss, str]] = {
    Loss.RESTORE_POINT: N_("the restore point"),
    Loss.CONSISTENCY: N_("an image for which the applications were prepared"),
    Loss.ELEVATION: N_("over VIX, sudo gives scripts no root"),
    Loss.FREEZE_TIME: N_("VIX takes time out of the freeze, which Windows holds for 60 s at most"),
    Loss.SCRIPT: N_("what the post-thaw script does"),
    Loss.DIRECT_PATH: N_("disk data crosses the host's management network, as a rule slower"),
    Loss.SNAPSHOT_FREE: N_("the VM keeps running on its snapshot"),
}
"""What is lost by it, by `Goal.loss`."""

SURROUNDINGS: Final = N_("names, time, identity")
"""In the place of a step for goals that the process rests on."""
