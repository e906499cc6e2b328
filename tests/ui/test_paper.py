"""What leaves the screen: to the clipboard as text, to a file as text or as a picture; and what the help offers."""

from __future__ import annotations

from pathlib import Path

import pytest
from pictures import Stage, perform

from vbtui.ui.keys.keyed import is_possible
from vbtui.ui.screens.prompt import PromptScreen


def test_y_sends_the_event_with_its_verdict_as_the_plain_form_tells_it() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445")
        await stage.press("y")
        copied = stage.app.clipboard
        assert copied.endswith("\n")
        assert "legacy01" in copied
        assert "tcp/445" in copied
        assert "Firewall:" in copied
        assert "sent to the terminal's clipboard" in stage.text("#now")
        await stage.press("right")
        assert "clipboard" not in stage.text("#now")

    perform(scene)


def test_y_sends_the_selected_row_on_the_other_screens() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("f3", "down", "y")
        head, row = stage.app.clipboard.splitlines()
        assert head.startswith("Disk")
        assert "sql01/sql01_1.vmdk" in row
        assert "sent to the terminal's clipboard" in stage.text("#outcome")
        await stage.press("f2", "y")
        assert len(stage.app.clipboard.splitlines()) >= 2
        assert "sent to the terminal's clipboard" in stage.text("#outcome")

    perform(scene)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def name(stage: Stage, text: str) -> None:
    await stage.press("Y")
    assert stage.on(PromptScreen)
    await stage.press("ctrl+u", *text, "enter")


def test_the_screen_goes_to_a_file_as_it_is_shown(folder: Path) -> None:
    async def scene(stage: Stage) -> None:
        seen = stage.shown()
        await name(stage, "a.txt")
        assert (folder / "a.txt").read_text(encoding="utf-8").split() == seen.split()
        assert "written to a.txt" in stage.text("#now")
        await name(stage, "b.svg")
        assert (folder / "b.svg").read_text(encoding="utf-8").startswith("<svg")

    perform(scene)


def test_a_file_is_replaced_only_when_that_is_said_twice(folder: Path) -> None:
    (folder / "a.txt").write_text("mine")
    (folder / "b").mkdir()
    (folder / "c").symlink_to("a.txt")

    async def scene(stage: Stage) -> None:
        await name(stage, "a.txt")
        assert stage.on(PromptScreen)
        assert "a.txt exists already. Enter once more replaces it." in stage.text("#note")
        assert (folder / "a.txt").read_text() == "mine"
        await stage.press("enter")
        assert not stage.on(PromptScreen)
        assert (folder / "a.txt").read_text(encoding="utf-8") != "mine"
        (folder / "a.txt").write_text("mine")
        for wrong in ("b", "c", "no/such/folder", "  "):
            await name(stage, wrong)
            await stage.press("enter")
            assert stage.on(PromptScreen), wrong
            await stage.press("escape")
        assert (folder / "a.txt").read_text() == "mine"

    perform(scene)


def test_the_help_offers_what_is_possible_here_and_now() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("f2", "question_mark")
        here, _, elsewhere = stage.whole("#help").partition("Not possible here and now")
        assert "undo, redo" in elsewhere
        assert "undo, redo" not in here
        await stage.press("escape", "tab", "space", "question_mark")
        here, _, elsewhere = stage.whole("#help").partition("Not possible here and now")
        assert "undo, redo" in here
        await stage.press("escape")
        assert is_possible(stage.app.screen, "undo")
        assert not is_possible(stage.app.screen, "redo")
        assert not is_possible(stage.app.screen, "no_such_action")
        assert not is_possible(stage.app.screen, "((")

    perform(scene, size=(120, 40))
