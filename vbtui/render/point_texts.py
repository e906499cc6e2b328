"""Restore points that were verified or restored: as lines for a person, as documents for a program.

In: the engine's reports, by their attributes, since the views do not know the engine. Out: lines, first what is wrong
and where, then what can be done; documents without words. Names come from files and are shown literally.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from vbtui.i18n import N_, Translator
from vbtui.render.failures import damage_text, engine_failure
from vbtui.render.guest_texts import FoundState, guest_document
from vbtui.render.printing import printable
from vbtui.render.quantities import size

VERIFY_VERSION: Final = 1
RESTORE_VERSION: Final = 1

SUFFIX: Final = ".vbx"
"""What the file of a restore point is called behind its id: `engine.repository.layout.SUFFIX`; a test compares them."""


class FoundBlock(Protocol):
    """`engine.DamagedBlock`."""

    @property
    def disk(self) -> str: ...
    @property
    def block(self) -> int: ...
    @property
    def damage(self) -> str: ...
    @property
    def point(self) -> str: ...
    @property
    def offset(self) -> int: ...


class FoundPart(Protocol):
    """`engine.DamagedPart`."""

    @property
    def point(self) -> str: ...
    @property
    def damage(self) -> str: ...


class Verified(Protocol):
    """`engine.VerifyReport`."""

    @property
    def path(self) -> Path: ...
    @property
    def deep(self) -> bool: ...
    @property
    def blocks(self) -> int: ...
    @property
    def records(self) -> int: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def structure(self) -> Sequence[str]: ...
    @property
    def damaged(self) -> Sequence[FoundBlock]: ...
    @property
    def ancestors(self) -> Sequence[FoundPart]: ...
    @property
    def broken(self) -> Exception | None:
        """`engine.BrokenChain`."""

    @property
    def ok(self) -> bool: ...


def verify_lines(say: Translator, point: str, report: Verified) -> Iterator[str]:
    """What verification found of one point."""
    name = printable(point)
    if report.ok:
        yield whole_text(say, name, report)
        return
    for part in report.structure:
        text = say(N_("{point}: damaged {part} ({file})"))
        yield text.format(point=name, part=damage_text(say, part), file=_file(point))
    for found in report.ancestors:
        text = say(N_("{point}: builds on a file with a damaged {part} ({file})"))
        yield text.format(point=name, part=damage_text(say, found.damage), file=_file(found.point))
    if report.broken is not None:
        yield f"{name}: {engine_failure(say, report.broken)}"
    for block in report.damaged:
        yield f"{name}: {block_text(say, block)}"
    yield from (f"{name}: {advice}" for advice in _advice(say, report))


def whole_text(say: Translator, name: str, report: Verified) -> str:
    """What is said of a point in which nothing is wrong. `name` is the point's, as it may be shown."""
    text = (
        say.plural(
            "{point}: whole, {blocks} block of its disks, {size} read",
            "{point}: whole, {blocks} blocks of its disks, {size} read",
            report.blocks,
        )
        if report.deep
        else say.plural(
            "{point}: stored as it was written, {blocks} block of its disks, {size} read; contents not compared",
            "{point}: stored as it was written, {blocks} blocks of its disks, {size} read; contents not compared",
            report.blocks,
        )
    )
    return text.format(point=name, blocks=say.number(report.blocks), size=size(say, report.bytes_read))


def block_text(say: Translator, block: FoundBlock) -> str:
    """Which block is damaged, of which disk, and at which byte of which file the reason lies."""
    text = say(N_("disk {disk}, block {block}: damaged {part} ({file}, byte {offset})"))
    return text.format(
        disk=printable(block.disk),
        block=block.block,
        part=damage_text(say, block.damage),
        file=_file(block.point),
        offset=block.offset,
    )


def _advice(say: Translator, report: Verified) -> Iterator[str]:
    """What can be done about it."""
    if report.damaged:
        text = say.plural(
            "{count} block cannot be restored; 'vbtui restore --salvage' restores everything else",
            "{count} blocks cannot be restored; 'vbtui restore --salvage' restores everything else",
            len(report.damaged),
        )
        yield text.format(count=say.number(len(report.damaged)))
    if report.broken is not None:
        yield say(N_("nothing of it can be restored until that file is in the folder again as it was"))


def _file(point: str) -> str:
    return printable(point) + SUFFIX


@dataclass(frozen=True, slots=True)
class VerifiedPoint:
    """A restore point that was looked at. `guest` where the guest's state was asked for and could be read."""

    point: str
    report: Verified
    guest: FoundState | None = None
    disks: tuple[str, ...] = ()
    """Their names, in the point's order."""


def verify_document(points: Iterable[VerifiedPoint]) -> dict[str, Any]:
    return {
        "schema": "vbtui-verify",
        "version": VERIFY_VERSION,
        "points": [
            {
                "point": one.point,
                "file": one.report.path.name,
                "ok": one.report.ok,
                "deep": one.report.deep,
                "blocks": one.report.blocks,
                "records": one.report.records,
                "bytes_read": one.report.bytes_read,
                "structure": [str(part) for part in one.report.structure],
                "ancestors": [{"point": part.point, "damage": str(part.damage)} for part in one.report.ancestors],
                "broken": _break_document(one.report.broken),
                "damaged": blocks_document(one.report.damaged),
                "guest": None if one.guest is None else guest_document(one.guest, one.disks),
            }
            for one in points
        ],
    }


def blocks_document(blocks: Iterable[FoundBlock]) -> list[dict[str, Any]]:
    return [
        {
            "disk": one.disk,
            "block": one.block,
            "damage": str(one.damage),
            "point": one.point,
            "offset": one.offset,
        }
        for one in blocks
    ]


def _break_document(broken: Exception | None) -> dict[str, str] | None:
    if broken is None:
        return None
    return {name: str(getattr(broken, name)) for name in ("point", "parent", "reason")}


@dataclass(frozen=True, slots=True)
class RestoredDisk:
    """What became of a restore. Bytes; without `done` nothing was written, because of the damaged blocks."""

    point: str
    disk: str
    file: str
    form: str
    done: bool
    offset: int = 0
    size: int = 0
    written: int = 0
    damaged: tuple[FoundBlock, ...] = ()
    structure: tuple[FoundPart, ...] = ()


def restore_lines(say: Translator, restored: RestoredDisk) -> Iterator[str]:
    """What a finished restore has written, and what it could not."""
    text = say(N_("{file}: {size} restored, {written} of it data"))
    yield text.format(file=printable(restored.file), size=size(say, restored.size), written=size(say, restored.written))
    yield from (block_text(say, one) for one in restored.damaged)
    if restored.damaged:
        text = say.plural(
            "{file}: {count} damaged block is zeros",
            "{file}: {count} damaged blocks are zeros",
            len(restored.damaged),
        )
        yield text.format(file=printable(restored.file), count=say.number(len(restored.damaged)))
    for part in restored.structure:
        text = say(N_("damaged {part} ({file}): the disk may not be what was backed up"))
        yield text.format(part=damage_text(say, part.damage), file=_file(part.point))


def restore_document(restored: RestoredDisk) -> dict[str, Any]:
    return {
        "schema": "vbtui-restore",
        "version": RESTORE_VERSION,
        "point": restored.point,
        "disk": restored.disk,
        "file": restored.file,
        "format": restored.form,
        "restored": restored.done,
        "offset": restored.offset,
        "bytes": restored.size,
        "data_bytes": restored.written,
        "damaged": blocks_document(restored.damaged),
        "structure": [{"point": one.point, "damage": str(one.damage)} for one in restored.structure],
    }
