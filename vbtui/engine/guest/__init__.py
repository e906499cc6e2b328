"""The guest: an application that writes to the disks of a VM, so that a restore point can be told right from wrong.

`workload` decides when it writes, and is frozen and released around a snapshot; `application` what it writes and in
which order; `ledger_layout` has its pages as bytes; `ledger` judges what is left on a disk, knowing nothing but the
disk, and recovers it as the application would. Never here: snapshots being made, who backs the disks up.
"""

from vbtui.engine.guest.ledger import Consistency, GuestState, UnexplainedPage, examine, examine_machine
from vbtui.engine.guest.workload import Guest, GuestWrite

__all__ = [
    "Consistency",
    "Guest",
    "GuestState",
    "GuestWrite",
    "UnexplainedPage",
    "examine",
    "examine_machine",
]
