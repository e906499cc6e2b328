"""`points`: what a repository holds, by VM and chain.

Decided here: that the files say what there is, and the catalogue only what is in no file: when a VM was checked last,
and what was found damaged then. Without a catalogue that can be used, the points are the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import printing_options
from vbtui.cli.repository import repository_in
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine import PointInfo, Repository
    from vbtui.engine.repository.catalogue import HealthResult
    from vbtui.render.repository_sheets import PointFacts


@click.command(
    cls=TranslatedCommand,
    short_help=N_("List the restore points of a repository."),
    help=N_(
        "List the restore points in the folder DIR by VM and chain. The exit code is 1 if one of them is damaged, was "
        "found damaged by the last health check, or cannot be restored."
    ),
)
@click.argument("folder", metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def points(folder: str, as_json: bool) -> int:
    from vbtui.render.json_text import json_text
    from vbtui.render.repository_sheets import CheckFacts, check_lines, points_document, points_sheets

    session = current()
    repository = repository_in(folder)
    found = repository.points()
    described = tuple(point_facts(repository, one) for one in found)
    results = _last_checks(repository, sorted({one.vm for one in described if one.vm is not None}))
    checks = tuple(CheckFacts(one.vm, one.checked_ms, one.newest, len(one.blocks), len(one.parts)) for one in results)
    damaged = Counter(point for one in results for point, _ in one.blocks)
    facts = tuple(replace(one, found_damaged=damaged[one.point]) for one in described)
    if as_json:
        session.write_text(json_text(points_document(facts, checks)))
    else:
        session.write_sheets(points_sheets(session.say, folder, facts))
        lines = check_lines(session.say, checks)
        session.write(("", *lines) if lines else ())
    is_sound = all(one.complete for one in found) and not any(one.found_damaged for one in facts)
    return Exit.DONE if is_sound else Exit.REACHED


def point_facts(repository: Repository, info: PointInfo) -> PointFacts:
    """A listed point with what its file says of itself. Raises OSError."""
    from vbtui.engine.repository.catalogue.rescan import describe
    from vbtui.render.repository_sheets import DiskFacts, PointFacts

    one = describe(repository, info)
    return PointFacts(
        one.point,
        one.file,
        one.bytes,
        one.state,
        info.broken_at,
        tuple(str(damage) for damage in info.damage),
        one.vm,
        one.chain,
        one.kind,
        one.sequence,
        one.parent,
        one.root,
        one.created_ms,
        one.processed,
        one.read,
        one.transferred,
        one.compression,
        tuple(DiskFacts(disk.name, disk.size) for disk in one.disks),
    )


def _last_checks(repository: Repository, vms: list[str]) -> tuple[HealthResult, ...]:
    """From the catalogue, if there is one; one that cannot be used is said and does no harm."""
    from vbtui.engine.errors import CatalogueUnusable, RepositoryBusy
    from vbtui.engine.repository.catalogue import Catalogue
    from vbtui.render.failures import engine_failure

    session = current()
    try:
        with Catalogue(repository.path) as catalogue:
            found = [catalogue.health(vm) for vm in vms]
    except FileNotFoundError:
        return ()
    except (CatalogueUnusable, RepositoryBusy) as error:
        session.complain(engine_failure(session.say, error))
        return ()
    return tuple(one for one in found if one is not None)
