"""The keys of the speaker notes, as a table like that of the walkthrough."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from vbtui.i18n import N_
from vbtui.ui.keys import HELP_KEY, MANNERS, QUIT_KEY, TEN_ROWS_KEY, Key

NOTES_KEYS: Final = (
    Key((("space,t", "timer"),), "t", N_("timer"), N_("start the timer, or hold it"), 1),
    Key((("0", "timer_anew"),), "0", N_("timer to 0:00"), N_("set the timer to 0:00"), 4),
    Key((("up", "scroll(-1)"), ("down", "scroll(1)")), "↑ ↓", N_("scroll"), N_("scroll the notes"), 3),
    replace(TEN_ROWS_KEY, keys=(("pageup", "scroll(-10)"), ("pagedown", "scroll(10)")), each=()),
    *MANNERS,
    HELP_KEY,
    QUIT_KEY,
)
