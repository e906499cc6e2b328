"""What commands print for people where UTF-8 is not read, and where plain characters are asked for."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from vbtui.cli.entry import group
from vbtui.cli.progress import bars
from vbtui.cli.session import Session
from vbtui.ui import Opening

Call = Callable[..., Any]

C = {"LANG": "C", "LC_ALL": "C"}
GERMAN = {"LANG": "de_DE.UTF-8"}
FOR_PEOPLE = [
    ("check", "small-office"),
    ("check", "locked-down"),
    ("explain", "classroom", "px-vm", "esx02", "tcp/902"),
    ("ports", "small-office"),
    ("request", "locked-down"),
    ("diff", "classroom", "locked-down"),
    ("findings", "locked-down"),
    ("play", "classroom", "--plain"),
    ("play", "classroom", "--explain", "40"),
    ("keys",),
    ("keys", "--help"),
    ("--help",),
    ("check", "nowhere-to-be-found"),
    ("check", "--fall-on"),
]


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is printed goes to a terminal; nobody is at the keyboard, so that the app does not open."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("arguments", FOR_PEOPLE, ids=" ".join)
def test_a_locale_without_utf8_gets_ascii(arguments: tuple[str, ...], language: str, call: Call) -> None:
    called = call(*arguments, VBTUI_LANG=language, **C)
    assert called.out + called.err
    assert (called.out + called.err).isascii()


@pytest.mark.parametrize("arguments", FOR_PEOPLE, ids=" ".join)
def test_so_it_does_on_a_terminal(arguments: tuple[str, ...], call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch)
    called = call(*arguments, VBTUI_LANG="de", **C)
    assert (called.out + called.err).isascii()


def test_a_table_on_a_terminal_keeps_its_columns(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch)
    usual, plain = call("check", "small-office", **GERMAN), call("check", "small-office", "--ascii", **GERMAN)
    assert "─" in usual.out and "✔" in usual.out
    assert [len(line) for line in usual.out.splitlines()] == [len(line) for line in plain.out.splitlines()]
    assert not set(plain.out) & set("─✔✖↪→–…")
    assert "---" in plain.out and "+ ok" in plain.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "small-office", "--ascii"),
        ("--ascii", "check", "small-office"),
        ("check", "--no-ascii", "--ascii", "small-office"),
    ],
    ids=" ".join,
)
def test_it_can_be_asked_for_wherever_an_option_may_stand(arguments: tuple[str, ...], call: Call) -> None:
    called = call(*arguments, lang="de", **GERMAN)
    assert (called.code, called.err) == (0, "")
    assert not set(called.out) & set("✔✖↪→–…")
    assert "✔" in call("check", "small-office", lang="de", **GERMAN).out


def test_german_words_keep_their_letters_where_they_arrive(call: Call) -> None:
    assert "ü" in call("check", "small-office", "--ascii", **GERMAN).out


def test_what_is_asked_for_counts_more_than_the_locale(call: Call) -> None:
    assert "✔" in call("check", "small-office", "--no-ascii", **C).out


def test_the_settings_file_counts_too(call: Call) -> None:
    Path("config.yaml").write_text("ascii: true\n", encoding="utf-8")
    assert "✔" not in call("check", "small-office", VBTUI_CONFIG="config.yaml").out
    assert "✔" in call("check", "small-office", "--no-ascii", VBTUI_CONFIG="config.yaml").out


def test_the_console_says_nothing_about_a_pipe(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**GERMAN, "TERM": "linux"}
    assert "✔" in call("check", "small-office", **environment).out
    at_a_terminal(monkeypatch)
    assert "✔" not in call("check", "small-office", **environment).out


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "small-office", "--format", "json"),
        ("check", "small-office", "--format", "csv"),
        ("check", "small-office", "--format", "markdown"),
        ("graph", "classroom"),
        ("rules", "export", "classroom", "--firewall", "core", "--format", "csv"),
        ("play", "classroom", "--json"),
    ],
    ids=" ".join,
)
def test_documents_stay_as_they_are(arguments: tuple[str, ...], call: Call) -> None:
    assert call(*arguments, "--ascii", **C).out == call(*arguments).out


def commands(of: click.Group) -> Iterator[click.Command]:
    for one in of.commands.values():
        yield one
        if isinstance(one, click.Group):
            yield from commands(one)


def test_every_command_takes_it() -> None:
    without = [one.name for one in commands(group) if not any("--ascii" in option.opts for option in one.params)]
    assert without == []


def test_progress_bars_are_plain_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "100")
    with click.Context(group, obj=Session("en", {**C, "TERM": "xterm"})), bars() as drawn:
        bar = drawn.add_task("files.vmdk", total=160)
        drawn.update(bar, completed=90)
    assert "files.vmdk" in stream.getvalue()
    assert stream.getvalue().isascii()


@pytest.mark.parametrize(("locale", "plain", "encoding"), [(C, True, "ascii"), (GERMAN, False, "utf-8")])
def test_the_app_has_the_same_letters(
    locale: dict[str, str], plain: bool, encoding: str, call: Call, opened: list[Opening]
) -> None:
    assert call("play", "small-office", TERM="xterm", **locale).code == 0
    assert [(one.looks.ascii, one.encoding.lower()) for one in opened] == [(plain, encoding)]
