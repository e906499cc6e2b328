"""`findings`: what is wrong with the rules of a topology."""

from __future__ import annotations

from datetime import date
from pathlib import Path

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
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

KINDS = ("shadowed", "redundant", "inoperative", "unused", "over-permissive", "expired", "opaque")
"""Values of `firewall.FindingKind`, repeated so that `--help` does not load it; a test compares them."""

FORMATS = ("table", "json", "csv", "sarif", "junit", "markdown")


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Say what is wrong with the rules."),
    help=N_(
        "Say what is wrong with the firewall rules: shadowed, redundant, inoperative, unused, over-permissive, expired "
        "and opaque ones, each with its line and the rules because of which it is so. What is needed is what the jobs "
        "need, by the model; without --job, all jobs. Exits with 0 whatever is found, unless --fail-on is reached."
    ),
)
@topology_argument
@job_option
@profile_option
@click.option("--on", "day", metavar="DATE", help=N_("The day that `expires` is held against; by default today."))
@click.option(
    "--kind", "kinds", type=click.Choice(KINDS), multiple=True, help=N_("Only findings of this kind; may be repeated.")
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help=N_("A table for a person, Markdown for a page, or a form for a program."),
)
@click.option(
    "--fail-on",
    "failing",
    type=click.Choice((*KINDS, "any")),
    multiple=True,
    help=N_("Exit with 1 if there is a finding of this kind; may be repeated."),
)
@printing_options
def findings(
    topology: str,
    job_name: str | None,
    profile: str | None,
    day: str | None,
    kinds: tuple[str, ...],
    form: str,
    failing: tuple[str, ...],
) -> int:
    from vbtui import planning
    from vbtui.firewall import FindingKind

    session = current()
    on = _day(day)
    loaded = load_topology(topology)
    chosen = chosen_profile(profile, loaded.topology)
    jobs = chosen_jobs(loaded.topology, job_name)
    wanted = set(kinds or KINDS)
    found = [one for one in planning.findings(loaded.topology, jobs, profile=chosen, on=on) if one.kind in wanted]
    fails = frozenset(FindingKind(kind) for kind in (KINDS if "any" in failing else failing))
    if form in ("json", "csv"):
        from vbtui.render.documents import csv_text
        from vbtui.render.findings_sheets import FINDINGS_COLUMNS, findings_document, findings_rows
        from vbtui.render.json_text import json_text

        if form == "json":
            session.write_text(json_text(findings_document(loaded, found, on)))
        else:
            session.write_text(csv_text(FINDINGS_COLUMNS, findings_rows(loaded, found)))
    elif form in ("sarif", "junit"):
        from vbtui.render.junit import findings_junit_text
        from vbtui.render.messages import Messages
        from vbtui.render.sarif import sarif_text

        messages = Messages(session.say, loaded.topology, chosen)
        if form == "sarif":
            session.write_text(sarif_text(messages, loaded, Path.cwd(), findings=found))
        else:
            session.write_text(findings_junit_text(messages, found, fails))
    else:
        from vbtui.render.findings_sheets import findings_sheet
        from vbtui.render.markdown import markdown_text

        sheet = findings_sheet(session.say, loaded, found, on)
        if form == "markdown":
            session.write_text(markdown_text([sheet]))
        else:
            session.write_sheets([sheet])
    return Exit.REACHED if any(one.kind in fails for one in found) else Exit.DONE


def _day(text: str | None) -> date:
    """The day asked for, today without one: the one place where findings meet a clock. Raises InputError."""
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            N_("'{value}' is no day; expected a date such as {example}"), value=text, example="2027-01-31"
        ) from error
