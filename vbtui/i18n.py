"""Translation: the one place where a language is chosen and text is looked up.

Decided here: which languages exist, how one is chosen (`--lang`, then VBTUI_LANG, LC_ALL, LC_MESSAGES, LANG, else
English), and how numbers are written. English is the source language of all message ids; other catalogues are gettext
files under `locale/`. Nothing is installed into builtins and the process locale is never touched.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de")
"""What `--lang` accepts. English needs no catalogue."""

DOMAIN = "vbtui"
LOCALE_FOLDER = Path(__file__).parent / "locale"


def N_(message: str) -> str:  # noqa: N802 - the name that extraction tools know
    """Mark a text for extraction where it cannot be translated yet."""
    return message


def choose_language(wanted: str | None, environment: Mapping[str, str]) -> str:
    """The language to use: the wanted one, else the first that the environment names and we have, else English.

    Raises ValueError if `wanted` is given and is not one of LANGUAGES.
    """
    if wanted is not None:
        if wanted not in LANGUAGES:
            raise ValueError(wanted)
        return wanted
    for variable in ("VBTUI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(variable, "")
        if value:
            language = value.replace("-", "_").partition("_")[0].partition(".")[0].lower()
            return language if language in LANGUAGES else "en"
    return "en"


class Translator:
    """Looks up text and writes numbers in one language."""

    def __init__(self, language: str) -> None:
        """Raises FileNotFoundError if a language other than English has no catalogue: an incomplete installation."""
        self.language = language
        self._catalogue: _gettext.NullTranslations = (
            _gettext.NullTranslations()
            if language == "en"
            else _gettext.translation(DOMAIN, localedir=LOCALE_FOLDER, languages=[language])
        )

    def __call__(self, message: str) -> str:
        """The text in this language; the message itself where the catalogue has none."""
        return self._catalogue.gettext(message) if message else ""

    def plural(self, one: str, many: str, count: int) -> str:
        return self._catalogue.ngettext(one, many, count)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with thousands and decimal marks: 1,234.5 in English, 1.234,5 in German."""
        text = f"{value:,.{digits}f}"
        return text if self.language == "en" else text.translate(str.maketrans(",.", ".,"))

    def pick(self, texts: Mapping[str, str]) -> str:
        """The text of a data file's `{en, de}` pair in this language."""
        return texts[self.language]


@cache
def translator(language: str) -> Translator:
    """The translator of a language, made once."""
    return Translator(language)
