"""Sheets as an Excel workbook, for those who hand in their requests that way.

Decided here: how a workbook looks (a frozen header with filters, wrapped cells, widths by what stands in them) and that
nothing in it is calculated: every cell is text or a whole number, whatever it begins with, since names come from files.
The bytes are the same for the same sheets: no time of writing is kept, neither in the document nor in the archive.
In: named `Sheet`s. Out: bytes. openpyxl is imported only here, and only when a workbook is asked for (extra `xlsx`).
Never here: words, files.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from vbtui.render.printing import printable
from vbtui.render.sheet import Sheet

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

WIDEST: Final = 60
"""Characters of the widest column; longer text wraps."""
_NARROWEST: Final = 6
_MOST_CHARACTERS: Final = 32_767
"""What a cell may hold (Excel specifications and limits)."""
_NEVER: Final = datetime(2000, 1, 1)
_OF_THE_ARCHIVE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP archive can tell, in place of the time of writing."""


class NoWorkbooksError(Exception):
    """openpyxl is not installed."""


@dataclass(frozen=True, slots=True)
class NamedSheet:
    """A sheet with the name of its tab: at most 31 characters, without `[]:*?/\\`."""

    name: str
    sheet: Sheet


def workbook(title: str, sheets: Sequence[NamedSheet]) -> bytes:
    """The sheets as an .xlsx file. Raises NoWorkbooksError without openpyxl."""
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise NoWorkbooksError from error

    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title = printable(title)
    book.properties.creator = "vbtui"
    book.properties.created = _NEVER
    for one in sheets:
        _fill(book, one)
    written = io.BytesIO()
    book.save(written)
    return _without_times(written.getvalue())


def _fill(book: Workbook, named: NamedSheet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    page: Worksheet = book.create_sheet(named.name)
    sheet = named.sheet
    header = (Font(bold=True), PatternFill("solid", fgColor="DDE6EE"))
    wrapped = Alignment(wrap_text=True, vertical="top")
    for number, cells in enumerate((sheet.columns, *sheet.rows), start=1):
        for place, text in enumerate(cells, start=1):
            cell: Any = page.cell(number, place)
            _put(cell, text)
            cell.alignment = wrapped
            if number == 1:
                cell.font, cell.fill = header
    for place, column in enumerate(zip(sheet.columns, *sheet.rows, strict=True), start=1):
        longest = max(len(line) for text in column for line in text.split("\n"))
        page.column_dimensions[get_column_letter(place)].width = min(WIDEST, max(_NARROWEST, longest)) + 2
    page.freeze_panes = "A2"
    page.auto_filter.ref = page.dimensions
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = "1:1"


def _put(cell: Any, text: str) -> None:
    """Text as text. A plain whole number as one, or a spreadsheet would call it an error."""
    if text.isascii() and text.isdigit() and len(text) < 16 and str(int(text)) == text:
        cell.value = int(text)
        return
    cell.value = "\n".join(printable(line) for line in text.split("\n"))[:_MOST_CHARACTERS]
    cell.data_type = "s"
    cell.quotePrefix = text[:1] in "=+-@"


_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def _without_times(data: bytes) -> bytes:
    """The same archive with the same times in every entry and document."""
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z\2", old.read(entry))
            named = zipfile.ZipInfo(entry.filename, _OF_THE_ARCHIVE)
            named.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(named, content)
    return found.getvalue()
