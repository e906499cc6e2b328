"""The sheet that tells why: of events and machines, with ways from one to the next."""

from __future__ import annotations

import asyncio

import pytest
from patience import PATIENCE
from pictures import Stage, loaded, perform

from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.inspection import InspectionScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen, inspect_keys

NFC = "sql01/sql01.vmdk/5.1/nfc/px-san/esx01/tcp-902"
BLOCKED = "app01/2.3/guest-linux/vbr01/app01/tcp-22"


def whole(stage: Stage) -> str:
    """All of the sheet, as it would be copied."""
    assert isinstance(stage.app.screen, InspectionScreen)
    return "\n".join(stage.app.screen.text_lines())


def test_i_tells_who_why_which_rule_and_what_otherwise() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(NFC)
        await stage.press("i")
        text = whole(stage)
        assert text.startswith("Event 51 of 119, step 5.1")
        assert "opens: px-san (proxy), Data Mover, 10.20.0.21" in text
        assert "core#5 proxy-nfc allows (line " in text
        assert "event 49: px-san connects to vc01" in text
        assert "If a firewall had blocked it" in text
        assert "sql01: Error instead of Success" in text
        assert "Sources disagree" in text
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)
        assert stage.screen.walk.event.id == NFC

    perform(scene)


def test_the_line_that_is_told_is_the_line_of_the_rule_in_the_file() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(BLOCKED)
        await stage.press("i")
        number = int(whole(stage).split("(line ")[1].split()[0])
        lines = loaded().file.read_text(encoding="utf-8").splitlines()
        assert "dmz-no-ssh" in lines[number - 1]

    perform(scene)


def test_a_blocked_connection_tells_what_would_have_come_if_it_had_got_through() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(BLOCKED)
        await stage.press("i")
        text = whole(stage)
        assert "If it had got through" in text
        assert "app01: Success instead of Warning" in text

    perform(scene)


def test_numbers_lead_to_the_causes_and_back_and_enter_goes_there() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(NFC)
        await stage.press("i", "3")
        assert whole(stage).startswith("Event 49 of 119")
        await stage.press("backspace")
        assert whole(stage).startswith("Event 51 of 119")
        await stage.press("3", "enter")
        assert stage.on(WalkthroughScreen)
        assert stage.place == (48, 1.0)

    perform(scene)


def test_a_number_leads_to_a_machine_and_enter_points_at_it() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(NFC)
        await stage.press("i", "1")
        assert whole(stage).startswith("px-san, proxy")
        await stage.press("enter")
        assert stage.screen.sight.cursor == "px-san"

    perform(scene)


def test_what_is_pointed_at_is_inspected() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(NFC)
        stage.screen.inspect("esx02")
        await stage.pilot.pause()
        text = whole(stage)
        assert "Address: 10.30.0.12 (esx)" in text
        assert "tcp/902 from px-vm (Data Mover)" in text
        assert "core#5 proxy-nfc: allowed, as destination" in text

    perform(scene)


@pytest.mark.parametrize("name", ["vbr01", "web01", "san-lun-1", "esx02-local", "repo01", "dns01"])
def test_everything_in_the_picture_can_be_inspected(name: str) -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.inspect(name)
        await stage.pilot.pause()
        assert whole(stage).startswith(name)

    perform(scene, size=(80, 24), language="de")


def test_a_name_that_is_nothing_in_the_file_tells_about_the_event() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.inspect("group:esxi_host:esx")
        await stage.pilot.pause()
        assert whole(stage).startswith("Event 1 of 119")

    perform(scene)


def test_f2_goes_to_the_rules() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("i", "f2")
        await stage.pilot.pause()
        assert stage.on(FirewallScreen)

    perform(scene)


def test_y_sends_the_whole_text_to_the_clipboard() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(NFC)
        await stage.press("i")
        text = whole(stage)
        await stage.press("y")
        assert stage.app.clipboard == text + "\n"

    perform(scene, size=(80, 24))


def test_of_a_large_run_what_would_have_come_otherwise_is_added_when_it_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspect_keys, "AT_ONCE", 10)

    async def scene(stage: Stage) -> None:
        await stage.go(NFC)
        await stage.press("i")
        async with asyncio.timeout(PATIENCE):
            await stage.app.workers.wait_for_complete()
        await stage.pilot.pause()
        text = whole(stage)
        assert text.index("If a firewall had blocked it") < text.index("Sources")

    perform(scene)


def test_every_event_of_the_classroom_can_be_inspected_in_both_languages() -> None:
    for language in ("en", "de"):

        async def scene(stage: Stage) -> None:
            for event in stage.screen.walk.trace.events[::7]:
                await stage.go(event.id)
                await stage.press("i")
                assert whole(stage)
                await stage.press("escape")

        perform(scene, size=(80, 24), language=language)
