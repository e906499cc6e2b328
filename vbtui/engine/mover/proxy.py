"""The proxy's data mover: reads blocks, drops what needs no transfer, compresses the rest and sends it.

Decided here: the order of the work on a block (read, zero test, hash, known content, compression, throttling rule) and
that every worker has its own reader, buffer, compressor and stream, so that workers share nothing but the plan and the
set of hashes. The memory of a worker is two blocks (the plain one and its payload), whatever the size of the disk. What
grows is the set of hashes of the blocks sent, some 110 bytes for each: 110 MiB for 1 TiB of different blocks.
"""

from __future__ import annotations

import socket
import threading
import zlib
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from vbtui.engine.block import BlockHead, BlockKind, Codec, Compressor, HashAlgorithm, KnownBlocks, digest
from vbtui.engine.block_map import BlockState
from vbtui.engine.mover.plan import CopyPlan
from vbtui.engine.mover.progress import TaskProgress
from vbtui.engine.mover.stream import receive_acknowledgement, send_hello
from vbtui.engine.mover.task import CopyTask
from vbtui.engine.network import LoopbackNetwork
from vbtui.engine.transport.reader import DiskReader
from vbtui.engine.wire import Buffer, send_all

_FATES: Final = {
    BlockKind.DATA: BlockState.SENT,
    BlockKind.ZERO: BlockState.ZERO,
    BlockKind.DUPLICATE: BlockState.DUPLICATE,
    BlockKind.UNCHANGED: BlockState.UNCHANGED,
}


@runtime_checkable
class AnnouncedReader(DiskReader, Protocol):
    """A reader that can be told what comes next, so that the other side works meanwhile."""

    def will_read(self, offset: int, length: int) -> None:
        """Announce the next `read_into`. Raises what reading raises."""
        ...


@dataclass(frozen=True, slots=True)
class ProxyDataMover:
    """The data mover of one proxy node."""

    network: LoopbackNetwork
    node: str


class BlockSource:
    """One disk on its way out: what the workers of a task share."""

    def __init__(
        self,
        task: CopyTask,
        plan: CopyPlan,
        *,
        disk: int,
        size: int,
        block_size: int,
        algorithm: HashAlgorithm,
        known: KnownBlocks | None,
        progress: TaskProgress,
        stop: threading.Event,
    ) -> None:
        self._task = task
        self._disk = disk
        self._size = size
        self._block_size = block_size
        self._algorithm = algorithm
        self._known = known
        self._progress = progress
        self._stop = stop
        self._lock = threading.Lock()
        self._to_read = plan.blocks_to_read
        self._blocks = enumerate(plan.read())
        self._skipped = plan.skipped()
        self._sent: set[bytes] = set()
        self._zeros = bytes(block_size)
        self._zero_names: dict[int, bytes] = {}
        # Content that the chain holds in a damaged record is nothing to refer to.
        self._damaged = frozenset(known.digest_of(block) for block in task.reread) if known is not None else frozenset()

    def work(self, reader: DiskReader, sock: socket.socket) -> None:
        """One worker: blocks until there are none, then the end of the stream. Stops early when told to."""
        task, clock = self._task, self._progress.clock
        send_hello(sock, task.name)
        compressor = Compressor(task.compression)
        buffer = bytearray(self._block_size)
        heads = self._send_skipped(sock)
        # A reader over a network gets its next block while this one is compressed; not where somebody watches the
        # order of the blocks.
        unwatched = task.pace is None and task.before_block is None
        announce = reader.will_read if isinstance(reader, AnnouncedReader) and unwatched else None
        ahead: tuple[int, int] | None = None
        while not self._stop.is_set():
            ordinal, block = self._next_block() if ahead is None else ahead
            ahead = None
            if block < 0:
                send_all(sock, BlockHead(BlockKind.END, self._disk, 0, run=heads).pack())
                receive_acknowledgement(sock, heads)
                return
            length = self._length(block)
            if task.before_block is not None:
                task.before_block(ordinal, self._to_read)
            if task.pace is not None and not task.pace.take(length, self._stop):
                return
            if length != len(buffer):
                buffer = bytearray(length)
            self._mark(block, BlockState.READING)
            begin = clock()
            reader.read_into(block * self._block_size, memoryview(buffer))
            if announce is not None:
                ahead = self._next_block()
                if ahead[1] >= 0:
                    self._mark(ahead[1], BlockState.READING)
                    announce(ahead[1] * self._block_size, self._length(ahead[1]))
            self._progress.add(read=length, source_ns=clock() - begin)
            self._mark(block, BlockState.READ)
            if not self._send_block(sock, compressor, block, buffer):
                return
            heads += 1

    # inside

    def _next_block(self) -> tuple[int, int]:
        """The next block to read and how many were begun before it; a block below 0 when there is none."""
        with self._lock:
            return next(self._blocks, (-1, -1))

    def _length(self, block: int) -> int:
        return min(self._block_size, self._size - block * self._block_size)

    def _mark(self, block: int, state: BlockState) -> None:
        if self._task.marks is not None:
            self._task.marks.set(block, state)

    def _send_skipped(self, sock: socket.socket) -> int:
        """Say what is not read: one head per run of holes or unchanged blocks, from whichever worker comes first."""
        heads = 0
        while not self._stop.is_set():
            with self._lock:
                planned = next(self._skipped, None)
            if planned is None:
                break
            run = planned.run
            unchanged = planned.state is BlockState.UNCHANGED
            kind = BlockKind.UNCHANGED if unchanged else BlockKind.HOLE
            head = BlockHead(kind, self._disk, run.first, run=run.count).pack()
            send_all(sock, head)
            heads += 1
            covered = min(self._size, (run.first + run.count) * self._block_size) - run.first * self._block_size
            self._progress.add(
                processed=covered, unchanged=covered if unchanged else 0, blocks=run.count, transferred=len(head)
            )
        return heads

    def _send_block(self, sock: socket.socket, compressor: Compressor, block: int, buffer: bytearray) -> bool:
        """Send what a block needs. False if the copy was stopped while it waited for the throttling rule."""
        clock = self._progress.clock
        begin = clock()
        head, payload = self._prepare(compressor, block, buffer)
        packed = head.pack()
        size = len(packed) + len(payload)
        was_prepared = was_held = clock()
        if self._task.throttle is not None:
            if not self._task.throttle.take(size, self._stop):
                return False
            was_held = clock()
        # Marked before it is sent: afterwards the repository's side may have marked it WRITTEN already.
        self._mark(block, _FATES[head.kind])
        send_all(sock, packed, payload)
        was_sent = clock()
        self._progress.add(
            processed=len(buffer),
            transferred=size,
            zero=len(buffer) if head.kind is BlockKind.ZERO else 0,
            duplicate=len(buffer) if head.kind is BlockKind.DUPLICATE else 0,
            unchanged=len(buffer) if head.kind is BlockKind.UNCHANGED else 0,
            blocks=1,
            proxy_ns=was_prepared - begin,
            held_ns=was_held - was_prepared,
            network_ns=was_sent - was_held,
        )
        return True

    def _prepare(self, compressor: Compressor, block: int, buffer: bytearray) -> tuple[BlockHead, Buffer]:
        zeros = self._zeros if len(buffer) == self._block_size else bytes(len(buffer))
        # bytearray against bytes is one memcmp; a memoryview would be compared element by element.
        if buffer == zeros:
            if self._known is not None and self._is_unchanged(self._known, block, self._zero_name(zeros)):
                return BlockHead(BlockKind.UNCHANGED, self._disk, block), b""
            return BlockHead(BlockKind.ZERO, self._disk, block, len(buffer)), b""
        name = digest(self._algorithm, buffer)
        if self._known is not None and self._is_unchanged(self._known, block, name):
            return BlockHead(BlockKind.UNCHANGED, self._disk, block), b""
        if self._is_there(name):
            return BlockHead(BlockKind.DUPLICATE, self._disk, block, len(buffer), digest=name), b""
        codec, payload = compressor.pack(buffer)
        crc = zlib.crc32(payload)
        head = BlockHead(BlockKind.DATA, self._disk, block, len(buffer), Codec(codec), len(payload), name, crc)
        return head, payload

    def _zero_name(self, zeros: bytes) -> bytes:
        if len(zeros) not in self._zero_names:
            self._zero_names[len(zeros)] = digest(self._algorithm, zeros)
        return self._zero_names[len(zeros)]

    def _is_unchanged(self, known: KnownBlocks, block: int, name: bytes) -> bool:
        """Whether the parent point holds this very block, and it can be relied on."""
        return block not in self._task.reread and name not in self._damaged and known.digest_of(block) == name

    def _is_there(self, name: bytes) -> bool:
        """Whether the content is in the chain or was sent before; from now on it counts as sent."""
        if self._known is not None and name not in self._damaged and self._known.holds(name):
            return True
        with self._lock:
            found = name in self._sent
            self._sent.add(name)
        return found
