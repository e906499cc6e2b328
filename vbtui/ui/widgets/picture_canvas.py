"""A drawn topology on the screen: painted row by row, only rows that differ are drawn again, moved where it is larger.

Decided here: when a layout is made anew, which part of a large canvas is brought into view, and that what stands still
while packets move is painted once. What is drawn, and how it looks, is decided by whoever has a `Picture`.
The layout is made for the size of the view, which has no scroll bars: they would change what decides about them.
"""

from __future__ import annotations

from vbtui.drawing import (
    NOTHING_FOLDED,
    Canvas,
    DetailLevel,
    Folded,
    Ink,
    Link,
    Picture,
    Rect,
    Route,
    Scene,
    diff,
    layout,
    packet_cells,
    paint,
    route,
    still,
    with_packets,
)
from vbtui.i18n import Translator
from vbtui.render.canvas_words import canvas_wording
from vbtui.topology import Topology
from vbtui.ui.inks import BLANK, Row, Span, Tone
from vbtui.ui.widgets.lines_view import LinesView

PAN_COLUMNS = 8
PAN_ROWS = 3
"""Cells that one key moves the view."""


class PictureCanvas(LinesView):
    """A view of a picture."""

    # The inks of the picture only here: Textual works out every component class of every widget again and again.
    COMPONENT_CLASSES = {f"ink--{ink.replace('_', '-')}" for ink in Ink}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._scene: Scene | None = None
        self._routes: tuple[Route, ...] = ()
        self.canvas: Canvas | None = None
        self._picture: Picture | None = None
        self._ground: tuple[Picture, range, Canvas] | None = None
        """What was painted last without packets, and its rows."""

    @property
    def overflowing(self) -> bool:
        """The picture is larger than the view."""
        scene, size = self._scene, self.content_size
        return scene is not None and (scene.width > size.width or scene.height > size.height)

    @property
    def level(self) -> DetailLevel | None:
        """How much of a node is drawn; None before there is a layout."""
        return None if self._scene is None else self._scene.level

    def place(
        self, topology: Topology, links: tuple[Link, ...], say: Translator, folded: Folded = NOTHING_FOLDED
    ) -> None:
        """Make the layout of a topology for the size of the view."""
        width, height = self.content_size
        self._scene = layout(
            topology, width=width, height=height, links=links, wording=canvas_wording(say), folded=folded
        )
        self._routes = route(self._scene, links)
        self._ground = None

    def clear_picture(self) -> None:
        """Show nothing."""
        self._scene, self._picture, self.canvas, self._ground = None, None, None, None
        self.renewed(0, 0)

    def draw(self, picture: Picture, *, renewed: bool, follow: tuple[str, ...] | None = None) -> None:
        """Draw a picture on the layout; `renewed` if that is another one; `follow` are names to bring into view."""
        assert self._scene is not None
        self._picture = picture
        if renewed:
            self.renewed(self._scene.width, self._scene.height)
        if follow is not None:
            self._follow(follow)
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
        self.canvas = with_packets(self._ground[2], self._scene, packet_cells(self._routes, self._picture), rows)
        self.changed(range(self.canvas.height) if old is None else sorted(diff(old, self.canvas)))

    def pan(self, columns: int, rows: int) -> None:
        """Move the view by so many steps."""
        x, y = self.scroll_offset
        self.scroll_to(x + columns * PAN_COLUMNS, y + rows * PAN_ROWS, animate=False, immediate=True)

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
