"""Is there room? Asked before a long write begins, so that a full disk is said at its start and not at its end.

Decided here: what counts as free, namely what an ordinary user may still write (root's reserve is not counted). The
answer is a forecast: others write too, and a write that fails in spite of it must still leave everything whole.
"""

from __future__ import annotations

import os
from pathlib import Path

from vbtui.engine.errors import NoSpace


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written below an existing folder. Raises OSError."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def preflight(folder: Path, needed: int) -> None:
    """Raises NoSpace if fewer than `needed` bytes are free in an existing folder, OSError if there is none."""
    free = free_bytes(folder)
    if free < needed:
        raise NoSpace(folder, needed, free)
