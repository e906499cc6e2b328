"""The server's half of the negotiation: from the greeting to the export that a client has chosen.

Decided here: what each option is answered, and how much of it is read at all. An option that is wrong is refused and
the session goes on; a client that breaks the protocol is a ProtocolError, which ends it. Out comes an `Agreement`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from vbtui.engine.errors import ProtocolError
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.transport.nbd.exports import Export
from vbtui.engine.transport.nbd.protocol import ExportFlag, HandshakeFlag, Info, Option, Reply
from vbtui.engine.wire import await_message, receive, send_all

_HANDSHAKE: Final = HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES
_FLAGS: Final = ExportFlag.HAS_FLAGS | ExportFlag.READ_ONLY | ExportFlag.CAN_MULTI_CONN


class Context(IntEnum):
    """The numbers of the metadata contexts in our replies."""

    ALLOCATION = 1
    DIRTY = 2


_CONTEXTS: Final = {nbd.ALLOCATION: Context.ALLOCATION, nbd.DIRTY: Context.DIRTY}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What server and client have agreed on when the requests begin."""

    export: Export
    structured: bool
    contexts: tuple[Context, ...]
    """What every block status is answered about; not empty only with `structured`."""


class Negotiation:
    """One session's options. Nothing of the export is read here."""

    def __init__(
        self,
        sock: socket.socket,
        exports: Callable[[], Mapping[str, Export]],
        *,
        patience: float,
    ) -> None:
        """`exports`: what is offered at the moment. `patience`: seconds for an option to arrive and to come next."""
        self._sock = sock
        self._exports = exports
        self._patience = patience
        self._structured = False
        self._selected: tuple[str, tuple[Context, ...]] = ("", ())
        """An export's name and the contexts that were set for it; for another export they do not hold."""

    def run(self) -> Agreement | None:
        """None if the client has ended the session. Raises ProtocolError, PeerLost."""
        send_all(self._sock, nbd.GREETING.pack(nbd.NBD_MAGIC, nbd.OPTION_MAGIC, _HANDSHAKE))
        (flags,) = nbd.LONG.unpack(self._receive(nbd.LONG.size))
        if flags & ~_HANDSHAKE or not flags & HandshakeFlag.FIXED_NEWSTYLE:
            raise ProtocolError("nbd", f"client flags {flags:#x}")
        for _ in range(nbd.MAX_OPTIONS):
            if not await_message(self._sock, self._patience):
                return None
            magic, option, length = nbd.OPTION.unpack(self._receive(nbd.OPTION.size))
            if magic != nbd.OPTION_MAGIC or length > nbd.MAX_OPTION:
                raise ProtocolError("nbd", f"option {option} of {length} bytes")
            data = self._receive(length)
            if option == Option.EXPORT_NAME:
                return self._choose_at_once(data, bool(flags & HandshakeFlag.NO_ZEROES))
            if option == Option.ABORT:
                self._reply(option, Reply.ACK)
                return None
            if option in (Option.GO, Option.INFO):
                export = self._inform(option, data)
                if export is not None and option == Option.GO:
                    return self._agreement(export)
            else:
                self._answer(option, data)
        raise ProtocolError("nbd", "too many options")

    # inside

    def _receive(self, length: int) -> bytes:
        return receive(self._sock, length, within=self._patience)

    def _reply(self, option: int, kind: Reply, data: bytes = b"") -> None:
        send_all(self._sock, nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, option, kind, len(data)) + data)

    def _agreement(self, export: Export) -> Agreement:
        name, contexts = self._selected
        return Agreement(export, self._structured, contexts if name == export.name else ())

    def _export(self, name: bytes) -> Export | None:
        try:
            return self._exports().get(name.decode())
        except UnicodeDecodeError:
            return None

    def _info(self, export: Export) -> bytes:
        flags = _FLAGS | ExportFlag.SEND_DF if self._structured else _FLAGS
        return nbd.EXPORT_INFO.pack(Info.EXPORT, export.size, flags)

    def _choose_at_once(self, name: bytes, no_zeroes: bool) -> Agreement | None:
        """The oldest way has no error reply: who names an unknown export can only be hung up on."""
        export = self._export(name)
        if export is None:
            return None
        send_all(self._sock, self._info(export)[nbd.SHORT.size :] + (b"" if no_zeroes else bytes(124)))
        return self._agreement(export)

    def _answer(self, option: int, data: bytes) -> None:
        """The options that choose nothing."""
        if option == Option.LIST and not data:
            for name in sorted(self._exports()):
                encoded = name.encode()
                self._reply(option, Reply.SERVER, nbd.LONG.pack(len(encoded)) + encoded)
            self._reply(option, Reply.ACK)
        elif option == Option.STRUCTURED_REPLY and not data and not self._structured:
            self._structured = True
            self._reply(option, Reply.ACK)
        elif option in (Option.SET_META_CONTEXT, Option.LIST_META_CONTEXT):
            self._contexts(option, data)
        elif option in (Option.LIST, Option.STRUCTURED_REPLY):
            self._reply(option, Reply.ERR_INVALID)
        else:
            self._reply(option, Reply.ERR_UNSUP)

    def _inform(self, option: int, data: bytes) -> Export | None:
        parts = _Parts(data)
        name = parts.text()
        wanted = parts.shorts(parts.short())
        if not parts.add_up:
            self._reply(option, Reply.ERR_INVALID)
            return None
        export = self._export(name)
        if export is None:
            self._reply(option, Reply.ERR_UNKNOWN)
            return None
        self._reply(option, Reply.INFO, self._info(export))
        if Info.NAME in wanted:
            self._reply(option, Reply.INFO, nbd.SHORT.pack(Info.NAME) + name)
        sizes = nbd.BLOCK_SIZE_INFO.pack(Info.BLOCK_SIZE, 1, nbd.PREFERRED_REQUEST, nbd.MAX_REQUEST)
        self._reply(option, Reply.INFO, sizes)
        self._reply(option, Reply.ACK)
        return export

    def _contexts(self, option: int, data: bytes) -> None:
        """Set or list the metadata contexts of an export. Setting forgets what was set before, also when it fails."""
        setting = option == Option.SET_META_CONTEXT
        if setting:
            self._selected = ("", ())
        parts = _Parts(data)
        name = parts.text()
        count = parts.long()
        if parts.sound and self._structured and count > nbd.MAX_QUERIES:
            self._reply(option, Reply.ERR_TOO_BIG)
            return
        queries = [parts.text() for _ in range(min(count, nbd.MAX_QUERIES))]
        if not parts.add_up or not self._structured:
            self._reply(option, Reply.ERR_INVALID)
            return
        export = self._export(name)
        if export is None:
            self._reply(option, Reply.ERR_UNKNOWN)
            return
        offered = [nbd.ALLOCATION] if export.changed() is None else [nbd.ALLOCATION, nbd.DIRTY]
        if setting:
            found = [one for one in offered if one.encode() in queries]
            self._selected = (export.name, tuple(_CONTEXTS[one] for one in found))
        else:
            spaces = [f"{one.partition(':')[0]}:".encode() for one in offered]
            found = [
                one
                for one, space in zip(offered, spaces, strict=True)
                if not queries or one.encode() in queries or space in queries
            ]
        for one in found:
            # A list gives no numbers.
            number = _CONTEXTS[one] if setting else 0
            self._reply(option, Reply.META_CONTEXT, nbd.LONG.pack(number) + one.encode())
        self._reply(option, Reply.ACK)


class _Parts:
    """The data of an option, taken from front to back. What is not there reads as empty, and is not `sound`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.sound = True

    @property
    def add_up(self) -> bool:
        """All that was asked for was there, and nothing is left."""
        return self.sound and self._at == len(self._data)

    def short(self) -> int:
        return int.from_bytes(self._take(nbd.SHORT.size))

    def long(self) -> int:
        return int.from_bytes(self._take(nbd.LONG.size))

    def text(self) -> bytes:
        """A length and so many bytes, as the protocol writes strings."""
        length = self.long()
        if length > nbd.MAX_NAME:
            self.sound = False
            return b""
        return self._take(length)

    def shorts(self, count: int) -> frozenset[int]:
        data = self._take(count * nbd.SHORT.size)
        return frozenset(found for (found,) in nbd.SHORT.iter_unpack(data))

    def _take(self, length: int) -> bytes:
        found = self._data[self._at : self._at + length]
        if len(found) != length:
            self.sound = False
            self._at = len(self._data)
            return b""
        self._at += length
        return found
