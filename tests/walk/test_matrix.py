"""The matrix: every judged connection has its row, every hop its cell, and filters leave out what they should."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from vbtui.topology import load, parse, resolve
from vbtui.vocabulary import Action, Phase, StepId
from vbtui.walk.desk import Desk
from vbtui.walk.filters import Filter, Order, shown
from vbtui.walk.matrix import Matrix, MatrixRow, Side, changed, matrix
from vbtui.walk.plan import Plan
from vbtui.workflow import simulate

SHIPPED = ["classroom", "small-office", "two-site", "locked-down"]


@cache
def plan(name: str = "locked-down") -> Plan:
    return Plan.over(load(resolve(name)).topology)


@cache
def found(name: str = "locked-down", job: int = 0) -> Matrix:
    one = plan(name)
    return matrix(one.report(one.jobs[job]), one.topology)


def row(source: str, destination: str, service: str, step: str | None = None) -> MatrixRow:
    return next(
        one
        for one in found().rows
        if (one.sources, one.destinations, one.service) == ((source,), (destination,), service)
        and step in (None, one.step)
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_every_connection_of_the_report_is_in_the_matrix_and_no_other(name: str) -> None:
    for job in range(len(plan(name).jobs)):
        report = plan(name).report(plan(name).jobs[job])
        asked = {(one.sources, one.destinations, str(one.asked.service)) for one in report.connections}
        rows = found(name, job).rows
        assert {(one.sources, one.destinations, one.service) for one in rows if one.connection is not None} == asked
        assert all(one.goals for one in rows)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_row_is_allowed_exactly_if_every_cell_allows(name: str) -> None:
    for one in found(name).rows:
        if one.verdict is None:
            continue
        assert len(one.cells) == len(found(name).columns)
        crossed = [cell.action for cell in one.cells if cell.crossed]
        assert one.allowed == all(action is Action.ALLOW for action in crossed)
        if one.deciding is not None:
            assert one.cells[one.deciding].hop is one.verdict.hop


def test_a_step_is_as_bad_as_its_rows_say() -> None:
    for group in found().groups:
        if group.verdict == "fail":
            assert any(one.troubled for one in group.rows)


def test_host_firewalls_share_a_column_at_each_end_and_network_firewalls_have_their_own() -> None:
    columns = found().columns
    assert [(column.side, column.firewall) for column in columns] == [
        (Side.SOURCE, None),
        (Side.PATH, "main"),
        (Side.PATH, "secure-filter"),
        (Side.DESTINATION, None),
    ]
    blocked = row("px11", "repo11", "tcp/2500-3300")
    assert blocked.cells[0].firewall == "px11-windows"
    assert blocked.cells[3].firewall == "repo11-allow"
    assert blocked.deciding == 0
    assert not blocked.cells[1].crossed


def test_the_way_back_of_a_stateless_firewall_stands_in_its_own_cell() -> None:
    cell = row("bk11", "db11", "tcp/445").cells[2]
    assert (cell.firewall, cell.action, cell.at_reply) == ("secure-filter", Action.DENY, True)


def test_a_part_of_the_ports_that_is_refused_decides_the_cell() -> None:
    segment = row("px11", "repo11", "tcp/2500-3300").cells[0].segment
    assert segment is not None
    assert (segment.low, segment.high, segment.rule) == (2601, 3300, "block-old-range")


def test_a_way_that_is_not_tried_is_spare_and_no_trouble() -> None:
    spare = row("bk11", "esx11", "tcp/443", "2.3")
    assert (spare.spare, spare.allowed, spare.troubled) == (True, False, False)
    assert row("bk11", "esx11", "tcp/443", "2.2").troubled


def test_a_default_of_the_file_that_refuses_has_a_column() -> None:
    file = resolve("classroom")
    text = file.read_text(encoding="utf-8") + "\ndefaults: {same_zone: deny}\n"
    topology = parse(text, file).topology
    one = Plan.over(topology)
    refused = matrix(one.report(one.jobs[0]), topology)
    assert (Side.PATH, None) in {(column.side, column.firewall) for column in refused.columns}
    cells = [cell for each in refused.rows for cell in each.cells if cell.crossed and cell.firewall is None]
    assert cells
    assert {cell.action for cell in cells} == {Action.DENY}


def test_an_obstacle_that_is_no_connection_has_a_row_of_its_own() -> None:
    file = resolve("small-office")
    text = file.read_text(encoding="utf-8").replace(
        "os: windows\n    disks", "os: windows\n    tools: absent\n    disks"
    )
    topology = parse(text, file).topology
    one = Plan.over(topology)
    obstacles = [each for each in matrix(one.report(one.jobs[0]), topology).rows if each.connection is None]
    if text != file.read_text(encoding="utf-8"):
        assert all(each.troubled and each.obstacle for each in obstacles)


def test_changed_cells_are_those_whose_rule_or_answer_is_another() -> None:
    before = plan()
    after = before.toggled("main", "nfc-esx11")
    now = matrix(after.report("nightly"), after.topology)
    marked = [one for one in now.rows if any(changed(one, now.columns, before.policy))]
    assert {one.sources for one in marked} == {("px11",), ("px12",)}
    assert all("esx11" in one.destinations and one.service == "tcp/902" for one in marked)
    assert [changed(one, now.columns, after.policy) for one in now.rows] == [(False,) * 4] * len(now.rows)


def test_a_rule_that_only_moves_changes_no_cell() -> None:
    before = plan()
    first = before.topology.firewall("main").rules[0]
    after = before.added("main", first.model_copy(update={"name": "other", "enabled": False}), 1)
    now = matrix(after.report("nightly"), after.topology)
    assert not any(any(changed(one, now.columns, before.policy)) for one in now.rows)


FILTERS: list[tuple[Filter, Callable[[MatrixRow], bool]]] = [
    (Filter(troubled=True), lambda one: one.troubled),
    (Filter(node="px11"), lambda one: "px11" in (*one.sources, *one.destinations)),
    (Filter(steps=frozenset({StepId.NETWORK})), lambda one: one.step is StepId.NETWORK),
    (Filter(steps=frozenset({None})), lambda one: one.step is None),
    (Filter(text="DB11"), lambda one: "db11" in (*one.sources, *one.destinations)),
    (Filter(text="no-host-api"), lambda one: any(c.segment and c.segment.rule == "no-host-api" for c in one.cells)),
    (Filter(text="px12 902"), lambda one: "px12" in one.sources and "902" in one.service),
    (Filter(text="reject"), lambda one: one.verdict is not None and one.verdict.action is Action.REJECT),
    (Filter(text="nowhere at all"), lambda _: False),
]


@pytest.mark.parametrize(("wanted", "meant"), FILTERS, ids=range(len(FILTERS)))
def test_filters(wanted: Filter, meant: Callable[[MatrixRow], bool]) -> None:
    left = [one for group in shown(found(), wanted) for one in group.rows]
    assert left == [one for one in found().rows if meant(one)]
    assert wanted.active


@pytest.mark.parametrize("order", list(Order))
def test_any_order_shows_the_same_rows(order: Order) -> None:
    rows = [one for group in shown(found(), Filter(), order) for one in group.rows]
    assert sorted(map(repr, rows)) == sorted(map(repr, found().rows))
    if order is Order.SOURCE:
        assert [one.sources for one in rows] == sorted(one.sources for one in rows)
    if order is Order.VERDICT:
        trouble = [one.troubled for one in rows]
        assert trouble == sorted(trouble, reverse=True)


# ---- the cursor -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk() -> Desk:
    return Desk.over(plan(), "nightly")


def test_a_desk_begins_at_the_first_trouble_and_its_deciding_cell(desk: Desk) -> None:
    assert desk.row is row("px11", "repo11", "tcp/2500-3300") or desk.row == row("px11", "repo11", "tcp/2500-3300")
    assert desk.cell_column == 0
    assert desk.deciding_rule == ("px11-windows", "block-old-range")
    assert desk.firewall is not None
    assert desk.firewall.name == "px11-windows"
    assert desk.rule is not None
    assert desk.rule.name == "block-old-range"


def test_the_cursor_stays_within_rows_and_columns(desk: Desk) -> None:
    assert desk.moved(-1000).place == 0
    assert desk.moved(1000).place == len(desk.rows) - 1
    assert desk.sideways(-9).cell_column == 0
    assert desk.sideways(9).cell_column == 3
    assert desk.sideways(1).sideways(1).cell_column == 2


def test_the_rules_are_those_of_the_cell_until_another_firewall_is_chosen(desk: Desk) -> None:
    names = []
    walked = desk
    for _ in range(5):
        assert walked.firewall is not None
        names.append(walked.firewall.name)
        walked = walked.firewall_moved(1)
    assert names == ["px11-windows", "repo11-allow", "main", "secure-filter", "px11-windows"]
    chosen = desk.firewall_moved(2).rule_moved(3)
    assert chosen.rule is not None
    assert chosen.rule.name == "no-host-api"
    assert chosen.rule_moved(100).rule_index == 8
    assert chosen.moved(1).chosen is None


def test_the_cursor_stays_on_its_connection_when_rules_filter_or_order_change(desk: Desk) -> None:
    at = next(place for place, one in enumerate(desk.rows) if one.service == "tcp/902" and "esx12" in one.destinations)
    there = desk.at(at)
    key = there.row.key if there.row else None
    for after in (there.only_trouble(), there.reordered(), there.only_step(), there.only_phase(Phase.DATA_TRANSPORT)):
        assert after.row is not None
        assert after.row.key == key
    fixed = there.edited(there.plan.toggled("main", "nfc-esx12"))
    assert fixed.row is not None
    assert fixed.row.key == key
    assert fixed.row.allowed
    assert fixed.consequence is not None
    # A row that a filter hides from now on leaves the cursor where it was.
    hidden = there.only_trouble()
    gone = hidden.edited(hidden.plan.toggled("main", "nfc-esx12"))
    assert all(one.key != key for one in gone.rows)
    assert 0 <= gone.place < len(gone.rows)


def test_an_empty_matrix_has_no_row_and_breaks_nothing(desk: Desk) -> None:
    empty = desk.filtered(Filter(text="nothing like it"))
    assert empty.row is None
    assert empty.deciding_rule is None
    assert not empty.cell.crossed
    assert empty.moved(1).sideways(1).only_node().row is None
    assert empty.unfiltered().rows == desk.rows


def test_node_filter_goes_from_source_to_destination_to_all(desk: Desk) -> None:
    one = desk.only_node()
    assert one.filter.node == "px11"
    two = one.only_node()
    assert two.filter.node == "repo11"
    assert two.only_node().filter.node is None


def test_filters_go_away_with_the_same_key(desk: Desk) -> None:
    assert desk.only_phase(Phase.COMMIT).only_phase(Phase.COMMIT).filter == Filter()
    assert desk.only_trouble().only_trouble().filter == Filter()
    assert desk.only_step().only_step().filter == Filter()


def test_the_next_job_has_its_own_rows(desk: Desk) -> None:
    other = desk.next_job()
    assert other.job == "nightly-strict"
    assert other.matrix.job == "nightly-strict"
    assert other.next_job().job == "nightly"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_connection_of_a_walk_has_its_row_at_its_own_step(name: str) -> None:
    topology = plan(name).topology
    for job in topology.jobs:
        desk = Desk.over(plan(name), job.name)
        for event in simulate(topology, job):
            if event.verdict is None:
                assert desk.at_event(event).place == desk.place
                continue
            there = desk.at_event(event).row
            assert there is not None
            assert there.step == event.step
            assert event.verdict.source in there.sources
            assert event.verdict.destination in there.destinations
            assert there.service == str(event.verdict.service)


def test_a_connection_that_is_not_shown_leaves_the_cursor_where_it_is(desk: Desk) -> None:
    trace = simulate(plan().topology, plan().topology.job("nightly"))
    other = desk.only_phase(Phase.COMMIT).at(1)
    assert other.at_event(trace.by_id["files11/files11.vmdk/5.3/nfc/px12/esx12/tcp-902"]).place == other.place


def test_a_machine_has_its_first_trouble_else_its_first_connection(desk: Desk) -> None:
    for name in ("esx12", "px12", "db11"):
        mine = [one for one in desk.rows if name in (*one.sources, *one.destinations)]
        troubled = [one for one in mine if one.troubled]
        assert desk.at_machine(name).row is (troubled or mine)[0]
    assert desk.at_machine("nothing like it").place == desk.place
