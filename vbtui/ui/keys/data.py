"""The keys of the Data screen, as a table like that of the walkthrough."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.keys import (
    ENDS_KEY,
    HELP_KEY,
    MANNERS,
    PAPER,
    QUIT_KEY,
    READ_KEY,
    RUN_KEY,
    TEN_ROWS_KEY,
    Key,
    row_key,
    view_key,
)

DATA_KEYS: Final = (
    row_key(N_("disk, or restore point, above or below"), 2),
    Key(
        (("left", "disk(-1)"), ("right", "disk(1)")),
        "← →",
        N_("disk"),
        N_("the disk before, the next disk"),
        9,
        (N_("the disk before"), N_("the next disk")),
    ),
    TEN_ROWS_KEY,
    ENDS_KEY,
    view_key(N_("from the disks to the restore points and back; on small screens the next view"), 3),
    RUN_KEY,
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
    Key(
        (("c", "cancel"),),
        "c",
        N_("cancel"),
        N_("cancel the verification, restore or check that goes on, else the run; what is finished stays"),
        2,
    ),
    Key((("g", "reload"),), "g", N_("list again"), N_("list the restore points again")),
    READ_KEY,
    *MANNERS,
    *PAPER,
    HELP_KEY,
    Key((("escape,f1,f3", "back"),), "F1", N_("back"), N_("back to the walkthrough; also F3 and Esc"), 1),
    Key((("f2", "firewall"),), "F2", N_("firewall"), N_("to the firewall rules"), 11),
    QUIT_KEY,
)
