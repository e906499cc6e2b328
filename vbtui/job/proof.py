"""The proof that a restore point holds the disk: restore it and compare it with the disk of the snapshot's moment.

The digest of that moment was read from the snapshot itself, past the data movers, while the guest went on writing. So a
restore that equals it shows that reading, sending, storing and restoring lost nothing and mixed nothing in.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from vbtui.engine import Repository
from vbtui.job.performance import WrittenPoint
from vbtui.vocabulary import MiB


@dataclass(frozen=True, slots=True)
class Proof:
    """One disk of one restore point, restored and compared. `size` in bytes."""

    point: str
    disk: str
    size: int
    restored: str
    """sha256 of the restored image."""
    expected: str
    """sha256 of the disk at the moment of its snapshot."""

    @property
    def equal(self) -> bool:
        return self.restored == self.expected


def prove(repository: Path, point: WrittenPoint, disk: str | None = None) -> Proof:
    """Restore a disk (the first, unless named) into a folder of its own, compare it, and remove the folder.

    Raises EngineError, OSError, KeyError for a disk that the point does not hold.
    """
    digests = dict(point.digests)
    name = disk if disk is not None else next(iter(digests))
    expected = digests[name]
    with tempfile.TemporaryDirectory(prefix="vbtui-") as folder:
        image = Path(folder) / "restored"
        Repository(repository).restore(point.point, name, image)
        return Proof(point.point, name, image.stat().st_size, _sha256(image), expected)


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(4 * MiB):
            found.update(piece)
    return found.hexdigest()
