"""What truly happened, as text: the figures of a run log beside the trace's estimates, and the proof of a restore.

In: a trace, the run log that belongs to it. Out: lines. Measured and estimated are always named as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from vbtui.i18n import N_, Translator
from vbtui.render.failures import run_failure
from vbtui.render.messages import Messages
from vbtui.render.repository_sheets import KINDS
from vbtui.render.words import BOTTLENECKS
from vbtui.trace import EventKind, Task, Trace
from vbtui.vocabulary import Result

if TYPE_CHECKING:
    from vbtui.job import Proof, Record, RunLog  # loads the engine


def measured(messages: Messages, trace: Trace, log: RunLog) -> Iterator[str]:
    """Every VM and disk of a run, then what was refused and what failed."""
    say = messages.translator
    paced = log.pace == "paced"
    yield say(N_("Measured (slowed down for watching)")) if paced else say(N_("Measured"))
    for vm in trace.vms:
        yield from _point(messages, vm.vm, log)
        for task in trace.tasks:
            if task.vm == vm.vm:
                yield from _disk(messages, trace, task, log)
    blocked = sum(record.kind == "blocked" for record in log.records)
    if blocked:
        text = say.plural(
            "{count} connection was refused before a socket was opened.",
            "{count} connections were refused before a socket was opened.",
            blocked,
        )
        yield text.format(count=blocked)
    for record in log.records:
        if record.kind == "failure" and record.event:
            yield say(N_("Failure at {event}: {reason}")).format(
                event=record.event, reason=run_failure(say, record.name)
            )


def _point(messages: Messages, vm: str, log: RunLog) -> Iterator[str]:
    say = messages.translator
    point = _first(log, vm, "point")
    if point is None:
        yield say(N_("{vm}: no restore point.")).format(vm=vm)
        return
    parts = [
        say(N_("{vm}: restore point {point}, {size}")).format(vm=vm, point=point.name, size=messages.size(point.value))
    ]
    built = _first(log, vm, "built-on")
    if built is not None:
        tracked = N_("incremental to {parent} by changed block tracking")
        compared = N_("incremental to {parent}, without change tracking for every disk: read and compared by hash")
        parts.append(say(tracked if built.value else compared).format(parent=built.name))
    else:
        parts.append(say(KINDS["full"]))
    verify = _first(log, vm, "verify")
    if verify is not None:
        parts.append(say(N_("verified")) if verify.value == 0 else say(N_("damaged")))
    before, after = _first(log, vm, "guest", "before-read"), _first(log, vm, "guest", "after-read")
    if before is not None and after is not None:
        text = say(N_("writes of the guest meanwhile: {before} to blocks not yet read, {after} to blocks already read"))
        parts.append(text.format(before=say.number(before.value), after=say.number(after.value)))
    redo = _first(log, vm, "redo", "bytes")
    if redo is not None:
        parts.append(say(N_("redo log {size}")).format(size=messages.size(redo.value)))
    create, commit = _first(log, vm, "redo", "create-stun-us"), _first(log, vm, "redo", "stun-us")
    if create is not None and commit is not None:
        stuns = say(N_("stun {create} ms for the snapshot, {commit} ms for its removal"))
        parts.append(stuns.format(create=_milliseconds(say, create), commit=_milliseconds(say, commit)))
    if _first(log, vm, "redo", "not-converged") is not None:
        parts.append(say(N_("the guest wrote faster than the redo log could be merged")))
    yield ", ".join(parts) + "."


def _disk(messages: Messages, trace: Trace, task: Task, log: RunLog) -> Iterator[str]:
    say = messages.translator
    copy = next((event for event in trace if event.task == task.id and event.kind is EventKind.TRANSFER), None)
    if copy is None:
        return
    read, transferred = log.measured(copy.id, "read"), log.measured(copy.id, "transferred")
    if read is None or transferred is None:
        return
    busy = [record for record in log.of(copy.id) if record.kind == "bottleneck"]
    text = N_(
        "  {disk}: read {read} (estimated {estimated_read}), transferred {transferred} "
        "(estimated {estimated_transferred}), bottleneck {bottleneck}."
    )
    slowest = max(busy, key=lambda record: record.value).name if busy else ""
    yield say(text).format(
        disk=task.disk,
        read=messages.size(read),
        estimated_read=messages.size(task.read),
        transferred=messages.size(transferred),
        estimated_transferred=messages.size(task.transferred),
        bottleneck=BOTTLENECKS.get(slowest, "–"),
    )


def measured_document(trace: Trace, log: RunLog, proof: Proof | None, result: Result) -> dict[str, Any]:
    """The measured figures of a run for a program: bytes, microseconds; None where nothing was measured."""
    return {
        "schema": "vbtui-run",
        "version": 1,
        "topology": log.topology,
        "job": trace.job,
        "result": str(result),
        "vms": [_vm_document(trace, vm.vm, log) for vm in trace.vms],
        "refused_connections": sum(record.kind == "blocked" for record in log.records),
        "failures": [
            {"event": record.event, "reason": record.name} for record in log.records if record.kind == "failure"
        ],
        "proof": None if proof is None else {
            "point": proof.point, "disk": proof.disk, "bytes": proof.size, "equal": proof.equal,
            "sha256": proof.restored,
        },
    }  # fmt: skip


def _vm_document(trace: Trace, vm: str, log: RunLog) -> dict[str, Any]:
    def value(kind: str, name: str | None = None) -> int | None:
        record = _first(log, vm, kind, name)
        return None if record is None else record.value

    point, built = _first(log, vm, "point"), _first(log, vm, "built-on")
    return {
        "vm": vm,
        "file": None if point is None else point.name,
        "bytes": None if point is None else point.value,
        "parent": None if built is None else built.name,
        "tracked": None if built is None else bool(built.value),
        "damaged_blocks": value("verify"),
        "guest_writes_before_read": value("guest", "before-read"),
        "guest_writes_after_read": value("guest", "after-read"),
        "redo_bytes": value("redo", "bytes"),
        "snapshot_stun_us": value("redo", "create-stun-us"),
        "commit_stun_us": value("redo", "stun-us"),
        "converged": None if point is None else _first(log, vm, "redo", "not-converged") is None,
        "disks": [_disk_document(trace, task, log) for task in trace.tasks if task.vm == vm],
    }


def _disk_document(trace: Trace, task: Task, log: RunLog) -> dict[str, Any]:
    copy = next((event for event in trace if event.task == task.id and event.kind is EventKind.TRANSFER), None)
    busy = [] if copy is None else [record for record in log.of(copy.id) if record.kind == "bottleneck"]
    counts = {name: None if copy is None else log.measured(copy.id, name) for name in _COUNTS}
    slowest = max(busy, key=lambda record: record.value).name if busy else None
    return {"name": task.disk, **counts, "busy_us": {one.name: one.value for one in busy}, "bottleneck": slowest}


_COUNTS: Final = ("processed", "read", "transferred", "zero", "duplicate", "unchanged", "written")
"""Measured bytes of a task, as a run log names them."""


def _milliseconds(say: Translator, record: Record) -> str:
    return say.number(-(-record.value // 1000))


def _first(log: RunLog, vm: str, kind: str, name: str | None = None) -> Record | None:
    for record in log.records:
        if record.kind == kind and record.event.startswith(f"{vm}/") and name in (None, record.name):
            return record
    return None


def proof_line(messages: Messages, vm: str, proof: Proof) -> str:
    """That a restored disk equals the disk of the snapshot's moment, or that it does not."""
    equal = N_(
        "Restored {vm}/{disk} ({size}) from {point} and compared it with the disk at the moment of the snapshot: equal "
        "(sha256 {digest})."
    )
    different = N_(
        "Restored {vm}/{disk} ({size}) from {point}: it is NOT the disk of the snapshot's moment (sha256 {digest})."
    )
    return messages.translator(equal if proof.equal else different).format(
        vm=vm, disk=proof.disk, size=messages.size(proof.size), point=proof.point, digest=proof.restored[:16]
    )


def outcome_line(messages: Messages, job: str, result: Result) -> str:
    """The measured result of the job."""
    return messages.translator(N_("Job {job}, performed for real: {result}.")).format(
        job=job, result=messages.result(result)
    )
