"""`verify`: whether the restore points of a repository are still what was written."""

from __future__ import annotations

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import language_option
from vbtui.cli.repository import repository_in
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Verify restore points."),
    help=N_("Read every block of every restore point in DIR, or of POINT, and compare it with its hash."),
)
@click.argument("folder", metavar="DIR")
@click.argument("point", metavar="[POINT]", required=False)
@language_option
def verify(folder: str, point: str | None) -> int:
    from vbtui.render.failures import damage_text
    from vbtui.render.problems import printable
    from vbtui.render.quantities import size

    session = current()
    say = session.say
    repository = repository_in(folder)
    names = [point] if point is not None else [one.point for one in repository.points()]
    if not names:
        session.write([say(N_("there are no restore points in {folder}")).format(folder=printable(folder))])
    damaged = False
    for name in names:
        report = repository.verify(name)
        if report.ok:
            text = say(N_("{point}: whole, {blocks} blocks, {size} read"))
            session.write(
                [
                    text.format(
                        point=printable(name), blocks=say.number(report.blocks), size=size(say, report.bytes_read)
                    )
                ]
            )
            continue
        damaged = True
        for part in report.structure:
            session.write(
                [say(N_("{point}: damaged {part}")).format(point=printable(name), part=damage_text(say, part))]
            )
        for block in report.damaged:
            text = say(N_("{point}: disk {disk}, block {block}: damaged {part}"))
            session.write(
                [
                    text.format(
                        point=printable(name),
                        disk=printable(block.disk),
                        block=block.block,
                        part=damage_text(say, block.damage),
                    )
                ]
            )
    return Exit.REACHED if damaged else Exit.DONE
