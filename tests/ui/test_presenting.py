"""Presenting: what the last row can read, what a clicker sends, and notes that follow in a second terminal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from notes_stage import Notes, channel_of_its_own, plain_notes, with_notes
from patience import lines_until, until
from pictures import Clock, Stage, loaded, perform

from vbtui.render.channel_texts import CHANNEL_TROUBLES, WAITING
from vbtui.render.notes_texts import PART_HEADINGS, Part, PartKind
from vbtui.ui.big_digits import big
from vbtui.ui.looks import Looks
from vbtui.ui.notes.app import NotesApp, time_text
from vbtui.ui.notes.channel import ChannelError, Publisher, Stop, Trouble, Waiting, follow
from vbtui.ui.notes.presented import Presented, from_line, to_line
from vbtui.workflow import Change

SNAPSHOT = "sql01/3/snapshot"
BLOCKED = "legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445"


@pytest.fixture
def channel() -> Iterator[Path]:
    with channel_of_its_own() as folder:
        yield folder


# ---- large looks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 60)])
def test_p_shows_the_picture_and_the_whole_sentence_and_nothing_small(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(SNAPSHOT)
        await stage.press("P")
        for name in ("#process", "#step", "#events", "#keys", "#now", "#tabs"):
            assert not stage.screen.query_one(name).region
        picture, told = stage.screen.query_one("#topology").region, stage.screen.query_one("#stage").region
        assert picture.width == size[0]
        assert picture.height >= size[1] - 10
        assert told.height == 7
        for word in stage.screen.moment().story(stage.screen.walk.event).split():
            assert word in stage.text("#stage")
        await stage.press("P")
        assert stage.screen.query_one("#keys").region
        assert not stage.screen.query_one("#stage").region

    perform(scene, size=size)


def test_the_number_of_the_step_stands_there_in_large_digits() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(BLOCKED)
        rows = stage.text("#stage").splitlines()
        for number, part in enumerate(big("2.1")):
            assert rows[1 + number].strip().startswith(part.strip())
        assert "drop" in stage.text("#stage")

    perform(scene, looks=Looks(large=True), size=(100, 30))


def test_every_digit_is_as_high_and_wide_as_another() -> None:
    for ascii in (False, True):
        drawn = big("0123456789", ascii=ascii)
        assert {len(row) for row in drawn} == {39}
        for row in drawn:
            assert not ascii or row.isascii()
    shapes = {tuple(big(digit, ascii=ascii)) for digit in "0123456789" for ascii in (False, True)}
    assert len(shapes) == 20


def test_f5_and_esc_of_a_clicker_are_play_and_pause() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("f5")
        assert stage.screen.walk.playing
        await stage.press("f5")
        assert stage.screen.moment().walk.playing
        await stage.press("escape")
        assert not stage.screen.moment().walk.playing
        await stage.press("pagedown", "pagedown", "pageup")
        assert stage.place[0] > 0
        await stage.press("full_stop")
        assert stage.screen.walk.playing

    perform(scene, looks=Looks(large=True), size=(100, 30))


def test_in_large_looks_no_size_breaks_anything() -> None:
    async def scene(stage: Stage) -> None:
        for size in [(1, 1), (60, 20), (200, 60), (80, 24), (20, 5), (120, 40)]:
            await stage.pilot.resize_terminal(*size)
            await stage.press("right")
        assert stage.place[0] == 3

    perform(scene, looks=Looks(large=True, ascii=True))


# ---- notes ----------------------------------------------------------------------------------------------------------


def test_notes_follow_the_presentation(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        await until(lambda: "event 1 of 119" in notes.text("#header"))
        assert "follows the presentation" in notes.text("#header")
        await stage.go(SNAPSHOT)
        here = stage.screen.walk.index
        await until(lambda: f"event {here + 1} of 119" in notes.text("#header"))
        told = " ".join(notes.text("#notes").split())
        messages = stage.screen._messages
        assert messages.event(stage.screen.walk.trace[here]) in told
        assert messages.event(stage.screen.walk.trace[here + 1]) in told
        assert messages.narration(stage.screen.walk.event.step).why in told

    with_notes(channel, scene, present=True)


def test_p_lets_notes_follow_and_says_how(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        await until(lambda: "waits for a presentation" in notes.text("#header"))
        await stage.press("P")
        assert "vbtui present --notes" in stage.text("#stage")
        await until(lambda: "event 1 of 119" in notes.text("#header"))
        await stage.press("P", "right", "right")
        await until(lambda: "event 2 of 119" in notes.text("#header"))

    with_notes(channel, scene)


def test_notes_say_what_was_changed(channel: Path) -> None:
    change = Change.parse("job/1.0/start:rule=core,proxy-nfc,off")

    async def scene(notes: Notes, _: Stage) -> None:
        await until(lambda: "Changed     Switch off rule proxy-nfc of core" in notes.text("#notes"))
        notes.app.notes.action_language()
        await until(lambda: "Geändert    Regel proxy-nfc von core ausschalten" in notes.text("#notes"))

    with_notes(channel, scene, present=True, changes=(change,))


def test_notes_have_their_own_language(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        await until(lambda: "event 1 of 119" in notes.text("#header"))
        notes.app.notes.action_language()
        told = " ".join(notes.text("#notes").split())
        assert stage.screen.walk.event.step == "1.0"
        assert "Ein Backup-Job startet" in told
        assert stage.screen._language == "en"

    with_notes(channel, scene, present=True)


def test_a_fallback_and_a_decision_raise_questions_that_the_notes_answer(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        await stage.go("legacy01/legacy01.vmdk/5/mode")
        await until(lambda: "Why not" in notes.text("#notes"))
        await stage.go(BLOCKED)
        await until(lambda: "Instead" in notes.text("#notes"))

    with_notes(channel, scene, present=True)


def test_when_the_presenter_goes_the_last_notes_stay(channel: Path) -> None:
    said = Presented("t", "j", "e", "1.0", 3, 9, "en", {"en": (Part(PartKind.NOW, "still here"),)})
    publisher = Publisher(channel)
    publisher.publish(to_line(said))

    async def scene(notes: Notes, _: Stage) -> None:
        await until(lambda: "still here" in notes.text("#notes"))
        publisher.close()
        await until(lambda: "waits for a presentation" in notes.text("#header"))
        assert "still here" in notes.text("#notes")

    with_notes(channel, scene)


def test_a_second_presenter_is_told_and_goes_on(channel: Path) -> None:
    first = Publisher(channel)

    async def scene(stage: Stage) -> None:
        assert "Another vbtui presents already" in stage.text("#now")
        await stage.press("right")
        assert stage.place[0] == 1

    perform(scene, channel=channel, present=True)
    first.close()


def test_nothing_is_published_before_somebody_presents(channel: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", "right", "q")

    perform(scene, channel=channel)
    assert not channel.exists()


def test_the_timer_counts_only_while_it_runs(channel: Path) -> None:
    async def scene(notes: Notes, _: Stage) -> None:
        screen = notes.app.notes
        notes.clock.now += 100
        assert screen.passed == 0
        screen.action_timer()
        notes.clock.now += 65
        assert time_text(screen.passed) == "1:05"
        screen.action_timer()
        notes.clock.now += 100
        assert time_text(screen.passed) == "1:05"
        screen.action_timer_anew()
        assert time_text(screen.passed) == "0:00"

    with_notes(channel, scene)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (3599, "59:59"), (3661, "1:01:01")])
def test_time_is_written_as_a_clock_does(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_somebody_elses_channel_is_told() -> None:
    def foreign(_: Stop) -> Iterator[Presented | Waiting]:
        yield Waiting.FOR_PRESENTER
        raise ChannelError(Trouble.FOREIGN)

    async def play() -> None:
        app = NotesApp(foreign, clock=Clock(), ticker=False)
        async with app.run_test() as pilot:
            await pilot.pause()
            await until(lambda: "belongs to somebody else" in Notes(app, Clock()).text("#notes"))

    asyncio.run(play())


def test_every_code_has_its_sentence() -> None:
    assert set(CHANNEL_TROUBLES) == set(Trouble)
    assert set(WAITING) == set(Waiting)
    assert set(PART_HEADINGS) == set(PartKind)


# ---- as lines, in processes of their own ----------------------------------------------------------------------------


def test_plain_notes_are_lines_that_follow(channel: Path, tmp_path: Path) -> None:
    with plain_notes(channel, tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "waits for a presentation" in process.stderr.readline()

        async def scene(stage: Stage) -> None:
            assert process.stdout is not None
            told = partial(lines_until, process.stdout)
            assert "Event 1 of 119, step 1.0.\n" in await asyncio.to_thread(told, "Next: ")
            await stage.press("right", "right", "right")
            while "Event 3 of 119, step 1.2.\n" not in (lines := await asyncio.to_thread(told, "Next: ")):
                pass
            assert any(line.startswith("Now: The Backup Manager reads") for line in lines)

        perform(scene, channel=channel.parent / "vbtui", present=True)
        assert "waits for a presentation" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert "Traceback" not in process.stderr.read()


def test_notes_of_a_walk_that_nobody_presents_yet_begin_with_its_first_event(channel: Path) -> None:
    from vbtui.ui.notes.presenting import presented_at
    from vbtui.workflow import simulate

    one = loaded()
    first = presented_at(one.topology, simulate(one.topology, one.topology.jobs[0]), 0, "en")

    async def play() -> None:
        app = NotesApp(
            lambda stop: follow(channel, from_line, stop, retry=0.01), first=first, clock=Clock(), ticker=False
        )
        async with app.run_test() as pilot:
            await pilot.pause()
            assert "event 1 of 119" in Notes(app, Clock()).text("#header")
            await pilot.press("question_mark")
            await pilot.press("escape", "t", "down", "q")
        assert app.return_value == 0

    asyncio.run(play())


def test_notes_have_the_question_that_may_be_asked_before_the_next_event_and_its_answer(channel: Path) -> None:
    async def scene(notes: Notes, stage: Stage) -> None:
        question = stage.screen.questions[0]
        stage.screen.go(stage.screen.walk.at(question.position - 1))
        await until(lambda: "Ask before the next event" in notes.text("#notes"))
        told = notes.text("#notes")
        for number in range(1, len(question.choices) + 1):
            assert f"{number}) " in told
        assert "Right answer" in told

    with_notes(channel, scene, present=True)


def test_the_stage_tells_the_whole_of_what_a_blocked_connection_leads_to() -> None:
    async def scene(stage: Stage) -> None:
        blocked = [event for event in stage.screen.walk.trace if event.verdict and not event.verdict.allowed]
        assert blocked
        for event in blocked:
            await stage.go(event.id)
            assert "…" not in stage.text("#stage"), event.id
            assert stage.screen.moment().messages.blocked(event).split()[-1] in stage.text("#stage")

    perform(scene, size=(100, 30), language="de", topology=loaded("locked-down"), looks=Looks(large=True))
