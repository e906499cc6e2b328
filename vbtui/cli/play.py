"""`play`, and what `vbtui` alone does: walk through a job, in the app, as text or as JSON.

Decided here: in which form a job is shown, and what does not go together. The app needs a terminal; without one, or
where something that is printed is asked for, it does not open.
Never here: the forms themselves (`play_forms`), and what the command line's words stand for (`played_job`).
"""

from __future__ import annotations

import gc

import click

from vbtui.cli.app import open_app
from vbtui.cli.looks import LooksWanted, complain_of_settings, looks_options
from vbtui.cli.options import DEFAULT_TOPOLOGY, job_option, language_option, load_topology, profile_option
from vbtui.cli.play_forms import (
    open_walk,
    print_comparison,
    print_explanations,
    print_trace,
    tell_and_perform,
    tell_walk,
)
from vbtui.cli.played_job import played_job
from vbtui.cli.resuming import knows_walks
from vbtui.cli.session import Session, current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_


def play_default(wanted: LooksWanted, *, plain: bool, no_run: bool) -> int:
    """`vbtui` alone: the app, on the default topology the first time, later on the start screen; without a terminal
    the plain walk, and then the run."""
    session = current()
    in_app = session.interactive and not plain
    if in_app:
        _hurry(session)
        from vbtui.ui import Opening, Shown

        # Who comes back is one key from where they were; who comes first sees something happen after one key.
        shown = Shown.START if knows_walks(session) else Shown.WALKTHROUGH
        opening = Opening(load_topology(DEFAULT_TOPOLOGY), language=session.language, shown=shown)
        return open_app(session, opening, wanted)
    complain_of_settings(session)
    return tell_and_perform(session, played_job(session, DEFAULT_TOPOLOGY), no_run=no_run)


# What does not go together, and why.
_JSON_ALONE = N_("--json does not go together with --predict or --explain: it is the whole trace")
_ANSWERED_ALREADY = N_("--predict and --explain do not go together: an explanation is the answer already")
_TWO_FORMS = N_("--plain and --json do not go together")
_JSON_WHOLE = N_("--step and --json do not go together: the JSON is the whole trace")
_NOTHING_TO_COMPARE = N_("--compare needs --change: without a change there is nothing to compare with")
_COMPARED_AS_TEXT = N_("--compare and --plain do not go together: the comparison is text already")
_COMPARED_WHOLE = N_("--compare and --step do not go together: the comparison is about the whole run")
_COMPARED_SIMULATED = N_("--compare and --run do not go together: simulated runs are compared")
_COMPARED_ALONE = N_("--compare does not go together with --predict or --explain: it is about two whole runs")
_RUN_SAYS = N_(
    "--run does not go together with --job, --profile, --incremental or --change: the run log says how its run was"
)


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Walk through a job of a topology."),
    help=N_(
        "Walk through a job of a topology, forwards and backwards. TOPOLOGY is a file or the name of a shipped one. "
        "Without a terminal the walk is told as text. The exit code is 1 if the job ends with Error."
    ),
)
@click.argument("topology", required=False)
@job_option
@profile_option
@click.option("--plain", is_flag=True, help=N_("Tell the walk as text, one line for each event."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print the trace as JSON."))
@click.option("--step", metavar="ID", help=N_("Begin at this step, such as 5.3."))
@click.option(
    "--change",
    "changes",
    metavar="EVENT:KIND=ARGUMENTS",
    multiple=True,
    help=N_(
        "Change something from an event on; may be given several times. EVENT is the number of an event, its id as "
        "--json prints it, or a step such as 5.3 for its first event, in the run with the changes before. Kinds: "
        "rule=FIREWALL,RULE,on|off; block=SOURCE,DESTINATION,PROTOCOL/PORTS; "
        "allow=SOURCE,DESTINATION,PROTOCOL/PORTS; service=NODE,COMPONENT,on|off; slots=NODE,COUNT; failover=on|off; "
        "cbt-reset=VM; kill=NODE."
    ),
)
@click.option(
    "--compare",
    is_flag=True,
    help=N_("With --change: print what is different from the run without the changes; with --json for programs."),
)
@click.option(
    "--incremental", is_flag=True, help=N_("Walk through the job as it is when every VM has a restore point already.")
)
@click.option(
    "--screen",
    type=click.Choice(("walkthrough", "firewall", "data")),
    default="walkthrough",
    help=N_("Which screen of the app is shown first; F1, F2 and F3 go from one to the other."),
)
@click.option("--run", "run_file", metavar="FILE", help=N_("Replay a saved run: measured figures beside estimates."))
@click.option(
    "--pace",
    type=click.Choice(("paced", "full")),
    default="paced",
    help=N_("How fast the key r performs the job: slowed down so that one can watch it, or as fast as it goes."),
)
@click.option(
    "--predict",
    is_flag=True,
    help=N_("Ask before some events what comes next. With --plain the answers are numbers on standard input."),
)
@click.option(
    "--explain",
    metavar="WHAT",
    multiple=True,
    help=N_(
        "Print everything about an event or a machine, instead of the walk: who, why now, which rule, what would have "
        "happened otherwise, from which sources. WHAT is the number or id of an event, a step such as 5.3 for its "
        "first event, or the name of a node, VM or datastore, at the event where --step begins, or at the end. May be "
        "given several times."
    ),
)
@looks_options
@language_option
def play(
    topology: str | None,
    job_name: str | None,
    profile: str | None,
    plain: bool,
    as_json: bool,
    step: str | None,
    changes: tuple[str, ...],
    compare: bool,
    incremental: bool,
    screen: str,
    run_file: str | None,
    pace: str,
    predict: bool,
    explain: tuple[str, ...],
    wanted: LooksWanted,
) -> int:
    session = current()
    for together, message in (
        (as_json and (predict or explain), _JSON_ALONE),
        (predict and explain, _ANSWERED_ALREADY),
        (plain and as_json, _TWO_FORMS),
        (step is not None and as_json, _JSON_WHOLE),
        (compare and not changes, _NOTHING_TO_COMPARE),
        (compare and plain, _COMPARED_AS_TEXT),
        (compare and step is not None, _COMPARED_WHOLE),
        (compare and run_file is not None, _COMPARED_SIMULATED),
        (compare and (predict or explain), _COMPARED_ALONE),
        (run_file is not None and (job_name or profile or changes or incremental), _RUN_SAYS),
    ):
        if together:
            raise InputError(message)
    in_app = session.interactive and not (plain or as_json or compare or explain)
    if in_app:
        _hurry(session)
    played = played_job(
        session,
        topology,
        job_name=job_name,
        profile=profile,
        changes=changes,
        step=step,
        incremental=incremental,
        run_file=run_file,
    )
    if in_app:
        return open_walk(session, played, wanted, screen=screen, pace=pace, predict=predict)
    if not as_json:
        complain_of_settings(session)
    if compare:
        return print_comparison(session, played, as_json=as_json)
    if as_json:
        return print_trace(session, played)
    if explain:
        return print_explanations(session, played, explain)
    return tell_walk(session, played, predict=predict)


def _hurry(session: Session) -> None:
    """Collect no garbage until the app has drawn its first picture, which begins to: while everything is imported and
    read, collections cost a tenth of the time and find nothing. Only for the app: nobody else begins again."""
    if session.alone:
        gc.disable()
