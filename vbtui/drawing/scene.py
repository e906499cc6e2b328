"""Where things stand: the types of a laid-out topology, in character cells.

Decided here: what a box, a row, a link and a route are. `layout` makes scenes, `route` makes routes, `paint` turns both
into characters. All values are immutable and know nothing of a screen. Coordinates are cells: x to the right, y down,
both from 0; a rectangle covers `x <= column < x + width`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from itertools import pairwise

from vbtui.vocabulary import Component, Role


class DetailLevel(StrEnum):
    """How much of a node is drawn."""

    FULL = "full"
    """Title, every component, every VM."""
    COMPACT = "compact"
    """Title and one line."""
    LINE = "line"
    """One line, no border."""


class Group(StrEnum):
    """Which part of the picture a box belongs to."""

    ENTRY = "entry"
    """Consoles, databases, name and time servers: above everything."""
    SERVER = "server"
    REPOSITORY = "repository"
    PROXY = "proxy"
    VCENTER = "vcenter"
    HOST = "host"
    DATASTORE = "datastore"


class RowKind(StrEnum):
    """What a row inside a box stands for."""

    COMPONENT = "component"
    VM = "vm"
    PLACE = "place"
    """The ESXi host that a server runs on."""
    MEDIUM = "medium"
    """A datastore's kind; a gauge may take its place."""
    MORE = "more"
    """How many items a compact box has no room for, such as `+2`."""


class Direction(IntFlag):
    """A way out of a cell; several together are the arms of a line."""

    NONE = 0
    NORTH = 1
    EAST = 2
    SOUTH = 4
    WEST = 8

    @property
    def step(self) -> tuple[int, int]:
        """Change of (x, y). Only for a single direction."""
        return {1: (0, -1), 2: (1, 0), 4: (0, 1), 8: (-1, 0)}[self.value]

    @property
    def opposite(self) -> Direction:
        return Direction({1: 4, 2: 8, 4: 1, 8: 2}[self.value])


@dataclass(frozen=True, slots=True)
class Rect:
    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column behind the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row below the rectangle."""
        return self.y + self.height

    def contains(self, x: int, y: int) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom

    def overlaps(self, other: Rect) -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A labelled place inside a box. Several may stand side by side on one line."""

    kind: RowKind
    text: str
    aside: str
    """Text at the right end: a logical port, a zone. Given up first when space is short."""
    rect: Rect
    """Absolute; one cell high."""
    name: str | None = None
    """Name of the VM, for rows of VMs."""
    component: Component | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A node or datastore as it stands in the picture."""

    name: str
    group: Group
    kind: Role | None
    """The role it is drawn for; None for a datastore."""
    title: str
    zone: str
    """Text at the right end of the title, empty if there was no space."""
    rect: Rect
    rows: tuple[BoxRow, ...]
    level: DetailLevel
    members: tuple[str, ...] = ()
    """VMs that run here, shown or not."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A laid-out topology. The canvas may be larger than what was asked for; then the view scrolls."""

    boxes: tuple[Box, ...]
    width: int
    height: int
    level: DetailLevel
    ascii: bool = False
    _by_name: dict[str, tuple[Box, BoxRow | None]] = field(
        init=False, repr=False, compare=False, hash=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for box in self.boxes:
            self._by_name.update((name, (box, None)) for name in box.members)
            self._by_name.update((row.name, (box, row)) for row in box.rows if row.name is not None)
        for box in reversed(self.boxes):
            self._by_name[box.name] = (box, None)

    def find(self, name: str) -> tuple[Box, BoxRow | None]:
        """The box of a node or datastore, or the host's box and the row of a VM. Raises KeyError.

        The row is None if the box is too small to show its VMs. Where names collide, the first box has it.
        """
        return self._by_name[name]


@dataclass(frozen=True, slots=True)
class Link:
    """A connection that the picture may have to show."""

    source: str
    """Name of a node, VM or datastore."""
    destination: str
    label: str = ""
    """Ports, such as `902`."""
    source_component: Component | None = None
    destination_component: Component | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one link over the canvas. Empty `cells` mean that both ends are one box."""

    link: Link
    cells: tuple[tuple[int, int], ...]
    """From the cell beside the source's border to the cell beside the destination's border, where the head is."""
    leaves: Direction
    """From the source's box into the first cell."""
    arrives: Direction
    """From the last cell into the destination's box."""
    caption: str = ""
    """What stands for the label on the canvas: the label, or its first port if there is no room for more."""
    label_position: tuple[int, int] | None = None
    """Cell of the label's first character; None if no place was free for either."""

    @property
    def source(self) -> str:
        return self.link.source

    @property
    def destination(self) -> str:
        return self.link.destination

    @property
    def label(self) -> str:
        return self.link.label

    def arms(self) -> tuple[Direction, ...]:
        """For every cell the two directions in which the line leaves it."""
        ways = [self.leaves]
        for (x0, y0), (x1, y1) in pairwise(self.cells):
            ways.append(_DIRECTION[(x1 - x0, y1 - y0)])
        ways.append(self.arrives)
        return tuple(before.opposite | after for before, after in pairwise(ways))


_DIRECTION = {(0, -1): Direction.NORTH, (1, 0): Direction.EAST, (0, 1): Direction.SOUTH, (-1, 0): Direction.WEST}


def hit(scene: Scene, x: int, y: int) -> str | None:
    """Name of what stands at that cell: a VM, a node, a datastore; None for empty canvas."""
    for box in scene.boxes:
        if box.rect.contains(x, y):
            for row in box.rows:
                if row.name is not None and row.rect.contains(x, y):
                    return row.name
            return box.name
    return None
