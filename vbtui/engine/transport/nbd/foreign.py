"""NBD servers of strangers, named by the user: the one connection of the engine that is not to its own listeners.

Decided here: which URIs are understood (NetworkBlockDevice/nbd doc/uri.md: `nbd` and `nbd+unix`, no TLS). Only the
command line may call this, with a name that the user has typed: never with one from a topology, an image or a server.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from vbtui.engine.errors import BadUri, PeerLost, ServerLost
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.transport.nbd.client import NbdClient
from vbtui.engine.wire import set_timeouts

_TCP = "nbd"
_UNIX = "nbd+unix"


@dataclass(frozen=True, slots=True)
class NbdUri:
    """Where an export is: at `host` and `port`, or at the Unix socket `path`."""

    export: str
    host: str = ""
    port: int = nbd.DEFAULT_PORT
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> NbdUri:
        """`nbd://HOST[:PORT]/EXPORT` or `nbd+unix:///EXPORT?socket=PATH`. Raises BadUri."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
            export = unquote_to_bytes(parts.path[1:]).decode()
            query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError as error:
            raise BadUri(text, "nbd://HOST[:PORT]/EXPORT", str(error)) from error
        if parts.scheme not in (_TCP, _UNIX):
            raise BadUri(text, f"{_TCP}://, {_UNIX}://", f"{parts.scheme}://")
        if parts.fragment or parts.username is not None or parts.password is not None:
            raise BadUri(text, "nbd://HOST[:PORT]/EXPORT", parts.fragment or parts.netloc)
        if len(export.encode()) > nbd.MAX_NAME or "\0" in export:
            raise BadUri(text, f"<= {nbd.MAX_NAME}", str(len(export.encode())))
        if parts.scheme == _UNIX:
            if len(query) != 1 or query[0][0] != "socket" or not query[0][1].lstrip("\0") or parts.netloc:
                raise BadUri(text, "nbd+unix:///EXPORT?socket=PATH", parts.query or parts.netloc or parts.path)
            return cls(export, path=query[0][1])
        if not host or query:
            raise BadUri(text, "nbd://HOST[:PORT]/EXPORT", parts.query or parts.netloc or parts.path)
        return cls(export, host, nbd.DEFAULT_PORT if port is None else port)


def is_nbd_uri(text: str) -> bool:
    """Whether a user means a server and not a file: any scheme that begins with `nbd`, also one we cannot use."""
    scheme, colon, _ = text.partition("://")
    return bool(colon) and scheme.lower().startswith(_TCP)


def open_foreign(uri: str, *, timeout: float = 30.0, dirty_context: str = nbd.DIRTY) -> NbdClient:
    """Connect to the server of a URI: a `DiskReader` on its export. One per worker; close each.

    `timeout`: seconds for the connection, and for each part of an answer. `dirty_context`: as for `NbdClient`.
    Raises BadUri, UnknownExport, RefusedByServer, ProtocolError, ServerLost (it hung up, or said nothing in time),
    OSError that names the URI (no such host, nobody listens).
    """
    place = NbdUri.parse(uri)
    try:
        sock = _connected(place, timeout)
        return NbdClient(sock, place.export, patience=timeout, dirty_context=dirty_context)
    except PeerLost as error:
        raise ServerLost(error.reason, uri) from error
    except OSError as error:
        error.filename = uri
        raise


def _connected(place: NbdUri, timeout: float) -> socket.socket:
    if place.path:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            sock.connect(os.fsencode(place.path))
        except BaseException:
            sock.close()
            raise
    else:
        sock = socket.create_connection((place.host, place.port), timeout)
    try:
        if not place.path:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        set_timeouts(sock, timeout)
    except BaseException:
        sock.close()
        raise
    return sock
