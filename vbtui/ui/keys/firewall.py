"""The keys of the Firewall screen, as a table like that of the walkthrough."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.keys import ENDS_KEY, HELP_KEY, MANNERS, READ_KEY, TEN_ROWS_KEY, WRITE_KEY, Key, row_key, view_key

_PHASES = (
    N_("only phase 1"),
    N_("only phase 2"),
    N_("only phase 3"),
    N_("only phase 4"),
    N_("only phase 5"),
    N_("only phase 6"),
)

FIREWALL_KEYS: Final = (
    row_key(N_("connection, or rule, above or below"), 1),
    Key(
        (("left", "sideways(-1)"), ("right", "sideways(1)")),
        "← →",
        N_("hop"),
        N_("firewall of the connection; in the rules the next firewall of the file"),
        6,
        (N_("firewall to the left"), N_("firewall to the right")),
    ),
    TEN_ROWS_KEY,
    ENDS_KEY,
    view_key(N_("from the connections to the rules and back; on small screens the next view"), 2),
    Key(
        (("space", "switch_rule"),),
        N_("space"),
        N_("on/off"),
        N_("switch the rule that decides, or is selected, on or off"),
        3,
    ),
    Key((("e", "edit"),), "e", N_("edit"), N_("edit that rule"), 7),
    Key(
        (("N", "new_rule"),),
        "N",
        N_("new rule"),
        N_("a new rule: for the connection in front of the rule that decides, or in front of the selected rule"),
        18,
    ),
    Key((("delete,D", "delete_rule"),), "D", N_("delete"), N_("delete that rule; u takes it back; also Del")),
    Key(
        (("less_than_sign", "shift_rule(-1)"), ("greater_than_sign", "shift_rule(1)")),
        "< >",
        N_("move"),
        N_("move that rule up or down its list: where the first match decides, order counts"),
        each=(N_("rule up its list"), N_("rule down its list")),
    ),
    Key((("a", "accept"),), "a", N_("proposals"), N_("proposed rules: take some of them over"), 5),
    Key(
        (("u,ctrl+z", "undo"), ("U,ctrl+y", "redo")),
        "u U",
        N_("undo/redo"),
        N_("undo, redo; also Ctrl+Z, Ctrl+Y"),
        8,
        (N_("undo"), N_("redo")),
    ),
    Key((("s", "save"),), "s", N_("save as"), N_("save the topology with its edited rules as a new file"), 9),
    Key(
        (("d", "difference"),),
        "d",
        N_("diff"),
        N_("what the edits change: connections gained and lost, and the text"),
        10,
    ),
    Key((("b", "only_trouble"),), "b", N_("blocked"), N_("only what is in the way, or everything"), 4),
    Key(
        (("slash", "find"),),
        "/",
        N_("find"),
        N_("only rows with these words: machine, step, service, rule, firewall"),
        11,
    ),
    Key(
        (("n", "only_node"),), "n", N_("node"), N_("only connections of the source, then of the destination, then all")
    ),
    Key((("t", "only_step"),), "t", N_("this step"), N_("only the step of the selected row, or all")),
    Key(
        tuple((str(phase), f"only_phase({phase})") for phase in range(1, 7)),
        "1-6",
        N_("phase"),
        N_("only the steps of a phase; the same key again shows all"),
        each=_PHASES,
    ),
    Key((("0", "unfilter"),), "0", N_("all"), N_("no filter")),
    Key((("j", "next_job"),), "j", N_("job"), N_("the next job of the topology"), 12),
    Key((("o", "reorder"),), "o", N_("order"), N_("order by step, source, service, answer"), 13),
    Key(
        (("c,y", "copy_row"), ("C", "copy_all")),
        "c C",
        N_("copy"),
        N_("copy the row, or all shown rows, to the clipboard; also y"),
        14,
        (N_("copy the row"), N_("copy all shown rows")),
    ),
    Key((("x", "export"),), "x", N_("export"), N_("write the shown rows to a file: .csv, .md or text"), 15),
    READ_KEY,
    *MANNERS,
    WRITE_KEY,
    HELP_KEY,
    Key(
        (("escape,f1,f2", "back"),),
        "F1",
        N_("back"),
        N_("back to the walkthrough, with the rules as they are now; also F2 and Esc"),
        1,
    ),
    Key((("f3", "data"),), "F3", N_("data"), N_("to the disks and restore points of the job"), 19),
    Key((("q", "quit"),), "q", N_("quit"), N_("quit; unsaved edits are asked about"), 17),
)
