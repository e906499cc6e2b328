"""Teaching: what is worth asking about a run, which answer is right, and what somebody has predicted.

In: a topology and its trace. Out: questions bound to events, with every answer that could be meant and the one that the
trace gives; codes and parameters, so that they work on anybody's topology and in every language. The words stand beside
the code as data (`*_questions.yaml`, read by `texts`).
Never here: sentences that are put together (`render`), keys, where the playhead stands (`walk`).
"""

from vbtui.lessons.predictions import Predictions, Summary
from vbtui.lessons.question import Choice, Question, QuestionKind
from vbtui.lessons.questions import MOST_QUESTIONS, questions
from vbtui.lessons.texts import TOLD, AnswerText, QuestionText, question_texts

__all__ = [
    "MOST_QUESTIONS",
    "TOLD",
    "AnswerText",
    "Choice",
    "Predictions",
    "Question",
    "QuestionKind",
    "QuestionText",
    "Summary",
    "question_texts",
    "questions",
]
