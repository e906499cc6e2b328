"""The keys of the walkthrough, as a table: what they are called, what they do, and how much they matter.

Bindings, footer and help screen all read this table. Texts are English and are translated where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from textual.binding import ActiveBinding, Binding

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


KEYS: Final = (
    Key((("space,full_stop", "play"),), N_("space"), N_("play"), N_("play or pause"), 4),
    Key(
        (("left", "previous_event"), ("right", "next_event")),
        "← →",
        N_("event"),
        N_(
            "previous, next event. While something moves, → finishes the movement and goes no further. "
            "← always goes back, to the event before as it was left."
        ),
        1,
    ),
    Key(
        (("pageup", "previous_step"), ("pagedown", "next_step")),
        N_("PgUp PgDn"),
        N_("step"),
        N_("previous, next step"),
        5,
    ),
    Key(
        (("home", "start"), ("end", "end")),
        N_("Home End"),
        N_("first/last"),
        N_("first, last event; End rejoins a live run"),
        10,
    ),
    Key(
        tuple((str(phase), f"phase({phase})") for phase in range(1, 7)),
        "1-6",
        N_("phase"),
        N_("to a phase of the selected VM"),
        7,
    ),
    Key((("v", "select_vm"),), "v", N_("VM"), N_("select the next VM; after the last one the VM of the event"), 9),
    Key((("minus", "slower"), ("plus,equals_sign", "faster")), "- +", N_("speed"), N_("slower, faster"), 8),
    Key(
        (("r", "run"),),
        "r",
        N_("run for real"),
        N_("perform the job for real while you watch; again, as an incremental run"),
        2,
    ),
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
    Key((("L,l", "language"),), "L", N_("Deutsch"), N_("change the language: English, Deutsch"), 6),
    Key((("tab", "next_tab"), ("shift+tab", "previous_tab")), "Tab", N_("view"), N_("small screens: next view")),
    Key((("up", "read(-1)"), ("down", "read(1)")), "↑ ↓", N_("read"), N_("scroll the text of the step")),
    Key(
        (
            ("shift+left", "pan(-1,0)"),
            ("shift+right", "pan(1,0)"),
            ("shift+up", "pan(0,-1)"),
            ("shift+down", "pan(0,1)"),
        ),
        N_("shift+arrows"),
        N_("move"),
        N_("move the picture where it is larger than the screen"),
    ),
    Key((("question_mark", "help"),), "?", N_("help"), N_("keys and symbols"), 1),
    Key((("q", "quit"),), "q", N_("quit"), N_("quit; a live run is stopped cleanly first"), 1),
)


def bindings(keys: Iterable[Key], screen: str) -> Iterator[Binding]:
    """The bindings of a screen's keys, each with an id such as `walkthrough.play`."""
    for key in keys:
        for names, action in key.keys:
            yield Binding(names, action, key.short, id=f"{screen}.{action}", show=False)


def in_language(active: Mapping[str, ActiveBinding], say: Translator) -> dict[str, ActiveBinding]:
    """Bindings with their descriptions in a language."""
    return {
        key: one._replace(binding=replace(one.binding, description=say(one.binding.description)))
        for key, one in active.items()
    }
