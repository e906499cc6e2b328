"""Workbooks: what a spreadsheet program would read, with openpyxl as the reader."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from vbtui.render.sheet import Sheet
from vbtui.render.workbook import WIDEST, NamedSheet, workbook

DANGEROUS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x")',
    "\t=1",
    "007",
    "12.5",
    "x\x1b[31m",
    "a\x00b",
    "1" * 20,
)


def opened(*sheets: NamedSheet) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook("title", sheets)))


@pytest.mark.parametrize("text", DANGEROUS)
def test_nothing_is_calculated_and_nothing_is_lost(text: str) -> None:
    page = opened(NamedSheet("One", Sheet("h", ("A",), ((text,),))))["One"]
    assert page["A2"].data_type == "s"
    value = str(page["A2"].value)
    assert value == text or "\\" in value  # what cannot be printed is written as an escape
    assert value.isprintable()


def test_whole_numbers_are_numbers() -> None:
    page = opened(NamedSheet("One", Sheet("h", ("A", "B"), (("443", "0"),))))["One"]
    assert (page["A2"].value, page["B2"].value) == (443, 0)


def test_lines_of_a_cell_stay_and_long_text_wraps() -> None:
    book = opened(NamedSheet("One", Sheet("h", ("A", "B"), (("a\nb", "word " * 100),))))
    page = book["One"]
    assert page["A2"].value == "a\nb"
    assert page["A2"].alignment.wrap_text
    assert page.column_dimensions["B"].width == WIDEST + 2
    assert page.freeze_panes == "A2"


def test_the_bytes_hold_no_time_of_writing() -> None:
    data = workbook("title", [NamedSheet("One", Sheet("h", ("A",), ()))])
    assert data == workbook("title", [NamedSheet("One", Sheet("h", ("A",), ()))])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_a_cell_is_never_longer_than_a_cell_may_be() -> None:
    page = opened(NamedSheet("One", Sheet("h", ("A",), (("x" * 40_000,),))))["One"]
    assert len(str(page["A2"].value)) == 32_767
