"""Sheets as Markdown: headings and tables for a pull request, a wiki page, a change request.

The dialect is GitHub Flavored Markdown, section 4.10 (tables), which GitLab and most wikis share. Cells come from
files: whatever a reader of Markdown would take for markup, HTML, a link or the edge of a cell is escaped, so that every
cell shows exactly the text of the sheet. Lines of a cell are joined by `<br>`, the only HTML that is ever written.
Never here: words, decisions about what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from vbtui.render.printing import printable
from vbtui.render.sheet import Sheet

_SPECIAL: Final = frozenset("\\`*_[]<>#|~&$@")
"""Escaped wherever they stand: CommonMark 2.4 allows a backslash before any ASCII punctuation. An at sign would make a
link of a mail address, a number sign one of an issue, a dollar sign a formula. Brackets that are round, and braces and
exclamation marks, mean something beside square ones only."""

_COLON: Final = re.compile(r":(?=\S)")
"""Would make a link of a bare address (GFM 6.9) or a picture of a word such as `:x:`; before a blank it cannot."""

_WWW: Final = re.compile(r"(?i)(www)\.")
"""Makes a link without any colon (GFM 6.9)."""

_FIRST: Final = frozenset("+-=.:")
"""Escaped at the beginning of a paragraph only, where they could begin a list or a table, or underline a heading."""


def markdown_text(sheets: Iterable[Sheet], level: int = 2) -> str:
    """Each sheet as a heading of that level and a table, an empty line between them.

    A sheet without rows is its heading as a paragraph, since it says that there is nothing.
    """
    return "\n".join(_sheet(sheet, level) for sheet in sheets)


def _sheet(sheet: Sheet, level: int) -> str:
    heading = markdown_cell(sheet.heading)
    if not sheet.rows:
        return f"{_paragraph(heading)}\n"
    lines = [
        f"{'#' * level} {heading}",
        "",
        _row(sheet.columns),
        _row(["---"] * len(sheet.columns), escaped=True),
        *(_row(row) for row in sheet.rows),
    ]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str], *, escaped: bool = False) -> str:
    return "| " + " | ".join(cell if escaped else markdown_cell(cell) for cell in cells) + " |"


def markdown_cell(text: str) -> str:
    """A text as it stands between two bars of a table, or in a heading: one line, shown literally."""
    return "<br>".join(_line(line) for line in text.split("\n"))


def _line(text: str) -> str:
    # Blanks at the ends would be trimmed or make a line break; what cannot be printed is written as an escape.
    text = printable(text).strip(" ")
    found = "".join(f"\\{char}" if char in _SPECIAL else char for char in text)
    return _WWW.sub(r"\1\\.", _COLON.sub(r"\:", found))


def _paragraph(line: str) -> str:
    """The same where it stands alone, at the beginning of a line; within a table or a heading no list begins."""
    if line[:1] in _FIRST:
        return f"\\{line}"
    digits = len(line) - len(line.lstrip("0123456789"))
    return f"{line[:digits]}\\{line[digits:]}" if digits and line[digits : digits + 1] in (".", ")") else line
