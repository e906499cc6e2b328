"""Where the Firewall screen opens: at the connection that the event shown or inspected opens."""

from __future__ import annotations

import pytest
from firewall_stage import LOCKED, opened
from pictures import Stage, perform

from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.inspection import InspectionScreen, event_link
from vbtui.walk.matrix import MatrixRow
from vbtui.workflow import Change

ALLOWED = "job/1.4/transport-service-repository/vbr01/repo01/tcp-6162"
"""Of the classroom, whose first connection in trouble is another one."""
DROPPED = "files11/files11.vmdk/5.3/nfc/px12/esx12/tcp-902"
"""Of the locked-down one."""


def under_cursor(stage: Stage) -> tuple[str | None, tuple[str, ...], tuple[str, ...], str]:
    found = row(stage)
    return found.step, found.sources, found.destinations, found.service


def row(stage: Stage) -> MatrixRow:
    found = stage.firewall.bench.desk.row
    assert found is not None
    return found


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("keys", [["f2"], ["i", "f2"]])
def test_it_opens_at_the_connection_of_the_event(keys: list[str], size: tuple[int, int]) -> None:
    async def allowed(stage: Stage) -> None:
        await stage.go(ALLOWED)
        await stage.press(*keys)
        assert under_cursor(stage) == ("1.4", ("vbr01",), ("repo01",), "tcp/6162")
        assert "▶ vbr01" in stage.text("#rows")

    async def dropped(stage: Stage) -> None:
        await stage.go(DROPPED)
        await stage.press(*keys)
        assert under_cursor(stage) == ("5.3", ("px12",), ("esx12",), "tcp/902")
        assert "▶ px12" in stage.text("#rows")

    perform(allowed, size=size)
    perform(dropped, topology=LOCKED, size=size)


@pytest.mark.parametrize("event", [None, "web11/web11.vmdk/5/mode"])
def test_at_the_beginning_and_at_what_is_no_connection_it_opens_at_the_first_trouble(event: str | None) -> None:
    async def scene(stage: Stage) -> None:
        if event is not None:
            await stage.go(event)
        await opened(stage)
        desk = stage.firewall.bench.desk
        assert desk.place == next(place for place, one in enumerate(desk.rows) if one.troubled)

    perform(scene, topology=LOCKED)


def test_from_the_sheet_of_the_first_event_it_is_that_event() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("i", "f2")
        assert under_cursor(stage) == ("1.0", ("admin11",), ("bk11",), "tcp/9392")

    perform(scene, topology=LOCKED)


def test_from_the_sheet_it_is_the_event_that_is_inspected_and_not_the_one_that_is_shown() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(DROPPED)
        cause = stage.screen.walk.event.id
        await stage.press("end")
        assert stage.screen.walk.event.id != cause
        stage.screen.inspect(None)
        await stage.pilot.pause()
        assert isinstance(stage.app.screen, InspectionScreen)
        stage.app.screen._look(event_link(cause))
        await stage.press("f2")
        assert under_cursor(stage)[1:3] == (("px12",), ("esx12",))

    perform(scene, topology=LOCKED)


def test_from_the_sheet_of_a_machine_it_is_the_first_trouble_of_that_machine() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.inspect("esx12")
        await stage.pilot.pause()
        await stage.press("f2")
        assert "esx12" in (*row(stage).sources, *row(stage).destinations)
        assert row(stage).troubled

    perform(scene, topology=LOCKED)


def test_every_visit_begins_at_the_event_of_that_moment() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(ALLOWED)
        await opened(stage)
        await stage.press("end", "escape")
        await stage.go("job/1.4/transport-service-proxy/vbr01/px-san/tcp-6162")
        await opened(stage)
        assert under_cursor(stage)[1:3] == (("vbr01",), ("px-san", "px-vm"))  # folded
        assert stage.on(FirewallScreen)

    perform(scene)


# A walk with a what-if ------------------------------------------------------------------------------------------------

RULE_OFF = Change.parse(f"{ALLOWED}:rule=core,proxy-vcenter,off")
KILL = Change.parse(f"{ALLOWED}:kill=px-san")


@pytest.mark.parametrize(
    ("change", "named"),
    [(RULE_OFF, "Switch off rule proxy-vcenter of core"), (KILL, "Kill the data movers on px-san")],
)
def test_it_says_that_the_what_if_of_the_walk_is_not_part_of_the_rules(change: Change, named: str) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        assert stage.text("#what-if") == f" ! The file's rules, without the what-if: {named}"
        await stage.press("space")
        assert stage.text("#what-if") == f" ! The edited rules, without the what-if: {named}"

    perform(scene, changes=(change,), place=ALLOWED, size=(80, 24))


def test_in_german_it_has_the_room_that_it_needs() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        said = " ".join(stage.text("#what-if").split())
        assert said == "! Die Regeln der Datei, ohne das Was-wäre-wenn: Regel proxy-vcenter von core ausschalten"

    perform(scene, changes=(RULE_OFF,), size=(80, 24), language="de")


def test_of_several_what_ifs_it_names_the_last_and_counts_them_and_without_any_there_is_no_line() -> None:
    async def several(stage: Stage) -> None:
        await opened(stage)
        assert "without 2 what-ifs, last: Kill the data movers on px-san" in stage.text("#what-if")

    async def none(stage: Stage) -> None:
        await opened(stage)
        assert not stage.firewall.query_one("#what-if").display

    perform(several, changes=(RULE_OFF, KILL), size=(80, 24))
    perform(none)
