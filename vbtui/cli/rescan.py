"""`rescan`: the catalogue of a repository written anew from its files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import printing_options
from vbtui.cli.points import point_facts
from vbtui.cli.repository import repository_in
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vbtui.engine import Repository
    from vbtui.engine.repository.catalogue import Session


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Write the catalogue of a repository anew."),
    help=N_(
        "Look at every file in the folder DIR and write its catalogue anew from them. A catalogue that cannot be used "
        "is set aside. Restore points are not changed. The exit code is 1 if one of them is damaged or cannot be "
        "restored."
    ),
)
@click.argument("folder", metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def rescan(folder: str, as_json: bool) -> int:
    from vbtui.engine.repository.catalogue.database import CATALOGUE
    from vbtui.engine.repository.catalogue.rescan import rescan as rescan_repository
    from vbtui.render.json_text import json_text
    from vbtui.render.repository_sheets import RescanFacts, UnfinishedFacts, rescan_document, rescan_lines

    session = current()
    repository = repository_in(folder)
    report = rescan_repository(repository)
    facts = RescanFacts(
        CATALOGUE,
        len(report.points),
        report.added,
        report.removed,
        report.changed,
        tuple(point_facts(repository, one) for one in report.damaged),
        tuple(UnfinishedFacts(one.file, one.bytes, one.live) for one in report.unfinished),
        report.renewal.created,
        None if report.renewal.aside is None else report.renewal.aside.name,
    )
    if as_json:
        session.write_text(json_text(rescan_document(facts)))
    else:
        session.write(rescan_lines(session.say, facts))
    return Exit.REACHED if report.damaged else Exit.DONE


def refresh(repository: Repository, sessions: Iterable[Session] = ()) -> None:
    """Bring the catalogue up to date after a change; what hinders that is said, and nothing else is lost by it."""
    from vbtui.engine.repository.catalogue.rescan import record_sessions

    with only_said():
        record_sessions(repository, sessions)


@contextlib.contextmanager
def only_said() -> Iterator[None]:
    """What the catalogue cannot keep is said on standard error: the work itself is done, and its result stands."""
    from vbtui.engine import EngineError
    from vbtui.render.failures import engine_failure, system_failure

    session = current()
    try:
        yield
    except EngineError as error:
        session.complain(engine_failure(session.say, error))
    except OSError as error:
        session.complain(system_failure(session.say, error))
