"""When the app opens and when it does not: a table of streams and terminals."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from vbtui.cli import played_job
from vbtui.cli.entry import run
from vbtui.cli.session import Session
from vbtui.ui import Opening

TERMINALS: list[tuple[bool, bool, bool, str, bool]] = [
    (True, True, True, "xterm-256color", True),
    (False, True, True, "xterm-256color", False),
    (True, False, True, "xterm-256color", False),
    (True, True, False, "xterm-256color", False),
    (True, True, True, "dumb", False),
    (True, True, True, "", False),
]


def streams(monkeypatch: pytest.MonkeyPatch, **terminals: bool) -> None:
    for name, terminal in terminals.items():
        monkeypatch.setattr(getattr(sys, name), "isatty", lambda terminal=terminal: terminal)


@pytest.mark.parametrize(("stdin", "stdout", "stderr", "term", "interactive"), TERMINALS)
def test_the_app_needs_a_terminal_on_every_stream(
    stdin: bool, stdout: bool, stderr: bool, term: str, interactive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams(monkeypatch, stdin=stdin, stdout=stdout, stderr=stderr)
    assert Session("en", {"TERM": term}).interactive == interactive


ENVIRONMENT = {"TERM": "xterm-256color", "XDG_STATE_HOME": "/nonexistent"}


def test_alone_on_a_terminal_the_app_opens_on_the_default_topology(opened: list[Opening]) -> None:
    assert run([], ENVIRONMENT) == 0
    assert [(opening.loaded.topology.name, opening.job) for opening in opened] == [("classroom", None)]


def test_play_hands_the_app_what_was_asked_for(opened: list[Opening]) -> None:
    arguments = ["play", "two-site", "--profile", "v12", "--step", "5.2", "--lang", "de"]
    assert run(arguments, ENVIRONMENT) == 0
    (opening,) = opened
    assert opening.loaded.topology.name == "two-site"
    assert (opening.profile, opening.place, opening.language) == ("v12", "5.2", "de")


def test_the_app_walks_a_job_with_changes(opened: list[Opening]) -> None:
    assert run(["play", "--change", "job/1.0/start:rule=core,proxy-nfc,off"], ENVIRONMENT) == 0
    (opening,) = opened
    assert [str(change) for change in opening.changes] == ["job/1.0/start:rule=core,proxy-nfc,off"]


def test_a_change_of_what_does_not_exist_is_refused_before_the_app_opens(opened: list[Opening]) -> None:
    assert run(["play", "--change", "job/1.0/start:rule=core,nope,off"], ENVIRONMENT) == 2
    assert opened == []


@pytest.mark.parametrize(
    "arguments", [["play", "--plain"], ["play", "--json"], ["--plain", "--no-run"], ["check", "classroom"]]
)
def test_the_app_does_not_open_where_text_is_asked_for(
    arguments: list[str], opened: list[Opening], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments, ENVIRONMENT) == 0
    assert opened == []
    assert capsys.readouterr().out


BLOCK = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902:block=px-vm,esx02,tcp/902"
FORMS: list[tuple[list[str], bool]] = [
    ([], True),
    (["play"], True),
    (["play", "--predict"], True),
    (["play", "--change", BLOCK], True),
    (["--plain", "--no-run"], False),
    (["play", "--plain"], False),
    (["play", "--plain", "--predict"], False),
    (["play", "--json"], False),
    (["play", "--explain", "1"], False),
    (["play", "--change", BLOCK, "--compare"], False),
    (["play", "--change", BLOCK, "--compare", "--json"], False),
]


@pytest.fixture
def collector() -> Iterator[None]:
    """Whatever a command that believes to be alone leaves of it, the other tests have theirs."""
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize(("arguments", "in_app"), FORMS, ids=lambda one: " ".join(one) if isinstance(one, list) else "")
def test_garbage_waits_only_where_the_app_opens_and_collects_it(
    arguments: list[str], in_app: bool, opened: list[Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "readline", lambda: "")
    assert gc.isenabled()
    run(arguments, ENVIRONMENT, alone=True)
    assert (bool(opened), gc.isenabled()) == (in_app, not in_app)


@pytest.mark.parametrize("arguments", [["--step", "7"], ["small-office", "--step", "5.1"]])
def test_a_step_that_there_is_not_is_refused_before_the_app_opens(arguments: list[str], opened: list[Opening]) -> None:
    assert run(["play", *arguments], ENVIRONMENT) == 2
    assert opened == []


ERRORS: list[tuple[Callable[[], BaseException], int]] = [
    (KeyboardInterrupt, 130),
    (lambda: OSError(28, "No space left on device", "/x"), 4),
    (BrokenPipeError, 0),
]


@pytest.mark.parametrize(("error", "code"), ERRORS)
def test_what_goes_wrong_at_run_time_has_its_exit_code(
    error: Callable[[], BaseException], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: str) -> Any:
        raise error()

    monkeypatch.setattr(played_job, "load_topology", fails)
    assert run(["play"], {}) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(played_job, "load_topology", fails)
    with pytest.raises(ZeroDivisionError):
        run(["play"], {})
