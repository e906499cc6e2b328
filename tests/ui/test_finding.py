"""Finding a place and reading on the screen: going, finding, filtering, the text, the views."""

from __future__ import annotations

import pytest
from pictures import Stage, perform

from vbtui.i18n import translator
from vbtui.render import Messages, plain
from vbtui.ui.screens.find import FindScreen
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.screens.transcript import TranscriptScreen, TranscriptView
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.tabs import Tab
from vbtui.ui.widgets.event_table import EventTable

LAST = 118
CONNECT = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"


async def type_text(stage: Stage, text: str) -> None:
    names = {" ": "space", "/": "slash", ".": "full_stop", "-": "minus", "_": "underscore"}
    await stage.press(*(names.get(one, one) for one in text))


# ---- going, finding, filtering ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "event"), [("45", "sql01/3/snapshot"), (CONNECT, CONNECT), ("5.3", None)])
def test_g_goes_to_an_event_or_a_step(text: str, event: str | None) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("g")
        assert stage.on(PromptScreen)
        await type_text(stage, text)
        await stage.press("enter")
        assert stage.on(WalkthroughScreen)
        found = stage.screen.walk.event
        assert found.id == event if event else found.step == text

    perform(scene)


@pytest.mark.parametrize(
    ("text", "told"),
    [("120", "There is no event 120: this walk has the events 1 to 119."), ("nothing", "called nothing"), ("", "")],
)
def test_g_says_what_does_not_exist_and_stays_open(text: str, told: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("g", "delete")
        await type_text(stage, text)
        await stage.press("enter")
        assert stage.on(PromptScreen)
        assert told in " ".join(stage.text("#note").split())
        await stage.press("escape")
        assert stage.place == (0, 1.0)

    perform(scene)


def test_slash_finds_machines_steps_and_events() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        assert stage.on(FindScreen)
        await type_text(stage, "px-vm 902")
        shown = stage.text("#found")
        assert "5.2 · 82" in shown
        await stage.press("down", "down", "enter")
        assert stage.screen.walk.event.id == CONNECT
        await stage.press("slash")
        await type_text(stage, "snapshot")
        first = stage.text("#found").splitlines()[0]
        assert first.startswith(" step")
        await stage.press("enter")
        assert stage.screen.walk.event.step == "3"

    perform(scene)


def test_a_machine_that_is_found_is_pointed_at() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await type_text(stage, "legacy01")
        assert stage.text("#found").splitlines()[0].startswith(" machine  legacy01 · VM")
        await stage.press("enter")
        assert stage.screen.sight.cursor == "legacy01"
        assert stage.screen.vm == "legacy01"
        assert stage.place == (0, 1.0)

    perform(scene)


def test_nothing_found_is_said_and_enter_stays() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await type_text(stage, "zzzz")
        assert "Nothing has all of these words." in stage.text("#found")
        await stage.press("down", "up", "enter")
        assert stage.on(FindScreen)
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)

    perform(scene, size=(80, 24))


def test_backslash_lists_only_what_has_the_words_and_esc_lists_all_again() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("backslash")
        await type_text(stage, "tcp/902 px-vm")
        await stage.press("enter")
        view = stage.screen.query_one(EventTable)
        assert "3 of 119" in str(view.border_title)
        assert "with: tcp/902 px-vm" in str(view.border_title)
        rows = [line for line in stage.text("#events").splitlines() if line]
        assert len(rows) == 3
        await stage.pilot.click("#events", offset=(10, 3))
        assert stage.screen.walk.event.id == CONNECT
        await stage.press("escape")
        assert "of 119" not in str(view.border_title)

    perform(scene)


def test_a_filter_that_leaves_nothing_is_said_and_not_taken() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("backslash")
        await type_text(stage, "zzzz")
        await stage.press("enter")
        assert stage.on(PromptScreen)
        assert "No event has all of these words." in stage.text("#note")
        await stage.press("escape")
        assert stage.screen.words == ""

    perform(scene)


def test_words_of_a_filter_are_literal_text() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.words = "[red]\x1b[31m"
        stage.screen.show_moment()
        await stage.pilot.pause()
        title = str(stage.screen.query_one(EventTable).border_title)
        assert "[red]" in title
        assert "\x1b" not in title

    perform(scene)


# ---- the text, the views ---------------------------------------------------------------------------------------------


def test_t_shows_what_was_told_up_to_here_from_its_end() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        await stage.press("t")
        assert stage.on(TranscriptScreen)
        text = stage.text("#transcript")
        assert "45, 6.800 s, 3, sql01: esx01 creates the snapshot" in text
        assert "46, " not in text
        await stage.press("home")
        assert stage.text("#transcript").startswith("Topology classroom, job daily")
        await stage.press("end")
        assert stage.text("#transcript") == text
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)

    perform(scene)


def test_the_text_is_that_of_the_plain_form_in_the_language() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("end", "t", "home")
        view = stage.app.screen.query_one(TranscriptView)
        rows = ["".join(part for part, _ in row.spans) for row in view.rows]
        screen = stage.screen
        messages = Messages(translator("de"), screen._loaded.topology, screen.walk.trace.profile)
        wanted = " ".join(" ".join(plain.walk(messages, screen.walk.trace)).split())
        assert " ".join(" ".join(rows).split()) == wanted

    perform(scene, language="de")


def test_words_are_found_in_the_text() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("end", "t", "slash")
        await type_text(stage, "legacy01 445")
        await stage.press("enter")
        assert "445" in stage.text("#transcript").splitlines()[0]
        await stage.press("n")
        assert "445" in stage.text("#transcript").splitlines()[0]
        await stage.press("slash")
        await type_text(stage, "zzzz")
        await stage.press("enter")
        assert "No line has all of these words." in stage.text("#note")

    perform(scene)


def test_tab_marks_a_view_and_up_and_down_act_in_it() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        seen = [stage.screen.acting_tab]
        for key in ("tab", "shift+tab"):
            await stage.press(key)
            seen.append(stage.screen.acting_tab)
        assert seen == [Tab.STEP, Tab.TOPOLOGY, Tab.EVENTS]
        assert stage.screen.has_class("-marked")
        at = stage.place[0]
        await stage.press("down")
        assert stage.place == (at + 1, 1.0)
        await stage.press("up", "up")
        assert stage.place == (at - 1, 1.0)

    perform(scene)


@pytest.mark.parametrize("tabs", range(5))
@pytest.mark.parametrize("size", [(80, 24), pytest.param((120, 40), marks=pytest.mark.long)])
def test_the_keys_of_the_playhead_work_whichever_view_is_marked(tabs: int, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*["tab"] * tabs, "end")
        assert stage.place[0] == LAST
        await stage.press("left")
        assert stage.place[0] == LAST - 1
        await stage.press("home", "right")
        assert stage.place[0] == 1
        await stage.press("pagedown", "pagedown", "pageup")
        assert stage.place[0] == 1
        assert stage.screen.focused is None

    perform(scene, size=size)


def test_up_and_down_go_through_the_listed_events_only() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.words = "tcp/902"
        await stage.press("tab", "tab", "tab", "tab")
        await stage.press("down")
        assert stage.screen.walk.event.services
        first = stage.place[0]
        await stage.press("down", "up")
        assert stage.place[0] == first

    perform(scene)
