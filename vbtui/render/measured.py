"""What truly happened, as text: the figures of a run log beside the trace's estimates, and the proof of a restore.

In: a trace, the run log that belongs to it. Out: lines. Measured and estimated are always named as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
