"""What `--change` says: changes as they are typed, and the job simulated with them.

In: texts of the form `EVENT:KIND=ARGUMENTS`, the event by its number, its id or its step. Out: changes, a trace; or
InputError with the part that is wrong and what may have been meant. Never here: what a change does (`workflow`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.topology import Job, LoadedTopology
    from vbtui.trace import Trace
    from vbtui.vocabulary import Profile
    from vbtui.workflow import Change, History, Objection


def simulated(
    loaded: LoadedTopology, job: Job, profile: Profile, changes: Sequence[Change], history: History | None = None
) -> Trace:
    """The job as it goes with the changes. Raises InputError for what is wrong with them."""
    from vbtui.workflow import UnknownChangeError, simulate

    try:
        return simulate(loaded.topology, job, profile=profile, history=history, changes=changes)
    except UnknownChangeError as error:
        if error.objections:
            raise _objected(error.objections[0]) from error
        raise _no_event(error.changes[0], simulate(loaded.topology, job, profile=profile, history=history)) from error


def read_changes(
    loaded: LoadedTopology, job: Job, profile: Profile, texts: Sequence[str], history: History | None = None
) -> tuple[Change, ...]:
    """What was typed, each bound to the id of its event.

    Raises InputError for a text that is no change, and for a number that the run does not have.
    """
    from vbtui.walk.find import NoEventError, bound

    try:
        return tuple(bound(parsed(texts), lambda before: simulated(loaded, job, profile, before, history)))
    except NoEventError as error:
        raise _no_event(error.event, error.trace) from error


def parsed(changes: Sequence[str]) -> tuple[Change, ...]:
    """As they are typed. Raises InputError for a text that is no change."""
    from vbtui.workflow import Change

    found = []
    for text in changes:
        try:
            found.append(Change.parse(text))
        except ValueError as error:
            raise _not_a_change(text) from error
    return tuple(found)


def _no_event(event: str, trace: Trace) -> InputError:
    """`trace` has the events that may have been meant; one that it has itself, only the changes keep from happening."""
    from vbtui.topology.problems import suggestion

    return InputError(
        N_("the run has no event '{event}'; events are numbers from 1 to {last}, or ids as 'play --json' prints them"),
        suggestion=None if event in trace.by_id else suggestion(event, trace.by_id),
        event=event,
        last=len(trace),
    )


def _objected(objection: Objection) -> InputError:
    """The first of what has nothing to act on."""
    from vbtui.render.change_texts import objection_text
    from vbtui.topology.problems import suggestion

    message, fields = objection_text(objection)
    return InputError(message, suggestion=suggestion(objection.found, objection.expected), **fields)


def _not_a_change(text: str) -> InputError:
    """Which part of a change is wrong: its event is missing, its kind unknown, or its arguments do not fit the kind."""
    from vbtui.render.change_texts import FORMS, LEGENDS
    from vbtui.topology.problems import suggestion

    event, _, rest = text.rpartition(":")
    kind = rest.partition("=")[0]
    if not event:
        return InputError(
            N_("'{change}' is not a change: expected EVENT:KIND=ARGUMENTS, such as EVENT:rule=FIREWALL,RULE,off"),
            change=text,
        )
    if kind not in FORMS:
        return InputError(
            N_("there is no kind of change '{kind}'; kinds are {known}"),
            suggestion=suggestion(kind, FORMS),
            kind=kind,
            known=", ".join(FORMS),
        )
    form = f"{FORMS[kind]} ({LEGENDS[kind]})" if kind in LEGENDS else FORMS[kind]
    return InputError(N_("'{change}' is not a change: expected EVENT:{form}"), change=text, form=form)
