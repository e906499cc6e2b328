"""A frame: what a screen shows at one moment, as rows of text with colours. Everything but SVG is made of frames.

In: an app that runs without a terminal. Out: a `Frame`, immutable and equal for equal screens.
Never here: cells that the app has not drawn. The compositor's picture is asked for as Textual's own screenshots do it;
that is no public interface; the text alone of a screen is asked for in `ui.copying`, and nothing else uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME
from textual._compositor import LayoutUpdate
from textual.app import App

Rgb = tuple[int, int, int]

_INK: Final[Rgb] = tuple(SVG_EXPORT_THEME.foreground_color)  # type: ignore[assignment]
_PAPER: Final[Rgb] = tuple(SVG_EXPORT_THEME.background_color)  # type: ignore[assignment]
"""Of cells without a colour of their own; those of the SVG."""


@dataclass(frozen=True, slots=True, order=True)
class Ink:
    """How characters look. Reversed colours are already exchanged, dim ones already dimmed by the app."""

    foreground: Rgb
    background: Rgb
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters of one look."""

    text: str
    ink: Ink


Row = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole screen. Every row fills its width."""

    columns: int
    rows: tuple[Row, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The screen as text, without blanks at the end of lines."""
        return tuple("".join(run.text for run in row).rstrip() for row in self.rows)

    @property
    def text(self) -> str:
        """All lines, each with its line end."""
        return "".join(f"{line}\n" for line in self.lines)


def frame_of(app: App[Any]) -> Frame:
    """What the app shows now."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens, simplify=True)
    assert isinstance(update, LayoutUpdate)
    columns, count = app.size
    rows = [tuple(_runs(segment for strip in line for segment in strip)) for line in update.strips[:count]]
    return Frame(columns, tuple(rows))


def _runs(segments: Iterable[Segment]) -> Iterator[Run]:
    """Segments with equal looks joined."""
    text, ink = "", None
    for segment in segments:
        if segment.control or not segment.text:
            continue
        found = _ink(segment.style or Style.null())
        if found != ink and ink is not None and text:
            yield Run(text, ink)
            text = ""
        text, ink = text + segment.text, found
    if text and ink is not None:
        yield Run(text, ink)


def _ink(style: Style) -> Ink:
    foreground, background = _rgb(style.color, _INK), _rgb(style.bgcolor, _PAPER)
    if style.reverse:
        foreground, background = background, foreground
    if style.dim:
        foreground = tuple((a + b) // 2 for a, b in zip(foreground, background, strict=True))  # type: ignore[assignment]
    return Ink(
        foreground,
        background,
        bool(style.bold),
        bool(style.italic),
        bool(style.underline),
        bool(style.strike),
    )


def _rgb(color: Color | None, default: Rgb) -> Rgb:
    if color is None or color.is_default:
        return default
    found = color.get_truecolor(SVG_EXPORT_THEME)
    return found.red, found.green, found.blue
