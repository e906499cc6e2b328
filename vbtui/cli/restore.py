"""`restore`: a disk of a restore point as an image: whole, a range of it, or what can be saved of it.

Decided here: which disk is meant when none is named, and how a range is written on the command line. What is proven
before it is written, and what happens to files that exist, is decided in the engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vbtui.cli.disk import FORMATS
from vbtui.cli.exits import Exit
from vbtui.cli.image_files import image_format, named_as_asked
from vbtui.cli.options import printing_options
from vbtui.cli.output import free_to_write
from vbtui.cli.progress import progress_bar
from vbtui.cli.repository import repository_in
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine import Chain
    from vbtui.engine.disk import NewFormat


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Restore a disk."),
    help=N_(
        "Restore a disk of the restore point POINT in DIR to an image. Every block is compared with its hash before it "
        "is written. If blocks are damaged, they are named, nothing is written, and the exit code is 1."
    ),
)
@click.argument("folder", metavar="DIR")
@click.argument("point")
@click.option("--disk", metavar="NAME", help=N_("The disk; not needed where the point has only one."))
@click.option("-o", "--output", metavar="FILE", required=True, help=N_("The image that is written."))
@click.option("--format", "form", type=click.Choice(FORMATS), help=N_("Without it: by the name."))
@click.option(
    "--range",
    "area",
    metavar="OFFSET:LENGTH",
    help=N_("Only these bytes of the disk, such as 1GiB:64MiB; numbers without a unit are bytes."),
)
@click.option("--salvage", is_flag=True, help=N_("Write zeros in place of damaged blocks, and name them."))
@click.option("--force", is_flag=True, help=N_("Replace a file that exists."))
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def restore(
    folder: str,
    point: str,
    disk: str | None,
    output: str,
    form: str | None,
    area: str | None,
    salvage: bool,
    force: bool,
    as_json: bool,
) -> int:
    from vbtui.engine import DamagedBlocks, restore_disk
    from vbtui.render.json_text import json_text
    from vbtui.render.point_texts import RestoredDisk, block_text, restore_document, restore_lines

    session = current()
    chosen = image_format(output, form)
    wanted = None if area is None else _area(area, chosen)
    repository = repository_in(folder)
    _spares_the_repository(output, repository.path)
    free_to_write(output, force=force)
    with repository.open_chain(point, tolerant=salvage) as chain:
        name = _disk(chain, disk)
        try:
            with named_as_asked(output), progress_bar(Path(output).name) as moved:
                report = restore_disk(
                    chain,
                    name,
                    Path(output),
                    form=chosen,
                    area=wanted,
                    salvage=salvage,
                    overwrite=force,
                    on_progress=moved,
                )
        except DamagedBlocks as error:
            if as_json:
                refused = RestoredDisk(point, name, output, str(chosen), done=False, damaged=error.blocks)
                session.write_text(json_text(restore_document(refused)))
            else:
                lines = [block_text(session.say, block) for block in error.blocks]
                session.complain(
                    *lines, session.say(N_("--salvage restores all other blocks and fills these with zeros"))
                )
            raise
    restored = RestoredDisk(
        point,
        name,
        output,
        str(chosen),
        done=True,
        offset=report.offset,
        size=report.size,
        written=report.written,
        damaged=report.damaged,
        structure=report.structure,
    )
    if as_json:
        session.write_text(json_text(restore_document(restored)))
    else:
        session.write(restore_lines(session.say, restored))
    return Exit.DONE if report.ok else Exit.REACHED


def _spares_the_repository(output: str, repository: Path) -> None:
    """A restore replaces no restore point and no catalogue, whatever it is told. Raises InputError."""
    from vbtui.engine.repository.catalogue import CATALOGUE
    from vbtui.engine.repository.layout import SUFFIX

    try:
        place = Path(output).resolve()
    except (OSError, ValueError, RuntimeError):  # no name of a file, or a loop of links: told where it is written to
        return
    if place.parent == repository.resolve() and (place.suffix.lower() == SUFFIX or place.name == CATALOGUE):
        raise InputError(N_("{file} has the name of a file of the repository; choose another"), file=output)


def _area(text: str, form: NewFormat) -> tuple[int, int]:
    """The offset and the length in a range, in bytes. Raises InputError."""
    from vbtui.engine.disk import SECTOR, NewFormat
    from vbtui.vocabulary import parse_size

    first, _, second = text.partition(":")
    try:
        offset, length = (parse_size(one if one[-1:].isalpha() else f"{one}B") for one in (first, second))
    except ValueError:
        offset = length = 0
    if length <= 0:
        raise InputError(N_("--range must be OFFSET:LENGTH, such as 1GiB:64MiB, found {found}"), found=text)
    if form is not NewFormat.RAW and length % SECTOR:
        raise InputError(N_("--range: a VMDK holds whole sectors of 512 bytes, found {found}"), found=text)
    return offset, length


def _disk(chain: Chain, name: str | None) -> str:
    """The disk that is meant. Raises InputError."""
    from vbtui.topology.problems import suggestion

    names = [disk.name for disk in chain.header.disks]
    if name is None and len(names) == 1:
        return names[0]
    if name is None:
        raise InputError(N_("choose a disk with --disk; the point has {known}"), known=", ".join(names))
    if name not in names:
        raise InputError(
            N_("the point has no disk '{name}'; it has {known}"),
            suggestion=suggestion(name, names),
            name=name,
            known=", ".join(names),
        )
    return name
