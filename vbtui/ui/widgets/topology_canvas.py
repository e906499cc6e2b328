"""The topology: boxes, lines, and the one thing that moves. Drawn row by row; only rows that differ are drawn again.

The layout is made for the size of the view, which has no scroll bars: they would change what decides about them.
Where it cannot be made to fit, the canvas is larger and the view follows the acting machines; a person may move it
too.
"""

from __future__ import annotations

from vbtui.drawing import Canvas, Ink, Picture, Rect, Route, Scene, diff, layout, paint, route
from vbtui.i18n import N_
from vbtui.render.canvas_words import canvas_wording
from vbtui.topology import Topology
from vbtui.ui.inks import BLANK, Row, Span, Tone
from vbtui.ui.moment import Moment
from vbtui.ui.scenery import Scenery
from vbtui.ui.widgets.lines_view import LinesView

PAN_COLUMNS = 8
PAN_ROWS = 3
"""Cells that one key moves the view."""


class TopologyCanvas(LinesView):
    """A view of the picture that `Scenery` makes of a moment."""

    # The inks of the picture only here: Textual works out every component class of every widget again and again.
    COMPONENT_CLASSES = {f"ink--{ink.replace('_', '-')}" for ink in Ink}

    def __init__(self, topology: Topology, scenery: Scenery, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._topology = topology
        self._scenery = scenery
        self._placed_for: tuple[int, int, str] = (0, 0, "")
        self._scene: Scene | None = None
        self._routes: tuple[Route, ...] = ()
        self.canvas: Canvas | None = None
        self._picture: Picture | None = None
        self._followed: int | None = None

    def show(self, moment: Moment) -> None:
        size = self.content_size
        placed_for = (*size, moment.say.language)
        renewed = self._scene is None or placed_for != self._placed_for
        if renewed:
            self._placed_for = placed_for
            wording = canvas_wording(moment.say)
            links = self._scenery.links
            self._scene = layout(self._topology, width=size[0], height=size[1], links=links, wording=wording)
            self._routes = route(self._scene, self._scenery.links)
        assert self._scene is not None
        title = moment.say(N_("Topology"))
        if self._scene.width > size.width or self._scene.height > size.height:
            title = f"{title} · {moment.say(N_('shift+arrows move'))}"
        self.entitle(title)
        self._picture = self._scenery.picture(moment)
        if renewed:
            self.renewed(self._scene.width, self._scene.height)
        if renewed or self._followed != moment.event.position:
            self._followed = moment.event.position
            self._follow(self._scenery.acting(moment.event))
        self._paint()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._paint()

    def _paint(self) -> None:
        """Paint what can be seen, and draw the rows again that differ."""
        if self._scene is None or self._picture is None:
            return
        top = self.scroll_offset.y
        old, self.canvas = (
            self.canvas,
            paint(self._scene, self._routes, self._picture, range(top, top + self.content_size.height)),
        )
        changed = range(self.canvas.height) if old is None else sorted(diff(old, self.canvas))
        self.changed(changed)

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
        """Bring what acts into view, if the canvas is larger than the view."""
        assert self._scene is not None
        width, height = self.content_size
        if self._scene.width <= width and self._scene.height <= height:
            return
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
