"""One box as characters: border, title, zone, components with ports, VMs with marks, gauges."""

from __future__ import annotations

from vbtui.drawing.boxes import FRAME, clip
from vbtui.drawing.canvas import Cells
from vbtui.drawing.glyphs import Glyphs
from vbtui.drawing.picture import Emphasis, Gauge, Ink, Mark, Picture, VmMark
from vbtui.drawing.scene import Box, BoxRow, DetailLevel, Direction, Rect, RowKind

_BORDER = {Emphasis.NORMAL: Ink.BOX, Emphasis.ACTING: Ink.BOX_ACTING, Emphasis.DIM: Ink.BOX_DIM}
_TITLE = {Emphasis.NORMAL: Ink.TITLE, Emphasis.ACTING: Ink.TITLE_ACTING, Emphasis.DIM: Ink.TITLE_DIM}
_COMPONENT = {Emphasis.NORMAL: Ink.COMPONENT, Emphasis.ACTING: Ink.COMPONENT, Emphasis.DIM: Ink.COMPONENT_DIM}
_VM = {Emphasis.NORMAL: Ink.VM, Emphasis.ACTING: Ink.VM_ACTING, Emphasis.DIM: Ink.VM_DIM}
_MARKS = {
    VmMark.SNAPSHOT: Ink.MARK,
    VmMark.FROZEN: Ink.MARK,
    VmMark.DONE: Ink.MARK_OK,
    VmMark.WARNING: Ink.MARK_WARN,
    VmMark.FAILED: Ink.MARK_FAIL,
}

LEAST_BAR = 4
GREATEST_BAR = 16


def paint_box(cells: Cells, box: Box, picture: Picture, set_: Glyphs, acting: tuple[str, ...] = ()) -> None:
    """Draw one box with what is inside it. `acting` are the members of a folded group that take part."""
    emphasis = Emphasis.ACTING if acting else picture.emphasis(box.name)
    if box.level is DetailLevel.LINE:
        _line(cells, box, picture, emphasis, set_)
        return
    _frame(cells, box, emphasis, set_)
    for row in box.rows:
        _row(cells, box, row, picture, emphasis, set_)
    if box.folded and acting:
        _acting(cells, box, acting, set_)


def _acting(cells: Cells, box: Box, acting: tuple[str, ...], set_: Glyphs) -> None:
    """The names of the members that take part, in the place of what the group's row says otherwise: as many as fit
    whole, and how many do not."""
    place = Rect(box.rect.x + 2, box.rect.y + 1, box.rect.width - FRAME - 1, 1)
    rest = f" +{len(acting) - 1}" if len(acting) > 1 else ""
    text = clip(acting[0], place.width - len(rest), set_.ellipsis) + rest
    names = acting[0]
    for count, name in enumerate(acting[1:], 2):
        names = f"{names} {name}"
        if len(names) > place.width:
            break
        rest = f" +{len(acting) - count}" if count < len(acting) else ""
        if len(names) + len(rest) <= place.width:
            text = names + rest
    cells.put(place.x, place.y, clip(text, place.width, set_.ellipsis).ljust(place.width), Ink.VM_ACTING)


def _frame(cells: Cells, box: Box, emphasis: Emphasis, set_: Glyphs) -> None:
    r, ink = box.rect, _BORDER[emphasis]
    n, e, s, w = Direction.NORTH, Direction.EAST, Direction.SOUTH, Direction.WEST
    across, down = set_.border(e | w), set_.border(n | s)
    cells.put(r.x, r.y, set_.border(e | s) + across * (r.width - 2) + set_.border(s | w), ink)
    for y in range(r.y + 1, r.bottom - 1):
        cells.put(r.x, y, down, ink)
        cells.put(r.right - 1, y, down, ink)
    cells.put(r.x, r.bottom - 1, set_.border(n | e) + across * (r.width - 2) + set_.border(n | w), ink)
    right = r.right
    if box.folded:
        right -= 1
        _second_edge(cells, r, ink, set_)
    cells.put(r.x + 1, r.y, f" {box.title} ", _TITLE[emphasis])
    if box.zone:
        cells.put(right - 3 - len(box.zone), r.y, f" {box.zone} ", Ink.ZONE)


def _second_edge(cells: Cells, r: Rect, ink: Ink, set_: Glyphs) -> None:
    """What makes a group look like several boxes, one behind the other."""
    n, e, s, w = Direction.NORTH, Direction.EAST, Direction.SOUTH, Direction.WEST
    cells.put(r.right - 2, r.y, set_.border(e | s | w), ink)
    for y in range(r.y + 1, r.bottom - 1):
        cells.put(r.right - 2, y, set_.border(n | s), ink)
    cells.put(r.right - 2, r.bottom - 1, set_.border(n | e | w), ink)


def _line(cells: Cells, box: Box, picture: Picture, emphasis: Emphasis, set_: Glyphs) -> None:
    r, ink = box.rect, _BORDER[emphasis]
    end = "]]" if box.folded else "]"
    cells.put(r.x, r.y, "[" + " " * (r.width - 1 - len(end)) + end, ink)
    cells.put(r.x + 2, r.y, box.title, _TITLE[emphasis])
    left, right = r.x + 2 + len(box.title) + 2, r.right - 1 - len(end)
    gauge = picture.gauges.get(box.name)
    if gauge is not None and right - left >= LEAST_BAR:
        _gauge(cells, left, right, r.y, gauge, set_)
    elif box.zone:
        cells.put(right - len(box.zone), r.y, box.zone, Ink.ZONE)


def _row(cells: Cells, box: Box, row: BoxRow, picture: Picture, emphasis: Emphasis, set_: Glyphs) -> None:
    x, y, right = row.rect.x, row.rect.y, row.rect.right
    if row.kind is RowKind.MORE:
        cells.put(x, y, row.text, _COMPONENT[emphasis])
        return
    symbol, ink, aside = set_.component, _COMPONENT[emphasis], Ink.PORT
    if row.kind is RowKind.VM:
        own = picture.boxes.get(row.name) if row.name is not None else None
        if own is None:
            own = Emphasis.DIM if emphasis is Emphasis.DIM else Emphasis.NORMAL
        symbol, ink, aside = set_.vm, _VM[own], Ink.ZONE
    elif row.kind is RowKind.MEMBERS:
        symbol, ink = set_.vm, _VM[emphasis]
    elif row.kind is RowKind.PLACE:
        symbol, ink = set_.place, Ink.PLACE
    elif row.kind is RowKind.MEDIUM:
        gauge = picture.gauges.get(box.name)
        if gauge is not None:
            _gauge(cells, x, right, y, gauge, set_)
            return
        symbol = set_.medium
    elif row.component is not None and (box.name, row.component) in picture.components:
        ink = Ink.COMPONENT_ACTING
    cells.put(x, y, f"{symbol} {row.text}", ink)
    left = x + 2 + len(row.text) + 1
    if row.name is not None:
        gauge, marks = picture.gauges.get(row.name), picture.marks.get(row.name, ())
        if box.level is DetailLevel.COMPACT:
            if marks:
                cells.put(x, y, _symbol(marks[-1], set_), _MARKS[marks[-1].kind])
            return
        marked = right
        for mark in reversed(marks):
            marked = _mark(cells, left, marked, y, mark, set_, words=gauge is None and len(marks) == 1)
        if gauge is not None and marked - left >= LEAST_BAR:
            _gauge(cells, left, marked, y, gauge, set_)
            return
        if marks or gauge is not None:
            return
    if row.aside:
        cells.put(right - len(row.aside), y, row.aside, aside)


def _symbol(mark: Mark, set_: Glyphs) -> str:
    return {
        VmMark.SNAPSHOT: set_.snapshot,
        VmMark.FROZEN: set_.frozen,
        VmMark.DONE: set_.done,
        VmMark.WARNING: set_.warning,
        VmMark.FAILED: set_.failed,
    }[mark.kind]


def _mark(cells: Cells, left: int, right: int, y: int, mark: Mark, set_: Glyphs, *, words: bool) -> int:
    """Write a mark ending before `right`; returns where the next one may end."""
    text = _symbol(mark, set_)
    if words and mark.word and len(text) + 1 + len(mark.word) <= right - left:
        text = f"{mark.word} {text}"
    if len(text) > right - left:
        return right
    cells.put(right - len(text), y, text, _MARKS[mark.kind])
    return right - len(text) - 1


def _gauge(cells: Cells, left: int, right: int, y: int, gauge: Gauge, set_: Glyphs) -> None:
    """A bar with its text to the right, or the bar alone, or the text alone, by space."""
    space = right - left
    text = clip(gauge.text, space, set_.ellipsis)
    if gauge.fraction is None:
        cells.put(left, y, text, Ink.GAUGE_TEXT)
        return
    bar = min(GREATEST_BAR, space - len(text) - 1 if text else space)
    if bar < LEAST_BAR:
        text, bar = "", min(GREATEST_BAR, space)
    full = round(min(1.0, max(0.0, gauge.fraction)) * bar)
    start = right - bar - (len(text) + 1 if text else 0)
    cells.put(start, y, set_.gauge_full * full, Ink.GAUGE)
    cells.put(start + full, y, set_.gauge_empty * (bar - full), Ink.GAUGE_EMPTY)
    if text:
        cells.put(right - len(text), y, text, Ink.GAUGE_TEXT)
