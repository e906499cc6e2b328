"""A whole topology as a little picture: one box for each part of a backup, for a list of topologies to choose from.

Decided here: which parts there are and where they stand, the same for every topology, so that two can be compared at a
glance: server and vCenter above; repositories, proxies and hosts below, in the direction in which data runs (from right
to left); datastores at the bottom. A part says its name, or how many there are.
In: a topology. Out: a canvas of the asked size. Never here: connections, what happens.
"""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.drawing.boxes import clip
from vbtui.drawing.canvas import Canvas, Cells
from vbtui.drawing.contents import drawn_role
from vbtui.drawing.glyphs import Glyphs, glyphs
from vbtui.drawing.picture import Ink
from vbtui.drawing.scene import Direction, Rect
from vbtui.drawing.wording import FIELD_WORDS, Wording
from vbtui.topology import Topology
from vbtui.vocabulary import Role

LEAST_WIDTH, LEAST_HEIGHT = 30, 3
"""Cells below which there are no boxes, only a line of numbers."""
GAP = 2
"""Columns between boxes."""
HIGHEST = 3
"""Rows of one box."""


@dataclass(frozen=True, slots=True)
class _Part:
    caption: str
    text: str
    column: int
    """0 to 2 from the left."""
    row: int
    """0 to 2 from the top."""
    wide: bool = False
    """Over the next column as well."""


def thumbnail(
    topology: Topology, *, width: int = 40, height: int = 10, ascii: bool = False, wording: Wording = FIELD_WORDS
) -> Canvas:
    """The topology in exactly `width` x `height` cells. Raises ValueError for a picture without cells.

    Rows that are not there are left out from below: datastores first. Parts that a topology does not have leave a gap.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a picture of {width} x {height} cells")
    set_ = glyphs(ascii)
    cells = Cells(width, height, range(height))
    parts = _parts(topology, wording, set_)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        line = "  ".join(f"{part.caption} {part.text}" for part in parts)
        cells.put(0, 0, clip(line, width, set_.ellipsis), Ink.TITLE)
        return cells.finish()
    column = (width - 2 * GAP) // 3
    spare = 1 if height >= 3 * HIGHEST + 1 else 0
    places: dict[tuple[int, int], Rect] = {}
    for part in parts:
        top = part.row * HIGHEST + (spare if part.row else 0)
        if top + HIGHEST <= height:
            wide = 2 * column + GAP if part.wide else column
            places[part.column, part.row] = rect = Rect(part.column * (column + GAP), top, wide, HIGHEST)
            _box(cells, rect, part, set_)
    for column_number in (1, 2):
        # What is on the right is read, what is on the left is written.
        to, start = places.get((column_number - 1, 1)), places.get((column_number, 1))
        if to is not None and start is not None:
            y = to.y + 1
            cells.put(to.right, y, set_.head(Direction.WEST), Ink.EDGE_OPEN)
            across = set_.border(Direction.EAST | Direction.WEST)
            cells.put(to.right + 1, y, across * (start.x - to.right - 1), Ink.EDGE_OPEN)
    server, vcenter = places.get((0, 0)), places.get((2, 0))
    if server is not None and vcenter is not None:
        across = set_.border(Direction.EAST | Direction.WEST)
        cells.put(server.right, 1, across * (vcenter.x - server.right - 1), Ink.EDGE_OPEN)
        cells.put(vcenter.x - 1, 1, set_.head(Direction.EAST), Ink.EDGE_OPEN)
    hosts = places.get((2, 1))
    if spare and server is not None and hosts is not None and not {(0, 1), (1, 1)} & places.keys():
        # The backup server is everything else as well.
        x, y = server.x + server.width // 2, hosts.y + 1
        cells.put(x, HIGHEST, set_.head(Direction.NORTH), Ink.EDGE_OPEN)
        cells.put(x, HIGHEST + 1, set_.border(Direction.NORTH | Direction.SOUTH), Ink.EDGE_OPEN)
        line = set_.border(Direction.NORTH | Direction.EAST)
        line += set_.border(Direction.EAST | Direction.WEST) * (hosts.x - x - 1)
        cells.put(x, y, line, Ink.EDGE_OPEN)
    if spare:
        for one in (0, 1, 2):
            above, below = places.get((one, 0)) or (server if one == 1 else None), places.get((one, 1))
            if above is not None and below is not None:
                cells.put(below.x + below.width // 2, HIGHEST, set_.head(Direction.SOUTH), Ink.EDGE_OPEN)
    return cells.finish()


def _parts(topology: Topology, wording: Wording, set_: Glyphs) -> list[_Part]:
    names: dict[Role, list[str]] = {}
    for node in topology.nodes:
        names.setdefault(drawn_role(node), []).append(node.name)
    found: list[_Part] = []
    for role, column, row in (
        (Role.BACKUP_SERVER, 0, 0),
        (Role.VCENTER, 2, 0),
        (Role.REPOSITORY, 0, 1),
        (Role.PROXY, 1, 1),
        (Role.ESXI_HOST, 2, 1),
    ):
        if machines := names.get(role):
            text = _counted(machines, set_)
            if role is Role.ESXI_HOST and topology.vms:
                text += f" {set_.vm} {len(topology.vms)}"
            found.append(_Part(wording.roles[role], text, column, row, wide=role is Role.BACKUP_SERVER))
    if topology.datastores:
        found.append(_Part(wording.datastores, _counted([one.name for one in topology.datastores], set_), 2, 2))
    if others := [name for role, machines in names.items() if role not in _SHOWN for name in machines]:
        found.append(_Part("", f"+ {_counted(others, set_)}", 0, 2, wide=True))
    return found


_SHOWN = frozenset({Role.BACKUP_SERVER, Role.VCENTER, Role.REPOSITORY, Role.PROXY, Role.ESXI_HOST})


def _counted(names: list[str], set_: Glyphs) -> str:
    return names[0] if len(names) == 1 else f"{'x' if set_.plain else '×'}{len(names)}"


def _box(cells: Cells, rect: Rect, part: _Part, set_: Glyphs) -> None:
    inner = rect.width - 4
    if not part.caption:
        cells.put(rect.x + 2, rect.y + 1, clip(part.text, inner, set_.ellipsis), Ink.ZONE)
        return
    n, e, s, w = Direction.NORTH, Direction.EAST, Direction.SOUTH, Direction.WEST
    across = set_.border(e | w) * (rect.width - 2)
    cells.put(rect.x, rect.y, set_.border(e | s) + across + set_.border(s | w), Ink.BOX)
    cells.put(rect.x, rect.y + 1, set_.border(n | s), Ink.BOX)
    cells.put(rect.right - 1, rect.y + 1, set_.border(n | s), Ink.BOX)
    cells.put(rect.x, rect.y + 2, set_.border(n | e) + across + set_.border(n | w), Ink.BOX)
    caption = f" {part.caption} " if len(part.caption) <= inner else clip(part.caption, rect.width - 2, set_.ellipsis)
    cells.put(rect.x + 1, rect.y, caption, Ink.ZONE)
    cells.put(rect.x + 2, rect.y + 1, clip(part.text, inner, set_.ellipsis), Ink.TITLE)
