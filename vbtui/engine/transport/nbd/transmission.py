"""The server's half of the transmission: requests of one client on one export, answered in their order.

Decided here: how a read is cut (holes as chunks of their own, data in pieces of at most 1 MiB, so that a long request
never needs a long buffer), what a block status says, and how every wrong request ends. A client may send as many
requests as it likes without waiting: they stand in its stream, which is all the memory they take. What must never
happen here: a write to an export, or a success that was announced before the bytes were read.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from vbtui.engine.errors import EngineError, ProtocolError
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.transport.nbd.exports import Areas, Run
from vbtui.engine.transport.nbd.negotiation import Agreement, Context
from vbtui.engine.transport.nbd.protocol import (
    AllocationFlag,
    Chunk,
    ChunkFlag,
    Command,
    CommandFlag,
    DirtyFlag,
    NbdError,
)
from vbtui.engine.wire import await_message, receive, receive_into, send_all
from vbtui.vocabulary import KiB, MiB

PIECE: Final = MiB
"""Bytes read and sent at a time, and the longest read that is answered in one chunk (DF)."""
MAX_DESCRIPTORS: Final = 4096
"""Extents of one answer to a block status; the client asks for what is behind them."""
IDLE_SECONDS: Final = 3600.0
"""Silence between two requests after which a client is given up."""
_FORBIDDEN: Final = (Command.WRITE, Command.TRIM, Command.WRITE_ZEROES)


@dataclass(frozen=True, slots=True)
class _Request:
    flags: int
    command: int
    handle: int
    offset: int
    length: int


class Transmission:
    """One client's requests, until it leaves."""

    def __init__(self, sock: socket.socket, agreed: Agreement, *, patience: float) -> None:
        """`patience`: seconds in which a request that has begun must be complete."""
        self._sock = sock
        self._export = agreed.export
        self._size = agreed.export.size
        self._structured = agreed.structured
        self._contexts = agreed.contexts
        self._patience = patience
        self._buffer = memoryview(bytearray(min(PIECE, max(1, self._size))))

    def run(self) -> None:
        """Answer until the client takes its leave. Raises ProtocolError, PeerLost, and what a source raises late."""
        while await_message(self._sock, IDLE_SECONDS):
            data = receive(self._sock, nbd.REQUEST.size, within=self._patience)
            magic, flags, command, handle, offset, length = nbd.REQUEST.unpack(data)
            if magic != nbd.REQUEST_MAGIC:
                raise ProtocolError("nbd", f"request magic {magic:#x}")
            if command == Command.DISCONNECT:
                return
            self._answer(_Request(flags, command, handle, offset, length))

    # inside

    def _answer(self, request: _Request) -> None:
        inside = request.length > 0 and request.offset + request.length <= self._size
        if request.command == Command.READ:
            allowed = CommandFlag.DF if self._structured else 0
            if not inside or request.length > nbd.MAX_REQUEST or request.flags & ~allowed:
                self._refuse(request, NbdError.EINVAL)
            elif not self._structured:
                self._read_simply(request)
            elif not request.flags:
                self._read_sparsely(request)
            elif request.length > len(self._buffer):
                self._refuse(request, NbdError.EOVERFLOW)
            else:
                self._send_data(request, request.offset, request.length, last=True)
        elif request.command == Command.BLOCK_STATUS:
            if not self._contexts or not inside or request.flags & ~CommandFlag.REQ_ONE:
                self._refuse(request, NbdError.EINVAL)
            else:
                self._tell_status(request)
        else:
            if request.command == Command.WRITE:
                self._discard(request.length)
            self._refuse(request, NbdError.EPERM if request.command in _FORBIDDEN else NbdError.EINVAL)

    def _refuse(self, request: _Request, error: NbdError, at: int | None = None) -> None:
        """The last word on a request. `at`: where reading failed; the chunks before it are good."""
        if not self._structured:
            send_all(self._sock, nbd.REPLY.pack(nbd.REPLY_MAGIC, error, request.handle))
            return
        kind, payload = Chunk.ERROR, nbd.CHUNK_ERROR.pack(error, 0)
        if at is not None:
            kind, payload = Chunk.ERROR_OFFSET, payload + nbd.OFFSET.pack(at)
        send_all(self._sock, self._head(request, kind, len(payload), last=True), payload)

    def _head(self, request: _Request, kind: Chunk, length: int, *, last: bool) -> bytes:
        return nbd.CHUNK.pack(nbd.CHUNK_MAGIC, ChunkFlag.DONE if last else 0, kind, request.handle, length)

    def _read_simply(self, request: _Request) -> None:
        done = 0
        while done < request.length:
            view = self._buffer[: min(len(self._buffer), request.length - done)]
            try:
                self._export.source.read_into(request.offset + done, view)
            except (EngineError, OSError):
                if done:  # the success was announced with the first piece: hanging up is the only way to say it
                    raise
                self._refuse(request, NbdError.EIO)
                return
            send_all(self._sock, b"" if done else nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, request.handle), view)
            done += len(view)

    def _read_sparsely(self, request: _Request) -> None:
        offset, end = request.offset, request.offset + request.length
        for run in self._export.worth_reading().runs(offset, request.length):
            if not run.marked:
                last = offset + run.length == end
                head = self._head(request, Chunk.OFFSET_HOLE, nbd.HOLE.size, last=last)
                send_all(self._sock, head, nbd.HOLE.pack(offset, run.length))
                offset += run.length
                continue
            until = offset + run.length
            while offset < until:
                length = min(len(self._buffer), until - offset)
                if not self._send_data(request, offset, length, last=offset + length == end):
                    return
                offset += length

    def _send_data(self, request: _Request, offset: int, length: int, *, last: bool) -> bool:
        """One chunk of data; False if it could not be read, and the request was refused from there on."""
        view = self._buffer[:length]
        try:
            self._export.source.read_into(offset, view)
        except (EngineError, OSError):
            self._refuse(request, NbdError.EIO, at=offset)
            return False
        head = self._head(request, Chunk.OFFSET_DATA, nbd.OFFSET.size + length, last=last)
        send_all(self._sock, head + nbd.OFFSET.pack(offset), view)
        return True

    def _tell_status(self, request: _Request) -> None:
        """One chunk per context, in the order of their numbers."""
        most = 1 if request.flags & CommandFlag.REQ_ONE else MAX_DESCRIPTORS
        for context in self._contexts:
            runs = islice(self._runs(context, request), most)
            extents = b"".join(nbd.EXTENT.pack(run.length, _status(context, run)) for run in runs)
            payload = nbd.LONG.pack(context) + extents
            last = context is self._contexts[-1]
            send_all(self._sock, self._head(request, Chunk.BLOCK_STATUS, len(payload), last=last), payload)

    def _runs(self, context: Context, request: _Request) -> Iterator[Run]:
        areas: Areas | None = self._export.allocated()
        if context is Context.DIRTY:
            areas = self._export.changed()
        assert areas is not None, "a context that is not offered cannot be set"
        return areas.runs(request.offset, request.length)

    def _discard(self, length: int) -> None:
        """Take the data of a forbidden write out of the stream, so that the session can go on."""
        if length > nbd.MAX_REQUEST:
            raise ProtocolError("nbd", f"write of {length} bytes")
        buffer = memoryview(bytearray(min(length, 64 * KiB)))
        while length:
            piece = buffer[: min(length, len(buffer))]
            receive_into(self._sock, piece, within=self._patience)
            length -= len(piece)


def _status(context: Context, run: Run) -> int:
    if context is Context.DIRTY:
        return DirtyFlag.DIRTY if run.marked else 0
    return 0 if run.marked else AllocationFlag.HOLE | AllocationFlag.ZERO
