"""The views of the walkthrough beside each other: which one is gone to, and what each shows at its first picture."""

from __future__ import annotations

import pytest
from pictures import Stage, perform

from vbtui.i18n import translator
from vbtui.ui.tabs import Tab
from vbtui.ui.widgets.event_table import EventTable
from vbtui.ui.widgets.key_line import key_line
from vbtui.ui.widgets.process_tree import ProcessTree
from vbtui.ui.widgets.scrubber import track, troubles

SMALL = (80, 24)


def test_a_click_into_a_view_goes_to_it_and_the_arrows_act_there() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("g", "4", "0", "enter")
        assert not stage.screen.has_class("-marked")
        for view in Tab:
            await stage.pilot.click(f"#{view}", offset=(6, 4))
            await stage.pilot.pause()
            assert stage.screen.has_class("-marked", f"-{view}")
            assert stage.screen.acting_tab is view
        # The last one is the list, and its click has chosen a row as well.
        place = stage.place[0]
        await stage.press("down")
        assert stage.place[0] == place + 1
        await stage.pilot.click("#scrubber", offset=(30, 0))
        await stage.pilot.pause()
        assert stage.screen.acting_tab is Tab.EVENTS, "the line of the run is no view to go to"

    perform(scene)


def test_a_click_on_a_tab_of_a_small_screen_shows_its_view() -> None:
    async def scene(stage: Stage) -> None:
        line = stage.text("#tabs")
        for word, view in (("Events", Tab.EVENTS), ("Step", Tab.STEP), ("Process", Tab.PROCESS), ("next", Tab.STEP)):
            await stage.pilot.click("#tabs", offset=(line.index(word) + 1, 0))
            await stage.pilot.pause()
            assert stage.screen.has_class(f"-{view}"), word
            assert stage.text(f"#{view}").strip(), f"{view} is blank"

    perform(scene, size=SMALL)


def test_the_way_from_the_picture_to_the_events_is_told_on_small_screens() -> None:
    async def scene(stage: Stage) -> None:
        line = stage.text("#tabs")
        assert "Events" in line
        assert "Tab next view" in line
        await stage.press("tab", "tab", "tab")
        assert stage.text("#events").startswith("\u25b6   1  1.0  vbr01")

    perform(scene, size=SMALL)


def test_the_list_shows_the_event_in_its_very_first_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk that begins in its middle does not flash its beginning."""
    tops: list[int] = []
    render = EventTable.render_line

    def noted(view: EventTable, y: int) -> object:
        if view._moment is not None and y == 0:
            tops.append(view.scroll_offset.y)
        return render(view, y)

    async def scene(stage: Stage) -> None:
        assert stage.place[0] > 20
        assert "\u25b6" in stage.text("#events")

    monkeypatch.setattr(EventTable, "render_line", noted)
    perform(scene, place="5.2")
    assert tops
    assert 0 not in tops


def test_a_phase_and_its_state_stand_close_together_on_small_screens() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("tab")
        lines = [line for line in stage.text("#process").splitlines() if line.strip()]
        assert stage.screen.query_one(ProcessTree).size.width == SMALL[0]
        assert max(map(len, lines)) <= 56

    perform(scene, size=SMALL)


def test_an_overview_of_what_can_be_seen_whole_is_not_needed() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("M")
        assert "The whole picture is in view" in stage.text("#now")
        assert not stage.screen.sight.map
        await stage.press("right")
        assert "The whole picture is in view" not in stage.text("#now")

    perform(scene)


@pytest.mark.parametrize(("language", "play"), [("en", "space play"), ("de", "Leertaste abspielen")])
def test_the_key_that_plays_is_told_at_every_size(language: str, play: str) -> None:
    for width in (60, 80, 120):
        text = "".join(part for part, _ in key_line(translator(language), width).spans)
        assert play in text, width
        assert len(text) <= width


def test_no_mark_hides_the_number_of_a_phase() -> None:
    async def scene(stage: Stage) -> None:
        for event in (1, 19, 34, 70, 90, 119):
            await stage.press("g", *str(event), "enter")
            moment = stage.screen.moment()
            for cells in (40, 61, 83, 104, 171):
                line = track(moment, cells, troubles(moment.trace))
                for x, phase, _ in line.digits:
                    starts = [start for start, _, _ in line.starts]
                    place = next(at for at, (_, own, _) in enumerate(line.starts) if own is phase)
                    end = starts[place + 1] if place + 1 < len(starts) else cells - 1
                    assert x not in line.marks or all(at in line.marks for at in range(starts[place] + 1, end))

    perform(scene)
