"""Where the parts of a topology file begin and end, for whoever changes the text.

Decided here: what belongs to a value. In: text that the loader accepts. Out: a tree of spans, as offsets in the text.
The loader itself needs no ends and does not pay for them.
Never here: a change.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.events import MappingStartEvent, ScalarEvent, SequenceStartEvent

BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line: PyYAML's parsers follow YAML 1.1 here (section 5.4)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A value: `text[start:end]`. A block list begins with its first dash; trailing comments belong to nothing."""

    start: int
    end: int
    column: int
    """Of the start, from 0."""
    flow: bool = False
    """A list in brackets or a mapping in braces."""
    items: tuple[Span, ...] = ()
    """Of a list."""
    keys: tuple[tuple[str, Span, Span], ...] = ()
    """Of a mapping: each key with its span and that of its value."""

    def value(self, key: str) -> Span | None:
        return next((value for name, _, value in self.keys if name == key), None)

    def key(self, key: str) -> Span | None:
        return next((span for name, span, _ in self.keys if name == key), None)


def spans(text: str, sections: Container[str], *, loader: type[Any] | None = None) -> Span:
    """The span of a document, which is a mapping. Only the named `sections` have spans inside: those of 10,000 VMs cost
    a second. `loader` as for `read_document`; what PyYAML raises for other text goes through."""
    make: Any = loader or getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    source = make(text)
    try:
        events = iter(source.get_event, None)
        next(events)  # the stream
        next(events)  # the document
        document = next(events)
        keys = []
        while isinstance(key := next(events), ScalarEvent):
            name, value = _span(key, events), next(events)
            inner = _span(value, events) if key.value in sections else _outline(value, events)
            keys.append((key.value, name, inner))
        return _mapping(document, key, keys)
    finally:
        source.dispose()


def _mapping(begin: Any, end: Any, keys: list[tuple[str, Span, Span]]) -> Span:
    last = end.end_mark.index if begin.flow_style or not keys else keys[-1][2].end
    return Span(begin.start_mark.index, last, begin.start_mark.column, flow=bool(begin.flow_style), keys=tuple(keys))


def _outline(event: Any, events: Iterator[Any]) -> Span:
    """As `_span`, without what is inside."""
    depth, last, begin = 0, event, event
    while True:
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif isinstance(event, ScalarEvent):
            last = event
        else:
            depth -= 1
            # the end of a block is where the next thing begins; that of braces is their own
            if event.end_mark.index > event.start_mark.index:
                last = event
        if depth == 0:
            mark = begin.start_mark
            return Span(mark.index, last.end_mark.index, mark.column, flow=bool(getattr(begin, "flow_style", False)))
        event = next(events)


def _span(event: Any, events: Iterator[Any]) -> Span:
    """The span of the value that begins with `event`; takes its events. The loader has bounded the depth."""
    start, column = event.start_mark.index, event.start_mark.column
    match event:
        case MappingStartEvent():
            keys = []
            while isinstance(key := next(events), ScalarEvent):
                keys.append((key.value, _span(key, events), _span(next(events), events)))
            return _mapping(event, key, keys)
        case SequenceStartEvent():
            items = []
            while not type(item := next(events)).__name__.endswith("EndEvent"):
                items.append(_span(item, events))
            end = item.end_mark.index if event.flow_style or not items else items[-1].end
            return Span(start, end, column, flow=bool(event.flow_style), items=tuple(items))
        case _:
            return Span(start, event.end_mark.index, column)


def line_start(text: str, offset: int) -> int:
    """Where the line of `offset` begins."""
    while offset > 0 and text[offset - 1] not in _BREAKS:
        offset -= 1
    return offset


def line_end(text: str, offset: int) -> int:
    """Where the next line begins; the end of the text on the last line."""
    found = BREAK.search(text, offset)
    return len(text) if found is None else found.end()


def whole_lines(text: str, span: Span) -> int:
    """The end of a block value with the rest of its last line, which holds a comment at most."""
    at_line_start = span.end > span.start and text[span.end - 1] in _BREAKS  # after a block scalar
    return span.end if at_line_start else line_end(text, span.end)


_BREAKS: Final = frozenset("\n\r\x85\u2028\u2029")
