"""What a presentation tells its speaker notes: where it stands, and the notes to it in every language.

Decided here: how that is written as one line of JSON, and what of a line is believed. A follower shows what is said and
nothing else: no file is opened and nothing is looked up because of a line, so a fork with changed rules, services or
slots needs no more than any other walk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from vbtui.render.notes_texts import COMPARISON, Part, PartKind

VERSION: Final = 2
MAX_TEXT: Final = 8000
"""Characters of one text; longer ones are cut by the one who writes and refused by the one who reads."""
MOST_PARTS: Final = 120
MOST_CHANGES: Final = 50
MAX_COUNT: Final = 100_000_000
_MAX_LANGUAGES: Final = 8


@dataclass(frozen=True, slots=True)
class Presented:
    """One place of a walk that is presented, or a row of two runs that are compared."""

    topology: str
    job: str
    event: str
    """Id of the event."""
    step: str
    number: int
    """Of the event or row, from 1."""
    count: int
    """Events of the walk, or rows."""
    language: str
    """The one that the audience reads."""
    notes: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    """By language; at least one."""
    changes: tuple[str, ...] = ()
    """What is other than in the file, each as `play --change` takes it: tells one fork from another; the
    notes say it in words."""
    edited: bool = False
    """The firewall rules are not those of the file."""
    live: bool = False
    """The job is being performed."""
    cover: str = ""
    """The screen that is shown in place of the walk, by the name of its keys; empty if it is the walk. Only the
    comparison has notes of its own; otherwise they are to the walk behind."""

    @property
    def compares(self) -> bool:
        """Two runs are shown side by side."""
        return self.cover == COMPARISON

    def parts(self, language: str) -> tuple[Part, ...]:
        """The notes in a language, else in that of the audience."""
        return self.notes.get(language) or self.notes.get(self.language) or next(iter(self.notes.values()))


def to_line(presented: Presented) -> bytes:
    """The message without a line end: plain ASCII, so that no character can be a line end to anybody."""
    return json.dumps(
        {
            "vbtui": VERSION,
            "topology": _said(presented.topology),
            "job": _said(presented.job),
            "event": _said(presented.event),
            "step": presented.step,
            "number": presented.number,
            "count": presented.count,
            "language": presented.language,
            "changes": [_said(change) for change in presented.changes[:MOST_CHANGES]],
            "edited": presented.edited,
            "live": presented.live,
            "cover": presented.cover,
            "notes": {
                language: [[part.kind, _said(part.text)] for part in parts[:MOST_PARTS]]
                for language, parts in presented.notes.items()
            },
        },
        separators=(",", ":"),
    ).encode("ascii")


def _said(text: str) -> str:
    """As a reader takes it."""
    cut = text[:MAX_TEXT]
    return cut if cut.isprintable() else "".join(one if one.isprintable() else " " for one in cut)


def from_line(line: bytes) -> Presented | None:
    """The message of a line; None if it is none, or one of another version. Never raises."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("vbtui") != VERSION:
        return None
    texts = [_text(data.get(name)) for name in ("topology", "job", "event", "step", "language")]
    number, count = _whole(data.get("number")), _whole(data.get("count"))
    notes, changes = _notes(data.get("notes")), data.get("changes")
    edited, live, over = data.get("edited"), data.get("live"), data.get("cover")
    cover = "" if over == "" else _text(over)
    topology, job, event, step, language = texts
    if topology is None or job is None or event is None or step is None or language is None:
        return None
    if number is None or count is None or number > count or not notes:
        return None
    if not isinstance(edited, bool) or not isinstance(live, bool) or cover is None:
        return None
    if not isinstance(changes, list) or len(changes) > MOST_CHANGES:
        return None
    known = tuple(change for one in changes if (change := _text(one)) is not None)
    if len(known) != len(changes):
        return None
    return Presented(topology, job, event, step, number, count, language, notes, known, edited, live, cover)


def _notes(data: Any) -> dict[str, tuple[Part, ...]]:
    """Empty if anything of it is wrong."""
    found: dict[str, tuple[Part, ...]] = {}
    if not isinstance(data, dict) or len(data) > _MAX_LANGUAGES:
        return {}
    for language, items in data.items():
        if _text(language) is None or not isinstance(items, list) or not 0 < len(items) <= MOST_PARTS:
            return {}
        parts = tuple(part for one in items if (part := _part(one)) is not None)
        if len(parts) != len(items):
            return {}
        found[language] = parts
    return found


def _part(data: Any) -> Part | None:
    if not isinstance(data, list) or len(data) != 2:
        return None
    kind, text = data
    if not isinstance(kind, str) or kind not in set(PartKind) or (known := _text(text)) is None:
        return None
    return Part(PartKind(kind), known)


def _text(value: Any) -> str | None:
    """A text without control characters, which could move a terminal's cursor."""
    return value if isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable() else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 < value <= MAX_COUNT else None
