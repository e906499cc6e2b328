"""Reports for machines: JSON documents and CSV rows, the same in every language and on every run.

JSON is versioned, its keys are sorted, text is ASCII with escapes, a newline ends it. CSV has a header of fixed names;
cells that a spreadsheet would take for a formula are made text. Never here: words for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from vbtui.catalogue import Disagreement
from vbtui.firewall import Verdict
from vbtui.firewall.spreadsheet import cell as cell
from vbtui.firewall.spreadsheet import csv_text as csv_text
from vbtui.planning import CheckReport, ConnectionVerdict, Explanation, Goal, RequiredConnection
from vbtui.topology import Address

CHECK_VERSION: Final = 2
PORTS_VERSION: Final = 1
EXPLAIN_VERSION: Final = 1
"""Raised when a reader of the older form would misread the newer one; new keys do not raise them."""


# ---- check ---------------------------------------------------------------------------------------------------------


def check_document(reports: Sequence[CheckReport]) -> dict[str, Any]:
    return {"schema": "vbtui-check", "version": CHECK_VERSION, "jobs": [_report(one) for one in reports]}


def _report(report: CheckReport) -> dict[str, Any]:
    """A job's report. A VM names its goals that are not ok by their places in `goals`, counted from 0."""
    goals = report.goals
    places = {id(goal): place for place, goal in enumerate(goals)}
    return {
        "topology": report.topology,
        "job": report.job,
        "profile": report.profile,
        "verdict": report.verdict,
        "steps": [{"step": one.step, "verdict": one.verdict, "flows": one.flows} for one in report.steps],
        "goals": [_goal(one) for one in goals],
        "vms": [
            {
                "vm": one.vm,
                "verdict": one.verdict,
                "effects": list(one.effects),
                "losses": list(one.losses),
                "goals": [places[id(goal)] for goal in one.goals],
            }
            for one in report.vms
        ],
    }


def _goal(goal: Goal) -> dict[str, Any]:
    return {
        "steps": list(goal.steps),
        "need": goal.need,
        "vms": list(goal.subject.vms),
        "tasks": list(goal.subject.tasks),
        "hosts": list(goal.subject.hosts),
        "proxies": list(goal.subject.proxies),
        "verdict": goal.verdict,
        "effect": goal.effect,
        "loss": goal.loss,
        "chosen": goal.chosen,
        "ways": [
            {
                "name": way.name,
                "order": way.order,
                "step": way.step,
                "performer": way.performer,
                "obstacle": way.obstacle,
                "shortfall": way.shortfall,
                "passes": way.passes,
                "connections": [_connection(one) for one in way.connections],
            }
            for way in goal.ways
        ],
    }


def _connection(one: ConnectionVerdict) -> dict[str, Any]:
    """Every pair of the named nodes; the addresses are those of the first pair."""
    asked = one.asked
    return {
        "source": {"nodes": list(one.sources), "component": asked.source.component},
        "destination": {"nodes": list(one.destinations), "component": asked.destination.component},
        "flows": one.flows,
        "catalogue_row": asked.row.id,
        **verdict_document(one.verdict),
    }


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """A verdict with the hop and rule that decided, and the ports that do not get through or are not known to."""
    hop, segment = verdict.hop, verdict.segment
    return {
        "service": str(verdict.service),
        "action": verdict.action,
        "source_address": _address(verdict.source_address),
        "destination_address": _address(verdict.destination_address),
        "hop": None if hop is None else hop.name,
        "where": None if hop is None else hop.where,
        "reason": None if segment is None else segment.reason,
        "rule": None if segment is None else segment.rule,
        "rule_number": None if segment is None else segment.rule_number,
        "missing": [list(ports) for ports in verdict.missing],
        "unknown": [list(ports) for ports in verdict.unknown],
    }


CHECK_COLUMNS: Final = (
    *("topology", "job", "profile", "steps", "need", "vms", "tasks", "hosts", "proxies", "verdict", "effect", "way"),
    *("chosen", "obstacle", "source", "destination", "service", "action", "hop", "rule_number", "rule", "missing"),
    "unknown",
)


def check_rows(reports: Sequence[CheckReport]) -> Iterable[tuple[object, ...]]:
    """One row for each connection of each way of each goal; a way without connections has a row of its own."""
    for report in reports:
        for goal in report.goals:
            for place, way in enumerate(goal.ways):
                head = (
                    *(report.topology, report.job, report.profile, " ".join(goal.steps), goal.need),
                    *(" ".join(goal.subject.vms), " ".join(goal.subject.tasks), " ".join(goal.subject.hosts)),
                    *(" ".join(goal.subject.proxies), goal.verdict, goal.effect, way.name),
                    *("yes" if place == goal.chosen else "no", way.obstacle or way.shortfall),
                )
                if not way.connections:
                    yield (*head, *[None] * (len(CHECK_COLUMNS) - len(head)))
                for one in way.connections:
                    found = verdict_document(one.verdict)
                    yield (
                        *head,
                        *(" ".join(one.sources), " ".join(one.destinations), one.asked.service, found["action"]),
                        *(found["hop"], found["rule_number"], found["rule"]),
                        *(_ports(one.verdict.missing), _ports(one.verdict.unknown)),
                    )


def _ports(ranges: Iterable[tuple[int, int]]) -> str:
    return " ".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


VMS_COLUMNS: Final = ("topology", "job", "profile", "vm", "verdict", "effects", "losses")


def vms_rows(reports: Sequence[CheckReport]) -> Iterable[tuple[object, ...]]:
    """One row for each VM of each job."""
    for report in reports:
        for one in report.vms:
            head = (report.topology, report.job, report.profile, one.vm, one.verdict)
            yield (*head, " ".join(one.effects), " ".join(one.losses))


# ---- ports ---------------------------------------------------------------------------------------------------------


def ports_document(
    topology: str,
    profile: str,
    jobs: Sequence[tuple[str, tuple[RequiredConnection, ...]]],
    points: Iterable[Disagreement],
) -> dict[str, Any]:
    """The connections, and the sources and `points` of disagreement that they name by key and id."""
    known = {one.id: one for one in points}
    rows = [one.asked.row for _, connections in jobs for one in connections]
    sources = {citation.source.key: citation.source for row in rows for citation in row.citations}
    sources |= {source.key: source for one in known.values() for source in one.sources}
    return {
        "schema": "vbtui-ports",
        "version": PORTS_VERSION,
        "topology": topology,
        "profile": profile,
        "jobs": [{"job": job, "connections": [_required(one) for one in connections]} for job, connections in jobs],
        "disagreements": [
            {"id": one.id, "sources": [source.key for source in one.sources], "text": dict(one.text)}
            for one in known.values()
        ],
        "sources": {
            one.key: {"title": one.title, "version": one.version, "address": one.address} for one in sources.values()
        },
    }


def _address(address: Address | None) -> str | None:
    return None if address is None else str(address)


def _required(one: RequiredConnection) -> dict[str, Any]:
    row = one.asked.row
    return {
        "source": {
            "node": one.asked.source.node,
            "address": _address(one.source_address),
            "component": one.asked.source.component,
        },
        "destination": {
            "node": one.asked.destination.node,
            "address": _address(one.destination_address),
            "component": one.asked.destination.component,
        },
        "service": str(one.asked.service),
        "steps": list(one.steps),
        "need": one.need,
        "way": one.way,
        "order": one.order,
        "place": one.place,
        "ways": one.ways,
        "level": one.level,
        "vms": list(one.vms),
        "proxies": list(one.proxies),
        "catalogue_row": row.id,
        "purpose": dict(row.purpose),
        "citations": [
            {"source": citation.source.key, "place": citation.place, "confidence": citation.confidence}
            for citation in row.citations
        ],
        "disagreements": [one.id for one in row.disagreements],
        "on_demand": row.on_demand,
    }


PORTS_COLUMNS: Final = (
    *("job", "source", "source_address", "source_component"),
    *("destination", "destination_address", "destination_component", "service", "steps", "need"),
    *("way", "order", "place", "ways", "level", "vms", "proxies", "catalogue_row", "purpose", "citations", "on_demand"),
)


def ports_rows(jobs: Sequence[tuple[str, tuple[RequiredConnection, ...]]]) -> Iterable[tuple[object, ...]]:
    """One row for each required connection. The purpose is English: the file is for machines."""
    for job, connections in jobs:
        for one in connections:
            row = one.asked.row
            yield (
                *(job, one.asked.source.node, one.source_address, one.asked.source.component),
                *(one.asked.destination.node, one.destination_address, one.asked.destination.component),
                *(one.asked.service, " ".join(one.steps), one.need),
                *(one.way, one.order, one.place, one.ways, one.level, " ".join(one.vms)),
                *(" ".join(one.proxies), row.id, row.purpose["en"]),
                "; ".join(f"{citation.source.key}, {citation.place}" for citation in row.citations),
                "yes" if row.on_demand else "no",
            )


# ---- explain -------------------------------------------------------------------------------------------------------


def explain_document(topology: str, explanation: Explanation) -> dict[str, Any]:
    return {
        "schema": "vbtui-explain",
        "version": EXPLAIN_VERSION,
        "topology": topology,
        "allowed": explanation.allowed,
        "flows": [
            {
                "source": verdict.source,
                "destination": verdict.destination,
                **verdict_document(verdict),
                "hops": [
                    {
                        "hop": hop.name,
                        "where": hop.where,
                        "segments": [
                            {
                                "low": segment.low,
                                "high": segment.high,
                                "action": segment.action,
                                "reason": segment.reason,
                                "rule": segment.rule,
                                "rule_number": segment.rule_number,
                            }
                            for segment in hop.segments
                        ],
                    }
                    for hop in verdict.hops
                ],
            }
            for verdict in explanation.verdicts
        ],
        "needed_for": [{"job": one.job, **_required(one.connection)} for one in explanation.purposes],
    }
