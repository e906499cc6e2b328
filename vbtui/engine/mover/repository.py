"""The repository's data mover: receives blocks, checks them, hands them to the restore point's writer.

Decided here: what is accepted from a stream. Every head and payload is checked by CRC before it is handed over, sizes
before anything is allocated. The first error of a task closes the task: its streams are hung up on and later ones are
refused, so that the sender never waits for an answer that will not come.
"""

from __future__ import annotations

import socket
import threading
import zlib
from typing import Protocol

from vbtui.engine.block import HEAD_SIZE, BlockHead, BlockKind, HashAlgorithm, KnownBlocks
from vbtui.engine.block_map import BlockMap, BlockState
from vbtui.engine.errors import EngineError, PeerLost, ProtocolError
from vbtui.engine.mover.progress import TaskProgress
from vbtui.engine.mover.stream import receive_hello, send_acknowledgement
from vbtui.engine.network import LoopbackNetwork
from vbtui.engine.wire import await_message, hang_up, receive_into
from vbtui.vocabulary import Connection, Service

IDLE_SECONDS = 3600.0
"""Silence between two blocks after which a sender is given up: a paced or paused copy is silent for long."""


class DiskSink(Protocol):
    """Where the blocks of one disk go. Called from several threads at once."""

    @property
    def number(self) -> int:
        """The disk's number inside its restore point."""
        ...

    @property
    def size(self) -> int:
        """Bytes of the disk."""
        ...

    @property
    def block_size(self) -> int: ...

    @property
    def algorithm(self) -> HashAlgorithm:
        """The hash that names blocks in this restore point."""
        ...

    @property
    def known(self) -> KnownBlocks | None:
        """What the parent point holds of this disk; None in a point without a parent."""
        ...

    def place(self, head: BlockHead, payload: memoryview) -> int:
        """Take one head and its payload (only DATA has one), which is valid during the call only.

        The answer: bytes that this has put into the backup file; 0 for DATA whose content was there already.
        """
        ...


class Delivery:
    """What the repository's data mover knows of one task."""

    def __init__(self, task: str, sink: DiskSink, progress: TaskProgress, marks: BlockMap | None) -> None:
        self.task = task
        self.sink = sink
        self.progress = progress
        self.marks = marks
        self.error: Exception | None = None
        """The first error on this side."""
        self._changed = threading.Condition()
        self._streams: set[socket.socket] = set()
        self._closed = False

    def enter(self, sock: socket.socket) -> None:
        with self._changed:
            if self._closed:
                raise ProtocolError("data mover", f"task {self.task} is closed")
            self._streams.add(sock)

    def leave(self, sock: socket.socket, error: Exception | None) -> None:
        with self._changed:
            self._streams.discard(sock)
            if error is not None:
                self.error = self.error or error
                self._closed = True
                for other in self._streams:
                    hang_up(other)
            self._changed.notify_all()

    def close(self, *, hang_up_streams: bool) -> None:
        """Accept no more streams and return when none is left; nothing is handed to the sink afterwards."""
        with self._changed:
            self._closed = True
            if hang_up_streams:
                for sock in self._streams:
                    hang_up(sock)
            self._changed.wait_for(lambda: not self._streams)


class RepositoryDataMover:
    """The data mover of one repository (or gateway) node; serves any number of tasks."""

    def __init__(self, network: LoopbackNetwork, node: str) -> None:
        self.node = node
        self._network = network
        self._lock = threading.Lock()
        self._deliveries: dict[str, Delivery] = {}

    def listen(self, service: Service) -> None:
        """Accept data connections at this service. Raises AlreadyListening, NetworkClosed."""
        self._network.listen(self.node, service, self._serve_announced)

    def expect(self, task: str, sink: DiskSink, progress: TaskProgress, marks: BlockMap | None = None) -> Delivery:
        """Accept streams of this task from now on. Raises ValueError if it is expected already."""
        delivery = Delivery(task, sink, progress, marks)
        with self._lock:
            if task in self._deliveries:
                raise ValueError(f"task {task!r} is expected already")
            self._deliveries[task] = delivery
        return delivery

    def forget(self, delivery: Delivery) -> None:
        with self._lock:
            self._deliveries.pop(delivery.task, None)

    def dial(self, connection: Connection, delivery: Delivery) -> threading.Thread:
        """Open a data connection towards the proxy instead, and receive on it in a thread that the caller joins.

        Raises Blocked, NotListening.
        """
        sock = self._network.connect(connection)
        delivery.enter(sock)
        thread = threading.Thread(
            target=self._receive_dialled, args=(sock, delivery), name=f"receive-{delivery.task}", daemon=True
        )
        thread.start()
        return thread

    # inside

    def _serve_announced(self, sock: socket.socket) -> None:
        name = receive_hello(sock)
        with self._lock:
            delivery = self._deliveries.get(name)
        if delivery is None:
            raise ProtocolError("data mover", f"unknown task {name!r}")
        delivery.enter(sock)
        self._receive_until_end(sock, delivery)

    def _receive_dialled(self, sock: socket.socket, delivery: Delivery) -> None:
        with sock:
            self._receive_until_end(sock, delivery, announced=False)

    def _receive_until_end(self, sock: socket.socket, delivery: Delivery, *, announced: bool = True) -> None:
        """Receive; whatever goes wrong belongs to the task, not to the network."""
        error: Exception | None = None
        try:
            if not announced and receive_hello(sock) != delivery.task:
                raise ProtocolError("data mover", "hello of another task")
            _receive_blocks(sock, delivery)
        except Exception as found:
            error = found
        delivery.leave(sock, error)


def _receive_blocks(sock: socket.socket, delivery: Delivery) -> None:
    sink, clock = delivery.sink, delivery.progress.clock
    head_view = memoryview(bytearray(HEAD_SIZE))
    payload = memoryview(bytearray(sink.block_size))
    heads = 0
    while True:
        if not await_message(sock, IDLE_SECONDS):
            raise PeerLost("closed")
        receive_into(sock, head_view)
        head = BlockHead.unpack(head_view)
        if head.kind is BlockKind.END:
            if head.run != heads:
                raise ProtocolError("data mover", f"end after {head.run} heads, {heads} received")
            send_acknowledgement(sock, heads)
            return
        heads += 1
        if head.disk != sink.number or head.payload_size > (sink.block_size if head.kind is BlockKind.DATA else 0):
            raise ProtocolError("data mover", f"head of disk {head.disk}, {head.payload_size} bytes")
        view = payload[: head.payload_size]
        receive_into(sock, view)
        begin = clock()
        if head.kind is BlockKind.DATA and zlib.crc32(view) != head.payload_crc:
            raise ProtocolError("data mover", f"payload crc of block {head.block}")
        written = sink.place(head, view)
        if head.kind is BlockKind.DATA and delivery.marks is not None:
            # The sender has marked it SENT before it sent: nobody else touches this block's state any more.
            delivery.marks.set(head.block, BlockState.WRITTEN if written else BlockState.DUPLICATE)
        delivery.progress.add(written=written, target_ns=clock() - begin)


def is_only_consequence(error: Exception) -> bool:
    """Whether an error may be nothing but the echo of another one on the other side."""
    return isinstance(error, PeerLost) or (isinstance(error, EngineError) and error.code == "network-closed")
