"""The file that a restore point is written into, and how it gets its name.

Decided here: `NAME.vbx.part` is created exclusively and locked; one that a dead writer left is replaced; a finished one
gets its final name in one step, and the folder is on stable storage before anybody is told. Every change goes through
`Storage`.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from vbtui.engine.errors import PointBusy, PointExists
from vbtui.engine.storage import CREATE, STORAGE, Storage


def create_part(part: Path, storage: Storage) -> int:
    """Create the part file exclusively and lock it; one that a dead writer left is removed first. Raises PointBusy."""
    try:
        number = storage.open(part, CREATE)
    except FileExistsError:
        _reclaim(part, storage)
        number = storage.open(part, CREATE)
    try:
        _lock_as_named(number, part)
    except BaseException:
        os.close(number)
        raise
    return number


def discard(number: int, part: Path, storage: Storage) -> None:
    """Remove an unfinished file, then close it: as long as the name is there, it is locked."""
    try:
        storage.unlink(part, missing_ok=True)
    finally:
        os.close(number)


def publish(part: Path, final: Path, storage: Storage = STORAGE) -> None:
    """Give a finished file its name, never over another one, and put the folder on stable storage.

    Raises PointExists, OSError: the file has not got the name then. A hard link refuses an existing name in one step;
    where there are none, a look must do.
    """
    try:
        storage.link(part, final)
    except FileExistsError as error:
        raise PointExists(final) from error
    except OSError:
        if final.exists():
            raise PointExists(final) from None
        storage.rename(part, final)
    try:
        storage.unlink(part, missing_ok=True)
        storage.sync_folder(final.parent)
    except BaseException:
        storage.unlink(final, missing_ok=True)  # whoever is told of an error must not find it done
        raise


def replace(part: Path, final: Path, storage: Storage) -> None:
    """Give a finished file the name of the one it stands for from now on, and put the folder on stable storage."""
    storage.rename(part, final)
    storage.sync_folder(final.parent)


def _reclaim(part: Path, storage: Storage) -> None:
    """Remove a part file that nobody holds. Raises PointBusy if its writer lives."""
    number = os.open(part, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        _lock_as_named(number, part)
        storage.unlink(part)
    finally:
        os.close(number)


def _lock_as_named(number: int, part: Path) -> None:
    """Lock an open part file and prove that it still has its name: another run may have replaced it in between."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(number), part.lstat()):
            raise PointBusy(part)
    except (BlockingIOError, FileNotFoundError) as error:
        raise PointBusy(part) from error
