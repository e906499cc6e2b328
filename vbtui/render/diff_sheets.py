"""What a change of the topology means, as sheets, a JSON document and CSV rows.

In: a `Difference`. Out: `Sheet`s for a person; documents for programs, which do not depend on a language.
Never here: drawing, an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from vbtui.i18n import N_
from vbtui.planning import ConnectionChange, Difference, GoalChange
from vbtui.planning.diff import ChangeKind, ConnectionAnswer
from vbtui.render.check_texts import EFFECTS
from vbtui.render.messages import Messages
from vbtui.render.names import first_names, unchanged_last
from vbtui.render.sheet import Sheet
from vbtui.render.sheets import steps_text
from vbtui.render.symbols import RICH, Symbols
from vbtui.vocabulary import GoalVerdict, Service, StepId, services_text

DIFF_VERSION: Final = 1

KINDS: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.GAINED: N_("gained"),
    ChangeKind.LOST: N_("lost"),
    ChangeKind.CHANGED: N_("changed"),
    ChangeKind.NEEDED: N_("newly needed"),
    ChangeKind.NOT_NEEDED: N_("no longer needed"),
}
_SIGNS: Final = {ChangeKind.GAINED: "+", ChangeKind.LOST: "-"}


def jobs_sheet(messages: Messages, found: Difference, marks: Symbols = RICH) -> Sheet:
    """The jobs with their verdicts, the unchanged too; many of those share a row."""
    say = messages.translator
    before, after = dict(found.before), dict(found.after)

    def told(verdict: GoalVerdict | None) -> str:
        return "–" if verdict is None else f"{marks.goal(verdict)} {messages.goal(verdict)}"

    rows = [(job, told(before.get(job)), told(after.get(job))) for job in dict.fromkeys((*before, *after))]
    if found:
        heading = say(N_("{old} → {new}: what changes for the jobs"))
    else:
        heading = say(N_("{old} → {new}: nothing changes for the jobs"))
    if found and found.old == found.new:
        heading = say(N_("{new}: what changes for the jobs"))
    columns = (say(N_("Job")), say(N_("Before")), say(N_("After")))
    return Sheet(heading.format(old=found.old, new=found.new), columns, unchanged_last(say, rows))


def goals_sheet(messages: Messages, found: Difference, marks: Symbols = RICH) -> Sheet:
    """One row for each need that comes to something else, with the VMs that it does so for. Needs of one step that read
    the same, such as vCenter and host of a transport mode, are one row; what was blocked stands with the connections.
    """
    say = messages.translator

    def told(verdict: GoalVerdict | None, change: GoalChange, *, after: bool) -> str:
        if verdict is None:
            return "–"
        effect = change.effect_after if after else change.effect_before
        text = f"{marks.goal(verdict)} {messages.goal(verdict)}"
        return f"{text}: {say(EFFECTS[effect])}" if effect is not None else text

    rows, folded = [], []
    for one in found.goals:
        kind, step = _kind(messages, one.kind), _steps(messages, one.steps)
        names = first_names(messages.translator, one.names)
        before, after = told(one.before, one, after=False), told(one.after, one, after=True)
        rows.append((kind, one.job, step, names, before, after))
        folded.append((f"{kind}\n{one.job}\n{step}", names, f"{before}\n→ {after}"))
    columns = (N_("Change"), N_("Job"), N_("Step"), N_("For"), N_("Before"), N_("After"))
    heading = say(N_("Goals of jobs and VMs"))
    once = tuple(dict.fromkeys(folded))
    narrow = Sheet(heading, (say(N_("Change")), say(N_("For")), say(N_("Before and after"))), once)
    return Sheet(heading, tuple(say(column) for column in columns), tuple(dict.fromkeys(rows)), narrow)


def connections_sheet(messages: Messages, found: Difference, marks: Symbols = RICH) -> Sheet:
    """One row for each group of connections that get another answer; services with the same answers share it."""
    say = messages.translator
    rows, folded = [], []
    for changes in _by_ends(found.connections):
        one = changes[0]
        kind, step = _kind(messages, one.kind), _steps(messages, one.steps)
        source = first_names(messages.translator, one.sources)
        destination = first_names(messages.translator, one.destinations)
        service = services_text(change.service for change in changes)
        before, after = (
            _answer(messages, marks, changes, after=False),
            _answer(messages, marks, changes, after=True),
        )
        rows.append((kind, source, destination, service, step, before, after))
        folded.append((f"{kind}\n{step}", f"{source}\n→ {destination}\n{service}", f"{before}\n→ {after}"))
    columns = (N_("Change"), N_("From"), N_("To"), N_("Service"), N_("Step"), N_("Before"), N_("After"))
    heading = say(N_("Required connections"))
    narrow = Sheet(heading, (say(N_("Change")), say(N_("Connection")), say(N_("Before and after"))), tuple(folded))
    return Sheet(heading, tuple(say(column) for column in columns), tuple(rows), narrow)


def machines_sheet(messages: Messages, found: Difference) -> Sheet:
    """Machines that exist on one side only."""
    say = messages.translator
    listed = ((N_("only before"), found.machines_gone), (N_("only after"), found.machines_new))
    rows = tuple((say(side), first_names(messages.translator, names, 20)) for side, names in listed if names)
    return Sheet(say(N_("Machines on one side only")), (say(N_("Side")), say(N_("Names"))), rows)


def _kind(messages: Messages, kind: ChangeKind) -> str:
    sign = _SIGNS.get(kind)
    word = messages.translator(KINDS[kind])
    return word if sign is None else f"{sign} {word}"


def _steps(messages: Messages, steps: tuple[StepId, ...]) -> str:
    return steps_text(messages.translator, steps or tuple(StepId))


def _by_ends(changes: Iterable[ConnectionChange]) -> Iterator[list[ConnectionChange]]:
    found: dict[object, list[ConnectionChange]] = {}
    for one in changes:
        partial = (one.service,) if _is_partial(one.before) or _is_partial(one.after) else ()
        sure = tuple(answer and bool(answer.unknown) for answer in (one.before, one.after))
        there = (one.before is None, one.after is None)
        key = (one.kind, one.sources, one.destinations, one.steps, *partial, *sure, *there)
        found.setdefault(key, []).append(one)
    yield from found.values()


def _is_partial(answer: ConnectionAnswer | None) -> bool:
    return answer is not None and len(answer.missing) + len(answer.unknown) > 1


def _answer(messages: Messages, marks: Symbols, changes: list[ConnectionChange], *, after: bool) -> str:
    """Allowed, blocked or not known; the ports, where only some of a range are meant."""
    say = messages.translator
    answers = [(one.service, one.after if after else one.before) for one in changes]
    if any(answer is None for _, answer in answers):
        return say(N_("not needed"))
    missing = [part for service, one in answers if one for part in _part(service, one.missing)]
    unknown = [part for service, one in answers if one for part in _part(service, one.unknown)]
    told = []
    if blocked := any(one and one.missing for _, one in answers):
        told.append(f"{marks.blocked} {say(N_('blocked'))}" + (f" ({', '.join(missing)})" if missing else ""))
    if doubtful := any(one and one.unknown for _, one in answers):
        told.append(f"{marks.unknown} {say(N_('not known'))}" + (f" ({', '.join(unknown)})" if unknown else ""))
    return ", ".join(told) if blocked or doubtful else f"{marks.ok} {say(N_('allowed'))}"


def _part(service: Service, ranges: Iterable[tuple[int, int]]) -> Iterator[str]:
    for low, high in ranges:
        if (low, high) != (service.low, service.high):
            yield str(Service(service.protocol, low, high))


# ---- for programs --------------------------------------------------------------------------------------------------


def diff_document(found: Difference) -> dict[str, Any]:
    return {
        "schema": "vbtui-diff",
        "version": DIFF_VERSION,
        "old": found.old,
        "new": found.new,
        "different": bool(found),
        "jobs": [
            {"job": job, "before": dict(found.before).get(job), "after": dict(found.after).get(job)}
            for job in dict.fromkeys((*dict(found.before), *dict(found.after)))
        ],
        "goals": [
            {
                "kind": one.kind,
                "job": one.job,
                "need": one.need,
                "catalogue_row": one.row,
                "steps": list(one.steps),
                "names": list(one.names),
                "before": one.before,
                "after": one.after,
                "effect_before": one.effect_before,
                "effect_after": one.effect_after,
            }
            for one in found.goals
        ],
        "connections": [
            {
                "kind": one.kind,
                "service": str(one.service),
                "sources": list(one.sources),
                "destinations": list(one.destinations),
                "jobs": list(one.jobs),
                "steps": list(one.steps),
                "before": _answer_document(one.before),
                "after": _answer_document(one.after),
            }
            for one in found.connections
        ],
        "machines_gone": list(found.machines_gone),
        "machines_new": list(found.machines_new),
    }


def _answer_document(answer: ConnectionAnswer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "allowed": answer.allowed,
        "missing": [list(ports) for ports in answer.missing],
        "unknown": [list(ports) for ports in answer.unknown],
    }


DIFF_COLUMNS: Final = (
    *("what", "kind", "job", "steps", "need", "names", "source", "destination", "service", "before", "after"),
)


def diff_rows(found: Difference) -> Iterator[tuple[object, ...]]:
    """Jobs, goals, connections and machines in one table; lists within a cell by blanks."""
    for job in found.jobs:
        yield ("job", "changed", job.job, *[None] * 6, job.before, job.after)
    for goal in found.goals:
        effects = (goal.effect_before or goal.before, goal.effect_after or goal.after)
        yield (
            "goal",
            goal.kind,
            goal.job,
            " ".join(goal.steps),
            goal.need,
            " ".join(goal.names),
            *[None] * 3,
            *effects,
        )
    for one in found.connections:
        states = ("not-needed" if a is None else "allowed" if a.allowed else "blocked" for a in (one.before, one.after))
        ends = (" ".join(one.sources), " ".join(one.destinations), one.service)
        yield ("connection", one.kind, " ".join(one.jobs), " ".join(one.steps), None, None, *ends, *states)
    for kind, names in (("gone", found.machines_gone), ("new", found.machines_new)):
        for name in names:
            yield ("machine", kind, None, None, None, name, *[None] * 5)
