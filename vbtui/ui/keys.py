"""The keys of the walkthrough, as a table: what they are called, what they do, and how much they matter.

Bindings, footer, help and command palette all read such tables; the rows that every screen has stand here too. Texts
are English and are translated where they are shown. An action of the app has `app.` before its name, and goes by the
screen's name all the same where a person names it (`walkthrough.theme`): `keymap` gives own keys by such names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from textual.binding import ActiveBinding, Binding
from textual.keys import _character_to_key, key_to_character

from vbtui.i18n import N_, Translator


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the help screen: one key, or two that belong together."""

    keys: tuple[tuple[str, str], ...]
    """Textual's names of the keys (several by comma) and the action of each."""
    shown: str
    """How the keys are written; words among them are translated."""
    short: str
    """For the footer."""
    long: str
    """For the help screen."""
    rank: int = 0
    """Place in the queue for the footer, from 1; 0 is for the help screen only."""
    each: tuple[str, ...] = ()
    """For the command palette: what each of several actions does; empty where they are better told together."""


LANGUAGE_KEY: Final = Key((("L,l", "language"),), "L", N_("Deutsch"), N_("change the language: English, Deutsch"), 6)
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
    N_("perform the job for real while you watch; again, as an incremental run"),
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

_PHASES = (
    N_("to phase 1"),
    N_("to phase 2"),
    N_("to phase 3"),
    N_("to phase 4"),
    N_("to phase 5"),
    N_("to phase 6"),
)

KEYS: Final = (
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
        5,
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
        6,
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
    replace(RUN_KEY, rank=4),
    Key(
        (("f2", "firewall"),),
        "F2",
        N_("firewall"),
        N_("the firewall rules: every required connection by hop, edits that show at once what they do"),
        3,
    ),
    Key(
        (("f3", "data"),),
        "F3",
        N_("data"),
        N_("the data: the blocks of every disk, the restore points"),
        4,
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
        3,
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


def bindings(keys: Iterable[Key], screen: str) -> Iterator[Binding]:
    """The bindings of a screen's keys, each with an id such as `walkthrough.play`."""
    for key in keys:
        for names, action in key.keys:
            yield Binding(names, action, key.short, id=name_of(action, screen), show=False)


def name_of(action: str, screen: str) -> str:
    """The name of an action of a screen, as a settings file has it: `walkthrough.play`, `walkthrough.phase(3)`."""
    return f"{screen}.{action.removeprefix('app.')}"


_WRITTEN: Final = {
    "space": N_("space"),
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pageup": N_("PgUp"),
    "pagedown": N_("PgDn"),
    "home": N_("Home"),
    "end": N_("End"),
    "tab": "Tab",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": N_("Backspace"),
    "delete": N_("Del"),
    "insert": N_("Ins"),
    "minus": "-",
    "plus": "+",
    "slash": "/",
    "backslash": "\\",
    "at": "@",
    "underscore": "_",
}
"""How keys that are no characters are written on a keyboard."""
_MODIFIERS: Final = {"ctrl": N_("Ctrl"), "shift": N_("Shift"), "alt": "Alt"}


def normal_key(name: str) -> str:
    """Textual's name of a key, such as `question_mark` for `?`."""
    name = name.strip()
    return _character_to_key(name) if len(name) == 1 else name.lower()


def written(name: str) -> str:
    """A key as it is written, by Textual's name of it; words among them are to be translated."""
    *before, last = name.split("+") if name != "+" else [name]
    shown = _WRITTEN.get(last) or (last.upper() if before or (last[0] == "f" and last[1:].isdigit()) else None)
    if shown is None:
        character = key_to_character(last)
        shown = character if character is not None and character.isprintable() else last
    return "+".join([*(_MODIFIERS.get(one, one) for one in before), shown])


_ARROWS: Final = {"←": N_("left"), "→": N_("right"), "↑": N_("up"), "↓": N_("down")}
"""The names of keys that show an arrow. Without arrows they would look like other keys."""


def said_keys(say: Translator, shown: str, *, plain: bool = False) -> str:
    """How keys are written, in a language: as a whole where the catalogue has it so, otherwise key by key.

    `plain`: with words for arrows.
    """
    whole = say(shown)
    if whole == shown:
        parts = (key if key == "+" else "+".join(say(part) for part in key.split("+")) for key in shown.split(" "))
        whole = " ".join(parts)
    if not plain:
        return whole
    for arrow, name in _ARROWS.items():
        word = say(name)
        whole = " ".join(word if key == arrow else key.replace(arrow, word.capitalize()) for key in whole.split(" "))
    return whole


def in_language(active: Mapping[str, ActiveBinding], say: Translator) -> dict[str, ActiveBinding]:
    """Bindings with their descriptions in a language."""
    return {
        key: one._replace(binding=replace(one.binding, description=say(one.binding.description)))
        for key, one in active.items()
    }
