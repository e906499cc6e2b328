"""What a screen may know of a run while it goes on: immutable, polled, never pushed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
