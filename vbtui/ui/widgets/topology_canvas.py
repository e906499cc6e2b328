"""The topology of the walkthrough: boxes, lines, and the one thing that moves.

Decided here: which part of a topology is placed, and at which level. A small one is whole. Of a large one as much as
fits means what takes part, anew where others do; from afar it is whole all the same, as groups or as one line for each
machine, and near it is what takes part again: thousands of boxes would show nothing.
Where the picture is larger than the view, the view follows the acting machines, or whatever a person points at; a
person may move it too.
A layout of a large one takes longer than anything else that a key does. So those of the last few events are kept, and
`foresee` makes one before it is asked for.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from vbtui.drawing import DetailLevel
from vbtui.i18n import N_
from vbtui.topology import Topology
from vbtui.trace import Trace
from vbtui.ui.cutout import Cutout, Cutouts
from vbtui.ui.moment import Moment
from vbtui.ui.scenery import Scenery
from vbtui.ui.widgets.picture_canvas import PictureCanvas, Placement

_FAR = (DetailLevel.GROUP, DetailLevel.LINE)
_LEVELS = {
    DetailLevel.GROUP: N_("groups"),
    DetailLevel.LINE: N_("lines"),
    DetailLevel.COMPACT: N_("small boxes"),
    DetailLevel.FULL: N_("full boxes"),
}
"""What a person has zoomed to, for the title."""

KEPT: Final = 8
"""Layouts that are remembered."""


class TopologyCanvas(PictureCanvas):
    """A view of the picture that `Scenery` makes of a moment."""

    def __init__(self, topology: Topology, trace: Trace, scenery: Scenery, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._topology = topology
        self._scenery = scenery
        self._cutouts = Cutouts(topology, trace)
        self._placed_for: Hashable = None
        self._placements: dict[Hashable, Placement] = {}
        """The last ones by what they are for, the newest last."""
        self._followed: tuple[int, str | None] | None = None
        self.acting: tuple[str, ...] = ()
        """What takes part in the event that is shown."""

    def show(self, moment: Moment) -> None:
        sight = moment.sight
        self.acting = self._scenery.acting(moment.event)
        cutout = self._cutout(moment)
        placed_for = self._place_key(moment, cutout)
        renewed = placed_for != self._placed_for
        if renewed:
            self._placed_for = placed_for
            self.take(self._placement(moment, cutout))
        self.entitle(self._heading(moment, cutout))
        self.draw(
            self._scenery.picture(moment),
            renewed=renewed,
            follow=self._followed_now(moment, renewed=renewed),
            cursor=sight.cursor,
            mapped=(*self.acting, *((sight.cursor,) if sight.cursor else ())) if sight.map else None,
        )

    def foresee(self, moment: Moment) -> None:
        """Make the layout for a moment that may be shown next, unless there is one."""
        if self.content_size and self.needs_foresight(moment):
            self._placement(moment, self._cutout(moment))

    def needs_foresight(self, moment: Moment) -> bool:
        """A step from this moment may need another layout."""
        return self._cutouts.needed and moment.sight.level not in _FAR

    def _followed_now(self, moment: Moment, *, renewed: bool) -> tuple[str, ...] | None:
        """What is brought into view: what acts in another event, or another place that is pointed at."""
        event, cursor = moment.event.position, moment.sight.cursor
        before, self._followed = self._followed, (event, cursor)
        if cursor is not None and (before is None or cursor != before[1] or renewed):
            return (cursor,)
        return self.acting if renewed or before is None or event != before[0] else None

    def _cutout(self, moment: Moment) -> Cutout | None:
        """What is shown of a large topology; None for all of it."""
        sight = moment.sight
        if not self._cutouts.needed or sight.level in _FAR:
            return None
        pointed = (sight.cursor,) if sight.cursor in self._scenery.names else ()
        acting = self._scenery.acting(moment.event)
        return self._cutouts.at((*acting, *pointed), (vm for vm in (moment.event.vm, moment.vm) if vm is not None))

    def _place_key(self, moment: Moment, cutout: Cutout | None) -> Hashable:
        """Everything that a layout depends on."""
        sight, names = moment.sight, None if cutout is None else cutout.names
        return (*self.content_size, moment.say.language, self.ascii, sight.level, sight.opened, names)

    def _placement(self, moment: Moment, cutout: Cutout | None) -> Placement:
        """The layout for a moment: one of the last, or a new one."""
        if cutout is None:
            return self._placed(moment, None)  # of thousands of machines, one would be much to keep
        key = self._place_key(moment, cutout)
        found = self._placements.pop(key, None) or self._placed(moment, cutout)
        self._placements[key] = found
        if len(self._placements) > KEPT:
            del self._placements[next(iter(self._placements))]
        return found

    def _placed(self, moment: Moment, cutout: Cutout | None) -> Placement:
        sight, links = moment.sight, self._scenery.links
        if cutout is None:
            return self.placement(self._topology, links, moment.say, level=sight.level, opened=sight.opened)
        links = tuple(link for link in links if {link.source, link.destination} <= cutout.names)
        return self.placement(cutout.shown, links, moment.say, cutout.folded, level=sight.level)

    def _heading(self, moment: Moment, cutout: Cutout | None) -> str:
        say, level = moment.say, moment.sight.level
        title = say(N_("Topology"))
        if cutout is not None:
            title += say(N_(" · what takes part of {count} machines")).format(count=say.number(self._machines))
        if level is not None:
            title += f" · {say(_LEVELS[level])}"
        return f"{title} · {say(N_('shift+arrows move'))}" if self.overflowing else title

    @property
    def _machines(self) -> int:
        return len(self._topology.nodes) + len(self._topology.vms)
