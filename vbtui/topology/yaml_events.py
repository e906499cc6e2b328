"""One pass over a YAML file's events: plain data and where each value stood.

Decided here: which YAML a topology may be. One document, YAML 1.2 core scalars (so `22:22`, `NO` and `on` are text), no
anchors, aliases or tags, no key twice, bounded in depth and in number of values. In: text. Out: dicts, lists and
scalars, with line and column of every key and value.
Never here: PyYAML's own constructors. `yaml.load` crashes the process on 50,000 nested brackets, reads `22:22` as 1342,
keeps the last of two equal keys, and forgets lines; its event stream does none of that and is several times faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
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

MAX_VALUES: Final = 3_000_000
"""Keys and values of one file; a topology of 10,000 VMs has about 200,000."""

MAX_KEPT: Final = 1_000
"""Faults kept before reading stops: a file of a million aliases must not fill the memory with complaints."""

Place = tuple[int, int]
"""Line and column, both from 1; the column counts characters."""


class _Unreadable:
    """Stands in the data where a value could not be had (an alias)."""

    __slots__ = ()


UNREADABLE: Final = _Unreadable()

_Marks = list[Any]
"""Where a list or mapping and what is in it stand, in one list, because a large file has a quarter of a million places.

Of a list: its own place, then one entry for each item. Of a mapping: its layout (the index of each key's place, shared
by all mappings with the same keys in the same order), its own place, then for each key its place and an entry for its
value. An entry is a place, or the marks of a nested list or mapping. A place is one integer: line and column from 0.
"""

_COLUMN_BITS: Final = 32
_COLUMN: Final = 2**_COLUMN_BITS - 1


def _place(entry: int | _Marks) -> Place:
    while isinstance(entry, list):
        entry = entry[1] if isinstance(entry[0], dict) else entry[0]
    return (entry >> _COLUMN_BITS) + 1, (entry & _COLUMN) + 1


def _inner(entry: int | _Marks, step: str | int) -> int | _Marks | None:
    """The entry of one item or key's value; None if there is none."""
    if not isinstance(entry, list):
        return None
    if isinstance(layout := entry[0], dict):
        return None if (at := layout.get(step)) is None else entry[at + 1]
    return entry[step + 1] if isinstance(step, int) and 0 <= step < len(entry) - 1 else None


class Places(Mapping[DataPath, Place]):
    """Line and column of every value by data path; `()` is the document.

    A tree inside, so that 100,000 lines cost no 100,000 paths; iteration is in file order.
    """

    __slots__ = ("_root",)

    def __init__(self, root: int | _Marks = 0) -> None:
        self._root = root

    def __getitem__(self, path: DataPath) -> Place:
        entry: int | _Marks | None = self._root
        for step in path:
            if entry is None or (entry := _inner(entry, step)) is None:
                raise KeyError(path)
        return _place(entry)  # type: ignore[arg-type]

    def nearest_key(self, path: DataPath) -> Place:
        """Where the key of a value stands; for a list item, or what the file does not have, as `nearest`."""
        entry: int | _Marks | None = self._root
        for step in path[:-1]:
            entry = None if entry is None else _inner(entry, step)
        if path and isinstance(entry, list) and isinstance(layout := entry[0], dict) and path[-1] in layout:
            return _place(entry[layout[path[-1]]])
        return self.nearest(path)

    def nearest(self, path: DataPath) -> Place:
        """Where a value stands, or the closest part around it that the file has."""
        entry = self._root
        for step in path:
            if (inner := _inner(entry, step)) is None:
                break
            entry = inner
        return _place(entry)

    def __iter__(self) -> Iterator[DataPath]:
        stack: list[tuple[DataPath, int | _Marks]] = [((), self._root)]
        while stack:
            path, entry = stack.pop()
            yield path
            if isinstance(entry, list):
                steps = entry[0] if isinstance(entry[0], dict) else range(len(entry) - 1)
                stack.extend(((*path, step), _inner(entry, step)) for step in reversed(steps))  # type: ignore[misc]

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
            reader.read(source.get_event)
        finally:
            source.dispose()
    except _StopReadingError:
        return reader.document(whole=False)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if _is_tab(text, place):
            reader.end(ProblemCode.TAB, place)
        else:
            reader.end(ProblemCode.SYNTAX, place, ("detail", visible(error.problem or error.context or "")))
        return reader.document(whole=False)
    except yaml.YAMLError as error:
        reader.end(ProblemCode.SYNTAX, (1, 1), ("detail", visible(str(error))))
        return reader.document(whole=False)
    return reader.document(whole=True)


def _is_tab(text: str, place: Place) -> bool:
    """The scanner stopped at a tab; its own words for that speak of tokens."""
    lines = text.splitlines()
    line, column = place
    return line <= len(lines) and lines[line - 1][column - 1 : column] == "\t"


class _StopReadingError(Exception):
    """Reading on is useless or dangerous; the fault is recorded."""


_Open = tuple[Any, _Marks, str | None]
"""A list or mapping around the one that is being read: its data, its marks, and the key that waits for its value (none
in a list)."""


class _Reader:
    """Builds data and marks from events."""

    def __init__(self) -> None:
        # the document is the only item of a list that nobody sees
        self._document: list[Any] = []
        self._marks: _Marks = [0]
        self._open: list[_Open] = []
        self._innermost: _Open = (self._document, self._marks, None)
        """The list or mapping that was being read when reading ended."""
        self._faults: list[Fault] = []
        self._twice: list[tuple[int, dict[str, Any], _Marks, str]] = []
        """Of each fault of a repeated key: its place among the faults, and the mapping."""
        self._layouts: dict[tuple[str, ...], dict[str, int]] = {}

    def document(self, *, whole: bool) -> Document:
        for data, marks, _ in (*self._open, self._innermost):
            if isinstance(data, dict):
                marks[0] = self._layout(data)
        data = self._document[0] if self._document else None
        places = Places(self._marks[1]) if len(self._marks) > 1 else Places()
        return Document(data, places, tuple(self._with_first_lines()), whole)

    def end(self, code: ProblemCode, place: Place, *params: Param) -> None:
        """Record why the parser cannot go on."""
        data, _, key = self._innermost
        self._faults.append(Fault(code, place, self._path(data, key), params))

    def _add(self, code: ProblemCode, place: int, data: Any, key: str | None, *params: Param) -> None:
        self._faults.append(Fault(code, _place(place), self._path(data, key), params))
        if len(self._faults) > MAX_KEPT:
            raise _StopReadingError

    def read(self, get_event: Callable[[], Any]) -> None:
        """Take all events. One loop without calls: a large file has 300,000 of them, and this is half of its loading.

        Raises `_StopReadingError`, and what the parser raises.
        """
        opened, layout, words = self._open, self._layout, dict(_WORDS)
        data: Any = self._document
        marks = self._marks
        in_list, key, key_place, repeated = True, None, 0, False
        count = documents = 0
        try:
            while (event := get_event()) is not None:
                kind = type(event)
                if kind is ScalarEvent:
                    mark = event.start_mark
                    place = mark.line << _COLUMN_BITS | mark.column
                    if event.anchor is not None or event.tag is not None:
                        self._refuse(event, place, data, key)
                    count += 1
                    if count > MAX_VALUES:
                        self._stop(ProblemCode.TOO_MANY_VALUES, place, data, key, ("limit", MAX_VALUES))
                    text = event.value
                    if in_list or key is not None:
                        if event.style:  # quoted, or a block: text whatever it looks like
                            value = text
                        elif (value := words.get(text, UNREADABLE)) is UNREADABLE:
                            value = words[text] = core_scalar(text)
                        if in_list:
                            data.append(value)
                            marks.append(place)
                            continue
                        if not repeated:
                            data[key] = value
                            marks.append(key_place)
                            marks.append(place)
                        key = None
                    else:
                        key, key_place, repeated = text, place, text in data
                        if repeated:
                            self._repeated(place, data, marks, key)
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    mark = event.start_mark
                    place = mark.line << _COLUMN_BITS | mark.column
                    if event.anchor is not None or event.tag is not None:
                        self._refuse(event, place, data, key)
                    if not in_list and key is None:
                        self._stop(ProblemCode.KEY_NOT_TEXT, place, data, key)
                    if len(opened) >= MAX_DEPTH:
                        self._stop(ProblemCode.TOO_DEEP, place, data, key, ("limit", MAX_DEPTH))
                    count += 1
                    if count > MAX_VALUES:
                        self._stop(ProblemCode.TOO_MANY_VALUES, place, data, key, ("limit", MAX_VALUES))
                    inner: Any
                    inner, inner_marks = ({}, [_NO_LAYOUT, place]) if kind is MappingStartEvent else ([], [place])
                    if in_list:
                        data.append(inner)
                        marks.append(inner_marks)
                    elif not repeated:
                        data[key] = inner
                        marks.append(key_place)
                        marks.append(inner_marks)
                    opened.append((data, marks, key))
                    data, marks, in_list, key = inner, inner_marks, kind is SequenceStartEvent, None
                elif kind is MappingEndEvent or kind is SequenceEndEvent:
                    if not in_list:
                        marks[0] = layout(data)
                    data, marks, outer_key = opened.pop()
                    in_list, key = outer_key is None, None
                elif kind is AliasEvent:
                    mark = event.start_mark
                    place = mark.line << _COLUMN_BITS | mark.column
                    self._add(ProblemCode.ALIAS, place, data, key, ("found", visible(event.anchor)))
                    count += 1
                    if count > MAX_VALUES:
                        self._stop(ProblemCode.TOO_MANY_VALUES, place, data, key, ("limit", MAX_VALUES))
                    if in_list:
                        data.append(UNREADABLE)
                        marks.append(place)
                    elif key is None:
                        self._stop(ProblemCode.KEY_NOT_TEXT, place, data, key)
                    else:
                        if not repeated:
                            data[key] = UNREADABLE
                            marks.append(key_place)
                            marks.append(place)
                        key = None
                elif kind is DocumentStartEvent:
                    documents += 1
                    if documents > 1:
                        mark = event.start_mark
                        self._stop(ProblemCode.SECOND_DOCUMENT, mark.line << _COLUMN_BITS | mark.column, data, key)
        finally:
            self._innermost = (data, marks, key)

    def _layout(self, data: dict[str, Any]) -> dict[str, int]:
        keys = tuple(data)
        found = self._layouts.get(keys)
        if found is None:
            found = self._layouts[keys] = {key: 2 + 2 * index for index, key in enumerate(keys)}
        return found

    def _path(self, data: Any, key: str | None) -> DataPath:
        """Where the next value of the innermost list or mapping stands; of a mapping's next key, the mapping."""
        path = [len(outer) - 1 if name is None else name for outer, _, name in self._open[1:]]
        if self._open:
            path += [len(data)] if isinstance(data, list) else [] if key is None else [key]
        return tuple(path)

    def _refuse(self, event: Any, place: int, data: Any, key: str | None) -> None:
        for code, found in ((ProblemCode.ANCHOR, event.anchor), (ProblemCode.TAG, event.tag)):
            if found is not None:
                self._add(code, place, data, key, ("found", visible(found)))

    def _repeated(self, place: int, data: dict[str, Any], marks: _Marks, key: str) -> None:
        self._twice.append((len(self._faults), data, marks, key))
        self._add(ProblemCode.DUPLICATE_KEY, place, data, key, ("found", visible(key)))

    def _with_first_lines(self) -> Iterator[Fault]:
        """The faults, those of repeated keys with the line of the first. Each mapping is searched only once: one with
        a million keys may repeat a thousand of them."""
        layouts: dict[int, dict[str, int]] = {}
        firsts = {}
        for at, data, marks, key in self._twice:
            if id(data) not in layouts:
                layouts[id(data)] = self._layout(data)
            firsts[at] = ("first_line", _place(marks[layouts[id(data)][key]])[0])
        for at, fault in enumerate(self._faults):
            yield replace(fault, params=(*fault.params, firsts[at])) if at in firsts else fault

    def _stop(self, code: ProblemCode, place: int, data: Any, key: str | None, *params: Param) -> NoReturn:
        self._add(code, place, data, key, *params)
        raise _StopReadingError


_NO_LAYOUT: Final[dict[str, int]] = {}
"""Of a mapping that is still being read."""


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
