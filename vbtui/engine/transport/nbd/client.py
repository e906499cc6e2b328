"""Network mode: the proxy reads a disk through the host's network service, and every mode its configuration file.

Decided here: how a read is cut into requests, how many of them are under way at a time, and what the server's block
status means for a backup: only what it says to read as zeros is left out. Where a server offers less (no structured
replies, no contexts), the same is done with less.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from vbtui.engine.disk.extents import Extent
from vbtui.engine.errors import EngineError, PeerLost, ProtocolError, RefusedByServer
from vbtui.engine.network import LoopbackNetwork
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.transport.nbd.handshake import Handshake
from vbtui.engine.transport.nbd.protocol import AllocationFlag, Command, DirtyFlag
from vbtui.engine.transport.nbd.replies import Request, Requests
from vbtui.engine.wire import hang_up, send_all
from vbtui.vocabulary import Connection, KiB, MiB

MAX_CONFIGURATION: Final = MiB
"""Bytes of a configuration file; a real one has a few thousand."""
PIECE: Final = MiB
"""Bytes of one read request, if the server lets it be so long: a block of a backup in one answer (measured against
256 KiB in `tests/bench/bench_nbd.py`: every part of an answer costs a change of threads)."""
MAX_UNDER_WAY: Final = 16
"""Read requests that a connection has under way."""
MAX_EXTENTS: Final = 2**20
"""Areas that are remembered of one disk; what lies behind them is read."""
_STATUS_SPAN: Final = 2**32 - 64 * KiB
"""Bytes asked about in one block status: a multiple of every minimum there may be, in 32 bits."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A read that was asked for before anybody has come for its bytes."""

    offset: int
    length: int
    requests: tuple[Request, ...]


class NbdClient:
    """One session on one export, over a connection that somebody else has opened; one thread's, but for `interrupt`."""

    def __init__(self, sock: socket.socket, export: str, *, patience: float, dirty_context: str = nbd.DIRTY) -> None:
        """Negotiate. The socket is this object's from here on, also when this raises.

        `patience`: seconds for each part of an answer. `dirty_context`: the metadata context that tells changes, such
        as `qemu:dirty-bitmap:NAME` of another server. Raises RefusedByServer, ProtocolError, PeerLost.
        """
        self._sock = sock
        self._export = export
        self._ahead: _Ahead | None = None
        self._ending = threading.Lock()
        """An interruption must never meet another file that has got the number of the closed socket."""
        try:
            self._offer = Handshake(sock, patience=patience).choose(export, (nbd.ALLOCATION, dirty_context))
        except BaseException:
            sock.close()
            raise
        self.size = self._offer.size
        self.flags = self._offer.flags
        self._contexts = {name: number for number, name in self._offer.contexts.items()}
        self._dirty_context = dirty_context
        blocks = self._offer.blocks
        self._minimum = blocks.minimum
        wanted = max(PIECE, blocks.preferred)
        self._piece = max(self._minimum, min(wanted, blocks.maximum) // self._minimum * self._minimum)
        self._requests = Requests(
            sock, structured=self._offer.structured, contexts=self._offer.contexts, patience=patience
        )

    @property
    def serves_several(self) -> bool:
        """Whether the server says that it takes several connections to this export at once."""
        return bool(self.flags & nbd.ExportFlag.CAN_MULTI_CONN)

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill the caller's buffer. Raises RefusedByServer with the server's errno, ProtocolError, PeerLost."""
        if not len(view):
            return
        begin, end = offset, offset + len(view)
        begin -= begin % self._minimum
        if end < self.size:
            end = min(self.size, -(-end // self._minimum) * self._minimum)
        if (begin, end) == (offset, offset + len(view)):
            self._read(offset, view)
        else:  # the server only gives whole blocks
            widened = memoryview(bytearray(end - begin))
            self._read(begin, widened)
            view[:] = widened[offset - begin : offset - begin + len(view)]

    def will_read(self, offset: int, length: int) -> None:
        """Announce the next `read_into`: the server gets to work while the caller has something else to do.

        At most `MAX_UNDER_WAY` requests; whatever is announced beyond, or unaligned, is simply read later. A read of
        anything else drops what was announced. Raises ProtocolError, PeerLost.
        """
        fits = 0 < length <= self._piece * MAX_UNDER_WAY and offset + length <= self.size
        aligned = offset % self._minimum == 0 and (length % self._minimum == 0 or offset + length == self.size)
        if not fits or not aligned or self._ahead is not None:
            return
        requests = tuple(self._cut(offset, length))
        with self._lost_is_lost():
            self._requests.send(requests)
        self._ahead = _Ahead(offset, length, requests)

    def extents(self) -> tuple[Extent, ...]:
        """Areas that may hold data, as the server's block status has it; the whole disk if it has none."""
        everything = (Extent(0, self.size),) if self.size else ()
        found = self._status(nbd.ALLOCATION, lambda flags: not flags & AllocationFlag.ZERO)
        return everything if found is None else found

    def dirty(self) -> tuple[Extent, ...] | None:
        """Areas that have changed, as the server's dirty context has it; None if it has none."""
        return self._status(self._dirty_context, lambda flags: bool(flags & DirtyFlag.DIRTY))

    def interrupt(self) -> None:
        """From another thread: hang up, so that whoever waits for the server gets PeerLost at once."""
        with self._ending:
            hang_up(self._sock)

    def close(self) -> None:
        """Take leave; with answers under way, hang up. May be called twice."""
        if self._sock.fileno() == -1:
            return
        if not self._requests.under_way:
            with contextlib.suppress(EngineError):
                send_all(self._sock, nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, Command.DISCONNECT, 0, 0, 0))
        self._give_up()

    # inside

    @contextlib.contextmanager
    def _lost_is_lost(self) -> Iterator[None]:
        """After a broken protocol or a lost peer nobody knows what the next byte means: the connection is closed."""
        if self._sock.fileno() == -1:
            raise PeerLost("closed")
        try:
            yield
        except (ProtocolError, PeerLost):
            self._give_up()
            raise

    def _give_up(self) -> None:
        with self._ending:
            self._sock.close()

    def _cut(self, offset: int, length: int) -> Iterator[Request]:
        for begin in range(0, length, self._piece):
            yield Request(Command.READ, offset + begin, min(self._piece, length - begin))

    def _read(self, offset: int, view: memoryview) -> None:
        """Whole blocks of the server's, with several requests under way."""
        error = 0
        under_way: deque[Request] = deque()
        waiting = self._announced(offset, len(view), under_way)
        with self._lost_is_lost():
            for request in under_way:
                request.view = view[request.offset - offset : request.offset - offset + request.length]
            while True:
                batch = list(islice(waiting, MAX_UNDER_WAY - len(under_way)))
                if batch:
                    for request in batch:
                        request.view = view[request.offset - offset : request.offset - offset + request.length]
                    self._requests.send(batch)
                    under_way.extend(batch)
                if not under_way:
                    break
                # Also after an error all that was asked for is taken in, so that the connection can go on.
                done = under_way.popleft()
                self._requests.finish(done)
                error = error or done.error
        if error:
            raise RefusedByServer(self._export, error)

    def _announced(self, offset: int, length: int, under_way: deque[Request]) -> Iterator[Request]:
        """Put what was announced of this read into `under_way`; what has to be asked for is given back."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            if (ahead.offset, ahead.length) == (offset, length):
                under_way.extend(ahead.requests)
                return iter(())
            with self._lost_is_lost():
                for request in ahead.requests:
                    self._requests.finish(request)
        return self._cut(offset, length)

    def _status(self, context: str, counts: Callable[[int], bool]) -> tuple[Extent, ...] | None:
        """Areas whose status flags count; None if the server has no such context, or refuses to tell.

        What is not told because it is too much counts.
        """
        number = self._contexts.get(context)
        if number is None:
            return None
        found: list[Extent] = []
        position = 0
        while position < self.size:
            if len(found) >= MAX_EXTENTS:
                _join(found, Extent(position, self.size - position))
                break
            request = Request(Command.BLOCK_STATUS, position, min(_STATUS_SPAN, self.size - position))
            with self._lost_is_lost():
                self._requests.send([request])
                self._requests.finish(request)
                if request.error:
                    return None
                if number not in request.extents:
                    raise ProtocolError("nbd", f"no block status for context {number}")
            for length, flags in request.extents[number]:
                extent = Extent(position, min(length, self.size - position))
                position = extent.end
                if counts(flags):
                    _join(found, extent)
                if position == self.size:
                    break
        return tuple(found)


class NbdReader(NbdClient):
    """One session with a host's network service: a `DiskReader`."""

    def __init__(
        self, network: LoopbackNetwork, connection: Connection, export: str, *, dirty_context: str = nbd.DIRTY
    ) -> None:
        """Connect and choose the export. Raises Blocked, RefusedByServer (unknown export), ProtocolError, PeerLost."""
        sock = network.connect(connection)
        super().__init__(sock, export, patience=network.timeout, dirty_context=dirty_context)


def read_configuration(network: LoopbackNetwork, connection: Connection, export: str) -> str:
    """The text of a VM's configuration file, over the host's service as in every transport mode.

    Raises what NbdReader raises, and ProtocolError for a file that is too long or no UTF-8 text.
    """
    reader = NbdReader(network, connection, export)
    try:
        if reader.size > MAX_CONFIGURATION:
            raise ProtocolError("nbd", f"configuration of {reader.size} bytes")
        data = bytearray(reader.size)
        reader.read_into(0, memoryview(data))
        return data.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("nbd", "configuration is not UTF-8") from error
    finally:
        reader.close()


def list_exports(network: LoopbackNetwork, connection: Connection) -> tuple[str, ...]:
    """The names a server offers, in its order. Raises Blocked, RefusedByServer, ProtocolError, PeerLost."""
    with network.connect(connection) as sock:
        return Handshake(sock, patience=network.timeout).names()


def _join(found: list[Extent], extent: Extent) -> None:
    """Put an area behind the others, as one with the last if nothing is between them."""
    if found and found[-1].end == extent.offset:
        found[-1] = Extent(found[-1].offset, found[-1].length + extent.length)
    else:
        found.append(extent)
