"""The start screen: one key leads back to where somebody was, and a bad file is shown and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pictures import Stage, loaded, perform

from vbtui.i18n import translator
from vbtui.topology import TopologyError, load
from vbtui.ui.remembered import FILE, Memory, Place
from vbtui.ui.screens.open_file import OpenFileScreen
from vbtui.ui.screens.problems import problem_rows
from vbtui.ui.screens.reading import ReadingScreen
from vbtui.ui.screens.start import StartScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.tabs import Tab
from vbtui.vocabulary import Profile

SNAPSHOT = "sql01/3/snapshot"
PLACE = Place("classroom", "classroom", "daily", Profile.V13, SNAPSHOT, "3", 45, 119, "web01", Tab.STEP, 2.0, "en")


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "state" / FILE)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A topology file of one's own."""
    file = tmp_path / "own.yaml"
    file.write_bytes(loaded().file.read_bytes())
    return file


async def settled(stage: Stage, done: Callable[[], bool]) -> None:
    """Until the files are read, beside the screen."""
    while not done():
        await stage.pilot.pause(0.01)
    await stage.pilot.pause()


def start(stage: Stage) -> StartScreen:
    assert isinstance(stage.app.screen, StartScreen)
    return stage.app.screen


def shown(stage: Stage, name: str) -> str:
    """The text of a view of the topmost screen."""
    view = stage.app.screen.query_one(name)
    return "\n".join("".join(text for text, _ in row.spans) for row in view.rows)  # type: ignore[attr-defined]


async def all_read(stage: Stage) -> None:
    await settled(stage, lambda: set(start(stage)._known) >= start(stage)._wanted)


# ---- leaving and coming back ----------------------------------------------------------------------------------------


def test_one_key_leads_back_to_where_somebody_was(memory: Memory) -> None:
    async def first(stage: Stage) -> None:
        await stage.go(SNAPSHOT)
        await stage.press("plus", "v", "v", "tab", "q")

    async def second(stage: Stage) -> None:
        await all_read(stage)
        assert "classroom · daily" in shown(stage, "#list")
        assert "step 3 ·" in shown(stage, "#list")
        await stage.press("enter")
        assert stage.on(WalkthroughScreen)
        assert stage.screen.walk.event.id == SNAPSHOT
        assert stage.screen.walk.speed == 2.0
        assert stage.screen.vm == "web01"
        assert "You are where you were" in stage.text("#now")
        assert "Home begins anew" in stage.text("#now")
        await stage.press("home")
        assert stage.place == (0, 1.0)
        assert "You are where you were" not in stage.text("#now")

    perform(first, memory=memory)
    perform(second, memory=memory, start=True)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_every_way_out_keeps_the_place(memory: Memory, key: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", "right", key)

    perform(scene, memory=memory)
    (place,) = memory.recall().places
    assert (place.source, place.number) == ("classroom", 2)


def test_a_shipped_topology_that_nobody_walked_through_is_not_remembered(memory: Memory) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("q")

    perform(scene, memory=memory)
    assert memory.recall().places == ()


def test_without_memory_nothing_is_kept_anywhere(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", "q")

    perform(scene, environment={"XDG_STATE_HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_an_opening_goes_on_where_it_is_told(memory: Memory) -> None:
    async def scene(stage: Stage) -> None:
        assert stage.screen.walk.event.id == SNAPSHOT
        assert stage.screen.query_one("#step").region

    perform(scene, left=PLACE, size=(80, 24), memory=memory)


def test_a_place_that_the_walk_does_not_come_by_any_more_begins_anew() -> None:
    async def scene(stage: Stage) -> None:
        assert stage.place == (0, 1.0)
        assert "shows the next event" in stage.text("#now")

    perform(scene, left=Place("classroom", "classroom", "daily", Profile.V13, "gone/1.0/start", "1.0", 3, 9))


def test_n_begins_at_the_first_event(memory: Memory) -> None:
    memory.keep(PLACE)

    async def scene(stage: Stage) -> None:
        await stage.press("n")
        assert stage.place == (0, 1.0)

    perform(scene, memory=memory, start=True)


def test_a_walk_that_was_walked_to_its_end_begins_anew(memory: Memory) -> None:
    async def first(stage: Stage) -> None:
        await stage.press("end", "q")

    async def second(stage: Stage) -> None:
        assert "Walked to its end" in shown(stage, "#facts")
        await stage.press("enter")
        assert stage.place == (0, 1.0)

    perform(first, memory=memory)
    perform(second, memory=memory, start=True)


def test_a_walk_can_be_forgotten(memory: Memory) -> None:
    memory.keep(PLACE)

    async def scene(stage: Stage) -> None:
        await stage.press("delete")
        assert "Go on where you were" not in shown(stage, "#list")
        await stage.press("q")

    perform(scene, memory=memory, start=True)
    assert memory.recall().places == ()


def test_a_memory_that_is_broken_is_told_once_and_everything_works(memory: Memory, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / FILE).write_text("{")

    async def scene(stage: Stage) -> None:
        assert "was not written by vbtui" in stage.text("#now")
        await stage.press("right")
        assert "was not written by vbtui" not in stage.text("#now")
        await stage.press("q")

    perform(scene, memory=memory)
    assert [place.number for place in memory.recall().places] == [2]


# ---- choosing -------------------------------------------------------------------------------------------------------


def test_o_chooses_another_topology_and_esc_comes_back(memory: Memory) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right", "right", "right", "O")
        assert stage.on(StartScreen)
        await stage.press("escape")
        assert stage.place[0] == 2
        await stage.press("O")
        await all_read(stage)
        await stage.press("end", "up", "enter")
        assert stage.screen.walk.trace.topology == "two-site"
        assert stage.place == (0, 1.0)
        await stage.press("O")
        await stage.press("enter")
        assert stage.screen.walk.trace.topology == "classroom"
        assert stage.place[0] == 2

    perform(scene, memory=memory)


def test_leaving_from_the_start_screen_leaves() -> None:
    codes: list[int | None] = []

    async def scene(stage: Stage) -> None:
        await stage.press("O", "q")
        codes.append(stage.app.return_value)

    perform(scene)
    assert codes == [0]


def test_what_is_selected_is_described_and_drawn(memory: Memory) -> None:
    async def scene(stage: Stage) -> None:
        await all_read(stage)
        assert "Four VMs, two proxies, one firewall between five zones" in shown(stage, "#facts")
        assert "2 hosts · 4 VMs · 1 firewall · 1 job" in shown(stage, "#facts")
        assert "Head office and branch over a WAN" in shown(stage, "#list")
        view = start(stage).query_one("#thumbnail")
        assert view.canvas is not None  # type: ignore[attr-defined]

    perform(scene, memory=memory, start=True)


def test_a_file_that_is_gone_is_marked_and_says_so(memory: Memory, tmp_path: Path) -> None:
    memory.keep(Place(str(tmp_path / "gone.yaml"), "gone", "nightly", Profile.V13, "a", "1.0", 2, 9))

    async def scene(stage: Stage) -> None:
        assert "file is gone" in shown(stage, "#list")
        await stage.press("enter")
        assert stage.on(ReadingScreen)
        await stage.press("escape")
        assert stage.on(StartScreen)

    perform(scene, memory=memory, start=True)


def test_a_click_selects_and_a_second_one_opens(memory: Memory) -> None:
    async def scene(stage: Stage) -> None:
        await all_read(stage)
        await stage.pilot.click("#list", offset=(10, 3))
        assert start(stage).item.source == "locked-down"
        await stage.pilot.click("#list", offset=(10, 3))
        await stage.pilot.pause()
        assert stage.screen.walk.trace.topology == "locked-down"

    perform(scene, memory=memory, start=True)


@pytest.mark.parametrize("size", [(59, 24), (1, 1)])
def test_below_the_least_size_there_is_a_message(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        assert start(stage).query_one("#too-small").region
        await stage.pilot.resize_terminal(120, 40)
        await stage.pilot.pause()
        assert start(stage).query_one("#list").region

    perform(scene, start=True, size=size)


def test_the_language_and_help_work_here_too() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("L", "question_mark")
        assert translator("de")("previous, next topology") in " ".join(stage.text("#help").split())
        await stage.press("escape")
        assert start(stage).language == "de"

    perform(scene, start=True)


# ---- files ----------------------------------------------------------------------------------------------------------


def test_a_file_is_opened_by_its_path_which_tab_completes(own: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    async def scene(stage: Stage) -> None:
        await stage.press("o")
        assert stage.on(OpenFileScreen)
        stage.app.screen.query_one("#line").value = f"{tmp_path}/o"  # type: ignore[attr-defined]
        await stage.pilot.pause()
        assert "own.yaml" in shown(stage, "#fitting")
        assert "notes.txt" not in shown(stage, "#fitting")
        await stage.press("tab", "enter")
        assert stage.on(WalkthroughScreen)
        assert stage.screen._loaded.file == own

    perform(scene, start=True)


def test_a_bad_file_is_shown_with_its_lines_and_nothing_is_lost(own: Path) -> None:
    own.write_text(own.read_text().replace("roles: [vcenter]", "roles: [vcentre]").replace("10.10.0.53", "10.10.0.530"))

    async def scene(stage: Stage) -> None:
        await stage.press("right", "O", "o")
        stage.app.screen.query_one("#line").value = str(own)  # type: ignore[attr-defined]
        await stage.press("enter")
        assert stage.on(ReadingScreen)
        told = stage.text("#reading")
        assert "did you mean 'vcenter'" in told
        assert "10.10.0.530" in told
        lines = told.splitlines()
        marked = next(number for number, line in enumerate(lines) if "[vcentre]" in line)
        assert lines[marked + 1].index("^") == lines[marked].index("vcentre")
        await stage.press("escape")
        assert stage.on(OpenFileScreen)
        assert stage.app.screen.query_one("#line").value == str(own)  # type: ignore[attr-defined]
        await stage.press("escape", "escape")
        assert stage.place[0] == 1

    perform(scene)


@pytest.mark.parametrize("typed", ["", "nonsense", "~nobody-has-this-name/x.yaml", "/", "/dev/zero", "a\x00b.yaml"])
def test_what_is_no_file_is_told(typed: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("o")
        stage.app.screen.query_one("#line").value = typed  # type: ignore[attr-defined]
        await stage.press("tab", "enter")
        assert stage.on(ReadingScreen if typed else OpenFileScreen)

    perform(scene, start=True)


def test_the_caret_stands_below_the_spot_also_far_to_the_right(tmp_path: Path) -> None:
    file = tmp_path / "wide.yaml"
    file.write_text("version: 1\nname: x\nnodes: [" + " " * 500 + "{name: b, roles: [nothing], zone: lan}]\n")
    with pytest.raises(TopologyError) as caught:
        load(file)
    lines = file.read_text().splitlines()
    rows = ["".join(text for text, _ in row.spans) for row in problem_rows(translator("en"), caught.value, lines, 76)]
    marked = next(number for number, line in enumerate(rows) if "[nothing]" in line)
    assert rows[marked + 1].index("^") == rows[marked].index("nothing")
    assert all(len(line) <= 76 for line in rows)


def test_what_is_missing_at_the_end_is_shown_behind_the_last_line(tmp_path: Path) -> None:
    file = tmp_path / "cut.yaml"
    file.write_text("version: 1\nnodes: [\n")
    with pytest.raises(TopologyError) as caught:
        load(file)
    lines = file.read_text().splitlines()
    rows = ["".join(text for text, _ in row.spans) for row in problem_rows(translator("en"), caught.value, lines, 76)]
    assert rows[-2:] == [" 2 │ nodes: [", "   │         ^"]


# ---- reading a file again -------------------------------------------------------------------------------------------


def test_f5_reads_the_changed_file_and_stays_at_the_place(own: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(SNAPSHOT)
        await stage.press("f5")
        assert "same as before" in stage.text("#now")
        own.write_text(own.read_text().replace("name: classroom", "name: renamed", 1))
        await stage.press("f5")
        assert stage.screen.walk.trace.topology == "renamed"
        assert stage.screen.walk.event.id == SNAPSHOT
        assert "read again" in stage.text("#now")

    perform(scene, topology=load(own))


def test_f5_on_a_file_that_has_gone_bad_keeps_the_walk(own: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(SNAPSHOT)
        walk = stage.screen
        own.write_text("version: 1\n  name: [\n")
        await stage.press("f5")
        assert stage.on(ReadingScreen)
        await stage.press("escape")
        assert stage.app.screen is walk
        assert stage.screen.walk.event.id == SNAPSHOT
        own.unlink()
        await stage.press("f5")
        assert stage.on(ReadingScreen)

    perform(scene, topology=load(own))


def test_f5_says_when_the_place_is_gone(own: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("legacy01/legacy01.vmdk/5/mode")
        await stage.press("v", "v", "v")
        assert stage.screen.vm == "legacy01"
        own.write_text(own.read_text().replace("      - legacy01\n", "", 1))
        await stage.press("f5")
        assert "does not come by here any more" in stage.text("#now")
        assert "legacy01" not in {vm.vm for vm in stage.screen.walk.trace.vms}

    perform(scene, topology=load(own))


def test_f5_is_refused_where_edits_would_be_lost(own: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.screen._edited = True
        before = stage.screen
        await stage.press("f5")
        assert stage.app.screen is before
        assert "would be lost" in stage.text("#now")

    perform(scene, topology=load(own))
