"""Words for what-ifs: what is changed, what that does, and what is different in a run because of it.

In: changes of the world, comparisons. Out: short sentences in one language; `messages` has the events themselves.
What a change leads to is never foretold here, only what it does to the world: the rest is for a person to guess and
for the fork to show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from vbtui.i18n import N_
from vbtui.render.messages import Messages
from vbtui.trace import Event, Value
from vbtui.vocabulary import Component, Result, TransportMode
from vbtui.walk.forks import Comparison, Delta, Part, Row, RowKind, Subject
from vbtui.workflow import (
    CbtReset,
    Change,
    ConnectionSet,
    FailoverSet,
    Lack,
    Objection,
    ProcessKilled,
    RuleSet,
    ServiceSet,
    SlotsSet,
    WorldChange,
)
from vbtui.workflow.changes import MOST_SLOTS

FORMS: Final[Mapping[str, str]] = {
    "rule": "rule=FIREWALL,RULE,on|off",
    "block": "block=SOURCE,DESTINATION,PROTOCOL/PORTS",
    "allow": "allow=SOURCE,DESTINATION,PROTOCOL/PORTS",
    "service": "service=NODE,COMPONENT,on|off",
    "slots": "slots=NODE,COUNT",
    "failover": "failover=on|off",
    "cbt-reset": "cbt-reset=VM",
    "kill": "kill=NODE",
}
"""The form of each kind of change, behind `EVENT:`; the same in every language."""
LEGENDS: Final[Mapping[str, str]] = {
    "service": f"COMPONENT: {', '.join(Component)}",
    "slots": f"COUNT: 0-{MOST_SLOTS}",
}
"""What a word of a form stands for, where nobody could guess it; the same in every language."""

_PARTS: Final[Mapping[Part, str]] = {
    Part.STEP: N_("step"),
    Part.OUTCOME: N_("outcome"),
    Part.VERDICT: N_("who decides"),
    Part.ENDS: N_("who takes part"),
    Part.HAPPENS: N_("what happens"),
    Part.FIGURES: N_("figures"),
    Part.DURATION: N_("duration"),
    Part.CAUSE: N_("what it follows"),
}
_SUBJECTS: Final[Mapping[Subject, str]] = {
    Subject.RESULT: N_("Result of the job"),
    Subject.DURATION: N_("Duration of the job"),
    Subject.VM_RESULT: N_("{name}: result"),
    Subject.CONSISTENT: N_("{name}: consistency"),
    Subject.SNAPSHOT_LEFT: N_("{name}: snapshot left behind"),
    Subject.TASK_RESULT: N_("{name}: result"),
    Subject.MODE: N_("{name}: transport mode"),
    Subject.PROXY: N_("{name}: proxy"),
    Subject.READ: N_("{name}: read"),
    Subject.TRANSFERRED: N_("{name}: transferred"),
}
_KINDS: Final[Mapping[RowKind, str]] = {
    RowKind.SAME: N_("alike in A and B"),
    RowKind.DIFFERS: N_("different"),
    RowKind.ONLY_A: N_("only in A"),
    RowKind.ONLY_B: N_("only in B"),
    RowKind.MOVED: N_("alike, in another order"),
}


def fork_title(messages: Messages, changes: Sequence[Change]) -> str:
    """What a fork is called: by its last change, and how many there are if there are more. Empty without any."""
    if not changes:
        return ""
    text = N_("what if: {change}") if len(changes) == 1 else N_("what if ({count}): {change}")
    last = change_text(messages, changes[-1].what)
    return messages.translator(text).format(change=last, count=len(changes))


def change_text(messages: Messages, what: WorldChange) -> str:
    """What is done: `Block PROXY → HOST, tcp/902`."""
    say = messages.translator
    match what:
        case ConnectionSet(source, destination, service, allowed):
            text = N_("Allow {source} → {destination}, {service}") if allowed else N_(
                "Block {source} → {destination}, {service}"
            )  # fmt: skip
            return say(text).format(source=source, destination=destination, service=service)
        case RuleSet(firewall, rule, enabled):
            text = N_("Switch on rule {rule} of {firewall}") if enabled else N_("Switch off rule {rule} of {firewall}")
            return say(text).format(rule=rule, firewall=firewall)
        case ServiceSet(node, component, running):
            text = N_("Start on {node}: {component}") if running else N_("Stop on {node}: {component}")
            return say(text).format(node=node, component=messages.component(component))
        case SlotsSet(node, 0):
            return say(N_("No task slots on {node}")).format(node=node)
        case SlotsSet(node, slots):
            return say.plural("{count} task slot on {node}", "{count} task slots on {node}", slots).format(
                count=slots, node=node
            )
        case FailoverSet(enabled):
            return say(N_("Failover to network mode: on") if enabled else N_("Failover to network mode: off"))
        case CbtReset(vm):
            return say(N_("Reset changed block tracking of {vm}")).format(vm=vm)
        case ProcessKilled(node):
            return say(N_("Kill the data movers on {node}")).format(node=node)


def change_note(messages: Messages, what: WorldChange) -> str:
    """What that does to the world, in one line."""
    return messages.translator(_note(what))


def _note(what: WorldChange) -> str:
    match what:
        case ConnectionSet(allowed=True):
            return N_("Gets through, whatever the firewalls say; nothing else changes.")
        case ConnectionSet():
            return N_("New packets get no answer. What is open stays open.")
        case RuleSet():
            return N_("Holds for every new connection that it speaks of. What is open stays open.")
        case ServiceSet(component=Component.DATA_MOVER, running=False) | ProcessKilled():
            return N_("Copies through them break; what they hold attached stays so.")
        case ServiceSet(running=True):
            return N_("New connections are accepted again.")
        case ServiceSet():
            return N_("New connections are refused at once. What is open stays open.")
        case SlotsSet():
            return N_("For tasks that have no slot yet; who has one keeps it.")
        case FailoverSet():
            return N_("Counts where the storage cannot be reached directly.")
        case CbtReset():
            return N_("The next copy is not told which blocks hold data or have changed.")


# ---- what cannot be changed ------------------------------------------------------------------------------------------

_LACKS: Final[Mapping[Lack, str]] = {
    Lack.FIREWALL: N_("{change}: there is no firewall {found}; firewalls are: {expected}"),
    Lack.RULE: N_("{change}: there is no rule {found} on this firewall; its rules are: {expected}"),
    Lack.MACHINE: N_("{change}: there is no machine {found}; machines are: {expected}"),
    Lack.COMPONENT: N_("{change}: {found} has no {component} that can be stopped or started; it has: {expected}"),
    Lack.SLOTS: N_("{change}: {found} has no task slots; these machines have some: {expected}"),
    Lack.DATA_MOVER: N_("{change}: no data mover runs on {found}; data movers run on: {expected}"),
    Lack.TRACKING: N_("{change}: {found} is no VM of the job with changed block tracking; these are: {expected}"),
}
_MOST_NAMES: Final = 20
"""Names that are told in place of a wrong one: a large topology has thousands."""


def objection_text(objection: Objection) -> tuple[str, dict[str, str]]:
    """Why a change has nothing to act on, and what would do: a marked text and what fills it."""
    expected = ", ".join(objection.expected[:_MOST_NAMES])
    if len(objection.expected) > _MOST_NAMES:
        expected += ", …"
    change = objection.change
    component = str(change.component) if isinstance(change, ServiceSet) else ""
    fields = {"change": str(change), "found": objection.found, "component": component, "expected": expected or "–"}
    return _LACKS[objection.lack], fields


# ---- what is different -----------------------------------------------------------------------------------------------


def kind_text(messages: Messages, row: Row) -> str:
    """How a row stands: alike, different and in what, or in one run only."""
    say = messages.translator
    if row.kind is not RowKind.DIFFERS:
        return say(_KINDS[row.kind])
    parts = ", ".join(say(_PARTS[part]) for part in row.parts)
    return say(N_("different: {parts}")).format(parts=parts)


def later_text(messages: Messages, a: Event | None, b: Event | None) -> str:
    """How much later or earlier an event comes in B; empty where it is in one run only, or at the same time."""
    if a is None or b is None or a.start_ms == b.start_ms:
        return ""
    passed = messages.duration(abs(b.start_ms - a.start_ms))
    text = N_("{time} later in B") if b.start_ms > a.start_ms else N_("{time} earlier in B")
    return messages.translator(text).format(time=passed)


def happening(messages: Messages, event: Event | None) -> str:
    """What happens in one of the runs: the event's sentence, for a blocked connection with who decided."""
    if event is None:
        return messages.translator(N_("does not happen"))
    text = messages.event(event)
    if event.verdict is not None and not event.verdict.allowed:
        told = messages.translator(N_("Firewall: {verdict}.")).format(verdict=messages.verdict(event.verdict))
        text = " ".join(part for part in (text, told, messages.blocked(event)) if part)
    return text


def with_duration(messages: Messages, row: Row, event: Event | None) -> str:
    """What happens in one of the runs, and what tells the two apart without standing in that sentence: how long it
    takes, and what it follows."""
    text, say = happening(messages, event), messages.translator
    if event is None:
        return text
    if Part.DURATION in row.parts and Part.HAPPENS not in row.parts:
        text = say(N_("{event} It takes {time}.")).format(event=text, time=_taken(messages, row, event))
    cause = next((one for one in row.causes if one.id == event.cause), None)
    if cause is not None:
        follows = say(N_("{event} It follows event {number} in step {step}: {cause}"))
        number, told = say.number(cause.position + 1), messages.event(cause)
        text = follows.format(event=text, number=number, step=cause.step, cause=told)
    return text


def _taken(messages: Messages, row: Row, event: Event) -> str:
    """A duration; to the millisecond where both would read alike."""
    texts = {messages.duration(one.duration_ms) for one in (row.was, row.b) if one is not None}
    return messages.moment(event.duration_ms) if len(texts) == 1 else messages.duration(event.duration_ms)


def first_difference(messages: Messages, found: Comparison, *, brief: bool = False) -> str:
    """The sentence that marks where two runs part; `brief` without who decided and what happens instead."""
    say = messages.translator
    if found.first is None:
        return say(N_("Nothing is different: this run does not depend on it."))
    row = found.rows[found.first]
    a, b = found.a.by_id.get(row.event.id), found.b.by_id.get(row.event.id)
    text = N_("From here on it is different: {event}")
    telling = Messages.event if brief else happening
    told = telling(messages, b) if b is not None else say(N_("this does not happen any more: {event}")).format(
        event=happening(messages, a)
    )  # fmt: skip
    return say(text).format(event=told)


def delta_label(messages: Messages, delta: Delta, *, brief: bool = False) -> str:
    """What is compared: `VM: result`. A disk that has its VM's name in its own goes without it where it is
    `brief`."""
    name = delta.name or ""
    vm, _, disk = name.partition("/")
    return messages.translator(_SUBJECTS[delta.subject]).format(name=disk if brief and disk.startswith(vm) else name)


def delta_values(messages: Messages, delta: Delta) -> tuple[str, str]:
    """Both sides of it in words; what is different reads differently, in milliseconds or single bytes if need be."""
    a, b = (_delta_value(messages, delta, value) for value in (delta.a, delta.b))
    if a == b and isinstance(delta.a, int) and isinstance(delta.b, int) and delta.different:
        exact = messages.moment if delta.subject is Subject.DURATION else _bytes(messages)
        return exact(delta.a), exact(delta.b)
    return a, b


def _bytes(messages: Messages) -> Callable[[int], str]:
    return lambda count: f"{messages.translator.number(count)} B"


def _delta_value(messages: Messages, delta: Delta, value: Value) -> str:
    match value:
        case None:
            return "–"
        case Result():
            return messages.result(value)
        case TransportMode():
            return messages.mode(value)
        case str() if delta.subject is Subject.CONSISTENT:
            return messages.consistent(value)
        case bool():
            return messages.value("", value)
        case int() if delta.subject is Subject.DURATION:
            return messages.duration(value)
        case int():
            return messages.size(value)
        case _:
            return str(value)


def shown_deltas(found: Comparison) -> tuple[Delta, ...]:
    """The figures that are worth a line: job and duration always, of the rest those that are different."""
    always = (Subject.RESULT, Subject.DURATION)
    return tuple(delta for delta in found.deltas if delta.subject in always or delta.different)
