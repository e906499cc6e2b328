"""What can be wrong with a VMDK: which part of which file, at which byte or line.

Decided here: the parts that a message can name. `expected` and `found` are values and signs (`<= 512`, `"FLAT"`), the
same in every language; the words around them are made elsewhere.
"""

# ruff: noqa: N818 - as in `engine.errors`: the names say what is wrong

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from vbtui.engine.errors import EngineError


class Part(StrEnum):
    """Of a VMDK's files, what an error is about."""

    HEADER = "vmdk.header"
    MAGIC = "vmdk.magic"
    VERSION = "vmdk.version"
    LINE_ENDS = "vmdk.line-ends"
    """The header's bytes that a transfer as text would have changed."""
    CAPACITY = "vmdk.capacity"
    GRAIN_SIZE = "vmdk.grain-size"
    TABLE_SIZE = "vmdk.table-size"
    COMPRESSION = "vmdk.compression"
    FOOTER = "vmdk.footer"
    DIRECTORY = "vmdk.directory"
    TABLE = "vmdk.table"
    GRAIN = "vmdk.grain"
    MARKER = "vmdk.marker"
    DEFLATE = "vmdk.deflate"
    DESCRIPTOR = "vmdk.descriptor"
    ENCODING = "vmdk.encoding"
    KEY = "vmdk.key"
    CONTENT_ID = "vmdk.content-id"
    CREATE_TYPE = "vmdk.create-type"
    EXTENT = "vmdk.extent"
    EXTENT_FILE = "vmdk.extent-file"
    PARENT = "vmdk.parent"
    CHAIN = "vmdk.chain"


@dataclass(eq=False)
class BadVmdk(EngineError):
    """A binary part contradicts the format or the file. `offset` in bytes of `path`."""

    code: ClassVar[str] = "bad-vmdk"
    path: Path
    part: Part
    offset: int
    expected: str
    found: str


@dataclass(eq=False)
class BadDescriptor(EngineError):
    """A line of the descriptor cannot be used. Lines count from 1, where also that stands which is missing."""

    code: ClassVar[str] = "bad-descriptor"
    path: Path
    part: Part
    line: int
    expected: str
    found: str


@dataclass(eq=False)
class OutsideFolder(EngineError):
    """A descriptor names a file that lies outside the folder that it may name files of."""

    code: ClassVar[str] = "outside-folder"
    path: Path
    line: int
    name: str
    folder: Path


@dataclass(eq=False)
class MissingFile(EngineError):
    """A file that a descriptor names (an extent or a parent) is not there."""

    code: ClassVar[str] = "missing-file"
    path: Path
    line: int
    name: str


@dataclass(eq=False)
class ParentLoop(EngineError):
    """A chain of parents comes back to a file that is in it already."""

    code: ClassVar[str] = "parent-loop"
    path: Path
    parent: Path


@dataclass(eq=False)
class ParentChanged(EngineError):
    """The parent was written to after its child was made: their content ids (hexadecimal) no longer agree."""

    code: ClassVar[str] = "parent-changed"
    path: Path
    parent: Path
    expected: str
    found: str


@dataclass(eq=False)
class NoAccess(EngineError):
    """A range of the disk that its descriptor closes: NOACCESS for reading, RDONLY or ZERO for writing."""

    code: ClassVar[str] = "no-access"
    path: Path
    offset: int
    found: str


@dataclass(eq=False)
class NotWritable(EngineError):
    """An image of a kind, or in a state, that can only be read."""

    code: ClassVar[str] = "not-writable"
    path: Path
    found: str


@dataclass(eq=False)
class ImageFull(EngineError):
    """A sparse extent's grains are numbered with 32-bit sectors: its file cannot grow beyond 2 TiB."""

    code: ClassVar[str] = "image-full"
    path: Path
