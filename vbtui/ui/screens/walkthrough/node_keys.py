"""The keys and the mouse on the topology: what is pointed at, how near one is, and which part is in view.

What can be done with the mouse can be done with keys. The inspection itself is not here: whoever is pointed at twice,
or with Enter, is inspected by the screen's `action_inspect`.
"""

from __future__ import annotations

from typing import Final

from vbtui.drawing import DetailLevel
from vbtui.i18n import N_
from vbtui.ui.moment import NoticeKind, told
from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen
from vbtui.ui.sight import Sight
from vbtui.ui.widgets.picture_canvas import PictureCanvas
from vbtui.ui.widgets.topology_canvas import TopologyCanvas

_ALL_IN_VIEW: Final = told(
    NoticeKind.DONE, N_("The whole picture is in view; where it is larger, M shows an overview.")
)


class NodeKeys(WalkScreen):
    """What a person looks at in the picture."""

    def look(self, sight: Sight) -> None:
        """From now on look like that."""
        if sight != self.sight:
            self.sight = sight
            self.show_moment()

    def action_next_node(self) -> None:
        self._point(1)

    def action_previous_node(self) -> None:
        self._point(-1)

    def _point(self, by: int) -> None:
        """First at what takes part in the event, then from one to the next."""
        acting = self.topology.acting
        self.look(self.sight.next(self.topology.names, by, acting[0] if acting else None))

    def action_zoom(self, by: int) -> None:
        self.look(self.sight.zoomed(by, self.topology.level or DetailLevel.FULL))

    def action_fit_picture(self) -> None:
        self.look(self.sight.fitted())

    def action_map(self) -> None:
        if self.sight.map or self.topology.overflowing:
            self.look(self.sight.mapped())
        else:
            self.tell_notice(_ALL_IN_VIEW)

    def action_pan(self, columns: int, rows: int) -> None:
        self.topology.pan(columns, rows)

    def action_enter(self) -> None:
        """Open or close the group that is pointed at; inspect anything else, or the event."""
        if not self.toggle_group():
            self.action_inspect()

    def toggle_group(self) -> bool:
        """Open or close the group that is pointed at; False if that is no group."""
        cursor = self.sight.cursor
        if cursor is None or cursor not in self.topology.groups:
            return False
        self.look(self.sight.toggled(cursor))
        return True

    def release(self) -> bool:
        """Esc ends the pointing, if nothing inside it has ended."""
        if super().release():
            return True
        if self.sight.cursor is None:
            return False
        self.look(self.sight.at(None))
        return True

    def on_picture_canvas_pointed(self, message: PictureCanvas.Pointed) -> None:
        """A click points; a second one does what Enter does."""
        message.stop()
        if message.name is not None and message.name == self.sight.cursor:
            self.action_enter()
        else:
            self.look(self.sight.at(message.name))

    def on_picture_canvas_zoomed(self, message: PictureCanvas.Zoomed) -> None:
        message.stop()
        self.action_zoom(message.by)

    @property
    def topology(self) -> TopologyCanvas:
        """The picture."""
        return self.query_one(TopologyCanvas)
