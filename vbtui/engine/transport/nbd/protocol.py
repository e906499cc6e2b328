"""Numbers and message shapes of the NBD protocol, as far as server and client use them. Big-endian.

Source: the protocol's own document, NetworkBlockDevice/nbd doc/proto.md (newstyle, fixed negotiation, structured
replies, metadata contexts). Decided here as well: how long or how many anything may be that a peer sends.
"""

from __future__ import annotations

import struct
from enum import IntEnum, IntFlag
from typing import Final

GREETING: Final = struct.Struct(">8s8sH")
"""NBDMAGIC, IHAVEOPT, handshake flags."""
OPTION: Final = struct.Struct(">8sII")
"""IHAVEOPT, option, length of its data."""
OPTION_REPLY: Final = struct.Struct(">QIII")
"""Magic, option, reply type, length of its data."""
EXPORT_INFO: Final = struct.Struct(">HQH")
"""Information type 0, size in bytes, transmission flags."""
BLOCK_SIZE_INFO: Final = struct.Struct(">HIII")
"""Information type 3, minimum, preferred and maximum request size."""
REQUEST: Final = struct.Struct(">IHHQQI")
"""Magic, command flags, type, handle, offset, length."""
REPLY: Final = struct.Struct(">IIQ")
"""Magic, error, handle. A simple reply; the data of a read follows."""
CHUNK: Final = struct.Struct(">IHHQI")
"""Magic, flags, chunk type, handle, length of the payload. One part of a structured reply."""
HOLE: Final = struct.Struct(">QI")
"""Payload of OFFSET_HOLE: offset, bytes of zeros."""
EXTENT: Final = struct.Struct(">II")
"""One of several in the payload of BLOCK_STATUS, behind the context's number: length, status flags."""
CHUNK_ERROR: Final = struct.Struct(">IH")
"""Payload of ERROR: error, length of a message that follows. ERROR_OFFSET has an offset behind the message."""
SHORT: Final = struct.Struct(">H")
LONG: Final = struct.Struct(">I")
OFFSET: Final = struct.Struct(">Q")

NBD_MAGIC: Final = b"NBDMAGIC"
OPTION_MAGIC: Final = b"IHAVEOPT"
OPTION_REPLY_MAGIC: Final = 0x3E889045565A9
REQUEST_MAGIC: Final = 0x25609513
REPLY_MAGIC: Final = 0x67446698
CHUNK_MAGIC: Final = 0x668E33EF

DEFAULT_PORT: Final = 10809
"""Assigned by IANA; what a URI without a port means."""

ALLOCATION: Final = "base:allocation"
"""Which areas are allocated, and which read as zeros. Defined by the protocol."""
DIRTY: Final = "x-vbtui:dirty"
"""Which areas have changed since the change id of the earlier restore point. `x-` is the protocol's mark of a namespace
that nobody has registered; the flag has the meaning of `qemu:dirty-bitmap:*`."""

MAX_NAME: Final = 4096
"""Bytes of an export's or a context's name (the protocol's own limit)."""
MAX_OPTION: Final = 64 * 1024
"""Bytes of option data that are read; a longer option ends the session."""
MAX_OPTIONS: Final = 64
"""Options of one session."""
MAX_QUERIES: Final = 32
"""Queries for metadata contexts in one option."""
MAX_REQUEST: Final = 32 * 1024 * 1024
"""Bytes of one read; the protocol's recommendation."""
PREFERRED_REQUEST: Final = 256 * 1024
MAX_MINIMUM: Final = 64 * 1024
"""The largest minimum of a request that a server may ask for."""
UNLIMITED: Final = 2**32 - 1
MAX_SIZE: Final = 2**63
"""Bytes of an export, exclusive."""


class HandshakeFlag(IntFlag):
    FIXED_NEWSTYLE = 1
    NO_ZEROES = 2


class ExportFlag(IntFlag):
    HAS_FLAGS = 1
    READ_ONLY = 2
    SEND_DF = 128
    CAN_MULTI_CONN = 256


class Option(IntEnum):
    EXPORT_NAME = 1
    ABORT = 2
    LIST = 3
    STARTTLS = 5
    INFO = 6
    GO = 7
    STRUCTURED_REPLY = 8
    LIST_META_CONTEXT = 9
    SET_META_CONTEXT = 10


class Info(IntEnum):
    EXPORT = 0
    NAME = 1
    DESCRIPTION = 2
    BLOCK_SIZE = 3


class Reply(IntEnum):
    """Replies to an option; bit 31 marks an error."""

    ACK = 1
    SERVER = 2
    INFO = 3
    META_CONTEXT = 4
    ERR_UNSUP = 2**31 + 1
    ERR_INVALID = 2**31 + 3
    ERR_UNKNOWN = 2**31 + 6
    ERR_TOO_BIG = 2**31 + 9


class Command(IntEnum):
    READ = 0
    WRITE = 1
    DISCONNECT = 2
    FLUSH = 3
    TRIM = 4
    CACHE = 5
    WRITE_ZEROES = 6
    BLOCK_STATUS = 7


class CommandFlag(IntFlag):
    DF = 4
    """Do not fragment: one chunk of content."""
    REQ_ONE = 8
    """One extent per context."""


class ChunkFlag(IntFlag):
    DONE = 1


class Chunk(IntEnum):
    """Types of the parts of a structured reply; bit 15 marks an error."""

    NONE = 0
    OFFSET_DATA = 1
    OFFSET_HOLE = 2
    BLOCK_STATUS = 5
    ERROR = 2**15 + 1
    ERROR_OFFSET = 2**15 + 2


class AllocationFlag(IntFlag):
    """Status flags in `base:allocation`."""

    HOLE = 1
    ZERO = 2


class DirtyFlag(IntFlag):
    """Status flags in the dirty context."""

    DIRTY = 1


class NbdError(IntEnum):
    EPERM = 1
    EIO = 5
    EINVAL = 22
    EOVERFLOW = 75
