"""The folder of restore points that a command names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine import Repository


def repository_in(folder: str) -> Repository:
    """The repository in an existing folder: looking at one never makes it. Raises InputError."""
    from vbtui.engine import Repository

    try:
        there = Path(folder).is_dir()
    except ValueError:
        there = False
    if not there:
        raise InputError(N_("there is no folder {folder}"), folder=folder)
    return Repository(Path(folder))
