"""A table before it is drawn: what every room that makes one and every format that writes one agree on.

Loads nothing: tables of disk images and restore points need no topology.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a heading, the names of its columns, its rows. Every row has as many cells as there are columns."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    narrow: Sheet | None = None
    """The same in fewer columns, for a terminal that is too narrow for this one. Its cells may have several lines."""
