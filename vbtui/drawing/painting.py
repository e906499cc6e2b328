"""From scene, routes and picture to characters.

Decided here: what lies on top of what (boxes, lines, labels, marks, heads, packet) and how each state looks without
colour: light for idle and open, heavy for active, dashed up to a cross for blocked, a hook for a fallback. What lines
look like that share a cell is decided in `stretches`.
Nothing here remembers anything: the same arguments give the same canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vbtui.drawing.box_painting import paint_box
from vbtui.drawing.canvas import Canvas, Cells
from vbtui.drawing.glyphs import Glyphs, Weight, glyphs
from vbtui.drawing.mark_painting import IMPORTANT, paint_marks, write_firewalls
from vbtui.drawing.marks import label_cells
from vbtui.drawing.packets import packet_cell
from vbtui.drawing.picture import Emphasis, Ink, LinkPicture, LinkState, Picture
from vbtui.drawing.scene import Cell, DetailLevel, Direction, Route, Routes, Scene
from vbtui.drawing.stretches import Shown, look, shown

_TOP = {state: rank for rank, state in enumerate(LinkState)}
_INKS = {
    LinkState.IDLE: Ink.EDGE_IDLE,
    LinkState.OPEN: Ink.EDGE_OPEN,
    LinkState.FALLBACK: Ink.EDGE_FALLBACK,
    LinkState.BLOCKED: Ink.EDGE_BLOCKED,
    LinkState.ACTIVE: Ink.EDGE_ACTIVE,
}
_WAYS = (Direction.NORTH, Direction.EAST, Direction.SOUTH, Direction.WEST)
_STRAIGHT = {Direction.EAST | Direction.WEST: 0, Direction.NORTH | Direction.SOUTH: 1}


@dataclass(slots=True)
class _Line:
    """One cell of the lines: the weight of its arms and what it looks like."""

    weights: list[Weight] = field(default_factory=lambda: [Weight.NONE] * 4)
    state: LinkState = LinkState.HIDDEN
    pairs: set[tuple[str, str]] = field(default_factory=set)


def paint(scene: Scene, routes: Sequence[Route], picture: Picture, rows: range | None = None) -> Canvas:
    """Draw the scene as `picture` says.

    `rows` limits the work to a window of rows, for canvases that are larger than the screen; the others stay blank.
    """
    cells = Cells(scene.width, scene.height, rows if rows is not None else range(scene.height))
    set_ = glyphs(scene.ascii)
    window = cells.window
    acting = _acting(scene, picture)
    for box in scene.boxes:
        if box.rect.y < window.stop and box.rect.bottom > window.start:
            paint_box(cells, box, picture, set_, acting.get(box.name, ()))
    drawn = shown(_visible(routes, picture), ascii=scene.ascii)
    lines: dict[tuple[int, int], _Line] = {}
    for one in drawn:
        _lay(lines, one)
    for (x, y), line in lines.items():
        cells.put(x, y, _glyph(line, set_), _INKS[line.state])
    for one in drawn:
        _join(cells, scene, one, set_, picture)
    labelled: dict[tuple[str, str], Route] = {}
    crosses = {one.route.cells[one.stop] for one in drawn if one.state.state is LinkState.BLOCKED}
    said: set[Cell] = set()
    """Cells of the labels of what is looked at."""
    for one in reversed(drawn):
        if one.route.between not in labelled and _label(cells, lines, one, crosses):
            labelled[one.route.between] = one.route
            said.update(label_cells(one.route) if one.state.state in IMPORTANT else ())
    for one in drawn:
        _beyond(cells, lines, one, set_)
    for one in drawn:
        _ends(cells, one, set_, said)
    paint_marks(cells, drawn, set_, ascii=scene.ascii)
    for one in drawn:
        if (cell := packet_cell(one.route, one.state)) is not None:
            cells.put(*cell, set_.packet, Ink.PACKET)
    write_firewalls(cells, scene, drawn, lines, labelled.values())
    for tie in scene.ties:
        for y in range(max(tie.y, window.start), min(tie.bottom, window.stop)):
            for x in (tie.x, tie.right - 1):
                if cells.blank(max(0, x - 1), y, min(3, scene.width - max(0, x - 1))):
                    cells.put(x, y, set_.tie, Ink.TIE)
    return cells.finish()


def _acting(scene: Scene, picture: Picture) -> dict[str, tuple[str, ...]]:
    """By folded group: its members that take part, in the order of the picture."""
    found: dict[str, tuple[str, ...]] = {}
    for name, emphasis in picture.boxes.items():
        if emphasis is Emphasis.ACTING and (box := scene.box_of(name)) is not None and box.folded and box.name != name:
            found[box.name] = (*found.get(box.name, ()), name)
    return found


def _visible(routes: Sequence[Route], picture: Picture) -> list[tuple[Route, LinkPicture]]:
    """Drawn routes with their states, the most important last. Of links that look the same on one line there is one."""
    found: list[tuple[Route, LinkPicture]]
    if isinstance(routes, Routes) and picture.other_links is LinkState.HIDDEN:
        places = sorted(place for link in picture.links if (place := routes.by_link.get(link)) is not None)
        found = [(one, picture.links[one.link]) for _, one in places]
    else:
        found = [(one, picture.link(one.link)) for one in routes]
    drawn: dict[object, tuple[Route, LinkPicture]] = {}
    for one, state in found:
        if one.cells and state.state is not LinkState.HIDDEN:
            link = one.link
            drawn.setdefault((one.between, link.label, link.service, link.firewalls, link.badge, state), (one, state))
    # What passes now matters more than what was refused on the same line before.
    busy = {one.between for one, state in drawn.values() if state.state is LinkState.ACTIVE}
    kept = [
        (one, state) for one, state in drawn.values() if state.state is not LinkState.BLOCKED or one.between not in busy
    ]
    return sorted(kept, key=lambda item: _TOP[item[1].state])


def _lay(lines: dict[tuple[int, int], _Line], one: Shown) -> None:
    route, state = one.route, one.state.state
    weight = Weight.HEAVY if state is LinkState.ACTIVE else Weight.LIGHT
    for cell, arms in zip(route.cells[: one.stop], route.arms(), strict=False):
        line = lines.setdefault(cell, _Line())
        for index, way in enumerate(_WAYS):
            if arms & way:
                line.weights[index] = max(line.weights[index], weight)
        line.state = look((line.state, state))
        line.pairs.add(route.between)


def _glyph(line: _Line, set_: Glyphs) -> str:
    if line.state is LinkState.BLOCKED:
        arms = Direction.NONE
        for way, weight in zip(_WAYS, line.weights, strict=True):
            arms |= way if weight else Direction.NONE
        if arms in _STRAIGHT:
            return set_.dashed[_STRAIGHT[arms]]
    north, east, south, west = line.weights
    return set_.line((north, east, south, west))


def _join(cells: Cells, scene: Scene, one: Shown, set_: Glyphs, picture: Picture) -> None:
    """Open the source's border where the line leaves it."""
    route, state = one.route, one.state
    box, _ = scene.find(route.source)
    if box.level is DetailLevel.LINE:
        return
    dx, dy = route.leaves.step
    x, y = route.cells[0][0] - dx, route.cells[0][1] - dy
    border = Direction.NORTH | Direction.SOUTH if dx else Direction.EAST | Direction.WEST
    weight = Weight.HEAVY if state.state is LinkState.ACTIVE else Weight.LIGHT
    north, east, south, west = (
        Weight.LIGHT if border & way else weight if way is route.leaves else Weight.NONE for way in _WAYS
    )
    cells.put(x, y, set_.line((north, east, south, west)), box_ink(picture, box.name))


def box_ink(picture: Picture, name: str) -> Ink:
    """Ink of a box's border."""
    return {"normal": Ink.BOX, "acting": Ink.BOX_ACTING, "dim": Ink.BOX_DIM}[picture.emphasis(name)]


def _label(cells: Cells, lines: dict[Cell, _Line], one: Shown, crosses: set[Cell]) -> bool:
    """Write the label unless it would hide another line, or a cross it; the acting one hides what it must."""
    route, state = one.route, one.state.state
    if route.label_position is None:
        return False
    if state is LinkState.FALLBACK and one.hook is None:
        return False  # How the line came to be says more than its port, of which half would stay.
    if not crosses.isdisjoint(label_cells(route)):
        return False
    x, y = route.label_position
    important = state in IMPORTANT
    if not important and any(
        (line := lines.get((x + offset, y))) is not None and line.pairs - {route.between}
        for offset in range(len(route.caption))
    ):
        return False
    cells.put(x, y, route.caption, Ink.LABEL_ACTIVE if important else Ink.LABEL)
    return True


def _beyond(cells: Cells, lines: dict[Cell, _Line], one: Shown, set_: Glyphs) -> None:
    """What lies behind the cross of a blocked line, where no other line runs."""
    if one.state.state is LinkState.BLOCKED:
        read = set(label_cells(one.route))
        for cell in one.route.cells[one.stop + 1 :]:
            if cell not in read and cell not in lines:
                cells.put(*cell, set_.beyond, Ink.EDGE_IDLE)


def _ends(cells: Cells, one: Shown, set_: Glyphs, said: set[Cell]) -> None:
    """The head at the destination, the cross of a blocked line, the hook of a fallback. A head that is only open gives
    way to what is `said`."""
    route, state = one.route, one.state.state
    if state is LinkState.BLOCKED:
        cells.put(*route.cells[one.stop], set_.blocked, Ink.MARK_FAIL)
        return
    if state in IMPORTANT or route.cells[-1] not in said:
        cells.put(*route.cells[-1], set_.head(route.arrives), _INKS[state])
    if state is LinkState.FALLBACK and len(route.cells) > 1:
        cells.put(*(one.hook or route.cells[0]), set_.fallback, _INKS[state])
