"""The keys of the walkthrough, as a table. Bindings, footer, help and command palette all read such tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from vbtui.i18n import N_
from vbtui.ui.keys.key import Key
from vbtui.ui.keys.shared import HELP_KEY, MANNERS, PAPER, QUIT_KEY, RUN_KEY

_PHASES = (
    N_("to phase 1"),
    N_("to phase 2"),
    N_("to phase 3"),
    N_("to phase 4"),
    N_("to phase 5"),
    N_("to phase 6"),
)

WALKTHROUGH_KEYS: Final = (
    Key((("space,full_stop", "play"),), N_("space"), N_("play"), N_("play or pause"), 2),
    Key(
        (("left", "previous_event"), ("right", "next_event")),
        "← →",
        N_("event"),
        N_(
            "previous, next event. While something moves, → finishes the movement and goes no further. "
            "← always goes back, to the event before as it was left."
        ),
        1,
        (N_("previous event"), N_("next event")),
    ),
    Key(
        (("pageup", "previous_step"), ("pagedown", "next_step")),
        N_("PgUp PgDn"),
        N_("step"),
        N_("previous, next step"),
        6,
        (N_("previous step"), N_("next step")),
    ),
    Key(
        (("home", "start"), ("end", "end")),
        N_("Home End"),
        N_("first/last"),
        N_("first, last event; End rejoins a live run"),
        10,
        (N_("first event"), N_("last event")),
    ),
    Key(
        tuple((str(phase), f"phase({phase})") for phase in range(1, 7)),
        "1-6",
        N_("phase"),
        N_("to a phase of the selected VM"),
        7,
        _PHASES,
    ),
    Key((("v", "select_vm"),), "v", N_("VM"), N_("select the next VM; after the last one the VM of the event"), 9),
    Key(
        (("minus", "slower"), ("plus,equals_sign", "faster")),
        "- +",
        N_("speed"),
        N_("slower, faster"),
        8,
        (N_("slower"), N_("faster")),
    ),
    Key((("g", "go_to"),), "g", N_("go to"), N_("to an event by its number or id, or to a step"), 15),
    Key(
        (("slash", "find"),),
        "/",
        N_("find"),
        N_("find a machine, a step or an event by its words"),
        11,
    ),
    Key(
        (("backslash", "filter"),),
        "\\",
        N_("filter"),
        N_("list only the events that have some words; an empty line lists all"),
        16,
    ),
    Key(
        (("f", "follow"),),
        "f",
        N_("follow"),
        N_(
            "follow the connection, a machine or the disk of the event, again the next of them: ← → go through its "
            "events, the rest stands back"
        ),
        13,
    ),
    Key(
        (("b", "break"), ("B", "breaks")),
        "b B",
        N_("breakpoint"),
        N_("stop playing before every event of this kind; the list of breakpoints"),
        14,
        (N_("breakpoint before this kind of event"), N_("all breakpoints")),
    ),
    Key(
        (("w", "what_if"),),
        "w",
        N_("what if"),
        N_("change something from this event on, and see both runs side by side"),
        3,
    ),
    Key((("u", "undo"),), "u", N_("take back"), N_("take back the last what-if; the walk goes on as it was before")),
    Key(
        (("p", "predict"),),
        "p",
        N_("questions"),
        N_("questions on or off: before some events you are asked what comes next"),
        14,
    ),
    Key((("t", "transcript"),), "t", N_("text"), N_("everything told so far, as text"), 17),
    replace(RUN_KEY, rank=5),
    Key((("c", "cancel"),), "c", N_("stop the run"), N_("stop the live run and stay; what is finished stays, too"), 5),
    Key(
        (("f2", "firewall"),),
        "F2",
        N_("firewall"),
        N_("the firewall rules: every required connection by hop, edits that show at once what they do"),
        4,
    ),
    Key(
        (("f3", "data"),),
        "F3",
        N_("data"),
        N_("the data: the blocks of every disk, the restore points"),
        5,
    ),
    Key((("O", "topologies"),), "O", N_("topologies"), N_("another topology: recent ones, those of vbtui, a file"), 18),
    Key(
        (("f5", "file_or_play"),),
        "F5",
        N_("read again"),
        N_("read the changed file again and stay at this place; while presenting: play, as a clicker begins a show"),
        23,
    ),
    Key(
        (("P", "present"),),
        "P",
        N_("present"),
        N_("large, for people who sit far away, with speaker notes in a second terminal; again: every pane"),
        19,
    ),
    *MANNERS,
    *PAPER,
    Key(
        (("tab", "next_tab"), ("shift+tab", "previous_tab")),
        "Tab",
        N_("view"),
        N_("to the next view; with shift to the one before"),
    ),
    Key(
        (("up", "read(-1)"), ("down", "read(1)")),
        "↑ ↓",
        N_("read on"),
        N_("in the view that Tab has gone to, else in the text of the step: read on; in the list, from event to event"),
    ),
    Key(
        (("left_square_bracket", "previous_node"), ("right_square_bracket", "next_node")),
        "[ ]",
        N_("machine"),
        N_("point at the previous, the next machine in the picture; a click points, too"),
        13,
    ),
    Key(
        (("i", "inspect"),),
        "i",
        N_("why"),
        N_("everything about the event, or about what is pointed at: who, why now, which rule, what otherwise"),
        2,
    ),
    Key(
        (("enter", "enter"),), "Enter", N_("open it"), N_("open or close the group that is pointed at; otherwise as i")
    ),
    Key(
        (("z", "zoom(1)"), ("Z", "zoom(-1)"), ("0", "fit_picture")),
        "z Z 0",
        N_("zoom"),
        N_("closer, farther, as much as fits; the wheel with Ctrl zooms, too"),
        14,
    ),
    Key((("M", "map"),), "M", N_("map"), N_("an overview, where the picture is larger than its view")),
    Key((("escape", "release"),), "Esc", N_("end"), N_("end what was begun last, such as pointing at a machine")),
    Key(
        (
            ("shift+left", "pan(-1,0)"),
            ("shift+right", "pan(1,0)"),
            ("shift+up", "pan(0,-1)"),
            ("shift+down", "pan(0,1)"),
        ),
        N_("shift+arrows"),
        N_("move"),
        N_("move the picture where it is larger than its view; the mouse drags it, too"),
    ),
    HELP_KEY,
    QUIT_KEY,
)
