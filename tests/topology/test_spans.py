"""Where values begin and end: cut out on its own, every value reads as it does in its file."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from vbtui.topology import resolve, shipped
from vbtui.topology.generate import CompanySize, generate
from vbtui.topology.spans import Span, line_end, line_start, spans, whole_lines
from vbtui.topology.yaml_events import read_document

ODD = """\
\ufeff"a": [1, [ 2 ] , # c
  {b: "ä😀", c: }
] # d
e:
- f: |
    text

    more

- - deep
  -
# g
'h': {}
i: plain
  text # j
"""


def same(text: str, span: Span, value: Any) -> None:
    assert read_document(" " * span.column + text[span.start : span.end]).data == value
    assert len(span.items) == (len(value) if isinstance(value, list) else 0)
    for inner, item in zip(span.items, value if span.items else (), strict=True):
        same(text, inner, item)
    for name, key, inner in span.keys:
        assert read_document(text[key.start : key.end]).data == name
        same(text, inner, value[name])


@pytest.mark.parametrize("loader", [yaml.SafeLoader, None])
@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(resolve(name).read_text(), id=name) for name in shipped()),
        pytest.param(resolve("classroom").read_text().replace("\n", "\r\n"), id="other line breaks"),
        pytest.param(generate(CompanySize(vms=10, hosts=3, proxies=2, repositories=1), 1), id="generated"),
        pytest.param(ODD.removeprefix("\ufeff"), id="odd"),
        pytest.param("{a: [1], b: {c: d}, }", id="braces"),
    ],
)
def test_a_value_is_its_text(text: str, loader: type[Any] | None) -> None:
    data = read_document(text).data
    document = spans(text, set(data), loader=loader)
    same(text, document, data)
    outline = spans(text, set(), loader=loader)
    assert [(name, key, span.start, span.end, span.flow) for name, key, span in outline.keys] == [
        (name, key, span.start, span.end, span.flow) for name, key, span in document.keys
    ]


def test_lines() -> None:
    text = "a: 1\r\nb: |\n  x\n\nc: [d] # e"
    document = spans(text, ())
    a, b, c = (value for _, _, value in document.keys)
    assert text[whole_lines(text, a) :].startswith("b")
    assert text[whole_lines(text, b) :].lstrip("\n").startswith("c")
    assert whole_lines(text, c) == len(text)
    assert text[line_start(text, c.start) :] == "c: [d] # e"
    assert line_end(text, 0) == 6
    assert line_start(text, 3) == 0
