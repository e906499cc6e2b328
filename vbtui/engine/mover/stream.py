"""What two data movers say to each other around the blocks: a hello, and an acknowledgement.

A stream belongs to one task. The sender opens with the hello (4s magic "VBDM", u16 version, u16 length, the task's name
in UTF-8), sends block heads with their payloads, closes with an END head, and the receiver answers with the
acknowledgement (4s magic "VBOK", u32 zero, u64 heads received) when everything has been handed over. Little-endian.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

from vbtui.engine.errors import ProtocolError
from vbtui.engine.wire import receive, send_all

_HELLO: Final = struct.Struct("<4sHH")
_ACKNOWLEDGEMENT: Final = struct.Struct("<4sIQ")
_VERSION: Final = 1
MAX_TASK_NAME: Final = 1024


def send_hello(sock: socket.socket, task: str) -> None:
    name = task.encode()
    send_all(sock, _HELLO.pack(b"VBDM", _VERSION, len(name)) + name)


def receive_hello(sock: socket.socket) -> str:
    """The task's name. Raises ProtocolError, PeerLost."""
    magic, version, length = _HELLO.unpack(receive(sock, _HELLO.size))
    if magic != b"VBDM" or version != _VERSION or length > MAX_TASK_NAME:
        raise ProtocolError("data mover", f"hello {magic!r} version {version}")
    try:
        return receive(sock, length).decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("data mover", "task name") from error


def send_acknowledgement(sock: socket.socket, heads: int) -> None:
    send_all(sock, _ACKNOWLEDGEMENT.pack(b"VBOK", 0, heads))


def receive_acknowledgement(sock: socket.socket, heads: int) -> None:
    """Raises ProtocolError unless the other side has received exactly `heads` heads."""
    magic, _, received = _ACKNOWLEDGEMENT.unpack(receive(sock, _ACKNOWLEDGEMENT.size))
    if magic != b"VBOK" or received != heads:
        raise ProtocolError("data mover", f"acknowledgement of {received} heads, {heads} were sent")
