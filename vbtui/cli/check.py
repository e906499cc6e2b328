"""`check`, `explain`, `ports`: what a planner asks before anything runs."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.observed import observed
from vbtui.cli.options import (
    chosen_jobs,
    chosen_profile,
    format_option,
    job_option,
    load_topology,
    printing_options,
    profile_option,
    topology_argument,
    unknown_machine,
)
from vbtui.cli.session import Session, current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbtui.firewall import RuleFinding
    from vbtui.planning import CheckReport, Explanation
    from vbtui.planning.probe import Comparison, Observation
    from vbtui.topology import LoadedTopology
    from vbtui.vocabulary import GoalVerdict, Profile


FORMATS = ("table", "json", "csv", "sarif", "junit", "markdown")
OBSERVED_FORMATS = ("table", "json", "markdown")
"""Forms that have a place for what was observed."""
MODES = ("san", "nfs", "hotadd", "nbd")
"""Values of `vocabulary.TransportMode`, repeated so that `--help` does not load more than it needs; a test compares."""


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Say whether a job gets through, step by step."),
    help=N_(
        "Say for every step whether the job gets through the firewalls, for every proxy and host that it could be "
        "assigned to: what is blocked, by which rule, what would happen instead, and what becomes of each VM. Without "
        "--job, all jobs."
    ),
)
@topology_argument
@job_option
@profile_option
@click.option(
    "--assume-mode",
    "mode",
    type=click.Choice(MODES),
    help=N_("Judge as if every proxy took this transport mode for the disks for which it can."),
)
@click.option("--vms", "every_vm", is_flag=True, help=N_("List every VM, also those that are ok."))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help=N_("A table for a person, Markdown for a page, or a form for a program."),
)
@click.option(
    "--fail-on",
    type=click.Choice(("fail", "fallback", "finding")),
    default="fail",
    help=N_("From which verdict on the exit code is 1; with `finding` also where a rule has a finding."),
)
@click.option(
    "--observed",
    "probes",
    metavar="FILE",
    multiple=True,
    help=N_("What a probe saved: hold it against the plan. May be given several times."),
)
@click.option("--strict", is_flag=True, help=N_("Exit with 3 if a verdict is unknown and nothing worse is found."))
@printing_options
def check(
    topology: str,
    job_name: str | None,
    profile: str | None,
    mode: str | None,
    every_vm: bool,
    form: str,
    fail_on: str,
    probes: tuple[str, ...],
    strict: bool,
) -> int:
    from vbtui import planning
    from vbtui.firewall import Policy
    from vbtui.vocabulary import GoalVerdict, TransportMode

    session = current()
    if probes and form not in OBSERVED_FORMATS:
        raise InputError(N_("--observed goes with --format {forms}"), forms=", ".join(OBSERVED_FORMATS))
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    jobs = chosen_jobs(loaded.topology, job_name)
    policy = Policy(loaded.topology)
    assumed = None if mode is None else TransportMode(mode)
    reports = planning.check_all(loaded.topology, jobs, profile=chosen, policy=policy, assume_mode=assumed)
    seen = observed(loaded.topology, jobs, probes, chosen, policy) if probes else ((), ())
    found: tuple[RuleFinding, ...] = ()
    if fail_on == "finding":
        day = date.today()
        # An assumed mode is for the verdict; what the rules are needed for does not hang on it.
        judged = reports if assumed is None else None
        found = planning.findings(loaded.topology, jobs, profile=chosen, on=day, policy=policy, reports=judged)
    reaching = {GoalVerdict.FAIL} if fail_on == "fail" else {GoalVerdict.FAIL, GoalVerdict.FALLBACK}
    _write(session, form, loaded, chosen, reports, found, every_vm, reaching, seen)
    verdicts = {goal.verdict for report in reports for goal in report.goals}
    if found or verdicts & reaching or any(one.agreement.differs for one in seen[0]):
        return Exit.REACHED
    return Exit.UNKNOWN if strict and GoalVerdict.UNKNOWN in verdicts else Exit.DONE


def _write(
    session: Session,
    form: str,
    loaded: LoadedTopology,
    profile: Profile,
    reports: Sequence[CheckReport],
    found: Sequence[RuleFinding],
    every_vm: bool,
    reaching: set[GoalVerdict],
    seen: tuple[Sequence[Comparison], Sequence[Observation]],
) -> None:
    """The reports and findings in one of the forms."""
    from vbtui.render.messages import Messages

    messages = Messages(session.say, loaded.topology, profile)
    match form:
        case "json":
            from vbtui.render.documents import check_document
            from vbtui.render.findings_sheets import findings_document
            from vbtui.render.json_text import json_text

            document = check_document(reports)
            if found:
                document["findings"] = findings_document(loaded, found, date.today())["findings"]
            if seen[0]:
                from vbtui.render.probe_sheets import comparison_document

                document["observed"] = [comparison_document(one) for one in seen[0]]
            session.write_text(json_text(document))
        case "csv":
            from vbtui.render.documents import CHECK_COLUMNS, VMS_COLUMNS, check_rows, csv_text, vms_rows

            if every_vm:
                session.write_text(csv_text(VMS_COLUMNS, vms_rows(reports)))
            else:
                session.write_text(csv_text(CHECK_COLUMNS, check_rows(reports)))
        case "sarif":
            from vbtui.render.sarif import sarif_text

            session.write_text(sarif_text(messages, loaded, Path.cwd(), reports=reports, findings=found))
        case "junit":
            from vbtui.render.junit import junit_text

            session.write_text(junit_text(messages, reports, reaching))
        case _:
            from vbtui.render.check_sheets import check_sheet, jobs_sheet, trouble_sheet, vms_sheet
            from vbtui.render.findings_sheets import findings_sheet

            sheets = []
            for one in reports:
                trouble = trouble_sheet(messages, one)
                vms = vms_sheet(messages, one, every=every_vm)
                sheets += [check_sheet(messages, one), *([trouble] if trouble.rows else []), vms]
            if len(reports) > 1:
                sheets.append(jobs_sheet(messages, reports))
            if found:
                sheets.append(findings_sheet(session.say, loaded, found, date.today()))
            if any(seen):
                from vbtui.render.probe_sheets import probe_sheet, strangers_sheet

                told = (probe_sheet(messages, seen[0]), strangers_sheet(messages, seen[1]))
                sheets += [sheet for sheet in told if sheet.rows]
            if form == "markdown":
                from vbtui.render.markdown import markdown_text

                session.write_text(markdown_text(sheets))
            else:
                session.write_sheets(sheets)


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Follow one flow hop by hop."),
    help=N_(
        "Follow one flow from SOURCE to DESTINATION hop by hop, and say what needs it. Both are names of nodes or VMs, "
        "or their addresses. SERVICE is PROTOCOL/PORT, such as tcp/902 or tcp/2500-3300, or a service of the topology "
        "file. The exit code is 1 if it is not allowed."
    ),
)
@topology_argument
@click.argument("source")
@click.argument("destination")
@click.argument("service")
@profile_option
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def explain(topology: str, source: str, destination: str, service: str, profile: str | None, as_json: bool) -> int:
    from vbtui import planning
    from vbtui.render.documents import explain_document
    from vbtui.render.json_text import json_text

    session = current()
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    try:
        explanation = planning.explain(loaded.topology, source, destination, service, profile=chosen)
    except planning.UnknownMachineError as error:
        raise unknown_machine(error, loaded.topology) from error
    except planning.UnknownServiceTextError as error:
        raise InputError(
            N_("'{name}' is neither PROTOCOL/PORT, such as tcp/902, nor a service of topology {topology}"),
            suggestion=error.suggestion,
            name=error.found,
            topology=loaded.topology.name,
        ) from error
    _tell_addresses(session, explanation, source, destination)
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


def _tell_addresses(session: Session, explanation: Explanation, source: str, destination: str) -> None:
    """Whose address was given, where the connection uses another one of it."""
    verdict = explanation.verdicts[0]
    ends = (
        (source, verdict.source, verdict.source_address),
        (destination, verdict.destination, verdict.destination_address),
    )
    for given, name, used in ends:
        if used is not None and given != name and used != ip_address(given):
            text = session.say(N_("{address} is an address of {name}, which uses {used} for this connection"))
            session.complain(text.format(address=given, name=name, used=used))


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
@printing_options
def ports(topology: str, job_name: str | None, profile: str | None, form: str, every_level: bool) -> int:
    from vbtui.catalogue import load_catalogue
    from vbtui.planning import RUN_LEVELS, required_by
    from vbtui.render.documents import PORTS_COLUMNS, csv_text, ports_document, ports_rows
    from vbtui.render.json_text import json_text
    from vbtui.vocabulary import Level

    session = current()
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    levels = frozenset(Level) if every_level else RUN_LEVELS
    jobs = chosen_jobs(loaded.topology, job_name)
    required = required_by(loaded.topology, jobs, chosen, levels=levels)
    found = [(job.name, connections) for job, connections in zip(jobs, required, strict=True)]
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
