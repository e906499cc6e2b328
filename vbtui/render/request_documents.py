"""A change request for programs: a JSON document and CSV rows, the same in every language.

Decided here: their keys and columns. Lists are whole, whatever their length. In: a `ChangeRequest`.
Never here: words for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from vbtui.planning import ChangeRequest, ProposedRule
from vbtui.planning.grouping import Product
from vbtui.planning.missing import End
from vbtui.planning.review import remarks
from vbtui.planning.wanted import Unsolved
from vbtui.vocabulary import Protocol

REQUEST_VERSION: Final = 1
"""Raised when a reader of the older form would misread the newer one; new keys do not raise it."""


def request_document(request: ChangeRequest) -> dict[str, Any]:
    """The rules, what comes of them, what no rule helps, and the sources of the facts by key."""
    sources = {c.source.key: c.source for one in request.proposals for row in one.rows for c in row.citations}
    return {
        "schema": "vbtui-request",
        "version": REQUEST_VERSION,
        "topology": request.topology,
        "profile": request.profile,
        "allow_fallback": request.allow_fallback,
        "verdict": request.verdict,
        "settled": request.settled,
        "jobs": [
            {"job": before.job, "before": before.verdict, "after": after.verdict}
            for before, after in zip(request.before, request.after, strict=True)
        ],
        "changes": [_proposal(number, one) for number, one in enumerate(request.proposals, start=1)],
        "opened": [_product(one) for one in request.opened],
        "unsolved": [_unsolved(one) for one in request.unsolved],
        "remarks": [
            {"kind": one.kind, "rules": [{"firewall": firewall, "rule": rule} for firewall, rule in one.rules]}
            for one in remarks(request.proposals)
        ],
        "sources": {
            one.key: {"title": one.title, "version": one.version, "address": one.address} for one in sources.values()
        },
    }


def _proposal(number: int, one: ProposedRule) -> dict[str, Any]:
    return {
        "number": number,
        "change": one.change,
        "firewall": one.firewall,
        "rule": one.name,
        "sources": _ends(one.source_ends),
        "destinations": _ends(one.destination_ends),
        "services": [str(service) for service in one.services],
        "direction": one.direction,
        "reply": one.reply,
        "requirement": one.requirement,
        "jobs": list(one.jobs),
        "steps": list(one.steps),
        "effects": list(one.effects),
        "present": list(one.present),
        "opaque": list(one.opaque),
        "owner": one.paperwork.owner,
        "ticket": one.paperwork.ticket,
        "catalogue_rows": [
            {
                "id": row.id,
                "purpose": dict(row.purpose),
                "citations": [
                    {"source": citation.source.key, "place": citation.place, "confidence": citation.confidence}
                    for citation in row.citations
                ],
            }
            for row in one.rows
        ],
    }


def _ends(ends: Iterable[End]) -> list[dict[str, str]]:
    return [{"machine": end.machine, "address": str(end.address), "zone": end.zone} for end in ends]


def _product(one: Product) -> dict[str, Any]:
    return {
        "sources": _ends(one.sources),
        "destinations": _ends(one.destinations),
        "services": [str(service) for service in one.services],
    }


def _unsolved(one: Unsolved) -> dict[str, Any]:
    flow = None
    if one.flow is not None:
        flow = {"source": one.flow[0], "destination": one.flow[1], "service": str(one.flow[2])}
    return {
        "job": one.job,
        "steps": list(one.steps),
        "need": one.need,
        "vms": list(one.subject.vms),
        "tasks": list(one.subject.tasks),
        "code": one.code,
        "performer": one.performer,
        "flow": flow,
        "verdict": one.verdict,
        "effect": one.effect,
    }


REQUEST_COLUMNS: Final = (
    *("number", "change_type", "source_name", "source_address", "source_zone"),
    *("destination_name", "destination_address", "destination_zone", "protocol", "ports", "direction", "action"),
    *("firewall", "rule", "purpose", "phase", "requirement", "impact", "expires", "owner", "ticket"),
    *("existing_rule", "status", "reply", "jobs", "catalogue_rows", "citations"),
)


def request_rows(request: ChangeRequest) -> Iterable[tuple[object, ...]]:
    """One row for each rule and protocol; lists within a cell by blanks. The purpose is English: it is for machines."""
    for number, one in enumerate(request.proposals, start=1):
        for protocol in Protocol:
            ports = [service.ports for service in one.services if service.protocol is protocol]
            if ports:
                yield _row(number, one, protocol, ports)


def _row(number: int, one: ProposedRule, protocol: Protocol, ports: Sequence[str]) -> tuple[object, ...]:
    citations = (f"{c.source.key}, {c.place}" for row in one.rows for c in row.citations)
    return (
        *(number, one.change, " ".join(one.sources), _addresses(one.source_ends), _zones(one.source_ends)),
        *(" ".join(one.destinations), _addresses(one.destination_ends), _zones(one.destination_ends)),
        *(protocol, " ".join(ports), one.direction, "allow" if one.rule is not None else "leave-out"),
        *(one.firewall, one.name, " ".join(dict.fromkeys(row.purpose["en"] for row in one.rows))),
        *(" ".join(one.steps), one.requirement, " ".join(one.effects), "", one.paperwork.owner, one.paperwork.ticket),
        *(" ".join(one.present), "proposed", "yes" if one.reply else "no", " ".join(one.jobs)),
        *(" ".join(row.id for row in one.rows), "; ".join(dict.fromkeys(citations))),
    )


def _addresses(ends: Iterable[End]) -> str:
    return " ".join(f"{end.address}/{end.address.max_prefixlen}" for end in ends)


def _zones(ends: Iterable[End]) -> str:
    return " ".join(dict.fromkeys(end.zone for end in ends))
