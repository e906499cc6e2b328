"""No word on a screen escapes translation, and longer languages find their room.

Two made-up languages stand in for German. In the first one every letter of a catalogue text is a Cyrillic one, so that
a Latin word on the screen has come past the catalogue. In the second one every text is a third longer and stands
between marks, so that a mark that is missing tells of a text that was cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil
from pathlib import Path

import pytest
from every_screen import SCREENS
from pictures import Stage, loaded, perform

from vbtui import catalogue
from vbtui.i18n import Translator, translator
from vbtui.topology import resolve, shipped
from vbtui.ui.widgets.lines_view import LinesView

LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHER = "абвгдежзийклмнопрстуфхцчшщАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩ"
TO_OTHER = str.maketrans(LATIN, OTHER)
PLACEHOLDER = re.compile(r"(\{[^}]*\})")
BEGIN, END = "‹", "›"
GROWTH = 0.35
SIZES = [(80, 24), (120, 40), (200, 60)]
WORD = re.compile(r"[A-Za-z]{3,}")
TOPOLOGY = loaded("locked-down")
SHOWN_AS_THEY_ARE = (
    *(resolve(name).read_text(encoding="utf-8") for name in shipped()),
    # titles of published documents
    (Path(catalogue.__file__).parent / "sources.yaml").read_text(encoding="utf-8"),
    # places in them, as they are quoted
    "row rows section badge",
    # the program, keys, protocols, product names of transport modes, formats and units
    "vbtui Tab Esc Enter tcp udp icmp VMs VMFS nbd hotadd san Windows svg csv txt yaml MiB GiB KiB",
)
"""Texts of files, which nothing translates, and words that are the same in every language."""
NAMES = frozenset(word for text in SHOWN_AS_THEY_ARE for word in WORD.findall(text))


def is_a_name(word: str) -> bool:
    """Or the part of one that the edge of a dialogue has left."""
    return word in NAMES or any(name.startswith(word) or name.endswith(word) for name in NAMES)


def in_other_letters(message: str) -> str:
    return "".join(part if part.startswith("{") else part.translate(TO_OTHER) for part in PLACEHOLDER.split(message))


def longer(message: str) -> str:
    return f"{BEGIN}{message}{'~' * max(0, ceil(len(message) * GROWTH) - 2)}{END}" if message else message


@pytest.fixture
def other_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch, in_other_letters)


@pytest.fixture
def longer_words(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch, longer)


def speak(monkeypatch: pytest.MonkeyPatch, turned: object) -> None:
    """Let the translator of German speak a made-up language."""
    assert callable(turned)
    monkeypatch.setattr(Translator, "__call__", lambda _, message: turned(message))
    monkeypatch.setattr(Translator, "plural", lambda _, one, many, count: turned(one if count == 1 else many))

    def pick(_: Translator, texts: Mapping[str, str]) -> str:
        return str(turned(texts["en"]))

    monkeypatch.setattr(Translator, "pick", pick)


@pytest.mark.usefixtures("other_letters")
@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
def test_no_word_escapes_translation(keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys)
        assert not {word for word in WORD.findall(stage.shown()) if not is_a_name(word)}

    # The folder of the restore points is shown as it is called.
    perform(scene, size=(160, 60), topology=TOPOLOGY, language="de", environment={"XDG_STATE_HOME": "/vbtui"})


@pytest.mark.usefixtures("longer_words")
@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
def test_longer_words_are_not_cut_at_any_size(keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys)
        for size in SIZES:
            await stage.resize(*size)
            for name in ("#keys", "#tabs", "#views"):
                for view in stage.app.screen.query(name).results(LinesView):
                    if view.size.width:
                        text = stage.text(name)
                        assert text.count(BEGIN) == text.count(END), (size, text)
                        assert "…" not in text, size

    perform(scene, size=SIZES[0], topology=TOPOLOGY, language="de")


def test_german_is_spoken_where_it_was_not_made_up() -> None:
    assert translator("de")("space") == "Leertaste"


@pytest.mark.parametrize("size", [(80, 24), pytest.param((120, 40), marks=pytest.mark.long)])
@pytest.mark.parametrize("keys", [(), ("f2",), ("f3",), ("O",), ("w", "enter")])
def test_a_click_on_a_language_changes_to_it(keys: tuple[str, ...], size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys)
        await stage.pilot.pause()

        async def click(name: str) -> None:
            line = stage.text("#header")
            await stage.pilot.click("#header", offset=(line.index("EN|DE") + "EN|DE".index(name), 0))
            await stage.pilot.pause()

        screen = stage.app.screen
        for name, language in (("EN", "en"), ("DE", "de"), ("DE", "de"), ("|", "de"), ("EN", "en")):
            await click(name)
            assert stage.app.screen is screen
            assert stage.app.say_on().language == language

    perform(scene, size=size)
