"""The topology of the walkthrough: boxes, lines, and the one thing that moves.

Where the picture cannot be made to fit, the canvas is larger and the view follows the acting machines; a person may
move it too.
"""

from __future__ import annotations

from vbtui.i18n import N_
from vbtui.topology import Topology
from vbtui.ui.moment import Moment
from vbtui.ui.scenery import Scenery
from vbtui.ui.widgets.picture_canvas import PictureCanvas


class TopologyCanvas(PictureCanvas):
    """A view of the picture that `Scenery` makes of a moment."""

    def __init__(self, topology: Topology, scenery: Scenery, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._topology = topology
        self._scenery = scenery
        self._placed_for: tuple[int, int, str] | None = None
        self._followed: int | None = None

    def show(self, moment: Moment) -> None:
        placed_for = (*self.content_size, moment.say.language)
        renewed = placed_for != self._placed_for
        if renewed:
            self._placed_for = placed_for
            self.place(self._topology, self._scenery.links, moment.say)
        title = moment.say(N_("Topology"))
        if self.overflowing:
            title = f"{title} · {moment.say(N_('shift+arrows move'))}"
        self.entitle(title)
        follow = None
        if renewed or self._followed != moment.event.position:
            self._followed = moment.event.position
            follow = self._scenery.acting(moment.event)
        self.draw(self._scenery.picture(moment), renewed=renewed, follow=follow)
