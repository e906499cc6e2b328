"""Where things stand: layout, lines and characters of the topology picture, without a screen.

In: a topology, the links that may be shown, the state of each at one moment. Out: a canvas of characters with ink
names. Never here: what happens when, colours, keys, a clock, or a framework of screens.
"""

from vbtui.drawing.canvas import Canvas, Run, diff
from vbtui.drawing.contents import NOTHING_FOLDED, Folded, drawn_role
from vbtui.drawing.layout import layout
from vbtui.drawing.overview import Scale, overview, scale_of
from vbtui.drawing.packets import packet_cells, still, with_packets
from vbtui.drawing.painting import paint
from vbtui.drawing.picture import Emphasis, Gauge, Ink, LinkPicture, LinkState, Mark, Picture, VmMark
from vbtui.drawing.routing import route
from vbtui.drawing.scene import (
    ZOOM_LEVELS,
    Box,
    BoxRow,
    DetailLevel,
    Direction,
    Group,
    Link,
    Rect,
    Route,
    RowKind,
    Scene,
    hit,
    in_order,
)
from vbtui.drawing.thumbnail import thumbnail
from vbtui.drawing.wording import FIELD_WORDS, Wording

__all__ = [
    "FIELD_WORDS",
    "NOTHING_FOLDED",
    "ZOOM_LEVELS",
    "Box",
    "BoxRow",
    "Canvas",
    "DetailLevel",
    "Direction",
    "Emphasis",
    "Folded",
    "Gauge",
    "Group",
    "Ink",
    "Link",
    "LinkPicture",
    "LinkState",
    "Mark",
    "Picture",
    "Rect",
    "Route",
    "RowKind",
    "Run",
    "Scale",
    "Scene",
    "VmMark",
    "Wording",
    "diff",
    "drawn_role",
    "hit",
    "in_order",
    "layout",
    "overview",
    "packet_cells",
    "paint",
    "route",
    "scale_of",
    "still",
    "thumbnail",
    "with_packets",
]
