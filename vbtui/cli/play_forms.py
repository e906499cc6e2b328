"""The forms in which `play` shows a job: the app, the trace as JSON, the walk as text, what its changes make different,
and explanations. One function per form.

In: a `PlayedJob`. Out: what is written, and the exit code: that a job ends with Error reaches the threshold.
Never here: which form is wanted (`play`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vbtui.cli.app import open_app
from vbtui.cli.exits import Exit
from vbtui.cli.looks import LooksWanted
from vbtui.cli.played_job import PlayedJob
from vbtui.cli.resuming import place_left
from vbtui.cli.session import Session
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.render.messages import Messages
    from vbtui.trace import Trace


def open_walk(
    session: Session, played: PlayedJob, wanted: LooksWanted, *, screen: str, pace: str, predict: bool
) -> int:
    """The walk in the app. Raises InputError before it opens: for what is wrong with the changes, and for a step that
    the job does not go through."""
    from vbtui.ui import Opening, Shown

    if played.changes or played.step is not None:
        _first_event(played, played.simulated())
    shown = Shown(screen)
    # Who asks for something special gets that from its beginning, not what they did before.
    special = (played.changes, played.step, played.log, played.history)
    resumes = shown is Shown.WALKTHROUGH and not any(special)
    opening = Opening(
        played.loaded, played.job.name, profile=played.profile, language=session.language, place=played.step,
        left=place_left(session, played.loaded, played.job.name, played.profile) if resumes else None,
        history=played.history, changes=played.changes, run_log=played.log, pace=pace, shown=shown,
        predict=predict,
    )  # fmt: skip
    return open_app(session, opening, wanted)


def print_trace(session: Session, played: PlayedJob) -> Exit:
    """The trace as JSON."""
    from vbtui.trace import to_json

    trace = played.simulated()
    session.write_text(to_json(trace))
    return _exit(trace)


def print_comparison(session: Session, played: PlayedJob, *, as_json: bool) -> Exit:
    """What the changes make different, as text or for programs; the exit code is that of the run with them."""
    from vbtui.render.comparison_texts import comparison, comparison_document
    from vbtui.render.json_text import json_text
    from vbtui.walk.forks import compare

    trace = played.simulated()
    found = compare(played.without_changes().simulated(), trace)
    if as_json:
        session.write_text(json_text(comparison_document(found, played.changes)))
    else:
        session.write(comparison(_messages(session, played), found, played.changes))
    return _exit(trace)


def print_explanations(session: Session, played: PlayedJob, subjects: Sequence[str]) -> Exit:
    """Everything about events and machines; about these where the walk would begin, or at the end. Raises InputError
    for one that does not exist, before anything is written."""
    from vbtui.cli.explaining import explained

    trace, messages = played.simulated(), _messages(session, played)
    moment = len(trace) - 1 if played.step is None else _first_event(played, trace)
    told = [tuple(explained(messages, played.loaded, played.job, trace, one, moment=moment)) for one in subjects]
    for place, lines in enumerate(told):
        session.write(["", *lines] if place else lines)
    return _exit(trace)


def tell_walk(session: Session, played: PlayedJob, *, predict: bool) -> Exit:
    """The walk as text, with questions where they are wanted, and the measured figures of a run log after it."""
    trace, messages = played.simulated(), _messages(session, played)
    first = _first_event(played, trace)
    if predict:
        from vbtui.cli.predicting import tell_asking

        tell_asking(session, messages, trace, first=first)
    else:
        from vbtui.render.plain import walk

        session.write(walk(messages, trace, first=first))
    if played.log is not None:
        from vbtui.render.measured import measured

        session.write(["", *measured(messages, trace, played.log)])
    return _exit(trace)


def tell_and_perform(session: Session, played: PlayedJob, *, no_run: bool) -> int:
    """The walk as text, and then the run for real, unless it is left out."""
    from vbtui.render.plain import walk

    trace, messages = played.simulated(), _messages(session, played)
    session.write(walk(messages, trace))
    if no_run:
        return _exit(trace)
    from vbtui.cli.run import perform

    session.write([""])
    return perform(session, messages, played.loaded, trace)


def _messages(session: Session, played: PlayedJob) -> Messages:
    from vbtui.render.messages import Messages

    return Messages(session.say, played.loaded.topology, played.profile)


def _first_event(played: PlayedJob, trace: Trace) -> int:
    """Position of the event where the walk begins. Raises InputError for a step that the job does not go through."""
    if played.step is None:
        return 0
    first = trace.first_of(played.step)
    if first is None:
        raise InputError(N_("job {job} does not go through step {step}"), job=trace.job, step=played.step)
    return first.position


def _exit(trace: Trace) -> Exit:
    from vbtui.vocabulary import Result

    return Exit.REACHED if trace.result is Result.ERROR else Exit.DONE
