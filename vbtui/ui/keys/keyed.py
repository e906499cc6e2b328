"""A screen with a key table, and what of it is possible here and now.

Decided here: which keys a screen has for a person who has others than by default, and which actions would do something.
Help, footer and command palette all ask this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from textual.actions import ActionError, parse
from textual.app import App
from textual.screen import Screen

from vbtui.i18n import Translator
from vbtui.ui.keys import Key
from vbtui.ui.keys.keymap import PLAIN_KEYMAP, Keymap

if TYPE_CHECKING:
    from textual.dom import DOMNode


@runtime_checkable
class Keyed(Protocol):
    """A screen whose keys stand in a table."""

    KEY_TABLE: ClassVar[tuple[Key, ...]]
    KEY_NAME: ClassVar[str]
    """What the names of its actions begin with."""


@runtime_checkable
class Speaking(Protocol):
    """A screen that knows the language of the moment."""

    @property
    def say(self) -> Translator:
        """Its translator."""


@runtime_checkable
class Redrawn(Protocol):
    """A screen that draws itself anew when the looks are others."""

    def redraw(self) -> None:
        """Show everything by the looks of the app."""


@runtime_checkable
class Telling(Protocol):
    """A screen that can tell something in its own place, until the next key."""

    def tell_done(self, text: str, *, well: bool = True) -> None:
        """`text` is in the language of the moment; `well`: it is about something that was done."""


@runtime_checkable
class Choosy(Protocol):
    """A screen some of whose actions would do nothing now but tell why."""

    def is_of_use(self, action: str) -> bool:
        """The action, by its name alone, would do something."""


def keymap_of_app(app: App[Any]) -> Keymap:
    """That of the app; the default keys in somebody else's app."""
    found = getattr(app, "keymap", None)
    return found if isinstance(found, Keymap) else PLAIN_KEYMAP


def keys_of(screen: Screen[Any]) -> tuple[Key, ...]:
    """The key table of a screen with the keys that it has now; empty for a screen without one."""
    if not isinstance(screen, Keyed):
        return ()
    return keymap_of_app(screen.app).applied(screen.KEY_TABLE, screen.KEY_NAME)


_parsed = lru_cache(maxsize=512)(parse)
"""The footer asks for every key with every picture of a movement."""


def is_possible(screen: Screen[Any], action: str) -> bool:
    """The action would do something now, as its screen or the app tells."""
    try:
        where, name, parameters = _parsed(action)
    except ActionError:
        return False
    target: DOMNode = screen.app if where == "app" else screen
    if not hasattr(target, f"action_{name}") or target.check_action(name, parameters) is not True:
        return False
    return not isinstance(target, Choosy) or target.is_of_use(name)


def possible_keys(screen: Screen[Any], keys: Iterable[Key]) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
    """The rows of a table that are possible here and now, and the others. A row with several actions stays whole as
    long as one of them is possible."""
    here: list[Key] = []
    elsewhere: list[Key] = []
    for key in keys:
        possible = any(is_possible(screen, action) for _, action in key.keys)
        (here if possible else elsewhere).append(key)
    return tuple(here), tuple(elsewhere)


def single_actions(screen: Screen[Any], keys: Iterable[Key]) -> tuple[tuple[str, Key], ...]:
    """Every possible action on its own, with a row that is about nothing else."""
    found: list[tuple[str, Key]] = []
    for key in keys:
        alone = len(key.keys) == 1
        if not alone and not key.each:
            continue
        for place, (names, action) in enumerate(key.keys):
            if is_possible(screen, action):
                long = key.long if alone else key.each[place]
                found.append((action, replace(key, keys=((names, action),), long=long)))
    return tuple(found)
