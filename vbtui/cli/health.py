"""`health`: whether every block of a VM's restore points is still what was written, and what heals what is not.

Decided here: that each VM is checked under its own lock, and that the result is kept for the next run. The check is the
engine's, the words are the views'.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import printing_options
from vbtui.cli.points import point_facts
from vbtui.cli.progress import progress_bar
from vbtui.cli.repository import repository_in
from vbtui.cli.rescan import only_said, refresh
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine import Repository
    from vbtui.render.health_texts import HealthFacts


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Check the health of restore points."),
    help=N_(
        "Read every record of every restore point in DIR. Say which blocks are damaged, which restore points that "
        "harms, and what the next run does about it: it reads them again. The exit code is 1 if anything is damaged."
    ),
)
@click.argument("folder", metavar="DIR")
@click.option("--vm", "vm_name", metavar="NAME", help=N_("Only this VM."))
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def health(folder: str, vm_name: str | None, as_json: bool) -> int:
    from vbtui.render.health_texts import health_document, health_lines, strange_lines
    from vbtui.render.json_text import json_text
    from vbtui.render.printing import printable

    session = current()
    repository = repository_in(folder)
    listed = repository.points()
    vms = sorted({one.header.vm for one in listed if one.header is not None})
    if vm_name is not None and vm_name not in vms:
        raise InputError(N_("there is no restore point of VM {vm} in {folder}"), vm=vm_name, folder=folder)
    if not listed and not as_json:
        session.write([session.say(N_("there are no restore points in {folder}")).format(folder=printable(folder))])
    strange = () if vm_name else tuple(point_facts(repository, one) for one in listed if one.header is None)
    checks = []
    for vm in vms if vm_name is None else [vm_name]:
        facts = _check(repository, vm)
        checks.append(facts)
        if not as_json:
            session.write(health_lines(session.say, facts))
    if as_json:
        session.write_text(json_text(health_document(checks, strange)))
    else:
        session.write(strange_lines(session.say, strange))
    return Exit.DONE if all(one.ok for one in checks) and not strange else Exit.REACHED


def _check(repository: Repository, vm: str) -> HealthFacts:
    """Check one VM and keep the result. Raises RepositoryBusy, HashUnavailable, OSError."""
    from vbtui.engine.repository.catalogue import Operation, Session
    from vbtui.engine.repository.catalogue.health_record import remember
    from vbtui.render.health_texts import facts_of

    started = time.time_ns() // 1_000_000
    with repository.lock(vm):
        with progress_bar(vm) as moved:
            report = repository.health_check(vm, on_progress=moved)
        ended = time.time_ns() // 1_000_000
        outcome = "done" if report.ok else "damaged"
        refresh(repository, [Session(Operation.HEALTH, vm, report.parent, started, ended, outcome)])
        with only_said():
            remember(repository, report, ended)
    return facts_of(report)
