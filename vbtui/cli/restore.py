"""`restore`: a disk of a restore point as an image."""

from __future__ import annotations

from pathlib import Path

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import language_option
from vbtui.cli.repository import repository_in
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_

_UNFINISHED = ".part"
"""What an image is called while it is being written: nothing that the user has asked for by name."""


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Restore a disk."),
    help=N_("Restore a disk of the restore point POINT in DIR to a raw image. Damaged blocks are never written."),
)
@click.argument("folder", metavar="DIR")
@click.argument("point")
@click.option("--disk", metavar="NAME", required=True, help=N_("The disk."))
@click.option("-o", "--output", metavar="FILE", required=True, help=N_("The raw image that is written."))
@click.option("--overwrite", is_flag=True, help=N_("Replace an image that exists."))
@language_option
def restore(folder: str, point: str, disk: str, output: str, overwrite: bool) -> int:
    from vbtui.render.problems import printable
    from vbtui.render.quantities import size

    session = current()
    try:
        report = repository_in(folder).restore(point, disk, Path(output), overwrite=overwrite)
    except OSError as error:
        if error.filename is not None and str(error.filename) == f"{output}{_UNFINISHED}":
            error.filename = output
        raise
    text = session.say(N_("{file}: {size} restored, {written} of it data"))
    session.write(
        [
            text.format(
                file=printable(report.output),
                size=size(session.say, report.size),
                written=size(session.say, report.written),
            )
        ]
    )
    return Exit.DONE
