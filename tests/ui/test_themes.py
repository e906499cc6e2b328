"""The palettes keep the contrast that their module promises."""

from __future__ import annotations

import pytest

from vbtui.ui.themes import DARK_VARIABLES, LIGHT_VARIABLES

CARRY_TEXT = ("text", "strong", "dim", "soft", "ok", "warn", "active", "idle", "box", "key")


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [DARK_VARIABLES, LIGHT_VARIABLES], ids=["dark", "light"])
@pytest.mark.parametrize("ink", [*CARRY_TEXT, "fail"])
def test_every_ink_that_carries_text_can_be_read(palette: dict[str, str], ink: str) -> None:
    assert contrast(palette[f"ink-{ink}"], palette["ink-ground"]) >= 4.5


@pytest.mark.parametrize("palette", [DARK_VARIABLES, LIGHT_VARIABLES], ids=["dark", "light"])
@pytest.mark.parametrize("ground", ["raised", "current", "hint"])
@pytest.mark.parametrize("ink", ["text", "strong", "ok", "warn", "key", "alert", "soft"])
def test_so_can_it_on_the_raised_grounds(palette: dict[str, str], ground: str, ink: str) -> None:
    assert contrast(palette[f"ink-{ink}"], palette[f"ink-{ground}"]) >= 4.5


def test_both_palettes_name_the_same_inks() -> None:
    assert DARK_VARIABLES.keys() == LIGHT_VARIABLES.keys()
