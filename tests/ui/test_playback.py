"""Moving in time on the screen: breakpoints, the scrubber, following, leaving and coming back."""

from __future__ import annotations

import pytest
from pictures import Stage, loaded, perform
from textual.events import MouseDown, MouseMove, MouseUp

from vbtui.trace import EventKind
from vbtui.ui.screens.switches import SwitchesScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.widgets.event_table import EventTable
from vbtui.ui.widgets.scrubber import Scrubber
from vbtui.walk import Breakpoints, Focus

LAST = 118
CONNECT = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"
BLOCKED = "legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445"


# ---- breakpoints -----------------------------------------------------------------------------------------------------


def test_b_stops_playing_before_every_event_of_the_kind_that_is_shown() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        await stage.press("b")
        assert "1 breakpoint" in stage.text("#header")
        assert "snapshot" in stage.text("#now")
        await stage.press("space")
        for _ in range(100):
            await stage.wait(1)
        assert stage.screen.walk.trace[stage.place[0] + 1].kind is EventKind.SNAPSHOT
        assert "at a breakpoint" in stage.text("#header")
        assert not stage.ticking
        await stage.press("space")
        assert stage.screen.walk.event.kind is EventKind.SNAPSHOT
        await stage.press("b")
        assert "breakpoint" not in stage.text("#header")

    perform(scene)


def test_the_list_of_breakpoints_switches_the_presets_and_shows_how_many_events_they_hold() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("B")
        assert stage.on(SwitchesScreen)
        shown = stage.text("#switches")
        assert "each connection" in shown
        assert "2 events" in next(line for line in shown.splitlines() if "what fails or is blocked" in line)
        await stage.press("1", "down", "space")
        assert stage.text("#switches").count("●") == 2
        breaks = stage.screen.walk.breaks
        assert breaks == Breakpoints(kinds=frozenset({EventKind.CONNECT}), failures=True)
        await stage.press("3", "3", "enter", "escape")
        assert stage.on(WalkthroughScreen)
        assert stage.screen.walk.breaks.phases
        assert "3 breakpoints" in stage.text("#header")
        assert "●" in stage.text("#scrubber")
        assert "●" in stage.text("#events")
        await stage.press("B", "0", "escape")
        assert not stage.screen.walk.breaks
        assert "●" not in stage.text("#scrubber")

    perform(scene)


def test_one_event_can_be_a_breakpoint_and_stays_in_the_list() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("sql01/3/snapshot")
        await stage.press("B", "4", "escape")
        assert stage.screen.walk.breaks.events == {"sql01/3/snapshot"}
        await stage.press("home", "B")
        assert "● 45  " in stage.text("#switches")
        await stage.pilot.click("#switches", offset=(10, 7))

    perform(scene)


def test_a_breakpoint_does_not_hold_up_keys() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("B", "1", "escape", "end")
        assert stage.place == (LAST, 1.0)

    perform(scene)


# ---- the scrubber ----------------------------------------------------------------------------------------------------


def test_the_scrubber_says_where_it_is() -> None:
    async def wide(stage: Stage) -> None:
        await stage.go(CONNECT)
        assert "step 5.3 · 00:28" in stage.text("#scrubber")

    async def narrow(stage: Stage) -> None:
        await stage.go(CONNECT)
        assert stage.text("#scrubber").endswith("5.3 00:28")
        assert len(stage.text("#scrubber")) < 80

    perform(wide)
    perform(narrow, size=(80, 24))


def test_the_scale_stays_the_same_until_a_vm_is_chosen() -> None:
    def scale(stage: Stage) -> dict[str, int]:
        track = stage.screen.query_one(Scrubber)._track
        assert track is not None
        return {str(phase.value): start for _, phase, start in track.starts}

    async def scene(stage: Stage) -> None:
        bounds = stage.screen.walk.landmarks.bounds
        first, own = ({str(phase.value): at for phase, at in bounds(vm).items()} for vm in ("sql01", "web01"))
        assert first != own
        vms = set()
        while not stage.screen.walk.at_end:
            vms.add(stage.screen.walk.vm)
            assert scale(stage) == first
            await stage.press("pagedown")
        assert len(vms) > 2
        chosen = []
        for _ in range(5):
            await stage.press("v")
            chosen.append(stage.screen.vm)
            assert (scale(stage) == own) == (chosen[-1] == "web01")
        assert chosen[-1] is None
        assert "web01" in chosen
        assert scale(stage) == first

    perform(scene)


def test_dragging_goes_through_the_events_also_beyond_the_ends() -> None:
    async def scene(stage: Stage) -> None:
        scrubber = stage.screen.query_one(Scrubber)
        track = scrubber._track
        assert track is not None

        async def mouse(kind: type[MouseDown] | type[MouseMove] | type[MouseUp], x: int, y: int = 0) -> None:
            place = scrubber.region
            event = kind(
                scrubber, x, y, 0, 0, 1 if kind is not MouseUp else 0, False, False, False,
                screen_x=place.x + x, screen_y=place.y + y,
            )  # fmt: skip
            scrubber.post_message(event)
            await stage.pilot.pause()

        await mouse(MouseDown, 40)
        assert stage.place[0] == track.aimed(38)
        for x, wanted in ((60, track.position(58)), (500, LAST), (-20, 0), (30, track.position(28))):
            await mouse(MouseMove, x, 5)
            assert stage.place == (wanted, 1.0)
        await mouse(MouseUp, 30)
        assert stage.app.mouse_captured is None
        await mouse(MouseMove, 80)
        assert stage.place == (track.position(28), 1.0)

    perform(scene)


def test_a_press_on_a_mark_goes_to_the_event_that_it_stands_for() -> None:
    async def scene(stage: Stage) -> None:
        shown = stage.text("#scrubber")
        await stage.pilot.click("#scrubber", offset=(shown.index("↪"), 0))
        assert stage.screen.walk.event.id == BLOCKED

    perform(scene, size=(80, 24))


def test_what_goes_wrong_and_what_is_followed_is_seen_on_the_scrubber() -> None:
    async def scene(stage: Stage) -> None:
        assert stage.text("#scrubber").count("↪") == 2
        assert "!" in stage.text("#scrubber")
        before = stage.text("#scrubber").count("━")
        await stage.go("sql01/3/snapshot")
        await stage.press("f")
        assert before < stage.text("#scrubber").count("━") < 10

    perform(scene)


# ---- following -------------------------------------------------------------------------------------------------------


def test_f_follows_the_connection_then_its_machines_then_the_disk() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(CONNECT)
        seen = []
        for _ in range(5):
            await stage.press("f")
            seen.append(stage.screen.walk.focus)
        connection = Focus.connection("px-vm", "esx02")
        disk = Focus.disk("legacy01", "legacy01.vmdk")
        assert seen == [connection, Focus.node("px-vm"), Focus.node("esx02"), disk, connection]
        assert "follows esx02 ↔ px-vm" in stage.text("#header")
        title = str(stage.screen.query_one(EventTable).border_title)
        assert "follows esx02 ↔ px-vm" in title
        await stage.press("right", "right")
        assert stage.screen.walk.event.id == "legacy01/legacy01.vmdk/5.3/vmx"
        await stage.press("escape")
        assert stage.screen.walk.focus is None
        await stage.press("right")
        assert stage.screen.walk.event.id == "legacy01/legacy01.vmdk/5.3/data"

    perform(scene)


def test_what_is_pointed_at_is_followed_first() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.sight = stage.screen.sight.at("px-san")
        await stage.press("f")
        assert stage.screen.walk.focus == Focus.node("px-san")
        await stage.press("f")
        assert stage.screen.walk.focus == Focus.node("vbr01")

    perform(scene)


def test_esc_ends_the_innermost_thing_first() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.words = "px-vm"
        stage.screen.sight = stage.screen.sight.at("px-vm")
        await stage.press("tab", "f")
        left = []
        for _ in range(5):
            screen = stage.screen
            left.append((bool(screen.walk.focus), bool(screen.sight.cursor), screen.words, screen.has_class("-marked")))
            await stage.press("escape")
        assert left == [
            (True, True, "px-vm", True),
            (False, True, "px-vm", True),
            (False, False, "px-vm", True),
            (False, False, "", True),
            (False, False, "", False),
        ]
        assert stage.on(WalkthroughScreen)

    perform(scene)


def test_the_header_of_a_small_screen_says_what_is_followed() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(CONNECT)
        await stage.press("f", "b")
        header = stage.text("#header")
        assert "folgt esx02 ↔ px-vm" in header
        assert "● 1" in header
        assert header.endswith("1x")

    perform(scene, size=(80, 24), language="de")


# ---- leaving and coming back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["f2", "f3"])
def test_another_screen_and_back_keeps_everything(key: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(CONNECT)
        stage.screen.words = "tcp/902"
        await stage.press("f", "b", "plus", "v")
        kept = (stage.screen.walk, stage.screen.words, stage.screen.vm)
        await stage.press(key)
        assert not stage.on(WalkthroughScreen)
        await stage.press("f1")
        assert stage.on(WalkthroughScreen)
        assert (stage.screen.walk, stage.screen.words, stage.screen.vm) == kept

    perform(scene)


def test_other_rules_keep_breakpoints_what_is_followed_and_the_filter() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.words = "tcp"
        stage.screen.go(stage.screen.walk.at(12))
        await stage.press("f", "b", "plus")
        before = stage.screen.walk
        assert before.focus is not None
        await stage.press("f2")
        await stage.pilot.pause()
        await stage.press("space", "f2", "enter")
        await stage.pilot.pause()
        after = stage.screen.walk
        assert after.trace is not before.trace
        assert (after.breaks, after.focus, after.speed) == (before.breaks, before.focus, before.speed)
        assert stage.screen.words == "tcp"
        assert len(stage.screen.listing) < len(after.trace)

    perform(scene, topology=loaded("locked-down"))
