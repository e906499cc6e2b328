"""A file system under which a process dies: at a chosen call, in the middle of a write, and with the power gone.

Decided here: what a crash leaves. `Dying` stops before its n-th call (with `half`, after the first half of a write) and
refuses every call after it, as a process does that is no more. `lose_power` then drops what was not synchronised: of
every file any of the writes since its last `sync`, and of every folder the newest names since its last `sync_folder`.
Nothing is truly synchronised, so that a test may die often.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vbtui.engine.storage import Storage


class Died(BaseException):
    """Not an Exception: nobody may handle it."""


class Quiet(Storage):
    """The real one without waiting for the medium."""

    def sync(self, number: int) -> None:
        """Nothing."""

    def sync_folder(self, folder: Path) -> None:
        """Nothing."""


@dataclass
class _File:
    """What of a file is on the medium, and what was done to it since, in order."""

    number: int
    synced: bytes
    changes: list[tuple[int, bytes] | int] = field(default_factory=list)


class Dying(Quiet):
    def __init__(self, at: int | None, side: Path, *, half: bool = False) -> None:
        """`at`: the call that is not made any more, from 0 on; None: count them. `side`: a folder for old files."""
        self.calls = 0
        self.dead = False
        self._at = at
        self._half = half
        self._side = side
        self._files: dict[tuple[int, int], _File] = {}
        self._undo: list[Callable[[], object]] = []

    def lose_power(self, seed: int) -> None:
        """What was not synchronised is gone, or is not: by chance."""
        chance = random.Random(seed)
        for _ in range(chance.randint(0, len(self._undo))):
            self._undo.pop()()
        for file in self._files.values():
            content = bytearray(file.synced)
            for change in file.changes:
                if chance.random() < 0.5:
                    continue
                if isinstance(change, int):
                    content = content[:change] + bytes(change - len(content[:change]))
                    continue
                offset, data = change
                content += bytes(max(0, offset + len(data) - len(content)))
                content[offset : offset + len(data)] = data
            os.ftruncate(file.number, 0)
            os.pwrite(file.number, content, 0)

    def close(self) -> None:
        for file in self._files.values():
            os.close(file.number)
        self._files.clear()

    def open(self, path: Path, flags: int, mode: int = 0o644) -> int:
        self._step()
        number = super().open(path, flags, mode)
        if flags & os.O_CREAT:
            self._undo.append(lambda: path.unlink(missing_ok=True))
        return number

    def pwritev(self, number: int, buffers: list[memoryview], offset: int) -> int:
        data = b"".join(buffers)
        if self._half and self.calls == self._at:
            data = data[: len(data) // 2]
            self._change(number, (offset, data))
            os.pwrite(number, data, offset)
        self._step()
        self._change(number, (offset, data))
        return super().pwritev(number, buffers, offset)

    def truncate(self, number: int, size: int) -> None:
        self._step()
        self._change(number, size)
        super().truncate(number, size)

    def sync(self, number: int) -> None:
        self._step()
        file = self._file(number)
        file.synced, file.changes = _content(number), []

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        old = self._keep(target)
        super().rename(source, target)

        def undo() -> None:
            target.rename(source)
            if old is not None:
                os.link(old, target)

        self._undo.append(undo)

    def link(self, source: Path, target: Path) -> None:
        self._step()
        super().link(source, target)
        self._undo.append(target.unlink)

    def unlink(self, path: Path, *, missing_ok: bool = False) -> None:
        self._step()
        old = self._keep(path)
        super().unlink(path, missing_ok=missing_ok)
        if old is not None:
            self._undo.append(lambda: os.link(old, path))

    def sync_folder(self, folder: Path) -> None:  # noqa: ARG002 - the tests have one folder at a time
        self._step()
        self._undo.clear()

    def _step(self) -> None:
        if self.dead or self.calls == self._at:
            self.dead = True
            raise Died
        self.calls += 1

    def _keep(self, path: Path) -> Path | None:
        if not path.exists():
            return None
        kept = self._side / f"{self.calls:06d}"
        os.link(path, kept)
        return kept

    def _file(self, number: int) -> _File:
        state = os.fstat(number)
        identity = (state.st_dev, state.st_ino)
        if identity not in self._files:
            # A duplicate would keep the writer's lock.
            own = os.open(f"/proc/self/fd/{number}", os.O_RDWR | os.O_CLOEXEC)
            self._files[identity] = _File(own, _content(number))
        return self._files[identity]

    def _change(self, number: int, change: tuple[int, bytes] | int) -> None:
        self._file(number).changes.append(change)


def _content(number: int) -> bytes:
    return os.pread(number, os.fstat(number).st_size, 0)
