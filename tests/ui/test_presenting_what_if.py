"""Notes while something else than the walk is shown: the comparison of a what-if, and screens that stand over it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from forked_walks import BLOCK, NFC, comparison, fork, row_shown
from notes_stage import Notes, channel_of_its_own, plain_notes, with_notes
from patience import lines_until, until
from pictures import Stage, loaded, perform

from vbtui.i18n import LANGUAGES, translator
from vbtui.render import Messages
from vbtui.render.change_texts import kind_text, with_duration
from vbtui.render.notes_texts import COVERS
from vbtui.ui.keys.tables import KEY_TABLES
from vbtui.ui.notes.channel import ChannelError, Publisher, Waiting
from vbtui.ui.notes.presented import Presented, from_line
from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen


@pytest.fixture
def channel() -> Iterator[Path]:
    with channel_of_its_own() as folder:
        yield folder


def words(text: str) -> str:
    return " ".join(text.split())


def told_of(notes: Notes, row: int, language: str = "en") -> bool:
    """The notes have what the comparison shows of that row: what differs, and what happens in both runs."""
    found, messages = comparison(BLOCK), Messages(translator(language), loaded().topology)
    pair, told = found.rows[row], notes.told
    both = (found.a.by_id.get(pair.event.id), found.b.by_id.get(pair.event.id))
    sentences = [kind_text(messages, pair), *(with_duration(messages, pair, one) for one in both)]
    place = f"row {row + 1} of {len(found.rows)}"
    return all(words(one) in told for one in sentences) and (language != "en" or place in notes.text("#header"))


def test_notes_follow_the_comparison_from_difference_to_difference(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        await until(lambda: "event" in notes.text("#header"))
        await fork(stage)
        different = comparison(BLOCK).differences
        await until(lambda: told_of(notes, different[0]))
        assert "follows the presentation: two runs side by side" in notes.text("#header")
        assert "Changed Block px-vm → esx02, tcp/902" in notes.told
        assert "Now" not in notes.told
        for key, row in (("n", different[1]), ("n", different[2]), ("N", different[1]), ("home", 0)):
            await stage.press(key)
            assert row_shown(stage) == row
            await until(lambda row=row: told_of(notes, row))  # type: ignore[misc]
            for told in stage.text("#said").strip(" ≠\n").splitlines():
                assert words(told).strip("≠ …") in notes.told

    with_notes(channel, scene, present=True, place=NFC)


def test_notes_of_the_comparison_are_in_the_language_that_their_reader_chooses(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        await fork(stage)
        first = comparison(BLOCK).differences[0]
        await until(lambda: told_of(notes, first))
        notes.app.notes.action_language()
        assert told_of(notes, first, "de")
        assert "folgt der Vorführung: zwei Läufe nebeneinander" in notes.text("#header")
        assert len(LANGUAGES) == 2

    with_notes(channel, scene, present=True, place=NFC)


def test_on_a_small_screen_notes_say_whose_rows_are_listed(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        await fork(stage)
        await until(lambda: "Listed the rows of B" in notes.told)
        await stage.press("v")
        await until(lambda: "Listed the rows of A" in notes.told)
        assert told_of(notes, row_shown(stage))

    with_notes(channel, scene, present=True, place=NFC, size=(100, 30))


def test_after_the_comparison_notes_are_to_the_walk_again_or_to_that_in_b(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        here = f"event {stage.screen.walk.index + 1} of"
        await fork(stage)
        await until(lambda: "two runs" in notes.text("#header"))
        await stage.press("escape")
        await until(lambda: here in notes.text("#header"))
        assert "two runs" not in notes.text("#header")
        assert "Changed" not in notes.told
        await fork(stage)
        await stage.press("n")
        await stage.press("enter")
        there, count = stage.screen.walk.index + 1, len(stage.screen.walk.trace)
        await until(lambda: f"event {there} of {count}" in notes.text("#header"))
        assert "Changed Block px-vm → esx02, tcp/902" in notes.told
        await stage.press("u")
        await until(lambda: "Changed" not in notes.told)

    with_notes(channel, scene, present=True, place=NFC)


def test_who_walks_on_in_b_says_nothing_of_a_in_between(channel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Presented | None] = []
    monkeypatch.setattr(Publisher, "publish", lambda _, line: said.append(from_line(line)))

    async def scene(stage: Stage) -> None:
        await fork(stage)
        await stage.press("enter")
        assert stage.screen.walk.trace.changes == (BLOCK,)

    perform(scene, channel=channel, present=True, place=NFC)
    assert [one and (one.compares, one.changes) for one in said] == [(False, ()), (True, (BLOCK,)), (False, (BLOCK,))]


def test_what_is_drawn_anew_behind_the_comparison_is_not_told(channel: Path) -> None:
    """Nor is what stands over it: a help that is opened there is soon closed."""

    async def scene(notes: Notes, stage: Stage) -> None:
        await fork(stage)
        await until(lambda: "two runs" in notes.text("#header"))
        heard: list[object] = []
        hear = notes.app.notes.hear

        def heard_too(what: Presented | Waiting | ChannelError) -> None:
            heard.append(what)
            hear(what)

        notes.app.notes.hear = heard_too  # type: ignore[method-assign]
        stage.app.action_theme()
        await stage.pilot.pause()
        await stage.press("question_mark", "escape", "n")
        await until(lambda: told_of(notes, comparison(BLOCK).differences[1]))
        assert len(heard) == 1

    with_notes(channel, scene, present=True, place=NFC)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("f2", "the firewall rules"),
        ("f3", "the disks and restore points"),
        ("i", "the details"),
        ("O", "the topologies to choose from"),
    ],
)
def test_notes_say_which_screen_stands_over_the_walk(channel: Path, key: str, shown: str) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        here = f"event {stage.screen.walk.index + 1} of"
        await until(lambda: here in notes.text("#header"))
        await stage.press(key)
        await until(lambda: f"the presentation shows {shown}" in notes.text("#header"))
        assert "follows the presentation" not in notes.text("#header")
        assert here in notes.text("#header")
        assert "These notes are to the event that waits behind it." in notes.told
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)
        await until(lambda: "follows the presentation" in notes.text("#header"))
        assert "behind it" not in notes.told

    with_notes(channel, scene, present=True, place=NFC)


def test_from_the_data_to_the_rules_notes_come_along(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        await stage.press("f3", "f2")
        assert stage.on(FirewallScreen)
        await until(lambda: "the firewall rules" in notes.text("#header"))

    with_notes(channel, scene, present=True, place=NFC)


def test_when_the_turn_comes_during_a_comparison_that_is_told(channel: Path) -> None:
    first = Publisher(channel)

    async def scene(notes: Notes, stage: Stage) -> None:
        await fork(stage)
        first.close()
        stage.screen.take_turn()
        await until(lambda: told_of(notes, row_shown(stage)))

    with_notes(channel, scene, present=True, place=NFC)


def test_every_screen_that_has_a_name_can_be_named() -> None:
    assert set(COVERS) == set(KEY_TABLES) - {"walkthrough", "notes"}


def test_plain_notes_tell_the_comparison_and_what_stands_over_the_walk(channel: Path, tmp_path: Path) -> None:
    with plain_notes(channel, tmp_path) as process:
        out, error = process.stdout, process.stderr
        assert out is not None
        assert error is not None
        error.readline()

        told = partial(lines_until, out)

        async def scene(stage: Stage) -> None:
            place = f"Event {stage.screen.walk.index + 1} of 119, step 5.3.\n"
            assert place in await asyncio.to_thread(told, "Next: ")
            await fork(stage)
            found = comparison(BLOCK)
            row = row_shown(stage)
            lines = await asyncio.to_thread(told, "Why: ")
            assert f"Two runs side by side, row {row + 1} of {len(found.rows)}, step 5.3.\n" in lines
            for side, trace in (("A", found.a), ("B", found.b)):
                event = trace.by_id.get(found.rows[row].event.id)
                assert f"{side}: {with_duration(stage.screen._messages, found.rows[row], event)}\n" in lines
            await stage.press("escape")
            assert place in await asyncio.to_thread(told, "Next: ")
            await stage.press("f2")
            assert await asyncio.to_thread(out.readline) == "The presentation shows the firewall rules.\n"
            await stage.press("escape")
            assert await asyncio.to_thread(out.readline) == "The presentation shows the walk again.\n"

        perform(scene, channel=channel.parent / "vbtui", present=True, place=NFC)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert "Traceback" not in error.read()
