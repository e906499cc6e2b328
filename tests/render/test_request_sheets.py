"""Change requests and differences on paper: they fit a terminal, they end, and they say the same as the request."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from vbtui.i18n import translator
from vbtui.planning import ChangeRequest, diff, request
from vbtui.planning.missing import End, Hopeless
from vbtui.planning.review import RemarkKind, remarks
from vbtui.planning.wanted import Unsolved
from vbtui.render import diff_sheets, request_sheets
from vbtui.render.markdown import markdown_text
from vbtui.render.messages import Messages
from vbtui.render.request_documents import request_document, request_rows
from vbtui.render.request_texts import REASONS, REMARKS
from vbtui.render.sheet import Sheet
from vbtui.render.tables import print_sheet
from vbtui.topology import Topology, load, resolve
from vbtui.vocabulary import Service


@pytest.fixture(scope="module", params=["locked-down", "classroom"])
def topology(request: pytest.FixtureRequest) -> Topology:
    return load(resolve(request.param)).topology


@pytest.fixture(scope="module")
def asked(topology: Topology) -> ChangeRequest:
    return request(topology, topology.jobs)


def sheets(messages: Messages, asked: ChangeRequest, topology: Topology) -> Iterable[Sheet]:
    yield from request_sheets.rule_sheets(messages, asked)
    yield request_sheets.summary_sheet(messages, asked)
    yield request_sheets.verdicts_sheet(messages, asked)
    yield request_sheets.opened_sheet(messages, asked)
    yield request_sheets.unsolved_sheet(messages, asked)
    yield request_sheets.remarks_sheet(messages, asked)
    found = diff(topology, asked.proposed)
    yield diff_sheets.jobs_sheet(messages, found)
    yield diff_sheets.goals_sheet(messages, found)
    yield diff_sheets.connections_sheet(messages, found)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal_and_no_word_breaks(
    topology: Topology, asked: ChangeRequest, language: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    messages = Messages(translator(language), topology)
    for sheet in sheets(messages, asked, topology):
        out = io.StringIO()
        print_sheet(out, sheet)
        text = out.getvalue()
        assert all(len(line) <= width for line in text.splitlines()), sheet.heading
        words = {word for row in sheet.rows for cell in row for word in cell.split()}
        assert [word for word in words if word not in text] == []


def test_every_row_has_as_many_cells_as_columns(topology: Topology, asked: ChangeRequest) -> None:
    messages = Messages(translator("de"), topology)
    forms = (request_sheets.form_sheet(messages, asked), request_sheets.flows_sheet(messages, asked))
    for sheet in (*forms, request_sheets.legend_sheet(messages), *sheets(messages, asked, topology)):
        for one in (sheet, sheet.narrow):
            assert one is None or all(len(row) == len(one.columns) for row in one.rows)


def crowd(asked: ChangeRequest, count: int) -> ChangeRequest:
    """The request with its first rule for thousands of destinations."""
    ends = tuple(End(f"m{number}", IPv4Address(167772160 + number), "zone", True) for number in range(count))
    return replace(asked, proposals=(replace(asked.proposals[0], destination_ends=ends), *asked.proposals[1:]))


def test_a_crowd_is_shortened_on_paper_and_whole_for_programs(topology: Topology, asked: ChangeRequest) -> None:
    messages = Messages(translator("en"), topology)
    many = crowd(asked, 10_000)
    row = request_sheets.form_sheet(messages, many).rows[0]
    assert row[5].splitlines()[-1] == "and 9,950 more"
    assert row[6].splitlines()[0] == "10.0.0.0/32"
    flows = request_sheets.flows_sheet(messages, many)
    assert len(flows.rows) == request_sheets.MOST_FLOWS + 1
    total = sum(one.flows for one in many.proposals)
    assert flows.rows[-1][0] == f"{total - request_sheets.MOST_FLOWS:,} more flows are not listed"
    assert len(request_document(many)["changes"][0]["destinations"]) == 10_000
    assert str(next(iter(request_rows(many)))[5]).count(" ") == 9_999


def test_names_cannot_break_out_of_a_markdown_table(topology: Topology, asked: ChangeRequest) -> None:
    paper = replace(asked.proposals[0].paperwork, owner="a | b\n<script>", ticket="[x](http://y)")
    told = replace(asked, proposals=(replace(asked.proposals[0], paperwork=paper),))
    text = markdown_text([request_sheets.form_sheet(Messages(translator("en"), topology), told)])
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 3
    assert len({line.replace("\\|", "").count("|") for line in rows}) == 1
    assert "<script>" not in text


def test_every_code_has_words() -> None:
    assert {one.value for one in Hopeless} <= REASONS.keys()
    assert set(RemarkKind) == REMARKS.keys()


def test_a_flow_without_hope_is_told_with_its_reason(topology: Topology, asked: ChangeRequest) -> None:
    goal = asked.before[0].goals[0]
    flow = ("one", "two", Service.parse("tcp/902"))
    lost = Unsolved(
        asked.before[0].job, goal.steps, goal.need, goal.subject, Hopeless.NO_PATH.value, None, flow, goal.verdict, None
    )
    messages = Messages(translator("en"), topology)
    sheet = request_sheets.unsolved_sheet(messages, replace(asked, unsolved=(lost, replace(lost, job="other"))))
    (row,) = sheet.rows
    assert row[0] == f"{lost.job}, other"
    assert row[4:6] == ("one → two tcp/902", "no firewall joins the two zones")


def test_paperwork_answers_the_questions_about_it(asked: ChangeRequest) -> None:
    kinds = {one.kind for one in remarks(asked.proposals)}
    assert {RemarkKind.NO_OWNER, RemarkKind.NO_TICKET} <= kinds
    named = replace(asked.proposals[0].paperwork, owner="team", ticket="CHG1")
    answered = tuple(replace(one, paperwork=named) for one in asked.proposals)
    assert {one.kind for one in remarks(answered)} == kinds - {RemarkKind.NO_OWNER, RemarkKind.NO_TICKET}
    assert RemarkKind.INEXACT not in kinds


def test_needs_that_read_the_same_are_one_row() -> None:
    """A proxy that gets neither to vCenter nor to the host fails in one step for two needs."""
    topology = load(resolve("classroom")).topology
    (core,) = topology.firewalls
    shut = topology.model_copy(update={"firewalls": (core.model_copy(update={"rules": ()}),)})
    sheet = diff_sheets.goals_sheet(Messages(translator("en"), topology), diff(shut, topology))
    assert len(sheet.rows) == len(set(sheet.rows)) > 5
    assert sheet.narrow is not None
    assert len(sheet.narrow.rows) == len(set(sheet.narrow.rows))
