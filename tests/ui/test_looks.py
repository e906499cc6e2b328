"""Looks: plain characters, themes and motion, on every screen and in every dialogue, at the start and later."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from every_screen import SCREENS
from pictures import Stage, loaded, perform
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from vbtui.drawing.glyphs import glyphs
from vbtui.drawing.scene import Direction
from vbtui.render.symbols import ASCII_CELLS, RICH, Symbols
from vbtui.ui.keys.tables import KEY_TABLES
from vbtui.ui.looks import Looks, Motion
from vbtui.ui.plain_characters import PlainCharacters
from vbtui.ui.screens.help import Sign, comparison_signs, data_signs, firewall_signs, walkthrough_signs
from vbtui.ui.screens.prediction import PredictionScreen
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
    assert plain.plain("größer — 3 × 4 → ok…") == "größer - 3 x 4 > ok~"
    assert PlainCharacters("ascii").plain("größer") == "gro?er"


def test_marks_that_mean_different_things_are_different_plain_characters() -> None:
    plain = PlainCharacters()
    marks = [RICH.ok, RICH.fail, RICH.blocked, "▼", "▾", "▶", "▲", "·", "cut…"[-1]]
    assert len({plain.plain(mark) for mark in marks}) == len(marks)
    assert plain.plain(RICH.ok) == ASCII_CELLS.ok == glyphs(ascii=True).done
    assert glyphs(ascii=True).head(Direction.SOUTH) == plain.plain("▾")
    keys = {
        name for table in KEY_TABLES.values() for key in table for names, _ in key.keys for name in names.split(",")
    }
    assert ASCII_CELLS.ok not in keys


@pytest.mark.parametrize("signs", [walkthrough_signs, firewall_signs, data_signs, comparison_signs])
def test_marks_that_a_screen_keeps_apart_are_apart_in_plain_characters(
    signs: Callable[[Symbols], tuple[Sign, ...]],
) -> None:
    plain, meant = PlainCharacters(), dict[str, set[str]]()
    for (rich, _, _), (drawn, _, _) in zip(signs(RICH), signs(ASCII_CELLS), strict=True):
        for one, other in zip(rich.split(), plain.plain(drawn).split(), strict=True):
            meant.setdefault(other, set()).add(one)
    assert not {sign: marks for sign, marks in meant.items() if len(marks) > 1}


@pytest.mark.parametrize(
    ("rich", "told"),
    [
        ("a name that is cu…   next", "a name that is cu~   next"),
        ("on …    next", "on ...  next"),
        ("on …  next", "on ~  next"),
        ("on …  ", "on ..."),
        ("─ on … ────╮", "- on ... --+"),
        ("a, b, … (40)", "a, b, ~ (40)"),
        ("…", "~"),
    ],
)
def test_an_ellipsis_that_is_meant_takes_free_cells_and_one_that_cuts_takes_its_own(rich: str, told: str) -> None:
    plain = PlainCharacters()
    assert plain.plain(rich).rstrip() == told
    assert len(plain.plain(rich)) == len(rich)
    bold, dim = Style(bold=True), Style(dim=True)
    line = [Segment(rich[:4], bold), Segment(rich[4:], dim)]
    drawn = plain.apply(line, Color(0, 0, 0))
    assert "".join(one.text for one in drawn).rstrip() == told
    assert [(len(one.text), one.style) for one in drawn] == [(len(one.text), one.style) for one in line]


@pytest.mark.parametrize(
    ("keys", "language", "words"),
    [
        (("question_mark",), "en", ("right finishes the movement", "Left always goes back", "left right go through")),
        (("question_mark",), "de", ("beendet rechts nur", "Links geht immer")),
        (("w",), "en", ("up down . Enter try it", "event 1 on ...", "Something else ...")),
        (("w",), "de", ("auf ab . Enter", "Etwas anderes ...")),
        (("slash",), "en", ("up down . Enter", "verdict ...")),
        (("i", "2"), "de", ("links zurück",)),
        (("colon", *"follow"), "en", ("left right go through",)),
    ],
)
def test_keys_are_told_by_words_in_texts_too(keys: tuple[str, ...], language: str, words: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*keys)
        shown = " ".join(stage.shown().replace("|", " ").split())
        for word in words:
            assert word in shown
        assert "^ v" not in shown

    perform(scene, size=(200, 60), language=language, looks=Looks(ascii=True))


def test_a_question_tells_its_keys_by_words() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("p")
        for _ in range(40):
            if stage.on(PredictionScreen):
                break
            await stage.press("right")
        assert "right show the answer" in stage.shown()
        assert ", > show" not in stage.shown()

    perform(scene, size=(80, 24), looks=Looks(ascii=True))


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
