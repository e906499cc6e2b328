"""To the Firewall screen and back: the walk goes on where it was, under the rules as they are; no edit is lost."""

from __future__ import annotations

import pytest
from firewall_stage import LOCKED, opened
from live_runs import Runs
from pictures import Stage, loaded, perform

from vbtui.job import RunLog
from vbtui.ui.screens.choice import ChoiceScreen
from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.vocabulary import GoalVerdict, Profile

# ---- there and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["f2", "escape"])
def test_f2_shows_the_rules_and_comes_back_to_the_same_event(key: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("db11/3/snapshot" if "db11/3/snapshot" in stage.screen.walk.trace.by_id else "job/1.0/start")
        place, walk = stage.place, stage.screen
        await opened(stage)
        await stage.press(key)
        assert stage.on(WalkthroughScreen)
        assert stage.screen is walk
        assert stage.place == place

    perform(scene, topology=LOCKED)


def test_f2_pauses_a_walk_that_plays() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space", "f2", "escape")
        assert not stage.screen.walk.playing

    perform(scene, topology=LOCKED)


def test_while_a_run_is_live_the_rules_have_to_wait() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await stage.press("r", "f2")
        assert stage.on(WalkthroughScreen)
        assert "F2 shows them when it has ended" in stage.text("#now")

    perform(scene, begin=runs)


def test_a_run_under_edited_rules_is_refused_because_its_log_names_the_file() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space", "f2", "enter")
        await stage.pilot.pause()
        assert "edited rules" in stage.text("#header")
        await stage.press("r")
        assert "recorded for its file" in stage.text("#now")
        assert not runs.started
        await stage.press("right")
        assert "recorded" not in stage.text("#now")
        await opened(stage)
        await stage.press("u", "f2")
        await stage.pilot.pause()
        await stage.press("r")
        assert runs.started

    perform(scene, topology=LOCKED, begin=runs)


def test_edited_rules_are_walked_from_the_same_event_on() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("v")
        event = next(one.id for one in stage.screen.walk.trace if one.vm == "web11")
        await stage.go(event)
        result = stage.screen.walk.trace.result
        await opened(stage)
        await stage.press("a", "A", "enter", "f2")
        assert stage.on(ChoiceScreen)
        await stage.press("enter")
        await stage.pilot.pause()
        assert stage.on(WalkthroughScreen)
        assert stage.screen.walk.event.id == event
        assert (str(result), str(stage.screen.walk.trace.result)) == ("error", "success")
        assert "edited rules" in stage.text("#header")
        # Back there, the edits and their history are what they were.
        await opened(stage)
        assert stage.firewall.bench.desk.plan.can_undo
        await stage.press("u")
        assert stage.firewall.bench.desk.report.verdict is GoalVerdict.FAIL
        await stage.press("escape")
        await stage.pilot.pause()
        assert stage.on(WalkthroughScreen)
        assert str(stage.screen.walk.trace.result) == "error"
        assert "edited rules" not in stage.text("#header")

    perform(scene, topology=LOCKED)


def test_an_event_that_is_gone_leaves_the_walk_at_the_last_one_before_it() -> None:
    async def scene(stage: Stage) -> None:
        blocked = next(one for one in stage.screen.walk.trace if one.verdict is not None and not one.verdict.allowed)
        await stage.go(blocked.id)
        await opened(stage)
        await stage.press("a", "A", "enter", "f2", "enter")
        await stage.pilot.pause()
        assert stage.screen.walk.index <= blocked.position
        assert stage.screen.walk.event.id in {one.id for one in stage.screen.walk.trace}

    perform(scene, topology=LOCKED)


def test_unsaved_edits_can_be_dropped_or_kept_on_leaving() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space", "escape")
        assert stage.on(ChoiceScreen)
        assert "in no file yet" in stage.text("#choice")
        await stage.press("escape")
        assert stage.on(FirewallScreen)
        await stage.press("escape", "x")
        await stage.pilot.pause()
        assert stage.on(WalkthroughScreen)
        assert "edited rules" not in stage.text("#header")
        await opened(stage)
        assert not stage.firewall.bench.desk.plan.edited
        assert stage.firewall.bench.desk.plan.can_redo

    perform(scene, topology=LOCKED)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_leaving_the_program_asks_about_unsaved_edits_only(key: str) -> None:
    codes: list[int | None] = []

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space", key)
        assert stage.on(ChoiceScreen)
        await stage.press("escape")
        assert stage.on(FirewallScreen)
        await stage.press("u", key)
        await stage.pilot.pause()
        codes.append(stage.app.return_value)

    perform(scene, topology=LOCKED)
    assert codes == [0]


def test_the_walkthrough_too_asks_before_edits_are_lost() -> None:
    codes: list[int | None] = []

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space", "escape", "enter")
        await stage.pilot.pause()
        await stage.press("q")
        assert stage.on(ChoiceScreen)
        await stage.press("escape", "q", "x")
        codes.append(stage.app.return_value)

    perform(scene, topology=LOCKED)
    assert codes == [0]


def test_the_firewall_screen_can_be_the_first_one() -> None:
    async def scene(stage: Stage) -> None:
        assert stage.on(FirewallScreen)
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)

    perform(scene, topology=LOCKED, firewall=True)


@pytest.mark.parametrize("data", [False, True])
def test_from_the_first_screen_one_comes_to_the_place_and_the_saved_run_that_were_asked_for(data: bool) -> None:
    log = RunLog("classroom", "daily", Profile.V13, (), "classroom", "paced", ())

    async def scene(stage: Stage) -> None:
        await stage.press("f3" if data else "escape")
        await stage.pilot.pause()
        assert stage.screen.walk.event.step == "5.3"
        assert stage.screen._live.log is log
        await stage.press("escape")
        assert "replay" in stage.text("#header")

    perform(scene, topology=loaded(), firewall=True, place="5.3", run_log=log)


def test_under_edited_rules_one_comes_to_the_place_and_a_saved_run_is_of_other_rules() -> None:
    log = RunLog("classroom", "daily", Profile.V13, (), "classroom", "paced", ())

    async def scene(stage: Stage) -> None:
        await stage.press("tab", "end", "space", "escape", "enter")
        assert stage.on(WalkthroughScreen)
        assert stage.screen.walk.event.step == "5.3"
        assert stage.screen._edited
        assert stage.screen._live.log is None

    perform(scene, topology=loaded(), firewall=True, place="5.3", run_log=log)
