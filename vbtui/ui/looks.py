"""How the screens look and move for one person: characters, colours, motion, the size of labels.

Decided here: what can be chosen, and what follows from a choice. One immutable value of the app; screens draw by it and
are told when it is another one. Never here: keys, files, the terminal that was found (`terminal`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from textual.app import App

from vbtui.render.symbols import ASCII_CELLS, RICH, Symbols


class Motion(StrEnum):
    """How much moves while an event is shown. Every animation ends in what is shown without it."""

    FULL = "full"
    """A packet travels."""
    REDUCED = "reduced"
    """Lines and boxes light up one after the other; nothing travels."""
    NONE = "none"
    """One still picture for every event."""

    @property
    def following(self) -> Motion:
        """The next one to choose, after the last the first."""
        order = list(Motion)
        return order[(order.index(self) + 1) % len(order)]


@dataclass(frozen=True, slots=True)
class Looks:
    """What a person has chosen, or what their terminal needs."""

    ascii: bool = False
    """Only characters that every font has."""
    light: bool = False
    motion: Motion = Motion.FULL
    large: bool = False
    """For people who sit far away: fewer views, more room for each."""
    frames: int = 15
    """Pictures a second while something moves: more costs a remote terminal more than it shows."""

    @property
    def symbols(self) -> Symbols:
        """Marks that are one cell wide."""
        return ASCII_CELLS if self.ascii else RICH


PLAIN_LOOKS = Looks()
"""What is drawn where nobody has chosen."""


def looks_of(app: App[Any]) -> Looks:
    """Those of the app that a screen or widget is in; the plain ones in somebody else's app."""
    found = getattr(app, "looks", None)
    return found if isinstance(found, Looks) else PLAIN_LOOKS
