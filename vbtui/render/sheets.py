"""Reports as rows: required connections, one flow hop by hop, sources. A check's are in `check_sheets`.

In: what `planning` and the engine answer. Out: `Sheet`s of plain text, for a table on a terminal (`tables`). Machines
read `documents` instead, whose form does not depend on a language. Never here: drawing, colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vbtui.catalogue import Disagreement, Row
from vbtui.firewall import Reason
from vbtui.i18n import N_, Translator
from vbtui.planning import (
    Explanation,
    RequiredConnection,
)
from vbtui.render.messages import Messages
from vbtui.render.sheet import Sheet
from vbtui.render.symbols import RICH, Symbols
from vbtui.render.verdicts import segment_text
from vbtui.topology import Address
from vbtui.trace import Endpoint
from vbtui.vocabulary import Level, StepId


def ports_sheet(messages: Messages, job: str, connections: tuple[RequiredConnection, ...]) -> Sheet:
    """One row for each required connection, with addresses, its purpose and the source of the fact by its key."""
    say = messages.translator
    columns = (
        *(N_("From"), N_("To"), N_("Service"), N_("Step")),
        *(N_("Level"), N_("Way"), N_("Purpose"), N_("Source of the fact")),
    )
    rows, folded = [], []
    for one in connections:
        source = _endpoint(messages, one.asked.source, one.source_address)
        destination = _endpoint(messages, one.asked.destination, one.destination_address)
        service, steps, level = str(one.asked.service), _steps(say, one), _level(messages, one)
        way, purpose = _place(messages, one), say.pick(one.asked.row.purpose)
        citations = one.asked.row.citations
        cited = "; ".join(f"{citation.source.key}, {citation.place}" for citation in citations)
        rows.append((source, destination, service, steps, level, way, purpose, cited))
        keys = ", ".join(dict.fromkeys(citation.source.key for citation in citations))
        head = f"{source}\n→ {destination}\n{service}"
        named = messages.way(one.way) if one.ways > 1 else ""
        folded.append((head, "\n".join(part for part in (steps, level, named) if part), f"{purpose} [{keys}]"))
    heading = say(N_("Job {job}: required connections")).format(job=job)
    narrow = Sheet(heading, (say(N_("Connection")), say(N_("Step")), say(N_("Purpose"))), tuple(folded))
    return Sheet(heading, tuple(say(one) for one in columns), tuple(rows), narrow)


def _steps(translator: Translator, one: RequiredConnection) -> str:
    """Its steps; what every step rests on is called so, also where the job does not go through all of them."""
    return steps_text(translator, tuple(StepId) if one.asked.row.steps == tuple(StepId) else one.steps)


def _level(messages: Messages, one: RequiredConnection) -> str:
    """How much it matters; where another way could stand in for it, that it is one of several."""
    level = messages.level(one.level)
    if one.ways == 1 or one.level is not Level.REQUIRED:
        return level
    text = messages.translator(N_("{level} (way {place} of {ways})"))
    return text.format(level=level, place=one.place, ways=one.ways)


def _place(messages: Messages, one: RequiredConnection) -> str:
    """Which way of how many, `1 of 2: over VIX`; empty for a sole one."""
    if one.ways == 1:
        return ""
    text = messages.translator(N_("{place} of {ways}: {way}"))
    return text.format(place=one.place, ways=one.ways, way=messages.way(one.way))


def disagreements_sheet(messages: Messages, points: Iterable[Disagreement]) -> Sheet:
    """Every point on which public sources disagree or leave a question open, once."""
    say = messages.translator
    found = {one.id: one for one in points}
    lines = tuple((", ".join(source.key for source in one.sources), say.pick(one.text)) for one in found.values())
    return Sheet(say(N_("Where public sources disagree")), (say(N_("Sources")), say(N_("Point"))), lines)


def sources_sheet(messages: Messages, rows: Iterable[Row], points: Iterable[Disagreement]) -> Sheet:
    """What the keys of sources in the other sheets stand for, once each, by key."""
    say = messages.translator
    cited = [citation.source for row in rows for citation in row.citations]
    cited += [source for one in points for source in one.sources]
    found = {source.key: source for source in cited}
    lines = tuple(
        (key, f"{found[key].title} ({found[key].version})", found[key].address) for key in sorted(found, key=str.lower)
    )
    folded = tuple((key, f"{title}\n{address}") for key, title, address in lines)
    heading, names = say(N_("Sources")), (say(N_("Key")), say(N_("Title")), say(N_("Address")))
    return Sheet(heading, names, lines, Sheet(heading, names[:2], folded))


def steps_text(translator: Translator, steps: Sequence[StepId]) -> str:
    """Steps as text: `all steps`, else each; of three or more in a row the first and the last, `1.4-1.6`."""
    every = tuple(StepId)
    if len(steps) == len(every):
        return translator(N_("all steps"))
    runs: list[list[StepId]] = []
    for step in steps:
        if runs and every.index(step) == every.index(runs[-1][-1]) + 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _endpoint(messages: Messages, endpoint: Endpoint, address: Address | None) -> str:
    component = messages.component(endpoint.component)
    return f"{endpoint.node} ({component})" if address is None else f"{endpoint.node} {address} ({component})"


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
            _steps(say, one.connection),
            str(one.connection.asked.service),
            _level(messages, one.connection),
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
