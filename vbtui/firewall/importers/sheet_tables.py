"""Sheets as rows of text: CSV of any dialect, and XLSX workbooks.

Decided here: how a file becomes rows with their numbers, which sheet of a workbook is read, what is refused. A formula
is no value: it is marked, never calculated, and what Excel last saw in it is not believed.
In: bytes. Out: a `Table`. Raises `RulesFileError`, nothing else.
Never here: what a column means.
"""

from __future__ import annotations

import csv
import datetime
import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from vbtui.firewall.importers.imported import Note, NoteCode
from vbtui.firewall.importers.problems import RulesFileError, RulesProblemCode, refused
from vbtui.firewall.importers.text import sheet_text
from vbtui.firewall.importers.workbook_parts import Merged, check_parts, merged_cells
from vbtui.firewall.spreadsheet import cell_value

MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 200
MOST_IN_CELL: Final = 32_767
"""Characters of a cell, as in Excel."""

DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    formula: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    """Line of the file or row of the sheet where it begins, from 1."""
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        return self.cells[column] if column < len(self.cells) else Cell("")

    @property
    def words(self) -> str:
        """The row as one text, up to its last value."""
        texts = [cell.text for cell in self.cells]
        while texts and not texts[-1]:
            texts.pop()
        return " | ".join(texts)

    @property
    def blank(self) -> bool:
        return not any(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[Row, ...]
    merged: tuple[Merged, ...] = ()
    notes: tuple[Note, ...] = ()


def _cell(text: str) -> Cell:
    text = text[:MOST_IN_CELL].strip()
    if (value := cell_value(text)) != text:
        return Cell(value)
    return Cell(text, text.startswith("="))


def csv_tables(data: bytes, file: str) -> Iterator[Table]:
    """The file in every dialect that it may be in, the likeliest first. Raises RulesFileError if it is in none."""
    text, assumed = sheet_text(data, file)
    text = text.replace("\x00", "")
    if not text.strip():
        raise refused(file, None, RulesProblemCode.FILE_EMPTY)
    notes = (Note(NoteCode.ENCODING, (("encoding", assumed),)),) if assumed else ()
    first, _, rest = text.partition("\n")
    start = 1
    delimiters: Iterable[str] = DELIMITERS
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiters, text, start = (first.strip()[4],), rest, 2
    head = text[:4096]
    errors = []
    readable = False
    for delimiter in sorted(delimiters, key=lambda one: -head.count(one)):
        try:
            table = Table(tuple(_csv_rows(text, delimiter, start, file)), notes=notes)
        except RulesFileError as error:
            errors.append(error)
            continue
        readable = True
        yield table
    if not readable:
        raise errors[0]


def _csv_rows(text: str, delimiter: str, start: int, file: str) -> Iterator[Row]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        number = start
        for index, values in enumerate(reader):
            if index >= MOST_ROWS:
                raise refused(file, number, RulesProblemCode.TOO_MANY_ROWS, limit=MOST_ROWS)
            yield Row(number, tuple(_cell(value) for value in values[:MOST_COLUMNS]))
            number = start + reader.line_num
    except csv.Error as error:
        raise refused(file, number, RulesProblemCode.BAD_CSV, detail=str(error)) from None


def xlsx_table(data: bytes, file: str, sheet: str | None) -> Table:
    """One sheet of a workbook: that of the name, else the first that is visible."""
    try:
        import openpyxl
    except ImportError:
        raise refused(file, None, RulesProblemCode.NO_WORKBOOK_READER) from None
    check_parts(data, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
            workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            try:
                return _sheet_table(workbook, data, file, sheet)
            finally:
                workbook.close()
    except RulesFileError:
        raise
    except Exception as error:  # what openpyxl raises on a broken workbook is not listed anywhere
        raise refused(file, None, RulesProblemCode.NOT_A_WORKBOOK, detail=type(error).__name__) from None


def _sheet_table(workbook: Any, data: bytes, file: str, wanted: str | None) -> Table:
    sheets = [one for one in workbook.worksheets if hasattr(one, "iter_rows")]
    known = ", ".join(one.title for one in sheets) or "-"
    if wanted is None:
        visible = [one for one in sheets if one.sheet_state == "visible"]
        if not visible:
            raise refused(file, None, RulesProblemCode.NO_SUCH_SHEET, found="", known=known)
        chosen = visible[0]
    else:
        named = [one for one in sheets if one.title == wanted]
        if not named:
            raise refused(file, None, RulesProblemCode.NO_SUCH_SHEET, found=wanted, known=known)
        chosen = named[0]
    notes = [
        Note(NoteCode.OTHER_SHEET if one.sheet_state == "visible" else NoteCode.HIDDEN_SHEET, (("sheet", one.title),))
        for one in sheets
        if one is not chosen
    ]
    merged = merged_cells(data, str(getattr(chosen, "_worksheet_path", "")).lstrip("/"), file)
    chosen.reset_dimensions()  # what a file says of its size need not be so
    rows = []
    for number, cells in enumerate(chosen.iter_rows(max_col=MOST_COLUMNS), start=1):
        if number > MOST_ROWS:
            raise refused(file, number, RulesProblemCode.TOO_MANY_ROWS, limit=MOST_ROWS)
        row = Row(number, tuple(_workbook_cell(cell) for cell in cells))
        if not row.blank:
            rows.append(row)
    if not rows:
        raise refused(file, None, RulesProblemCode.FILE_EMPTY)
    return Table(tuple(rows), merged, tuple(notes))


def _workbook_cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell("")
    if cell.data_type == "f" or not isinstance(value, str | bool | int | float | datetime.date | datetime.time):
        # A formula, also one of an array or a table.
        return Cell(str(getattr(value, "text", value))[:MOST_IN_CELL], formula=True)
    if isinstance(value, float) and value.is_integer():
        return Cell(str(int(value)))
    if isinstance(value, datetime.datetime):
        return Cell(value.date().isoformat() if value.time() == datetime.time.min else value.isoformat())
    if isinstance(value, str):
        return Cell(value[:MOST_IN_CELL].strip())
    return Cell(str(value))
