"""Where somebody was: the walks that were left, newest first, so that one key leads back.

Decided here: what of a walk is kept, in which file, how many, and what of a file is believed. The file is a convenience
and nothing else: where it cannot be read or written, everything works without it, and one word says why.
In: a file in vbtui's own folder. Out: `Place`s. A file that somebody else has written is hostile until checked: its
size, its shape, every value; what does not fit is left out, and nothing of it is ever opened or believed unchecked.
Never here: the time (only the order counts), a topology, a screen.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from vbtui.job.places import Places
from vbtui.topology import LoadedTopology, resolve, shipped
from vbtui.ui.tabs import Tab
from vbtui.vocabulary import Profile
from vbtui.walk.pace import SPEEDS

FILE: Final = "recent.json"
VERSION: Final = 1
MOST: Final = 20
"""Places that are kept."""
MAX_BYTES: Final = 256 * 1024
"""Of the file; twenty places with the longest names stay far below."""
MAX_TEXT: Final = 4096
"""Characters of a path; of anything else less is needed."""
MAX_COUNT: Final = 100_000_000
"""Events of a walk; more no topology has."""


class Trouble(StrEnum):
    """Why nothing is known of earlier walks although there is a file."""

    UNREADABLE = "unreadable"
    """The system does not let it be read, or it is no plain file."""
    NOT_UNDERSTOOD = "not-understood"
    """It is not what vbtui writes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk was left."""

    source: str
    """Name of a shipped topology, or the absolute path of a file."""
    topology: str
    """Its name, as its file says."""
    job: str
    profile: Profile
    event: str
    """Id of the event."""
    step: str
    """Its step, to be shown."""
    number: int
    """Of the event, from 1, to be shown."""
    count: int
    """Events that the walk had."""
    vm: str | None = None
    """The VM that a person had selected."""
    tab: Tab = Tab.TOPOLOGY
    speed: float = 1.0

    @property
    def is_shipped(self) -> bool:
        return not Path(self.source).is_absolute()

    @property
    def file(self) -> Path:
        """The topology's file, which may be gone."""
        return resolve(self.source) if self.is_shipped else Path(self.source)

    @property
    def is_over(self) -> bool:
        """The walk was walked to its end: there is nothing to go on with."""
        return self.number >= self.count

    @property
    def is_worth_keeping(self) -> bool:
        """A shipped topology that nobody has walked through is nothing to go back to."""
        return self.number > 1 or not self.is_shipped

    @property
    def missing(self) -> bool:
        """The file is not there any more."""
        try:
            return not self.file.is_file()
        except OSError:
            return True


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known of earlier walks."""

    places: tuple[Place, ...] = ()
    """Newest first; one for each job of a topology."""
    trouble: Trouble | None = None

    def led_by(self, place: Place) -> Recalled:
        """With a place before all others, in the stead of an earlier one of the same job."""
        return replace(self, places=_distinct((place, *self.places)))

    def of(self, source: str, job: str | None = None) -> Place | None:
        """The newest place in a topology, or in one of its jobs."""
        fitting = (place for place in self.places if place.source == source and job in (None, place.job))
        return next(fitting, None)


def source_of(loaded: LoadedTopology) -> str:
    """How the topology's file is written down: a shipped one by its name, so that it is found after an update too."""
    file = loaded.file
    found = next((name for name in shipped() if name == file.stem and resolve(name) == file), None)
    return found or str(file.absolute())


class Memory:
    """The file with the places. Nothing is kept open."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Memory | None:
        """The user's own, in vbtui's folder; None for a user without a home."""
        try:
            return cls(Places.of(environment).root / FILE)
        except RuntimeError:
            return None

    def recall(self) -> Recalled:
        """What the file says. Never raises."""
        try:
            text = _text(self._file)
        except FileNotFoundError:
            return Recalled()
        except (OSError, ValueError):
            return Recalled(trouble=Trouble.UNREADABLE)
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return Recalled(trouble=Trouble.NOT_UNDERSTOOD)
        if not isinstance(data, dict) or data.get("version") != VERSION or not isinstance(data.get("places"), list):
            return Recalled(trouble=Trouble.NOT_UNDERSTOOD)
        return Recalled(_distinct(place for one in data["places"][:MOST] if (place := _place(one)) is not None))

    def keep(self, place: Place) -> bool:
        """Put a place before all others, in the stead of an earlier one of the same job. False if it cannot be kept."""
        return self._write(self.recall().led_by(place).places)

    def forget(self, place: Place) -> bool:
        """Leave a place out from now on. False if the file cannot be written."""
        return self._write(
            tuple(one for one in self.recall().places if (one.source, one.job) != (place.source, place.job))
        )

    def _write(self, places: tuple[Place, ...]) -> bool:
        text = json.dumps({"version": VERSION, "places": [asdict(place) for place in places]}, indent=1)
        part: Path | None = None
        try:
            Places(self._file.parent).make(self._file.parent)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".recent-", suffix=".part")
            part = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            part.replace(self._file)
        except OSError:
            if part is not None:
                with contextlib.suppress(OSError):
                    part.unlink()
            return False
        return True


def _text(file: Path) -> str:
    """Of a plain file of a reasonable size, without following a link. Raises OSError and ValueError."""
    # Not blocking: somebody may have put a pipe there.
    handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError(file)
        found = stream.read(MAX_BYTES + 1)
    if len(found) > MAX_BYTES:
        raise ValueError(file)
    return found.decode("utf-8")


def _distinct(places: Iterable[Place]) -> tuple[Place, ...]:
    """The first of each job, as many as are kept."""
    found: dict[tuple[str, str], Place] = {}
    for place in places:
        found.setdefault((place.source, place.job), place)
    return tuple(found.values())[:MOST]


def _place(data: Any) -> Place | None:
    """A place, if everything that is needed of it is there and sound; what can be done without gets its default."""
    if not isinstance(data, dict):
        return None
    texts = {name: _word(data.get(name)) for name in ("source", "topology", "job", "event", "step")}
    source, topology, job, event, step = texts.values()
    number, count = _whole(data.get("number")), _whole(data.get("count"))
    profile = data.get("profile")
    if not isinstance(profile, str) or profile not in set(Profile):
        return None
    if not (source and topology and job and event and step and number and count):
        return None
    if number > count or not (Path(source).is_absolute() or source in shipped()):
        return None
    tab, speed = data.get("tab"), data.get("speed")
    return Place(
        source, topology, job, Profile(profile), event, step, number, count,
        vm=_word(data.get("vm")),
        tab=Tab(tab) if isinstance(tab, str) and tab in set(Tab) else Tab.TOPOLOGY,
        speed=float(speed) if isinstance(speed, int | float) and speed in SPEEDS else 1.0,
    )  # fmt: skip


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable() else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 < value <= MAX_COUNT else None
