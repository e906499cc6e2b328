"""Reports as rows: check, blocked connections, required connections, one flow hop by hop, restore points.

In: what `planning` and the engine answer. Out: `Sheet`s of plain text, for a table on a terminal (`tables`). Machines
read `documents` instead, whose form does not depend on a language. Never here: drawing, colours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vbtui.catalogue import Disagreement
from vbtui.firewall import Reason
from vbtui.i18n import N_
from vbtui.planning import CheckReport, ConnectionVerdict, Explanation, Goal, RequiredConnection, Subject, WayVerdict
from vbtui.render.check_texts import EFFECTS, OBSTACLES, SURROUNDINGS
from vbtui.render.messages import Messages, citation_text
from vbtui.render.symbols import RICH, Symbols
from vbtui.render.verdicts import segment_text
from vbtui.trace import Endpoint
from vbtui.vocabulary import GoalVerdict, StepId


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a heading, the names of its columns, its rows. Every row has as many cells as there are columns."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def check_sheet(messages: Messages, report: CheckReport, marks: Symbols = RICH) -> Sheet:
    """One row for each step that the job goes through."""
    say = messages.translator
    heading = say(N_("{topology}, job {job}, ports of {profile}: {verdict}")).format(
        topology=report.topology, job=report.job, profile=report.profile, verdict=messages.goal(report.verdict)
    )
    rows = tuple(
        (
            "" if one.step is None else str(one.step),
            say(SURROUNDINGS) if one.step is None else messages.step_title(one.step),
            f"{marks.goal(one.verdict)} {messages.goal(one.verdict)}",
            say.number(len({(_flow(c)) for goal in one.goals for way in goal.ways for c in way.connections})),
        )
        for one in report.steps
    )
    return Sheet(heading, (say(N_("Step")), say(N_("Title")), say(N_("Verdict")), say(N_("Flows"))), rows)


def trouble_sheet(messages: Messages, report: CheckReport, marks: Symbols = RICH) -> Sheet:
    """One row for each blocked connection or other obstacle of a goal that is not ok."""
    say = messages.translator
    rows: list[tuple[str, ...]] = []
    for goal in report.goals:
        if goal.verdict is GoalVerdict.OK:
            continue
        steps = ", ".join(goal.steps)
        verdict = f"{marks.goal(goal.verdict)} {messages.goal(goal.verdict)}"
        effect = say(EFFECTS[goal.effect]) if goal.effect else ""
        rows += [(steps, verdict, _subject(goal.subject), what, why, effect) for what, why in _troubles(messages, goal)]
    columns = (N_("Step"), N_("Verdict"), N_("For"), N_("Connection"), N_("In the way"), N_("Instead"))
    return Sheet(say(N_("What is in the way")), tuple(say(one) for one in columns), tuple(rows))


def _troubles(messages: Messages, goal: Goal) -> list[tuple[str, str]]:
    """Connection and reason, for every way that was meant to be taken before the one that stands."""
    found = []
    for place, way in enumerate(goal.ways):
        if goal.chosen is not None and place > goal.chosen:
            break
        found += [(_connection(one), messages.verdict(one.verdict)) for one in way.blocked]
        found += [(_performer(way), messages.translator(OBSTACLES.get(code, code))) for code in _codes(way)]
    return found or [("", "")]


def _codes(way: WayVerdict) -> tuple[str, ...]:
    return tuple(code for code in (way.obstacle, way.shortfall) if code is not None)


def _performer(way: WayVerdict) -> str:
    return way.name if way.performer is None else f"{way.performer} ({way.name})"


def _flow(one: ConnectionVerdict) -> tuple[str, str, str]:
    return one.asked.source.node, one.asked.destination.node, str(one.asked.service)


def _connection(one: ConnectionVerdict) -> str:
    source, destination, service = _flow(one)
    return f"{source} → {destination} {service}"


def _subject(subject: Subject) -> str:
    parts = [", ".join(subject.tasks or subject.vms)]
    if subject.proxy is not None:
        parts.append(subject.proxy)
    return " @ ".join(part for part in parts if part)


def ports_sheet(messages: Messages, job: str, connections: tuple[RequiredConnection, ...]) -> Sheet:
    """One row for each required connection, with its purpose and the source of the fact."""
    say = messages.translator
    columns = (
        *(N_("From"), N_("To"), N_("Service"), N_("Step")),
        *(N_("Level"), N_("Purpose"), N_("Source of the fact")),
    )
    rows = tuple(
        (
            _endpoint(messages, one.asked.source),
            _endpoint(messages, one.asked.destination),
            str(one.asked.service),
            steps_text(one.steps),
            messages.level(one.level),
            say.pick(one.asked.row.purpose),
            "; ".join(citation_text(citation) for citation in one.asked.row.citations),
        )
        for one in connections
    )
    heading = say(N_("Job {job}: required connections")).format(job=job)
    return Sheet(heading, tuple(say(one) for one in columns), rows)


def disagreements_sheet(messages: Messages, points: Iterable[Disagreement]) -> Sheet:
    """Every point on which public sources disagree or leave a question open, once."""
    say = messages.translator
    found = {one.id: one for one in points}
    lines = tuple((", ".join(source.key for source in one.sources), say.pick(one.text)) for one in found.values())
    return Sheet(say(N_("Where public sources disagree")), (say(N_("Sources")), say(N_("Point"))), lines)


def steps_text(steps: tuple[StepId, ...]) -> str:
    """Steps as text, `1.4, 5.1-5.3`-like lists are not folded: every step is named."""
    return "*" if len(steps) == len(StepId) else ", ".join(steps)


def _endpoint(messages: Messages, endpoint: Endpoint) -> str:
    return f"{endpoint.node} ({messages.component(endpoint.component)})"


def explain_sheets(messages: Messages, explanation: Explanation, marks: Symbols = RICH) -> tuple[Sheet, ...]:
    """One sheet for each asked service, hop by hop, and one for what the flow is needed for."""
    say = messages.translator
    sheets = []
    for verdict in explanation.verdicts:
        heading = (
            f"{verdict.source} ({verdict.source_address or '–'}) → "
            f"{verdict.destination} ({verdict.destination_address or '–'}) {verdict.service}: "
            f"{marks.action(verdict.action)} {messages.action(verdict.action)} ({messages.verdict(verdict)})"
        )
        rows = tuple(
            (
                hop.name if segment.reason in (Reason.RULE, Reason.DEFAULT) else "–",
                say(_WHERE[hop.where]) if hop.where in _WHERE else hop.where,
                f"{segment.low}-{segment.high}" if segment.low != segment.high else str(segment.low),
                f"{marks.action(segment.action)} {messages.action(segment.action)}",
                segment_text(say, hop, segment),
            )
            for hop in verdict.hops
            for segment in hop.segments
        )
        columns = (N_("Hop"), N_("Place"), N_("Ports"), N_("Answer"), N_("Decided by"))
        sheets.append(Sheet(heading, tuple(say(one) for one in columns), rows))
    rows = tuple(
        (
            one.job,
            steps_text(one.connection.steps),
            str(one.connection.asked.service),
            messages.level(one.connection.level),
            say.pick(one.connection.asked.row.purpose),
        )
        for one in explanation.purposes
    )
    columns = (N_("Job"), N_("Step"), N_("Service"), N_("Level"), N_("Purpose"))
    heading = say(N_("What needs this flow")) if rows else say(N_("No job of the topology needs this flow."))
    sheets.append(Sheet(heading, tuple(say(one) for one in columns), rows))
    return tuple(sheets)


_WHERE = {
    "source": N_("at the source"),
    "path": N_("on the path"),
    "destination": N_("at the destination"),
    "reply": N_("on the way back"),
}
