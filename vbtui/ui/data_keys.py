"""The keys of the Data screen, as a table like that of the walkthrough."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.keys import Key

DATA_KEYS: Final = (
    Key(
        (("up", "move(-1)"), ("down", "move(1)")),
        "↑ ↓",
        N_("row"),
        N_("disk, or restore point, above or below"),
        2,
    ),
    Key((("left", "disk(-1)"), ("right", "disk(1)")), "← →", N_("disk"), N_("the disk before, the next disk"), 9),
    Key(
        (("pageup", "move(-10)"), ("pagedown", "move(10)")), N_("PgUp PgDn"), N_("ten rows"), N_("ten rows up or down")
    ),
    Key(
        (("home", "move(-1000000)"), ("end", "move(1000000)")),
        N_("Home End"),
        N_("first/last"),
        N_("first row, last row"),
    ),
    Key(
        (("tab", "next_view"), ("shift+tab", "previous_view")),
        "Tab",
        N_("view"),
        N_("from the disks to the restore points and back; on small screens the next view"),
        3,
    ),
    Key(
        (("r", "run"),),
        "r",
        N_("run for real"),
        N_("perform the job for real while you watch; again, as an incremental run"),
        2,
    ),
    Key(
        (("a", "all_disks"),),
        "a",
        N_("all disks"),
        N_("throughput of all disks together, or of the selected one"),
        8,
    ),
    Key((("v", "verify"),), "v", N_("verify"), N_("read every block of the selected restore point, compare hashes"), 5),
    Key(
        (("x", "restore"),),
        "x",
        N_("restore"),
        N_("restore the selected disk from the selected restore point, to a new file"),
        6,
    ),
    Key(
        (("h", "health"),),
        "h",
        N_("health"),
        N_("check every restore point of the VM: what is damaged, what it harms, what heals it"),
        12,
    ),
    Key((("enter", "details"),), "Enter", N_("details"), N_("what came of the last verification or check, in full")),
    Key((("c", "cancel"),), "c", N_("cancel"), N_("cancel the verification, restore or check that goes on"), 7),
    Key((("g", "reload"),), "g", N_("list again"), N_("list the restore points again")),
    Key((("shift+up", "read(-3)"), ("shift+down", "read(3)")), N_("shift+↑ ↓"), N_("read"), N_("scroll the figures")),
    Key((("L,l", "language"),), "L", N_("Deutsch"), N_("change the language: English, Deutsch"), 10),
    Key((("question_mark", "help"),), "?", N_("help"), N_("keys and symbols"), 1),
    Key((("escape,f1,f3", "back"),), "F1", N_("back"), N_("back to the walkthrough; also F3 and Esc"), 1),
    Key((("f2", "firewall"),), "F2", N_("firewall"), N_("to the firewall rules"), 11),
    Key((("q", "quit"),), "q", N_("quit"), N_("quit; a live run is stopped cleanly first"), 4),
)
