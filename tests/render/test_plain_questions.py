"""Answers in the plain walk: in the words of the questions, with nothing added and nothing taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vbtui.i18n import translator
from vbtui.lessons import Choice, Question, QuestionKind, question_texts, questions
from vbtui.render.messages import Messages
from vbtui.render.plain_questions import all_answers, answer_lines, question_lines
from vbtui.render.question_texts import choices, explained
from vbtui.topology import Topology, load, resolve
from vbtui.workflow import Change, simulate

NFC = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"


@pytest.fixture(scope="module")
def topology() -> Topology:
    return load(resolve("classroom")).topology


@pytest.fixture(scope="module")
def asked(topology: Topology) -> tuple[Question, ...]:
    """Of a walk with a blocked connection: answers that are sentences, and answers that are a name or a number."""
    changes = (Change.parse(f"{NFC}:block=px-vm,esx02,tcp/902"),)
    return questions(topology, simulate(topology, topology.jobs[0], changes=changes))


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_answer_reads_as_it_was_offered_with_its_reason_below(
    language: str, topology: Topology, asked: tuple[Question, ...]
) -> None:
    messages = Messages(translator(language), topology)
    endings = set()
    for question in asked:
        offered = choices(messages, question)
        endings |= {text.endswith(".") for text in offered}
        for place in range(len(offered)):
            told = list(answer_lines(messages, question, place))
            assert told[0].partition(": ")[2] == offered[place]
            assert told[1] == f"  {explained(messages, question, place).why}"
            right = offered[question.answer]
            assert sum(line.partition(": ")[2] == right for line in told) == 1
    assert endings == {True, False}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_sentence_ends_twice(language: str, topology: Topology, asked: tuple[Question, ...]) -> None:
    messages = Messages(translator(language), topology)
    lines = [*all_answers(messages, asked)]
    for question in asked:
        for place in (None, *range(len(question.choices))):
            lines += answer_lines(messages, question, place)
    assert not [line for line in lines if ".." in line]


def test_points_in_a_name_are_left_alone(topology: Topology, asked: tuple[Question, ...]) -> None:
    messages = Messages(translator("en"), topology)
    question = next(one for one in asked if one.kind is QuestionKind.OPENER)
    right = Choice(question.right.code, (("machine", "px..vm."),), question.right.row)
    assert "{machine}" in question_texts()[QuestionKind.OPENER].answers[right.code].text["en"]
    named = replace(question, choices=(right, Choice("accepts", (("machine", "repo..."),))), answer=0)
    assert list(question_lines(messages, named, 1, 1))[1:] == ["  1: px..vm.", "  2: repo..."]
    told = list(answer_lines(messages, named, 1))
    assert told[0].endswith(": repo...")
    assert any(line.endswith(": px..vm.") for line in told)
