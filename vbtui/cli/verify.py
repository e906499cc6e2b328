"""`verify`: whether the restore points of a repository are still what was written, and in which state the guest was.

Decided here: which points are looked at and in which order, and that the guest is asked only where every block is
whole. The checks are the engine's, the words are the views'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import printing_options
from vbtui.cli.progress import progress_bar
from vbtui.cli.repository import repository_in
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine import Repository
    from vbtui.render.point_texts import VerifiedPoint

_BROKEN = "broken"
"""Of `engine.guest.ledger.Consistency`: no moment of the guest looked like this."""


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Verify restore points."),
    help=N_(
        "Read every block of every restore point in DIR, or of POINT, in whichever file of its chain it is, and "
        "compare it with its hash. The exit code is 1 if anything is damaged."
    ),
)
@click.argument("folder", metavar="DIR")
@click.argument("point", metavar="[POINT]", required=False)
@click.option("--shallow", is_flag=True, help=N_("Compare checksums of what is stored only; unpack nothing."))
@click.option("--guest", is_flag=True, help=N_("Say as well in which state the guest's application was."))
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def verify(folder: str, point: str | None, shallow: bool, guest: bool, as_json: bool) -> int:
    from vbtui.render.guest_texts import guest_lines
    from vbtui.render.json_text import json_text
    from vbtui.render.point_texts import verify_document, verify_lines
    from vbtui.render.printing import printable

    session = current()
    say = session.say
    repository = repository_in(folder)
    names = [point] if point is not None else [one.point for one in repository.points()]
    if not names and not as_json:
        session.write([say(N_("there are no restore points in {folder}")).format(folder=printable(folder))])
    found: list[VerifiedPoint] = []
    for name in names:
        one = _verified(repository, name, deep=not shallow, guest=guest)
        found.append(one)
        if as_json:
            continue
        session.write(verify_lines(say, name, one.report))
        if one.guest is not None:
            session.write(f"{printable(name)}: {line}" for line in guest_lines(say, one.guest, one.disks))
        elif guest:
            text = say(N_("{point}: the guest's application cannot be looked at as long as blocks are damaged"))
            session.write([text.format(point=printable(name))])
    if as_json:
        session.write_text(json_text(verify_document(found)))
    whole = all(one.report.ok and (one.guest is None or one.guest.consistency != _BROKEN) for one in found)
    return Exit.DONE if whole else Exit.REACHED


def _verified(repository: Repository, name: str, *, deep: bool, guest: bool) -> VerifiedPoint:
    """Raises UnknownPoint, HashUnavailable, OSError."""
    from vbtui.engine import PointExport
    from vbtui.engine.guest.ledger import examine_machine
    from vbtui.render.point_texts import VerifiedPoint

    with progress_bar(name) as moved:
        report = repository.verify(name, deep=deep, on_progress=moved)
    if not guest or not report.ok:
        return VerifiedPoint(name, report)
    with repository.open_chain(name) as chain:
        disks = tuple(disk.name for disk in chain.header.disks)
        exports = [PointExport(chain, disk) for disk in disks]
        state = examine_machine([(one.read_into, one.size) for one in exports])
    return VerifiedPoint(name, report, state, disks)
