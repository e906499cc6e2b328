"""Whole messages over a stream socket: receive exactly, send all, and never wait for ever.

Decided here: how a timeout, a reset and an early end become one error, `PeerLost`. The sockets are blocking with the
kernel's own send and receive timeouts, so that MSG_WAITALL fills a block in one call (a Python-level timeout makes the
socket non-blocking and costs a poll per fragment). Another thread ends a wait with `shutdown`, never with `close`.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time

from vbtui.engine.errors import PeerLost

Buffer = bytes | bytearray | memoryview


def set_timeouts(sock: socket.socket, seconds: float) -> None:
    """Let every later send and receive fail after `seconds` without progress."""
    whole = int(seconds)
    timeval = struct.pack("@ll", whole, int((seconds - whole) * 1_000_000))
    sock.settimeout(None)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval)


def receive_into(sock: socket.socket, view: memoryview, *, within: float | None = None) -> None:
    """Fill `view` (caller's buffer, format B). Raises PeerLost on a timeout, a reset or an early end.

    `within`: seconds for all of it, against a peer that sends a byte now and then; without, only silence ends it.
    """
    deadline = None if within is None else time.monotonic() + within
    got = 0
    while got < len(view):
        try:
            count = sock.recv_into(view[got:], 0, socket.MSG_WAITALL)
        except (BlockingIOError, TimeoutError) as error:
            raise PeerLost("timeout") from error
        except OSError as error:
            raise PeerLost("closed") from error
        if count == 0:
            raise PeerLost("closed")
        got += count
        if deadline is not None and got < len(view) and time.monotonic() > deadline:
            raise PeerLost("timeout")


def receive(sock: socket.socket, size: int, *, within: float | None = None) -> bytes:
    """Exactly `size` bytes. The caller has checked `size` against a limit: it is allocated at once."""
    data = bytearray(size)
    receive_into(sock, memoryview(data), within=within)
    return bytes(data)


def await_message(sock: socket.socket, seconds: float) -> bool:
    """Wait between two messages, where silence is no fault. True: something arrived; False: the peer ended cleanly.

    Raises PeerLost after `seconds` of silence.
    """
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if not poll.poll(seconds * 1000):
        raise PeerLost("timeout")
    try:
        return bool(sock.recv(1, socket.MSG_PEEK))
    except (BlockingIOError, TimeoutError) as error:
        raise PeerLost("timeout") from error
    except OSError as error:
        raise PeerLost("closed") from error


def send_all(sock: socket.socket, *buffers: Buffer) -> None:
    """Send the buffers one after the other, with as few calls as the kernel allows. Raises PeerLost."""
    views = [memoryview(buffer) for buffer in buffers if len(buffer)]
    while views:
        try:
            sent = sock.sendmsg(views)
        except (BlockingIOError, TimeoutError) as error:
            raise PeerLost("timeout") from error
        except OSError as error:
            raise PeerLost("closed") from error
        while views and sent >= len(views[0]):
            sent -= len(views.pop(0))
        if sent:
            views[0] = views[0][sent:]


def hang_up(sock: socket.socket) -> None:
    """End the stream for both sides and wake whoever waits in it; the owner closes the socket. Never raises."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
