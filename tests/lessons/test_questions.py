"""Questions about any run: one right answer, which the trace gives, and words for all of it in both languages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from strategies import examples, topologies

from vbtui.i18n import LANGUAGES, translator
from vbtui.lessons import MOST_QUESTIONS, Choice, Question, QuestionKind, question_texts, questions
from vbtui.render import Messages
from vbtui.render.question_texts import asked, choices, explained
from vbtui.topology import Topology, load, resolve, shipped
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import services_text
from vbtui.workflow import Change, ConnectionSet, History, simulate


def run(name: str, *, incremental: bool = False) -> tuple[Topology, Trace]:
    topology = load(resolve(name)).topology
    history = History.of_every_vm(topology) if incremental else None
    return topology, simulate(topology, topology.jobs[0], history=history)


def of_kind(found: tuple[Question, ...], kind: QuestionKind) -> Question:
    return next(one for one in found if one.kind is kind)


def value(choice: Choice, name: str) -> object:
    return dict(choice.params)[name]


def holds(trace: Trace, question: Question) -> bool:
    """Whether the event that the question is asked before is what its right answer says."""
    event, right = trace[question.position], question.right
    match question.kind:
        case QuestionKind.OPENER | QuestionKind.DATA_MOVERS:
            return event.source is not None and value(right, "machine") == event.source.node
        case QuestionKind.METADATA:
            return event.destination is not None and value(right, "machine") == event.destination.node
        case QuestionKind.PORT:
            return value(right, "service") == services_text(event.services)
        case QuestionKind.MODE:
            return value(right, "mode") == event.param("mode")
        case QuestionKind.PROXY:
            return value(right, "machine") == event.param("proxy")
        case QuestionKind.TASKS:
            return dict(question.params)["tasks"] == len(trace.tasks)
        case QuestionKind.VERDICT:
            assert event.verdict is not None
            return {"deny": "dropped", "reject": "rejected"}[event.verdict.action] == right.code
        case QuestionKind.DATA_PATH:
            return right.code == event.param("mode")
        case QuestionKind.AMOUNT:
            return right.code == (
                "all" if not event.param("cbt") else "changed" if event.param("incremental") else "used"
            )
        case QuestionKind.RESULT:
            return right.code == trace.result
        case QuestionKind.BLOCKED:
            before = trace.by_id[str(event.cause)]
            return before.verdict is not None and not before.verdict.allowed
        case QuestionKind.RELEASE:
            return event.kind is EventKind.THAW and not any(
                one.kind is EventKind.TRANSFER and one.vm == event.vm for one in trace.events[: event.position]
            )
        case QuestionKind.COMMIT:
            copies = [one for one in trace if one.kind is EventKind.TRANSFER and one.vm == event.vm]
            return bool(copies) and all(one.position < event.position for one in copies)
        case QuestionKind.WAITING:
            return any(one.code == "task.assigned" and one.task == event.task for one in trace.events[event.position :])
        case QuestionKind.SCRIPT:
            return event.code == "script.not-elevated" and right.code == "fails"
        case QuestionKind.WHAT_IF:
            return event.kind is EventKind.CONNECT
    raise AssertionError(question.kind)


def is_sound(topology: Topology, trace: Trace, found: tuple[Question, ...]) -> None:
    assert len(found) <= MOST_QUESTIONS
    assert [one.position for one in found] == sorted({one.position for one in found})
    assert all(a.kind is not b.kind for a, b in pairwise(found))
    for question in found:
        assert trace[question.position].id == question.event
        assert 2 <= len(question.choices) <= 4
        assert len(set(question.choices)) == len(question.choices)
        assert holds(trace, question), question
        for language in LANGUAGES:
            messages = Messages(translator(language), topology, trace.profile)
            texts = choices(messages, question)
            assert len(set(texts)) == len(texts), texts
            told = [explained(messages, question, place) for place in range(len(texts))]
            assert [one.right for one in told].count(True) == 1
            for text in (asked(messages, question), *texts, *(one.why for one in told)):
                assert text.strip() and "{" not in text and "}" not in text


@pytest.mark.parametrize("incremental", [False, True])
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_run_asks_questions_that_its_trace_answers(name: str, incremental: bool) -> None:
    topology, trace = run(name, incremental=incremental)
    found = questions(topology, trace)
    assert found == questions(topology, trace)
    is_sound(topology, trace, found)
    assert len({one.kind for one in found}) >= 8


@examples(60)
@given(topologies())
def test_any_run_asks_questions_that_its_trace_answers(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    is_sound(topology, trace, questions(topology, trace))


def test_the_classroom_asks_about_one_idea_at_a_time_all_along_the_run() -> None:
    topology, trace = run("classroom")
    found = questions(topology, trace)
    assert 8 <= len(found) <= 12
    assert len({trace[one.position].step.phase for one in found}) >= 5
    assert found[0].kind is QuestionKind.TASKS and found[0].position < 6


def first(trace: Trace, event: str) -> Event | None:
    """What follows that event in its run."""
    return next((one for one in trace if one.cause == event), None)


@pytest.mark.parametrize("name", shipped())
def test_what_would_come_of_a_blocked_connection_is_what_a_run_with_it_blocked_shows(name: str) -> None:
    topology, trace = run(name)
    asked_here = [one for one in questions(topology, trace) if one.kind is QuestionKind.WHAT_IF]
    assert asked_here
    for question in asked_here:
        event = trace[question.position]
        assert event.source is not None and event.destination is not None
        block = ConnectionSet(event.source.node, event.destination.node, event.services[0], allowed=False)
        fork = simulate(topology, topology.jobs[0], changes=(Change(event.id, block),))
        if question.right.code == "task-fails":
            assert event.task is not None
            assert fork.task(*event.task.split("/")).result == "error"
        else:
            assert question.right.code == "snapshot-stays"
            (vm,) = (one for one in fork.vms if one.vm == event.vm)
            assert vm.snapshot_left and vm.consistent != "none"


def came_true(trace: Trace, blocked: Event, code: str) -> bool:
    """Whether the run goes on after a blocked connection as the answer says."""
    task = blocked.task
    match code:
        case "vix":
            return any("vix" in (one.row or "") for one in trace.events[blocked.position :] if one.vm == blocked.vm)
        case "without-guest":
            return _result(trace, blocked) == "warning"
        case "vm-fails":
            return _result(trace, blocked) == "error"
        case "task-fails":
            return task is not None and trace.task(*task.split("/")).result == "error"
        case "network-mode":
            return task is not None and trace.task(*task.split("/")).mode in ("nbd", None)
        case "job-ends":
            return all(one.result == "error" for one in trace.vms)
        case "snapshot-stays":
            return any(one.snapshot_left for one in trace.vms if one.vm == blocked.vm)
        case "next-way":
            return first(trace, blocked.id) is not None
    raise AssertionError(code)


def _result(trace: Trace, event: Event) -> str:
    return next(one.result for one in trace.vms if one.vm == event.vm)


@examples(150)
@given(topologies())
def test_what_becomes_of_a_blocked_connection_is_what_the_run_goes_on_to_show(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    for question in questions(topology, trace):
        if question.kind is QuestionKind.BLOCKED:
            blocked = trace.by_id[str(trace[question.position].cause)]
            assert came_true(trace, blocked, question.right.code), (question, blocked)


def test_a_changed_disk_is_asked_about_as_changed_only_with_an_earlier_point() -> None:
    for incremental, code in ((False, "used"), (True, "changed")):
        topology, trace = run("classroom", incremental=incremental)
        assert of_kind(questions(topology, trace), QuestionKind.AMOUNT).right.code == code


def test_a_rejected_mode_is_explained_by_the_reason_of_the_run() -> None:
    topology, trace = run("classroom")
    question = of_kind(questions(topology, trace), QuestionKind.MODE)
    messages = Messages(translator("en"), topology)
    told = " ".join(explained(messages, question, place).why for place in range(len(question.choices)))
    assert "esx02-local lies on the host's own disks" in told


def test_a_wrong_port_is_explained_by_what_the_run_uses_it_for() -> None:
    topology, trace = run("classroom")
    question = of_kind(questions(topology, trace), QuestionKind.PORT)
    messages = Messages(translator("en"), topology)
    wrong = next(place for place, one in enumerate(question.choices) if dict(one.params)["service"] == "tcp/443")
    assert "logs on to vCenter" in explained(messages, question, wrong).why
    assert explained(messages, question, question.answer).sources


def test_every_kind_has_its_words_and_a_source_for_each_right_answer() -> None:
    texts = question_texts()
    assert set(texts) == set(QuestionKind)
    for kind, text in texts.items():
        assert len(text.answers) >= 2
        if kind not in (QuestionKind.VERDICT, QuestionKind.RESULT, QuestionKind.PORT):
            assert any(answer.citations for answer in text.answers.values()), kind
