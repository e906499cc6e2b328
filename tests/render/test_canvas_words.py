"""The words of the drawn topology: all of them are marked, and German ones are as short as a box needs."""

from __future__ import annotations

import pytest

from vbtui.drawing import FIELD_WORDS
from vbtui.i18n import LANGUAGES, translator
from vbtui.render.canvas_words import MARKED, canvas_wording

ROOM = 20
"""Cells of a role or component in a box: a name, a port and a frame stand beside it."""


def test_every_word_of_the_drawing_is_marked() -> None:
    words = {*FIELD_WORDS.roles.values(), *FIELD_WORDS.components.values()}
    words |= {FIELD_WORDS.vm_on, FIELD_WORDS.datastores}
    assert words == MARKED


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_short_and_complete(language: str) -> None:
    wording = canvas_wording(translator(language))
    assert set(wording.roles) == set(FIELD_WORDS.roles)
    assert set(wording.components) == set(FIELD_WORDS.components)
    assert all(0 < len(word) <= ROOM for word in (*wording.roles.values(), *wording.components.values()))
    assert "{host}" in wording.vm_on
