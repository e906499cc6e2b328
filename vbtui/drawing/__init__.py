"""Where things stand: layout, lines and characters of the topology picture, without a screen.

In: a topology, the links that may be shown, the state of each at one moment. Out: a canvas of characters with ink
names. Never here: what happens when, colours, keys, a clock, or a framework of screens.

How a picture comes about, which is also the order to read in. `contents` says what each box says, `grouping` what is
folded together; `layout` finds places for the boxes (`boxes`, `rows`, `spans`), trying from `attempts` what fits; the
result is a `scene`. `routing` leads the lines (`lanes` where there are thousands), `captions` and `marks` find room on
them. `painting` makes characters of scene, routes and a `picture`, the state of the moment (`box_painting`,
`mark_painting`, `glyphs`, `canvas`). What moves or is pointed at is laid over that (`packets`, `cursor`, `overlay`).
`overview` and `thumbnail` are the small pictures; `wording` has the few words that are drawn.
"""

from vbtui.drawing.canvas import Canvas, Run, diff
from vbtui.drawing.contents import NOTHING_FOLDED, Folded, drawn_role
from vbtui.drawing.grouping import group_names
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
    "group_names",
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
