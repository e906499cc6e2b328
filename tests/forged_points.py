"""Backup files taken apart and put together again with every checksum right, as an attacker would."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from restore_chains import write_point
from restore_points import BLOCK, content_of

from vbtui.engine import (
    BrokenChain,
    DamagedPoint,
    Repository,
)
from vbtui.engine.block import NO_DIGEST
from vbtui.engine.repository.damage import BlockDamaged
from vbtui.engine.repository.layout import (
    ENTRIES_PER_PAGE,
    ENTRY_SIZE,
    FOOTER_SIZE,
    PAGE_SIZE,
    Footer,
    IndexEntry,
    PointHeader,
    header_size,
    pack_page,
    page_crc,
)

STATES = {
    "p1": {"d": content_of("abcdr.b", tail=512), "x": content_of("12")},
    "p2": {"d": content_of("abQdr.b", tail=512), "x": content_of("1b")},
    "p3": {"d": content_of("aRQdr..", tail=512), "x": content_of("3b")},
}


def write_states(repository: Repository) -> Repository:
    """A chain of three points, its states those of `STATES`."""
    parent = None
    for point, disks in STATES.items():
        write_point(repository, point, disks, parent)
        parent = point
    return repository


@dataclass
class Parts:
    """A file taken apart; `written` puts it together again with every checksum right."""

    header: PointHeader
    records: bytes
    entries: list[IndexEntry]
    metadata: bytes
    footer: Footer

    def write(self, path: Path, **footer: Any) -> None:
        header = self.header.pack()
        packed = b"".join(entry.pack() for entry in self.entries)
        pages = [
            pack_page(number, packed[start : start + ENTRIES_PER_PAGE * ENTRY_SIZE])
            for number, start in enumerate(range(0, len(packed), ENTRIES_PER_PAGE * ENTRY_SIZE))
        ]
        structure = zlib.crc32(header[-4:])
        for page in pages:
            structure = zlib.crc32(page_crc(page), structure)
        body = header + self.records
        index = b"".join(pages)
        made = replace(
            self.footer,
            file_size=len(body) + len(index) + len(self.metadata) + FOOTER_SIZE,
            index_offset=len(body),
            index_pages=len(pages),
            structure_crc=structure,
            entries=len(self.entries),
            metadata_offset=len(body) + len(index),
        )
        path.write_bytes(body + index + self.metadata + replace(made, **footer).pack())


def take_apart(path: Path) -> Parts:
    data = path.read_bytes()
    footer = Footer.unpack(data[-FOOTER_SIZE:], len(data))
    size = header_size(data)
    packed = b"".join(
        data[footer.index_offset + page * PAGE_SIZE + 16 : footer.index_offset + (page + 1) * PAGE_SIZE]
        for page in range(footer.index_pages)
    )
    entries = [IndexEntry.unpack(packed[at * ENTRY_SIZE : (at + 1) * ENTRY_SIZE]) for at in range(footer.entries)]
    metadata = data[footer.metadata_offset : footer.metadata_offset + footer.metadata_size]
    return Parts(PointHeader.unpack(data[:size]), data[size : footer.index_offset], entries, metadata, footer)


def outcome(repository: Repository, point: str) -> str:
    """What opening, and then reading all of a point comes to; whatever is given out must be right."""
    try:
        chain = repository.open_chain(point)
    except (DamagedPoint, BrokenChain) as refused:
        return refused.code
    damaged = set()
    with chain:
        for number, info in enumerate(chain.header.disks):
            expected = STATES[point][info.name]
            for block in range(chain.blocks(number)):
                try:
                    plain = chain.read_block(number, block)
                except BlockDamaged as error:
                    damaged.add(str(error.damage))
                    continue
                length = chain.header.block_length(number, block)
                assert (bytes(length) if plain is None else bytes(plain)) == expected[block * BLOCK :][:length]
    return "+".join(sorted(damaged)) or "whole"


INTERESTING = (0, 1, 2, 7, 255, 2**16 - 1, 2**31, 2**32 - 1, 4096, 4160)


def forge(path: Path, how: str, where: int, what: int) -> None:
    """Change one field of the header, the footer or an entry; every checksum is right afterwards.

    Raises ValueError, EngineError, IndexError for a file that is changed too much already to be taken apart.
    """
    parts = take_apart(path)
    value = INTERESTING[what % len(INTERESTING)]
    if how == "header":
        field = ("sequence", "created_ms", "parent_root", "point_id", "chain_id", "vm", "parent_id")[where % 7]
        kinds: dict[str, Any] = {"sequence": max(1, value), "created_ms": value, "parent_root": NO_DIGEST}
        parts.header = replace(parts.header, **{field: kinds.get(field, f"p{what % 4}")})
        parts.write(path)
    elif how == "footer":
        field = ("file_size", "index_offset", "entries", "metadata_size", "metadata_plain_size", "content_root")[
            where % 6
        ]
        parts.write(path, **{field: value if field != "content_root" else bytes([what % 256]) * 32})
    elif parts.entries:
        number = where % len(parts.entries)
        field = ("disk", "block", "kind", "codec", "payload_size", "offset", "from_disk", "from_block", "digest")[
            where % 9
        ]
        other = parts.entries[what % len(parts.entries)]
        changed: dict[str, Any] = {
            field: getattr(other, field) if what % 2 or field in ("kind", "codec", "digest") else value
        }
        parts.entries[number] = replace(parts.entries[number], **changed)
        parts.write(path)
