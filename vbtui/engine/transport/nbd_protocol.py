"""Numbers and message shapes of the NBD protocol, as far as server and client use them. Big-endian.

Source: the protocol's own document, NetworkBlockDevice/nbd doc/proto.md (newstyle, fixed negotiation, simple replies).
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
"""Magic, error, handle."""
SHORT: Final = struct.Struct(">H")
LONG: Final = struct.Struct(">I")

NBD_MAGIC: Final = b"NBDMAGIC"
OPTION_MAGIC: Final = b"IHAVEOPT"
OPTION_REPLY_MAGIC: Final = 0x3E889045565A9
REQUEST_MAGIC: Final = 0x25609513
REPLY_MAGIC: Final = 0x67446698

MAX_NAME: Final = 4096
"""Bytes of an export name (the protocol's own limit)."""
MAX_OPTION: Final = 64 * 1024
"""Bytes of option data that the server reads; a longer option ends the session."""
MAX_OPTIONS: Final = 64
"""Options of one session."""
MAX_REQUEST: Final = 32 * 1024 * 1024
"""Bytes of one read; the protocol's recommendation."""
PREFERRED_REQUEST: Final = 256 * 1024


class HandshakeFlag(IntFlag):
    FIXED_NEWSTYLE = 1
    NO_ZEROES = 2


class ExportFlag(IntFlag):
    HAS_FLAGS = 1
    READ_ONLY = 2
    CAN_MULTI_CONN = 256


class Option(IntEnum):
    EXPORT_NAME = 1
    ABORT = 2
    LIST = 3
    STARTTLS = 5
    INFO = 6
    GO = 7
    STRUCTURED_REPLY = 8


class Reply(IntEnum):
    ACK = 1
    SERVER = 2
    INFO = 3
    ERR_UNSUP = 2**31 + 1
    ERR_INVALID = 2**31 + 3
    ERR_UNKNOWN = 2**31 + 6


class Command(IntEnum):
    READ = 0
    WRITE = 1
    DISCONNECT = 2
    FLUSH = 3
    TRIM = 4
    WRITE_ZEROES = 6


class NbdError(IntEnum):
    EPERM = 1
    EIO = 5
    EINVAL = 22
