"""Looks: plain characters, themes and motion, on every screen and in every dialogue, at the start and later."""

from __future__ import annotations

import unicodedata

import pytest
from every_screen import SCREENS
from pictures import Stage, loaded, perform
from textual.theme import Theme

from vbtui.ui.looks import Looks, Motion
from vbtui.ui.plain_characters import PlainCharacters
from vbtui.ui.themes import DARK, LIGHT

SIZES = [(120, 40), (80, 24)]


def foreign(text: str) -> set[str]:
    """Characters outside ASCII that are no letters."""
    return {one for one in text if not one.isascii() and unicodedata.category(one)[0] not in "LM"}


@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
def test_with_plain_characters_nothing_else_is_on_the_screen(keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys)
        for size in SIZES:
            await stage.resize(*size)
            assert stage.shown().isascii(), (size, foreign(stage.shown()))

    perform(scene, size=SIZES[0], looks=Looks(ascii=True), topology=loaded("locked-down"))


@pytest.mark.parametrize("keys", [(), ("f2",), ("f3",), ("question_mark",)], ids=["walk", "firewall", "data", "help"])
def test_looks_change_while_it_runs_and_nothing_gets_lost(keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        await stage.press(*keys)
        place, screen, before = stage.place, stage.app.screen, stage.shown()
        await stage.press("A")
        assert stage.shown().isascii()
        await stage.press("T")
        assert stage.app.theme == LIGHT.name
        await stage.press("A", "T")
        assert stage.app.theme == DARK.name
        assert (stage.place, stage.app.screen) == (place, screen)
        assert stage.shown() == before
        await stage.press("L", "A")
        assert not foreign(stage.shown())
        await stage.press("A", "L")
        assert stage.shown() == before

    perform(scene)


def test_m_goes_through_the_three_motions_and_says_which() -> None:
    async def scene(stage: Stage) -> None:
        for motion, word in ((Motion.REDUCED, "reduced"), (Motion.NONE, "none"), (Motion.FULL, "full")):
            await stage.press("m")
            assert stage.app.looks.motion is motion
            assert f"motion: {word}" in stage.text("#now")

    perform(scene)


def test_a_plain_line_is_as_long_as_the_rich_one() -> None:
    plain = PlainCharacters()
    rich = "".join(
        chr(code)
        for block in ((0x2010, 0x2BFF), (0xA0, 0x250))
        for code in range(*block)
        if not unicodedata.combining(chr(code))
    )
    assert len(plain.plain(rich)) == len(rich)
    assert not foreign(plain.plain(rich))
    assert plain.plain("größer — 3 × 4 → ok…") == "größer - 3 x 4 > ok."
    assert PlainCharacters("ascii").plain("größer") == "gro?er"


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_each_theme_opens_and_is_taken(theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        assert stage.app.theme == theme.name

    perform(scene, looks=Looks(light=not theme.dark))


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("left right event", "PgUp PgDn")), ("de", ("links rechts", "BildAuf BildAb"))]
)
def test_arrows_of_keys_become_words_where_they_would_look_like_other_keys(
    language: str, words: tuple[str, str]
) -> None:
    async def scene(stage: Stage) -> None:
        for word in words:
            assert word in stage.text("#keys")
        await stage.press("A")
        assert "← →" in stage.text("#keys")

    perform(scene, size=(200, 60), language=language, looks=Looks(ascii=True))
