"""Listens on the ports given as arguments, TCP and UDP, IPv4 and IPv6, on every address that is local; answers UDP."""

from __future__ import annotations

import selectors
import socket
import struct
import sys

IP_PKTINFO = 8
"""linux/in.h; the socket module names it only from Python 3.14 on."""


def open_socket(family: int, kind: int, port: int) -> socket.socket:
    opened = socket.socket(family, kind)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if kind == socket.SOCK_DGRAM:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            opened.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    opened.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
    if kind == socket.SOCK_STREAM:
        opened.listen(512)
    opened.setblocking(False)
    return opened


def answer(opened: socket.socket) -> None:
    """Reply from the very address that was asked, which a socket bound to all addresses does not do by itself."""
    data, ancillary, _, peer = opened.recvmsg(100, 200)
    back = []
    for level, kind, value in ancillary:
        if opened.family == socket.AF_INET6 and kind == socket.IPV6_PKTINFO:
            back.append((level, kind, value[:16] + struct.pack("I", 0)))
        elif opened.family == socket.AF_INET and kind == IP_PKTINFO:
            back.append((level, kind, struct.pack("I4s4s", 0, value[8:12], b"\0" * 4)))
    try:
        opened.sendmsg([data], back, 0, peer)
    except PermissionError:  # the host firewall of this side dropped the reply
        return


def main() -> None:
    waiting = selectors.DefaultSelector()
    for port in map(int, sys.argv[1:]):
        for family in (socket.AF_INET, socket.AF_INET6):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                waiting.register(open_socket(family, kind, port), selectors.EVENT_READ, kind)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for key, _ in waiting.select():
            opened = key.fileobj
            assert isinstance(opened, socket.socket)
            try:
                if key.data == socket.SOCK_STREAM:
                    opened.accept()[0].close()
                else:
                    answer(opened)
            except OSError:
                continue  # reset by the prober before it was accepted: all the same to us


if __name__ == "__main__":
    main()
