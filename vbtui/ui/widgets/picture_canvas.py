"""A drawn topology on the screen: painted row by row, only rows that differ are drawn again, moved where it is larger.

Decided here: when a layout is made anew, which part of a large canvas is brought into view, and that what stands still
while packets move is painted once. What is drawn, and how it looks, is decided by whoever has a `Picture`.
The layout is made for the size of the view, which has no scroll bars: they would change what decides about them.
The mouse: a drag moves the view, the wheel scrolls it and zooms with ctrl, a click points at what stands there. Whoever
holds the canvas is told of clicks and zooms; all of it can be done with keys as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from vbtui.drawing import (
    NOTHING_FOLDED,
    Canvas,
    DetailLevel,
    Folded,
    Link,
    Picture,
    Rect,
    Route,
    Scene,
    diff,
    hit,
    in_order,
    layout,
    packet_cells,
    paint,
    route,
    still,
    with_packets,
)
from vbtui.drawing.cursor import with_cursor
from vbtui.i18n import Translator
from vbtui.render.canvas_words import canvas_wording
from vbtui.topology import Topology
from vbtui.ui.inks import BLANK, Row, Span, Tone
from vbtui.ui.looks import looks_of
from vbtui.ui.widgets.lines_view import LinesView
from vbtui.ui.widgets.overview_map import OverviewMap, overview_map

PAN_COLUMNS = 8
PAN_ROWS = 3
"""Cells that one key moves the view."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything stands, for one size of a view."""

    scene: Scene
    routes: tuple[Route, ...]


class PictureCanvas(LinesView):
    """A view of a picture."""

    @dataclass
    class Pointed(Message):
        """A click on something, or on empty canvas."""

        name: str | None

    @dataclass
    class Zoomed(Message):
        """The wheel was turned to see more of less (1), or less of more (-1)."""

        by: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._cursor: str | None = None
        self._grabbed: tuple[Offset, Offset] | None = None
        """Where the mouse went down on the screen, and where the view was then."""
        self._dragged = False
        self._mapped: tuple[str, ...] | None = None
        """What the overview map must not hide; None for no map."""
        self._map: OverviewMap | None = None
        self._map_of: object = None
        """What the map was made for."""
        self._scene: Scene | None = None
        self._routes: tuple[Route, ...] = ()
        self.canvas: Canvas | None = None
        self._picture: Picture | None = None
        self._ground: tuple[Picture, range, Canvas] | None = None
        """What was painted last without packets, and its rows."""

    @property
    def ascii(self) -> bool:
        """Only characters that every font has."""
        return looks_of(self.app).ascii

    @property
    def overflowing(self) -> bool:
        """The picture is larger than the view."""
        scene, size = self._scene, self.content_size
        return scene is not None and (scene.width > size.width or scene.height > size.height)

    @property
    def placed(self) -> Placement | None:
        """Where everything stands; None before there is a layout."""
        return None if self._scene is None else Placement(self._scene, self._routes)

    @property
    def level(self) -> DetailLevel | None:
        """How much of a node is drawn; None before there is a layout."""
        return None if self._scene is None else self._scene.level

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that can be pointed at, in the order of the process."""
        return () if self._scene is None else in_order(self._scene)

    @property
    def groups(self) -> frozenset[str]:
        """Names of the groups that can be opened or closed."""
        return frozenset() if self._scene is None else frozenset(box.name for box in self._scene.boxes if box.is_group)

    def place(
        self,
        topology: Topology,
        links: tuple[Link, ...],
        say: Translator,
        folded: Folded = NOTHING_FOLDED,
        *,
        level: DetailLevel | None = None,
        opened: frozenset[str] = frozenset(),
    ) -> None:
        """Make the layout of a topology for the size of the view, at a level or as much as fits, and use it."""
        self.take(self.placement(topology, links, say, folded, level=level, opened=opened))

    def placement(
        self,
        topology: Topology,
        links: tuple[Link, ...],
        say: Translator,
        folded: Folded = NOTHING_FOLDED,
        *,
        level: DetailLevel | None = None,
        opened: frozenset[str] = frozenset(),
    ) -> Placement:
        """The same without using it yet."""
        width, height = self.content_size
        scene = layout(
            topology, width=width, height=height, links=links, level=level, opened=opened, ascii=self.ascii,
            wording=canvas_wording(say), folded=folded,
        )  # fmt: skip
        return Placement(scene, route(scene, links))

    def take(self, placement: Placement) -> None:
        """Use a layout for what is drawn from now on."""
        self._scene, self._routes = placement.scene, placement.routes
        self._ground = None

    def clear_picture(self) -> None:
        """Show nothing."""
        self._scene, self._picture, self.canvas, self._ground = None, None, None, None
        self.renewed(0, 0)

    def draw(
        self,
        picture: Picture,
        *,
        renewed: bool,
        follow: tuple[str, ...] | None = None,
        cursor: str | None = None,
        mapped: tuple[str, ...] | None = None,
    ) -> None:
        """Draw a picture on the layout; `renewed` if that is another one. `follow` are names to bring into view; the
        cursor stands on `cursor`; with `mapped` there is an overview map, which hides none of these names."""
        assert self._scene is not None
        self._picture, self._cursor, self._mapped = picture, cursor, mapped
        if renewed:
            self.renewed(self._scene.width, self._scene.height)
        if follow is not None:
            self._follow(follow)
        self._paint()

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_x(old_value, new_value)
        self._paint()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._paint()

    def _paint(self) -> None:
        """Paint what can be seen, and draw the rows again that differ."""
        if self._scene is None or self._picture is None:
            return
        top = self.scroll_offset.y
        rows = range(top, top + self.content_size.height)
        picture = still(self._picture)
        if self._ground is None or self._ground[1] != rows or self._ground[0] != picture:
            self._ground = picture, rows, paint(self._scene, self._routes, picture, rows)
        old = self.canvas
        pointed = with_cursor(self._ground[2], self._scene, self._cursor, rows)
        self.canvas = with_packets(pointed, self._scene, packet_cells(self._routes, self._picture), rows)
        self.changed(range(self.canvas.height) if old is None else sorted(diff(old, self.canvas)))
        self._paint_map()

    def _paint_map(self) -> None:
        """Make the map anew if it shows something else now, and draw the rows again where it was and is."""
        assert self._scene is not None
        wanted = None if self._mapped is None else (id(self._scene), self._view, self._mapped)
        if wanted == self._map_of:
            return
        self._map_of, old = wanted, self._map
        self._map = None if self._mapped is None else overview_map(self._scene, self._view, self._mapped)
        top = self.scroll_offset.y
        for one in (old, self._map):
            if one is not None:
                self.changed(range(top + one.rect.y, top + one.rect.bottom))

    @property
    def _view(self) -> Rect:
        """What can be seen of the canvas."""
        return Rect(*self.scroll_offset, *self.content_size)

    def render_line(self, y: int) -> Strip:
        strip, map_ = super().render_line(y), self._map
        if map_ is None or not map_.rect.y <= y < map_.rect.bottom:
            return strip
        part = self._strip(map_.rows[y - map_.rect.y]).crop(0, map_.rect.width)
        return Strip.join([strip.crop(0, map_.rect.x), part, strip.crop(map_.rect.right)])

    def pan(self, columns: int, rows: int) -> None:
        """Move the view by so many steps."""
        x, y = self.scroll_offset
        self.scroll_to(x + columns * PAN_COLUMNS, y + rows * PAN_ROWS, animate=False, immediate=True)

    # ---- the mouse --------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button != 1 or self._scene is None:
            return
        event.stop()
        place = event.get_content_offset(self)
        there = None if place is None or self._map is None else self._map.to_canvas(*place)
        if there is not None:
            self.scroll_to(
                there[0] - self.content_size.width // 2,
                there[1] - self.content_size.height // 2,
                animate=False,
                immediate=True,
            )
            return
        self._grabbed, self._dragged = (event.screen_offset, self.scroll_offset), False
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._grabbed is None:
            return
        start, view = self._grabbed
        moved = event.screen_offset - start
        if moved != Offset(0, 0):
            self._dragged = True
        self.scroll_to(view.x - moved.x, view.y - moved.y, animate=False, immediate=True)
        event.stop()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """A click is what began and ended here without moving."""
        if self._grabbed is None:
            return
        self.release_mouse()
        self._grabbed = None
        place = event.get_content_offset(self)
        if not self._dragged and place is not None and self._scene is not None:
            self.post_message(self.Pointed(hit(self._scene, *(place + self.scroll_offset))))
        event.stop()

    def on_mouse_release(self) -> None:
        """Something else has taken the mouse: the drag is over."""
        self._grabbed = None

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        """With ctrl the wheel zooms, with shift it moves the view sideways, otherwise up and down. Textual scrolls only
        what has scroll bars."""
        if event.ctrl:
            self.post_message(self.Zoomed(by))
        elif event.shift:
            self.pan(-by, 0)
        else:
            self.pan(0, -by)
        event.stop()
        event.prevent_default()

    # ---- rows -------------------------------------------------------------------------------------------------------

    def row_at(self, y: int) -> Row:
        if self.canvas is None or not 0 <= y < self.canvas.height:
            return BLANK
        spans: list[Span] = []
        x = 0
        for run in self.canvas.rows[y]:
            if run.x > x:
                spans.append((" " * (run.x - x), Tone.TEXT))
            spans.append((run.text, run.ink))
            x = run.x + len(run.text)
        return Row((*spans, (" " * (self.canvas.width - x), Tone.TEXT)))

    def _follow(self, names: tuple[str, ...]) -> None:
        """Bring machines into view, if the canvas is larger than the view."""
        assert self._scene is not None
        if not self.overflowing:
            return
        width, height = self.content_size
        rects: list[Rect] = []
        for name in names:
            try:
                box, inner = self._scene.find(name)
            except KeyError:
                continue
            rects.append(inner.rect if inner is not None else box.rect)
        if not rects:
            return
        left, right = min(rect.x for rect in rects), max(rect.right for rect in rects)
        top, bottom = min(rect.y for rect in rects), max(rect.bottom for rect in rects)
        x, y = self.scroll_offset
        self.scroll_to(
            _shifted(x, left, right, width, self._scene.width),
            _shifted(y, top, bottom, height, self._scene.height),
            animate=False,
            immediate=True,
        )


def _shifted(now: int, low: int, high: int, room: int, whole: int) -> int:
    """Where a view of `room` cells begins so that it shows `low` to `high`: unmoved if it does, else centred on them;
    what does not fit is shown from its beginning."""
    if now <= low and high <= now + room:
        return now
    wanted = low if high - low > room else (low + high - room) // 2
    return max(0, min(wanted, whole - room))
