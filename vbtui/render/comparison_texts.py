"""Two runs side by side as text: one subject for each line, made to be read aloud; and the same for programs as JSON.

In: a `Comparison` and the changes that made B of A. Out: lines without line ends, or a document whose keys are the same
in every language. Never here: simulating, a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from vbtui.i18n import N_
from vbtui.render.change_texts import (
    change_text,
    delta_label,
    delta_values,
    first_difference,
    kind_text,
    later_text,
    shown_deltas,
    with_duration,
)
from vbtui.render.messages import Messages
from vbtui.trace import Event
from vbtui.walk.forks import Comparison, Delta, Row
from vbtui.workflow import Change

COMPARISON_VERSION: Final = 1
"""Raised when a reader of the older form would misread the newer one; new keys do not raise it."""


def comparison(messages: Messages, found: Comparison, changes: Sequence[Change]) -> Iterator[str]:
    """What B is, where it parts from A, every difference, and what came of it all."""
    say = messages.translator
    yield say(N_("Topology {topology}, job {job}, ports of {profile}")).format(
        topology=found.a.topology, job=found.a.job, profile=found.a.profile
    )
    yield say(N_("A is the run as the file has it. B is the same run with this changed:"))
    for change in changes:
        event = found.a.by_id.get(change.event) or found.b.by_id[change.event]
        text = N_("  {change}. From event {number} on: {event}")
        yield say(text).format(
            change=change_text(messages, change.what), number=event.position + 1, event=messages.event(event)
        )
    yield ""
    yield first_difference(messages, found)
    if found.differences:
        yield ""
        heading = say.plural("{count} difference in {events} events", "{count} differences in {events} events",
                             len(found.differences))  # fmt: skip
        yield heading.format(count=len(found.differences), events=len(found.rows))
        for place in found.differences:
            yield from _difference(messages, found, found.rows[place])
    yield ""
    yield say(N_("What came of it"))
    for delta in shown_deltas(found):
        yield _delta(messages, delta)


def where_text(messages: Messages, found: Comparison, row: int) -> str:
    """Where one stands among the differences, at the row of that number, from 0."""
    say = messages.translator
    if found.first is None or row == found.first:
        return first_difference(messages, found, brief=found.first is not None)
    if row < found.first:
        text = N_("Up to here both runs are alike. n goes to the first difference, row {row}.")
        return say(text).format(row=say.number(found.first + 1))
    text = N_("Difference {number} of {count}.")
    if not found.rows[row].different:
        text = N_("This is alike in both runs; {number} of {count} differences lie before it.")
    return say(text).format(number=say.number(found.passed(row)), count=say.number(len(found.differences)))


def how_text(messages: Messages, found: Comparison, row: int) -> str:
    """How a row stands in both runs, and how much later it comes in one of them."""
    pair = found.rows[row]
    a, b = both_of(found, row)
    return " · ".join(part for part in (kind_text(messages, pair), later_text(messages, a, b)) if part)


def both_of(found: Comparison, row: int) -> tuple[Event | None, Event | None]:
    """The event of a row in A and in B, wherever it comes there."""
    event = found.rows[row].event
    return found.a.by_id.get(event.id), found.b.by_id.get(event.id)


def _difference(messages: Messages, found: Comparison, row: Row) -> Iterator[str]:
    say, event = messages.translator, row.event
    a, b = found.a.by_id.get(event.id), found.b.by_id.get(event.id)
    head = [messages.moment(event.start_ms), str(event.step), *([event.vm] if event.vm else [])]
    parts = [kind_text(messages, row), *([later] if (later := later_text(messages, a, b)) else [])]
    yield f"{', '.join(head)}: {'; '.join(parts)}"
    for name, one in (("A", a), ("B", b)):
        if one is not None:
            yield say(N_("  {run}: {event}")).format(run=name, event=with_duration(messages, row, one))


def _delta(messages: Messages, delta: Delta) -> str:
    say, label = messages.translator, delta_label(messages, delta)
    a, b = delta_values(messages, delta)
    if not delta.different:
        return say(N_("  {subject}: {value} in both")).format(subject=label, value=a)
    return say(N_("  {subject}: {a} in A, {b} in B")).format(subject=label, a=a, b=b)


def comparison_document(found: Comparison, changes: Sequence[Change]) -> dict[str, Any]:
    """Every row by its event, and every figure of the whole runs. Times are milliseconds, amounts bytes."""
    first = None if found.first is None else found.rows[found.first].event.id
    return {
        "schema": "vbtui-comparison",
        "version": COMPARISON_VERSION,
        "topology": found.a.topology,
        "job": found.a.job,
        "profile": found.a.profile,
        "changes": [str(change) for change in changes],
        "first_difference": first,
        "differences": len(found.differences),
        "rows": [_row(row) for row in found.rows],
        "figures": [
            {"subject": one.subject, "name": one.name, "a": one.a, "b": one.b, "different": one.different}
            for one in found.deltas
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "event": row.event.id,
        "kind": row.kind,
        "different": row.different,
        "parts": list(row.parts),
        "a": _side(row.a),
        "b": _side(row.b),
    }


def _side(event: Event | None) -> dict[str, Any] | None:
    if event is None:
        return None
    return {
        "position": event.position,
        "start_ms": event.start_ms,
        "duration_ms": event.duration_ms,
        "code": event.code,
        "cause": event.cause,
        "outcome": event.outcome,
        "action": None if event.verdict is None else event.verdict.action,
    }
