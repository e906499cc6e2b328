"""A key of a screen: what it is called, what it does, how much it matters, and how it is written for a person.

Decided here: what one row of a key table says, and the names of actions and keys. Texts are English and are
translated where they are shown. An action of the app has `app.` before its name, and goes by the screen's name all the
same where a person names it (`walkthrough.theme`): `keymap` gives own keys by such names.
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


def keys_in_words(say: Translator, text: str, *, plain: bool) -> str:
    """A text in a language that speaks of keys by their arrows; `plain`: with the words for them that the key table
    has, large at the beginning of a later sentence."""
    if not plain:
        return text
    for arrow, name in _ARROWS.items():
        word = say(name)
        text = text.replace(f". {arrow}", f". {word.capitalize()}").replace(arrow, word)
    return text


def in_language(active: Mapping[str, ActiveBinding], say: Translator) -> dict[str, ActiveBinding]:
    """Bindings with their descriptions in a language."""
    return {
        key: one._replace(binding=replace(one.binding, description=say(one.binding.description)))
        for key, one in active.items()
    }
