"""What may be wrong with restore points: parts of a file, links of a chain, single blocks.

Decided here: the kinds of damage and how a place is named: the point whose file it is in, and the byte in that file.
Nothing here reads a file.
"""

# ruff: noqa: N818 - as in `errors`: the names say what happened

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from vbtui.engine.errors import EngineError


class Damage(StrEnum):
    """Which part of a restore point is not what it must be."""

    FILE = "file"
    """No regular file, or too short to be one."""
    HEADER = "header"
    FOOTER = "footer"
    """Torn, truncated or overwritten: the file does not count as a restore point."""
    STRUCTURE = "structure"
    """Header and index are each whole, but do not belong together, or do not give what the content root names."""
    NAME = "name"
    """The file has another name than its restore point."""
    INDEX = "index"
    METADATA = "metadata"
    RECORD = "record"
    """The head of a record."""
    PAYLOAD = "payload"
    HASH = "hash"
    """The payload is what was written, but not the content that the index names."""
    REFERENCE = "reference"
    """An entry leads to nothing, or out of the file; or no entry says what a block holds."""


class ChainFault(StrEnum):
    """Why a point's parent cannot be used."""

    MISSING = "missing"
    """There is no file of that name."""
    WRONG = "wrong"
    """A file of that name is there, but it is another point, of another chain, or restores to something else."""
    DAMAGED = "damaged"
    LOOP = "loop"
    """The chain comes back to itself, or has more points than a chain may have."""


@dataclass(frozen=True, slots=True, order=True)
class DamagedBlock:
    """A block that cannot be restored, and where in which file the reason lies."""

    disk: str
    """Its name."""
    block: int
    damage: Damage
    point: str
    """Id of the point in whose file the damage is: the point itself or an ancestor."""
    offset: int
    """Byte of that file: of the record, or of the page of the index."""


@dataclass(frozen=True, slots=True, order=True)
class DamagedPart:
    """A part of a point's file that is damaged, apart from its records."""

    point: str
    damage: Damage


@dataclass(eq=False)
class DamagedPoint(EngineError):
    """The file cannot be used as a restore point; `part` says which part of it is damaged."""

    code: ClassVar[str] = "damaged-point"
    path: Path
    part: Damage


@dataclass(eq=False)
class BrokenChain(EngineError):
    """`point` cannot be used because its parent cannot; `asked` is the point that was to be opened."""

    code: ClassVar[str] = "broken-chain"
    asked: str
    point: str
    parent: str
    reason: ChainFault


@dataclass(eq=False)
class DamagedBlocks(EngineError):
    """Nothing was done with a restore point because of these blocks."""

    code: ClassVar[str] = "damaged-blocks"
    point: str
    blocks: tuple[DamagedBlock, ...]


class BlockDamaged(Exception):
    """One block cannot be read; collected by verification and restore."""

    def __init__(self, damage: Damage, point: str, offset: int) -> None:
        super().__init__(damage, point, offset)
        self.damage = damage
        self.point = point
        """Id of the point in whose file the damage is."""
        self.offset = offset
        """Byte of that file."""

    def of(self, disk: str, block: int) -> DamagedBlock:
        """As a finding about a block."""
        return DamagedBlock(disk, block, self.damage, self.point, self.offset)
