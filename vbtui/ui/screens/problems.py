"""What is wrong with a topology file, to be read on the screen: every problem with its place, its sentence, and the
line of the file with a caret below the very spot.

In: a `TopologyError`, the text of the file if it can be read. Out: rows for a width. The text is as hostile as the
file: every character becomes one cell, and of a long line only the part around the spot is shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vbtui.i18n import N_, Translator
from vbtui.render.problems import problem_text
from vbtui.topology import Problem, ProblemCode, TopologyError
from vbtui.topology.loading import BYTE_ORDER_MARK, file_text
from vbtui.topology.shipped import short_name
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.screens.reading import ReadingScreen
from vbtui.ui.text import clip, one_cell, wrapped

BEFORE: Final = 1
"""Lines of the file that are shown before the one with the problem."""
_LEAST: Final = 20
"""Cells of a line that are shown at least, however small the screen is."""


def problems_screen(say: Translator, error: TopologyError) -> ReadingScreen:
    """All problems of a file, to be scrolled through over whatever is shown; nothing below it changes."""
    lines = _lines(error)
    count = sum(problem.code is not ProblemCode.MORE for problem in error.problems)
    known = any(problem.code is ProblemCode.MORE for problem in error.problems)
    text = say.plural("{file}: {count} problem", "{file}: {count} problems", count)
    title = text.format(file=short_name(error.problems[0].file), count=f"{count}+" if known else count)
    return ReadingScreen(say, title, lambda width: problem_rows(say, error, lines, width))


def problem_rows(say: Translator, error: TopologyError, lines: list[str], width: int) -> list[Row]:
    """The rows for a width in cells; `lines` are those of the file, none if it cannot be read."""
    digits = len(str(max((problem.line or 0 for problem in error.problems), default=0)))
    rows = [row((say(N_("Nothing was opened; what was shown goes on.")), Tone.DIM))]
    for problem in error.problems:
        rows.append(BLANK)
        rows += _problem(say, problem, lines, width, digits)
    return rows


def _problem(say: Translator, problem: Problem, lines: list[str], width: int, digits: int) -> list[Row]:
    place = ""
    if problem.line is not None:
        place = say(N_("line {line}, column {column}")).format(line=problem.line, column=problem.column)
    parts = [part for part in (place, one_cell(problem.where)) if part]
    rows = wrapped(" · ".join(parts), width, Tone.HEADING) if parts else []
    rows += wrapped(problem_text(say, problem), width, Tone.STRONG)
    if problem.line is not None and lines and problem.line > 0:
        # What is missing at the end is told behind the last line, where there is nothing to be seen.
        end = problem.line > len(lines)
        line = len(lines) if end else problem.line
        column = len(lines[-1]) + 1 if end else problem.column or 1
        rows += _excerpt(lines, line, column, width, digits)
    return rows


def _excerpt(lines: list[str], line: int, column: int, width: int, digits: int) -> list[Row]:
    """The line, those before it, and the caret. `line` and `column` count from 1."""
    room = max(_LEAST, width - digits - 5)
    first = 0 if column <= room - 8 else column - room * 2 // 3
    rows = []
    # Where the spot is far to the right, the beginning of the lines before says nothing about it.
    before = BEFORE if first == 0 else 0
    for number in range(max(1, line - before), line + 1):
        text = one_cell(lines[number - 1].replace("\t", " "))
        part = text[first:] if first == 0 else "…" + text[first + 1 :]
        tone = Tone.TEXT if number == line else Tone.DIM
        rows.append(row((f" {number:>{digits}} │ ", Tone.DIM), (clip(part, room), tone)))
    caret = min(max(0, column - 1 - first), room)
    rows.append(row((f" {'':>{digits}} │ ", Tone.DIM), (f"{' ' * caret}^", Tone.FAIL)))
    return rows


def _lines(error: TopologyError) -> list[str]:
    """Those of the file that the problems are about; none if it cannot be read."""
    if all(problem.line is None for problem in error.problems):
        return []
    try:
        return file_text(Path(error.problems[0].file)).removeprefix(BYTE_ORDER_MARK).splitlines()
    except TopologyError:
        return []
