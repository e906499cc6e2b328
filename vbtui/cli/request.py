"""`request`: the rules that are missing, as the form that a network team takes, and the proof that they are enough.

Decided here: which options go together, and which sheets each form has. What is asked for is `planning.request`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import (
    chosen_jobs,
    chosen_profile,
    force_option,
    job_option,
    load_topology,
    output_option,
    printing_options,
    profile_option,
    topology_argument,
)
from vbtui.cli.output import STANDARD_OUTPUT, free_to_write, write_document
from vbtui.cli.session import Session, current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.planning import ChangeRequest
    from vbtui.render.messages import Messages
    from vbtui.render.sheet import Sheet
    from vbtui.topology import LoadedTopology

FORMATS = ("table", "json", "csv", "xlsx", "markdown")


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Ask for the firewall rules that the jobs lack."),
    help=N_(
        "Ask for the firewall rules without which the jobs do not run: as few as possible, with exact addresses, "
        "nothing that is not needed. The jobs are checked again with the rules added, and what became allowed is "
        "listed. The exit code is 1 if a job fails even then, or if it is not known. Without --job, all jobs."
    ),
)
@topology_argument
@job_option
@profile_option
@click.option("--allow-fallback", is_flag=True, help=N_("Leave out what the job can do without by a fallback."))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help=N_("A table for a person, the whole form as CSV, Excel workbook or Markdown, or JSON for a program."),
)
@output_option
@click.option(
    "--apply",
    "apply_to",
    metavar="FILE",
    help=N_("Also write the topology with the rules in it to this file."),
)
@click.option("--owner", metavar="TEXT", default="", help=N_("Who asks, for the form and the rules."))
@click.option("--ticket", metavar="TEXT", default="", help=N_("The number of the ticket, likewise."))
@force_option
@printing_options
def request(
    topology: str,
    job_name: str | None,
    profile: str | None,
    allow_fallback: bool,
    form: str,
    output: str,
    apply_to: str | None,
    owner: str,
    ticket: str,
    force: bool,
) -> int:
    if form == "xlsx" and output == STANDARD_OUTPUT:
        raise InputError(N_("--format xlsx needs --output: a workbook is nothing for a terminal"))
    if apply_to is not None and apply_to in (output, STANDARD_OUTPUT):
        raise InputError(N_("--apply needs a file of its own"))
    free_to_write(output, force=force)
    if apply_to is not None:
        free_to_write(apply_to, force=force)

    from vbtui import planning
    from vbtui.render.messages import Messages
    from vbtui.vocabulary import GoalVerdict

    session = current()
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    found = planning.request(
        loaded.topology,
        chosen_jobs(loaded.topology, job_name),
        profile=chosen,
        allow_fallback=allow_fallback,
        paperwork=planning.Paperwork(_plain("--owner", owner), _plain("--ticket", ticket)),
    )
    messages = Messages(session.say, loaded.topology, chosen)
    edited = None if apply_to is None else _edited(loaded, found)
    if form == "table" and output == STANDARD_OUTPUT:
        session.write_sheets(_short(messages, found))
    else:
        write_document(output, _document(session, loaded, messages, found, form), force=force)
    if apply_to is not None and edited is not None:
        write_document(apply_to, edited, force=force)
    return Exit.REACHED if found.verdict in (GoalVerdict.FAIL, GoalVerdict.UNKNOWN) else Exit.DONE


def _plain(option: str, text: str) -> str:
    """What goes into rules of a topology file: one line, at most 500 characters."""
    if not text.isprintable() or len(text) > 500:
        raise InputError(N_("{name} takes one line of at most 500 characters"), name=option)
    return text


def _edited(loaded: LoadedTopology, found: ChangeRequest) -> str:
    """The text of the file with the rules in it, everything else as it is."""
    from vbtui.topology.editing import replace_all_rules
    from vbtui.topology.loading import file_text

    pairs = zip(found.base.firewalls, found.proposed.firewalls, strict=True)
    rules = {new.name: new.rules for old, new in pairs if old is not new}
    return replace_all_rules(file_text(loaded.file), rules, file=loaded.file)


def _short(messages: Messages, found: ChangeRequest) -> list[Sheet]:
    """For a terminal: how much it is, the rules by firewall, then what comes of them."""
    from vbtui.render import request_sheets as sheets

    closing = (
        sheets.verdicts_sheet(messages, found),
        sheets.opened_sheet(messages, found),
        sheets.unsolved_sheet(messages, found),
        sheets.remarks_sheet(messages, found),
    )
    opening = (sheets.summary_sheet(messages, found), *sheets.rule_sheets(messages, found))
    return [*opening, *(sheet for sheet in closing if sheet.rows)]


def _document(
    session: Session, loaded: LoadedTopology, messages: Messages, found: ChangeRequest, form: str
) -> str | bytes:
    from vbtui.render import request_sheets as sheets
    from vbtui.render.documents import csv_text
    from vbtui.render.json_text import json_text
    from vbtui.render.request_documents import REQUEST_COLUMNS, request_document, request_rows

    if form == "json":
        return json_text(request_document(found))
    if form == "csv":
        return csv_text(REQUEST_COLUMNS, request_rows(found))
    if form == "table":
        from vbtui.render.tables import sheet_lines

        return "\n".join(line for sheet in _short(messages, found) for line in (*sheet_lines(sheet), ""))
    from vbtui.render.sheets import sources_sheet

    rows = [row for one in found.proposals for row in one.rows]
    asides = (
        (session.say(N_("Result")), sheets.verdicts_sheet(messages, found)),
        (session.say(N_("Allowed")), sheets.opened_sheet(messages, found)),
        (session.say(N_("Not solved")), sheets.unsolved_sheet(messages, found)),
        (session.say(N_("Questions")), sheets.remarks_sheet(messages, found)),
        (session.say(N_("Sources")), sources_sheet(messages, rows, ())),
        (session.say(N_("Legend")), sheets.legend_sheet(messages)),
    )
    request_sheet = sheets.form_sheet(messages, found)
    if form == "markdown":
        from vbtui.render.markdown import markdown_text

        return markdown_text([request_sheet, *(sheet for _, sheet in asides if sheet.rows)])
    return _workbook(
        [
            (session.say(N_("Request")), request_sheet),
            (session.say(N_("Expanded")), sheets.flows_sheet(messages, found)),
            (session.say(N_("Findings")), _findings(session, loaded, found)),
            *((name, sheet) for name, sheet in asides if sheet.rows),
        ]
    )


def _findings(session: Session, loaded: LoadedTopology, found: ChangeRequest) -> Sheet:
    """What is wrong with the rules as they are; whether one has expired depends on a day, and is not asked here."""
    from vbtui import planning
    from vbtui.render.findings_sheets import findings_sheet

    jobs = [loaded.topology.job(report.job) for report in found.before]
    listed = planning.findings(loaded.topology, jobs, profile=found.profile, reports=found.before)
    return findings_sheet(session.say, loaded, listed, None)


def _workbook(named: list[tuple[str, Sheet]]) -> bytes:
    from vbtui.render.workbook import NamedSheet, NoWorkbooksError, workbook

    try:
        return workbook(named[0][1].heading, [NamedSheet(name, sheet) for name, sheet in named])
    except NoWorkbooksError:
        raise InputError(N_("workbooks need the package openpyxl: pip install 'vbtui[xlsx]'")) from None
