"""Inks: what a run of characters is, so that a theme can give it a colour. Widgets name inks, never colours.

The topology picture brings its own inks (`drawing.Ink`); `Tone` adds those of texts. `LOOKS` is the only place where an
ink meets a colour of the theme. It is a table and no stylesheet: Textual works out every component class of every
widget anew whenever a class of the screen changes, and there would be several hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vbtui.drawing import Ink
from vbtui.trace import Status
from vbtui.vocabulary import Outcome, Result


class Tone(StrEnum):
    """The inks of texts."""

    TEXT = "text"
    DIM = "dim"
    STRONG = "strong"
    HEADING = "heading"
    KEY = "key"
    """A key's name."""
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    ALERT = "alert"
    """FAIL on a raised ground."""
    ACTIVE = "active"
    LIVE = "live"
    """Something truly happens now."""
    BAR = "bar"
    """Header and footer."""
    CURRENT = "current"
    """Background of the row at the playhead."""
    HINT = "hint"
    """Background of the line that tells what to do."""


AnyInk = Ink | Tone


@dataclass(frozen=True, slots=True)
class InkLook:
    """How an ink looks."""

    colour: str
    """The theme's variable without its `ink-`."""
    bold: bool = False
    ground: str | None = None
    """The same for what is behind the characters; None: whatever the view stands on."""


LOOKS: Mapping[AnyInk, InkLook] = {
    Tone.TEXT: InkLook("text"),
    Tone.DIM: InkLook("dim"),
    Tone.STRONG: InkLook("strong", bold=True),
    Tone.HEADING: InkLook("soft"),
    Tone.KEY: InkLook("key", bold=True),
    Tone.OK: InkLook("ok"),
    Tone.WARN: InkLook("warn"),
    Tone.FAIL: InkLook("fail", bold=True),
    Tone.ALERT: InkLook("alert", bold=True),
    Tone.ACTIVE: InkLook("active", bold=True),
    Tone.LIVE: InkLook("ok", bold=True),
    Tone.BAR: InkLook("text", ground="raised"),
    Tone.CURRENT: InkLook("strong", ground="current"),
    Tone.HINT: InkLook("strong", ground="hint"),
    Ink.BOX: InkLook("box"),
    Ink.BOX_DIM: InkLook("frame"),
    Ink.BOX_ACTING: InkLook("active"),
    Ink.TITLE: InkLook("text"),
    Ink.TITLE_DIM: InkLook("soft"),
    Ink.TITLE_ACTING: InkLook("active", bold=True),
    Ink.ZONE: InkLook("dim"),
    Ink.COMPONENT: InkLook("text"),
    Ink.COMPONENT_DIM: InkLook("dim"),
    Ink.COMPONENT_ACTING: InkLook("active", bold=True),
    Ink.VM: InkLook("text"),
    Ink.VM_DIM: InkLook("dim"),
    Ink.VM_ACTING: InkLook("active", bold=True),
    Ink.PLACE: InkLook("dim"),
    Ink.PORT: InkLook("dim"),
    Ink.EDGE_IDLE: InkLook("soft"),
    Ink.EDGE_OPEN: InkLook("idle"),
    Ink.EDGE_ACTIVE: InkLook("active", bold=True),
    Ink.EDGE_BLOCKED: InkLook("fail"),
    Ink.EDGE_FALLBACK: InkLook("warn"),
    Ink.LABEL: InkLook("soft"),
    Ink.LABEL_ACTIVE: InkLook("active", bold=True),
    Ink.PACKET: InkLook("ok", bold=True),
    Ink.MARK: InkLook("ok"),
    Ink.MARK_OK: InkLook("ok"),
    Ink.MARK_WARN: InkLook("warn"),
    Ink.MARK_FAIL: InkLook("fail", bold=True),
    Ink.GAUGE: InkLook("ok"),
    Ink.GAUGE_EMPTY: InkLook("frame"),
    Ink.GAUGE_TEXT: InkLook("text"),
    Ink.FIREWALL: InkLook("ok"),
    Ink.BADGE: InkLook("strong", bold=True),
    Ink.TIE: InkLook("frame"),
    Ink.VIEW: InkLook("active", bold=True),
    Ink.CURSOR: InkLook("strong", bold=True),
}

Span = tuple[str, AnyInk]
"""Characters of one ink."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a view."""

    spans: tuple[Span, ...] = ()
    fill: AnyInk = Tone.TEXT
    """Gives the background of the whole line."""


BLANK = Row()


def row(*spans: Span | str, fill: AnyInk = Tone.TEXT) -> Row:
    """A row of spans; plain strings are in the ordinary tone."""
    return Row(tuple((span, Tone.TEXT) if isinstance(span, str) else span for span in spans), fill)


def length(spans: Iterable[Span]) -> int:
    """Cells that spans take: every character here is one cell wide (`one_cell`)."""
    return sum(len(text) for text, _ in spans)


def lines_of(*rows: Row) -> str:
    """Rows as lines of text, each with a newline; blank ones are left out."""
    texts = ("".join(text for text, _ in one.spans).strip() for one in rows)
    return "".join(f"{text}\n" for text in texts if text)


RAISED: Mapping[AnyInk, AnyInk] = {Tone.FAIL: Tone.ALERT, Tone.DIM: Tone.HEADING}
"""Inks that would be too weak on any other ground than that of the screen, and what stands for them there."""

_STATUS_TONES = {
    Status.PENDING: Tone.DIM,
    Status.RUNNING: Tone.ACTIVE,
    Status.WAITING: Tone.DIM,
    Status.OK: Tone.OK,
    Status.SKIPPED: Tone.DIM,
    Status.FALLBACK: Tone.WARN,
    Status.WARNING: Tone.WARN,
    Status.FAIL: Tone.FAIL,
}
_OUTCOME_TONES = {
    Outcome.OK: Tone.OK,
    Outcome.WAITING: Tone.DIM,
    Outcome.FALLBACK: Tone.WARN,
    Outcome.SKIPPED: Tone.DIM,
    Outcome.WARNING: Tone.WARN,
    Outcome.FAIL: Tone.FAIL,
}
_RESULT_TONES = {Result.SUCCESS: Tone.OK, Result.WARNING: Tone.WARN, Result.ERROR: Tone.FAIL}


def tone_of(state: Status | Outcome | Result) -> Tone:
    """The tone that goes with a symbol and a word."""
    match state:
        case Status():
            return _STATUS_TONES[state]
        case Outcome():
            return _OUTCOME_TONES[state]
        case Result():
            return _RESULT_TONES[state]
