"""One task: the copy of one disk from a proxy's data mover to a repository's.

Decided here: who opens the data connections (the proxy, or the repository where the proxy's side runs the server);
that all of them are open before a block is read, so that a blocked one is the caller's error and leaves nothing behind;
how a copy ends: the first error, on either side, or a cancellation stops every worker and stream of the task, and
`wait` returns only when no thread of it is left.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable

from vbtui.engine.block import blocks_of
from vbtui.engine.errors import Cancelled, PeerLost
from vbtui.engine.mover.plan import plan_copy
from vbtui.engine.mover.progress import TaskProgress
from vbtui.engine.mover.proxy import BlockSource, ProxyDataMover
from vbtui.engine.mover.repository import Delivery, DiskSink, RepositoryDataMover, is_only_consequence
from vbtui.engine.mover.task import CopyTask
from vbtui.engine.transport.reader import DiskReader, InterruptibleReader
from vbtui.engine.wire import hang_up


class Copy:
    """A running copy. Made by `start_copy`; whoever started it calls `wait`."""

    def __init__(self, task: CopyTask, progress: TaskProgress) -> None:
        self.task = task
        self.progress = progress
        self.stop = threading.Event()
        """Set when the copy ends early."""
        self._lock = threading.Lock()
        self._error: Exception | None = None
        self._sockets: list[socket.socket] = []
        self._readers: list[DiskReader] = []
        self._threads: list[threading.Thread] = []
        self._delivery: Delivery | None = None
        self._finish: Callable[[], None] = lambda: None

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def cancel(self) -> None:
        """End the copy early; `wait` then raises Cancelled. Nothing happens if it has ended."""
        if self.running:
            self._fail(Cancelled(self.task.name))

    def wait(self) -> None:
        """Return when everything has arrived. Raises the first error; no thread or socket of the copy is left then."""
        for thread in self._threads:
            thread.join()
        self._end()
        if self._error is not None:
            raise self._error

    # inside

    def _fail(self, error: Exception) -> None:
        """Keep the first error, and wake everybody who waits for a stream or for a server that a reader asks."""
        with self._lock:
            if self._error is None:
                theirs = self._delivery.error if self._delivery is not None else None
                # The repository hangs up after an error of its own: then its error is the reason, not our lost peer.
                self._error = theirs if is_only_consequence(error) and theirs is not None else error
        self.stop.set()
        for sock in self._sockets:
            hang_up(sock)
        for reader in self._readers:
            if isinstance(reader, InterruptibleReader):
                reader.interrupt()

    def _work(self, source: BlockSource, reader: DiskReader, sock: socket.socket) -> None:
        try:
            source.work(reader, sock)
        except Exception as error:  # the caller of `wait` gets it, whatever it is
            self._fail(error)

    def _end(self) -> None:
        """Give everything back; the order matters: the streams end before the sink may be closed."""
        for sock in self._sockets:
            sock.close()
        for reader in self._readers:
            reader.close()
        if self._delivery is not None:
            self._delivery.close(hang_up_streams=self._error is not None)
        self._finish()
        self._finish = lambda: None


def start_copy(
    task: CopyTask,
    proxy: ProxyDataMover,
    repository: RepositoryDataMover,
    sink: DiskSink,
    *,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Copy:
    """Open the readers and data connections of a task and start its workers. `clock`: nanoseconds, for the stages.

    With the proxy as the connection's source, the repository's data mover must be listening at its service. Raises
    Blocked, NotListening, whatever a reader raises, and ValueError if reader and sink differ in size; nothing is left
    behind then.
    """
    if task.connection.source != proxy.node and task.connection.source != repository.node:
        raise ValueError(f"{task.connection.source} is neither the proxy nor the repository of this copy")
    progress = TaskProgress(sink.size, blocks_of(sink.size, sink.block_size), clock=clock)
    copy = Copy(task, progress)
    delivery = copy._delivery = repository.expect(task.name, sink, progress, task.marks)
    copy._finish = lambda: repository.forget(delivery)
    try:
        for _ in range(max(1, task.workers)):
            copy._readers.append(task.open_reader())
        if copy._readers[0].size != sink.size:
            raise ValueError(f"disk of {copy._readers[0].size} bytes, restore point expects {sink.size}")
        if task.connection.source == proxy.node:
            for _ in copy._readers:
                copy._sockets.append(proxy.network.connect(task.connection))
        else:
            _accept_from_repository(copy, proxy, repository, delivery)
        extents = copy._readers[0].extents() if task.extents is None else task.extents
        plan = plan_copy(
            sink.size, sink.block_size, extents,
            algorithm=sink.algorithm, known=sink.known, changed=task.changed, reread=task.reread,
        )  # fmt: skip
        if task.marks is not None:
            for planned in plan.runs:
                task.marks.set_run(planned.run.first, planned.run.count, planned.state)
        source = BlockSource(
            task, plan,
            disk=sink.number, size=sink.size, block_size=sink.block_size, algorithm=sink.algorithm, known=sink.known,
            progress=progress, stop=copy.stop,
        )  # fmt: skip
    except BaseException as error:
        copy._fail(error if isinstance(error, Exception) else Cancelled(task.name))
        copy._end()
        raise
    copy._threads.extend(
        threading.Thread(target=copy._work, args=(source, reader, sock), name=f"copy-{task.name}-{number}", daemon=True)
        for number, (reader, sock) in enumerate(zip(copy._readers, copy._sockets, strict=True))
    )
    for thread in copy._threads:
        thread.start()
    return copy


def _accept_from_repository(
    copy: Copy, proxy: ProxyDataMover, repository: RepositoryDataMover, delivery: Delivery
) -> None:
    """Run the server on the proxy's side: listen, let the repository dial once per worker, take the streams over."""
    connection = copy.task.connection
    arrived: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
    receivers: list[threading.Thread] = []
    finish = copy._finish

    def end() -> None:
        for receiver in receivers:
            receiver.join()
        finish()

    copy._finish = end

    def take_over(sock: socket.socket) -> None:
        # The network closes what it accepted when this returns; a duplicate of the descriptor lives on.
        arrived.put(sock.dup())

    proxy.network.listen(proxy.node, connection.service, take_over)
    try:
        for _ in copy._readers:
            receivers.append(repository.dial(connection, delivery))
            try:
                copy._sockets.append(arrived.get(timeout=proxy.network.timeout))
            except queue.Empty as error:
                raise PeerLost("timeout") from error
    finally:
        proxy.network.unlisten(proxy.node, connection.service)
