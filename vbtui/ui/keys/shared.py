"""The rows that the key tables of several screens share."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.keys.key import Key

LANGUAGE_KEY: Final = Key(
    (("L,l", "language"),), "L", N_("Deutsch"), N_("change the language: English, Deutsch; a click on it does, too"), 6
)
THEME_KEY: Final = Key((("T", "app.theme"),), "T", N_("theme"), N_("dark or light colours"))
PLAIN_KEY: Final = Key(
    (("A", "app.plain_characters"),), "A", N_("plain characters"), N_("only characters that every font has, or all")
)
MOTION_KEY: Final = Key(
    (("m", "app.motion"),), "m", N_("motion"), N_("how much moves: everything, only highlights, nothing")
)
PALETTE_KEY: Final = Key(
    (("colon,ctrl+p", "app.palette"),), ":", N_("commands"), N_("find any command by its name; also Ctrl+P"), 20
)
COPY_KEY: Final = Key(
    (("y", "copy"),), "y", N_("copy"), N_("send what is selected to the terminal's clipboard, as text"), 21
)
WRITE_KEY: Final = Key(
    (("Y", "app.write"),), "Y", N_("write"), N_("write the screen to a file: as text, or as a picture (.svg)")
)
MANNERS: Final = (LANGUAGE_KEY, THEME_KEY, PLAIN_KEY, MOTION_KEY, PALETTE_KEY)
"""How everything is shown, on every screen."""
PAPER: Final = (COPY_KEY, WRITE_KEY)
"""What leaves the screen, on every screen."""
HELP_KEY: Final = Key((("question_mark", "help"),), "?", N_("help"), N_("keys and symbols"), 1)
QUIT_KEY: Final = Key((("q", "quit"),), "q", N_("quit"), N_("quit; a live run is stopped cleanly first"), 1)
RUN_KEY: Final = Key(
    (("r", "run"),),
    "r",
    N_("run for real"),
    N_("perform the job for real as it is shown, while you watch; again, before you leave: an incremental run"),
    2,
)
TEN_ROWS_KEY: Final = Key(
    (("pageup", "move(-10)"), ("pagedown", "move(10)")),
    N_("PgUp PgDn"),
    N_("ten rows"),
    N_("ten rows up or down"),
    each=(N_("ten rows up"), N_("ten rows down")),
)
ENDS_KEY: Final = Key(
    (("home", "move(-1000000)"), ("end", "move(1000000)")),
    N_("Home End"),
    N_("first/last"),
    N_("first row, last row"),
    each=(N_("first row"), N_("last row")),
)
READ_KEY: Final = Key(
    (("shift+up", "read(-3)"), ("shift+down", "read(3)")), N_("shift+↑ ↓"), N_("read on"), N_("scroll the details")
)


def row_key(long: str, rank: int) -> Key:
    """From row to row; `long` says of what."""
    each = (N_("row above"), N_("row below"))
    return Key((("up", "move(-1)"), ("down", "move(1)")), "↑ ↓", N_("row"), long, rank, each)


def view_key(long: str, rank: int) -> Key:
    """From view to view; `long` says which there are."""
    each = (N_("next view"), N_("previous view"))
    return Key((("tab", "next_view"), ("shift+tab", "previous_view")), "Tab", N_("view"), long, rank, each)
