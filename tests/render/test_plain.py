"""The walk as text: golden files for every shipped topology in both languages, and what must never be in it.

`VBTUI_UPDATE=1 pytest tests/render` writes the golden files anew; read the difference before it is committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from vbtui.i18n import LANGUAGES, translator
from vbtui.render import Messages
from vbtui.render.plain import event_line, walk
from vbtui.topology import load, resolve, shipped
from vbtui.trace import Trace
from vbtui.workflow import simulate

GOLDEN = Path(__file__).parent / "golden"


def trace_of(name: str) -> tuple[Messages, Trace]:
    topology = load(resolve(name)).topology
    return Messages(translator("en"), topology), simulate(topology, topology.jobs[0])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", shipped())
def test_the_walk_reads_as_it_was_approved(name: str, language: str) -> None:
    topology = load(resolve(name)).topology
    trace = simulate(topology, topology.jobs[0])
    text = "".join(f"{line}\n" for line in walk(Messages(translator(language), topology), trace))
    file = GOLDEN / f"{name}.{language}.txt"
    if os.environ.get("VBTUI_UPDATE") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", shipped())
def test_every_event_is_one_line_with_its_number_time_and_step(name: str) -> None:
    messages, trace = trace_of(name)
    lines = list(walk(messages, trace))
    for event in trace:
        head = f"{event.position + 1}, {messages.moment(event.start_ms)}, {event.step}"
        assert sum(line.startswith((f"{head}:", f"{head},")) for line in lines) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", shipped())
def test_nothing_is_drawn_and_nothing_is_coloured(name: str, language: str) -> None:
    topology = load(resolve(name)).topology
    trace = simulate(topology, topology.jobs[0])
    for line in walk(Messages(translator(language), topology), trace):
        assert line == "" or line.isprintable()
        assert not re.search("[\u2500-\u27bf\u2800-\u28ff]", line), line


@pytest.mark.parametrize("name", shipped())
def test_a_blocked_connection_names_who_decided_and_what_happens_instead(name: str) -> None:
    messages, trace = trace_of(name)
    for event in trace.blocked():
        line = event_line(messages, trace, event)
        assert event.verdict is not None
        assert messages.verdict(event.verdict) in line
        assert messages.blocked(event) in line


def test_a_walk_may_begin_at_any_event_and_tells_the_same_events_from_there() -> None:
    messages, trace = trace_of("classroom")
    whole = [line for line in walk(messages, trace) if re.match(r"\d+, ", line)]
    for first in (1, len(trace) // 2, len(trace) - 1):
        part = [line for line in walk(messages, trace, first=first) if re.match(r"\d+, ", line)]
        assert [line.split(":")[0] for line in part] == [line.split(":")[0] for line in whole[first:]]


@pytest.mark.parametrize("name", shipped())
def test_every_amount_of_data_in_an_event_line_is_called_an_estimate(name: str) -> None:
    messages, trace = trace_of(name)
    amounts = [event for event in trace if event.param("transferred") is not None]
    assert amounts
    for event in trace:
        assert event_line(messages, trace, event).count("(estimated)") == (event in amounts)


@pytest.mark.parametrize("name", shipped())
def test_the_purpose_of_a_connection_is_not_told_as_something_that_happened(name: str) -> None:
    messages, trace = trace_of(name)
    for event in trace:
        if event.row is not None:
            line = event_line(messages, trace, event, tell_purpose=True)
            assert f" Purpose: {messages.purpose(event)}" in line


@pytest.mark.parametrize("name", shipped())
def test_the_end_of_the_job_stands_under_a_heading_of_its_own(name: str) -> None:
    messages, trace = trace_of(name)
    lines = list(walk(messages, trace))
    place = lines.index("Result of the job")
    assert lines[place + 1] == event_line(messages, trace, trace.events[-1])
    assert sum(line == "Result of the job" for line in lines) == 1
