"""The client's half of the negotiation: from the greeting to an export and what its server can do.

Decided here: what is asked for (structured replies, metadata contexts, block sizes, GO) and what is done without when
the server does not know it, down to the oldest way to choose an export. The server's answers are checked as if it were
a stranger's, and bounded in number and length.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from vbtui.engine.errors import ProtocolError, RefusedByServer, UnknownExport
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.transport.nbd.protocol import ExportFlag, HandshakeFlag, Info, Option, Reply
from vbtui.engine.wire import receive, send_all

_MAX_REPLIES: Final = 4096
"""Replies to one option: a server may list so many exports."""
_ERROR: Final = 2**31
"""The bit of a reply type that says that the option was refused."""


@dataclass(frozen=True, slots=True)
class BlockSizes:
    """What a server lets a request be: offsets and lengths are multiples of `minimum`, lengths at most `maximum`."""

    minimum: int = 1
    preferred: int = 4096
    maximum: int = nbd.MAX_REQUEST


@dataclass(frozen=True, slots=True)
class Offer:
    """An export as its server describes it. `size` in bytes; `contexts` by the number that the server gives them."""

    size: int
    flags: ExportFlag
    structured: bool = False
    contexts: Mapping[int, str] = field(default_factory=dict)
    blocks: BlockSizes = BlockSizes()


class Handshake:
    """One connection before its export is chosen."""

    def __init__(self, sock: socket.socket, *, patience: float) -> None:
        """Exchange greetings. `patience`: seconds for a message. Raises ProtocolError, PeerLost."""
        self._sock = sock
        self._patience = patience
        magic, option_magic, flags = nbd.GREETING.unpack(self._receive(nbd.GREETING.size))
        if magic != nbd.NBD_MAGIC or option_magic != nbd.OPTION_MAGIC or not flags & HandshakeFlag.FIXED_NEWSTYLE:
            raise ProtocolError("nbd", "greeting")
        self._no_zeroes = bool(flags & HandshakeFlag.NO_ZEROES)
        send_all(sock, nbd.LONG.pack(flags & (HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES)))

    def choose(self, export: str, contexts: tuple[str, ...]) -> Offer:
        """The export, with structured replies and those of the metadata contexts that the server has.

        Requests may follow at once. Raises RefusedByServer (unknown export), ProtocolError, PeerLost.
        """
        structured = self._accepts(Option.STRUCTURED_REPLY)
        found = self._set_contexts(export, contexts) if structured and contexts else {}
        return self._go(export, structured, found)

    def names(self) -> tuple[str, ...]:
        """The exports that the server lists, in its order; ends the session. Raises as `choose`."""
        names = []
        for kind, data in self._replies(Option.LIST, b""):
            if kind & _ERROR:
                raise RefusedByServer("", kind)
            if kind != Reply.SERVER or len(data) < nbd.LONG.size:
                raise ProtocolError("nbd", "answer to LIST")
            (length,) = nbd.LONG.unpack_from(data)
            if length > min(len(data) - nbd.LONG.size, nbd.MAX_NAME):
                raise ProtocolError("nbd", f"export name of {length} bytes")
            names.append(data[nbd.LONG.size : nbd.LONG.size + length].decode("utf-8", "replace"))
        self._send(Option.ABORT, b"")
        return tuple(names)

    # inside

    def _receive(self, length: int) -> bytes:
        return receive(self._sock, length, within=self._patience)

    def _send(self, option: Option, data: bytes) -> None:
        send_all(self._sock, nbd.OPTION.pack(nbd.OPTION_MAGIC, option, len(data)) + data)

    def _replies(self, option: Option, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Ask, and give what comes before ACK; an error is given too, and is the last."""
        self._send(option, data)
        for _ in range(_MAX_REPLIES):
            magic, answered, kind, length = nbd.OPTION_REPLY.unpack(self._receive(nbd.OPTION_REPLY.size))
            if magic != nbd.OPTION_REPLY_MAGIC or answered != option or length > nbd.MAX_OPTION:
                raise ProtocolError("nbd", f"option reply {answered} of {length} bytes")
            found = self._receive(length)
            if kind == Reply.ACK:
                return
            yield kind, found
            if kind & _ERROR:
                return
        raise ProtocolError("nbd", f"more than {_MAX_REPLIES} replies to an option")

    def _accepts(self, option: Option) -> bool:
        accepted = True
        for kind, _ in self._replies(option, b""):
            if not kind & _ERROR:
                raise ProtocolError("nbd", f"reply {kind} to option {option}")
            accepted = False
        return accepted

    def _set_contexts(self, export: str, contexts: tuple[str, ...]) -> Mapping[int, str]:
        """Those that the server has, by the number that it gives them; none if it knows nothing of contexts."""
        data = _text(export) + nbd.LONG.pack(len(contexts)) + b"".join(map(_text, contexts))
        found: dict[int, str] = {}
        for kind, reply in self._replies(Option.SET_META_CONTEXT, data):
            if kind & _ERROR:  # an unknown export is said again, with more weight, when it is chosen
                return {}
            number = int.from_bytes(reply[: nbd.LONG.size])
            name = reply[nbd.LONG.size :].decode("utf-8", "replace")
            if kind != Reply.META_CONTEXT or name not in contexts or name in found.values() or number in found:
                raise ProtocolError("nbd", "answer to SET_META_CONTEXT")
            found[number] = name
        return found

    def _go(self, export: str, structured: bool, contexts: Mapping[int, str]) -> Offer:
        described: tuple[int, ExportFlag] | None = None
        blocks = BlockSizes()
        asked = nbd.SHORT.pack(1) + nbd.SHORT.pack(Info.BLOCK_SIZE)
        for kind, data in self._replies(Option.GO, _text(export) + asked):
            if kind == Reply.ERR_UNSUP:
                return self._choose_at_once(export, structured, contexts)
            if kind == Reply.ERR_UNKNOWN:
                raise UnknownExport(export, kind)
            if kind & _ERROR:
                raise RefusedByServer(export, kind)
            if kind != Reply.INFO or len(data) < nbd.SHORT.size:
                raise ProtocolError("nbd", "answer to GO")
            (info,) = nbd.SHORT.unpack_from(data)
            if info == Info.EXPORT:
                described = _described(data)
            elif info == Info.BLOCK_SIZE:
                blocks = _block_sizes(data)
        if described is None:
            raise ProtocolError("nbd", "answer to GO")
        return Offer(*described, structured, contexts, blocks)

    def _choose_at_once(self, export: str, structured: bool, contexts: Mapping[int, str]) -> Offer:
        """The way of servers that do not know GO. An unknown export is hung up on."""
        self._send(Option.EXPORT_NAME, export.encode())
        data = self._receive(nbd.EXPORT_INFO.size - nbd.SHORT.size)
        if not self._no_zeroes:
            self._receive(124)
        return Offer(*_described(bytes(nbd.SHORT.size) + data), structured, contexts)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return nbd.LONG.pack(len(encoded)) + encoded


def _described(data: bytes) -> tuple[int, ExportFlag]:
    if len(data) != nbd.EXPORT_INFO.size:
        raise ProtocolError("nbd", f"description of {len(data)} bytes")
    _, size, flags = nbd.EXPORT_INFO.unpack(data)
    if size >= nbd.MAX_SIZE:
        raise ProtocolError("nbd", f"export of {size} bytes")
    return size, ExportFlag(flags)


def _block_sizes(data: bytes) -> BlockSizes:
    if len(data) != nbd.BLOCK_SIZE_INFO.size:
        raise ProtocolError("nbd", f"block sizes in {len(data)} bytes")
    _, minimum, preferred, maximum = nbd.BLOCK_SIZE_INFO.unpack(data)
    powers = all(size > 0 and size & (size - 1) == 0 for size in (minimum, preferred))
    whole = maximum == nbd.UNLIMITED or (maximum > 0 and minimum > 0 and maximum % minimum == 0)
    if not powers or not whole or minimum > min(preferred, nbd.MAX_MINIMUM):
        raise ProtocolError("nbd", f"block sizes {minimum}, {preferred}, {maximum}")
    # Our own limit is a multiple of every minimum there may be.
    return BlockSizes(minimum, preferred, min(maximum, nbd.MAX_REQUEST))
