"""The file of the catalogue: its tables, when it is trusted, how it comes into its place and out of it.

Decided here: a catalogue is trusted only if it is an ordinary file that SQLite finds whole, of exactly our tables and
version, with every reference kept; nothing in a schema that somebody else wrote is ever run. Anything else raises
CatalogueUnusable and stays as it is until it is set aside. A new one appears under its name whole.

Two processes may use it at once: write-ahead log, full synchronisation, one transaction for each change. Whoever has
it open holds a shared lock, and whoever puts another in its place holds it alone, for milliseconds: SQLite must not
find a log beside its file that belongs to another one. The file must lie on a local file system, as SQLite asks for
its log (sqlite.org/wal.html).

In: a folder. Out: connections that can be trusted. Never here: what the rows mean (`catalogue`); a repair.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import quote

from vbtui.engine.errors import CatalogueUnusable, RepositoryBusy
from vbtui.engine.repository.lock import LOCK_SUFFIX
from vbtui.engine.storage import STORAGE, Storage, unfinished

CATALOGUE: Final = "catalogue.sqlite"
SIDE_FILES: Final = ("-wal", "-shm")
"""What SQLite keeps beside the file, by the end of its name."""
APPLICATION_ID: Final = 0x56425549
"""`VBUI`: says to `file` and to us whose SQLite file this is."""
SCHEMA_VERSION: Final = 1
BUSY_SECONDS: Final = 10.0
"""How long a change waits for another process's change, which takes milliseconds."""

SCHEMA: Final = (
    """CREATE TABLE chain (
  vm TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (vm, id)
) WITHOUT ROWID""",
    """CREATE TABLE point (
  id TEXT NOT NULL PRIMARY KEY,
  file TEXT NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  state TEXT NOT NULL,
  vm TEXT,
  chain TEXT,
  kind TEXT,
  sequence INTEGER,
  parent TEXT,
  root TEXT,
  created_ms INTEGER,
  job TEXT,
  compression TEXT,
  processed INTEGER,
  read INTEGER,
  transferred INTEGER,
  FOREIGN KEY (vm, chain) REFERENCES chain (vm, id)
) WITHOUT ROWID""",
    """CREATE TABLE disk (
  point TEXT NOT NULL REFERENCES point (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  transport TEXT,
  change_id TEXT,
  PRIMARY KEY (point, number)
) WITHOUT ROWID""",
    """CREATE TABLE session (
  number INTEGER PRIMARY KEY,
  operation TEXT NOT NULL,
  vm TEXT NOT NULL,
  point TEXT,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  processed INTEGER,
  read INTEGER,
  transferred INTEGER
)""",
    """CREATE TABLE health_check (
  vm TEXT NOT NULL PRIMARY KEY,
  newest TEXT NOT NULL,
  checked_ms INTEGER NOT NULL
) WITHOUT ROWID""",
    """CREATE TABLE damaged_part (
  vm TEXT NOT NULL REFERENCES health_check (vm) ON DELETE CASCADE,
  point TEXT NOT NULL,
  damage TEXT NOT NULL,
  PRIMARY KEY (vm, point, damage)
) WITHOUT ROWID""",
    """CREATE TABLE damaged_block (
  vm TEXT NOT NULL REFERENCES health_check (vm) ON DELETE CASCADE,
  point TEXT NOT NULL,
  disk TEXT NOT NULL,
  block INTEGER NOT NULL,
  damage TEXT NOT NULL,
  holder TEXT NOT NULL,
  place INTEGER NOT NULL,
  PRIMARY KEY (vm, point, disk, block)
) WITHOUT ROWID""",
)
"""One statement for each table, exactly as SQLite keeps it. A `point` without a chain is a file that says nothing of
itself. A `damaged_block` cannot be read as of `point`, by what is wrong at byte `place` of the file of `holder`."""

_LOCK_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Flaw(StrEnum):
    """Why a catalogue is not used."""

    FOREIGN = "catalogue.foreign"
    """Another program's file, a link, a folder, or tables that are not ours."""
    NEWER = "catalogue.newer"
    """Written by a later version."""
    DAMAGED = "catalogue.damaged"
    UNREADABLE = "catalogue.unreadable"
    """The operating system does not let it be used, for example in a folder that can only be read."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What was done so that there is a catalogue to be trusted; `flaw` and `aside` are of one that was not."""

    created: bool
    flaw: Flaw | None = None
    aside: Path | None = None


def open_database(folder: Path) -> tuple[sqlite3.Connection, int | None]:
    """A connection to the catalogue in `folder`, looked at as a whole, and the descriptor that holds the shared lock.

    The caller closes both, the connection first. The descriptor is None in a folder that takes no lock file: nobody
    replaces anything there. Raises FileNotFoundError, CatalogueUnusable, RepositoryBusy, OSError.
    """
    if not os.path.lexists(folder / CATALOGUE):  # looking leaves nothing behind, no lock file either
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder / CATALOGUE))
    number = _share(folder)
    try:
        return _trusted(folder / CATALOGUE), number
    except BaseException:
        if number is not None:
            os.close(number)
        raise


def renew_database(folder: Path, *, storage: Storage = STORAGE) -> Renewal:
    """See to it that there is a catalogue to be trusted: an empty one where there is none, or where one is set aside.

    Waits for those who have it open. Raises CatalogueUnusable (only for Flaw.UNREADABLE: whoever may not read it may
    not put another in its place), RepositoryBusy, OSError.
    """
    number = os.open(_lock_path(folder), _LOCK_FLAGS, 0o644)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        flaw = None
        try:
            _trusted(folder / CATALOGUE).close()
            return Renewal(created=False)
        except FileNotFoundError:
            pass
        except CatalogueUnusable as error:
            if error.flaw is Flaw.UNREADABLE:
                raise
            flaw = Flaw(error.flaw)
        aside = _set_aside(folder, storage)
        _create(folder, storage)
        return Renewal(created=True, flaw=flaw, aside=aside)
    finally:
        os.close(number)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What SQLite raises, as an error of ours. Raises CatalogueUnusable, RepositoryBusy, OSError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        kind = code & 0xFF  # the bits above are its details
        if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise RepositoryBusy(path) from error
        if kind == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        if kind == sqlite3.SQLITE_IOERR and code != sqlite3.SQLITE_IOERR_SHORT_READ:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path)) from error
        raise CatalogueUnusable(path, Flaw.DAMAGED if _may_be_written(path) else Flaw.UNREADABLE) from error


# inside


def _trusted(path: Path) -> sqlite3.Connection:
    """Raises FileNotFoundError, CatalogueUnusable, RepositoryBusy, OSError."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise CatalogueUnusable(path, Flaw.FOREIGN)
    with told(path):
        connection = sqlite3.connect(_address(path), uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        with told(path):
            flaw = _look(connection)
        if flaw is not None:
            raise CatalogueUnusable(path, flaw)
    except BaseException:
        connection.close()
        raise
    return connection


def _create(folder: Path, storage: Storage) -> None:
    """Put an empty catalogue into a folder where nothing stands in its place."""
    path, part = folder / CATALOGUE, unfinished(folder / CATALOGUE)
    for leftover in _family(part):
        storage.unlink(leftover, missing_ok=True)
    with told(path):
        connection = sqlite3.connect(part, isolation_level=None, timeout=BUSY_SECONDS)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            for statement in SCHEMA:
                connection.execute(statement)
            connection.execute("COMMIT")
        finally:
            connection.close()  # empties the log into the file and removes it
    storage.rename(part, path)
    storage.sync_folder(folder)


def _set_aside(folder: Path, storage: Storage) -> Path | None:
    """Rename what stands in the catalogue's place, with its side files, to the first free `catalogue.sqlite.aside-N`.

    Gives the new name; None if there was nothing. A log whose catalogue somebody has removed goes too: SQLite would
    take it for that of the next one.
    """
    path = folder / CATALOGUE
    if not any(os.path.lexists(one) for one in _family(path)):
        return None
    names = (folder / f"{CATALOGUE}.aside-{number}" for number in itertools.count(1))
    aside = next(name for name in names if not any(os.path.lexists(one) for one in _family(name)))
    for old, new in zip(_family(path), _family(aside), strict=True):
        if os.path.lexists(old):
            storage.rename(old, new)
    storage.sync_folder(folder)
    return aside


def _lock_path(folder: Path) -> Path:
    return folder / f".{CATALOGUE}{LOCK_SUFFIX}"


def _share(folder: Path) -> int | None:
    """A descriptor with the shared lock; None in a folder that takes no lock file: nobody replaces anything there."""
    try:
        number = os.open(_lock_path(folder), _LOCK_FLAGS, 0o644)
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            return None
        raise
    try:
        fcntl.flock(number, fcntl.LOCK_SH)
    except BaseException:
        os.close(number)
        raise
    return number


def _address(path: Path) -> str:
    """An SQLite address that never makes a file. Where nothing can be written, one that needs no file beside it.

    Without a log beside it the file holds everything, so that nobody is missed by not looking for one.
    """
    logged = any(os.path.lexists(side) for side in _family(path)[:-1])
    return f"file:{quote(os.fspath(path))}?mode={'rw' if logged or _may_be_written(path) else 'ro&immutable=1'}"


def _may_be_written(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)


def _look(connection: sqlite3.Connection) -> Flaw | None:
    """What speaks against a file that SQLite has opened. Raises sqlite3.Error, which does so too."""
    # Before anything is read: what somebody may have put into a schema is not to be run.
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {setting}")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        return Flaw.FOREIGN
    if version > SCHEMA_VERSION:
        return Flaw.NEWER
    # Indices that SQLite makes for itself have no text.
    found = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY sql").fetchall()
    if version != SCHEMA_VERSION or [text for (text,) in found] != sorted(SCHEMA):
        return Flaw.FOREIGN
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        return Flaw.DAMAGED
    return Flaw.DAMAGED if connection.execute("PRAGMA foreign_key_check").fetchone() else None


def _family(path: Path) -> tuple[Path, ...]:
    """A database behind its side files."""
    return (*(path.with_name(path.name + end) for end in SIDE_FILES), path)
