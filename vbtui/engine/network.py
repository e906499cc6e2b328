"""The network between the machines of a job: the only place of the engine that opens sockets.

In come logical connections (node, node, port as the firewall knows it), out come loopback TCP sockets. Every
listener has a free port of 127.0.0.1 that stands for one logical (node, service). Decided here: a connection is asked
for with `permit` first, and a refused one touches no socket at all; who is accepted; that `close` leaves neither a
thread nor a socket. What must never happen here: listening on or connecting to anything but loopback.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from vbtui.engine.errors import AlreadyListening, Blocked, NetworkClosed, NotListening
from vbtui.engine.wire import hang_up, set_timeouts
from vbtui.vocabulary import Connection, Service

LOOPBACK: Final = "127.0.0.1"

MAX_STREAMS: Final = 256
"""Streams that one network serves at a time; a client beyond them is closed at once."""

MAX_FOREIGN_STREAMS: Final = 64
"""Beyond so many streams no stranger is served any more: the rest is for the network's own connections."""

MAX_FAILURES: Final = 256
"""So many failed streams are kept, the latest: a stranger's bad streams must not fill the memory."""

_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_BREATH: Final = 0.1
"""Seconds before the next try to accept when the system has no descriptor or memory to spare."""

Permit = Callable[[Connection], bool]
"""Asked from whichever thread connects, so it must be safe to call from several."""

Handler = Callable[[socket.socket], None]
"""Serves one accepted stream in a thread of its own; the network closes the socket afterwards."""


@dataclass(frozen=True, slots=True)
class StreamFailure:
    """A handler that ended with an exception: kept for the one who owns the listener, never printed."""

    node: str
    service: Service
    error: Exception


@dataclass(slots=True)
class _Listener:
    node: str
    service: Service
    handler: Handler
    foreign: bool
    sock: socket.socket
    port: int
    open: bool = True


class LoopbackNetwork:
    """Logical listeners and connections over loopback TCP. Safe to use from several threads; a context manager."""

    def __init__(self, permit: Permit, *, timeout: float = 30.0) -> None:
        """`timeout`: seconds a send, a receive or a connect may last without progress."""
        self.timeout = timeout
        self.closing = threading.Event()
        """Set when the network goes down: handlers that wait for anything but their socket wait for this too."""
        self._permit = permit
        self._lock = threading.Lock()
        self._listeners: dict[tuple[str, Service], _Listener] = {}
        self._retired: list[_Listener] = []
        self._own_ports: set[int] = set()
        self._sockets: set[socket.socket] = set()
        self._streams: set[threading.Thread] = set()
        self._accepted: Counter[tuple[str, Service]] = Counter()
        self._connected: Counter[Connection] = Counter()
        self._failures: deque[StreamFailure] = deque(maxlen=MAX_FAILURES)
        self._wake_read = self._wake_write = -1
        self._acceptor: threading.Thread | None = None

    # listening

    def listen(self, node: str, service: Service, handler: Handler, *, foreign: bool = False, port: int = 0) -> None:
        """Let `node` accept connections to the logical `service`, at a free port of 127.0.0.1 or at `port`.

        Only this network's own connections are served, so that another local process cannot speak to a data mover;
        `foreign` opens the listener for any local client. Raises AlreadyListening, NetworkClosed,
        OSError (the port is taken, or may not be used).
        """
        with self._lock:
            if self.closing.is_set():
                raise NetworkClosed
            if (node, service) in self._listeners:
                raise AlreadyListening(node, str(service))
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                if port:  # the connections of a server that has just ended do not keep the port
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((LOOPBACK, port))
                sock.listen(64)
                sock.setblocking(False)
            except OSError:
                sock.close()
                raise
            listener = _Listener(node, service, handler, foreign, sock, sock.getsockname()[1])
            self._listeners[node, service] = listener
            if self._acceptor is None:
                self._wake_read, self._wake_write = os.pipe()
                self._acceptor = threading.Thread(target=self._accept, name="loopback-acceptor", daemon=True)
                self._acceptor.start()
            else:
                os.write(self._wake_write, b"+")

    def unlisten(self, node: str, service: Service) -> None:
        """Accept no more; streams that stand live on. Nothing happens if nobody listens there."""
        with self._lock:
            listener = self._listeners.pop((node, service), None)
            if listener is not None:
                listener.open = False
                self._retired.append(listener)
                os.write(self._wake_write, b"-")

    def listening(self, node: str, service: Service) -> bool:
        with self._lock:
            return (node, service) in self._listeners

    def port(self, node: str, service: Service) -> int:
        """The real port on 127.0.0.1 behind a logical service. Raises KeyError if nobody listens there."""
        with self._lock:
            return self._listeners[node, service].port

    # connecting

    def connect(self, connection: Connection) -> socket.socket:
        """A connected stream; the caller closes it.

        Raises Blocked if the permit refuses (no socket is created), NotListening, NetworkClosed, or OSError.
        """
        if self.closing.is_set():
            raise NetworkClosed
        if not self._permit(connection):
            raise Blocked(connection)
        with self._lock:
            listener = self._listeners.get((connection.destination, connection.service))
        if listener is None:
            raise NotListening(connection)
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        own_port = 0
        try:
            # The port is known before the other side can see it, so the acceptor recognises its own.
            sock.bind((LOOPBACK, 0))
            own_port = sock.getsockname()[1]
            with self._lock:
                self._own_ports.add(own_port)
                self._connected[connection] += 1
            sock.settimeout(self.timeout)
            sock.connect((LOOPBACK, listener.port))
            self._prepare(sock)
        except BaseException:
            sock.close()
            with self._lock:
                self._own_ports.discard(own_port)
            raise
        with self._lock:
            self._sockets = {known for known in self._sockets if known.fileno() != -1}
            self._sockets.add(sock)
            late = self.closing.is_set()
        if late:
            sock.close()
            raise NetworkClosed
        return sock

    def accepted(self, node: str, service: Service) -> int:
        """How many streams this listener has accepted so far."""
        with self._lock:
            return self._accepted[node, service]

    def connected(self, connection: Connection) -> int:
        """How many sockets were opened for this logical connection so far."""
        with self._lock:
            return self._connected[connection]

    @property
    def failures(self) -> tuple[StreamFailure, ...]:
        """The latest handlers that ended with an exception, in the order in which they did."""
        with self._lock:
            return tuple(self._failures)

    # ending

    def close(self) -> None:
        """End every listener and stream, and return when no thread is left. May be called twice."""
        with self._lock:
            self.closing.set()
            acceptor, self._acceptor = self._acceptor, None
            if acceptor is not None:
                os.write(self._wake_write, b"x")
        if acceptor is not None:
            acceptor.join()
            os.close(self._wake_read)
            os.close(self._wake_write)
        with self._lock:
            sockets, streams = list(self._sockets), list(self._streams)
            self._listeners.clear()
        for sock in sockets:
            hang_up(sock)
        for stream in streams:
            stream.join()

    def __enter__(self) -> LoopbackNetwork:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # inside

    def _prepare(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        set_timeouts(sock, self.timeout)

    def _accept(self) -> None:
        """The one acceptor thread: waits on all listeners and on the pipe that says that they changed."""
        while True:
            with self._lock:
                retired, self._retired = self._retired, []
                listeners = list(self._listeners.values())
            for listener in retired:
                listener.sock.close()
            if self.closing.is_set():
                for listener in listeners:
                    listener.sock.close()
                return
            poll = select.poll()
            poll.register(self._wake_read, select.POLLIN)
            by_number = {listener.sock.fileno(): listener for listener in listeners}
            for number in by_number:
                poll.register(number, select.POLLIN)
            for number, _ in poll.poll():
                if number == self._wake_read:
                    os.read(self._wake_read, 4096)
                elif by_number[number].open:
                    self._accept_one(by_number[number])

    def _accept_one(self, listener: _Listener) -> None:
        try:
            sock, address = listener.sock.accept()
        except OSError as error:  # the client has left before it was served, or nothing is left to serve it with
            if error.errno in _EXHAUSTED:
                self.closing.wait(_BREATH)  # the listener stays readable: without a pause this would spin
            return
        try:
            self._prepare(sock)
        except OSError:
            sock.close()
            return
        with self._lock:
            own = address[1] in self._own_ports
            self._own_ports.discard(address[1])
            limit = MAX_STREAMS if own else MAX_FOREIGN_STREAMS if listener.foreign else 0
            if len(self._streams) >= limit:
                sock.close()
                return
            self._accepted[listener.node, listener.service] += 1
            stream = threading.Thread(
                target=self._serve,
                args=(listener, sock),
                name=f"stream-{listener.node}-{listener.service}",
                daemon=True,
            )
            self._sockets.add(sock)
            self._streams.add(stream)
        try:
            stream.start()
        except RuntimeError:  # no thread to be had: this client is turned away, the others live on
            sock.close()
            with self._lock:
                self._sockets.discard(sock)
                self._streams.discard(stream)

    def _serve(self, listener: _Listener, sock: socket.socket) -> None:
        try:
            listener.handler(sock)
        except Exception as error:  # handed to the owner of the listener, whatever it is
            with self._lock:
                self._failures.append(StreamFailure(listener.node, listener.service, error))
        finally:
            with contextlib.suppress(OSError):
                sock.close()
            with self._lock:
                self._sockets.discard(sock)
                self._streams.discard(threading.current_thread())
