"""The words of the questions: what is asked, the answers, and an explanation for every one of them.

In: the files of `FILES`. Out: `QuestionText` by kind, read once. Decided here: that every kind has its words, that both
languages have them with the same placeholders, and that an explanation which states a fact of the product names its
public source. Which placeholders a kind knows stands beside them (`fields`); tests hold them against the code.
Never here: what is asked when (`questions`), what the placeholders stand for (`render`).

The files' shape: a list of kinds (kind, fields, ask, answers); an answer has answer (its code), text, why, citations,
disagreements. Citations name sources of the catalogue. Besides `fields`, `text` and `why` may use the answer's own
placeholders (`own`), and `why` the words of the catalogue and the trace (`TOLD`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from vbtui.catalogue import Citation, Disagreement
from vbtui.catalogue.data_file import DataError, Entry, entries, read_document
from vbtui.catalogue.loading import References, load_references, one_of
from vbtui.lessons.question import QuestionKind

FILES: Final = ("connection_questions.yaml", "work_questions.yaml")

TOLD: Final = frozenset({"purpose", "objection", "verdict"})
"""What an explanation may quote: a catalogue row's purpose, the reason against a mode, the word of a firewall."""


@dataclass(frozen=True, slots=True)
class AnswerText:
    """One answer. Texts are templates by language (`en`, `de`)."""

    text: Mapping[str, str]
    why: Mapping[str, str]
    """Why it is right, or why it is not."""
    citations: tuple[Citation, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class QuestionText:
    """One kind of question."""

    kind: QuestionKind
    ask: Mapping[str, str]
    answers: Mapping[str, AnswerText]
    """By code."""


@cache
def question_texts() -> Mapping[QuestionKind, QuestionText]:
    """The shipped words, every kind once. Raises catalogue.data_file.DataError if the file is wrong."""
    references = load_references()
    found: dict[QuestionKind, QuestionText] = {}
    for file in FILES:
        for entry in entries(file, read_document("vbtui.lessons", file), "kind"):
            kind = one_of(entry, QuestionKind, entry.text("kind"))
            if kind in found:
                raise entry.fault("a kind that occurs once", kind)
            found[kind] = _question(entry, kind, references)
    if missing := [kind for kind in QuestionKind if kind not in found]:
        raise DataError(", ".join(FILES), "(files)", "every kind of question", f"none for {', '.join(missing)}")
    return MappingProxyType(found)


def _question(entry: Entry, kind: QuestionKind, references: References) -> QuestionText:
    fields = frozenset(entry.texts("fields"))
    ask = entry.template("ask", fields)
    answers: dict[str, AnswerText] = {}
    for part in entry.inner_list("answers"):
        code = part.text("answer")
        if code in answers:
            raise part.fault("an answer that occurs once", code)
        answers[code] = _answer(part, fields, references)
    if len(answers) < 2:
        raise entry.fault("at least two answers", sorted(answers))
    entry.done()
    return QuestionText(kind, ask, MappingProxyType(answers))


def _answer(part: Entry, fields: frozenset[str], references: References) -> AnswerText:
    known = fields | frozenset(part.texts("own"))
    text = AnswerText(
        text=part.template("text", known),
        why=part.template("why", known | TOLD),
        citations=references.citations_of(part),
        disagreements=references.disagreements_of(part),
    )
    part.done()
    return text
