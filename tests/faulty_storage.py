"""A file system that fails by script: it stops, tears, refuses or runs full at a chosen call, and can lose its power.

Decided here: what may be left of the calls that an engine made. A process that dies leaves every call that it has made.
A loss of power leaves what POSIX promises and no more: a file's bytes as of its last `sync` and a folder's names as of
its last `sync_folder`; beyond that any of the later changes, each for itself or in order, writes in any of their pages,
a longer file with zeros where its data has not come, and the times of a file as of any of its changes.

In: what goes wrong (`Fault`). Out: `made`, the calls so far; the folder after `lose_power`.
Nothing is truly synchronised, so that a test may die often. Never here: what an engine must make of it.
"""

from __future__ import annotations

import errno
import os
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final, TypeVar

from vbtui.engine.storage import Storage

PAGE: Final = 4096
"""Bytes of a write that come or do not come together, on their own raster."""

_Result = TypeVar("_Result")


class Stopped(Exception):  # noqa: N818 - what has happened, not what went wrong
    """The process is no more. Neither an OSError nor an EngineError, so that nobody has a reason to handle it."""


class How(Enum):
    """What becomes of the chosen call."""

    BEFORE = auto()
    """The process dies, the call is not made."""
    TORN = auto()
    """The process dies in the middle of a write; any other call is not made."""
    AFTER = auto()
    """The call is made, then the process dies."""
    ONCE = auto()
    """The call fails with the chosen error, later ones do not."""
    FROM_THEN_ON = auto()
    """So do all later ones that need room: creations, writes, truncations, links."""


class QuietStorage(Storage):
    """The real one without waiting for the medium."""

    def sync(self, number: int) -> None:
        """Nothing."""

    def sync_folder(self, folder: Path) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Fault:
    at: int
    how: How
    error: int = errno.EIO


@dataclass
class _File:
    """What of a file is on the medium, and what was done to it since, in order."""

    number: int
    synced: bytes
    times: list[int]
    changes: list[tuple[int, bytes] | int] = field(default_factory=list)


@dataclass
class _Folder:
    """The names on the medium that have changed since, and the changes in order: each sets names all at once."""

    durable: dict[str, Path | None] = field(default_factory=dict)
    changes: list[dict[str, Path | None]] = field(default_factory=list)


class FaultyStorage(Storage):
    def __init__(self, side: Path, fault: Fault | None = None, *, most: int | None = None) -> None:
        """`side`: a folder on the same file system for files without a name. `most`: bytes that one write may take."""
        side.mkdir(parents=True, exist_ok=True)
        self.made: list[str] = []
        """The calls so far, by name."""
        self.dead = False
        self.fault = fault
        self._most = most
        self._side = side
        self._kept = 0
        self._files: dict[tuple[int, int], _File] = {}
        self._folders: dict[Path, _Folder] = {}
        self._lock = threading.RLock()

    # ---- the end ---------------------------------------------------------------------------------------------------

    def lose_power(self, seed: int) -> None:
        """The folder as the next start finds it. Nothing of this process may write any more."""
        chance = random.Random(seed)
        share = chance.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        for path, folder in self._folders.items():
            self._restore_names(path, folder, chance, share)
        for file in self._files.values():
            _restore_bytes(file, chance, share)

    def close(self) -> None:
        for file in self._files.values():
            os.close(file.number)
        self._files.clear()
        for path in self._side.iterdir():
            path.unlink()

    def _restore_names(self, path: Path, folder: _Folder, chance: random.Random, share: float) -> None:
        names = dict(folder.durable)
        if chance.random() < 0.5:  # a journal: the first ones, in order
            for change in folder.changes[: round(len(folder.changes) * chance.random())]:
                names |= change
        else:
            for change in folder.changes:
                if chance.random() < share:
                    names |= change
        for name, kept in names.items():
            (path / name).unlink(missing_ok=True)
            if kept is not None:
                os.link(kept, path / name)

    # ---- the calls -------------------------------------------------------------------------------------------------

    def open(self, path: Path, flags: int, mode: int = 0o644) -> int:
        new = bool(flags & os.O_CREAT)

        def call() -> int:
            number = super(FaultyStorage, self).open(path, flags, mode)
            if new:
                self._named(path.parent, {path.name: path})
            return number

        return self._do("open", call, needs_room=new)

    def pwritev(self, number: int, buffers: list[memoryview], offset: int) -> int:
        data = b"".join(buffers)
        if self._most is not None:
            data = data[: self._most]

        def call(taken: bytes) -> int:
            self._changed(number, (offset, taken))
            count = os.pwrite(number, taken, offset)
            self._timed(number)
            return count

        return self._do("pwritev", lambda: call(data), torn=lambda: call(data[: len(data) // 2]), needs_room=True)

    def truncate(self, number: int, size: int) -> None:
        def call() -> None:
            self._changed(number, size)
            super(FaultyStorage, self).truncate(number, size)
            self._timed(number)

        self._do("truncate", call, needs_room=True)

    def sync(self, number: int) -> None:
        def call() -> None:
            file = self._file(number)
            file.synced, file.changes, file.times = _content(number), [], file.times[-1:]

        self._do("sync", call)

    def rename(self, source: Path, target: Path) -> None:
        def call() -> None:
            assert source.parent == target.parent, "one folder at a time"
            self._named(source.parent, {source.name: None, target.name: source})
            super(FaultyStorage, self).rename(source, target)

        self._do("rename", call)

    def link(self, source: Path, target: Path) -> None:
        def call() -> None:
            super(FaultyStorage, self).link(source, target)
            self._named(target.parent, {target.name: source}, made={target.name})

        self._do("link", call, needs_room=True)

    def unlink(self, path: Path, *, missing_ok: bool = False) -> None:
        def call() -> None:
            if path.exists():
                self._named(path.parent, {path.name: None})
            super(FaultyStorage, self).unlink(path, missing_ok=missing_ok)

        self._do("unlink", call)

    def sync_folder(self, folder: Path) -> None:
        def call() -> None:
            self._folders.pop(folder, None)

        self._do("sync_folder", call)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _do(
        self,
        name: str,
        call: Callable[[], _Result],
        *,
        torn: Callable[[], object] | None = None,
        needs_room: bool = False,
    ) -> _Result:
        with self._lock:
            if self.dead:
                raise Stopped
            number, fault = len(self.made), self.fault
            self.made.append(name)
            if fault is None or number < fault.at:
                return call()
            if fault.how is How.FROM_THEN_ON:
                if needs_room:
                    raise OSError(fault.error, os.strerror(fault.error))
                return call()
            if number > fault.at:
                return call()
            if fault.how is How.ONCE:
                raise OSError(fault.error, os.strerror(fault.error))
            self.dead = True
            if fault.how is How.AFTER:
                call()
            elif fault.how is How.TORN and torn is not None:
                torn()
            raise Stopped

    def _named(
        self, path: Path, change: dict[str, Path | None], *, made: frozenset[str] | set[str] = frozenset()
    ) -> None:
        """Note names that get another file, or none. A call that makes a name itself has made it already: `made`."""
        folder = self._folders.setdefault(path, _Folder())
        new = {name for name, source in change.items() if source == path / name} | made
        for name in change:
            if name not in folder.durable:
                folder.durable[name] = None if name in new else self._keep(path / name)
        folder.changes.append({name: None if source is None else self._keep(source) for name, source in change.items()})

    def _keep(self, path: Path) -> Path | None:
        """Another name for a file, so that it stays."""
        if not path.exists():
            return None
        self._kept += 1
        kept = self._side / f"{self._kept:06d}"
        os.link(path, kept)
        return kept

    def _file(self, number: int) -> _File:
        state = os.fstat(number)
        identity = (state.st_dev, state.st_ino)
        if identity not in self._files:
            # Not a duplicate, which would keep the writer's lock.
            own = os.open(f"/proc/self/fd/{number}", os.O_RDWR | os.O_CLOEXEC)
            self._files[identity] = _File(own, _content(number), [state.st_mtime_ns])
        return self._files[identity]

    def _changed(self, number: int, change: tuple[int, bytes] | int) -> None:
        self._file(number).changes.append(change)

    def _timed(self, number: int) -> None:
        self._file(number).times.append(os.fstat(number).st_mtime_ns)


def _restore_bytes(file: _File, chance: random.Random, share: float) -> None:
    if file.changes:
        content = bytearray(file.synced)
        for change in file.changes:
            _apply(content, change, chance, share)
        os.ftruncate(file.number, 0)
        os.pwrite(file.number, content, 0)
    moment = chance.choice(file.times)
    os.utime(file.number, ns=(moment, moment))


def _apply(content: bytearray, change: tuple[int, bytes] | int, chance: random.Random, share: float) -> None:
    if isinstance(change, int):
        if chance.random() < share:
            del content[change:]
            content.extend(bytes(change - len(content)))
        return
    offset, data = change
    if chance.random() < share / 2:  # the size has come before the data
        content.extend(bytes(max(0, offset + len(data) - len(content))))
    for begin, end in _pages(offset, offset + len(data)):
        if chance.random() < share:
            content.extend(bytes(max(0, end - len(content))))
            content[begin:end] = data[begin - offset : end - offset]


def _pages(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = min(end, start - start % PAGE + PAGE)
        yield start, stop
        start = stop


def _content(number: int) -> bytes:
    return os.pread(number, os.fstat(number).st_size, 0)
