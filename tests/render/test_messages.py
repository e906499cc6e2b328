"""Every code that the process can emit has a sentence whose fields the event can fill."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import vbtui.workflow
from vbtui.i18n import LANGUAGES, translator
from vbtui.render import ASCII, RICH, Messages
from vbtui.render.event_texts import EVENTS, FIELDS, INSTEAD, REJECTED_MODES
from vbtui.render.words import COMPONENTS, CONSISTENT, GOALS, KINDS, MODES, OUTCOMES, RESULTS, ROLES, STATUSES
from vbtui.topology import load, resolve, shipped
from vbtui.trace import Endpoint, Event, EventKind, Status, Trace
from vbtui.vocabulary import (
    Action,
    Component,
    GoalVerdict,
    MiB,
    Outcome,
    Phase,
    Profile,
    Result,
    Role,
    StepId,
    TransportMode,
)
from vbtui.workflow import simulate

CODE = re.compile(r"[a-z]+\.[a-z][a-z-]*")
NOT_CODES = {"process.yaml", "vbtui.workflow"}
BUILT = {"guest.network", "guest.vix", *(f"{who}.{result}" for who in ("vm", "job") for result in Result)}
"""Codes that the process builds from a channel's or a result's name."""


def literals() -> Iterator[str]:
    """Every string in the source of the process that looks like a code."""
    for file in sorted(Path(vbtui.workflow.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                yield node.value


def traces() -> Iterator[Trace]:
    for name in shipped():
        topology = load(resolve(name)).topology
        for job in topology.jobs:
            for profile in Profile:
                yield simulate(topology, job, profile=profile)


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_code_in_the_source_of_the_process_has_a_text() -> None:
    codes = (set(literals()) - NOT_CODES) | BUILT
    assert codes - set(EVENTS) - set(REJECTED_MODES) == set()


def test_every_text_belongs_to_a_code_that_the_process_emits() -> None:
    codes = set(literals()) | BUILT
    assert {key.partition("/")[0] for key in (*EVENTS, *REJECTED_MODES)} - codes == set()


def test_every_event_of_the_shipped_topologies_fills_its_sentence() -> None:
    for trace in traces():
        topology = load(resolve(trace.topology)).topology
        for language in LANGUAGES:
            messages = Messages(translator(language), topology, trace.profile)
            for event in trace:
                sentence = messages.event(event)
                assert sentence.endswith("."), sentence
                assert "{" not in sentence and sentence.isprintable()
                assert messages.why(event)
                if event.verdict is not None:
                    assert messages.verdict(event.verdict)
                    assert (messages.blocked(event) == "") == (event.outcome is Outcome.OK)
                    assert messages.purpose(event)
            for task in trace.tasks:
                for rejected in task.rejected:
                    assert messages.mode(rejected.mode) in messages.rejected(rejected)
                    assert rejected.code not in messages.rejected(rejected)


def test_a_text_uses_no_field_that_its_events_do_not_have() -> None:
    seen: dict[str, set[str]] = {}
    for trace in traces():
        for event in trace:
            names = {name for name, _ in event.params}
            seen[event.code] = seen.get(event.code, names) & names
    for key, template in EVENTS.items():
        code = key.partition("/")[0]
        if code in seen:
            assert fields_of(template) <= FIELDS | seen[code], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_fields_of_a_text(language: str) -> None:
    translate = translator(language)
    for template in (*EVENTS.values(), *REJECTED_MODES.values(), *INSTEAD.values()):
        assert fields_of(translate(template)) == fields_of(template)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_vocabulary_has_a_name(language: str) -> None:
    assert set(ROLES) == set(Role)
    assert set(COMPONENTS) == set(Component)
    assert set(MODES) == set(TransportMode)
    assert set(OUTCOMES) == set(Outcome)
    assert set(STATUSES) == set(Status)
    assert set(RESULTS) == set(Result)
    assert set(GOALS) == set(GoalVerdict)
    assert set(KINDS) == set(EventKind)
    messages = Messages(translator(language), load(resolve("classroom")).topology)
    assert all(messages.consistent(word) for word in CONSISTENT)
    assert all(messages.phase_title(phase) and messages.phase_text(phase) for phase in Phase)
    assert all(messages.step_title(step) and messages.narration(step).why for step in StepId)


@pytest.mark.parametrize("marks", [RICH, ASCII], ids=["rich", "ascii"])
def test_every_state_has_a_mark_and_rich_marks_take_one_cell(marks: object) -> None:
    assert marks in (RICH, ASCII)
    chosen = RICH if marks is RICH else ASCII
    found = [
        *(chosen.outcome(one) for one in Outcome),
        *(chosen.status(one) for one in Status),
        *(chosen.action(one) for one in Action),
        *(chosen.result(one) for one in Result),
        *(chosen.goal(one) for one in GoalVerdict),
    ]
    assert all(found)
    assert all(mark.isascii() for mark in found) if chosen is ASCII else all(len(mark) == 1 for mark in found)


SIZES = [
    (0, "0 B", "0 B"),
    (512, "512 B", "512 B"),
    (1024, "1 KiB", "1 KiB"),
    (1536, "1.5 KiB", "1,5 KiB"),
    (64 * MiB, "64 MiB", "64 MiB"),
    (MiB - 1, "1 MiB", "1 MiB"),
    (1000 * 1024, "1,000 KiB", "1.000 KiB"),
    (1024 * MiB, "1 GiB", "1 GiB"),
    (5000 * 1024**4, "5,000 TiB", "5.000 TiB"),
]


@pytest.mark.parametrize(("count", "english", "german"), SIZES)
def test_sizes_are_written_with_units_of_1024(count: int, english: str, german: str) -> None:
    topology = load(resolve("classroom")).topology
    assert Messages(translator("en"), topology).size(count) == english
    assert Messages(translator("de"), topology).size(count) == german


DURATIONS = [(5, "5 ms"), (400, "0.40 s"), (12_500, "12.5 s"), (59_999, "1 min 0 s"), (72_000, "1 min 12 s")]


@pytest.mark.parametrize(("milliseconds", "text"), DURATIONS)
def test_durations_are_written_with_the_unit_that_fits(milliseconds: int, text: str) -> None:
    assert Messages(translator("en"), load(resolve("classroom")).topology).duration(milliseconds) == text


def test_names_from_files_stand_literally_in_a_sentence() -> None:
    topology = load(resolve("classroom")).topology
    event = Event(
        position=0,
        id="x",
        step=StepId.SNAPSHOT,
        kind=EventKind.SNAPSHOT,
        code="snapshot.created",
        params=(("disks", 1),),
        outcome=Outcome.OK,
        start_ms=0,
        duration_ms=1,
        cause=None,
        vm="[bold]{vm}%s",
        destination=Endpoint("host[/]", Component.VSCSI),
    )
    assert "host[/]" in Messages(translator("en"), topology).event(event)
    assert "[bold]{vm}%s" in Messages(translator("en"), topology).event(event)
