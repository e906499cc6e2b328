"""The host's network service: a read-only NBD server in the place of the product's NFC.

Decided here: what a client may ask and how every wrong question ends. One named export per snapshot disk and per
configuration file. Newstyle with fixed negotiation, simple replies; any NBD client can speak to it. Everything a client
sends is hostile: names, option lengths, counts and requests are bounded before anything is allocated, and a client that
breaks the protocol is hung up on. What must never happen here: a write to an export.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from typing import Final

from vbtui.engine.errors import EngineError, ProtocolError
from vbtui.engine.network import LoopbackNetwork
from vbtui.engine.transport import nbd_protocol as nbd
from vbtui.engine.transport.nbd_protocol import Command, ExportFlag, HandshakeFlag, NbdError, Option, Reply
from vbtui.engine.transport.reader import ExportSource
from vbtui.engine.wire import await_message, receive, receive_into, send_all
from vbtui.vocabulary import MiB, Service

_FLAGS: Final = ExportFlag.HAS_FLAGS | ExportFlag.READ_ONLY | ExportFlag.CAN_MULTI_CONN
_PIECE: Final = MiB
"""Bytes read and sent at a time: a long request never needs a long buffer."""
IDLE_SECONDS: Final = 3600.0
"""Silence between two requests after which a client is given up."""


class TextExport:
    """A text as an export: a VM's configuration file."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()
        self.size = len(self._data)

    def read_into(self, offset: int, view: memoryview) -> None:
        view[:] = self._data[offset : offset + len(view)]

    def hold(self, holder: str) -> None:
        """A text is always there."""

    def let_go(self, holder: str) -> None:
        """Nothing to give back."""


class NbdServer:
    """Serves exports at one node's service until `close`; exports may come and go meanwhile."""

    def __init__(self, network: LoopbackNetwork, node: str, service: Service) -> None:
        """Start listening; any local NBD client may connect. Raises AlreadyListening, NetworkClosed."""
        self.node = node
        self.service = service
        self._network = network
        self._lock = threading.Lock()
        self._exports: dict[str, ExportSource] = {}
        network.listen(node, service, self._serve, foreign=True)

    def add_export(self, name: str, source: ExportSource) -> None:
        """Offer `source` under `name`. Raises ValueError for a name that is taken, empty or too long."""
        if not 0 < len(name.encode()) <= nbd.MAX_NAME:
            raise ValueError(f"export name of {len(name.encode())} bytes")
        with self._lock:
            if name in self._exports:
                raise ValueError(f"export {name!r} exists")
            self._exports[name] = source

    def remove_export(self, name: str) -> None:
        """Offer it no longer; sessions that stand live on. Nothing happens if it is not there."""
        with self._lock:
            self._exports.pop(name, None)

    @property
    def exports(self) -> Mapping[str, ExportSource]:
        with self._lock:
            return dict(self._exports)

    def close(self) -> None:
        """Accept no more clients."""
        self._network.unlisten(self.node, self.service)

    # one session

    def _serve(self, sock: socket.socket) -> None:
        send_all(sock, nbd.GREETING.pack(nbd.NBD_MAGIC, nbd.OPTION_MAGIC, _HANDSHAKE))
        (flags,) = nbd.LONG.unpack(receive(sock, nbd.LONG.size))
        if flags & ~_HANDSHAKE or not flags & HandshakeFlag.FIXED_NEWSTYLE:
            raise ProtocolError("nbd", f"client flags {flags:#x}")
        source = self._negotiate(sock, bool(flags & HandshakeFlag.NO_ZEROES))
        if source is None:
            return
        holder = f"{self.node} nbd"
        source.hold(holder)
        try:
            while await_message(sock, IDLE_SECONDS) and self._answer(sock, source):
                pass
        finally:
            source.let_go(holder)

    def _negotiate(self, sock: socket.socket, no_zeroes: bool) -> ExportSource | None:
        """Options until the client has chosen an export; None if it ends the session."""
        for _ in range(nbd.MAX_OPTIONS):
            if not await_message(sock, self._network.timeout):
                return None
            magic, option, length = nbd.OPTION.unpack(receive(sock, nbd.OPTION.size))
            if magic != nbd.OPTION_MAGIC or length > nbd.MAX_OPTION:
                raise ProtocolError("nbd", f"option {option} of {length} bytes")
            data = receive(sock, length)
            if option == Option.EXPORT_NAME:
                # This option has no error reply: an unknown name can only be hung up on.
                source = self._export(data)
                if source is None:
                    return None
                tail = b"" if no_zeroes else bytes(124)
                send_all(sock, nbd.EXPORT_INFO.pack(0, source.size, _FLAGS)[nbd.SHORT.size :] + tail)
                return source
            if option == Option.ABORT:
                _reply(sock, option, Reply.ACK)
                return None
            if option == Option.LIST:
                self._list(sock, data)
            elif option in (Option.GO, Option.INFO):
                source = self._info(sock, option, data)
                if source is not None and option == Option.GO:
                    return source
            else:
                _reply(sock, option, Reply.ERR_UNSUP)
        raise ProtocolError("nbd", "too many options")

    def _export(self, name: bytes) -> ExportSource | None:
        with self._lock:
            return self._exports.get(name.decode("utf-8", "replace"))

    def _list(self, sock: socket.socket, data: bytes) -> None:
        if data:
            _reply(sock, Option.LIST, Reply.ERR_INVALID)
            return
        for name in sorted(self.exports):
            encoded = name.encode()
            _reply(sock, Option.LIST, Reply.SERVER, nbd.LONG.pack(len(encoded)) + encoded)
        _reply(sock, Option.LIST, Reply.ACK)

    def _info(self, sock: socket.socket, option: int, data: bytes) -> ExportSource | None:
        name = _name_of(data)
        if name is None:
            _reply(sock, option, Reply.ERR_INVALID)
            return None
        source = self._export(name)
        if source is None:
            _reply(sock, option, Reply.ERR_UNKNOWN)
            return None
        _reply(sock, option, Reply.INFO, nbd.EXPORT_INFO.pack(0, source.size, _FLAGS))
        _reply(sock, option, Reply.INFO, nbd.BLOCK_SIZE_INFO.pack(3, 1, nbd.PREFERRED_REQUEST, nbd.MAX_REQUEST))
        _reply(sock, option, Reply.ACK)
        return source

    def _answer(self, sock: socket.socket, source: ExportSource) -> bool:
        """One request and its reply; False when the client takes its leave."""
        magic, flags, command, handle, offset, length = nbd.REQUEST.unpack(receive(sock, nbd.REQUEST.size))
        if magic != nbd.REQUEST_MAGIC:
            raise ProtocolError("nbd", f"request magic {magic:#x}")
        if command == Command.DISCONNECT:
            return False
        if command == Command.READ and not flags and 0 < length <= nbd.MAX_REQUEST and offset + length <= source.size:
            self._read(sock, source, handle, offset, length)
            return True
        error = NbdError.EINVAL
        if command == Command.WRITE:
            if length > nbd.MAX_REQUEST:
                raise ProtocolError("nbd", f"write of {length} bytes")
            _discard(sock, length)
        if command in (Command.WRITE, Command.TRIM, Command.WRITE_ZEROES):
            error = NbdError.EPERM
        send_all(sock, nbd.REPLY.pack(nbd.REPLY_MAGIC, error, handle))
        return True

    def _read(self, sock: socket.socket, source: ExportSource, handle: int, offset: int, length: int) -> None:
        buffer = bytearray(min(length, _PIECE))
        sent = 0
        while sent < length:
            view = memoryview(buffer)[: min(len(buffer), length - sent)]
            try:
                source.read_into(offset + sent, view)
            except (EngineError, OSError):
                if sent:  # the success was announced with the first piece: hanging up is the only way to say it
                    raise
                send_all(sock, nbd.REPLY.pack(nbd.REPLY_MAGIC, NbdError.EIO, handle))
                return
            head = b"" if sent else nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, handle)
            send_all(sock, head, view)
            sent += len(view)


_HANDSHAKE: Final = HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES


def _reply(sock: socket.socket, option: int, kind: Reply, data: bytes = b"") -> None:
    send_all(sock, nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, option, kind, len(data)) + data)


def _name_of(data: bytes) -> bytes | None:
    """The export name in the data of INFO or GO; None if its lengths do not add up."""
    if len(data) < nbd.LONG.size + nbd.SHORT.size:
        return None
    (length,) = nbd.LONG.unpack_from(data)
    if length > nbd.MAX_NAME or nbd.LONG.size + length + nbd.SHORT.size > len(data):
        return None
    (requests,) = nbd.SHORT.unpack_from(data, nbd.LONG.size + length)
    if nbd.LONG.size + length + nbd.SHORT.size * (1 + requests) != len(data):
        return None
    return data[nbd.LONG.size : nbd.LONG.size + length]


def _discard(sock: socket.socket, length: int) -> None:
    """Read the data of a forbidden write, so that the session can go on."""
    buffer = memoryview(bytearray(min(length, 64 * 1024)))
    while length:
        piece = buffer[: min(length, len(buffer))]
        receive_into(sock, piece)
        length -= len(piece)
