"""`probe`: plan against reality, from the node that it runs on.

Decided here: that nothing is opened before somebody has said yes. What is tried is `planning.probe`, how `job.probing`.
"""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import (
    chosen_jobs,
    chosen_profile,
    force_option,
    format_option,
    job_option,
    load_topology,
    printing_options,
    profile_option,
    topology_argument,
    unknown_machine,
)
from vbtui.cli.output import free_to_write, write_document
from vbtui.cli.session import Session, current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbtui.job.probing import Prober
    from vbtui.planning.probe import Observation, ProbePlan
    from vbtui.topology import Job, Topology
    from vbtui.vocabulary import Profile

MOST_TOLD = 20
"""Machines that are named before the first connection; --lines lists all."""


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Try a node's planned connections for real, from that node."),
    help=N_(
        "Run on NODE: try the connections that a job would open from there, and say where reality is not as planned. "
        "Only addresses of the topology file are connected to, one connection at a time for each machine; nothing is "
        "sent, and a connection that opens is closed at once. UDP is left out. The exit code is 1 if anything differs."
    ),
)
@topology_argument
@click.option("--from", "node", metavar="NODE", help=N_("The node that this command runs on."))
@job_option
@profile_option
@click.option("--yes", is_flag=True, help=N_("Do not ask before the first connection."))
@click.option("--anyway", is_flag=True, help=N_("Go on although this machine does not have NODE's address."))
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(0.05, 60),
    default=3.0,
    metavar="SECONDS",
    help=N_("After how many seconds without an answer a connection counts as timed out."),
)
@click.option(
    "--by-name", is_flag=True, help=N_("Look each machine's name up first; it must lead to the file's address.")
)
@click.option("--save", metavar="FILE", help=N_("Save what was observed, for check --observed."))
@force_option
@click.option(
    "--lines",
    is_flag=True,
    help=N_("Connect to nothing: print commands that try the same by hand, without --from for every source host."),
)
@format_option
@printing_options
def probe(
    topology: str,
    node: str | None,
    job_name: str | None,
    profile: str | None,
    yes: bool,
    anyway: bool,
    seconds: float,
    by_name: bool,
    save: str | None,
    force: bool,
    lines: bool,
    form: str,
) -> int:
    from vbtui.job.probing import Prober
    from vbtui.planning.probe import compared

    session = current()
    loaded = load_topology(topology).topology
    chosen = chosen_profile(profile, loaded)
    jobs = chosen_jobs(loaded, job_name)
    if lines:
        return _print_lines(session, loaded, jobs, chosen, node)
    if node is None:
        raise InputError(N_("--from is missing: the node of the topology that this command runs on"))
    if save is not None:
        free_to_write(save, force=force)
    (plan,) = _plans(loaded, jobs, chosen, [node])
    prober = Prober(plan.source, seconds, by_name)
    if plan.attempts:
        _refuse_elsewhere(plan, prober, anyway)
        _announce(session, plan, prober)
        if not yes and not _agreed(session):
            session.complain(session.say(N_("Nothing was tried.")))
            return Exit.INTERRUPTED
    observations = _observed(session, plan, prober)
    found = compared(plan, observations)
    if save is not None:
        from vbtui.job.observations import observations_text

        kept = [one for entry in found for one in observations if (one.destination, one.port) == entry.attempt.key]
        write_document(save, observations_text(loaded.name, plan.source, kept), force=force)
    from vbtui.render.documents import csv_text
    from vbtui.render.json_text import json_text
    from vbtui.render.messages import Messages
    from vbtui.render.probe_sheets import PROBE_COLUMNS, left_out_sheet, probe_document, probe_rows, probe_sheet

    if form == "json":
        session.write_text(json_text(probe_document(plan, found)))
    elif form == "csv":
        session.write_text(csv_text(PROBE_COLUMNS, probe_rows(found)))
    else:
        messages = Messages(session.say, loaded, chosen)
        sheets = (probe_sheet(messages, found), left_out_sheet(messages, plan.left_out))
        session.write_sheets(sheet for sheet in sheets if sheet.rows)
        if not plan.attempts:
            nothing = session.say(N_("{source} opens no TCP connection in these jobs")).format(source=plan.source)
            session.write([nothing])
    return Exit.REACHED if any(one.agreement.differs for one in found) else Exit.DONE


def _plans(topology: Topology, jobs: Sequence[Job], profile: Profile, nodes: Sequence[str]) -> tuple[ProbePlan, ...]:
    from vbtui.planning import UnknownMachineError
    from vbtui.planning.probe import probe_plans

    try:
        return probe_plans(topology, jobs, nodes, profile=profile)
    except UnknownMachineError as error:
        raise unknown_machine(error, topology) from error


def _refuse_elsewhere(plan: ProbePlan, prober: Prober, anyway: bool) -> None:
    """A probe from another machine says nothing about the plan, so it has to be wanted.

    Behind an address translation the machine is the right one all the same. Raises InputError.
    """
    missing = {one.source_address for one in plan.attempts if not prober.local(one.source_address)}
    if missing and not anyway:
        addresses = ", ".join(str(one) for one in sorted(missing, key=lambda one: (one.version, int(one))))
        text = N_("this machine does not have {addresses} of {source}: run it there, or say --anyway")
        raise InputError(text, addresses=addresses, source=plan.source)


def _announce(session: Session, plan: ProbePlan, prober: Prober) -> None:
    """What is about to happen, on standard error."""
    from vbtui.render.names import first_names

    say = session.say
    text = say(
        N_(
            "From {source}: connections {count}, machines {machines}, one at a time for each machine. "
            "Nothing is sent; a connection that opens is closed at once. Timeout {seconds} s."
        )
    )
    session.complain(
        text.format(
            source=plan.source,
            count=say.number(len(plan.attempts)),
            machines=say.number(len(plan.destinations)),
            seconds=f"{prober.seconds:g}",
        ),
        say(N_("To: {machines}")).format(machines=first_names(say, plan.destinations, MOST_TOLD)),
    )


def _agreed(session: Session) -> bool:
    if not sys.stdin.isatty():
        raise InputError(N_("nobody is there to be asked: say --yes"))
    return session.ask(session.say(N_("Start?")))


def _observed(session: Session, plan: ProbePlan, prober: Prober) -> list[Observation]:
    """All observations; a bar on a terminal shows how far it is."""
    found = []
    with closing(prober.observe(plan.attempts)) as arriving:
        if not sys.stderr.isatty():
            return list(arriving)
        # rich is imported only where a bar is drawn.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        console = Console(file=session.drawing_on(sys.stderr))
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as drawn:
            bar = drawn.add_task(session.say(N_("Trying")), total=len(plan.attempts))
            for one in arriving:
                found.append(one)
                drawn.update(bar, advance=1, description=f"{one.destination} tcp/{one.port}")
    return found


def _print_lines(session: Session, topology: Topology, jobs: Sequence[Job], profile: Profile, node: str | None) -> int:
    from vbtui.render.probe_sheets import probe_lines

    names = [one.name for one in topology.nodes] if node is None else [node]
    plans = _plans(topology, jobs, profile, names)
    blocks = [list(probe_lines(session.say, topology, one)) for one in plans if one.attempts or one.left_out]
    for number, block in enumerate(blocks):
        session.write(["", *block] if number else block)
    return Exit.DONE
