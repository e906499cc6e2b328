"""A longer text in parts, as views and the plain form both tell it: sections of lines, each with a manner and a link.

Types only. Never here: colours, widths, keys; the screen gives a manner its ink and a link its key, the plain form
writes the lines as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Manner(StrEnum):
    """How a line is meant."""

    PLAIN = "plain"
    STRONG = "strong"
    ASIDE = "aside"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class LinkKind(StrEnum):
    EVENT = "event"
    """By id."""
    MACHINE = "machine"
    """A node, VM or datastore, by name."""
    RUN = "run"
    """The whole run; without a name."""


@dataclass(frozen=True, slots=True)
class Link:
    """Something that a person may go to from a line."""

    kind: LinkKind
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, of any length and without line ends; names from files stand in it literally."""

    text: str
    manner: Manner = Manner.PLAIN
    link: Link | None = None
    indent: int = 0
    """How deep it stands below the line before, in steps."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading; without lines it is not told."""

    heading: str
    lines: tuple[Line, ...]


def in_lines(sections: Iterable[Section]) -> Iterator[str]:
    """The sections as plain text, to be copied or read aloud."""
    for place, section in enumerate(one for one in sections if one.lines):
        if place:
            yield ""
        yield section.heading
        for line in section.lines:
            yield "  " * (line.indent + 1) + line.text.strip()
