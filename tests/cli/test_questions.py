"""Questions before something is read or removed, and folders that are refused before anything begins."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vbtui.cli.session import Session

Call = Callable[..., Any]


class Typed(io.StringIO):
    """Someone at a terminal who types these lines and then ends the input."""

    def isatty(self) -> bool:
        return True


ANSWERS = [
    ("en", "y\n", True),
    ("en", "YES\n", True),
    ("en", "n\n", False),
    ("en", "\n", False),
    ("en", "", False),
    ("en", "maybe\ny\n", True),
    ("en", "maybe\n", False),
    ("de", "j\n", True),
    ("de", "Ja\n", True),
    ("de", "y\n", True),
    ("de", "nein\n", False),
    ("de", "\n", False),
]


@pytest.mark.parametrize(("language", "typed", "answer"), ANSWERS)
def test_a_question_is_answered_in_the_language_it_is_asked_in(
    language: str, typed: str, answer: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Typed(typed))
    assert Session(language).ask("Really?") is answer
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.startswith("Really? [j/N]: " if language == "de" else "Really? [y/N]: ")


@pytest.mark.parametrize(("typed", "left"), [("n\n", True), ("", True), ("y\n", False)])
def test_clean_keeps_everything_unless_it_is_told_to_remove_it(
    typed: str, left: bool, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vbtui.job import Places

    state = {"XDG_STATE_HOME": str(tmp_path / "kept")}
    places = Places.of(state)
    (places.make(places.run_logs) / "some.run.jsonl").write_text("{}\n", encoding="ascii")
    monkeypatch.setattr(sys, "stdin", Typed(typed))
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    called = call("clean", TERM="xterm", **state)
    assert called.code == 0
    assert called.out.endswith("Nothing was removed.\n" if left else "Removed.\n")
    assert bool(places.kept()) is left


def test_a_repository_that_cannot_be_a_folder_is_refused_before_anything_begins(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("file", "file/below", "file/far/below", "loop", "x" * 300):
        called = call("backup", "small-office", "--repo", str(tmp_path / name))
        assert called.code == 2, name
        assert "is not a folder" in called.err
        assert "Performing" not in called.out
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "here", "loop"]


def test_an_option_without_its_value_is_named_in_the_language_of_the_call(call: Call) -> None:
    assert "option --repo needs a value" in call("backup", "small-office", "--repo").err
    assert "requires" not in call("backup", "small-office", "--repo", LC_ALL="de_DE.UTF-8").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("play", "--plain=3"), "Option --plain nimmt keinen Wert"),
        (("play", "--no-run"), "die Option --no-run gibt es nicht\n"),
        (("play", "--change", "foo"), "EVENT:KIND=ARGUMENTS"),
        (("play", "--change", "job/1.0/start:rul=a,b,off"), "meinten Sie 'rule'?"),
        (("play", "--change", "job/1.0/start:rule=a"), "EVENT:rule=FIREWALL,RULE,on|off"),
        (("play", "--change", "job/1.0/start:slots=px-vm,1001"), "EVENT:slots=NODE,COUNT (COUNT: 0-1000)"),
        (("play", "--change", "job/1.0/start:service=px-vm,transport,off"), "transport_service, installer_service"),
        (("play", "--change", "job/1.0/strat:failover=off"), "meinten Sie 'job/1.0/start'?"),
        (("play", "--change", "job/1.0/start:kill=nobody"), "kill=nobody"),
    ],
)
def test_a_usage_error_has_no_english_in_german_and_suggests_no_contrary(
    arguments: tuple[str, ...], said: str, call: Call
) -> None:
    called = call(*arguments, VBTUI_LANG="de")
    assert called.code == 2
    assert said in called.err
    assert not {"does", "not", "the", "expected"} & set(called.err.replace("'", " ").split())


def test_the_help_of_play_names_every_kind_of_change(call: Call) -> None:
    from vbtui.render.change_texts import FORMS
    from vbtui.workflow.changes import _ARGUMENTS

    assert set(FORMS) == set(_ARGUMENTS)
    shown = " ".join(call("play", "--help").out.split()).replace("- ", "-")
    assert all(form in shown for form in FORMS.values())


def test_a_file_that_is_no_restore_point_is_called_damaged(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "vm-0001.vbx").write_bytes(b"junk\n")
    called = call("points", str(folder))
    assert called.code == 1
    assert "Restore points in" in called.out and "damaged: file" in called.out
