"""What to copy and how: one disk, as a job or a command asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vbtui.engine.block import CompressionLevel
from vbtui.engine.block_map import BlockMap
from vbtui.engine.disk.extents import Extent
from vbtui.engine.mover.throttle import Throttle
from vbtui.engine.transport.reader import DiskReader
from vbtui.vocabulary import Connection

WORKERS = 2
"""Workers per task: on two cores a third brings nothing (measured)."""

BeforeBlock = Callable[[int, int], None]
"""Called in a worker's thread before a block is read: how many were begun before it, and how many there are to read."""


@dataclass(frozen=True, slots=True)
class CopyTask:
    """What to copy and how. `name` is the task (VM/DISK), unique among the copies of one repository's data mover."""

    name: str
    open_reader: Callable[[], DiskReader]
    """Opens one way to the disk; called once per worker, in the thread that starts the copy."""
    connection: Connection
    """The data connection; its source is the proxy, or the repository if the proxy's side runs the server."""
    workers: int = WORKERS
    compression: CompressionLevel = CompressionLevel.OPTIMAL
    extents: tuple[Extent, ...] | None = None
    """Areas in use as the host knows them; without, what the reader can tell."""
    changed: tuple[Extent, ...] | None = None
    """Areas changed since the parent point, from change tracking: nothing else is read. None: all in use is read and
    compared by hash. Without a parent (`DiskSink.known` is None) it is not looked at."""
    reread: frozenset[int] = frozenset()
    """Blocks whose copy in the chain is damaged: read and sent again, whatever change tracking or a hash says."""
    throttle: Throttle | None = None
    """A limit on what goes over the network, heads included; shared by all tasks under one rule."""
    pace: Throttle | None = None
    """A limit on what is read, for a run that is watched; nothing of it counts as work of a stage."""
    marks: BlockMap | None = None
    before_block: BeforeBlock | None = None
