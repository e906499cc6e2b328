"""Calling the door in this process, with its streams caught and a home of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vbtui.cli.entry import run
from vbtui.cli.session import Session
from vbtui.ui import Opening


@dataclass(frozen=True)
class Called:
    """How one call ended."""

    code: int
    out: str
    err: str


Call = Callable[..., Called]


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """`call("check", "classroom", lang="de")`: no terminal, an empty folder, a state folder of its own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def called(*arguments: str, **environment: str) -> Called:
        code = run(arguments, {"XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "dumb", **environment})
        caught = capsys.readouterr()
        return Called(int(code), caught.out, caught.err)

    return called


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Opening]:
    """Calls of the app, which does not open; a person sits at a terminal, whatever catches the streams."""
    import vbtui.ui

    calls: list[Opening] = []

    def run_app(opening: Opening) -> int:
        calls.append(opening)
        return 0

    monkeypatch.setattr(vbtui.ui, "run_app", run_app)
    monkeypatch.setattr(Session, "interactive", True)
    return calls
