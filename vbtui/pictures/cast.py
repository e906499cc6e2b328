"""A recording as asciicast v2, for every player that reads asciinema's format.

Decided here: the bytes for a terminal. A frame writes the rows that differ from the one before, each from its first
column on, so that no player's idea of line ends matters; the beginning of a step is a marker. Version 2 because players
older than version 3 are what systems ship. In: a `Recording`. Out: text, one JSON document for each line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from vbtui.pictures.frame import Frame, Ink, Row
from vbtui.pictures.recording import Recording

LAST_SECONDS: Final = 2.0
"""How long the last frame stays, so that it can be read before a player begins again."""

_CLEAR: Final = "\x1b[?25l\x1b[2J"
_LEAVE: Final = "\x1b[0m\x1b[?25h"


def cast_of(recording: Recording) -> str:
    """The whole file."""
    return "".join(f"{_line(one)}\n" for one in _documents(recording))


def _line(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _documents(recording: Recording) -> Iterator[Any]:
    yield {
        "version": 2,
        "width": recording.size.columns,
        "height": recording.size.rows,
        "title": _printable(recording.title),
        "env": {"TERM": "xterm-256color"},
    }
    before: Frame | None = None
    for take in recording.takes:
        at = take.at / 1000
        if take.begins:
            yield [at, "m", _printable(take.step)]
        written = _written(take.frame, before)
        if before is None:
            written = _CLEAR + written
        if written:
            yield [at, "o", written]
        before = take.frame
    yield [recording.duration / 1000 + LAST_SECONDS, "o", _LEAVE]


def _written(frame: Frame, before: Frame | None) -> str:
    """What a terminal is sent that shows `before`, so that it shows `frame`."""
    rows = (
        f"\x1b[{number};1H{_row(row)}"
        for number, row in enumerate(frame.rows, start=1)
        if before is None or number > len(before.rows) or before.rows[number - 1] != row
    )
    return "".join(rows)


def _row(row: Row) -> str:
    return "".join(f"{_sgr(run.ink)}{_printable(run.text)}" for run in row)


def _sgr(ink: Ink) -> str:
    """Select graphic rendition: everything anew, so that no run depends on the one before."""
    marks = ((ink.bold, "1"), (ink.italic, "3"), (ink.underline, "4"), (ink.strike, "9"))
    codes = [
        "0",
        *(code for is_so, code in marks if is_so),
        "38;2;{};{};{}".format(*ink.foreground),
        "48;2;{};{};{}".format(*ink.background),
    ]
    return f"\x1b[{';'.join(codes)}m"


def _printable(text: str) -> str:
    """No frame has control characters; should one have, a terminal gets none of them."""
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
