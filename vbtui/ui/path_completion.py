"""Completing the path of a topology file while it is typed.

Decided here: what fits (folders, and files that a topology may be in), how far a text can be completed without choosing
for the person, and how much of a folder is looked at. In: what has been typed. Out: a longer text and what fits.
Never here: opening a file. Names in a folder are somebody else's: they are shown and typed only as printable text.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

ENDINGS: Final = (".yaml", ".yml")
MOST_SEEN: Final = 5000
"""Entries of a folder that are looked at."""
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """What a text can become."""

    text: str
    """The text, longer by what all that fits has in common."""
    fitting: tuple[str, ...] = ()
    """Names that fit, folders with a slash at the end, by name and folders first."""


def completed(text: str) -> Completion:
    """Complete the path `text`; `~` is the home folder, a relative path begins in the working folder. Never raises."""
    before, slash, start = text.rpartition("/")
    folder = _folder(before + slash)
    if folder is None or "\0" in text:
        return Completion(text)
    fitting = _fitting(folder, start)
    if not fitting:
        return Completion(text)
    first, last = min(fitting), max(fitting)  # what these two share, all share
    common = next((first[:at] for at, one in enumerate(first) if last[at : at + 1] != one), first)
    longer = common if len(common) > len(start) else start
    return Completion(before + slash + longer, tuple(fitting[:MOST_SHOWN]))


def _folder(text: str) -> Path | None:
    try:
        return Path(text or ".").expanduser()
    except RuntimeError:  # nobody of that name has a home
        return None


def _fitting(folder: Path, start: str) -> list[str]:
    found: list[tuple[bool, str]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MOST_SEEN):
                name = entry.name
                hidden = name.startswith(".") and not start.startswith(".")
                if hidden or not name.startswith(start) or not name.isprintable():
                    continue
                is_folder = entry.is_dir()
                if is_folder or name.endswith(ENDINGS):
                    found.append((not is_folder, f"{name}/" if is_folder else name))
    except (OSError, ValueError):
        return []
    return [name for _, name in sorted(found)]
