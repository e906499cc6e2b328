"""The way from a presentation to its speaker notes: a Unix socket that only the same user can reach.

Theory of operation. The presenting vbtui listens in a folder of its own and holds a lock beside the socket for as long
as it lives; whoever gets the lock knows that a socket that lies there is nobody's any more, and replaces it. Followers
connect and only listen. A message is one line; each says everything, so the newest is all that anybody needs: who
connects gets it at once, and who reads slowly gets the newest one next and nothing in between. So the presenter never
waits for a follower and keeps at most two messages for each.
A follower that finds no presenter, or loses it, tries again after a second; either side may come first.

Decided here: the folder, who may connect, how long a line may be, and when a connection is given up. In: lines of
bytes. Out: lines of bytes. Never here: what is in them (`presented`), a screen.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from vbtui.job.places import Places

SOCKET: Final = "notes.sock"
LOCK: Final = "notes.lock"
MAX_LINE: Final = 256 * 1024
"""Bytes of a message; the longest that we write have a tenth of it."""
MOST_FOLLOWERS: Final = 8
RETRY: Final = 1.0
"""Seconds between two looks for a presenter."""
_CHUNK: Final = 64 * 1024

MessageT = TypeVar("MessageT")


class Trouble(StrEnum):
    """Why no notes can be published, or none be had."""

    BUSY = "busy"
    """Another vbtui of the same user publishes already."""
    UNSUPPORTED = "unsupported"
    """The system has no Unix sockets."""
    FOREIGN = "foreign"
    """The folder, or who listens in it, belongs to somebody else."""
    SYSTEM = "system"
    """The system says no; `reason` is what it says."""


class ChannelError(Exception):
    """The notes have no way. `trouble` says why, `reason` is the system's own word for it."""

    def __init__(self, trouble: Trouble, reason: str = "") -> None:
        super().__init__(trouble, reason)
        self.trouble, self.reason = trouble, reason


class Waiting(StrEnum):
    """What a follower has instead of a message."""

    FOR_PRESENTER = "for-presenter"
    """Nobody presents; when somebody does, messages come by themselves."""
    NOT_UNDERSTOOD = "not-understood"
    """Who presents does not speak as this vbtui does; it is asked again and again."""


def channel_folder(environment: Mapping[str, str]) -> Path:
    """The user's own: below the folder that the system gives for a session, else with vbtui's other things."""
    runtime = Path(environment.get("XDG_RUNTIME_DIR", ""))
    if runtime.is_absolute() and runtime.is_dir():
        return runtime / "vbtui"
    return Places.of(environment).root / "presenting"


# ---- the presenting side --------------------------------------------------------------------------------------------


class Publisher:
    """Says the newest line to everybody who listens. One thread, which ends with `close`."""

    def __init__(self, folder: Path) -> None:
        """Begin to listen in a folder, which is made. Raises ChannelError."""
        if not hasattr(socket, "AF_UNIX"):
            raise ChannelError(Trouble.UNSUPPORTED)
        self._path = folder / SOCKET
        self._followers: dict[socket.socket, _Outgoing] = {}
        self._newest = b""
        self._count = 0
        self._guard = threading.Lock()
        self._closing = False
        try:
            _own_folder(folder)
            self._lock = _locked(folder / LOCK)
            try:
                self._listener = _listening(self._path)
            except BaseException:
                os.close(self._lock)
                raise
        except OSError as error:
            raise ChannelError(Trouble.SYSTEM, error.strerror or str(error)) from error
        self._bell, self._ear = socket.socketpair()
        for one in (self._bell, self._ear):
            one.setblocking(False)
        self._thread = threading.Thread(target=self._serve, name="vbtui-notes", daemon=True)
        self._thread.start()

    def publish(self, line: bytes) -> None:
        """Say something from now on, in place of what was said before. `line` has no line end, and at most `MAX_LINE`
        bytes with it; a longer one is not said. Never waits."""
        if len(line) >= MAX_LINE or b"\n" in line:
            return
        with self._guard:
            self._newest, self._count = line + b"\n", self._count + 1
        self._ring()

    def close(self) -> None:
        """End the thread and every connection, and take the socket away."""
        if self._closing:
            return
        self._closing = True
        self._ring()
        self._thread.join()
        with contextlib.suppress(OSError):
            self._path.unlink()
        self._bell.close()
        os.close(self._lock)

    def _ring(self) -> None:
        # A full pipe is a bell that rings already.
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector, self._ear, self._listener:
            selector.register(self._ear, selectors.EVENT_READ)
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._closing:
                for key, events in selector.select():
                    found = key.fileobj
                    if found is self._ear:
                        with contextlib.suppress(OSError):
                            self._ear.recv(_CHUNK)
                    elif found is self._listener:
                        self._accept(selector)
                    elif isinstance(found, socket.socket) and events & selectors.EVENT_READ:
                        # Followers have nothing to say: this is their end, or they are none of ours.
                        self._drop(selector, found)
                for follower in list(self._followers):
                    self._send(selector, follower)
            for follower in list(self._followers):
                self._drop(selector, follower)

    def _accept(self, selector: selectors.BaseSelector) -> None:
        try:
            follower, _ = self._listener.accept()
        except OSError:
            return
        if len(self._followers) >= MOST_FOLLOWERS or not _same_user(follower):
            follower.close()
            return
        follower.setblocking(False)
        self._followers[follower] = _Outgoing()
        selector.register(follower, selectors.EVENT_READ)

    def _send(self, selector: selectors.BaseSelector, follower: socket.socket) -> None:
        """As much as the follower takes now."""
        outgoing = self._followers[follower]
        with self._guard:
            newest, count = self._newest, self._count
        while True:
            if not outgoing.rest:
                if outgoing.said == count:
                    break
                outgoing.rest, outgoing.said = memoryview(newest), count
            try:
                outgoing.rest = outgoing.rest[follower.send(outgoing.rest) :]
            except BlockingIOError:
                break
            except OSError:
                self._drop(selector, follower)
                return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if outgoing.rest else 0)
        if selector.get_key(follower).events != wanted:
            selector.modify(follower, wanted)

    def _drop(self, selector: selectors.BaseSelector, follower: socket.socket) -> None:
        del self._followers[follower]
        selector.unregister(follower)
        follower.close()


class _Outgoing:
    """What one follower has still to get."""

    def __init__(self) -> None:
        self.rest = memoryview(b"")
        self.said = 0
        """Number of the newest message that was begun."""


# ---- the following side ---------------------------------------------------------------------------------------------


class Stop:
    """Ends a follower from another thread."""

    def __init__(self) -> None:
        self._bell, self.ear = socket.socketpair()
        self._given = False

    def give(self) -> None:
        """From now on nothing is waited for. May be called more than once."""
        if not self._given:
            self._given = True
            self._bell.close()  # its other end can be read from now on, by everybody who waits for that

    def is_given(self) -> bool:
        return self._given

    def close(self) -> None:
        """When nobody waits any more."""
        self.give()
        self.ear.close()

    def __enter__(self) -> Stop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def follow(
    folder: Path, read: Callable[[bytes], MessageT | None], stop: Stop, *, retry: float = RETRY
) -> Iterator[MessageT | Waiting]:
    """Everything that is published in a folder, until `stop` is given, and `Waiting` while there is nothing to be had.

    `read` makes a message of a line, None of one that makes no sense; then the connection is given up for `retry`
    seconds. Raises ChannelError where the system has no such sockets, or the folder is somebody else's.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise ChannelError(Trouble.UNSUPPORTED)
    told: Waiting | None = None
    while not stop.is_given():
        waiting = Waiting.FOR_PRESENTER
        connection = _connected(folder)
        if connection is not None:
            with connection:
                for line in _lines(connection, stop):
                    message = None if line is None else read(line)
                    if message is None:
                        waiting = Waiting.NOT_UNDERSTOOD
                        break
                    told = None
                    yield message
        if waiting is not told and not stop.is_given():
            told = waiting
            yield waiting
        with selectors.DefaultSelector() as selector:
            selector.register(stop.ear, selectors.EVENT_READ)
            selector.select(retry)


def _lines(connection: socket.socket, stop: Stop) -> Iterator[bytes | None]:
    """Whole lines until the other side or `stop` ends them; None for one that is too long, which ends them too."""
    found = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(stop.ear, selectors.EVENT_READ)
        selector.register(connection, selectors.EVENT_READ)
        while True:
            selector.select()
            if stop.is_given():
                return
            try:
                part = connection.recv(_CHUNK)
            except BlockingIOError:
                continue
            except OSError:
                return
            if not part:
                return
            found += part
            *lines, rest = found.split(b"\n")
            found = bytearray(rest)
            if len(found) > MAX_LINE or any(len(line) > MAX_LINE for line in lines):
                yield None
                return
            if lines:
                yield bytes(lines[-1])  # of several only the newest is news


def _connected(folder: Path) -> socket.socket | None:
    """A connection to who presents; None if nobody does. Raises ChannelError for somebody else's folder or socket."""
    try:
        _check_own(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ChannelError(Trouble.SYSTEM, error.strerror or str(error)) from error
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.connect(str(folder / SOCKET))
    except OSError:
        connection.close()
        return None
    if not _same_user(connection):
        connection.close()
        raise ChannelError(Trouble.FOREIGN)
    return connection


# ---- both -----------------------------------------------------------------------------------------------------------


def _own_folder(folder: Path) -> None:
    """Make the folder, and see to it that nobody else gets into it. Raises OSError and ChannelError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _check_own(folder)
    folder.chmod(0o700)


def _check_own(folder: Path) -> None:
    """Raises OSError, and ChannelError for a folder of somebody else or a link."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ChannelError(Trouble.FOREIGN)


def _locked(path: Path) -> int:
    """The lock, held for as long as its descriptor is open. Raises OSError, and ChannelError if somebody has it."""
    import fcntl

    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if isinstance(error, BlockingIOError):
            raise ChannelError(Trouble.BUSY) from error
        raise
    return handle


def _listening(path: Path) -> socket.socket:
    """A listening socket in place of one that nobody listens at any more. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(MOST_FOLLOWERS)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _same_user(peer: socket.socket) -> bool:
    """The other end is a process of the same user, or of root. Where the system does not say, the folder that nobody
    else gets into has to do."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    form = struct.Struct("3i")  # pid, uid, gid: struct ucred of unix(7)
    try:
        _, user, _ = form.unpack(peer.getsockopt(socket.SOL_SOCKET, option, form.size))
    except OSError:
        return False
    return user in (os.geteuid(), 0)
