"""`points`: what a repository holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import language_option
from vbtui.cli.repository import repository_in
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.i18n import Translator


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
    found = repository_in(folder).points()
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
