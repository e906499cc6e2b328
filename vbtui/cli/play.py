"""`play`, and what `vbtui` alone does: walk through a job, in the app, as text or as JSON.

Decided here: when the app opens. It needs a terminal; without one, or where it is asked for, the plain form is used.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vbtui.cli.app import open_app
from vbtui.cli.changes import parsed, simulated
from vbtui.cli.exits import Exit
from vbtui.cli.looks import LooksWanted, complain_of_settings, looks_options
from vbtui.cli.options import (
    DEFAULT_TOPOLOGY,
    chosen_job,
    chosen_profile,
    job_option,
    language_option,
    load_topology,
    profile_option,
)
from vbtui.cli.resuming import knows_walks, place_left
from vbtui.cli.session import Session, current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.job import RunLog
    from vbtui.topology import Job, LoadedTopology
    from vbtui.trace import Trace
    from vbtui.vocabulary import Profile, StepId
    from vbtui.workflow import History


def play_default(wanted: LooksWanted, *, plain: bool, no_run: bool) -> int:
    """`vbtui` alone: the app, on the default topology the first time, later on the start screen; without a terminal
    the plain walk, and then the run."""
    session = current()
    if session.interactive and not plain:
        _hurry(session)
        from vbtui.ui import Opening, Shown

        # Who comes back is one key from where they were; who comes first sees something happen after one key.
        shown = Shown.START if knows_walks(session) else Shown.WALKTHROUGH
        opening = Opening(load_topology(DEFAULT_TOPOLOGY), language=session.language, shown=shown)
        return open_app(session, opening, wanted)
    complain_of_settings(session)
    from vbtui.cli.run import perform
    from vbtui.render.messages import Messages
    from vbtui.render.plain import walk

    loaded = load_topology(DEFAULT_TOPOLOGY)
    trace = simulated(loaded, chosen_job(loaded.topology, None), loaded.topology.profile, ())
    messages = Messages(session.say, loaded.topology)
    session.write(walk(messages, trace))
    if no_run:
        return _exit(trace)
    session.write([""])
    return perform(session, messages, loaded, trace)


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
        "Change something from an event on; may be given several times. EVENT is an id that --json prints. Kinds: "
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
        "happened otherwise, from which sources. WHAT is the number or id of an event, or the name of a node, VM or "
        "datastore, at the event where --step begins, or at the end. May be given several times."
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
    if as_json and (predict or explain):
        raise InputError(N_("--json does not go together with --predict or --explain: it is the whole trace"))
    if predict and explain:
        raise InputError(N_("--predict and --explain do not go together: an explanation is the answer already"))
    if plain and as_json:
        raise InputError(N_("--plain and --json do not go together"))
    if step is not None and as_json:
        raise InputError(N_("--step and --json do not go together: the JSON is the whole trace"))
    if compare:
        _check_comparison(changes, step, run_file, plain=plain)
    log = _read_log(session, run_file) if run_file is not None else None
    if topology is None:
        topology = log.source if log is not None else DEFAULT_TOPOLOGY
    if session.interactive and not plain and not as_json:
        _hurry(session)
    loaded = load_topology(topology)
    if log is not None:
        if log.topology != loaded.topology.name:
            raise InputError(
                N_("the run log belongs to topology {found}, not to {name}"),
                found=log.topology,
                name=loaded.topology.name,
            )
        job_name, profile, changes = log.job, log.profile, log.changes
    chosen = chosen_profile(profile, loaded.topology)
    job = chosen_job(loaded.topology, job_name)
    first_step = _step(step)
    if compare:
        history = _history(loaded, log, incremental=incremental)
        return _compare(session, loaded, job, chosen, changes, history, as_json=as_json)
    if session.interactive and not plain and not as_json and not explain:
        from vbtui.ui import Opening, Shown

        history = _history(loaded, log, incremental=incremental)
        if changes:  # what is wrong with them is said before the app opens
            simulated(loaded, job, chosen, changes, history)
        # Who asks for something special gets that from its beginning, not what they did before.
        special = bool(changes) or first_step is not None or log is not None or incremental
        left = None if special or screen != Shown.WALKTHROUGH else place_left(session, loaded, job.name, chosen)
        opening = Opening(
            loaded, job.name, profile=chosen, language=session.language, place=first_step, left=left,
            history=history, changes=parsed(changes), run_log=log, pace=pace,
            shown=Shown(screen), predict=predict,
        )  # fmt: skip
        return open_app(session, opening, wanted)
    if not as_json:
        complain_of_settings(session)
    trace = simulated(loaded, job, chosen, changes, _history(loaded, log, incremental=incremental))
    if as_json:
        from vbtui.trace import to_json

        session.write_text(to_json(trace))
        return _exit(trace)
    from vbtui.render.messages import Messages
    from vbtui.render.plain import walk

    messages = Messages(session.say, loaded.topology, chosen)
    first = _first_event(trace, first_step)
    if explain:
        from vbtui.cli.explaining import explained

        moment = len(trace) - 1 if first_step is None else first
        told = [tuple(explained(messages, loaded, job, trace, what, moment=moment)) for what in explain]
        for place, lines in enumerate(told):
            session.write(["", *lines] if place else lines)
        return _exit(trace)
    if predict:
        from vbtui.cli.predicting import tell_asking

        tell_asking(session, messages, trace, first=first)
    else:
        session.write(walk(messages, trace, first=first))
    if log is not None:
        from vbtui.render.measured import measured

        session.write(["", *measured(messages, trace, log)])
    return _exit(trace)


def _check_comparison(changes: Sequence[str], step: str | None, run_file: str | None, *, plain: bool) -> None:
    """A comparison is a whole document about two simulated runs."""
    if not changes:
        raise InputError(N_("--compare needs --change: without a change there is nothing to compare with"))
    if plain:
        raise InputError(N_("--compare and --plain do not go together: the comparison is text already"))
    if step is not None:
        raise InputError(N_("--compare and --step do not go together: the comparison is about the whole run"))
    if run_file is not None:
        raise InputError(N_("--compare and --run do not go together: simulated runs are compared"))


def _compare(
    session: Session,
    loaded: LoadedTopology,
    job: Job,
    profile: Profile,
    changes: Sequence[str],
    history: History | None,
    *,
    as_json: bool,
) -> Exit:
    """Print what the changes make different."""
    from vbtui.render.comparison_texts import comparison, comparison_document
    from vbtui.render.json_text import json_text
    from vbtui.render.messages import Messages
    from vbtui.walk.forks import compare

    trace = simulated(loaded, job, profile, changes, history)
    found = compare(simulated(loaded, job, profile, (), history), trace)
    if as_json:
        session.write_text(json_text(comparison_document(found, parsed(changes))))
    else:
        session.write(comparison(Messages(session.say, loaded.topology, profile), found, parsed(changes)))
    return _exit(trace)


def _hurry(session: Session) -> None:
    """Collect no garbage until the app has drawn its first picture, which begins to: while everything is imported and
    read, collections cost a tenth of the time and find nothing."""
    if session.alone:
        gc.disable()


def _exit(trace: Trace) -> Exit:
    from vbtui.vocabulary import Result

    return Exit.REACHED if trace.result is Result.ERROR else Exit.DONE


def _read_log(session: Session, file: str) -> RunLog:
    from vbtui.job import read_run_log

    session.run_log = Path(file)
    try:
        return read_run_log(session.run_log)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) or "null byte" in str(error):
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(N_("{file} cannot be read: {reason}"), file=file, reason=reason) from error
        raise


def _history(loaded: LoadedTopology, log: RunLog | None, *, incremental: bool) -> History | None:
    """What the run builds on: what the log's run had, or for every VM a restore point where one is asked for."""
    from vbtui.workflow import History

    if log is not None:
        return History(frozenset(log.history))
    return History.of_every_vm(loaded.topology) if incremental else None


def _step(text: str | None) -> StepId | None:
    from vbtui.topology.problems import suggestion
    from vbtui.vocabulary import StepId

    if text is None:
        return None
    if text not in set(StepId):
        known = tuple(StepId)
        raise InputError(
            N_("there is no step '{step}'; steps are {known}"),
            suggestion=suggestion(text, known),
            step=text,
            known=", ".join(known),
        )
    return StepId(text)


def _first_event(trace: Trace, step: StepId | None) -> int:
    """Where the walk begins. Raises InputError for a step that this job does not go through."""
    if step is None:
        return 0
    for event in trace:
        if event.step is step:
            return event.position
    raise InputError(N_("job {job} does not go through step {step}"), job=trace.job, step=step)
