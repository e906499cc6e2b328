"""What a screen may know of a run while it goes on: immutable, polled, never pushed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vbtui.vocabulary import Result


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """One VM disk, measured. Bytes and seconds."""

    id: str
    """`VM/DISK`, as in the trace."""
    processed: int
    read: int
    transferred: int
    fraction: float
    """Share of the blocks to read that are dealt with, 0 to 1; holes do not count."""
    seconds: float
    bottleneck: str | None
    """`source`, `proxy`, `network` or `target`; None before there is a figure."""
    done: bool
    mode: str = ""
    """Transport mode by which the disk is read: `san`, `nfs`, `hotadd` or `nbd`."""
    total: int = 0
    """Bytes of the disk."""
    zero: int = 0
    """Bytes read and dropped as zeros."""
    duplicate: int = 0
    """Bytes read and dropped because their content was there already."""
    unchanged: int = 0
    """Bytes that are as in the parent point: not read, or read and found equal."""
    written: int = 0
    """Bytes that the repository has put into the backup file."""
    parent: str | None = None
    """The restore point that this one is incremental to; None for a full one."""
    tracked: bool | None = None
    """Whether changed block tracking told what to read; None for a full copy."""


class SnapshotState(StrEnum):
    NONE = "none"
    ACTIVE = "active"
    COMMITTING = "committing"
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class SnapshotProgress:
    """The snapshot of one VM, its disks added up. Bytes and seconds."""

    state: SnapshotState
    redo_bytes: int
    """What a merge would have to write now."""
    merged: int = 0
    round: int = 0
    """Of the commit: helper snapshots taken so far, plus one."""
    create_stun_seconds: float = 0.0
    commit_stun_seconds: float = 0.0
    converged: bool = True
    """False while the guest writes faster than the merge, and for good once that was so to the end: it was then stunned
    for the whole rest."""
    before_commit: int | None = None
    """Of the redo logs when their commit began; None before it. What is merged beyond them was written meanwhile."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """One moment of a run."""

    index: int
    """Position of the last event that has begun; -1 before the first."""
    elapsed: float
    """Seconds since the start."""
    finished: bool
    cancelled: bool
    tasks: Mapping[str, TaskProgress]
    """By task id; only tasks whose copy has begun."""
    redo_bytes: Mapping[str, int]
    """By VM: size of the redo logs of its snapshot."""
    result: Result | None
    """Measured result, once finished."""
    error: str | None
    """Message code of what ended the run early, None if nothing did."""
    error_file: str | None = None
    """The file or folder that it is about, if it is about one."""
    snapshots: Mapping[str, SnapshotProgress] = field(default_factory=dict)
    """By VM; only VMs whose snapshot has been taken."""
