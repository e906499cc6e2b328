"""What-ifs on the screen: what is offered, and both runs side by side."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from forked_walks import BLOCK, NFC, SIZES, compared, comparison, fork, place_shown, row_shown, walked_on
from pictures import UPDATE, Stage, perform
from textual.widgets import Input

from vbtui.ui.screens.help import HelpScreen
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.screens.what_if_dialogues import WhatIfChoiceScreen
from vbtui.walk.forks import Part

HERE = Path(__file__).parent


def told(stage: Stage, *views: str) -> str:
    return "\n".join(f"== {view}\n{stage.text(view)}" for view in views) + "\n"


# What is offered ------------------------------------------------------------------------------------------------------


def test_w_offers_what_can_be_changed_and_esc_changes_nothing() -> None:
    async def scene(stage: Stage) -> None:
        before = stage.screen.walk
        for key in ("escape", "q", "w"):
            await stage.press("w")
            assert stage.on(WhatIfChoiceScreen)
            shown = stage.text("#choices")
            assert "Block px-vm → esx02, tcp/902" in shown
            assert "New packets get no answer" in shown
            assert "Switch off rule proxy-nfc of core" in shown
            await stage.press(key)
            assert stage.on(WalkthroughScreen)
        assert stage.screen.walk == before

    perform(scene, place=NFC)


@pytest.mark.parametrize(
    ("keys", "change"),
    [
        (("enter",), "block=px-vm,esx02,tcp/902"),
        (("down", "down", "up", "enter"), "rule=core,proxy-nfc,off"),
        (("3",), "service=esx02,nfc,off"),
        (("end", "up", "enter"), "cbt-reset=legacy01"),
        (("end", "home", "enter"), "block=px-vm,esx02,tcp/902"),
    ],
)
def test_a_choice_is_made_by_arrows_or_by_its_number(keys: tuple[str, ...], change: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("w", *keys)
        assert await walked_on(stage) == (f"{NFC}:{change}",)

    perform(scene, place=NFC)


def test_a_click_chooses() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("w")
        await stage.pilot.click("#choices", offset=(8, 6))
        await stage.pilot.pause()
        assert await walked_on(stage) == (f"{NFC}:rule=core,proxy-nfc,off",)

    perform(scene, place=NFC)


def test_a_change_can_be_typed_and_what_is_wrong_is_said() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("w", "t")
        assert stage.on(PromptScreen)
        for typed, said in (
            ("blok=a,b,tcp/1", "no kind of change 'blok'"),
            ("slots", "Expected: slots=NODE,COUNT"),
            ("block=px-vm,esx02", "Expected: block=SOURCE,DESTINATION,PROTOCOL/PORTS"),
            ("block=px-vm,nobody,tcp/902", "there is no machine nobody; machines are: app01,"),
            ("kill=vbr01", "kill=vbr01: no data mover runs on vbr01; data movers run on: px-san, px-vm, repo01"),
            ("service=vbr01,transport_service,off", "it has: backup_service, guest_interaction_proxy"),
            ("slots=esx01,3", "esx01 has no task slots"),
            ("job/9/none:failover=off", "no event 'job/9/none'"),
            ("120:failover=off", "no event '120'"),
            ("", "no kind of change ''"),
        ):
            line = stage.app.screen.query_one("#line", Input)
            line.value = typed
            await stage.press("enter")
            assert said in " ".join(stage.text("#note").split())
        line.value = "slots=px-vm,0"
        await stage.press("enter")
        assert await walked_on(stage) == (f"{NFC}:slots=px-vm,0",)

    perform(scene, place=NFC)


@pytest.mark.parametrize(("typed", "event"), [("60", 60), ("1", 1), ("5.3", None)])
def test_a_typed_change_may_name_another_event_by_its_number_or_step(typed: str, event: int | None) -> None:
    async def scene(stage: Stage) -> None:
        trace = stage.screen.walk.trace
        place = event - 1 if event else next(one.position for one in trace if one.step == typed)
        await stage.press("w", "t")
        stage.app.screen.query_one("#line", Input).value = f"{typed}:slots=px-vm,0"
        await stage.press("enter")
        assert await walked_on(stage) == (f"{trace[place].id}:slots=px-vm,0",)

    perform(scene, place=NFC)


def test_where_nothing_is_left_to_change_one_may_still_type() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("end", "w")
        assert "Nothing comes after this" in stage.text("#choices")
        await stage.press("enter")
        assert stage.on(PromptScreen)
        await stage.press("escape", "escape")
        assert stage.on(WalkthroughScreen)

    perform(scene)


# Side by side ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "size"), [("en", (80, 24)), ("en", (120, 40)), ("en", (200, 60)), ("de", (80, 24))]
)
def test_both_runs_stand_side_by_side(language: str, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await fork(stage)
        text = told(stage, "#header", "#said", "#rows", "#detail", "#deltas", "#keys")
        golden = HERE / "goldens" / f"what-if-{size[0]}x{size[1]}-{language}.txt"
        if os.environ.get(UPDATE):
            golden.write_text(text, encoding="utf-8", newline="\n")
        assert text == golden.read_text(encoding="utf-8")

    perform(scene, place=NFC, size=size, language=language)


def test_the_detail_names_what_an_event_follows_where_only_that_is_different() -> None:
    change = "sql01/3/snapshot-create/vbr01/vc01/tcp-443:slots=px-vm,0"

    async def scene(stage: Stage) -> None:
        await stage.press("w", "t")
        stage.app.screen.query_one("#line", Input).value = change
        await stage.press("enter")
        rows = comparison(change).rows
        place = next(place for place, row in enumerate(rows) if row.parts == (Part.CAUSE,))
        while row_shown(stage) < place:
            await stage.press("n")
        told = " ".join(stage.text("#detail").replace("│", " ").split())
        for name in ("px-vm", "px-san"):
            assert f"It follows event 68 in step 1.6: {name} connects to repo01" in told

    perform(scene, size=(200, 60))


@pytest.mark.parametrize("size", SIZES)
def test_n_goes_through_the_differences_and_stays_at_the_last(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await fork(stage)
        different = comparison(BLOCK).differences
        assert "From here on it is different" in stage.text("#said")
        seen = [row_shown(stage)]
        for _ in range(len(different) + 1):
            await stage.press("n")
            seen.append(row_shown(stage))
        assert tuple(seen) == (*different, different[-1], different[-1])
        assert "Difference 7 of 7." in stage.text("#said")
        await stage.press("N")
        assert row_shown(stage) == different[-2]
        await stage.press("home")
        assert "Up to here both runs are alike" in stage.text("#said")
        await stage.press("N")
        assert row_shown(stage) == 0
        await stage.press("n")
        assert row_shown(stage) == different[0]

    perform(scene, place=NFC, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_arrows_pages_and_ends_move_over_the_rows(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await fork(stage)
        first, count = place_shown(stage)
        last = count - 1
        assert count == len(comparison(BLOCK).rows)
        for key, row in (
            ("right", first + 1),
            ("left", first),
            ("down", first + 1),
            ("up", first),
            ("pageup", first - 10),
            ("pagedown", first),
            ("home", 0),
            ("left", 0),
            ("end", last),
            ("right", last),
        ):
            await stage.press(key)
            assert row_shown(stage) == row

    perform(scene, place=NFC, size=size)


def test_v_shows_the_other_run_at_the_same_event_where_there_is_room_for_one() -> None:
    async def narrow(stage: Stage) -> None:
        screen = await fork(stage)
        row = row_shown(stage)
        assert "⊘ dropped" in stage.text("#rows")
        await stage.press("v")
        assert row_shown(stage) == row
        assert "⊘ dropped" not in stage.text("#rows")
        assert "v shows B" in str(screen.query_one("#rows").border_title)
        await stage.press("v")
        assert "v shows A" in str(screen.query_one("#rows").border_title)

    async def wide(stage: Stage) -> None:
        await fork(stage)
        before = stage.text("#rows")
        await stage.press("v")
        assert stage.text("#rows") == before
        assert "A/B" not in stage.text("#keys")

    perform(narrow, place=NFC, size=(80, 24))
    perform(wide, place=NFC)


def test_one_goes_to_an_event_by_its_number_or_id() -> None:
    async def scene(stage: Stage) -> None:
        screen = await fork(stage)
        found = comparison(BLOCK)
        for typed, event in (("3", found.b[2].id), (NFC, NFC), ("legacy01/legacy01.vmdk/5.3/vmx",) * 2):
            await stage.press("g")
            stage.app.screen.query_one("#line", Input).value = typed
            await stage.press("enter")
            assert found.rows[row_shown(stage)].event.id == event
        await stage.press("g")
        for typed in ("0", "9999", "nothing", "", "-1", "٣"):
            stage.app.screen.query_one("#line", Input).value = typed
            await stage.press("enter")
            assert "Neither run has an event" in stage.text("#note")
        await stage.press("escape")
        assert stage.app.screen is screen

    perform(scene, place=NFC)


def test_a_click_goes_to_a_row() -> None:
    async def scene(stage: Stage) -> None:
        await fork(stage)
        await stage.press("home")
        await stage.pilot.click("#rows", offset=(10, 4))
        await stage.pilot.pause()
        assert row_shown(stage) == 3

    perform(scene, place=NFC)


def test_the_pictures_show_both_runs_where_the_screen_is_high_enough() -> None:
    async def high(stage: Stage) -> None:
        screen = await fork(stage)
        assert "✖" in stage.text("#picture-b")
        assert "✖" not in stage.text("#picture-a")
        assert [str(screen.query_one(f"#half-{side}").border_title) for side in "ab"] == ["A · original", "B · what if"]

    async def low(stage: Stage) -> None:
        screen = await fork(stage)
        assert not screen.query_one("#pictures").display

    perform(high, place=NFC, size=(200, 60))
    perform(low, place=NFC, size=(120, 33))


@pytest.mark.parametrize("size", [(80, 24), (120, 33)])
def test_tab_shows_the_pictures_where_there_is_no_room_for_them_beside_the_rows(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        screen = await fork(stage)
        assert "Tab shows the picture" in str(screen.query_one("#rows").border_title)
        await stage.press("tab")
        assert not screen.query_one("#rows").display
        assert "✖" in stage.text("#picture-b")
        assert "Tab shows the rows" in str(screen.query_one("#half-b").border_title)
        if size[0] < 110:
            await stage.press("v")
            assert "A · original · v shows B" in str(screen.query_one("#half-a").border_title)
        assert "✖" not in stage.text("#picture-a")
        row, picture = row_shown(stage), stage.text("#picture-a")
        await stage.press("n", "n", "n")
        assert row_shown(stage) > row
        assert stage.text("#picture-a") != picture, "the picture goes along"
        await stage.press("shift+tab")
        assert screen.query_one("#rows").display
        assert not screen.query_one("#pictures").display

    async def high(stage: Stage) -> None:
        screen = await fork(stage)
        before = stage.shown()
        await stage.press("tab")
        assert stage.shown() == before
        assert "Tab" not in str(screen.query_one("#rows").border_title)

    perform(scene, place=NFC, size=size)
    perform(high, place=NFC)


def test_language_help_copy_and_sizes() -> None:
    async def scene(stage: Stage) -> None:
        screen = await fork(stage)
        await stage.press("L")
        assert "Ab hier ist es anders" in stage.text("#said")
        await stage.press("question_mark")
        assert stage.on(HelpScreen)
        assert "zum nächsten, zum vorigen Unterschied" in " ".join(stage.text("#help").split())
        assert "nur in A" in " ".join(stage.text("#help").split())
        await stage.press("escape")
        assert screen.text_lines()[-1].strip().startswith("legacy01/legacy01.vmdk: übertragen")
        for size in ((59, 19), (60, 20), (110, 20), (109, 60), (120, 40)):
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
            assert screen.query_one("#too-small").display == (size == (59, 19))
        await stage.press("escape")
        assert "‖ angehalten" in stage.text("#header") or "angehalten" in stage.text("#header")

    perform(scene, place=NFC)


def test_of_many_figures_the_first_are_listed_and_all_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vbtui.ui.widgets.comparison_lines.MOST_DELTAS", 3)

    async def scene(stage: Stage) -> None:
        await fork(stage)
        assert "and 4 more; y copies all of them as text" in stage.text("#deltas")
        await stage.press("y")
        assert "sent to the terminal's clipboard" in stage.text("#said")
        assert stage.app.clipboard.count("\n  legacy01/legacy01.vmdk: transferred") == 1
        await stage.press("right")
        assert "Difference 2 of 7" in stage.text("#said")

    perform(scene, place=NFC)


def test_what_changes_nothing_says_so() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("w", "t")
        stage.app.screen.query_one("#line", Input).value = "failover=off"
        await stage.press("enter")
        compared(stage)
        assert "Nothing is different" in stage.text("#said")
        assert "Everything comes to the same." in stage.text("#deltas")
        row = row_shown(stage)
        assert comparison(f"{NFC}:failover=off").rows[row].event.id == NFC
        await stage.press("n", "N")
        assert row_shown(stage) == row

    perform(scene, place=NFC)
