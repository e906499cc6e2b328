"""The topology of the walkthrough: boxes, lines, and the one thing that moves.

Where the picture cannot be made to fit, the canvas is larger and the view follows the acting machines; a person may
move it too. Of a large topology only what takes part is placed, anew where others do.
"""

from __future__ import annotations

from vbtui.i18n import N_
from vbtui.topology import Topology
from vbtui.trace import Trace
from vbtui.ui.cutout import Cutout, Cutouts
from vbtui.ui.moment import Moment
from vbtui.ui.scenery import Scenery
from vbtui.ui.widgets.picture_canvas import PictureCanvas


class TopologyCanvas(PictureCanvas):
    """A view of the picture that `Scenery` makes of a moment."""

    def __init__(self, topology: Topology, trace: Trace, scenery: Scenery, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._topology = topology
        self._scenery = scenery
        self._cutouts = Cutouts(topology, trace)
        self._placed_for: object = None
        self._followed: int | None = None

    def show(self, moment: Moment) -> None:
        acting = self._scenery.acting(moment.event)
        vms = (vm for vm in (moment.event.vm, moment.vm) if vm is not None)
        cutout = self._cutouts.at(acting, vms) if self._cutouts.needed else None
        placed_for = (*self.content_size, moment.say.language, None if cutout is None else cutout.names)
        renewed = placed_for != self._placed_for
        if renewed:
            self._placed_for = placed_for
            self._place(moment, cutout)
        self.entitle(self._heading(moment, cutout))
        follow = None
        if renewed or self._followed != moment.event.position:
            self._followed = moment.event.position
            follow = acting
        self.draw(self._scenery.picture(moment), renewed=renewed, follow=follow)

    def _place(self, moment: Moment, cutout: Cutout | None) -> None:
        if cutout is None:
            self.place(self._topology, self._scenery.links, moment.say)
        else:
            links = tuple(link for link in self._scenery.links if {link.source, link.destination} <= cutout.names)
            self.place(cutout.shown, links, moment.say, cutout.folded)

    def _heading(self, moment: Moment, cutout: Cutout | None) -> str:
        say = moment.say
        title = say(N_("Topology"))
        if cutout is not None:
            title += say(N_(" · what takes part of {count} machines")).format(count=say.number(self._machines))
        return f"{title} · {say(N_('shift+arrows move'))}" if self.overflowing else title

    @property
    def _machines(self) -> int:
        return len(self._topology.nodes) + len(self._topology.vms)
