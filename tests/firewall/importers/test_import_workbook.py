"""Rule sheets in workbooks, written by openpyxl."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook

from vbtui.firewall.importers import (
    ImportedRules,
    NoteCode,
    OpaqueReason,
    RulesFileError,
    RulesFormat,
    RulesProblemCode,
    read_sheet,
    recognised,
)

HEADER = ["Name", "Source", "Destination", "Protocol", "Port", "Action"]
RULE = ["web", "10.0.0.1", "any", "TCP", 443, "allow"]


def saved(*rows: list[Any], change: Callable[[Workbook], None] = lambda _: None) -> bytes:
    book = Workbook()
    for row in rows or (HEADER, RULE):
        book.active.append(row)  # type: ignore[union-attr]
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes, sheet: str | None = None) -> ImportedRules:
    return read_sheet(data, file="rules.xlsx", format=RulesFormat.XLSX, sheet=sheet)


def test_numbers_and_texts_are_read_with_their_row() -> None:
    data = saved(["Our rules"], [], HEADER, RULE, [], ["b", "any", "any", "udp", 53.0, "deny"])
    imported = read(data)
    assert recognised(data, "x") is RulesFormat.XLSX
    assert [(rule.origin, rule.services) for rule in imported.rules] == [
        ("rules.xlsx:4", ("tcp/443",)),
        ("rules.xlsx:6", ("udp/53",)),
    ]


def test_a_formula_is_never_calculated_nor_believed() -> None:
    imported = read(saved(HEADER, ["web", "=A1", "any", "TCP", "=440+3", "allow"]))
    assert [(one.reason, one.place) for one in imported.opaque] == [(OpaqueReason.FORMULA, "rules.xlsx:2")]


def test_merged_cells_are_refused_with_their_rows_unless_they_are_above_the_header() -> None:
    def merge(book: Workbook) -> None:
        book.active.merge_cells("A1:F1")  # type: ignore[union-attr]
        book.active.merge_cells("B3:B5")  # type: ignore[union-attr]
        book.active.merge_cells("H3:H5")  # type: ignore[union-attr]

    with pytest.raises(RulesFileError) as error:
        read(saved(["Title"], HEADER, RULE, RULE, RULE, change=merge))
    (problem,) = error.value.problems
    assert (problem.code, problem.line, problem.param("cells")) == (RulesProblemCode.MERGED_CELLS, 3, "B3:B5")


def test_hidden_sheets_are_told_and_may_be_chosen() -> None:
    def hide(book: Workbook) -> None:
        book.active.title = "Hidden"  # type: ignore[union-attr]
        book.active.sheet_state = "hidden"  # type: ignore[union-attr]
        other = book.create_sheet("Rules")
        for row in (HEADER, ["shown", *RULE[1:]]):
            other.append(row)
        book.create_sheet("Notes")

    data = saved(change=hide)
    imported = read(data)
    assert imported.rules[0].name == "shown"
    notes = [(note.code, note.param("sheet")) for note in imported.notes if note.param("sheet")]
    assert notes == [(NoteCode.HIDDEN_SHEET, "Hidden"), (NoteCode.OTHER_SHEET, "Notes")]
    assert read(data, sheet="Hidden").rules[0].name == "web"
    with pytest.raises(RulesFileError) as error:
        read(data, sheet="Nowhere")
    assert error.value.code is RulesProblemCode.NO_SUCH_SHEET


def test_a_date_that_excel_made_of_a_range_is_not_guessed() -> None:
    import datetime

    imported = read(saved(HEADER, ["web", "any", "any", "TCP", datetime.datetime(2026, 1, 5), "allow"]))
    assert [one.reason for one in imported.opaque] == [OpaqueReason.SERVICE]


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500, saved()[:-100], b"x", saved(HEADER)[:900]])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(RulesFileError) as error:
        read(data)
    assert error.value.code is RulesProblemCode.NOT_A_WORKBOOK


def test_a_zip_file_that_would_unpack_to_more_than_the_limit_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    monkeypatch.setattr("vbtui.firewall.importers.workbook_parts.MOST_UNPACKED", 4_000_000)
    with pytest.raises(RulesFileError) as error:
        read(out.getvalue())
    assert error.value.code is RulesProblemCode.FILE_TOO_LARGE


def grown(data: bytes, part: str, before: bytes, more: bytes) -> bytes:
    """The same workbook with `more` in front of the last `before` of a part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            head, mark, rest = text.rpartition(before) if name.endswith(part) else (text, b"", b"")
            new.writestr(name, head + more + mark + rest if mark else text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("before", "more"),
    [
        (b"</row>", b"<c><v>1</v></c>" * 20_000),  # a row with more columns than Excel has
        (b"</row>", b"<c/>" * 8_000_001),  # more than the directory of the file says, and more than is looked at
        (b"<pageMargins", b"<mergeCells>" + b'<mergeCell ref="A1:B1"/>' * 50_001 + b"</mergeCells>"),
    ],
)
def test_a_small_file_with_very_many_cells_is_refused_before_they_are_read(before: bytes, more: bytes) -> None:
    data = grown(saved(), "sheet1.xml", before, more)
    assert len(data) < 100_000
    with pytest.raises(RulesFileError) as error:
        read(data)
    assert error.value.code is RulesProblemCode.TOO_MANY_CELLS


def test_a_sheet_as_wide_as_can_be_is_read() -> None:
    data = grown(saved(), "sheet1.xml", b"</sheetData>", b"<row>" + b"<c/>" * 16_384 + b"</row>")
    assert read(data).rules[0].name == "web"


def test_without_openpyxl_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved()
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(RulesFileError) as error:
        read(data)
    assert error.value.code is RulesProblemCode.NO_WORKBOOK_READER
