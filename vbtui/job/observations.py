"""Observations on disk: what a probe saw, for `check --observed` on another machine.

A JSON document, `{"schema": "vbtui-observations", "version": 1, "topology": NAME, "source": NODE, "observations":
[{"destination": NODE, "port": 902, "answer": "open"}, ...]}`. Reading treats the file as hostile: its size is bounded,
every field is checked, unknown answers are refused with their place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vbtui.planning.probe import Answer, Observation
from vbtui.topology.fields import NAME_PATTERN
from vbtui.topology.problems import visible

SCHEMA: Final = "vbtui-observations"
VERSION: Final = 1
MAX_BYTES: Final = 64 * 1024 * 1024

_NAME = re.compile(NAME_PATTERN)


class BadObservationsError(Exception):
    """The file is no record of observations. `code` says why, `place` where (a line, or a path inside the document)."""

    def __init__(self, file: Path, code: str, place: str = "", found: str = "") -> None:
        super().__init__(code)
        self.file = file
        self.code = code
        self.place = place
        self.found = visible(found)


@dataclass(frozen=True, slots=True)
class Observed:
    """One saved probe."""

    topology: str
    source: str
    observations: tuple[Observation, ...]


def observations_text(topology: str, source: str, observations: Iterable[Observation]) -> str:
    """The document of one probe."""
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "topology": topology,
        "source": source,
        "observations": [
            {"destination": one.destination, "port": one.port, "answer": one.answer.value} for one in observations
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_observations(file: Path) -> Observed:
    """Read a saved probe. Raises BadObservationsError."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise BadObservationsError(file, "unreadable", found=getattr(error, "strerror", None) or str(error)) from None
    if len(data) > MAX_BYTES:
        raise BadObservationsError(file, "too-large", found=str(MAX_BYTES))
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise BadObservationsError(file, "not-json", f"{error.lineno}:{error.colno}") from None
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise BadObservationsError(file, "not-json") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise BadObservationsError(file, "not-observations")
    if document.get("version") != VERSION:
        raise BadObservationsError(file, "other-version", "version", str(document.get("version")))
    topology, source = (_name(file, document.get(key), key) for key in ("topology", "source"))
    entries = document.get("observations")
    if not isinstance(entries, list):
        raise BadObservationsError(file, "bad-value", "observations", str(type(entries).__name__))
    return Observed(topology, source, tuple(_observations(file, source, entries)))


def _observations(file: Path, source: str, entries: Sequence[Any]) -> Iterable[Observation]:
    answers = {answer.value: answer for answer in Answer}
    for number, entry in enumerate(entries):
        place = f"observations[{number}]"
        if not isinstance(entry, dict):
            raise BadObservationsError(file, "bad-value", place, str(entry)[:60])
        destination = _name(file, entry.get("destination"), f"{place}.destination")
        port, answer = entry.get("port"), entry.get("answer")
        if type(port) is not int or not 1 <= port <= 65535:
            raise BadObservationsError(file, "bad-value", f"{place}.port", str(port)[:60])
        if not isinstance(answer, str) or answer not in answers:
            raise BadObservationsError(file, "bad-value", f"{place}.answer", str(answer)[:60])
        yield Observation(source, destination, port, answers[answer])


def _name(file: Path, value: Any, place: str) -> str:
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise BadObservationsError(file, "bad-value", place, str(value)[:60])
    return value
