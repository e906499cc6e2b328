"""What a run leaves in its repository's catalogue: that it was there, and what it moved.

Decided here: that the catalogue is brought up to date once, at the run's end, and that a catalogue which cannot be
written to takes nothing from the run: its restore points are files. In: what the run measured. Out: sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vbtui.engine import Repository
from vbtui.engine.errors import CatalogueUnusable, RepositoryBusy
from vbtui.engine.repository.catalogue import Operation, Session
from vbtui.engine.repository.catalogue.rescan import record_sessions
from vbtui.job.performance import WrittenPoint
from vbtui.job.progress import TaskProgress

NO_POINT = "no-point"
"""Outcome of a VM whose restore point was not written: a disk of it failed, or the run ended before."""


def sessions(
    vms: Iterable[str],
    points: Iterable[WrittenPoint],
    tasks: Iterable[TaskProgress],
    *,
    started_ms: int,
    ended_ms: int,
) -> Iterator[Session]:
    """One session for each VM. Milliseconds since 1970 (UTC)."""
    written = {one.vm: one.point for one in points}
    measured = tuple(tasks)
    for vm in sorted(vms):
        mine = [one for one in measured if one.id.startswith(f"{vm}/")]
        yield Session(
            Operation.BACKUP, vm, written.get(vm), started_ms, ended_ms, "done" if vm in written else NO_POINT,
            sum(one.processed for one in mine), sum(one.read for one in mine), sum(one.transferred for one in mine),
        )  # fmt: skip


def keep(repository: Repository, found: Iterable[Session]) -> str | None:
    """Bring the catalogue up to date; the code of what hindered that, None if nothing did."""
    try:
        record_sessions(repository, found)
    except (CatalogueUnusable, RepositoryBusy) as error:
        return f"engine.{error.code}"
    except OSError as error:
        return f"os.{error.errno}"
    return None
