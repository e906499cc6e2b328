"""The files with the words of questions: a slip in them is named with its place."""

from __future__ import annotations

import pytest

from vbtui.catalogue.data_file import DataError, Entry

FIELDS = frozenset({"vm", "disk"})


def template(english: str, german: str) -> dict[str, str]:
    return Entry("file.yaml", "port", {"ask": {"en": english, "de": german}}).template("ask", FIELDS)


def test_a_template_keeps_its_placeholders() -> None:
    assert template("{vm} of {disk}", "{disk} von {vm}") == {"en": "{vm} of {disk}", "de": "{disk} von {vm}"}


@pytest.mark.parametrize(
    ("english", "german", "expected"),
    [
        ("{vm}", "ohne", "the same placeholders"),
        ("{port}", "{port}", "placeholders out of disk, vm"),
        ("{vm.name}", "{vm.name}", "placeholders of plain names"),
        ("{vm!r}", "{vm!r}", "placeholders of plain names"),
        ("{", "{", "placeholders of plain names"),
        ("{}", "{}", "placeholders of plain names"),
    ],
)
def test_a_template_with_a_slip_is_refused(english: str, german: str, expected: str) -> None:
    with pytest.raises(DataError, match=expected):
        template(english, german)


def test_a_language_that_is_missing_is_refused() -> None:
    with pytest.raises(DataError, match="'ask' in en and de"):
        Entry("file.yaml", "port", {"ask": {"en": "only"}}).template("ask", FIELDS)
