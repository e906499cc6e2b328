"""The proxy's data mover: reads blocks, drops what needs no transfer, compresses the rest and sends it.

Decided here: the order of the work on a block (read, zero test, hash, known content, compression) and that every worker
has its own reader, buffer, compressor and stream, so that workers share nothing but the plan and the set of hashes. The
memory of a worker is two blocks, whatever the size of the disk; the set of hashes grows by some 100 bytes per block.
"""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vbtui.engine.block import BlockHead, BlockKind, Codec, Compressor, HashAlgorithm, digest
from vbtui.engine.block_map import BlockMap, BlockState
from vbtui.engine.disk.extents import ReadPlan
from vbtui.engine.mover.progress import TaskProgress
from vbtui.engine.mover.stream import receive_acknowledgement, send_hello
from vbtui.engine.mover.throttle import Throttle
from vbtui.engine.network import LoopbackNetwork
from vbtui.engine.transport.reader import DiskReader
from vbtui.engine.wire import Buffer, send_all

BeforeBlock = Callable[[int, int], None]
"""Called in a worker's thread before a block is read: how many were begun before it, and how many there are to read."""


_FATES = {
    BlockKind.DATA: BlockState.SENT,
    BlockKind.ZERO: BlockState.ZERO,
    BlockKind.DUPLICATE: BlockState.DUPLICATE,
}


@dataclass(frozen=True, slots=True)
class ProxyDataMover:
    """The data mover of one proxy node."""

    network: LoopbackNetwork
    node: str


class BlockSource:
    """One disk on its way out: what the workers of a task share."""

    def __init__(
        self,
        task: str,
        disk: int,
        size: int,
        block_size: int,
        plan: ReadPlan,
        *,
        algorithm: HashAlgorithm,
        progress: TaskProgress,
        marks: BlockMap | None,
        throttle: Throttle | None,
        before_block: BeforeBlock | None,
        stop: threading.Event,
    ) -> None:
        self._task = task
        self._disk = disk
        self._size = size
        self._block_size = block_size
        self._plan = plan
        self._algorithm = algorithm
        self._progress = progress
        self._marks = marks
        self._throttle = throttle
        self._before_block = before_block
        self._stop = stop
        self._lock = threading.Lock()
        self._blocks = self._numbered_blocks()
        self._holes = iter(plan.holes)
        self._sent: set[bytes] = set()
        self._zeros = bytes(block_size)

    def work(self, reader: DiskReader, sock: socket.socket) -> None:
        """One worker: blocks until there are none, then the end of the stream. Stops early when told to."""
        send_hello(sock, self._task)
        compressor = Compressor()
        buffer = bytearray(self._block_size)
        heads = self._send_holes(sock)
        while not self._stop.is_set():
            with self._lock:
                ordinal, block = next(self._blocks, (-1, -1))
            if block < 0:
                send_all(sock, BlockHead(BlockKind.END, self._disk, 0, run=heads).pack())
                receive_acknowledgement(sock, heads)
                return
            length = min(self._block_size, self._size - block * self._block_size)
            if self._before_block is not None:
                self._before_block(ordinal, self._plan.blocks_to_read)
            if self._throttle is not None and not self._throttle.take(length, self._stop):
                return
            if length != len(buffer):
                buffer = bytearray(length)
            self._send_block(reader, sock, compressor, block, buffer)
            heads += 1

    # inside

    def _numbered_blocks(self) -> Iterator[tuple[int, int]]:
        ordinal = 0
        for run in self._plan.read:
            for block in range(run.first, run.first + run.count):
                yield ordinal, block
                ordinal += 1

    def _send_holes(self, sock: socket.socket) -> int:
        """Say what is not read: one head per run of holes, from whichever worker comes first."""
        heads = 0
        while not self._stop.is_set():
            with self._lock:
                run = next(self._holes, None)
            if run is None:
                break
            head = BlockHead(BlockKind.HOLE, self._disk, run.first, run=run.count).pack()
            send_all(sock, head)
            heads += 1
            if self._marks is not None:
                self._marks.set_run(run.first, run.count, BlockState.HOLE)
            covered = min(self._size, (run.first + run.count) * self._block_size) - run.first * self._block_size
            self._progress.add(processed=covered, blocks=run.count, transferred=len(head))
        return heads

    def _send_block(
        self, reader: DiskReader, sock: socket.socket, compressor: Compressor, block: int, buffer: bytearray
    ) -> None:
        if self._marks is not None:
            self._marks.set(block, BlockState.READING)
        begin = time.perf_counter_ns()
        reader.read_into(block * self._block_size, memoryview(buffer))
        was_read = time.perf_counter_ns()
        if self._marks is not None:
            self._marks.set(block, BlockState.READ)
        head, payload = self._prepare(compressor, block, buffer)
        packed = head.pack()
        was_prepared = time.perf_counter_ns()
        send_all(sock, packed, payload)
        if self._marks is not None:
            self._marks.set(block, _FATES[head.kind])
        was_sent = time.perf_counter_ns()
        self._progress.add(
            processed=len(buffer),
            read=len(buffer),
            transferred=len(packed) + len(payload),
            zero=len(buffer) if head.kind is BlockKind.ZERO else 0,
            duplicate=len(buffer) if head.kind is BlockKind.DUPLICATE else 0,
            blocks=1,
            source_ns=was_read - begin,
            proxy_ns=was_prepared - was_read,
            network_ns=was_sent - was_prepared,
        )

    def _prepare(self, compressor: Compressor, block: int, buffer: bytearray) -> tuple[BlockHead, Buffer]:
        zeros = self._zeros if len(buffer) == self._block_size else bytes(len(buffer))
        # bytearray against bytes is one memcmp; a memoryview would be compared element by element.
        if buffer == zeros:
            return BlockHead(BlockKind.ZERO, self._disk, block, len(buffer)), b""
        name = digest(self._algorithm, buffer)
        with self._lock:
            known = name in self._sent
            self._sent.add(name)
        if known:
            return BlockHead(BlockKind.DUPLICATE, self._disk, block, len(buffer), digest=name), b""
        codec, payload = compressor.pack(buffer)
        crc = zlib.crc32(payload)
        head = BlockHead(BlockKind.DATA, self._disk, block, len(buffer), Codec(codec), len(payload), name, crc)
        return head, payload
