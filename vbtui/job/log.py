"""The run log: what truly happened, keyed by event ids, as JSON Lines.

The first line says which trace was performed; each further line is one record. A trace is never changed by its run:
views lay the measured figures of the log over the trace's estimates and say which they show.
Reading treats the file as hostile: sizes are bounded, every field is checked, unknown kinds are refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1
_MAX_BYTES = 64 * 1024 * 1024
_MAX_LINE = 64 * 1024


class RecordKind(StrEnum):
    """What was measured."""

    EVENT = "event"
    """An event was performed; `value` is its duration in microseconds."""
    BLOCKED = "blocked"
    """The engine refused to open a socket."""
    BYTES = "bytes"
    """Measured bytes of a task: in `name` one of processed, read, transferred, zero, duplicate, unchanged, written."""
    COPY = "copy"
    """A task's copy has ended; `value` is how many microseconds it took."""
    BOTTLENECK = "bottleneck"
    """Busy microseconds of a stage of a task: in `name` source, proxy, network or target."""
    GUEST = "guest"
    """Writes of the guest during the copy: in `name` before-read or after-read."""
    REDO = "redo"
    """The redo log: in `name` bytes (merged in all), stun-us (microseconds of the last stun), create-stun-us (of the
    snapshot's own) or not-converged (the guest wrote faster than the merge)."""
    BUILT_ON = "built-on"
    """The restore point is incremental; `name` is its parent, `value` 1 if change tracking told what to read of all
    disks."""
    POINT = "point"
    """A restore point was committed; `name` is its file name, `value` its size in bytes."""
    VERIFY = "verify"
    """The restore point was read back; `value` counts damaged blocks."""
    FAILURE = "failure"
    """Something ended early; `name` is a message code."""


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement."""

    at_us: int
    """Microseconds since the start of the run."""
    event: str
    """Id of the event that it belongs to."""
    kind: RecordKind
    name: str = ""
    value: int = 0


@dataclass(frozen=True, slots=True)
class RunLog:
    """A whole run. `topology`, `job`, `profile`, `changes` and `history` find its trace again."""

    topology: str
    job: str
    profile: str
    changes: tuple[str, ...]
    source: str
    """Path or shipped name of the topology file."""
    pace: str
    """`paced` or `full`: whether the run was slowed down for a person to watch."""
    records: tuple[Record, ...]
    history: tuple[str, ...] = ()
    """VMs that had a restore point before, as in the trace."""

    def of(self, event: str) -> tuple[Record, ...]:
        """The records of one event, in order."""
        return tuple(record for record in self.records if record.event == event)

    def measured(self, event: str, name: str) -> int | None:
        """The bytes of that name measured at an event; None if there are none."""
        for record in self.records:
            if record.event == event and record.kind is RecordKind.BYTES and record.name == name:
                return record.value
        return None


class Journal:
    """Records on their way into a log, stamped with the time since the run's start. Any thread may note."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = clock()
        self._records: list[Record] = []

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(self._records)

    def note(self, event: str, kind: RecordKind, name: str = "", value: int = 0) -> None:
        self._records.append(Record(round(self.elapsed * 1e6), event, kind, name, value))


class BadRunLog(ValueError):  # noqa: N818 - the exception trees of the rooms name the state, not the mechanism
    """The file is not a run log that we can read. Fields: line, code, found."""

    def __init__(self, line: int, code: str, found: str = "") -> None:
        super().__init__(f"{line}: {code}: {found}")
        self.line = line
        self.code = code
        self.found = found


def write_run_log(log: RunLog, path: Path) -> None:
    """Write the log beside its final name and rename it there. Raises OSError."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="ascii", newline="\n") as file:
        for line in _lines(log):
            file.write(json.dumps(line, sort_keys=True) + "\n")
    part.replace(path)


def _lines(log: RunLog) -> Iterable[dict[str, Any]]:
    yield {
        "schema": "vbtui-run",
        "version": SCHEMA_VERSION,
        "topology": log.topology,
        "job": log.job,
        "profile": log.profile,
        "changes": list(log.changes),
        **({"history": list(log.history)} if log.history else {}),
        "source": log.source,
        "pace": log.pace,
    }
    for record in log.records:
        line: dict[str, Any] = {"at_us": record.at_us, "event": record.event, "kind": record.kind}
        if record.name:
            line["name"] = record.name
        if record.value:
            line["value"] = record.value
        yield line


def read_run_log(path: Path) -> RunLog:
    """Read a log. Raises BadRunLog for anything that is not one, OSError where the file cannot be read."""
    if path.stat().st_size > _MAX_BYTES:
        raise BadRunLog(0, "run-log.too-large", str(path.stat().st_size))
    header: dict[str, Any] | None = None
    records: list[Record] = []
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            line = _object(number, raw)
            if header is None:
                header = _header(number, line)
            else:
                records.append(_record(number, line))
    if header is None:
        raise BadRunLog(1, "run-log.empty")
    return RunLog(
        topology=_text(1, header, "topology"),
        job=_text(1, header, "job"),
        profile=_text(1, header, "profile"),
        changes=_texts(header, "changes"),
        source=_text(1, header, "source"),
        pace=_text(1, header, "pace"),
        records=tuple(records),
        history=_texts({"history": [], **header}, "history"),
    )


def _object(number: int, raw: bytes) -> dict[str, Any]:
    if len(raw) > _MAX_LINE:
        raise BadRunLog(number, "run-log.line-too-long", str(len(raw)))
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRunLog(number, "run-log.not-json") from None
    if not isinstance(line, dict):
        raise BadRunLog(number, "run-log.not-an-object", type(line).__name__)
    return line


def _header(number: int, line: dict[str, Any]) -> dict[str, Any]:
    if line.get("schema") != "vbtui-run":
        raise BadRunLog(number, "run-log.not-a-run-log")
    if line.get("version") != SCHEMA_VERSION:
        raise BadRunLog(number, "run-log.other-version", str(line.get("version"))[:20])
    return line


def _texts(header: dict[str, Any], name: str) -> tuple[str, ...]:
    found = header.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadRunLog(1, "run-log.bad-field", name)
    return tuple(found)


def _record(number: int, line: dict[str, Any]) -> Record:
    at, value = line.get("at_us"), line.get("value", 0)
    for name, number_found in (("at_us", at), ("value", value)):
        if not isinstance(number_found, int) or isinstance(number_found, bool) or not 0 <= number_found < 2**63:
            raise BadRunLog(number, "run-log.bad-field", name)
    assert isinstance(at, int) and isinstance(value, int)
    try:
        kind = RecordKind(line.get("kind", ""))
    except ValueError:
        raise BadRunLog(number, "run-log.unknown-kind", str(line.get("kind"))[:20]) from None
    return Record(at, _text(number, line, "event"), kind, _text(number, {"name": "", **line}, "name"), value)


def _text(number: int, line: dict[str, Any], name: str) -> str:
    found = line.get(name)
    if not isinstance(found, str) or not found.isprintable():
        raise BadRunLog(number, "run-log.bad-field", name)
    return found
