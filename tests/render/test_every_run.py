"""Whatever a topology says: every event, verdict and report of its runs has a text in both languages."""

from __future__ import annotations

import json

from hypothesis import given
from strategies import examples, topologies

from vbtui.i18n import LANGUAGES, translator
from vbtui.planning import check, required_connections
from vbtui.render import Messages
from vbtui.render.check_sheets import check_sheet, trouble_sheet
from vbtui.render.documents import CHECK_COLUMNS, check_document, check_rows, ports_document
from vbtui.render.event_texts import EVENTS, REJECTED_MODES
from vbtui.render.json_text import json_text
from vbtui.render.plain import walk
from vbtui.render.sheets import ports_sheet
from vbtui.topology import Topology
from vbtui.vocabulary import GoalVerdict
from vbtui.workflow import simulate

SETTINGS = examples(25)


@SETTINGS
@given(topologies())
def test_every_event_of_any_run_has_a_text(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    assert {event.code for event in trace} <= {key.partition("/")[0] for key in EVENTS}
    assert {one.code for task in trace.tasks for one in task.rejected} <= set(REJECTED_MODES)
    for language in LANGUAGES:
        lines = list(walk(Messages(translator(language), topology), trace))
        assert all("{" not in line and (line == "" or line.isprintable()) for line in lines)


@SETTINGS
@given(topologies())
def test_every_report_of_any_topology_can_be_shown(topology: Topology) -> None:
    job = topology.jobs[0]
    report = check(topology, job)
    connections = required_connections(topology, job)
    for language in LANGUAGES:
        messages = Messages(translator(language), topology)
        for sheet in (
            check_sheet(messages, report),
            trouble_sheet(messages, report),
            ports_sheet(messages, job.name, connections),
        ):
            assert all(len(row) == len(sheet.columns) for row in sheet.rows)
        troubled = any(goal.verdict is not GoalVerdict.OK for goal in report.goals)
        assert bool(trouble_sheet(messages, report).rows) == troubled
    assert all(len(row) == len(CHECK_COLUMNS) for row in check_rows([report]))
    assert json.loads(json_text(check_document([report])))["jobs"][0]["verdict"] == report.verdict
    json_text(ports_document(topology.name, "v13", [(job.name, connections)], ())).encode("ascii")
