"""Two presentations at a time: notes follow the one that was first, and the other one when that has ended."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from notes_stage import Notes, channel_of_its_own, with_notes
from patience import outlasting, until
from pictures import Clock, Stage, loaded, perform

from vbtui.i18n import translator
from vbtui.render.channel_texts import CHANNEL_TROUBLES, aside
from vbtui.render.notes_texts import Part, PartKind
from vbtui.ui import Opening, WalkthroughApp
from vbtui.ui.looks import Looks
from vbtui.ui.notes.channel import SOCKET, ChannelError, Publisher, Trouble
from vbtui.ui.notes.presented import Presented, to_line
from vbtui.ui.notes.presenting import Presenting

FOLLOW_ANOTHER = "Speaker notes follow another vbtui until it ends"
SAID = to_line(Presented("t", "j", "e", "1.0", 3, 9, "en", {"en": (Part(PartKind.NOW, "said by the first"),)}))


@pytest.fixture
def channel() -> Iterator[Path]:
    with channel_of_its_own() as folder:
        yield folder


def test_notes_go_over_to_a_presentation_that_was_second(channel: Path) -> None:
    first = Publisher(channel)
    first.publish(SAID)

    async def scene(notes: Notes, stage: Stage) -> None:
        await until(lambda: "said by the first" in notes.told)
        await stage.press("right", "right", "right")
        stage.screen.take_turn()
        first.publish(SAID.replace(b"by the first", b"by the first still"))
        await until(lambda: "said by the first still" in notes.told)
        first.close()
        await until(lambda: "waits for a presentation" in notes.text("#header"))
        stage.screen.take_turn()
        await until(lambda: "event 3 of 119" in notes.text("#header"))
        assert "follows the presentation" in notes.text("#header")
        await stage.press("right", "right")
        await until(lambda: "event 4 of 119" in notes.text("#header"))

    with_notes(channel, scene, present=True)


def test_as_long_as_notes_follow_another_one_that_can_be_read_there(channel: Path) -> None:
    first = Publisher(channel)

    async def scene(stage: Stage) -> None:
        assert "Another vbtui presents already" in stage.text("#stage")
        for _ in range(3):
            await stage.press("right")
            assert FOLLOW_ANOTHER in stage.text("#stage")
        stage.screen.take_turn()
        await stage.pilot.pause()
        assert FOLLOW_ANOTHER in stage.text("#stage")
        first.close()
        stage.screen.take_turn()
        await stage.pilot.pause()
        assert "nother vbtui" not in stage.text("#stage")

    perform(scene, channel=channel, present=True, looks=Looks(large=True), size=(100, 30))


def test_what_is_said_is_where_the_walk_is_when_the_turn_comes(channel: Path) -> None:
    """Whatever was done meanwhile, and also on a screen that has taken the place of the first one."""
    first = Publisher(channel)

    async def scene(notes: Notes, stage: Stage) -> None:
        before = stage.screen
        await stage.go("legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902")
        await stage.press("w", "enter", "enter")
        assert stage.screen is not before
        first.close()
        stage.screen.take_turn()
        await until(lambda: "Changed Block px-vm → esx02, tcp/902" in notes.told)

    with_notes(channel, scene, present=True)


def test_it_comes_by_itself_also_after_one_that_was_killed(channel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vbtui.ui.screens.walkthrough.presenting_keys.TURN", 0.01)
    program = (
        "import sys, pathlib, vbtui.ui.notes.channel as c; p = c.Publisher(pathlib.Path(sys.argv[1]));"
        "print('ready', flush=True); sys.stdin.read()"
    )

    async def play(other: subprocess.Popen[bytes]) -> None:
        app = WalkthroughApp(Opening(loaded(), present=True, looks=Looks(large=True)), clock=Clock(), channel=channel)
        async with app.run_test(size=(100, 30)) as pilot:
            stage = Stage(app, pilot, Clock())
            await stage.press("right")
            assert FOLLOW_ANOTHER in stage.text("#stage")
            assert waits(stage)
            other.kill()
            await until(lambda: app.presenting.is_on)
            await until(lambda: FOLLOW_ANOTHER not in stage.text("#stage"))
            assert not waits(stage)

    with subprocess.Popen(
        [sys.executable, "-c", program, str(channel)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        with outlasting(other):
            assert other.stdout.readline() == b"ready\n"
            asyncio.run(play(other))


def waits(stage: Stage) -> bool:
    """It is tried again and again."""
    timer = stage.screen._turns
    return timer is not None and timer._active.is_set()


def test_nothing_is_tried_where_notes_follow_or_nobody_presents(channel: Path) -> None:
    async def play() -> None:
        app = WalkthroughApp(Opening(loaded()), clock=Clock(), channel=channel)
        async with app.run_test(size=(100, 30)) as pilot:
            stage = Stage(app, pilot, Clock())
            await stage.press("right")
            assert not waits(stage)
            await stage.press("P")
            assert app.presenting.is_on
            assert not waits(stage)

    asyncio.run(play())


def test_who_presents_no_more_does_not_wait_for_a_turn(channel: Path) -> None:
    first = Publisher(channel)

    async def play() -> None:
        app = WalkthroughApp(Opening(loaded()), clock=Clock(), channel=channel)
        async with app.run_test(size=(100, 30)) as pilot:
            stage = Stage(app, pilot, Clock())
            await stage.press("P")
            assert waits(stage)
            await stage.press("P")
            assert not waits(stage)
            await stage.press("P")
            assert "Another vbtui presents already" in stage.text("#stage")
            assert waits(stage)

    asyncio.run(play())
    first.close()


# ---- who has the channel --------------------------------------------------------------------------------------------


def test_one_of_several_that_wait_gets_the_channel_and_keeps_it(channel: Path) -> None:
    first, second, third = (Presenting(channel) for _ in range(3))
    first.begin()
    for one in (second, third):
        with pytest.raises(ChannelError):
            one.begin()
        assert one.trouble is Trouble.BUSY
    socket = (channel / SOCKET).stat().st_ino
    assert not second.try_again()
    assert not third.try_again()
    assert (channel / SOCKET).stat().st_ino == socket
    first.close()
    assert second.try_again()
    assert second.trouble is None
    assert (channel / SOCKET).stat().st_mode & 0o777 == 0o600
    socket = (channel / SOCKET).stat().st_ino
    assert not third.try_again()
    assert second.try_again()
    assert (channel / SOCKET).stat().st_ino == socket
    third.close()
    assert not third.try_again()
    second.close()
    assert not (channel / SOCKET).exists()


def test_what_never_changes_is_not_tried_again(channel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("socket.AF_UNIX")
    one = Presenting(channel)
    with pytest.raises(ChannelError):
        one.begin()
    assert one.trouble is None
    monkeypatch.undo()
    assert not one.try_again()


def test_every_trouble_has_its_few_words() -> None:
    say = translator("de")
    assert {aside(say, code) for code in CHANNEL_TROUBLES} == {
        "Die Sprechernotizen folgen einem anderen vbtui, bis es endet",
        "Sprechernotizen können nicht folgen · zweimal P sagt, warum",
    }
