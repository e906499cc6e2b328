"""A disk in use and its snapshot: redo logs, the merge, and an overlay over somebody else's image.

`LiveDisk` is the door: the guest reads and writes it, `create_snapshot` freezes it, `commit` merges what was written
since. The files (`names`): redo logs are sparse VMDK children of what lies below them (`redo_log`, `chain`), which is
the image or an overlay (`base`). Every change of a file goes through `engine.storage`, in an order (`chain`, `commit`)
that leaves the same disk whenever the process dies or the power fails. Never here: who reads a snapshot, and how.
"""

from vbtui.engine.snapshot.base import FrozenImage
from vbtui.engine.snapshot.commit import MAX_ROUNDS, STUN_THRESHOLD, CommitProgress, CommitReport
from vbtui.engine.snapshot.disk import LiveDisk
from vbtui.engine.snapshot.frozen import Snapshot

__all__ = [
    "MAX_ROUNDS",
    "STUN_THRESHOLD",
    "CommitProgress",
    "CommitReport",
    "FrozenImage",
    "LiveDisk",
    "Snapshot",
]
