"""An inspected event in words: who, why now, which rule at which hop, what otherwise, and where the facts come from.

In: `EventFacts` and `Otherwise`. Out: sections of lines (`told`). The sheet on the screen and the plain walk's
explanations are both made of them.
Never here: facts of its own, a simulation, widths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vbtui.firewall import Reason
from vbtui.i18n import N_
from vbtui.render.messages import Messages
from vbtui.render.symbols import Symbols
from vbtui.render.told import Line, Link, LinkKind, Manner, Section
from vbtui.render.verdicts import segment_text
from vbtui.trace import Endpoint, Event, EventKind, Trace
from vbtui.vocabulary import Outcome, Result, Role, services_text
from vbtui.walk.forks import RowKind
from vbtui.walk.inspection import EventFacts, HopFact, Otherwise

NEAREST: Final = 3
"""Causes and effects that are told one by one."""


def event_title(messages: Messages, trace: Trace, event: Event) -> str:
    """Which event it is, for the head of a sheet."""
    return messages.translator(N_("Event {number} of {all}, step {step}, {moment}")).format(
        number=event.position + 1, all=len(trace), step=event.step, moment=messages.moment(event.start_ms)
    )


def event_sections(
    messages: Messages, facts: EventFacts, symbols: Symbols, *, story: str | None = None
) -> tuple[Section, ...]:
    """Everything about an event but what would have happened otherwise, and the sources. `story` is its sentence, if a
    caller has a better one, with measured figures."""
    say, event = messages.translator, facts.event
    purpose = messages.why(event)[0]
    what = [Line(story or messages.event(event), Manner.STRONG)]
    if event.outcome is not Outcome.OK and event.kind is not EventKind.RESULT:
        what.append(Line(f"{symbols.outcome(event.outcome)} {messages.outcome(event.outcome)}", _manner(event.outcome)))
    if event.kind is EventKind.CONNECT and (instead := messages.blocked(event)):
        what.append(Line(instead, _manner(event.outcome)))
    what.append(Line(f"{purpose.label}: {purpose.text}"))
    return _told(
        Section(say(N_("What happens")), tuple(what)),
        Section(say(N_("Who")), tuple(_who(messages, event))),
        Section(say(N_("On the way")), tuple(_hops(messages, facts, symbols))),
        Section(
            say(N_("What spoke against other modes")),
            tuple(Line(f"{symbols.fail} {messages.rejected(one)}") for one in facts.rejected),
        ),
        Section(say(N_("Why now")), tuple(_chain(messages, facts.causes))),
        Section(say(N_("What follows from it")), tuple(_following(messages, facts.effects))),
    )


def source_sections(messages: Messages, event: Event) -> tuple[Section, ...]:
    """Where the facts about an event come from, and where the sources disagree."""
    disagree = messages.translator(N_("Sources disagree"))
    sources = messages.why(event)[1:]
    return _told(
        Section(messages.translator(N_("Sources")), tuple(Line(one.text) for one in sources if one.label != disagree)),
        Section(disagree, tuple(Line(f"– {one.text}") for one in sources if one.label == disagree)),
    )


def otherwise_section(messages: Messages, found: Otherwise, symbols: Symbols) -> Section:
    """What a run comes to in which this connection was decided the other way."""
    say = messages.translator
    head = N_("If it had got through") if found.change.allowed else N_("If a firewall had blocked it")
    lines = []
    if found.first is None:
        lines.append(Line(say(N_("Nothing after it would be different."))))
    else:
        row = found.first
        template = {
            RowKind.ONLY_A: N_("First difference: this would not happen: {event}"),
            RowKind.ONLY_B: N_("First difference: this would happen instead: {event}"),
        }.get(row.kind, N_("First difference: this would become: {event}"))
        lines.append(Line(say(template).format(event=messages.event(row.event))))
    if found.vm is not None and found.vm_name is not None:
        lines.append(_result(messages, found.vm_name, found.vm, symbols))
    lines.append(_result(messages, say(N_("The job")), found.job, symbols))
    lines.append(
        Line(
            say(N_("Simulated just now: events that differ: {count}.")).format(count=say.number(found.differences)),
            Manner.ASIDE,
        )
    )
    return Section(say(head), tuple(lines))


def _told(*sections: Section) -> tuple[Section, ...]:
    return tuple(section for section in sections if section.lines)


def _manner(state: Outcome | Result) -> Manner:
    match state:
        case Outcome.FAIL | Result.ERROR:
            return Manner.BAD
        case Outcome.FALLBACK | Outcome.WARNING | Result.WARNING:
            return Manner.WARN
        case Outcome.OK | Result.SUCCESS:
            return Manner.GOOD
        case _:
            return Manner.ASIDE


def _result(messages: Messages, who: str, results: tuple[Result, Result], symbols: Symbols) -> Line:
    before, then = results
    say = messages.translator
    if before is then:
        text = say(N_("{who}: {result} all the same")).format(who=who, result=messages.result(then))
    else:
        text = say(N_("{who}: {after} instead of {before}")).format(
            who=who, after=messages.result(then), before=messages.result(before)
        )
    return Line(f"{symbols.result(then)} {text}", _manner(then))


def _who(messages: Messages, event: Event) -> Iterator[Line]:
    say = messages.translator
    opening = event.kind is EventKind.CONNECT
    verdict = event.verdict
    addresses = (None, None) if verdict is None else (verdict.source_address, verdict.destination_address)
    if event.source is not None and event.source == event.destination:
        yield Line(f"{say(N_('acts'))}: {_end(messages, event.source)}", link=Link(LinkKind.MACHINE, event.source.node))
        return
    words = (N_("opens"), N_("accepts")) if opening else (N_("acts"), N_("is acted on"))
    for end, address, word in zip((event.source, event.destination), addresses, words, strict=True):
        if end is None:
            continue
        text = f"{say(word)}: {_end(messages, end)}"
        if address is not None:
            text += f", {address}"
        yield Line(text, link=Link(LinkKind.MACHINE, end.node))
    if event.services:
        yield Line(say(N_("service: {service}")).format(service=services_text(event.services)))


def _end(messages: Messages, end: Endpoint) -> str:
    roles = ", ".join(messages.role(role) for role in _roles(messages, end.node))
    component = messages.component(end.component)
    return f"{end.node} ({roles}), {component}" if roles else f"{end.node}, {component}"


def _roles(messages: Messages, name: str) -> tuple[Role, ...]:
    try:
        return messages.topology.node(name).roles
    except KeyError:
        pass
    try:
        messages.topology.vm(name)
    except KeyError:
        return ()  # a datastore, whose own storage is read
    return (Role.GUEST,)


def _hops(messages: Messages, facts: EventFacts, symbols: Symbols) -> Iterator[Line]:
    say, verdict = messages.translator, facts.event.verdict
    if verdict is None:
        return
    if not facts.hops:
        yield Line(f"{symbols.action(verdict.action)} {messages.verdict(verdict)}", Manner.GOOD)
    for place, hop in enumerate(facts.hops, start=1):
        yield _hop(messages, place, hop, symbols)
    if verdict.missing and not facts.hops:
        yield Line(say(N_("It does not get through.")), Manner.BAD)


def _hop(messages: Messages, place: int, fact: HopFact, symbols: Symbols) -> Line:
    say, segment = messages.translator, fact.segment
    mark = symbols.action(segment.action)
    text = " ".join(part for part in (f"{place}.", mark, segment_text(say, fact.hop, segment)) if part)
    if fact.line is not None:
        text += " " + say(N_("(line {line} of the file)")).format(line=fact.line)
    if fact.decides and segment.reason is not Reason.SAME_NODE:
        text += f" – {say(N_('this decides'))}"
    manner = Manner.GOOD if fact.hop.allows else Manner.BAD if fact.hop.refuses else Manner.WARN
    return Line(text, manner)


def _chain(messages: Messages, causes: Sequence[Event]) -> Iterator[Line]:
    """The nearest causes and where all began."""
    say = messages.translator
    for place, cause in enumerate(causes[:NEAREST]):
        text = _numbered(messages, cause)
        yield Line(text if place == 0 else say(N_("and that because of {event}")).format(event=text), link=_to(cause))
    if len(causes) > NEAREST:
        first = causes[-1]
        more = len(causes) - NEAREST - 1
        text = say(N_("and first of all {event}"))
        if more:  # the line may have a number before it, which this one must not look like a part of
            text = say.plural(
                "before that {count} other event, and first of all {event}",
                "before that {count} other events, and first of all {event}",
                more,
            )
        yield Line(text.format(count=say.number(more), event=_numbered(messages, first)), link=_to(first))
    if not causes:
        yield Line(say(N_("It is the beginning: nothing in the job came before it.")))


def _following(messages: Messages, effects: Sequence[Event]) -> Iterator[Line]:
    for effect in effects[:NEAREST]:
        yield Line(_numbered(messages, effect), link=_to(effect))
    if len(effects) > NEAREST:
        say = messages.translator
        yield Line(say(N_("and {count} more")).format(count=say.number(len(effects) - NEAREST)), Manner.ASIDE)


def _numbered(messages: Messages, event: Event) -> str:
    return messages.translator(N_("event {number}: {event}")).format(
        number=event.position + 1, event=messages.event(event)
    )


def _to(event: Event) -> Link:
    return Link(LinkKind.EVENT, event.id)
