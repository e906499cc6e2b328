"""`play --explain`: what the inspection on the screen tells about an event or a machine, as text.

Decided here: what a person may name, and that a machine comes before an event. Never here: what is told
(`render.inspection_texts`, `render.machine_texts`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.render.messages import Messages
    from vbtui.topology import Job, LoadedTopology
    from vbtui.trace import Event, Trace


def explained(
    messages: Messages, loaded: LoadedTopology, job: Job, trace: Trace, what: str, *, moment: int
) -> Iterator[str]:
    """About a node, VM or datastore at the event in position `moment`; or about an event by its number or id, or the
    first event of a step. Raises InputError for anything else."""
    from vbtui.walk.find import event_at

    names = loaded.topology.placed_names
    if what in names:
        return _machine(messages, loaded, job, trace, what, moment)
    position = event_at(trace, what)
    if position is None:
        from vbtui.topology.problems import suggestion

        steps = dict.fromkeys(event.step for event in trace)
        raise InputError(
            N_(
                "there is no event, no step and no machine '{what}' in this run; events are numbers from 1 to {last}, "
                "or ids"
            ),
            suggestion=suggestion(what, (*names, *steps)),
            what=what,
            last=len(trace),
        )
    return _event(messages, loaded, trace, trace[position])


def _event(messages: Messages, loaded: LoadedTopology, trace: Trace, event: Event) -> Iterator[str]:
    from vbtui.render.inspection_texts import event_sections, event_title, otherwise_section, source_sections
    from vbtui.render.symbols import WORDS_ONLY
    from vbtui.render.told import in_lines
    from vbtui.walk.inspection import event_facts, otherwise

    found = otherwise(loaded.topology, trace, event)
    sections = (
        *event_sections(messages, event_facts(trace, event, loaded), WORDS_ONLY),
        *(() if found is None else (otherwise_section(messages, found, WORDS_ONLY),)),
        *source_sections(messages, event),
    )
    yield event_title(messages, trace, event)
    yield from in_lines(sections)


def _machine(
    messages: Messages, loaded: LoadedTopology, job: Job, trace: Trace, name: str, moment: int
) -> Iterator[str]:
    from vbtui.firewall import Policy
    from vbtui.render.machine_texts import machine_sections, machine_title
    from vbtui.render.symbols import WORDS_ONLY
    from vbtui.render.told import in_lines
    from vbtui.trace import States
    from vbtui.walk.machine_facts import machine_facts, machine_now

    facts = machine_facts(Policy(loaded.topology), job, name, profile=trace.profile, loaded=loaded)
    now = machine_now(States(trace).at(moment), trace, loaded.topology, name)
    yield machine_title(messages, facts)
    yield from in_lines(machine_sections(messages, facts, now, WORDS_ONLY))
