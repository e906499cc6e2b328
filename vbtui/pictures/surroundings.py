"""What a picture must not depend on: the environment of whoever takes it.

Decided here: which variables are out of sight while Textual is imported and while a scene is played. In: nothing. Out:
context managers that put everything back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

NOWHERE: Final = "/dev/null/vbtui"
"""A folder that can neither exist nor be made, for everything that a person keeps."""

_KEPT: Final = ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
_OURS: Final = "VBTUI_"
_OF_THE_TERMINAL: Final = ("NO_COLOR", "COLORTERM", "TERM", "TERM_PROGRAM", "TMUX", "SSH_CONNECTION", "SSH_TTY")


@contextmanager
def textual_settled() -> Iterator[None]:
    """For the import of Textual, which reads its settings then and never again: with its own defaults."""
    with _environment(dict.fromkeys((name for name in os.environ if name.startswith("TEXTUAL_")), None)):
        yield


@contextmanager
def stand_in(*, colour: bool) -> Iterator[None]:
    """For an app: a terminal with all colours, or with none, and nothing that anybody has kept."""
    given: dict[str, str | None] = {name: None for name in os.environ if name.startswith(_OURS)}
    given |= dict.fromkeys(_OF_THE_TERMINAL)
    given |= dict.fromkeys(_KEPT, NOWHERE)
    given |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    if not colour:
        given["NO_COLOR"] = "1"
    with _environment(given):
        yield


@contextmanager
def _environment(given: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables, or take them away with None; afterwards everything is as it was."""
    before = {name: os.environ.get(name) for name in given}
    _set(given)
    try:
        yield
    finally:
        _set(before)


def _set(given: Mapping[str, str | None]) -> None:
    for name, value in given.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
