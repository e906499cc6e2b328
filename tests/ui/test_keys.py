"""Every key of the walkthrough does on the screen what the help says."""

from __future__ import annotations

import pytest
from pictures import Stage, perform

from vbtui.i18n import translator
from vbtui.ui.keys import WALKTHROUGH_KEYS
from vbtui.ui.screens.help import HelpScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.vocabulary import Phase

LAST = 118


def test_the_first_hint_names_the_two_keys() -> None:
    async def scene(stage: Stage) -> None:
        hint = stage.text("#now")
        assert "→ shows the next event" in hint
        assert "r performs this job for real on sample disks" in hint
        await stage.press("right")
        assert "shows the next event" not in stage.text("#now")

    perform(scene)


def test_right_shows_the_next_event_and_finishes_it_before_moving_on() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right")
        assert stage.place == (1, 0.0)
        await stage.wait(0.2)
        assert 0 < stage.place[1] < 1
        await stage.press("right")
        assert stage.place == (1, 1.0)
        await stage.press("right")
        assert stage.place == (2, 0.0)

    perform(scene)


def test_left_goes_back_in_mid_animation() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        before = stage.place[0]
        await stage.press("right")
        await stage.wait(0.1)
        await stage.press("left")
        assert stage.place == (before, 1.0)
        await stage.press("left")
        assert stage.place == (before - 1, 1.0)

    perform(scene)


def test_page_keys_go_by_steps() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("pagedown", "pagedown", "pagedown")
        assert stage.screen.walk.event.step == "1.2"
        await stage.press("pageup")
        assert stage.screen.walk.event.step == "1.1"

    perform(scene)


def test_home_and_end() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("end")
        assert stage.place == (LAST, 1.0)
        await stage.press("home")
        assert stage.place == (0, 1.0)

    perform(scene)


@pytest.mark.parametrize("key", ["space", "full_stop"])
def test_space_plays_and_pauses(key: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(key)
        assert "playing" in stage.text("#header")
        for _ in range(20):
            await stage.wait(0.2)
        moved = stage.place[0]
        assert moved > 2
        await stage.press(key)
        assert "paused" in stage.text("#header")
        await stage.wait(10)
        assert stage.place == (moved, 1.0)

    perform(scene)


def test_plus_and_minus_change_the_speed_within_its_limits() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*["plus"] * 10)
        assert stage.text("#header").endswith(" 8x")
        await stage.press(*["minus"] * 10)
        assert stage.text("#header").endswith(" 0.25x")
        await stage.press("equals_sign")
        assert stage.text("#header").endswith(" 0.5x")

    perform(scene)


@pytest.mark.parametrize("phase", list(Phase))
def test_digits_go_to_a_phase_of_the_selected_vm(phase: Phase) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("v", "v")
        await stage.press(str(phase.value))
        event = stage.screen.walk.event
        assert event.step.phase is phase
        assert event.vm == (None if phase is Phase.INITIALISATION else "web01")

    perform(scene)


def test_v_selects_each_vm_and_then_none() -> None:
    async def scene(stage: Stage) -> None:
        shown = []
        for _ in range(5):
            await stage.press("v")
            shown.append(stage.text("#process").splitlines()[1].split()[0])
        assert shown == ["sql01", "web01", "legacy01", "app01", "sql01"]

    perform(scene)


def test_the_language_changes_at_run_time_and_back() -> None:
    async def scene(stage: Stage) -> None:
        title = stage.text("#step")
        await stage.press("L")
        assert "Ein Backup-Job startet" in stage.text("#step")
        await stage.press("L")
        assert stage.text("#step") == title

    perform(scene)


def test_help_pauses_tells_every_key_and_closes() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space", "question_mark")
        assert stage.on(HelpScreen)
        assert not stage.screen.walk.playing
        told = stage.whole("#help")
        for key in WALKTHROUGH_KEYS:
            assert key.shown in told
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)

    perform(scene, size=(120, 60))


def test_help_speaks_the_language_of_the_moment() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("question_mark")
        said, told = translator("de"), stage.whole("#help")
        assert said(WALKTHROUGH_KEYS[0].long) in told
        for word in ("Tasten", "Zeichen", "Leertaste", "Bild↑ Bild↓", "Pos1 Ende", "Umschalt+Pfeile"):
            assert word in told
        for word in ("Keys", "Symbols", "space", "PgUp", "Home", "shift"):
            assert word not in told

    perform(scene, size=(120, 60), language="de")


def test_help_says_what_the_arrows_do_in_mid_movement() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("question_mark")
        told = " ".join(" ".join(line.split()) for line in stage.text("#help").splitlines())
        assert "→ finishes the movement and goes no further" in told
        assert "← always goes back, to the event before as it was left" in told

    perform(scene, size=(90, 60))


def test_help_draws_a_blocked_line_as_the_picture_does() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445")
        shown = stage.text("#topology")
        assert "✖" in shown
        assert "··" in shown
        await stage.press("question_mark")
        assert "┄┄✖··" in stage.text("#help")

    perform(scene, size=(120, 60))


def test_the_footer_names_the_keys_as_they_are_written_on_the_keyboard() -> None:
    async def english(stage: Stage) -> None:
        assert "Home End first/last" in stage.text("#keys")

    async def german(stage: Stage) -> None:
        for word in ("Leertaste", "Bild↑ Bild↓", "Pos1 Ende erstes/letztes"):
            assert word in stage.text("#keys")

    perform(english, size=(240, 60))
    perform(german, size=(240, 60), language="de")


def test_the_last_event_tells_the_results_of_the_vms_and_their_reasons() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("end")
        told = " ".join(stage.text("#step").split())
        assert "! app01: Warning The script /opt/backup/pre-freeze.sh fails in app01" in told
        assert "✔ sql01: Success application-consistent" in told
        assert "Commit the snapshot" not in told
        assert "Bytes are estimated from the topology file; r performs the job and measures." in told

    perform(scene, size=(120, 60))


def test_a_disk_with_a_slot_does_not_run_before_its_transport() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("sql01/2.1/freeze")
        tree = stage.text("#process")
        assert "running" not in next(line for line in tree.splitlines() if "sql01.vmdk" in line)
        assert "assigned" in next(line for line in tree.splitlines() if "sql01.vmdk" in line)
        await stage.go("sql01/sql01.vmdk/5/mode")
        assert "running" in next(line for line in stage.text("#process").splitlines() if "sql01.vmdk" in line)

    perform(scene)


def test_the_step_text_can_be_read_on() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("legacy01/legacy01.vmdk/5/mode")
        before = stage.text("#step")
        await stage.press("down", "down")
        assert stage.text("#step").splitlines()[0] == before.splitlines()[2]
        await stage.press("up", "up")
        assert stage.text("#step") == before

    perform(scene)


def test_no_view_takes_the_focus_so_no_key_gets_lost() -> None:
    async def scene(stage: Stage) -> None:
        await stage.pilot.click("#events")
        await stage.pilot.click("#topology")
        assert stage.screen.focused is None
        await stage.press("right")
        assert stage.place[0] == 1

    perform(scene)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_q_leaves(key: str) -> None:
    codes: list[int | None] = []

    async def scene(stage: Stage) -> None:
        await stage.press(key)
        codes.append(stage.app.return_value)

    perform(scene)
    assert codes == [0]


def test_binding_descriptions_are_translated_where_they_are_shown() -> None:
    async def scene(stage: Stage) -> None:
        said = translator("de")
        shown = {active.binding.description for active in stage.screen.active_bindings.values()}
        assert {said(key.short) for key in WALKTHROUGH_KEYS} <= shown

    perform(scene, language="de")


def test_a_step_or_an_event_can_be_where_the_walk_begins() -> None:
    async def at_step(stage: Stage) -> None:
        assert stage.screen.walk.event.step == "5.3"

    async def at_event(stage: Stage) -> None:
        assert stage.screen.walk.event.id == "sql01/3/snapshot"

    perform(at_step, place="5.3")
    perform(at_event, place="sql01/3/snapshot")


def test_at_rest_no_timer_runs() -> None:
    """With the ticker on: the clock's timer is paused whenever nothing moves."""

    async def scene(stage: Stage) -> None:
        seen = [stage.ticking]
        stage.screen._ticker = True
        for _ in range(2):
            await stage.press("right")
            seen.append(stage.ticking)
        assert stage.place == (1, 1.0)
        assert seen == [False, True, False]

    perform(scene)


def test_the_mouse_may_choose_an_event_in_the_table_and_on_the_scrubber() -> None:
    async def scene(stage: Stage) -> None:
        await stage.pilot.click("#events", offset=(10, 4))
        assert stage.place == (3, 1.0)
        await stage.pilot.click("#scrubber", offset=(117, 0))
        assert stage.place == (LAST, 1.0)
        await stage.pilot.click("#scrubber", offset=(0, 0))
        assert stage.place == (0, 1.0)

    perform(scene)
