"""Where vbtui keeps what it makes for itself: sample disks, the demonstration repository, run logs.

One folder, `$XDG_STATE_HOME/vbtui` (by default `~/.local/state/vbtui`), with a marker file in it: nothing is ever
removed from a folder that vbtui did not make. What a user names with `--repo` is the user's and never stands here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MARKER = ".vbtui"
"""Name of the empty file that says: this folder is ours."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that is kept. Bytes are allocated bytes on disk."""

    path: Path
    allocated: int


@dataclass(frozen=True, slots=True)
class Places:
    """The folders below one root. They are made when they are first needed."""

    root: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Places:
        """The user's own place, by the XDG base directory rules: a relative path in the variable is ignored."""
        state = Path(environment.get("XDG_STATE_HOME", ""))
        base = state if state.is_absolute() else Path.home() / ".local" / "state"
        return cls(base / "vbtui")

    def samples(self, topology: str) -> Path:
        return self.root / "samples" / topology

    def overlays(self, topology: str) -> Path:
        """What guests write over a user's own images, for as long as a run lasts."""
        return self.root / "overlays" / topology

    def repository(self, topology: str) -> Path:
        return self.root / "repository" / topology

    @property
    def run_logs(self) -> Path:
        return self.root / "runs"

    def make(self, folder: Path) -> Path:
        """Make a folder below the root, and the marker with the root. Raises OSError."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / MARKER).touch()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def kept(self) -> tuple[Kept, ...]:
        """The files that are there, by path."""
        return tuple(Kept(path, _allocated(path)) for path in _files(self.root)) if self._ours() else ()

    def clean(self) -> None:
        """Remove everything. Does nothing where the marker is missing. Raises OSError."""
        if self._ours():
            shutil.rmtree(self.root)

    def _ours(self) -> bool:
        return (self.root / MARKER).is_file() and not self.root.is_symlink()


def _files(root: Path) -> Iterator[Path]:
    yield from sorted(path for path in root.rglob("*") if path.is_file() and path.name != MARKER)


def _allocated(path: Path) -> int:
    # Sample disks are sparse: the blocks count, not the size.
    return path.stat().st_blocks * 512
