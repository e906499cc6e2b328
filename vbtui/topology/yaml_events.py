"""One pass over a YAML file's events: plain data and where each value stood.

Decided here: which YAML a topology may be. One document, YAML 1.2 core scalars (so `22:22`, `NO` and `on` are text), no
anchors, aliases or tags, no key twice, bounded in depth and in number of values. In: text. Out: dicts, lists and
scalars, with line and column of every key and value.
Never here: PyYAML's own constructors. `yaml.load` crashes the process on 50,000 nested brackets, reads `22:22` as 1342,
keeps the last of two equal keys, and forgets lines; its event stream does none of that and is several times faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from vbtui.topology.problems import DataPath, Param, ProblemCode, visible

MAX_DEPTH: Final = 32
"""Levels of nesting. The model needs 8."""

MAX_VALUES: Final = 5_000_000
"""Keys and values of one file; a topology of 10,000 VMs has about 200,000."""

MAX_KEPT: Final = 1_000
"""Faults kept before reading stops: a file of a million aliases must not fill the memory with complaints."""

Place = tuple[int, int]
"""Line and column, both from 1; the column counts characters."""


class _Unreadable:
    """Stands in the data where a value could not be had (an alias)."""

    __slots__ = ()


UNREADABLE: Final = _Unreadable()


@dataclass(slots=True)
class _Marks:
    """Places of one list or mapping: of itself, of its keys, of its values (nested marks for containers)."""

    place: Place
    keys: dict[str, Place] = field(default_factory=dict)
    values: dict[str | int, Place | _Marks] = field(default_factory=dict)


class Places(Mapping[DataPath, Place]):
    """Line and column of every value by data path; `()` is the document.

    A tree inside, so that 100,000 lines cost no 100,000 paths; iteration is in file order.
    """

    __slots__ = ("_root",)

    def __init__(self, root: Place | _Marks = (1, 1)) -> None:
        self._root = root

    def __getitem__(self, path: DataPath) -> Place:
        marks = self._root
        for step in path:
            if not isinstance(marks, _Marks):
                raise KeyError(path)
            try:
                marks = marks.values[step]
            except KeyError:
                raise KeyError(path) from None
        return marks.place if isinstance(marks, _Marks) else marks

    def nearest_key(self, path: DataPath) -> Place:
        """Where the key of a value stands; for a list item, or what the file does not have, as `nearest`."""
        marks: Place | _Marks | None = self._root
        for step in path[:-1]:
            marks = marks.values.get(step) if isinstance(marks, _Marks) else None
        if path and isinstance(marks, _Marks) and isinstance(path[-1], str) and path[-1] in marks.keys:
            return marks.keys[path[-1]]
        return self.nearest(path)

    def nearest(self, path: DataPath) -> Place:
        """Where a value stands, or the closest part around it that the file has."""
        while path and path not in self:
            path = path[:-1]
        return self[path]

    def __iter__(self) -> Iterator[DataPath]:
        stack: list[tuple[DataPath, Place | _Marks]] = [((), self._root)]
        while stack:
            path, marks = stack.pop()
            yield path
            if isinstance(marks, _Marks):
                stack.extend(((*path, step), inner) for step, inner in reversed(marks.values.items()))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the file that a topology must not have."""

    code: ProblemCode
    place: Place
    path: DataPath
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file and its places. `faults` are in file order; `whole` tells that reading came to the end."""

    data: Any
    places: Places
    faults: tuple[Fault, ...]
    whole: bool


def read_document(text: str, *, loader: type[Any] | None = None) -> Document:
    """Read the only document of `text`. Never raises for anything in the text: what is wrong is in `faults`.

    `loader` is a PyYAML loader class whose events are read; by default libyaml's, or the pure Python one where libyaml
    is missing (slower, same result).
    """
    reader = _Reader()
    make: Any = loader or getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        source = make(text)
        try:
            while (event := source.get_event()) is not None:
                reader.take(event)
        finally:
            source.dispose()
    except _StopReadingError:
        return reader.document(whole=False)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if _is_tab(text, place):
            reader.add(ProblemCode.TAB, place)
        else:
            reader.add(ProblemCode.SYNTAX, place, ("detail", visible(error.problem or error.context or "")))
        return reader.document(whole=False)
    except yaml.YAMLError as error:
        reader.add(ProblemCode.SYNTAX, (1, 1), ("detail", visible(str(error))))
        return reader.document(whole=False)
    return reader.document(whole=True)


def _is_tab(text: str, place: Place) -> bool:
    """The scanner stopped at a tab; its own words for that speak of tokens."""
    lines = text.splitlines()
    line, column = place
    return line <= len(lines) and lines[line - 1][column - 1 : column] == "\t"


class _StopReadingError(Exception):
    """Reading on is useless or dangerous; the fault is recorded."""


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    data: dict[str, Any] | list[Any]
    marks: _Marks
    key: str | None = None
    """The key whose value comes next."""
    last_key: str = ""
    key_place: Place = (1, 1)
    repeated: bool = False
    """The key was there before: its second value is read and dropped."""


class _Reader:
    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._data: Any = None
        self._root: Place | _Marks = (1, 1)
        self._faults: list[Fault] = []
        self._values = 0
        self._documents = 0

    def document(self, *, whole: bool) -> Document:
        return Document(self._data, Places(self._root), tuple(self._faults), whole)

    def add(self, code: ProblemCode, place: Place, *params: Param) -> None:
        self._faults.append(Fault(code, place, tuple(self._path()), params))

    def _path(self) -> Iterator[str | int]:
        for part in self._open[:-1]:
            yield part.last_key if isinstance(part.data, dict) else len(part.data) - 1
        if self._open:
            top = self._open[-1]
            if isinstance(top.data, list):
                yield len(top.data)
            elif top.key is not None:
                yield top.key

    def _stop(self, code: ProblemCode, place: Place, *params: Param) -> NoReturn:
        self.add(code, place, *params)
        raise _StopReadingError

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is ScalarEvent:
            self._scalar(event)
        elif kind is MappingStartEvent:
            self._begin(event, {})
        elif kind is SequenceStartEvent:
            self._begin(event, [])
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            self._open.pop()
        elif kind is AliasEvent:
            place = _place(event)
            self.add(ProblemCode.ALIAS, place, ("found", visible(event.anchor)))
            self._put(UNREADABLE, place)
        elif kind is DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                self._stop(ProblemCode.SECOND_DOCUMENT, _place(event))
        if len(self._faults) > MAX_KEPT:
            raise _StopReadingError

    def _scalar(self, event: Any) -> None:
        place = _place(event)
        if event.anchor is not None or event.tag is not None:
            self._refuse(event, place)
        plain = not event.style
        if self._open and isinstance((top := self._open[-1]).data, dict) and top.key is None:
            self._key(top, event.value, place)
        else:
            self._put(core_scalar(event.value) if plain else event.value, place)

    def _begin(self, event: Any, data: dict[str, Any] | list[Any]) -> None:
        place = _place(event)
        if event.anchor is not None or event.tag is not None:
            self._refuse(event, place)
        if self._open and isinstance((top := self._open[-1]).data, dict) and top.key is None:
            self._stop(ProblemCode.KEY_NOT_TEXT, place)
        if len(self._open) >= MAX_DEPTH:
            self._stop(ProblemCode.TOO_DEEP, place, ("limit", MAX_DEPTH))
        marks = _Marks(place)
        self._put(data, marks)
        self._open.append(_Open(data, marks))

    def _refuse(self, event: Any, place: Place) -> None:
        if event.anchor is not None:
            self.add(ProblemCode.ANCHOR, place, ("found", visible(event.anchor)))
        if event.tag is not None:
            self.add(ProblemCode.TAG, place, ("found", visible(event.tag)))

    def _key(self, top: _Open, key: str, place: Place) -> None:
        self._count(place)
        top.key = top.last_key = key
        top.repeated = key in top.marks.keys
        if top.repeated:
            first = top.marks.keys[key][0]
            self.add(ProblemCode.DUPLICATE_KEY, place, ("found", visible(key)), ("first_line", first))
        top.key_place = place

    def _put(self, value: Any, marks: Place | _Marks) -> None:
        place = marks.place if isinstance(marks, _Marks) else marks
        self._count(place)
        if not self._open:
            self._data, self._root = value, marks
            return
        top = self._open[-1]
        if isinstance(top.data, list):
            top.marks.values[len(top.data)] = marks
            top.data.append(value)
        elif top.key is None:  # an alias where a key should be
            self._stop(ProblemCode.KEY_NOT_TEXT, place)
        else:
            if not top.repeated:
                top.data[top.key] = value
                top.marks.keys[top.key] = top.key_place
                top.marks.values[top.key] = marks
            top.key = None

    def _count(self, place: Place) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            self._stop(ProblemCode.TOO_MANY_VALUES, place, ("limit", MAX_VALUES))


def _place(event: Any) -> Place:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII
)
_MAX_NUMBER: Final = 400
"""Characters of a number; anything longer stays text, since no field can hold it and parsing it is quadratic."""


def core_scalar(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar under the core schema of YAML 1.2 (specification 1.2.2, section 10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or len(text) > _MAX_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text.replace(".i", "i").replace(".I", "I").replace(".n", "n").replace(".N", "N"))
    return text
