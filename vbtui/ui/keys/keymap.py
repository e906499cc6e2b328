"""Keys of a person's own: which wishes of a settings file can be met, and what each key table looks like with them.

Decided here: what a key may be called, when two actions clash, and what happens then: the wish is not met, both actions
keep the keys that they had, and it is told. In: wishes, the key tables. Out: a `Keymap`, and a complaint for every wish
that is not met. A wish never ends the program, and never takes the keys by which one leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

from vbtui.i18n import N_, Translator
from vbtui.render.problems import problem_line
from vbtui.topology import Problem
from vbtui.ui.keys import Key, name_of, normal_key, written
from vbtui.ui.text import one_cell

KeyTables = Mapping[str, Sequence[Key]]
"""The key table of every screen, by the name that its actions begin with."""
RESERVED: Final = ("ctrl+q", "ctrl+c")
"""Leave the program, whatever is shown."""
_NAMED: Final = frozenset((*(key.value for key in Keys), *KEY_NAME_REPLACEMENTS.values()))
_MODIFIERS: Final = ("ctrl", "alt", "shift")


@dataclass(frozen=True, slots=True)
class KeyWish:
    """An action, and the keys that it is to have."""

    action: str
    keys: tuple[str, ...]
    place: str
    """`FILE:LINE:COLUMN` of the settings file."""


class Trouble(StrEnum):
    """Why a wish is not met."""

    UNKNOWN_ACTION = "unknown-action"
    UNKNOWN_KEY = "unknown-key"
    RESERVED = "reserved"
    CLASH = "clash"


_SENTENCES: Final = {
    Trouble.UNKNOWN_ACTION: N_("there is no action {action}"),
    Trouble.UNKNOWN_KEY: N_("{action}: there is no key '{key}'"),
    Trouble.RESERVED: N_("{action}: the key '{key}' always leaves the program"),
    Trouble.CLASH: N_("{action}: the key '{key}' is that of {other}"),
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """A wish that is not met, and why."""

    wish: KeyWish
    trouble: Trouble
    key: str = ""
    other: str = ""
    """The action that has the key, or that may have been meant."""

    def said(self, say: Translator) -> str:
        """In one sentence, with the place in the file."""
        fields = {"action": self.wish.action, "key": self.key, "other": self.other}
        text = say(_SENTENCES[self.trouble]).format(**{name: one_cell(value) for name, value in fields.items()})
        if self.trouble is Trouble.UNKNOWN_ACTION and self.other:
            text += f" ({say(N_('did you mean {words}?')).format(words=self.other)})"
        return f"{one_cell(self.wish.place)}: {text}; {say(N_('ignored'))}"


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Something else that is wrong with the settings file."""

    problem: Problem

    def said(self, say: Translator) -> str:
        """In one sentence, with the place in the file."""
        return one_cell(problem_line(say, self.problem))


Grievance = Complaint | FileProblem
"""What a person is told of the settings file."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys of actions that have others than by default."""

    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def for_textual(self) -> dict[str, str]:
        """Keys by the id of a binding."""
        return {action: ",".join(keys) for action, keys in self.keys}

    def applied(self, table: Iterable[Key], screen: str) -> tuple[Key, ...]:
        """The table of a screen as help, footer and palette are to show it."""
        if not self.keys:
            return tuple(table)
        own = dict(self.keys)
        found = []
        for key in table:
            names = tuple((",".join(own.get(name_of(action, screen), (keys,))), action) for keys, action in key.keys)
            if names != key.keys:
                shown = " ".join(dict.fromkeys(written(keys.split(",")[0]) for keys, _ in names))
                key = replace(key, keys=names, shown=shown)
            found.append(key)
        return tuple(found)


PLAIN_KEYMAP: Final = Keymap()


def keymap_of(wishes: Iterable[KeyWish], tables: KeyTables) -> tuple[Keymap, tuple[Complaint, ...]]:
    """The keymap that meets as many wishes as can be met together, and what is wrong with the others."""
    default = {
        name_of(action, screen): tuple(normal_key(one) for one in keys.split(","))
        for screen, table in tables.items()
        for key in table
        for keys, action in key.keys
    }
    complaints: list[Complaint] = []
    met: dict[str, KeyWish] = {}
    places: list[str] = []
    for wish in wishes:
        places.append(wish.place)
        wrong = _wrong(wish, default)
        if wrong is None:
            met[wish.action] = replace(wish, keys=tuple(dict.fromkeys(normal_key(one) for one in wish.keys)))
        else:
            complaints.append(wrong)
    # Giving up one wish gives an action its old keys back, which may clash with another wish: until nothing clashes.
    while clashing := _clashes(met, default):
        complaints += clashing
        for complaint in clashing:
            met.pop(complaint.wish.action, None)
    ordered = sorted(complaints, key=lambda one: places.index(one.wish.place))
    return Keymap(tuple((action, wish.keys) for action, wish in sorted(met.items()))), tuple(ordered)


def _wrong(wish: KeyWish, default: Mapping[str, tuple[str, ...]]) -> Complaint | None:
    if wish.action not in default:
        near = get_close_matches(wish.action, sorted(default), 1)
        return Complaint(wish, Trouble.UNKNOWN_ACTION, other=near[0] if near else "")
    for key in wish.keys:
        if not is_key(key):
            return Complaint(wish, Trouble.UNKNOWN_KEY, key)
        if normal_key(key) in RESERVED:
            return Complaint(wish, Trouble.RESERVED, key)
    return None


def _clashes(met: Mapping[str, KeyWish], default: Mapping[str, tuple[str, ...]]) -> list[Complaint]:
    """One complaint for every wish whose key another action of its screen has."""
    found = []
    for action, wish in met.items():
        screen = action.partition(".")[0]
        for other, keys in default.items():
            if other == action or other.partition(".")[0] != screen:
                continue
            theirs = met[other].keys if other in met else keys
            if shared := [key for key in wish.keys if key in theirs]:
                found.append(Complaint(wish, Trouble.CLASH, shared[0], other))
                break
    return found


def is_key(name: str) -> bool:
    """A key that can be pressed, by its character or by Textual's name for it."""
    if not name or not name.isprintable() or "," in name:
        return False
    if len(name) == 1 or normal_key(name) in _NAMED:
        return True
    *before, last = name.split("+")
    if any(one not in _MODIFIERS for one in before) or not last:
        return False
    return len(last) == 1 or last in _NAMED or key_to_character(last) is not None
