"""Where things stand: the types of a laid-out topology, in character cells.

Decided here: what a box, a row, a link and a route are. `layout` makes scenes, `route` makes routes, `paint` turns both
into characters. All values are immutable and know nothing of a screen. Coordinates are cells: x to the right, y down,
both from 0; a rectangle covers `x <= column < x + width`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from itertools import pairwise

from vbtui.vocabulary import Component, Role

Cell = tuple[int, int]
"""x and y of one character."""


class DetailLevel(StrEnum):
    """How much of a node is drawn."""

    GROUP = "group"
    """Machines of one role in one zone are one box, such as `ESXi ×12`, unless it is opened."""
    FULL = "full"
    """Title, every component, every VM."""
    COMPACT = "compact"
    """Title and one line."""
    LINE = "line"
    """One line, no border."""


ZOOM_LEVELS = (DetailLevel.GROUP, DetailLevel.LINE, DetailLevel.COMPACT, DetailLevel.FULL)
"""From the farthest to the closest."""


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
    MEMBERS = "members"
    """How many VMs the machines of a folded group have; the names of those that act may take its place."""


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


_SINGLE = (Direction.NORTH, Direction.EAST, Direction.SOUTH, Direction.WEST)
_ARMS = {(came.step, goes.step): came.opposite | goes for came in _SINGLE for goes in _SINGLE}
"""The arms of a line in a cell into which one step leads and out of which another does."""


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
    """VMs that run here, shown or not; for a folded group its machines, then their VMs."""
    unit: str = ""
    """Name of the group that this machine is folded into where groups are, such as `group:esxi_host:esx`; a group's own
    box has its own name here. Empty for what stands alone."""
    folded: bool = False
    """The box stands for all its members, none of which has a box of its own."""

    @property
    def is_group(self) -> bool:
        """A group's own box: folded, or the heading of an opened one."""
        return bool(self.unit) and self.unit == self.name


@dataclass(frozen=True, slots=True)
class Scene:
    """A laid-out topology. The canvas may be larger than what was asked for; then the view scrolls."""

    boxes: tuple[Box, ...]
    width: int
    height: int
    level: DetailLevel
    """How much is drawn: what was asked for, or the highest that fits."""
    ascii: bool = False
    ties: tuple[Rect, ...] = ()
    """Gaps between boxes that stand one above the other and are of one zone."""
    _by_name: dict[str, tuple[Box, BoxRow | None]] = field(
        init=False, repr=False, compare=False, hash=False, default_factory=dict
    )

    _by_row: dict[int, list[Box]] = field(init=False, repr=False, compare=False, hash=False, default_factory=dict)

    def __post_init__(self) -> None:
        for box in self.boxes:
            for y in range(box.rect.y, box.rect.bottom):
                self._by_row.setdefault(y, []).append(box)
        for box in self.boxes:
            self._by_name.update((name, (box, None)) for name in box.members)
            self._by_name.update((row.name, (box, row)) for row in box.rows if row.name is not None)
        for box in reversed(self.boxes):
            self._by_name[box.name] = (box, None)

    def find(self, name: str) -> tuple[Box, BoxRow | None]:
        """The box of a node or datastore, or the host's box and the row of a VM. Raises KeyError.

        What is folded into a group has the group's box. The row is None if the box is too small to show its VMs. Where
        names collide, the first box has it.
        """
        return self._by_name[name]

    def boxes_in_row(self, y: int) -> Sequence[Box]:
        """The boxes that cover cells of that row of the canvas."""
        return self._by_row.get(y, ())

    def box_of(self, name: str) -> Box | None:
        """The box that stands for a name; None for one that is not in the picture."""
        found = self._by_name.get(name)
        return None if found is None else found[0]


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
    firewalls: tuple[str, ...] = ()
    """Names of the firewalls that the connection passes, in the order of its way."""
    badge: str = ""
    """Number of the published process diagrams, `1` to `13`, that stands at the line's beginning."""
    service: str = ""
    """Name of the service, such as `NFC`; stands behind the ports where there is room."""


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
    """What stands for the label on the canvas: ports and service, the ports, or the first port, as there is room."""
    label_position: tuple[int, int] | None = None
    """Cell of the label's first character; None if no place was free for any."""
    crossings: tuple[tuple[tuple[int, int], str], ...] = ()
    """Where the line passes firewalls, with their names, in the order of the way. Fewer than the link's firewalls if
    the line has no cells for all of them."""
    badge_position: tuple[int, int] | None = None
    """Cell of the badge's first character; None without room."""
    between: tuple[str, str] = ("", "")
    """Names of the two things in the picture that the line connects: the box or the VM's row at either end. Links
    between the same two have one line."""

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
        steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(self.cells)]
        return tuple(_ARMS[pair] for pair in pairwise((self.leaves.step, *steps, self.arrives.step)))


class Routes(tuple[Route, ...]):
    """The routes of all links, in their order, to be found by their links."""

    by_link: dict[Link, tuple[int, Route]]
    """The first route of each link with its place in the order."""

    def __new__(cls, routes: Iterable[Route] = ()) -> Routes:
        self = super().__new__(cls, routes)
        self.by_link = {}
        for index, one in enumerate(self):
            self.by_link.setdefault(one.link, (index, one))
        return self


def in_order(scene: Scene) -> tuple[str, ...]:
    """Names of everything that can be looked at, as the process meets it.

    That is entries, backup server, repositories, proxies, vCenter, hosts each with its VMs, datastores. Groups have
    their own names.
    """
    found: dict[str, None] = {}
    for box in scene.boxes:
        found.setdefault(box.name)
        for row in box.rows:
            if row.name is not None:
                found.setdefault(row.name)
    return tuple(found)


def hit(scene: Scene, x: int, y: int) -> str | None:
    """Name of what stands at that cell: a VM, a node, a datastore, a group; None for empty canvas."""
    for box in scene.boxes_in_row(y):
        if box.rect.contains(x, y):
            for row in box.rows:
                if row.name is not None and row.rect.contains(x, y):
                    return row.name
            return box.name
    return None
