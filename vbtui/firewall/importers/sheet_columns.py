"""Which column of a sheet is what.

Decided here: where the header stands, and that every field has one column: the one that was named, or the first of the
usual words that the header has. In: rows and what the user says. Out: `Columns`. Raises `RulesFileError`.
Never here: the cells below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vbtui.firewall.importers.imported import Note, NoteCode
from vbtui.firewall.importers.problems import RulesProblemCode, refused
from vbtui.firewall.importers.sheet_tables import Row, Table
from vbtui.firewall.importers.sheet_words import folded, sheet_words

HEADER_WITHIN: Final = 30
"""Rows from the top among which the header is looked for."""

TOLD_ONLY: Final = frozenset({"name", "comment", "owner", "ticket", "expires"})
"""Fields that say something about a rule and change nothing of what it does."""


@dataclass(frozen=True, slots=True)
class Columns:
    header: Row
    fields: Mapping[str, int]
    """Column by field, from 0."""
    limits: tuple[int, ...]
    """Columns that narrow a rule in a way that rules here do not know."""
    notes: tuple[Note, ...]

    def used(self) -> frozenset[int]:
        return frozenset((*self.fields.values(), *self.limits))

    def deciding(self) -> frozenset[int]:
        """Those on which it depends what a rule does."""
        told = {place for field, place in self.fields.items() if field in TOLD_ONLY}
        return self.used() - told


def columns_of(table: Table, wanted: Mapping[str, str], file: str) -> Columns:
    """Find the header. `wanted` names columns by field; an empty name leaves the field out."""
    words = sheet_words()
    unknown = sorted(set(wanted) - set(words.headers))
    if unknown:
        known = ", ".join(words.headers)
        raise refused(file, None, RulesProblemCode.UNKNOWN_FIELD, found=unknown[0], known=known)
    best: Row | None = None
    most = -1
    for row in [row for row in table.rows if not row.blank][:HEADER_WITHIN]:
        headers = [folded(cell.text) for cell in row.cells]
        found = _recognised(headers, wanted)
        missing = _missing(found, wanted)
        if not missing:
            return _columns(row, headers, found, wanted, file)
        if len(found) > most:
            best, most = row, len(found)
    headers = [folded(cell.text) for cell in best.cells] if best is not None else []
    shown = ", ".join(cell.text for cell in best.cells if cell.text) if best is not None else ""
    found = _recognised(headers, wanted)
    line = best.number if best is not None and most > 0 else None
    absent = [name for field, name in wanted.items() if name and folded(name) not in headers]
    if absent:
        raise refused(file, line, RulesProblemCode.MISSING_COLUMN, expected=absent[0], found=shown)
    code = RulesProblemCode.MISSING_COLUMN if most > 0 else RulesProblemCode.NO_HEADER
    raise refused(file, line, code, expected=", ".join(_missing(found, wanted)), found=shown)


def _recognised(headers: list[str], wanted: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, names in sheet_words().headers.items():
        candidates = names if field not in wanted else (folded(wanted[field]),) if wanted[field] else ()
        place = next((headers.index(name) for name in candidates if name and name in headers), None)
        if place is not None:
            found[field] = place
    # A column that was named for one field is no other.
    taken = {found[field] for field in wanted if field in found}
    return {field: place for field, place in found.items() if field in wanted or place not in taken}


def _missing(found: Mapping[str, int], wanted: Mapping[str, str]) -> list[str]:
    missing = [field for field in ("source", "destination", "action") if field not in found]
    if "service" not in found and "port" not in found:
        missing.append("service / port")
    return missing + [name for field, name in wanted.items() if name and field not in found]


def _columns(row: Row, headers: list[str], found: dict[str, int], wanted: Mapping[str, str], file: str) -> Columns:
    for place in found.values():
        if headers.count(headers[place]) > 1:
            raise refused(file, row.number, RulesProblemCode.AMBIGUOUS_COLUMN, columns=row.cells[place].text)
    left_out = {folded(name) for name in wanted.values()}
    limits = tuple(
        place
        for place, header in enumerate(headers)
        if header in sheet_words().limits and place not in found.values() and header not in left_out
    )
    notes = [
        Note(NoteCode.COLUMN, (("field", field), ("column", row.cells[place].text[:80])))
        for field, place in sorted(found.items(), key=lambda item: item[1])
    ]
    notes += [
        Note(NoteCode.COLUMN_IGNORED, (("column", cell.text[:80]),))
        for place, cell in enumerate(row.cells)
        if cell.text and place not in found.values() and place not in limits
    ]
    return Columns(row, found, limits, tuple(notes))
