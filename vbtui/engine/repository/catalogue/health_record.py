"""What a health check found, kept for the next run: that it reads the damaged blocks again.

Decided here: that the catalogue only remembers where to look. Whether a block must come again is found out by reading
it from the point that the next run builds on, so that neither an old result nor a wrong one does harm: a run that has
healed a block, or a new full, settles the matter by itself.

In: the report of a health check. Out: blocks by name of disk, for `Repository.begin` and `CopyTask.reread`.
"""

from __future__ import annotations

from collections.abc import Mapping

from vbtui.engine.errors import CatalogueUnusable, RepositoryBusy
from vbtui.engine.repository.catalogue.catalogue import Catalogue, HealthResult
from vbtui.engine.repository.catalogue.rescan import open_catalogue
from vbtui.engine.repository.damage import BlockDamaged, BrokenChain, DamagedPoint
from vbtui.engine.repository.health import HealthReport
from vbtui.engine.repository.repository import Repository


def remember(repository: Repository, report: HealthReport, checked_ms: int) -> None:
    """Put a report in the place of the VM's last one. `checked_ms`: milliseconds since 1970 (UTC).

    Raises CatalogueUnusable (nothing may be written in the folder), RepositoryBusy, OSError.
    """
    newest = report.points[-1] if report.points else ""
    with open_catalogue(repository) as catalogue:
        catalogue.store_health(HealthResult(report.vm, newest, checked_ms, report.parts, report.blocks))


def blocks_to_reread(repository: Repository, vm: str) -> Mapping[str, frozenset[int]]:
    """The blocks, by name of disk, that the next increment of a VM must read again; each is read here to find out.

    Empty where no health check has found anything, where the catalogue cannot be asked (the next health check finds the
    damage again), and where there is no whole chain to build on (the next point is a full one). Raises OSError.
    """
    try:
        with Catalogue(repository.path) as catalogue:
            result = catalogue.health(vm)
    except (FileNotFoundError, CatalogueUnusable, RepositoryBusy):
        return {}
    latest = repository.latest(vm) if result is not None and result.blocks else None
    if result is None or latest is None:
        return {}
    found: dict[str, set[int]] = {}
    try:
        with repository.open_chain(latest.point) as chain:
            for name, block in sorted({(one.disk, one.block) for _, one in result.blocks}):
                disk = chain.disk(name)
                if disk is None or block >= chain.blocks(disk):
                    continue
                try:
                    chain.read_block(disk, block)
                except BlockDamaged:
                    found.setdefault(name, set()).add(block)
    except (DamagedPoint, BrokenChain):
        return {}
    return {name: frozenset(blocks) for name, blocks in found.items()}
