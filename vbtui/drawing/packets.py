"""Packets over a picture that stands still: only they move, so only their rows are painted again.

In: a painted canvas without packets, and where packets are. Out: a canvas with them, equal to one that was painted with
them at once. Rows without a packet are the same objects as before, so that a view finds out at once what to draw.
Decided here: the cell of a packet. Never here: how it looks, and when it moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vbtui.drawing.canvas import Canvas
from vbtui.drawing.glyphs import glyphs
from vbtui.drawing.overlay import laid_over
from vbtui.drawing.picture import Ink, LinkPicture, LinkState, Picture
from vbtui.drawing.scene import Route, Routes, Scene


def still(picture: Picture) -> Picture:
    """The same picture without its packets."""
    if all(one.progress is None for one in picture.links.values()):
        return picture
    links = {link: one if one.progress is None else replace(one, progress=None) for link, one in picture.links.items()}
    return replace(picture, links=links)


def packet_cell(route: Route, state: LinkPicture) -> tuple[int, int] | None:
    """Where the packet of a drawn route is; None without one, and behind a label: half a port number would be read as
    another one."""
    if state.progress is None or state.state in (LinkState.BLOCKED, LinkState.HIDDEN) or not route.cells:
        return None
    share = min(1.0, max(0.0, state.progress))
    x, y = route.cells[round((1 - share if state.backwards else share) * (len(route.cells) - 1))]
    if route.label_position is not None:
        left, row = route.label_position
        if y == row and left <= x < left + len(route.caption):
            return None
    return x, y


def packet_cells(routes: Sequence[Route], picture: Picture) -> set[tuple[int, int]]:
    """Where packets are."""
    moving = {link: state for link, state in picture.links.items() if state.progress is not None}
    known = routes.by_link if isinstance(routes, Routes) else {route.link: (0, route) for route in routes}
    found = (packet_cell(known[link][1], state) for link, state in moving.items() if link in known)
    return {cell for cell in found if cell is not None}


def with_packets(canvas: Canvas, scene: Scene, cells: Iterable[tuple[int, int]], rows: range | None = None) -> Canvas:
    """The canvas with packets in those cells; `rows` is what was painted of it."""
    packet = glyphs(scene.ascii).packet, Ink.PACKET
    return laid_over(canvas, dict.fromkeys(cells, packet), rows)
