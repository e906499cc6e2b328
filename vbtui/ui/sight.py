"""How a person looks at the topology: what they point at, how near they are, which groups they have opened.

Decided here: what follows from pointing, zooming and opening. Immutable; the screen keeps one, and the canvas is shown
it in the moment. Never here: places, keys, what is drawn at a level (`drawing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from vbtui.drawing import ZOOM_LEVELS, DetailLevel


@dataclass(frozen=True, slots=True)
class Sight:
    """What is looked at, and how."""

    cursor: str | None = None
    """Name of the node, VM, datastore or group that is pointed at."""
    level: DetailLevel | None = None
    """How much of a node is drawn; None: as much as fits."""
    opened: frozenset[str] = frozenset()
    """Groups whose members are shown."""
    map: bool = False
    """The overview map is shown where the picture is larger than its view."""

    def at(self, name: str | None) -> Sight:
        """Point at something, or at nothing."""
        return replace(self, cursor=name)

    def next(self, names: Sequence[str], by: int, start: str | None = None) -> Sight:
        """Point at what comes `by` places behind what is pointed at, around the end; from nothing to `start`, or else
        to the first or the last of them."""
        if not names:
            return self
        if self.cursor not in names:
            first = names[0] if by > 0 else names[-1]
            return self.at(start if start in names else first)
        return self.at(names[(names.index(self.cursor) + by) % len(names)])

    def zoomed(self, by: int, shown: DetailLevel) -> Sight:
        """One level nearer, or farther for a negative number; `shown` is the level that is drawn now."""
        place = ZOOM_LEVELS.index(self.level or shown) + by
        return replace(self, level=ZOOM_LEVELS[max(0, min(place, len(ZOOM_LEVELS) - 1))])

    def fitted(self) -> Sight:
        """As much as fits."""
        return replace(self, level=None)

    def toggled(self, group: str) -> Sight:
        """Open a group, or close it."""
        return replace(self, opened=self.opened ^ {group})

    def among(self, names: AbstractSet[str]) -> Sight:
        """Where there is nothing else than these to point at and to open."""
        return replace(self, cursor=self.cursor if self.cursor in names else None, opened=self.opened & names)

    def mapped(self) -> Sight:
        """With the overview map, or without it."""
        return replace(self, map=not self.map)


PLAIN_SIGHT = Sight()
"""As it is before anybody has pointed at anything."""
