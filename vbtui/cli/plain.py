"""What commands print for people, in the characters that arrive: the rule and the characters are those of the screens.

In: a stream, its surroundings, what a person has chosen. Out: how a text gets onto the stream. Never here: who needs
plain characters (`render.plain_terminals`), which they are (`render.plain_characters`), whose choice it is (`session`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from vbtui.render.plain_characters import PlainText

Characters = Callable[[str], str]
"""A text, and as it is written."""


def as_it_is(text: str) -> str:
    """Every character."""
    return text


def characters(stream: TextIO, environment: Mapping[str, str], wanted: bool | None) -> Characters:
    """For a stream: what a person wants, and where they want nothing, what the surroundings tell."""
    from vbtui.render.plain_terminals import letters_of, needs_plain

    encoding = getattr(stream, "encoding", None)
    plain = needs_plain(environment, encoding, terminal=stream.isatty()) if wanted is None else wanted
    return _plainly(letters_of(environment, encoding)) if plain else as_it_is


@cache
def _plainly(encoding: str) -> PlainText:
    from vbtui.render.plain_characters import PlainText

    return PlainText(encoding)


class PlainStream:
    """A terminal that gets plain characters, for who writes to it on their own."""

    def __init__(self, stream: TextIO, plainly: Characters) -> None:
        self._stream, self._plainly = stream, plainly

    def write(self, text: str, /) -> int:
        self._stream.write(self._plainly(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the terminal's."""
        return getattr(self._stream, name)
