"""A repository as rows and documents: its points by VM and chain, what a rescan found, what an expiry does and why.

In: facts as they are declared here, codes and numbers, since the views do not know the engine. Out: `Sheet`s and lines
for a person, documents for a program. Names come from files and are shown literally. Never here: opening a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from vbtui.i18n import N_, Translator
from vbtui.render.failures import damage_text
from vbtui.render.printing import printable
from vbtui.render.quantities import size
from vbtui.render.sheet import Sheet

POINTS_VERSION: Final = 1
RESCAN_VERSION: Final = 1
EXPIRE_VERSION: Final = 1
"""Raised when a reader of the older form would misread the newer one; new keys do not raise them."""

KINDS: Final[Mapping[str, str]] = {
    "full": N_("full"),
    "incremental": N_("incremental"),
    "synthetic": N_("synthetic full"),
}
"""By the name of `engine.PointKind`."""

STATES: Final[Mapping[str, str]] = {
    "whole": N_("whole"),
    "parent-missing": N_("cannot be restored: the parent of {point} is missing"),
    "parent-wrong": N_("cannot be restored: the parent of {point} is another restore point than it was made on"),
    "parent-damaged": N_("cannot be restored: the parent of {point} is damaged"),
    "loop": N_("cannot be restored: the parents of {point} lead back to it, or the chain is too long"),
}
"""By `engine.PointState`; what is damaged itself is said by its parts."""

FATES: Final[Mapping[str, str]] = {
    "keep": N_("stays"),
    "merge": N_("merged into {points}"),
    "delete": N_("deleted"),
}
"""By `engine.repository.retention.Fate`."""

REASONS: Final[Mapping[str, str]] = {
    "newest": N_("the newest of the VM always stays"),
    "within-points": N_("one of the newest that the rule keeps"),
    "within-days": N_("young enough for the rule"),
    "not-named": N_("was not named"),
    "not-whole": N_("is not whole: it is not counted and not merged"),
    "child-not-whole": N_("what builds on it is not whole"),
    "expired": N_("no rule keeps it"),
    "named": N_("was named"),
}
"""By `engine.repository.retention.Reason`."""

_NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """A disk of a point; bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class PointFacts:
    """A restore point as its file describes it; None where it does not say. Bytes; milliseconds since 1970 (UTC).

    `broken_at`: the point of its chain whose parent cannot be used, empty where that is not its state.
    """

    point: str
    file: str
    bytes: int
    state: str
    broken_at: str
    damage: tuple[str, ...]
    vm: str | None
    chain: str | None
    kind: str | None
    sequence: int | None
    parent: str | None
    root: str | None
    created_ms: int | None
    processed: int | None
    read: int | None
    transferred: int | None
    compression: str | None
    disks: tuple[DiskFacts, ...]
    found_damaged: int = 0
    """Blocks that the last health check could not read of it."""


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What the catalogue knows of a VM's last health check: when, up to which point, and how much was damaged."""

    vm: str
    checked_ms: int
    newest: str
    damaged_blocks: int
    damaged_parts: int


@dataclass(frozen=True, slots=True)
class UnfinishedFacts:
    """A file of a restore point that was begun: `live` while its writer is."""

    file: str
    bytes: int
    live: bool


@dataclass(frozen=True, slots=True)
class RescanFacts:
    """What a rescan found. `created`: there was no catalogue to be trusted; `aside`: the name that the old one has now.

    Points by their ids; `damaged` has all that are not whole.
    """

    catalogue: str
    points: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    damaged: tuple[PointFacts, ...]
    unfinished: tuple[UnfinishedFacts, ...]
    created: bool
    aside: str | None


@dataclass(frozen=True, slots=True)
class FateFacts:
    """What becomes of a restore point, and why. Bytes of its file; milliseconds since 1970 (UTC)."""

    point: str
    vm: str | None
    created_ms: int | None
    bytes: int
    fate: str
    reasons: tuple[str, ...]
    into: tuple[str, ...]


def moment_text(milliseconds: int | None) -> str:
    """A time of the calendar (UTC); a dash for none, or for one that no calendar has."""
    try:
        moment = datetime.fromtimestamp((milliseconds or 0) / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return _NOTHING
    return _NOTHING if milliseconds is None else moment.strftime("%Y-%m-%d %H:%M:%S")


def state_text(say: Translator, one: PointFacts) -> str:
    """`whole`, or what is wrong and where."""
    if one.damage:
        return say(N_("damaged: {parts}")).format(parts=", ".join(damage_text(say, part) for part in one.damage))
    if one.state == "whole" and one.found_damaged:
        text = say.plural(
            "{count} damaged block at the last health check", "{count} damaged blocks at the last health check",
            one.found_damaged,
        )  # fmt: skip
        return text.format(count=say.number(one.found_damaged))
    return say(STATES[one.state]).format(point=printable(one.broken_at))


def points_sheets(say: Translator, folder: str, points: Sequence[PointFacts]) -> tuple[Sheet, ...]:
    """A line for all of them, then a table for each chain of each VM, and one for files that say nothing."""
    heading = say(N_("Restore points in {folder}: {count}")).format(count=len(points), folder=printable(folder))
    chains: dict[tuple[str, str], list[PointFacts]] = {}
    strange = []
    for one in points:
        if one.vm is None or one.chain is None:
            strange.append(one)
        else:
            chains.setdefault((one.vm, one.chain), []).append(one)
    sheets = [Sheet(heading, (), ())]
    for vm, chain in sorted(chains):
        text = say(N_("{vm}, chain {chain}")).format(vm=printable(vm), chain=printable(chain))
        sheets.append(_chain_sheet(say, text, chains[vm, chain]))
    if strange:
        names = (N_("Restore point"), N_("File"), N_("State"))
        rows = tuple((printable(one.point), size(say, one.bytes), state_text(say, one)) for one in strange)
        sheets.append(Sheet(say(N_("Files that do not say what they are")), tuple(say(name) for name in names), rows))
    return tuple(sheets)


def _chain_sheet(say: Translator, heading: str, points: Sequence[PointFacts]) -> Sheet:
    """A chain from its full on; a mark before a point says that it builds on one above."""
    ordered = sorted(points, key=lambda one: (one.sequence or 0, one.created_ms or 0, one.point))
    names = (
        *(N_("Restore point"), N_("Kind"), N_("Number"), N_("Parent"), N_("Created (UTC)"), N_("Disks")),
        *(N_("Read"), N_("Transferred"), N_("File"), N_("State")),
    )
    rows, folded = [], []
    for place, one in enumerate(ordered):
        mark = "" if one.parent is None else "└ " if place + 1 == len(ordered) else "├ "
        name, kind, number = mark + printable(one.point), say(KINDS.get(one.kind or "", _NOTHING)), str(one.sequence)
        made = moment_text(one.created_ms)
        disks = [f"{printable(disk.name)} ({size(say, disk.size)})" for disk in one.disks]
        read, sent = (_NOTHING if count is None else size(say, count) for count in (one.read, one.transferred))
        file, state = size(say, one.bytes), state_text(say, one)
        parent = printable(one.parent) if one.parent else _NOTHING
        rows.append((name, kind, number, parent, made, ", ".join(disks), read, sent, file, state))
        folded.append((f"{name}\n  {kind} {number}", made, "\n".join(disks), f"{file}\n{read} / {sent}", state))
    short = (N_("Restore point"), N_("Created (UTC)"), N_("Disks"), N_("File, read / transferred"), N_("State"))
    narrow = Sheet(heading, tuple(say(name) for name in short), tuple(folded))
    return Sheet(heading, tuple(say(name) for name in names), tuple(rows), narrow)


def check_lines(say: Translator, checks: Iterable[CheckFacts]) -> tuple[str, ...]:
    """When each VM was looked at last, and what came of it."""
    lines = []
    for one in checks:
        text = say(N_("{vm}: last health check {moment} (UTC) up to {point}")).format(
            vm=printable(one.vm), moment=moment_text(one.checked_ms), point=printable(one.newest)
        )
        found = []
        if one.damaged_blocks:
            counted = say.plural("{count} damaged block", "{count} damaged blocks", one.damaged_blocks)
            found.append(counted.format(count=say.number(one.damaged_blocks)))
        if one.damaged_parts:
            counted = say.plural("{count} damaged part of files", "{count} damaged parts of files", one.damaged_parts)
            found.append(counted.format(count=say.number(one.damaged_parts)))
        text += ", " + (", ".join(found) or say(N_("nothing damaged")))
        lines.append(text)
    return tuple(lines)


def points_document(points: Sequence[PointFacts], checks: Sequence[CheckFacts]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "schema": "vbtui-points",
        "version": POINTS_VERSION,
        "points": [_point(one) for one in points],
        "health": [asdict(one) for one in checks],
    }


def _point(one: PointFacts) -> dict[str, Any]:
    found = asdict(one)
    found["disks"] = [{"name": disk.name, "bytes": disk.size} for disk in one.disks]
    return found


def rescan_lines(say: Translator, facts: RescanFacts) -> tuple[str, ...]:
    """What the catalogue is now, and every difference that a person may want to know."""
    lines = []
    if facts.aside is not None:
        text = say(N_("what stood in the place of {file} is now {aside}"))
        lines.append(text.format(file=printable(facts.catalogue), aside=printable(facts.aside)))
    text = N_("{file} was made: {count} restore points") if facts.created else N_("{file}: {count} restore points")
    lines.append(say(text).format(file=printable(facts.catalogue), count=say.number(facts.points)))
    for template, names in (
        (N_("new: {point}"), facts.added if not facts.created else ()),
        (N_("gone: {point}"), facts.removed),
        (N_("changed: {point}"), facts.changed),
    ):
        lines += (say(template).format(point=printable(name)) for name in names)
    lines += (f"{printable(one.point)}: {state_text(say, one)}" for one in facts.damaged)
    live = say(N_("{file}: {size}, is being written now"))
    left = say(N_("{file}: {size}, left over by a run that was killed; the next one does not need it"))
    lines += (
        (live if one.live else left).format(file=printable(one.file), size=size(say, one.bytes))
        for one in facts.unfinished
    )
    return tuple(lines)


def rescan_document(facts: RescanFacts) -> dict[str, Any]:
    """The same for a program."""
    found = asdict(facts)
    found["damaged"] = [_point(one) for one in facts.damaged]
    return {"schema": "vbtui-rescan", "version": RESCAN_VERSION, **found}


def expire_sheet(say: Translator, heading: str, fates: Sequence[FateFacts]) -> Sheet:
    """One row for each point: what becomes of it, and why."""
    names = (N_("Restore point"), N_("VM"), N_("Created (UTC)"), N_("File"), N_("What happens"), N_("Why"))
    rows = tuple(
        (
            printable(one.point),
            printable(one.vm) if one.vm is not None else _NOTHING,
            moment_text(one.created_ms),
            size(say, one.bytes),
            say(FATES[one.fate]).format(points=", ".join(printable(point) for point in one.into)),
            "; ".join(say(REASONS[reason]) for reason in one.reasons),
        )
        for one in fates
    )
    return Sheet(heading, tuple(say(name) for name in names), rows)


def expire_document(fates: Sequence[FateFacts], removed: Sequence[str], *, dry_run: bool) -> dict[str, Any]:
    """The same for a program; `removed` has what is gone, in the order in which it went."""
    return {
        "schema": "vbtui-expire",
        "version": EXPIRE_VERSION,
        "dry_run": dry_run,
        "points": [asdict(one) for one in fates],
        "removed": list(removed),
    }
