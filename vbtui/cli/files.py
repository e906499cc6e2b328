"""`validate` and `schema`: topology files as files."""

from __future__ import annotations

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import printing_options
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Check topology files."),
    help=N_("Check topology files and list everything that is wrong with them, with line and column."),
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@printing_options
def validate(files: tuple[str, ...]) -> int:
    from vbtui.cli.options import load_topology
    from vbtui.render.printing import printable
    from vbtui.render.problems import problem_lines
    from vbtui.topology import TopologyError

    session = current()
    wrong = False
    for file in files:
        try:
            loaded = load_topology(file)
        except TopologyError as error:
            wrong = True
            session.complain(*problem_lines(session.say, error))
            continue
        topology = loaded.topology
        text = session.say(N_("{file}: ok, topology {name}; nodes: {nodes}, VMs: {vms}, jobs: {jobs}"))
        session.write(
            [
                text.format(
                    file=printable(file),
                    name=topology.name,
                    nodes=len(topology.nodes),
                    vms=len(topology.vms),
                    jobs=len(topology.jobs),
                )
            ]
        )
    return Exit.BAD_INPUT if wrong else Exit.DONE


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Print the JSON Schema of topology files."),
    help=N_("Print the JSON Schema of topology files, for editors."),
)
@printing_options
def schema() -> int:
    from vbtui.render.json_text import json_text
    from vbtui.topology import json_schema

    current().write_text(json_text(json_schema()))
    return Exit.DONE
