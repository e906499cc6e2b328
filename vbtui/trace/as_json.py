"""A trace as JSON: language-neutral, versioned, the same bytes for the same trace.

Keys are sorted, text is ASCII with escapes, numbers are integers (milliseconds, bytes), a newline ends the document.
"""

from __future__ import annotations

import json
from typing import Any

from vbtui.firewall import Hop, Segment, Verdict
from vbtui.trace.event import Endpoint, Event
from vbtui.trace.trace import Task, Trace, VmResult

SCHEMA_VERSION = 1
"""Raised when a reader of the older form would misread the newer one; new keys do not raise it."""


def to_json(trace: Trace) -> str:
    """The document. Reading it needs no knowledge of this package."""
    document = {
        "schema": "vbtui-trace",
        "version": SCHEMA_VERSION,
        "topology": trace.topology,
        "job": trace.job,
        "profile": trace.profile,
        "changes": list(trace.changes),
        **({"history": list(trace.history)} if trace.history else {}),
        "result": trace.result,
        "duration_ms": trace.duration_ms,
        "events": [_event(event) for event in trace.events],
        "tasks": [_task(task) for task in trace.tasks],
        "vms": [_vm(vm) for vm in trace.vms],
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _event(event: Event) -> dict[str, Any]:
    return {
        "position": event.position,
        "id": event.id,
        "step": event.step,
        "kind": event.kind,
        "code": event.code,
        "params": {name: list(value) if isinstance(value, tuple) else value for name, value in event.params},
        "outcome": event.outcome,
        "start_ms": event.start_ms,
        "duration_ms": event.duration_ms,
        "cause": event.cause,
        "vm": event.vm,
        "disk": event.disk,
        "source": _endpoint(event.source),
        "destination": _endpoint(event.destination),
        "services": [str(service) for service in event.services],
        "verdict": _verdict(event.verdict),
        "catalogue_row": event.row,
    }


def _endpoint(endpoint: Endpoint | None) -> dict[str, str] | None:
    return None if endpoint is None else {"node": endpoint.node, "component": endpoint.component}


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "action": verdict.action,
        "service": str(verdict.service),
        "source_address": None if verdict.source_address is None else str(verdict.source_address),
        "destination_address": None if verdict.destination_address is None else str(verdict.destination_address),
        "decided_by": _hop(verdict.hop, verdict.segment),
        "hops": [hop.name for hop in verdict.hops],
        "missing": [list(ports) for ports in verdict.missing],
        "unknown": [list(ports) for ports in verdict.unknown],
    }


def _hop(hop: Hop | None, segment: Segment | None) -> dict[str, Any] | None:
    if hop is None:
        return None
    return {
        "hop": hop.name,
        "where": hop.where,
        "reason": None if segment is None else segment.reason,
        "rule": None if segment is None else segment.rule,
        "rule_number": None if segment is None else segment.rule_number,
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "vm": task.vm,
        "disk": task.disk,
        "proxy": task.proxy,
        "repository": task.repository,
        "mode": task.mode,
        "rejected": [{"mode": one.mode, "code": one.code, "params": dict(one.params)} for one in task.rejected],
        "processed": task.processed,
        "read": task.read,
        "transferred": task.transferred,
        "result": task.result,
    }


def _vm(vm: VmResult) -> dict[str, Any]:
    return {
        "vm": vm.vm,
        "result": vm.result,
        "reasons": list(vm.reasons),
        "snapshot_left": vm.snapshot_left,
        "consistent": vm.consistent,
    }
