"""`synthetic`: a restore point that needs no other, put together from its chain."""

from __future__ import annotations

import time

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import printing_options
from vbtui.cli.progress import progress_bar
from vbtui.cli.repository import repository_in
from vbtui.cli.rescan import refresh
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Make a restore point a full one."),
    help=N_(
        "Make the restore point POINT in DIR a synthetic full: its file is written anew from the files of its chain, "
        "nothing is read from a VM. It keeps its name, what builds on it goes on building on it, and the older points "
        "stay."
    ),
)
@click.argument("folder", metavar="DIR")
@click.argument("point")
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def synthetic(folder: str, point: str, as_json: bool) -> int:
    from vbtui.engine import EngineError
    from vbtui.engine.repository.catalogue import Operation, Session
    from vbtui.render.printing import printable
    from vbtui.render.quantities import size

    session = current()
    say = session.say
    repository = repository_in(folder)
    with repository.open(point) as opened:
        vm = opened.header.vm
    started, outcome = time.time_ns() // 1_000_000, "failed"
    with repository.lock(vm):
        try:
            with progress_bar(point) as moved:
                report = repository.synthetic(point, on_progress=moved)
            outcome = "done"
        except EngineError as error:
            outcome = error.code
            raise
        finally:
            ended = time.time_ns() // 1_000_000
            refresh(repository, [Session(Operation.SYNTHETIC, vm, point, started, ended, outcome)])
    if as_json:
        from vbtui.render.json_text import json_text

        made = None if report is None else {"bytes": report.file_size, "absorbed": list(report.absorbed)}
        document = {"schema": "vbtui-synthetic", "version": 1, "vm": vm, "point": point, "written": made}
        session.write_text(json_text(document))
        return Exit.DONE
    if report is None:
        session.write([say(N_("{point} is a full already; nothing was done")).format(point=printable(point))])
        return Exit.DONE
    text = say(N_("{point} is a synthetic full now: {size}, with what it took over from {points}"))
    taken = ", ".join(printable(one) for one in report.absorbed)
    session.write([text.format(point=printable(point), size=size(say, report.file_size), points=taken)])
    return Exit.DONE
