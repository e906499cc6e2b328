"""`graph`: a topology as a diagram that other programs draw."""

from __future__ import annotations

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import (
    chosen_jobs,
    chosen_profile,
    job_option,
    load_topology,
    printing_options,
    profile_option,
    topology_argument,
)
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Draw a topology for Mermaid, Graphviz or GraphML."),
    help=N_(
        "Write a topology as a diagram: its zones and firewalls, its machines by zone and role, or what the jobs need "
        "between them with the verdict of the firewalls. Machines of one zone and role are one box; GraphML of the "
        "topology has every machine."
    ),
)
@topology_argument
@click.option(
    "--format", "form", type=click.Choice(("mermaid", "dot", "graphml")), default="mermaid", help=N_("The language.")
)
@click.option(
    "--of",
    "subject",
    type=click.Choice(("topology", "zones", "connections")),
    default="topology",
    help=N_("Machines and what joins them, zones and firewalls, or the connections of the jobs."),
)
@job_option
@profile_option
@printing_options
def graph(topology: str, form: str, subject: str, job_name: str | None, profile: str | None) -> int:
    from vbtui.render import graph_formats, graphs

    session = current()
    say = session.say
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    jobs = chosen_jobs(loaded.topology, job_name)
    if form == "graphml" and subject == "topology":
        from vbtui.topology.graphml import topology_graphml

        session.write_text(topology_graphml(loaded.topology))
        return Exit.DONE
    if subject == "zones":
        diagram = graphs.zones_diagram(say, loaded.topology)
    elif subject == "topology":
        diagram = graphs.topology_diagram(say, loaded.topology)
    else:
        from vbtui import planning

        reports = planning.check_all(loaded.topology, jobs, profile=chosen)
        diagram = graphs.connections_diagram(say, loaded.topology, reports)
    texts = {
        "mermaid": graph_formats.mermaid_text,
        "dot": graph_formats.dot_text,
        "graphml": graph_formats.diagram_graphml,
    }
    session.write_text(texts[form](diagram))
    if diagram.left_out:
        text = say(N_("{count} more connections are left out: more than a picture can show"))
        session.complain(text.format(count=say.number(diagram.left_out)))
    return Exit.DONE
