"""The catalogue: what is known of a repository, in one SQLite file beside the restore points. A cache, never the truth.

Decided here: what is in it, and that no restore needs it. Points, chains and disks are a copy of what the files say,
and a rescan writes them anew from the files. Sessions and the results of health checks are in no file; without them
every restore is the same, and the next health check finds the same damage again.

In and out: frozen records. When the file is trusted is decided in `database`.
Never here: the content of a block; a decision about a restore.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from vbtui.engine.repository.catalogue.database import CATALOGUE, open_database, told
from vbtui.engine.repository.damage import Damage, DamagedBlock, DamagedPart


@dataclass(frozen=True, slots=True)
class CataloguedDisk:
    """A disk of a point: its size in bytes, how it was read, and where its next changes begin; None if nothing says."""

    name: str
    size: int
    transport: str | None
    change_id: str | None


@dataclass(frozen=True, slots=True)
class CataloguedPoint:
    """A point as its file describes it, in values that SQLite can hold. From the fifth on, None where nothing says.

    `state` is the code of its state in the listing, `root` its content root in hexadecimal, `created_ms` milliseconds
    since 1970 (UTC); `processed`, `read` and `transferred` are bytes.
    """

    point: str
    file: str
    bytes: int
    state: str
    vm: str | None = None
    chain: str | None = None
    kind: str | None = None
    sequence: int | None = None
    parent: str | None = None
    root: str | None = None
    created_ms: int | None = None
    job: str | None = None
    compression: str | None = None
    processed: int | None = None
    read: int | None = None
    transferred: int | None = None
    disks: tuple[CataloguedDisk, ...] = ()


class Operation(StrEnum):
    """What a session did."""

    BACKUP = "backup"
    EXPIRE = "expire"
    SYNTHETIC = "synthetic"
    HEALTH = "health"


@dataclass(frozen=True, slots=True)
class Session:
    """One run over one VM: `outcome` is `done`, or the code of what ended it. Milliseconds since 1970 (UTC); bytes."""

    operation: Operation
    vm: str
    point: str | None
    started_ms: int
    ended_ms: int
    outcome: str = "done"
    processed: int | None = None
    read: int | None = None
    transferred: int | None = None


@dataclass(frozen=True, slots=True)
class HealthResult:
    """What the last health check of a VM found. `newest` is the point that was the newest one then."""

    vm: str
    newest: str
    checked_ms: int
    parts: tuple[DamagedPart, ...]
    blocks: tuple[tuple[str, DamagedBlock], ...]
    """Pairs of the point that is affected and the block as of that point."""


class Catalogue:
    """An open catalogue; close it, or use it as a context manager. One thread at a time.

    Every method raises CatalogueUnusable (what SQLite meets on the way is no less damage), RepositoryBusy (another
    process's change took longer than `BUSY_SECONDS`), OSError (no room).
    """

    def __init__(self, folder: Path) -> None:
        """Open the catalogue in `folder`. Raises FileNotFoundError as well."""
        self.path = folder / CATALOGUE
        self._connection, self._lock = open_database(folder)

    def points(self) -> tuple[CataloguedPoint, ...]:
        """All points, by id."""
        with told(self.path):
            disks: dict[str, list[CataloguedDisk]] = {}
            for point, *facts in self._connection.execute(
                "SELECT point, name, bytes, transport, change_id FROM disk ORDER BY point, number"
            ):
                disks.setdefault(point, []).append(CataloguedDisk(*facts))
            rows = self._connection.execute(
                "SELECT id, file, bytes, state, vm, chain, kind, sequence, parent, root, created_ms, job,"
                " compression, processed, read, transferred"
                " FROM point ORDER BY id"
            )
            return tuple(CataloguedPoint(*[*row, tuple(disks.get(row[0], ()))]) for row in rows)

    def replace_points(self, points: Sequence[CataloguedPoint]) -> None:
        """Make these the points of the catalogue, in one step. Health results of VMs that have none go with them."""
        chains = sorted({(one.vm, one.chain) for one in points if one.vm is not None and one.chain is not None})
        with self._change() as connection:
            for table in ("disk", "point", "chain"):
                connection.execute(f"DELETE FROM {table}")
            connection.executemany("INSERT INTO chain VALUES (?, ?)", chains)
            for one in sorted(points, key=lambda point: point.point):
                connection.execute(
                    f"INSERT INTO point VALUES ({', '.join('?' * 16)})",
                    (
                        *(one.point, one.file, one.bytes, one.state, one.vm, one.chain, one.kind),
                        *(one.sequence, one.parent, one.root, one.created_ms, one.job, one.compression),
                        *(one.processed, one.read, one.transferred),
                    ),
                )
                connection.executemany(
                    "INSERT INTO disk VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        (one.point, number, disk.name, disk.size, disk.transport, disk.change_id)
                        for number, disk in enumerate(one.disks)
                    ),
                )
            connection.execute("DELETE FROM health_check WHERE vm NOT IN (SELECT vm FROM chain)")

    def sessions(self) -> tuple[Session, ...]:
        """All of them, in the order in which they were recorded."""
        with told(self.path):
            rows = self._connection.execute(
                "SELECT operation, vm, point, started_ms, ended_ms, outcome, processed, read, transferred"
                " FROM session ORDER BY number"
            )
            return tuple(
                Session(
                    *(_member(Operation, operation), _is(str, vm), _may_be(str, point)),
                    *(_is(int, started), _is(int, ended), _is(str, outcome)),
                    *(_may_be(int, count) for count in figures),
                )
                for operation, vm, point, started, ended, outcome, *figures in rows
            )

    def record(self, session: Session) -> None:
        """Add a session."""
        with self._change() as connection:
            connection.execute(
                "INSERT INTO session VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(session.operation, session.vm, session.point, session.started_ms, session.ended_ms),
                    *(session.outcome, session.processed, session.read, session.transferred),
                ),
            )

    def health(self, vm: str) -> HealthResult | None:
        """What the last health check of a VM found; None if there was none."""
        with told(self.path), self._one_view() as connection:
            check = connection.execute("SELECT newest, checked_ms FROM health_check WHERE vm = ?", (vm,)).fetchone()
            if check is None:
                return None
            parts = connection.execute(
                "SELECT point, damage FROM damaged_part WHERE vm = ? ORDER BY point, damage", (vm,)
            ).fetchall()
            blocks = connection.execute(
                "SELECT point, disk, block, damage, holder, place FROM damaged_block WHERE vm = ?"
                " ORDER BY point, disk, block",
                (vm,),
            ).fetchall()
            newest, checked_ms = check
            return HealthResult(
                vm,
                _is(str, newest),
                _is(int, checked_ms),
                tuple(DamagedPart(_is(str, point), _member(Damage, damage)) for point, damage in parts),
                tuple((_is(str, point), _damaged_block(*facts)) for point, *facts in blocks),
            )

    def store_health(self, result: HealthResult) -> None:
        """Put a result in the place of the VM's last one."""
        with self._change() as connection:
            connection.execute("DELETE FROM health_check WHERE vm = ?", (result.vm,))
            connection.execute(
                "INSERT INTO health_check VALUES (?, ?, ?)", (result.vm, result.newest, result.checked_ms)
            )
            connection.executemany(
                "INSERT INTO damaged_part VALUES (?, ?, ?)",
                ((result.vm, part.point, part.damage) for part in result.parts),
            )
            connection.executemany(
                "INSERT INTO damaged_block VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (result.vm, point, one.disk, one.block, one.damage, one.point, one.offset)
                    for point, one in result.blocks
                ),
            )

    def close(self) -> None:
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # inside

    @contextmanager
    def _one_view(self) -> Iterator[sqlite3.Connection]:
        """Several reads of one state, whatever others change meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield self._connection
        finally:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, on stable storage at the end."""
        with told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _damaged_block(disk: object, block: object, damage: str, holder: object, place: object) -> DamagedBlock:
    return DamagedBlock(_is(str, disk), _is(int, block), _member(Damage, damage), _is(str, holder), _is(int, place))


_Member = TypeVar("_Member", bound=StrEnum)


_Value = TypeVar("_Value", int, str)


def _is(kind: type[_Value], found: object) -> _Value:
    """A value of this type. Raises sqlite3.DataError for another: SQLite lets a column hold anything."""
    if not isinstance(found, kind) or (isinstance(found, int) and found < 0):
        raise sqlite3.DataError(repr(found))
    return found


def _may_be(kind: type[_Value], found: object) -> _Value | None:
    return None if found is None else _is(kind, found)


def _member(kind: type[_Member], found: str) -> _Member:
    """A word of ours. Raises sqlite3.DataError for another: the file was changed by somebody else."""
    try:
        return kind(found)
    except ValueError as error:
        raise sqlite3.DataError(str(found)) from error
