"""Network mode: the proxy reads a disk through the host's network service, and every mode its configuration file.

The client's half of the protocol: newstyle with fixed negotiation, GO, simple replies. The server's answers are
checked as if it were a stranger's.
"""

from __future__ import annotations

import contextlib
import socket
from itertools import count
from typing import Final

from vbtui.engine.disk.extents import Extent
from vbtui.engine.errors import EngineError, ProtocolError, RefusedByServer
from vbtui.engine.network import LoopbackNetwork
from vbtui.engine.transport import nbd_protocol as nbd
from vbtui.engine.transport.nbd_protocol import Command, ExportFlag, HandshakeFlag, Option, Reply
from vbtui.engine.wire import receive, receive_into, send_all
from vbtui.vocabulary import Connection, MiB

MAX_CONFIGURATION: Final = MiB
"""Bytes of a configuration file; a real one has a few thousand."""
_MAX_REPLIES: Final = 4096


class NbdReader:
    """One session with a server, on one export."""

    def __init__(self, network: LoopbackNetwork, connection: Connection, export: str) -> None:
        """Connect and choose the export. Raises Blocked, RefusedByServer (unknown export), ProtocolError, PeerLost."""
        self._sock = network.connect(connection)
        self._export = export
        self._handles = count(1)
        try:
            _greet(self._sock)
            self.size, self.flags = self._go(export)
        except BaseException:
            self._sock.close()
            raise

    def read_into(self, offset: int, view: memoryview) -> None:
        """Raises RefusedByServer with the server's errno, ProtocolError, PeerLost."""
        done = 0
        while done < len(view):
            piece = view[done : done + MiB]
            handle = next(self._handles)
            send_all(
                self._sock,
                nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, Command.READ, handle, offset + done, len(piece)),
            )
            magic, error, answered = nbd.REPLY.unpack(receive(self._sock, nbd.REPLY.size))
            if magic != nbd.REPLY_MAGIC or answered != handle:
                raise ProtocolError("nbd", f"reply magic {magic:#x} handle {answered}")
            if error:
                raise RefusedByServer(self._export, error)
            receive_into(self._sock, piece)
            done += len(piece)

    def extents(self) -> tuple[Extent, ...]:
        """The whole disk: without block status the server does not say what of it is allocated."""
        return (Extent(0, self.size),) if self.size else ()

    def close(self) -> None:
        if self._sock.fileno() != -1:
            with contextlib.suppress(EngineError):
                send_all(self._sock, nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, Command.DISCONNECT, 0, 0, 0))
            self._sock.close()

    def _go(self, export: str) -> tuple[int, ExportFlag]:
        name = export.encode()
        _option(self._sock, Option.GO, nbd.LONG.pack(len(name)) + name + nbd.SHORT.pack(0))
        info: tuple[int, ExportFlag] | None = None
        for _ in range(_MAX_REPLIES):
            kind, data = _option_reply(self._sock, Option.GO)
            if kind == Reply.ACK and info is not None:
                return info
            if kind & 2**31:
                raise RefusedByServer(export, kind)
            if kind != Reply.INFO or len(data) < nbd.SHORT.size:
                break
            if data[: nbd.SHORT.size] == b"\0\0":
                if len(data) != nbd.EXPORT_INFO.size:
                    break
                _, size, flags = nbd.EXPORT_INFO.unpack(data)
                if size >= 2**63:
                    break
                info = size, ExportFlag(flags)
        raise ProtocolError("nbd", "answer to GO")


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
    sock = network.connect(connection)
    try:
        _greet(sock)
        _option(sock, Option.LIST, b"")
        names: list[str] = []
        for _ in range(_MAX_REPLIES):
            kind, data = _option_reply(sock, Option.LIST)
            if kind == Reply.ACK:
                _option(sock, Option.ABORT, b"")
                return tuple(names)
            if kind & 2**31:
                raise RefusedByServer("", kind)
            if kind != Reply.SERVER or len(data) < nbd.LONG.size:
                break
            length = nbd.LONG.unpack_from(data)[0]
            names.append(data[nbd.LONG.size : nbd.LONG.size + length].decode("utf-8", "replace"))
        raise ProtocolError("nbd", "answer to LIST")
    finally:
        sock.close()


def _greet(sock: socket.socket) -> None:
    magic, option_magic, flags = nbd.GREETING.unpack(receive(sock, nbd.GREETING.size))
    if magic != nbd.NBD_MAGIC or option_magic != nbd.OPTION_MAGIC or not flags & HandshakeFlag.FIXED_NEWSTYLE:
        raise ProtocolError("nbd", "greeting")
    send_all(sock, nbd.LONG.pack(flags & (HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES)))


def _option(sock: socket.socket, option: Option, data: bytes) -> None:
    send_all(sock, nbd.OPTION.pack(nbd.OPTION_MAGIC, option, len(data)) + data)


def _option_reply(sock: socket.socket, option: Option) -> tuple[int, bytes]:
    magic, answered, kind, length = nbd.OPTION_REPLY.unpack(receive(sock, nbd.OPTION_REPLY.size))
    if magic != nbd.OPTION_REPLY_MAGIC or answered != option or length > nbd.MAX_OPTION:
        raise ProtocolError("nbd", f"option reply {answered} of {length} bytes")
    return kind, receive(sock, length)
