"""Markdown: read back by an independent parser, every cell is exactly the text of the sheet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from strategies import examples

from vbtui.render.markdown import markdown_cell, markdown_text
from vbtui.render.sheet import Sheet

PARSER = MarkdownIt("gfm-like")

HOSTILE = [
    "core#5 proxy-nfc allows",
    "a|b",
    "a\\|b",
    "`code`",
    "``",
    "<script>alert(1)</script>",
    "<br>",
    "&lt;b&gt; &amp;",
    "*bold* _it_ ~~no~~ **x**",
    "[text](javascript:alert(1))",
    "![picture](http://example.org/x.png)",
    "https://example.org/a_b",
    "www.example.org",
    "someone@example.org",
    "http://[::1]/",
    "# heading",
    "1. list",
    "1) list",
    "- item",
    "+ item",
    "===",
    "---",
    "> quote",
    "    code",
    "\t tab",
    "trailing \\",
    "$x^2$",
    "\x1b[31mred",
    "",
    "tcp/2500-3300",
    ":---:",
    ":smile: and tcp:udp",
    "request: locked-down (on 2026-11-22)",
    "![x](y) [z]: /url",
    "10.70.10.21/32",
    "ftp://x mailto:a xmpp:b",
]


def inline(token: Token) -> Iterator[str]:
    """The text of a cell, and an error for any markup in it but a line break."""
    for child in token.children or ():
        if child.type in ("text", "text_special"):
            yield child.content
        else:
            assert (child.type, child.content) == ("html_inline", "<br>"), child
            yield "\n"


def read(text: str) -> list[tuple[str, list[list[str]]]]:
    """Headings with the cells of their tables, header row first."""
    found: list[tuple[str, list[list[str]]]] = []
    opened = ""
    for token in PARSER.parse(text):
        if token.type in ("heading_open", "th_open", "td_open", "paragraph_open"):
            opened = token.type
        elif token.type == "tr_open":
            found[-1][1].append([])
        elif token.type == "inline":
            content = "".join(inline(token))
            if opened in ("heading_open", "paragraph_open"):
                found.append((content, []))
            else:
                found[-1][1][-1].append(content)
        else:
            assert token.type.startswith(("table", "thead", "tbody", "tr", "th", "td", "heading", "paragraph")), token
    return found


def shown(text: str) -> str:
    """What the reader must see: control characters as escapes, no blanks at the ends of lines."""
    lines = []
    for line in text.split("\n"):
        escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        lines.append(escaped.strip(" "))
    return "\n".join(lines)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_shows_its_text_and_nothing_else(text: str) -> None:
    sheet = Sheet(f"about {text}", ("Name", f"c {text}"), ((text, "x"), ("y", f"{text} {text}")))
    ((heading, rows),) = read(markdown_text([sheet]))
    assert heading == shown(f"about {text}")
    assert rows == [["Name", shown(f"c {text}")], [shown(text), "x"], ["y", shown(f"{text} {text}")]]


@examples(300)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=2, max_size=6))
def test_any_cell_reads_back(cells: list[str]) -> None:
    sheet = Sheet("heading", tuple("ab" for _ in cells), (tuple(cells),))
    ((_, rows),) = read(markdown_text([sheet]))
    assert rows[1] == [shown(cell) for cell in cells]


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
def test_a_heading_without_a_table_is_a_paragraph_with_its_text(text: str) -> None:
    assert read(markdown_text([Sheet(text, ("a",), ())])) == [(shown(text), [])]


def test_what_is_no_markup_stays_readable_without_a_reader_of_markdown() -> None:
    for text in (
        "10.70.10.21/32",
        "Port(s)",
        "request: locked-down (v12)",
        "a {b}",
        "done!",
        "#1 2. x: y",
        "-1",
        "1) a",
    ):
        assert markdown_cell(text).replace("\\#", "#") == text


def test_lines_of_a_cell_stay_lines() -> None:
    assert markdown_cell("one\ntwo|") == "one<br>two\\|"


def test_a_sheet_without_rows_is_what_its_heading_says() -> None:
    assert markdown_text([Sheet("nothing is wrong", ("a",), ())]) == "nothing is wrong\n"


def test_sheets_are_apart() -> None:
    one, two = Sheet("one", ("a",), (("1",),)), Sheet("two", ("a",), (("2",),))
    assert markdown_text([one, two]) == "## one\n\n| a |\n| --- |\n| 1 |\n\n## two\n\n| a |\n| --- |\n| 2 |\n"
