"""The command group and the way in and out of it.

`run` is the whole door as a function of its arguments; `main` gives its result to the operating system.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import click

from vbtui import __version__
from vbtui.cli.backup import backup, clean
from vbtui.cli.check import check, explain, ports
from vbtui.cli.diff import diff
from vbtui.cli.disk import disk
from vbtui.cli.exits import guarded
from vbtui.cli.expire import expire
from vbtui.cli.files import schema, validate
from vbtui.cli.findings import findings
from vbtui.cli.generate import generate
from vbtui.cli.graph import graph
from vbtui.cli.health import health
from vbtui.cli.keys import keys
from vbtui.cli.looks import LooksWanted, looks_options
from vbtui.cli.nbd import nbd
from vbtui.cli.options import language_option
from vbtui.cli.play import play, play_default
from vbtui.cli.points import points
from vbtui.cli.present import present
from vbtui.cli.probe import probe
from vbtui.cli.record import record
from vbtui.cli.request import request
from vbtui.cli.rescan import rescan
from vbtui.cli.restore import restore
from vbtui.cli.rules import rules
from vbtui.cli.session import open_session
from vbtui.cli.shots import shots
from vbtui.cli.synthetic import synthetic
from vbtui.cli.translated import TranslatedGroup
from vbtui.cli.verify import verify
from vbtui.i18n import N_


@click.group(
    cls=TranslatedGroup,
    invoke_without_command=True,
    help=N_("Watch a VMware backup happen. Without a command, the classroom opens: the right arrow key goes on."),
)
@click.option("--plain", is_flag=True, help=N_("Tell the walk as text, then perform the job for real."))
@click.option("--no-run", is_flag=True, help=N_("With --plain or without a terminal: leave the real run out."))
@looks_options
@language_option
@click.version_option(__version__, prog_name="vbtui", message="%(prog)s %(version)s")
@click.pass_context
def group(context: click.Context, plain: bool, no_run: bool, wanted: LooksWanted) -> int | None:
    return play_default(wanted, plain=plain, no_run=no_run) if context.invoked_subcommand is None else None


commands = (
    play,
    present,
    check,
    explain,
    ports,
    findings,
    graph,
    request,
    diff,
    probe,
    validate,
    schema,
    generate,
    rules,
    backup,
    points,
    verify,
    restore,
    rescan,
    expire,
    synthetic,
    health,
    disk,
    nbd,
    keys,
    shots,
    record,
    clean,
)
for command in commands:
    group.add_command(command)


def run(arguments: Sequence[str], environment: Mapping[str, str], *, alone: bool = False) -> int:
    """The command line `arguments`, without the program's name. Gives the exit code; raises only for our own faults.

    `alone`: the process ends with the command, which may then leave its garbage to that end.
    """
    words = list(arguments)
    session = open_session(words, environment)
    session.alone = alone
    return guarded(session, lambda: group.main(words, prog_name="vbtui", standalone_mode=False, obj=session))


def main() -> None:
    """The installed command."""
    sys.exit(run(sys.argv[1:], os.environ, alone=True))
