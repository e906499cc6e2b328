"""`check`, `explain`, `ports`: what a planner asks before anything runs."""

from __future__ import annotations

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import (
    chosen_jobs,
    chosen_profile,
    format_option,
    job_option,
    language_option,
    load_topology,
    profile_option,
    topology_argument,
)
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Say whether a job gets through, step by step."),
    help=N_(
        "Say for every step whether the job gets through the firewalls, for every proxy and host that it could be "
        "assigned to: what is blocked, by which rule, and what would happen instead. Without --job, all jobs."
    ),
)
@topology_argument
@job_option
@profile_option
@format_option
@click.option(
    "--fail-on",
    type=click.Choice(("fail", "fallback")),
    default="fail",
    help=N_("From which verdict on the exit code is 1."),
)
@language_option
def check(topology: str, job_name: str | None, profile: str | None, form: str, fail_on: str) -> int:
    from vbtui import planning
    from vbtui.render.documents import CHECK_COLUMNS, check_document, check_rows, csv_text, json_text
    from vbtui.vocabulary import GoalVerdict

    session = current()
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    jobs = chosen_jobs(loaded.topology, job_name)
    reports = [planning.check(loaded.topology, job, profile=chosen) for job in jobs]
    if form == "json":
        session.write_text(json_text(check_document(reports)))
    elif form == "csv":
        session.write_text(csv_text(CHECK_COLUMNS, check_rows(reports)))
    else:
        from vbtui.render.messages import Messages
        from vbtui.render.sheets import check_sheet, trouble_sheet

        messages = Messages(session.say, loaded.topology, chosen)
        sheets = [sheet for one in reports for sheet in (check_sheet(messages, one), trouble_sheet(messages, one))]
        session.write_sheets(sheet for sheet in sheets if sheet.rows)
    reaching = {GoalVerdict.FAIL} if fail_on == "fail" else {GoalVerdict.FAIL, GoalVerdict.FALLBACK}
    return Exit.REACHED if any(report.verdict in reaching for report in reports) else Exit.DONE


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Follow one flow hop by hop."),
    help=N_(
        "Follow one flow from SOURCE to DESTINATION hop by hop, and say what needs it. SERVICE is PROTOCOL/PORT, such "
        "as tcp/902 or tcp/2500-3300, or a service of the topology file. The exit code is 1 if it is not allowed."
    ),
)
@topology_argument
@click.argument("source")
@click.argument("destination")
@click.argument("service")
@profile_option
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@language_option
def explain(topology: str, source: str, destination: str, service: str, profile: str | None, as_json: bool) -> int:
    from vbtui import planning
    from vbtui.render.documents import explain_document, json_text

    session = current()
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    try:
        explanation = planning.explain(loaded.topology, source, destination, service, profile=chosen)
    except planning.UnknownMachineError as error:
        raise InputError(
            N_("there is no node or VM '{name}' in topology {topology}"),
            suggestion=error.suggestion,
            name=error.found,
            topology=loaded.topology.name,
        ) from error
    except planning.UnknownServiceTextError as error:
        raise InputError(
            N_("'{name}' is neither PROTOCOL/PORT, such as tcp/902, nor a service of topology {topology}"),
            suggestion=error.suggestion,
            name=error.found,
            topology=loaded.topology.name,
        ) from error
    if as_json:
        session.write_text(json_text(explain_document(loaded.topology.name, explanation)))
    else:
        from vbtui.render.messages import Messages
        from vbtui.render.sheets import disagreements_sheet, explain_sheets, sources_sheet

        messages = Messages(session.say, loaded.topology, chosen)
        rows = [one.connection.asked.row for one in explanation.purposes]
        points = [point for row in rows for point in row.disagreements]
        asides = (disagreements_sheet(messages, points), sources_sheet(messages, (), points))
        session.write_sheets([*explain_sheets(messages, explanation), *(sheet for sheet in asides if sheet.rows)])
    return Exit.DONE if explanation.allowed else Exit.REACHED


@click.command(
    cls=TranslatedCommand,
    short_help=N_("List the connections that a job needs."),
    help=N_(
        "List the connections that a job needs, whatever proxy and host it is assigned to: source, destination, "
        "service, purpose, step, and the public source of the fact. Without --job, all jobs."
    ),
)
@topology_argument
@job_option
@profile_option
@format_option
@click.option("--all", "every_level", is_flag=True, help=N_("Optional connections and those of installation too."))
@language_option
def ports(topology: str, job_name: str | None, profile: str | None, form: str, every_level: bool) -> int:
    from vbtui.catalogue import load_catalogue
    from vbtui.planning import RUN_LEVELS, required_connections
    from vbtui.render.documents import PORTS_COLUMNS, csv_text, json_text, ports_document, ports_rows
    from vbtui.vocabulary import Level

    session = current()
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    levels = frozenset(Level) if every_level else RUN_LEVELS
    found = [
        (job.name, required_connections(loaded.topology, job, chosen, levels=levels))
        for job in chosen_jobs(loaded.topology, job_name)
    ]
    rows = [one.asked.row for _, connections in found for one in connections]
    points = [point for row in rows for point in row.disagreements]
    points += [point for point in load_catalogue(chosen).disagreements if point.general]
    if form == "json":
        session.write_text(json_text(ports_document(loaded.topology.name, chosen, found, points)))
    elif form == "csv":
        session.write_text(csv_text(PORTS_COLUMNS, ports_rows(found)))
    else:
        from vbtui.render.messages import Messages
        from vbtui.render.sheets import disagreements_sheet, ports_sheet, sources_sheet

        messages = Messages(session.say, loaded.topology, chosen)
        sheets = [ports_sheet(messages, job, connections) for job, connections in found]
        asides = (disagreements_sheet(messages, points), sources_sheet(messages, rows, points))
        session.write_sheets(sheet for sheet in (*sheets, *asides) if sheet.rows)
    return Exit.DONE
