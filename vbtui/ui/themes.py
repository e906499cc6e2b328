"""The two palettes, as Textual themes with a variable for every sort of ink.

Colours are derived from Okabe and Ito's set (jfly.uni-koeln.de/color). Contrast against the background is at least 4.5
for every ink that carries text (`alert` is `fail` where the ground is raised), and the three outcomes stay apart under
deuteranopia, protanopia and tritanopia (least CIE76 distance 22 dark, 21 light; simulated after Machado 2009). Colour
never carries a meaning alone: a symbol and a word always stand beside it.
"""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DARK_VARIABLES: Final = {
    "ink-ground": "#121212",
    "ink-raised": "#1E1E1E",
    "ink-current": "#2A3138",
    "ink-hint": "#243442",
    "ink-frame": "#3C3C3C",
    "ink-text": "#C8C8C8",
    "ink-strong": "#FFFFFF",
    "ink-dim": "#808080",
    "ink-soft": "#9C9C9C",
    "ink-ok": "#56B4E9",
    "ink-warn": "#F0E442",
    "ink-fail": "#D55E00",
    "ink-alert": "#FF8A3D",
    "ink-active": "#FFFFFF",
    "ink-idle": "#808080",
    "ink-box": "#8A8A8A",
    "ink-key": "#E6E6E6",
}
LIGHT_VARIABLES: Final = {
    "ink-ground": "#FFFFFF",
    "ink-raised": "#F7F7F7",
    "ink-current": "#F3F8FC",
    "ink-hint": "#F3F8FC",
    "ink-frame": "#C4C4C4",
    "ink-text": "#2A2A2A",
    "ink-strong": "#000000",
    "ink-dim": "#6B6B6B",
    "ink-soft": "#5A5A5A",
    "ink-ok": "#0072B2",
    "ink-warn": "#946A00",
    "ink-fail": "#7A0019",
    "ink-alert": "#7A0019",
    "ink-active": "#000000",
    "ink-idle": "#767676",
    "ink-box": "#6E6E6E",
    "ink-key": "#1A1A1A",
}

DARK: Final = Theme(
    name="vbtui-dark",
    primary="#56B4E9",
    warning="#F0E442",
    error="#D55E00",
    success="#56B4E9",
    foreground="#C8C8C8",
    background="#121212",
    surface="#121212",
    panel="#1E1E1E",
    dark=True,
    variables=DARK_VARIABLES,
)
LIGHT: Final = Theme(
    name="vbtui-light",
    primary="#0072B2",
    warning="#946A00",
    error="#7A0019",
    success="#0072B2",
    foreground="#2A2A2A",
    background="#FFFFFF",
    surface="#FFFFFF",
    panel="#F7F7F7",
    dark=False,
    variables=LIGHT_VARIABLES,
)
