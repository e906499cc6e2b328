"""The keys of the what-if screen, as a table like that of the walkthrough."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.keys import ENDS_KEY, HELP_KEY, MANNERS, PAPER, QUIT_KEY, READ_KEY, TEN_ROWS_KEY, Key

WHAT_IF_KEYS: Final = (
    Key(
        (("n", "difference(1)"), ("N", "difference(-1)")),
        "n N",
        N_("difference"),
        N_("to the next, the previous difference"),
        1,
        (N_("to the next difference"), N_("to the previous difference")),
    ),
    Key(
        (("left,up", "move(-1)"), ("right,down", "move(1)")),
        "← →",
        N_("row"),
        N_("to the row above, the row below; ↑ ↓ do the same"),
        3,
        (N_("row above"), N_("row below")),
    ),
    TEN_ROWS_KEY,
    ENDS_KEY,
    READ_KEY,
    Key((("g", "go_to"),), "g", N_("go to"), N_("to an event by its number in B, or by its id"), 8),
    Key((("v", "other_side"),), "v", "A/B", N_("small screens: show the other run at the same event"), 2),
    Key((("tab,shift+tab", "pictures"),), "Tab", N_("picture"), N_("low screens: the pictures, or the rows again")),
    Key((("enter", "walk_on"),), "Enter", N_("walk on in B"), N_("walk on in the changed run, from this event"), 2),
    Key((("escape", "back"),), "Esc", N_("back"), N_("back to the run as it was; nothing is lost or changed"), 2),
    *MANNERS,
    *PAPER,
    HELP_KEY,
    QUIT_KEY,
)
