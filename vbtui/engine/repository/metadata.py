"""What a restore point says of itself beside its blocks.

Decided here: the fields, their JSON, and that unknown fields are left alone and missing ones have defaults, so that
older and newer files can both be read. Nothing of this is needed for a restore.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

from vbtui.engine.wire import Buffer

_LARGEST: Final = 2**63 - 1
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class PointMetadata:
    """Tuples with one item per disk are in the order of the header's disks, or empty where nobody said anything."""

    job: str = ""
    configuration: str = ""
    """The VM's configuration file (.vmx) as text."""
    transports: tuple[str, ...] = ()
    """How each disk was read."""
    change_ids: tuple[str, ...] = ()
    """The change id of each disk's snapshot, where the next run's changes begin; empty text without tracking."""
    tracked: tuple[bool, ...] = ()
    """Whether change tracking said what to read of a disk; otherwise all of it was read and compared."""
    compression: str = ""
    processed: int = 0
    """Bytes of the disks that the run had to account for."""
    read: int = 0
    """Bytes read from the disks."""
    transferred: int = 0
    """Bytes sent to the repository."""

    def pack(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def unpack(cls, data: Buffer) -> PointMetadata:
        """From JSON that anybody may have written. Raises ValueError, RecursionError."""
        value = json.loads(bytes(data))
        if not isinstance(value, dict):
            raise ValueError("metadata")
        return cls(
            _text(value.get("job", "")),
            _text(value.get("configuration", "")),
            _items(value.get("transports", []), str),
            _items(value.get("change_ids", []), str),
            _items(value.get("tracked", []), bool),
            _text(value.get("compression", "")),
            *(_count(value.get(key, 0)) for key in ("processed", "read", "transferred")),
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("metadata")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise ValueError("metadata")
    return value


def _items(value: Any, kind: type[_Item]) -> tuple[_Item, ...]:
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise ValueError("metadata")
    return tuple(value)
