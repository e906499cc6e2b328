"""A workbook as what it is, a zip file of XML: how much of it is read, and what openpyxl does not say.

Decided here: how much a workbook may unpack to, how many tags it may have and how many cells a sheet. A megabyte can
unpack to a gigabyte of cells, and openpyxl holds a row and all texts at once, so this is known before it reads
anything. Each part is gone through once, a piece at a time.
In: the bytes of a file, the name of a part. Out: nothing, or merged cells. Raises `RulesFileError`.
Never here: values of cells.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

from vbtui.firewall.importers.problems import RulesFileError, RulesProblemCode, refused

MOST_UNPACKED: Final = 128 * 1024 * 1024
"""Bytes of a workbook's parts together: five times what 50,000 rules with 13 columns take."""
MOST_TAGS: Final = 8_000_000
"""Opening angle brackets in all parts; a cell with a number has four."""
MOST_CELLS: Final = 2_000_000
"""Of the sheet that is read."""
MOST_CELLS_OF_ROW: Final = 16_384
"""Columns that a sheet of Excel has."""
MOST_MERGED: Final = 50_000

_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that a sheet shows as one: rows and columns, both included, rows from 1 and columns from 0."""

    cells: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


def check_parts(data: bytes, file: str) -> None:
    """Refuses a workbook that would take minutes or gigabytes; what its directory says of sizes is not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = tags = 0
            for part in archive.infolist():
                with archive.open(part) as opened:
                    while piece := opened.read(_PIECE):
                        unpacked += len(piece)
                        tags += piece.count(b"<")
                        if unpacked > MOST_UNPACKED:
                            raise refused(
                                file, None, RulesProblemCode.FILE_TOO_LARGE, limit=MOST_UNPACKED, format="xlsx"
                            )
                        if tags > MOST_TAGS:
                            raise refused(file, None, RulesProblemCode.TOO_MANY_CELLS, limit=MOST_TAGS // 4)
    except RulesFileError:
        raise
    except Exception:  # zipfile and zlib raise more than they list on hostile bytes
        raise refused(file, None, RulesProblemCode.NOT_A_WORKBOOK, detail="zip") from None


def merged_cells(data: bytes, part: str, file: str) -> tuple[Merged, ...]:
    """The merged cells of a sheet, which openpyxl leaves out when it reads row by row; refuses too many cells."""
    scan = _Scan(file)
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(part) as opened:
        while piece := opened.read(_PIECE):
            scan.feed(piece)
    return tuple(scan.merged)


class _Scan:
    """One pass over a sheet's XML. Names are compared without their prefix, which a writer may choose."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._cells = self._of_row = 0
        self.merged: list[Merged] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start

    def feed(self, piece: bytes) -> None:
        self._parser.Parse(piece)

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                self._of_row = 0
            case "c":
                self._cells += 1
                self._of_row += 1
                if self._cells > MOST_CELLS or self._of_row > MOST_CELLS_OF_ROW:
                    limit = MOST_CELLS if self._cells > MOST_CELLS else MOST_CELLS_OF_ROW
                    raise refused(self._file, None, RulesProblemCode.TOO_MANY_CELLS, limit=limit)
            case "mergeCell":
                self._merge(attributes.get("ref", ""))

    def _merge(self, cells: str) -> None:
        from openpyxl.utils.cell import range_boundaries

        if len(self.merged) >= MOST_MERGED:
            raise refused(self._file, None, RulesProblemCode.TOO_MANY_CELLS, limit=MOST_MERGED)
        first_column, first_row, last_column, last_row = range_boundaries(cells)
        if None not in (first_column, first_row, last_column, last_row):
            self.merged.append(
                Merged(
                    cells,
                    int(first_row or 0),
                    int(last_row or 0),
                    int(first_column or 1) - 1,
                    int(last_column or 1) - 1,
                )
            )
