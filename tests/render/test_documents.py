"""Reports for machines: cells that no spreadsheet calculates, JSON that every reader takes alike."""

from __future__ import annotations

import csv
import io
import json

import pytest

from vbtui.catalogue import load_catalogue
from vbtui.planning import check, explain, required_connections
from vbtui.render.documents import (
    CHECK_COLUMNS,
    PORTS_COLUMNS,
    check_document,
    check_rows,
    csv_text,
    explain_document,
    ports_document,
    ports_rows,
)
from vbtui.render.json_text import json_text
from vbtui.topology import load, resolve, shipped

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_calculate_becomes_text(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_text(("name",), [(text,)]), newline="")))
    assert rows[1] == [f"'{text}"]


@pytest.mark.parametrize("text", ["core", "tcp/902", "10.0.0.1", "a=b", 'say "x", y', ""])
def test_any_other_cell_stays_as_it_is(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_text(("name", "other"), [(text, "x")]), newline="")))
    assert rows[1] == [text, "x"]


@pytest.mark.parametrize("name", shipped())
def test_documents_are_ascii_sorted_and_versioned(name: str) -> None:
    topology = load(resolve(name)).topology
    job = topology.jobs[0]
    found = [(job.name, required_connections(topology, job))]
    explanation = explain(topology, topology.nodes[0].name, topology.nodes[1].name, "tcp/443")
    for document in (
        check_document([check(topology, job)]),
        ports_document(topology.name, topology.profile, found, load_catalogue(topology.profile).disagreements),
        explain_document(topology.name, explanation),
    ):
        text = json_text(document)
        assert text.isascii() and text.endswith("}\n")
        assert text == json_text(json.loads(text))
        assert document["version"] >= 1 and document["schema"].startswith("vbtui-")


@pytest.mark.parametrize("name", shipped())
def test_rows_have_a_cell_for_every_column(name: str) -> None:
    topology = load(resolve(name)).topology
    job = topology.jobs[0]
    assert {len(row) for row in check_rows([check(topology, job)])} == {len(CHECK_COLUMNS)}
    assert {len(row) for row in ports_rows([(job.name, required_connections(topology, job))])} == {len(PORTS_COLUMNS)}


def test_a_check_row_tells_the_rule_that_decided() -> None:
    topology = load(resolve("classroom")).topology
    rows = [dict(zip(CHECK_COLUMNS, row, strict=True)) for row in check_rows([check(topology, topology.jobs[0])])]
    blocked = [row for row in rows if row["action"] == "reject"]
    assert {(row["hop"], row["rule_number"], row["rule"]) for row in blocked} == {("core", 8, "dmz-no-ssh")}


def test_a_single_missing_port_is_written_as_one_number() -> None:
    topology = load(resolve("classroom")).topology
    rows = [dict(zip(CHECK_COLUMNS, row, strict=True)) for row in check_rows([check(topology, topology.jobs[0])])]
    missing = {str(row["missing"]) for row in rows if row["missing"]}
    assert {"445", "22"} <= missing
    assert not any(low == high for one in missing for low, _, high in [one.partition("-")])


def test_ports_name_addresses_and_which_way_of_how_many() -> None:
    topology = load(resolve("two-site")).topology
    job = topology.jobs[0]
    found = [(job.name, required_connections(topology, job))]
    rows = [dict(zip(PORTS_COLUMNS, row, strict=True)) for row in ports_rows(found)]
    assert all(row["source_address"] and row["destination_address"] for row in rows)
    assert {(row["way"], row["place"], row["ways"]) for row in rows} >= {("transport-port", 1, 2), ("range", 2, 2)}
    listed = ports_document(topology.name, topology.profile, found, ())["jobs"][0]["connections"]
    assert [str(row["source_address"]) for row in rows] == [one["source"]["address"] for one in listed]
