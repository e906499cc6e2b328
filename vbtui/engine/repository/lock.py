"""One writer for each VM of a repository: who may add, merge or remove restore points just now.

Decided here: what a lock file is called, and that nobody waits for one. The lock is the kernel's (`flock`), so it ends
with its process, however that ends; a lock file that nobody holds is harmless and stays, since removing it would let
two writers hold two files of one name. Readers take no lock: a merge replaces and removes names, never the content of
a file that somebody has open.

In: the repository's folder, a VM's name as it stands in its restore points. Out: a context manager.
Never here: waiting; a lock for a whole repository, which would let one VM's merge hold up another's backup.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from vbtui.engine.errors import RepositoryBusy

LOCK_SUFFIX: Final = ".lock"

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")
_ATTEMPTS: Final = 8
"""How often a lock file may be taken away from under the lock before that counts as busy."""
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def lock_path(folder: Path, vm: str) -> Path:
    """The lock file of a VM: `.mail.3c1a5e0b7d42.lock`. Readable, and different for every name, whatever is in it."""
    mark = hashlib.sha256(vm.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return folder / f".{_UNSAFE.sub('_', vm)[:64]}.{mark}{LOCK_SUFFIX}"


def lock_vm(folder: Path, vm: str) -> AbstractContextManager[None]:
    """Hold the restore points of one VM while the context lasts. Held by another thread of this process is busy too.

    Raises RepositoryBusy at once if somebody holds it; OSError, for example where the folder cannot be written to.
    """
    return held(lock_path(folder, vm))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, made if need be, while the context lasts. Raises RepositoryBusy, OSError."""
    number = _take(path)
    try:
        yield
    finally:
        os.close(number)


def _take(path: Path) -> int:
    for _ in range(_ATTEMPTS):
        number = os.open(path, _FLAGS, 0o644)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(number), path.lstat()):
                return number
        except BlockingIOError as error:
            os.close(number)
            raise RepositoryBusy(path) from error
        except FileNotFoundError:
            pass  # somebody removed the file after it was opened: the lock on it holds nothing
        except BaseException:
            os.close(number)
            raise
        os.close(number)
    raise RepositoryBusy(path)
