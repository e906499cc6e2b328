"""Which letters can be read behind a stream; who needs plain characters is held by the choice of looks."""

from __future__ import annotations

import pytest

from vbtui.render.plain_characters import PlainText
from vbtui.render.plain_terminals import letters_of, needs_plain


@pytest.mark.parametrize(
    ("environment", "encoding", "letters"),
    [
        ({"LANG": "de_DE.UTF-8"}, "utf-8", "utf-8"),
        ({}, "utf-8", "utf-8"),
        ({}, None, "utf-8"),
        ({"LC_ALL": "C"}, "utf-8", "ascii"),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, "utf-8", "ascii"),
        ({"LANG": "de_DE.ISO-8859-1"}, "iso8859-1", "iso8859-1"),
        ({"LANG": "de_DE.ISO-8859-1"}, "utf-8", "ascii"),
        ({"LANG": "de_DE@euro"}, "iso8859-15", "iso8859-15"),
    ],
)
def test_letters_are_those_that_arrive(environment: dict[str, str], encoding: str | None, letters: str) -> None:
    assert letters_of(environment, encoding) == letters


def test_a_file_takes_what_the_console_cannot_show() -> None:
    environment = {"TERM": "linux", "LANG": "de_DE.UTF-8"}
    assert needs_plain(environment, "utf-8")
    assert not needs_plain(environment, "utf-8", terminal=False)
    assert needs_plain({"LANG": "C"}, "utf-8", terminal=False)


def test_german_words_keep_the_letters_that_there_are() -> None:
    assert PlainText("utf-8")("✔ für → …") == "+ für > ~"
    assert PlainText("iso8859-1")("✔ für") == "+ für"
    assert PlainText("ascii")("✔ für") == "+ fur"
