"""Notices are read whole on the smallest screen, in either language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import vbtui.ui
from vbtui.i18n import LANGUAGES, translator
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.ui.text import ELLIPSIS
from vbtui.ui.widgets.event_line import notice_rows

COLUMNS = 80
"""Of the smallest screen."""


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    return (one for one in ast.walk(tree) if isinstance(one, ast.Call) and called(one) == name)


def notices() -> list[str]:
    """Every text without fields that is told as a notice of one text, and what stands in the same function."""
    found: set[str] = set()
    for path in Path(vbtui.ui.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        telling = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and any(calls(one, "told"))]
        for place in (*telling, *calls(tree, "told")):
            for marked in calls(place, "N_"):
                found |= {str(one.value) for one in marked.args if isinstance(one, ast.Constant)}
    return sorted(text for text in found if "{" not in text)


def shown(text: str, columns: int = COLUMNS, rows: int | None = None) -> list[str]:
    notice = Notice(NoticeKind.DONE, text)
    made = notice_rows(notice, columns) if rows is None else notice_rows(notice, columns, rows)
    return ["".join(part for part, _ in one.spans) for one in made]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_notice_is_cut_on_the_smallest_screen(language: str) -> None:
    texts = notices()
    assert len(texts) > 20
    for text in texts:
        said = translator(language)(text)
        rows = shown(said)
        assert all(len(row) <= COLUMNS and ELLIPSIS not in row for row in rows), said
        assert " ".join(row[3:].strip() for row in rows).replace(" · ", " ") == said.replace(" · ", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_switch_for_questions_answers_in_one_row(language: str) -> None:
    text = "Questions on: before some events you are asked what comes next."
    assert text in notices()
    assert len(shown(translator(language)(text))) == 1


def test_a_notice_is_broken_between_its_parts_first() -> None:
    assert shown("one two · three four", 16) == [" ✔ one two", "   three four"]


def test_a_part_that_is_too_long_goes_on_in_the_next_row_and_only_then_is_cut() -> None:
    assert shown("one two three four", 14) == [" ✔ one two", "   three four"]
    assert shown("one two three four five", 14) == [" ✔ one two", "   three fou…"]
    assert shown("one two three four", 14, rows=1) == [" ✔ one two t…"]
    assert shown("one two · three · four five", 14) == [" ✔ one two", "   three · f…"]
