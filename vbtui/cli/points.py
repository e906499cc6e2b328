"""`points`, `verify`, `restore`: what a repository holds, whether it is whole, and getting a disk back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import language_option
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine import Repository
    from vbtui.i18n import Translator


_UNFINISHED = ".part"
"""What an image is called while it is being written: nothing that the user has asked for by name."""


def _repository(folder: str) -> Repository:
    """The repository in an existing folder: looking at one never makes it. Raises InputError."""
    from vbtui.engine import Repository

    try:
        there = Path(folder).is_dir()
    except ValueError:
        there = False
    if not there:
        raise InputError(N_("there is no folder {folder}"), folder=folder)
    return Repository(Path(folder))


@click.command(
    cls=TranslatedCommand,
    short_help=N_("List the restore points of a repository."),
    help=N_("List the restore points in the folder DIR. The exit code is 1 if one of them is damaged."),
)
@click.argument("folder", metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@language_option
def points(folder: str, as_json: bool) -> int:
    from vbtui.render.documents import json_text
    from vbtui.render.failures import damage_text
    from vbtui.render.problems import printable
    from vbtui.render.quantities import size
    from vbtui.render.sheets import Sheet

    session = current()
    found = _repository(folder).points()
    if as_json:
        session.write_text(
            json_text(
                {
                    "schema": "vbtui-points",
                    "version": 1,
                    "points": [
                        {
                            "point": one.point,
                            "file": one.path.name,
                            "bytes": one.file_size,
                            "vm": one.header.vm if one.header else None,
                            "created_ms": one.header.created_ms if one.header else None,
                            "disks": [{"name": disk.name, "bytes": disk.size} for disk in one.header.disks]
                            if one.header
                            else [],
                            "damage": [str(damage) for damage in one.damage],
                        }
                        for one in found
                    ],
                }
            )
        )
    else:
        say = session.say
        rows = tuple(
            (
                printable(one.point),
                printable(one.header.vm) if one.header else "–",
                _moment(one.header.created_ms) if one.header else "–",
                ", ".join(f"{printable(disk.name)} ({size(say, disk.size)})" for disk in one.header.disks)
                if one.header
                else "–",
                size(say, one.file_size),
                _state(say, [damage_text(say, damage) for damage in one.damage]),
            )
            for one in found
        )
        columns = (N_("Restore point"), N_("VM"), N_("Created (UTC)"), N_("Disks"), N_("File"), N_("State"))
        heading = say(N_("Restore points in {folder}: {count}")).format(count=len(rows), folder=printable(folder))
        session.write_sheets([Sheet(heading, tuple(say(one) for one in columns), rows)])
    return Exit.DONE if all(one.complete for one in found) else Exit.REACHED


def _state(say: Translator, damaged: list[str]) -> str:
    return say(N_("damaged: {parts}")).format(parts=", ".join(damaged)) if damaged else say(N_("whole"))


def _moment(milliseconds: int) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return "–"


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
    repository = _repository(folder)
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
        report = _repository(folder).restore(point, disk, Path(output), overwrite=overwrite)
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
