"""The SVG of a screen: Textual's own screenshot, made equal for equal screens and free of anything from elsewhere.

In: an app that runs without a terminal. Out: SVG whose ids do not depend on how often something was drawn, and whose
fonts are named, not fetched.
"""

from __future__ import annotations

import re
from typing import Any, Final

from textual.app import App

TITLE: Final = "vbtui"
"""In the window's bar."""

FONTS: Final = ("DejaVu Sans Mono", "Menlo", "Consolas", "monospace")
"""One that is there is taken. All of them have the lines of boxes."""

_FETCHED: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_IDS: Final = re.compile(r"terminal-\w+?-(?=[a-z])|terminal-\w+")
_FAMILY: Final = "font-family: Fira Code, monospace;"
_BAR: Final = "font-family: arial;"


def svg_of(app: App[Any]) -> str:
    """What the app shows now."""
    return normalised(app.export_screenshot(title=TITLE))


def normalised(svg: str) -> str:
    """A screenshot without the ids that differ from one app to the next, and without fonts from elsewhere."""
    svg = _FETCHED.sub("", _IDS.sub("terminal-", svg))
    names = ", ".join(f"'{name}'" if " " in name else name for name in FONTS)
    return svg.replace(_FAMILY, f"font-family: {names};").replace(_BAR, "font-family: Arial, sans-serif;")
