"""What is kept of predictions: each question once, in its place, and a summary that shames nobody."""

from __future__ import annotations

import pytest

from vbtui.lessons import Choice, Predictions, Question, QuestionKind, Summary


def question(position: int) -> Question:
    choices = (Choice("one"), Choice("two"))
    return Question(f"port@{position}", QuestionKind.PORT, str(position), position, (), choices, 1)


ASKED = (question(3), question(7), question(9))


def test_nothing_is_due_while_questions_are_off() -> None:
    assert Predictions().due(ASKED, 0, 100) is None


@pytest.mark.parametrize(("after", "to", "due"), [(0, 2, None), (2, 3, 3), (3, 6, None), (3, 100, 7), (0, 9, 3)])
def test_the_first_open_question_of_the_way_is_due(after: int, to: int, due: int | None) -> None:
    found = Predictions(on=True).due(ASKED, after, to)
    assert (None if found is None else found.position) == due


def test_a_question_is_asked_once_also_if_it_was_passed_over() -> None:
    after = Predictions(on=True).with_answer(ASKED[0], None).with_answer(ASKED[1], 0)
    assert after.due(ASKED, 0, 8) is None
    assert after.due(ASKED, 0, 9) == ASKED[2]


def test_an_answer_outside_the_choices_is_refused() -> None:
    with pytest.raises(ValueError, match="2"):
        Predictions().with_answer(ASKED[0], 2)


def test_the_summary_counts_and_names_what_is_worth_another_look() -> None:
    given = Predictions(on=True).with_answer(ASKED[0], 1).with_answer(ASKED[1], 0).with_answer(ASKED[2], None)
    assert given.summary(ASKED) == Summary(3, 1, (ASKED[1], ASKED[2]))
    assert given.summary(ASKED[:1]) == Summary(1, 1, ())
