"""Tables for a person: no word broken, ways and steps in words, keys of sources with what they stand for."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vbtui.i18n import LANGUAGES, translator
from vbtui.planning import Effect, check, required_connections
from vbtui.render import Messages
from vbtui.render.check_sheets import check_sheet, trouble_sheet, vms_sheet
from vbtui.render.sheet import Sheet
from vbtui.render.sheets import disagreements_sheet, ports_sheet, sources_sheet, steps_text
from vbtui.render.tables import print_sheet, sheet_lines
from vbtui.topology import load, resolve, shipped
from vbtui.vocabulary import StepId


def sheets_of(name: str, language: str) -> list[Sheet]:
    topology = load(resolve(name)).topology
    messages, job = Messages(translator(language), topology), topology.jobs[0]
    report, connections = check(topology, job), required_connections(topology, job)
    rows = [one.asked.row for one in connections]
    points = [point for row in rows for point in row.disagreements]
    return [
        check_sheet(messages, report),
        trouble_sheet(messages, report),
        vms_sheet(messages, report, every=True),
        ports_sheet(messages, job.name, connections),
        disagreements_sheet(messages, points),
        sources_sheet(messages, rows, points),
    ]


def printed(sheet: Sheet, width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    stream = io.StringIO()
    print_sheet(stream, sheet)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_table_fits_the_terminal_and_breaks_no_word(
    width: int, name: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sheet in sheets_of(name, language):
        lines = printed(sheet, width, monkeypatch)
        assert all(len(line) <= width for line in lines)
        shown = {word for line in lines for word in line.split()}
        words = {word for row in sheet.rows for cell in row for word in cell.split()}
        fewer = {word for row in (sheet.narrow or sheet).rows for cell in row for word in cell.split()}
        # an address on the web may be longer than any column
        assert {word for word in fewer & words if "://" not in word} <= shown


def test_a_terminal_too_narrow_for_its_words_breaks_them_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = Sheet("heading", ("one", "two"), (("x" * 30, "y" * 50),))
    lines = printed(sheet, 40, monkeypatch)
    assert all(len(line) <= 40 for line in lines)
    text = "".join(lines)
    assert (text.count("x"), text.count("y")) == (30, 50)


def test_a_pipe_gets_one_line_for_each_row() -> None:
    for sheet in sheets_of("classroom", "en"):
        assert len(sheet_lines(sheet)) == len(sheet.rows) + 2


CELLS = st.text("ab …✔↪é网\n\r\x0b", max_size=12)
"""Without tabs, at which rich breaks lines although there is room."""


def drawn_by_rich(sheet: Sheet) -> list[str]:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for column in sheet.columns:
        table.add_column(Text(column), overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(cell) for cell in row))
    target = Console(file=io.StringIO(), width=10_000, color_system=None, markup=False, emoji=False)
    with target.capture() as capture:
        target.print(table)
    return [line.rstrip() for line in capture.get().split("\n")[:-1]]


@given(st.integers(1, 4).flatmap(lambda count: st.lists(st.tuples(*[CELLS] * count), min_size=1, max_size=5)))
def test_plain_columns_are_those_of_a_table_without_rules(rows: list[tuple[str, ...]]) -> None:
    sheet = Sheet("heading", ("one", "two", "three", "four")[: len(rows[0])], tuple(rows))
    assert sheet_lines(sheet) == ["heading", *drawn_by_rich(sheet)]


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (tuple(StepId), "all steps"),
        ((StepId.SNAPSHOT,), "3"),
        ((StepId.TRANSPORT_SERVICES, StepId.RULES), "1.4, 1.5"),
        ((StepId.DIRECT_STORAGE, StepId.HOTADD, StepId.NETWORK), "5.1-5.3"),
        ((StepId.TRIGGER, StepId.DIRECT_STORAGE, StepId.HOTADD, StepId.NETWORK, StepId.COMMIT), "1.0, 5.1-6"),
    ],
)
def test_steps_in_a_row_are_told_by_the_first_and_the_last(steps: tuple[StepId, ...], text: str) -> None:
    assert steps_text(translator("en"), steps) == text


def test_ports_tell_addresses_and_where_another_way_could_stand_in() -> None:
    sheet = next(one for one in sheets_of("two-site", "en") if "Way" in one.columns)
    rows = [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]
    ways = {(row["Level"], row["Way"]) for row in rows}
    assert ("required (way 1 of 2)", "1 of 2: over the transport port") in ways
    assert ("required (way 2 of 2)", "2 of 2: over the port range") in ways
    assert ("required", "") in ways
    assert any(row["From"] == "px-hq 10.1.10.21 (operating system)" and "(DNS)" in row["To"] for row in rows)


def test_every_key_of_a_source_is_explained() -> None:
    *_, ports, points, sources = sheets_of("classroom", "en")
    keys = {row[0] for row in sources.rows}
    assert {key for row in points.rows for key in row[0].split(", ")} <= keys
    assert ports.narrow is not None
    cited = {key for row in ports.narrow.rows for key in row[-1].rpartition("[")[2].rstrip("]").split(", ")}
    assert cited <= keys


def test_a_way_that_stands_in_is_named_with_its_connections() -> None:
    topology = load(resolve("classroom")).topology
    report = check(topology, topology.jobs[0])
    sheet = trouble_sheet(Messages(translator("en"), topology), report)
    assert any(goal.effect is Effect.NEXT_WAY for goal in report.goals)
    vix = "another way is taken – over VIX: vbr01 → vc01, esx02 tcp/443"
    lost = "VIX takes time out of the freeze, which Windows holds for 60 s at most"
    assert f"{vix}; {lost}" in {row[-1] for row in sheet.rows}
    assert "vbr01: guest account over VIX" in {row[3] for row in sheet.rows}


@pytest.mark.parametrize("name", shipped())
def test_what_every_step_rests_on_has_no_list_of_steps(name: str) -> None:
    sheet = next(one for one in sheets_of(name, "en") if "Way" in one.columns)
    around = [row for row in sheet.rows if "(DNS)" in row[1]]
    assert around
    assert {row[3] for row in around} == {"all steps"}
