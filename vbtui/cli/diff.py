"""`diff`: what a change of the topology means for the jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import job_option, load_topology, printing_options, profile_option
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.topology import Topology


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Say what a change of the topology means for the jobs."),
    help=N_(
        "Compare two topologies by what their jobs reach: verdicts, goals and connections that are gained or lost, and "
        "what exists on one side only; not lines of text. The exit code is 1 if there is a difference. Without --job, "
        "all jobs."
    ),
)
@click.argument("old")
@click.argument("new")
@job_option
@profile_option
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json", "csv", "markdown")),
    default="table",
    help=N_("A table for a person, Markdown for a review, or JSON or CSV for a program."),
)
@printing_options
def diff(old: str, new: str, job_name: str | None, profile: str | None, form: str) -> int:
    from vbtui import planning
    from vbtui.render import diff_sheets as sheets
    from vbtui.render.documents import csv_text
    from vbtui.render.json_text import json_text
    from vbtui.render.markdown import markdown_text
    from vbtui.render.messages import Messages
    from vbtui.render.printing import printable
    from vbtui.vocabulary import Profile

    session = current()
    before, after = load_topology(old).topology, load_topology(new).topology
    _known(job_name, before, after)
    chosen = None if profile is None else Profile(profile)
    found = planning.diff(before, after, jobs=None if job_name is None else [job_name], profile=chosen)
    if form == "json":
        session.write_text(json_text(sheets.diff_document(found)))
    elif form == "csv":
        session.write_text(csv_text(sheets.DIFF_COLUMNS, sheets.diff_rows(found)))
    else:
        messages = Messages(session.say, after, chosen)
        if before.name == after.name:  # two states of one topology are told apart by their files
            found = replace(found, old=printable(old), new=printable(new))
        listed = (
            sheets.jobs_sheet(messages, found),
            sheets.goals_sheet(messages, found),
            sheets.connections_sheet(messages, found),
            sheets.machines_sheet(messages, found),
        )
        shown = [sheet for sheet in listed if sheet.rows]
        if form == "markdown":
            session.write_text(markdown_text(shown))
        else:
            session.write_sheets(shown)
    return Exit.REACHED if found else Exit.DONE


def _known(job: str | None, old: Topology, new: Topology) -> None:
    """Refuses a job that neither side has. Raises InputError."""
    from vbtui.topology.problems import suggestion

    names = list(dict.fromkeys(one.name for side in (old, new) for one in side.jobs))
    if job is not None and job not in names:
        raise InputError(
            N_("there is no job '{name}' on either side; there are {known}"),
            suggestion=suggestion(job, names),
            name=job,
            known=", ".join(names),
        )
