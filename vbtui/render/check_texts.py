"""Words of a check: what happens instead of a goal that is not met on its first way, and what else is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.i18n import N_
from vbtui.planning import Effect

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
    "guest.no-tools": N_("VMware Tools are not running"),
    "guest.no-credentials": N_("no credentials for the guest"),
    "guest.bad-credentials": N_("the guest does not accept the credentials"),
    "guest.remote-filter": N_("remote access strips the account of its rights (UAC filter)"),
    "guest.proxy-unreachable": N_("the guest interaction proxy is out of reach"),
    "guest.vix-uac": N_("User Account Control stops the account over VIX"),
    "script.not-elevated": N_("the script needs root and does not get it"),
}
"""What is in the way besides firewalls, by `WayVerdict.obstacle` and `shortfall`."""

SURROUNDINGS: Final = N_("names, time, identity")
"""In the place of a step for goals that the process rests on."""
