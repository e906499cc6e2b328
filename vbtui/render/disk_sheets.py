"""Disk images as rows and documents: what an image is, where its bytes are, how two differ.

In: facts of an image as they are declared here, since the views do not know the engine. Out: `Sheet`s for a person,
JSON documents for a program. Names come from files and are shown literally. Never here: opening an image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vbtui.i18n import N_, Translator
from vbtui.render.printing import printable
from vbtui.render.quantities import size
from vbtui.render.sheet import Sheet

DISK_VERSION: Final = 1

KINDS: Final[Mapping[str, str]] = {
    "data": N_("data"),
    "zero": N_("zeros"),
    "hole": N_("hole"),
    "noaccess": N_("closed"),
}
"""What a range of a disk is, by `engine.disk.RunKind`."""


@dataclass(frozen=True, slots=True)
class DiskFile:
    """A file of an image. Bytes; `allocated` is what it takes on its file system."""

    path: str
    size: int
    allocated: int


@dataclass(frozen=True, slots=True)
class DiskExtentFacts:
    """One line of a VMDK's extent description. Bytes."""

    offset: int
    size: int
    access: str
    kind: str
    file: str | None
    start: int


@dataclass(frozen=True, slots=True)
class DiskLayer:
    """One image of a chain; the first is the one that was asked for, its parents follow.

    The content ids are hexadecimal, None for a raw image. `own` is what the image itself has, in bytes by kind.
    """

    path: str
    form: str
    size: int
    files: tuple[DiskFile, ...]
    extents: tuple[DiskExtentFacts, ...]
    own: tuple[tuple[str, int], ...]
    content_id: str | None = None
    parent_id: str | None = None
    redundant_used: bool = False


@dataclass(frozen=True, slots=True)
class DiskRange:
    """A range of a disk. `place` is the byte of `file` where its bytes begin, None where they are not in one piece."""

    offset: int
    length: int
    kind: str
    depth: int
    file: str | None
    place: int | None


def disk_sheets(say: Translator, layers: Sequence[DiskLayer]) -> tuple[Sheet, ...]:
    """The image, its files with those of its parents, its extents, and the chain if there is one."""
    first = layers[0]
    rows = [
        (say(N_("Format")), printable(first.form)),
        (say(N_("Size")), f"{size(say, first.size)} ({say.number(first.size)} B)"),
        *((say(KINDS[kind]), size(say, count)) for kind, count in first.own if count),
    ]
    if first.content_id is not None:
        rows.append((say(N_("Content id")), first.content_id))
    redundant = say(N_("damaged; the redundant one of {file} is read"))
    rows += [
        (say(N_("Grain directory")), redundant.format(file=printable(one.path.rpartition("/")[2])))
        for one in layers
        if one.redundant_used
    ]
    heading = say(N_("Disk image {file}")).format(file=printable(first.path))
    sheets = [Sheet(heading, (say(N_("Property")), say(N_("Value"))), tuple(rows))]
    files = tuple(
        (str(depth), printable(one.path), size(say, one.size), size(say, one.allocated))
        for depth, layer in enumerate(layers)
        for one in layer.files
    )
    columns = (N_("Depth"), N_("File"), N_("Size"), N_("On disk"))
    sheets.append(Sheet(say(N_("Files")), tuple(say(one) for one in columns), files))
    if first.extents:
        names = (N_("From byte"), N_("Size"), N_("Access"), N_("Type"), N_("File"), N_("From byte of the file"))
        extents = []
        for one in first.extents:
            place = ("–", "–") if one.file is None else (printable(one.file), say.number(one.start))
            extents.append((say.number(one.offset), size(say, one.size), one.access, one.kind, *place))
        sheets.append(Sheet(say(N_("Extents")), tuple(say(name) for name in names), tuple(extents)))
    if len(layers) > 1:
        names = (N_("Depth"), N_("Image"), N_("Format"), N_("Data"), N_("Content id"), N_("Content id of the parent"))
        chain = []
        for depth, layer in enumerate(layers):
            data = size(say, dict(layer.own).get("data", 0))
            ids = (layer.content_id or "–", layer.parent_id or "–")
            chain.append((str(depth), printable(layer.path), printable(layer.form), data, *ids))
        sheets.append(Sheet(say(N_("Chain of parents")), tuple(say(name) for name in names), tuple(chain)))
    return tuple(sheets)


def disk_document(layers: Sequence[DiskLayer]) -> dict[str, Any]:
    """The same for a program; the first image is the one that was asked for."""
    return {
        "schema": "vbtui-disk",
        "version": DISK_VERSION,
        "bytes": layers[0].size,
        "chain": [
            {
                "path": one.path,
                "format": one.form,
                "bytes": one.size,
                "content_id": one.content_id,
                "parent_content_id": one.parent_id,
                "redundant_directory_used": one.redundant_used,
                "own_bytes": dict(one.own),
                "files": [{"path": file.path, "bytes": file.size, "allocated": file.allocated} for file in one.files],
                "extents": [
                    {
                        "offset": extent.offset,
                        "bytes": extent.size,
                        "access": extent.access,
                        "type": extent.kind,
                        "file": extent.file,
                        "start": extent.start,
                    }
                    for extent in one.extents
                ],
            }
            for one in layers
        ],
    }


def map_sheet(say: Translator, file: str, ranges: Sequence[DiskRange], *, complete: bool) -> Sheet:
    """One row for each range; what comes from a parent says from which."""
    rows = tuple(
        (
            *(say.number(one.offset), say.number(one.length), _kind(say, one)),
            "–" if one.file is None else printable(one.file),
            "–" if one.place is None else say.number(one.place),
        )
        for one in ranges
    )
    text = N_("Ranges of {file}: {count}") if complete else N_("Ranges of {file}: the first {count}")
    heading = say(text).format(file=printable(file), count=say.number(len(rows)))
    columns = (N_("From byte"), N_("Bytes"), N_("Kind"), N_("File"), N_("From byte of the file"))
    return Sheet(heading, tuple(say(one) for one in columns), rows)


def _kind(say: Translator, one: DiskRange) -> str:
    kind = say(KINDS[one.kind])
    return kind if one.depth == 0 else say(N_("{kind} (parent {depth})")).format(kind=kind, depth=one.depth)


def map_document(file: str, total: int, ranges: Sequence[DiskRange], *, complete: bool) -> dict[str, Any]:
    """The ranges for a program; `complete` is false where there are more than are listed."""
    return {
        "schema": "vbtui-disk-map",
        "version": DISK_VERSION,
        "path": file,
        "bytes": total,
        "complete": complete,
        "ranges": [
            {
                "offset": one.offset,
                "bytes": one.length,
                "kind": one.kind,
                "depth": one.depth,
                "file": one.file,
                "place": one.place,
            }
            for one in ranges
        ],
    }
