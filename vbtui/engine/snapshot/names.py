"""What the files are called that a disk has beside its image, or in the folder of its overlay.

Decided here: the names, in the field's way: `disk-000001.vmdk` is the first redo log of `disk.vmdk`,
`disk-ctk.vmdk` keeps its changed areas. A raw image lends its whole name: `disk.img-000001.vmdk`. Never here: what is
in the files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from vbtui.engine.storage import UNFINISHED


@dataclass(frozen=True, slots=True)
class DiskFiles:
    """The files of one disk. `folder` is the image's own, or that of an overlay."""

    image: Path
    folder: Path
    stem: str

    @classmethod
    def of(cls, image: Path, overlay: Path | None = None) -> DiskFiles:
        stem = image.stem if image.suffix.lower() == ".vmdk" else image.name
        return cls(image, image.parent if overlay is None else overlay, stem)

    @property
    def beside(self) -> bool:
        """Everything stands in the image's own folder."""
        return self.folder == self.image.parent

    @property
    def description(self) -> Path:
        """The descriptor that makes a raw image a VMDK, so that others can open the redo logs over it."""
        return self.folder / f"{self.stem}-base.vmdk"

    @property
    def overlay(self) -> Path:
        """What is written to an image that is somebody else's."""
        return self.folder / f"{self.stem}-overlay.vmdk"

    @property
    def changes(self) -> Path:
        """Where the changed areas are kept."""
        return self.folder / f"{self.stem}-ctk.vmdk"

    def log(self, number: int) -> Path:
        return self.folder / f"{self.stem}-{number:06d}.vmdk"

    def logs(self) -> list[tuple[int, Path]]:
        """The redo logs that are there, by number."""
        return self._found(re.compile(re.escape(self.stem) + r"-(\d{6})\.vmdk"))

    def unfinished(self) -> list[Path]:
        """What a crash has left of files that were being made."""
        names = rf"-(\d{{6}}|base|overlay|ctk)\.vmdk{re.escape(UNFINISHED)}"
        return [path for path in sorted(self.folder.iterdir()) if re.fullmatch(re.escape(self.stem) + names, path.name)]

    def _found(self, pattern: re.Pattern[str]) -> list[tuple[int, Path]]:
        matches = ((pattern.fullmatch(path.name), path) for path in self.folder.iterdir())
        return sorted((int(match[1]), path) for match, path in matches if match)
