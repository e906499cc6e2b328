"""Which language is chosen, and what a translator does with text and numbers."""

from __future__ import annotations

import pytest

from vbtui.i18n import choose_language, translator

CHOICES: list[tuple[str | None, dict[str, str], str]] = [
    (None, {}, "en"),
    (None, {"LANG": "de_DE.UTF-8"}, "de"),
    (None, {"LANG": "C.UTF-8"}, "en"),
    (None, {"LANG": "fr_FR.UTF-8"}, "en"),
    (None, {"LC_ALL": "de_AT", "LANG": "en_US"}, "de"),
    (None, {"LC_MESSAGES": "de", "LANG": "en_US"}, "de"),
    (None, {"VBTUI_LANG": "en", "LANG": "de_DE"}, "en"),
    (None, {"VBTUI_LANG": "", "LANG": "de-DE"}, "de"),
    ("de", {"LANG": "en_US"}, "de"),
    ("en", {"LANG": "de_DE"}, "en"),
]


@pytest.mark.parametrize(("wanted", "environment", "language"), CHOICES)
def test_the_language_is_the_wanted_one_else_the_environments(
    wanted: str | None, environment: dict[str, str], language: str
) -> None:
    assert choose_language(wanted, environment) == language


def test_a_language_that_we_do_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        choose_language("fr", {})


def test_english_is_the_source_and_german_is_looked_up() -> None:
    assert translator("en")("repository") == "repository"
    assert translator("de")("backup server") == "Backup-Server"
    assert translator("de")("no catalogue has this") == "no catalogue has this"
    assert translator("de")("") == ""


@pytest.mark.parametrize(("count", "text"), [(0, "n"), (1, "one"), (2, "n")])
def test_english_has_two_plural_forms(count: int, text: str) -> None:
    assert translator("en").plural("one", "n", count) == text


def test_numbers_follow_the_language() -> None:
    assert translator("en").number(1234.5, 1) == "1,234.5"
    assert translator("de").number(1234.5, 1) == "1.234,5"
