"""From scenes to files: which documents a set of pictures is, and that all of them are written or none.

Decided here: names and forms of the files, and that a name never leads out of its folder. In: `Shot`s. Out: bytes by
file name, the same every time for SVG, text and HTML; PNG as far as fonts and resvg are the same.
Never here: a folder that nobody named, a file half written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from vbtui.pictures.playing import Shot
from vbtui.topology.fields import NAME_PATTERN

PAGE: Final = "index.html"
_NAME: Final = re.compile(NAME_PATTERN)


class Form(StrEnum):
    """What a picture is written as."""

    SVG = "svg"
    TEXT = "text"
    PNG = "png"
    HTML = "html"
    """One page with all of them."""


class SameNameError(ValueError):
    """Two pictures would be one file; `name` is theirs."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def documents(shots: Sequence[Shot], forms: Iterable[Form], *, language: str = "en") -> dict[str, bytes]:
    """The files of some pictures, by name, in the pictures' order. Raises SameNameError, and as `png_of` does."""
    wanted = tuple(dict.fromkeys(forms))
    found: dict[str, bytes] = {}
    seen: set[str] = set()
    for shot in shots:
        if shot.name.casefold() in seen:
            raise SameNameError(shot.name)
        seen.add(shot.name.casefold())
        if Form.SVG in wanted:
            found[f"{shot.name}.svg"] = shot.svg.encode()
        if Form.TEXT in wanted:
            found[f"{shot.name}.txt"] = shot.frame.text.encode()
        if Form.PNG in wanted:
            from vbtui.pictures.png import png_of

            found[f"{shot.name}.png"] = png_of(shot.svg)
    if Form.HTML in wanted:
        from vbtui.pictures.page import page_of

        found[PAGE] = page_of(shots, language=language).encode()
    return found


def differing(files: dict[str, bytes], folder: Path) -> tuple[str, ...]:
    """Names of the files that a folder does not have just so. Raises OSError."""
    return tuple(name for name, content in files.items() if not _has(folder / name, content))


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write files into a folder, which is made if need be. Each is whole or as it was; all are ready before the first
    takes its name. A link is replaced, not followed. Raises OSError, and ValueError for a name that is a way."""
    for name in files:
        if not _NAME.fullmatch(name.rpartition(".")[0]):
            raise ValueError(name)
    folder.mkdir(parents=True, exist_ok=True)
    ready: list[tuple[Path, Path]] = []
    try:
        for name, content in files.items():
            part = folder / f".{name}.part"
            part.unlink(missing_ok=True)
            ready.append((part, folder / name))
            with part.open("xb") as file:
                file.write(content)
        for part, target in ready:
            part.replace(target)
    finally:
        for part, _ in ready:
            part.unlink(missing_ok=True)


def _has(file: Path, content: bytes) -> bool:
    return file.is_file() and file.stat().st_size == len(content) and file.read_bytes() == content
