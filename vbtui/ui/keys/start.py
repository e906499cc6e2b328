"""The keys of the start screen, as a table like that of the walkthrough."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.keys import ENDS_KEY, HELP_KEY, MANNERS, QUIT_KEY, TEN_ROWS_KEY, Key

START_KEYS: Final = (
    Key((("enter", "take"),), "Enter", N_("go on"), N_("open what is selected; a walk goes on where it was left"), 1),
    Key(
        (("up", "move(-1)"), ("down", "move(1)")),
        "↑ ↓",
        N_("select"),
        N_("previous, next topology"),
        2,
        (N_("previous topology"), N_("next topology")),
    ),
    Key((("n", "anew"),), "n", N_("from the beginning"), N_("open what is selected and begin at its first event"), 3),
    Key((("o", "open_file"),), "o", N_("open a file"), N_("open a topology file by its path"), 2),
    Key(
        (("delete,backspace", "forget"),), N_("Del"), N_("forget"), N_("take a walk out of the list; its file stays"), 8
    ),
    TEN_ROWS_KEY,
    ENDS_KEY,
    Key((("escape", "back"),), "Esc", N_("back"), N_("back to the walk that goes on behind this screen"), 4),
    *MANNERS,
    HELP_KEY,
    QUIT_KEY,
)
