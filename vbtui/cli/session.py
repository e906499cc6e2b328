"""One call of the command: its language, its streams, and how text gets out of it.

Decided here: that standard output may close early without harm (`vbtui play | head`), that what a stream cannot encode
is escaped instead of failing, what counts as a terminal, and whose word counts on plain characters: that of the command
line before the settings file, before what the surroundings tell. Documents for programs are never touched.
Never here: what is said.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import click

from vbtui.cli.plain import Characters, PlainStream, as_it_is, characters
from vbtui.cli.settings import OPTION, Settings, read_settings, settings_file
from vbtui.i18n import LANGUAGES, N_, Translator, choose_language, translator

if TYPE_CHECKING:
    from vbtui.render.sheet import Sheet


@dataclass
class Session:
    """What every command gets from the door."""

    language: str
    environment: Mapping[str, str] = field(default_factory=dict)
    run_log: Path | None = None
    """The run log that is being read, for messages about it."""
    hushed: bool = False
    """Nobody reads standard output any more."""
    config: str | None = None
    """The settings file that the command line names."""
    plain: bool | None = None
    """What the command line says about plain characters; None: nothing."""
    alone: bool = False
    """The process is this command's and ends with it: what is loaded for it need never be collected."""

    @cached_property
    def settings(self) -> Settings:
        """What the settings file says; read when it is asked for first."""
        return read_settings(settings_file(self.environment, self.config))

    @cached_property
    def say(self) -> Translator:
        return translator(self.language)

    @property
    def interactive(self) -> bool:
        """A person sits at a terminal that can draw: input, output and errors (where Textual draws) are one."""
        streams = (sys.stdin, sys.stdout, sys.stderr)
        terminal = all(stream is not None and stream.isatty() for stream in streams)
        return terminal and self.environment.get("TERM", "") not in ("", "dumb")

    def on(self, stream: TextIO) -> Characters:
        """How text for people gets onto a stream: as it is, or in plain characters."""
        wanted = self.settings.ascii if self.plain is None else self.plain
        return characters(stream, self.environment, wanted)

    def drawing_on(self, stream: TextIO) -> TextIO:
        """A stream for who writes to it on their own: tables, bars."""
        found = self.on(stream)
        return stream if found is as_it_is else cast(TextIO, PlainStream(stream, found))

    def write(self, lines: Iterable[str]) -> None:
        """Lines on standard output. A reader that went away ends the output, not the command."""
        plainly = self.on(sys.stdout)
        try:
            for line in lines:
                sys.stdout.write(plainly(line) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self.hush()

    def write_text(self, text: str) -> None:
        """A document on standard output, as it is."""
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            self.hush()

    def write_sheets(self, sheets: Iterable[Sheet]) -> None:
        """Tables on standard output, an empty line between them: ruled on a terminal, plain columns for a pipe."""
        from vbtui.render.tables import print_sheet, sheet_lines

        for number, sheet in enumerate(sheets):
            if number:
                self.write([""])
            if sys.stdout.isatty():
                print_sheet(self.drawing_on(sys.stdout), sheet)
            else:
                self.write(sheet_lines(sheet))

    def ask(self, question: str) -> bool:
        """A yes-or-no question on standard error, in the session's language; no answer is no. English always works.

        Raises KeyboardInterrupt.
        """
        yes, no = (self.say(N_("y/yes")).split("/"), self.say(N_("n/no")).split("/"))
        letters = f"[{yes[0]}/{no[0].upper()}]"
        while True:
            self.prompt(f"{question} {letters}: ")
            line = sys.stdin.readline()
            if not line:
                self.complain("")
            answer = line.strip().casefold()
            if answer in ("y", "yes", *yes):
                return True
            if answer in ("", "n", "no", *no):
                return False

    def prompt(self, text: str) -> None:
        """Something on standard error that an answer is to follow in the same line."""
        sys.stderr.write(self.on(sys.stderr)(text))
        sys.stderr.flush()

    def complain(self, *lines: str) -> None:
        """Lines on standard error."""
        plainly = self.on(sys.stderr)
        try:
            for line in lines:
                sys.stderr.write(plainly(line) + "\n")
            sys.stderr.flush()
        except BrokenPipeError:
            pass

    def hush(self) -> None:
        """Nobody reads standard output any more: let the rest of it go nowhere, also at the interpreter's end."""
        self.hushed = True
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (OSError, ValueError, AttributeError, io.UnsupportedOperation):
            sys.stdout = io.StringIO()


def open_session(arguments: list[str], environment: Mapping[str, str]) -> Session:
    """The session of a command line. The language is looked up before click reads anything, so that help and usage
    errors are in it too; a language that we do not have is refused by the option itself."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    wanted, config = _value_of("--lang", arguments), _value_of(OPTION, arguments)
    session = Session("en", environment, config=config, plain=_plain_of(arguments))
    if wanted not in LANGUAGES:
        wanted = None if environment.get("VBTUI_LANG") else session.settings.language
    session.language = choose_language(wanted, environment)
    return session


def _value_of(option: str, arguments: list[str]) -> str | None:
    """The last value of an option on the command line, before click has read anything."""
    found = None
    words = _options_in(arguments)
    for place, word in enumerate(words):
        if word == option and place + 1 < len(words):
            found = words[place + 1]
        elif word.startswith(f"{option}="):
            found = word.removeprefix(f"{option}=")
    return found


def _plain_of(arguments: list[str]) -> bool | None:
    """What the last of `--ascii` and `--no-ascii` says; None without either."""
    said = [word for word in _options_in(arguments) if word in ("--ascii", "--no-ascii")]
    return said[-1] == "--ascii" if said else None


def _options_in(arguments: list[str]) -> list[str]:
    """The words that may be options."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def current() -> Session:
    """The session of the command that runs. English where click runs without the door, as in shell completion."""
    context = click.get_current_context(silent=True)
    found = context.find_root().obj if context is not None else None
    return found if isinstance(found, Session) else Session("en")
