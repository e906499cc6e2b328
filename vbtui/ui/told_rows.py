"""Sections of text as rows of a view: each manner gets its ink, each link a key from 1 to 9 in the margin.

In: sections (`render.told`), a width. Out: rows, and what the keys go to. Never here: what is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vbtui.render.told import Line, Link, Manner, Section
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.text import one_cell, wrapped

MOST_LINKS = 9
"""As many as there are keys."""

_TONES = {
    Manner.PLAIN: Tone.TEXT,
    Manner.STRONG: Tone.STRONG,
    Manner.ASIDE: Tone.DIM,
    Manner.GOOD: Tone.OK,
    Manner.WARN: Tone.WARN,
    Manner.BAD: Tone.FAIL,
}

_MARGIN = 2
"""Cells for the key of a link."""


@dataclass(frozen=True, slots=True)
class ToldRows:
    """A text laid out for a width."""

    rows: tuple[Row, ...]
    links: tuple[Link, ...]
    """What the keys from 1 on go to."""
    at: dict[int, Link]
    """Rows that can be clicked."""


def told_rows(sections: Iterable[Section], width: int) -> ToldRows:
    """The sections for a width in cells, with a blank row between them."""
    rows: list[Row] = []
    links: list[Link] = []
    at: dict[int, Link] = {}
    for section in sections:
        if not section.lines:
            continue
        if rows:
            rows.append(BLANK)
        rows += wrapped(section.heading, width, Tone.HEADING)
        for line in section.lines:
            key = ""
            if line.link is not None and (line.link in links or len(links) < MOST_LINKS):
                if line.link not in links:
                    links.append(line.link)
                key = str(links.index(line.link) + 1)
            shown = _line(line, key, width)
            if key and line.link is not None:
                at.update(dict.fromkeys(range(len(rows), len(rows) + len(shown)), line.link))
            rows += shown
    return ToldRows(tuple(rows), tuple(links), at)


def _line(line: Line, key: str, width: int) -> list[Row]:
    """The key of a line stands in the margin of its first row."""
    indent = " " * (2 * line.indent)
    found = wrapped(one_cell(line.text), max(8, width - _MARGIN), _TONES[line.manner], indent=indent)
    margins = [f"{key:<{_MARGIN}}", *[" " * _MARGIN] * max(0, len(found) - 1)]
    return [row((margin, Tone.KEY), *one.spans, fill=one.fill) for margin, one in zip(margins, found, strict=False)]
