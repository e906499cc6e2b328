"""The descriptor of a VMDK: a small text that names the disk's extents, its content id and its parent.

Decided here: how that text is read (strictly: a line that is neither comment, extent, nor `key = value` is an error)
and written. In: bytes from a file, which may be hostile; out: a frozen `Descriptor`. Source: VMware, "Virtual Disk
Format 5.0", the descriptor file. Never here: opening the files that it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from vbtui.engine.disk.raw import SECTOR
from vbtui.engine.disk.vmdk.errors import BadDescriptor, Part
from vbtui.engine.disk.vmdk.header import MOST_BYTES, MOST_DESCRIPTOR

MOST_EXTENTS: Final = 1024
NO_PARENT: Final = 0xFFFFFFFF
_FIRST_LINE: Final = "# disk descriptorfile"


class Access(StrEnum):
    RW = "RW"
    RDONLY = "RDONLY"
    NOACCESS = "NOACCESS"


class ExtentType(StrEnum):
    """What lies behind an extent's line. VMFS is the same as FLAT, on a host."""

    FLAT = "FLAT"
    VMFS = "VMFS"
    SPARSE = "SPARSE"
    ZERO = "ZERO"


@dataclass(frozen=True, slots=True)
class ExtentLine:
    """One line of the extent description: `size` bytes of the disk, from byte `start` of the file `name`."""

    access: Access
    size: int
    kind: ExtentType
    name: str | None
    """None: a ZERO extent has no file."""
    start: int
    line: int


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A descriptor. `extents` in the order of the disk; `parent_id` is None without a parent."""

    content_id: int
    parent_id: int | None
    create_type: str
    parent_hint: str | None
    extents: tuple[ExtentLine, ...]
    parent_line: int = 1

    @property
    def size(self) -> int:
        return sum(one.size for one in self.extents)

    def text(self) -> str:
        """As it is written. Names must have passed `writable_name`."""
        cylinders = max(1, min(65535, self.size // (SECTOR * 255 * 63)))
        lines = [
            "# Disk DescriptorFile",
            "version=1",
            'encoding="UTF-8"',
            f"CID={self.content_id:08x}",
            f"parentCID={NO_PARENT if self.parent_id is None else self.parent_id:08x}",
            f'createType="{self.create_type}"',
            *([f'parentFileNameHint="{self.parent_hint}"'] if self.parent_hint is not None else []),
            "",
            "# Extent description",
            *(_extent_text(one) for one in self.extents),
            "",
            "# The Disk Data Base",
            "#DDB",
            "",
            'ddb.virtualHWVersion = "4"',
            f'ddb.geometry.cylinders = "{cylinders}"',
            'ddb.geometry.heads = "255"',
            'ddb.geometry.sectors = "63"',
            'ddb.adapterType = "lsilogic"',
        ]
        return "\n".join(lines) + "\n"


def writable_name(name: str) -> bool:
    """Whether a file's name can stand in a descriptor at all: no quote, no control character, plain Unicode."""
    try:
        return '"' not in name and name.isprintable() and bool(name.encode())
    except UnicodeEncodeError:
        return False


def _extent_text(one: ExtentLine) -> str:
    text = f"{one.access} {one.size // SECTOR} {one.kind}"
    if one.name is not None:
        text += f' "{one.name}"'
    return f"{text} {one.start // SECTOR}" if one.kind in (ExtentType.FLAT, ExtentType.VMFS) else text


_EXTENT: Final = re.compile(r'(\w+)\s+([0-9]{1,20})\s+(\w+)(?:\s+"([^"]*)")?(?:\s+([0-9]{1,20}))?(?:\s.*)?', re.ASCII)
_PAIR: Final = re.compile(r'([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"]*)"|([^"]*))', re.ASCII)
_CONTENT_ID: Final = re.compile(r"[0-9a-fA-F]{1,8}")
_CREATE_TYPES: Final = {
    name.lower(): name
    for name in (
        *("monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "streamOptimized"),
        *("custom", "vmfs", "vmfsThin", "vmfsPreallocated", "vmfsEagerZeroedThick"),
    )
}
_ENCODINGS: Final = ("utf-8", "windows-1252", "iso-8859-1", "us-ascii", "shift_jis", "gbk", "big5")
_ONCE: Final = ("version", "encoding", "cid", "parentcid", "createtype", "parentfilenamehint")


def parse_descriptor(path: Path, data: bytes) -> Descriptor:
    """The descriptor in the bytes of a file or of a sparse extent's area; the text ends at the first zero byte.

    What stands behind that byte is nobody's: qemu writes a new content id without leading zeros, and when that makes
    the text shorter, the last bytes of the old one stay. Raises BadDescriptor with the line; every number and every
    count is bounded. Keys are read in any case.
    """
    if len(data) > MOST_DESCRIPTOR:
        raise BadDescriptor(path, Part.DESCRIPTOR, 1, f"<= {MOST_DESCRIPTOR} B", f"{len(data)} B")
    lines = [line.strip() for line in _decoded(path, data.partition(b"\0")[0]).split("\n")]
    if lines[0].lstrip("\ufeff").lower() != _FIRST_LINE:
        raise BadDescriptor(path, Part.DESCRIPTOR, 1, "# Disk DescriptorFile", lines[0][:40])
    extents: list[ExtentLine] = []
    pairs: dict[str, tuple[int, str]] = {}
    total = 0
    for place, line in enumerate(lines, start=1):
        if not line or line.startswith("#") or place == 1:
            continue
        word = line.split(None, 1)[0].upper()
        if word in set(Access):
            extents.append(_extent(path, place, line))
            total += extents[-1].size
            if total > MOST_BYTES:
                raise BadDescriptor(path, Part.CAPACITY, place, f"<= {MOST_BYTES}", str(total))
            if len(extents) > MOST_EXTENTS:
                raise BadDescriptor(path, Part.EXTENT, place, f"<= {MOST_EXTENTS}", str(len(extents)))
            continue
        pair = _PAIR.fullmatch(line)
        if pair is None:
            raise BadDescriptor(path, Part.KEY, place, "key = value", line[:40])
        key = pair[1].lower()
        if key in _ONCE and key in pairs:
            raise BadDescriptor(path, Part.KEY, place, f"{pair[1]} (1x)", f"{pair[1]} (2x)")
        pairs[key] = (place, (pair[2] if pair[2] is not None else pair[3]).strip())
    return _descriptor(path, pairs, tuple(extents))


def _decoded(path: Path, text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        named = re.search(rb'(?im)^\s*encoding\s*=\s*"?([\w-]{1,20})"?', text)
        name = named[1].decode().lower() if named else "utf-8"
        line = text.count(b"\n", 0, error.start) + 1
        if name not in _ENCODINGS or name == "utf-8":
            raise BadDescriptor(path, Part.ENCODING, line, ", ".join(_ENCODINGS), name) from error
        try:
            return text.decode(name)
        except UnicodeDecodeError as wrong:
            raise BadDescriptor(path, Part.ENCODING, line, name, repr(text[wrong.start : wrong.start + 4])) from wrong


def _extent(path: Path, place: int, line: str) -> ExtentLine:
    found = _EXTENT.fullmatch(line)
    if found is None:
        raise BadDescriptor(path, Part.EXTENT, place, 'RW|RDONLY|NOACCESS n TYPE "file" [n]', line[:60])
    kind = found[3].upper()
    if kind not in set(ExtentType):
        raise BadDescriptor(path, Part.EXTENT, place, ", ".join(ExtentType), kind[:20])
    sectors, start = int(found[2]), int(found[5] or 0)
    if not 0 < sectors <= MOST_BYTES // SECTOR:
        raise BadDescriptor(path, Part.CAPACITY, place, f"1-{MOST_BYTES // SECTOR}", str(sectors))
    if start > 2**63 // SECTOR:
        raise BadDescriptor(path, Part.EXTENT, place, f"<= {2**63 // SECTOR}", str(start))
    if (not found[4]) != (kind == ExtentType.ZERO):
        raise BadDescriptor(path, Part.EXTENT_FILE, place, '""' if kind == ExtentType.ZERO else '"file"', line[:60])
    return ExtentLine(
        Access(found[1].upper()), sectors * SECTOR, ExtentType(kind), found[4] or None, start * SECTOR, place
    )


def _descriptor(path: Path, pairs: dict[str, tuple[int, str]], extents: tuple[ExtentLine, ...]) -> Descriptor:
    def wanted(key: str, name: str) -> tuple[int, str]:
        if key not in pairs:
            raise BadDescriptor(path, Part.KEY, 1, name, "-")
        return pairs[key]

    def content_id(place: int, value: str) -> int:
        if not _CONTENT_ID.fullmatch(value):
            raise BadDescriptor(path, Part.CONTENT_ID, place, "00000000-ffffffff", value[:20])
        return int(value, 16)

    place, version = wanted("version", "version")
    if version not in ("1", "2", "3", "4"):
        raise BadDescriptor(path, Part.VERSION, place, "1-4", version[:20])
    place, kind = wanted("createtype", "createType")
    if kind.lower() not in _CREATE_TYPES:
        raise BadDescriptor(path, Part.CREATE_TYPE, place, ", ".join(_CREATE_TYPES.values()), kind[:40])
    own = content_id(*wanted("cid", "CID"))
    place, _ = parent = pairs.get("parentcid", (1, f"{NO_PARENT:x}"))
    parent_id = content_id(*parent)
    hint_line, hint = pairs.get("parentfilenamehint", (1, ""))
    if parent_id != NO_PARENT and not hint:
        raise BadDescriptor(path, Part.PARENT, place, "parentFileNameHint", "-")
    if not extents:
        raise BadDescriptor(path, Part.EXTENT, 1, f"1-{MOST_EXTENTS}", "0")
    has_parent = parent_id != NO_PARENT
    return Descriptor(
        own, parent_id if has_parent else None, _CREATE_TYPES[kind.lower()], hint if has_parent else None, extents,
        hint_line,
    )  # fmt: skip


def with_content_id(data: bytes, content_id: int) -> bytes:
    """The same descriptor with another content id, never shorter; the rest of the text stays as its maker wrote it.

    In: its bytes, with those that stand behind it (see `parse_descriptor`), which become zero.
    """
    changed = re.sub(
        rb'(?im)^(\s*CID\s*=\s*"?)[0-9a-f]{1,8}',
        lambda found: found[1] + b"%08x" % content_id,
        data.partition(b"\0")[0],
        count=1,
    )
    return changed.ljust(len(data.rstrip(b"\0")), b"\0")
