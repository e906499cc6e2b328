"""The client's requests that are under way, and the server's replies to them.

Decided here: which replies are believed. Every byte of a read must be told exactly once, inside what was asked for,
before the server says that it is done; replies may come in any order and in any number of parts, but not in more parts
than a sensible server would make. Everything else is a ProtocolError, after which the connection is worth nothing.
"""

from __future__ import annotations

import socket
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from vbtui.engine.errors import ProtocolError
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.transport.nbd.protocol import Chunk, ChunkFlag, Command
from vbtui.engine.wire import receive, receive_into, send_all
from vbtui.vocabulary import MiB

_MAX_PAYLOAD: Final = MiB
"""Bytes of a part that is no data: an error with its message, or the extents of a block status."""
_PARTS_BESIDES: Final = 64
"""Parts that a reply may have beyond one per sector of the read."""
_SECTOR: Final = 512
_ERROR: Final = 2**15
"""The bit of a chunk type that says that the request failed."""
_ZEROS: Final = bytes(64 * 1024)


@dataclass(slots=True)
class Request:
    """A request that the server has not yet answered in full."""

    command: Command
    offset: int
    length: int
    view: memoryview | None = None
    """Where the bytes of a read go; None while nobody has come for them."""
    error: int = 0
    """The first error that the server gave."""
    extents: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Of a block status: (length, flags) by the number of the context."""
    done: bool = False
    """Answered in full, or refused."""
    _told: list[tuple[int, int]] = field(default_factory=list)
    """Of a read: the parts that have come, as (begin, end) from the request's offset on, in order, joined."""
    _parts: int = 0

    def part_came(self) -> None:
        self._parts += 1
        if self._parts > _PARTS_BESIDES + self.length // _SECTOR:
            raise ProtocolError("nbd", f"reply in more than {self._parts - 1} parts")

    def tell(self, offset: int, length: int) -> int:
        """Note that a part of the read has come; gives its place in the request."""
        begin = offset - self.offset
        end = begin + length
        if self.command is not Command.READ or length == 0 or begin < 0 or end > self.length:
            raise ProtocolError("nbd", f"part of {length} bytes at {offset}")
        place = bisect_left(self._told, (begin, end))
        before = self._told[place - 1] if place else (-1, -1)
        after = self._told[place] if place < len(self._told) else (self.length + 1, -1)
        if before[1] > begin or after[0] < end:
            raise ProtocolError("nbd", f"bytes at {offset} a second time")
        joins_before, joins_after = before[1] == begin, after[0] == end
        joined = (before[0] if joins_before else begin, after[1] if joins_after else end)
        self._told[place - joins_before : place + joins_after] = [joined]
        return begin

    def finish(self) -> None:
        """The server says that it is done: then everything was told, or there was an error."""
        if self.command is Command.READ and not self.error and self._told != [(0, self.length)]:
            raise ProtocolError("nbd", f"read of {self.length} bytes ended early")
        self.done = True
        self.view = None


class Requests:
    """What is under way on one connection; one thread's."""

    def __init__(self, sock: socket.socket, *, structured: bool, contexts: Mapping[int, str], patience: float) -> None:
        """`patience`: seconds within which each part of a reply must have come."""
        self._sock = sock
        self._structured = structured
        self._contexts = contexts
        self._patience = patience
        self._handles = count(1)
        self._open: dict[int, Request] = {}

    @property
    def under_way(self) -> bool:
        """Whether an answer is owed."""
        return bool(self._open)

    def send(self, requests: Sequence[Request]) -> None:
        """Send requests without waiting for anything. Raises PeerLost."""
        packed = []
        for one in requests:
            handle = next(self._handles)
            self._open[handle] = one
            packed.append(nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, one.command, handle, one.offset, one.length))
        send_all(self._sock, b"".join(packed))

    def finish(self, request: Request) -> None:
        """Receive until this request is answered; others that are under way are answered as they come.

        An error of the server's is in the request. Raises ProtocolError, PeerLost.
        """
        while not request.done:
            self._receive_part()

    # inside

    def _receive(self, length: int) -> bytes:
        return receive(self._sock, length, within=self._patience)

    def _receive_part(self) -> None:
        head = self._receive(nbd.REPLY.size)
        (magic,) = nbd.LONG.unpack_from(head)
        if magic == nbd.REPLY_MAGIC:
            _, error, handle = nbd.REPLY.unpack(head)
            request = self._request(handle)
            self._take_simple(request, error)
            done = True
        elif magic == nbd.CHUNK_MAGIC and self._structured:
            _, flags, kind, handle, length = nbd.CHUNK.unpack(head + self._receive(nbd.LONG.size))
            request = self._request(handle)
            request.part_came()
            done = bool(flags & ChunkFlag.DONE)
            self._take_chunk(request, kind, length, done=done)
        else:
            raise ProtocolError("nbd", f"reply magic {magic:#x}")
        if done:
            request.finish()
            del self._open[handle]

    def _request(self, handle: int) -> Request:
        request = self._open.get(handle)
        if request is None:
            raise ProtocolError("nbd", f"reply to a request {handle} that nobody made")
        return request

    def _take_simple(self, request: Request, error: int) -> None:
        if self._structured and (request.command is Command.READ or not error):
            raise ProtocolError("nbd", "simple reply after structured ones were agreed on")
        if error:
            request.error = request.error or error
        else:
            request.tell(request.offset, request.length)
            self._take_data(request, 0, request.length)

    def _take_chunk(self, request: Request, kind: int, length: int, *, done: bool) -> None:
        if kind == Chunk.OFFSET_DATA and length > nbd.OFFSET.size:
            (offset,) = nbd.OFFSET.unpack(self._receive(nbd.OFFSET.size))
            length -= nbd.OFFSET.size
            self._take_data(request, request.tell(offset, length), length)
        elif kind == Chunk.OFFSET_HOLE and length == nbd.HOLE.size:
            offset, length = nbd.HOLE.unpack(self._receive(length))
            begin = request.tell(offset, length)
            if request.view is not None:
                fill_with_zeros(request.view[begin : begin + length])
        elif kind == Chunk.BLOCK_STATUS and length <= _MAX_PAYLOAD:
            self._take_status(request, self._receive(length))
        elif kind & _ERROR and length <= _MAX_PAYLOAD:
            self._take_error(request, kind, self._receive(length))
        elif kind != Chunk.NONE or length or not done:
            raise ProtocolError("nbd", f"part of type {kind} with {length} bytes")

    def _take_data(self, request: Request, begin: int, length: int) -> None:
        if request.view is not None:
            receive_into(self._sock, request.view[begin : begin + length], within=self._patience)
            return
        scratch = memoryview(bytearray(min(length, len(_ZEROS))))
        while length:
            piece = scratch[: min(length, len(scratch))]
            receive_into(self._sock, piece, within=self._patience)
            length -= len(piece)

    def _take_status(self, request: Request, payload: bytes) -> None:
        number = int.from_bytes(payload[: nbd.LONG.size])
        extents = payload[nbd.LONG.size :]
        if (
            request.command is not Command.BLOCK_STATUS
            or number not in self._contexts
            or number in request.extents
            or not extents
            or len(extents) % nbd.EXTENT.size
        ):
            raise ProtocolError("nbd", f"block status of {len(payload)} bytes for context {number}")
        found = list(nbd.EXTENT.iter_unpack(extents))
        if any(length == 0 for length, _ in found) or sum(length for length, _ in found[:-1]) >= request.length:
            raise ProtocolError("nbd", "lengths of a block status")
        request.extents[number] = found

    def _take_error(self, request: Request, kind: int, payload: bytes) -> None:
        if len(payload) < nbd.CHUNK_ERROR.size:
            raise ProtocolError("nbd", f"error in {len(payload)} bytes")
        error, message = nbd.CHUNK_ERROR.unpack_from(payload)
        rest = len(payload) - nbd.CHUNK_ERROR.size - message
        if error == 0 or rest < (nbd.OFFSET.size if kind == Chunk.ERROR_OFFSET else 0):
            raise ProtocolError("nbd", f"error {error} with a message of {message} bytes in {len(payload)}")
        request.error = request.error or error


def fill_with_zeros(view: memoryview) -> None:
    """For holes: the buffer is the caller's and may hold anything."""
    for begin in range(0, len(view), len(_ZEROS)):
        piece = view[begin : begin + len(_ZEROS)]
        piece[:] = _ZEROS[: len(piece)] if len(piece) < len(_ZEROS) else _ZEROS
