"""The palettes keep what their module promises: contrast for everything that carries text, and outcomes that stay apart
for people who see fewer colours."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations

import pytest

from vbtui.ui.inks import LOOKS, RAISED, AnyInk, Tone
from vbtui.ui.themes import DARK_VARIABLES, LIGHT_VARIABLES

PALETTES = pytest.mark.parametrize("palette", [DARK_VARIABLES, LIGHT_VARIABLES], ids=["dark", "light"])
LINES_ONLY = ("frame",)
"""Colours of lines and empty bars, which say nothing alone."""
GROUNDS = (Tone.BAR, Tone.CURRENT, Tone.HINT)
OUTCOMES = ("ok", "warn", "fail")
Rgb = tuple[float, float, float]


def channels(colour: str) -> Rgb:
    """Red, green, blue in linear light, 0 to 1 (IEC 61966-2-1)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    red, green, blue = channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def as_seen(matrix: tuple[Rgb, Rgb, Rgb]) -> Callable[[str], Rgb]:
    """How a colour is seen with a deficiency of full strength (Machado, Oliveira and Fernandes 2009, table of severity
    1.0; applied to linear light)."""

    def seen(colour: str) -> Rgb:
        light = channels(colour)
        red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(line, light, strict=True)))) for line in matrix)
        return red, green, blue

    return seen


SIGHTS: dict[str, Callable[[str], Rgb]] = {
    "normal": channels,
    "protanopia": as_seen(
        ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
    ),
    "deuteranopia": as_seen(
        ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
    ),
    "tritanopia": as_seen(
        ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900))
    ),
}


def lab(light: Rgb) -> Rgb:
    """CIELAB of linear light, white D65."""
    red, green, blue = light
    xyz = (
        (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883,
    )
    x, y, z = (part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116 for part in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: Rgb, other: Rgb) -> float:
    """CIE76."""
    return math.dist(lab(one), lab(other))


def test_the_figures_are_computed_right() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert lab(channels("#FF0000")) == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    assert distance(channels("#FFFFFF"), channels("#000000")) == pytest.approx(100.0, abs=0.01)
    for seen in SIGHTS.values():  # nobody sees a colour in grey
        red, green, blue = seen("#808080")
        assert max(red, green, blue) - min(red, green, blue) < 0.001


@PALETTES
@pytest.mark.parametrize("ink", LOOKS, ids=str)
def test_every_ink_can_be_read_where_it_stands(palette: dict[str, str], ink: AnyInk) -> None:
    look = LOOKS[ink]
    if look.colour not in LINES_ONLY:
        ground = palette[f"ink-{look.ground or 'ground'}"]
        assert contrast(palette[f"ink-{look.colour}"], ground) >= 4.5


@PALETTES
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("tone", [tone for tone in Tone if tone not in GROUNDS], ids=str)
def test_every_tone_can_be_read_on_the_raised_grounds(palette: dict[str, str], ground: Tone, tone: Tone) -> None:
    shown = LOOKS[RAISED.get(tone, tone)]
    assert contrast(palette[f"ink-{shown.colour}"], palette[f"ink-{LOOKS[ground].ground}"]) >= 4.5


@PALETTES
def test_what_textual_draws_itself_can_be_read(palette: dict[str, str]) -> None:
    """Titles in frames, lines that are typed into, and their hints, as the stylesheets have them."""
    for ink, ground in (("soft", "ground"), ("strong", "ground"), ("strong", "current"), ("text", "raised")):
        assert contrast(palette[f"ink-{ink}"], palette[f"ink-{ground}"]) >= 4.5


LEAST = {
    ("dark", "normal"): 40, ("dark", "deuteranopia"): 33, ("dark", "protanopia"): 37, ("dark", "tritanopia"): 22,
    ("light", "normal"): 42, ("light", "deuteranopia"): 33, ("light", "protanopia"): 21, ("light", "tritanopia"): 29,
}  # fmt: skip


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("name", ["dark", "light"])
def test_outcomes_stay_apart_for_everybody(name: str, sight: str) -> None:
    palette = DARK_VARIABLES if name == "dark" else LIGHT_VARIABLES
    colours = [palette[f"ink-{ink}"] for ink in (*OUTCOMES, "active", "idle")]
    least = min(distance(SIGHTS[sight](a), SIGHTS[sight](b)) for a, b in combinations(colours, 2))
    assert least >= LEAST[name, sight] - 0.5, least


def test_both_palettes_name_the_same_inks() -> None:
    assert DARK_VARIABLES.keys() == LIGHT_VARIABLES.keys()
    for look in LOOKS.values():
        assert f"ink-{look.colour}" in DARK_VARIABLES
        assert f"ink-{look.ground or 'ground'}" in DARK_VARIABLES
