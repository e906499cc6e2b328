"""The start screen: one key leads back to where somebody was, another one opens another topology."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from patience import until
from pictures import Stage, loaded, perform

from vbtui.i18n import translator
from vbtui.topology import LoadedTopology, load
from vbtui.ui.remembered import FILE, Memory, Place
from vbtui.ui.screens import file_reading
from vbtui.ui.screens.reading import ReadingScreen
from vbtui.ui.screens.start import StartScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.tabs import Tab
from vbtui.vocabulary import Profile

SNAPSHOT = "sql01/3/snapshot"
PLACE = Place("classroom", "classroom", "daily", Profile.V13, SNAPSHOT, "3", 45, 119, "web01", Tab.STEP, 2.0)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "state" / FILE)


async def settled(stage: Stage, done: Callable[[], bool]) -> None:
    """Until the files are read, beside the screen."""
    await until(done)
    await stage.pilot.pause()


def start(stage: Stage) -> StartScreen:
    assert isinstance(stage.app.screen, StartScreen)
    return stage.app.screen


async def all_read(stage: Stage) -> None:
    await settled(stage, lambda: set(start(stage)._known) >= start(stage)._wanted)


# ---- leaving and coming back ----------------------------------------------------------------------------------------


def test_one_key_leads_back_to_where_somebody_was(memory: Memory) -> None:
    async def first(stage: Stage) -> None:
        await stage.go(SNAPSHOT)
        await stage.press("plus", "v", "v", "tab", "q")

    async def second(stage: Stage) -> None:
        await all_read(stage)
        assert "classroom · daily" in stage.whole("#list")
        assert "step 3 ·" in stage.whole("#list")
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
        assert "Walked to its end" in stage.whole("#facts")
        await stage.press("enter")
        assert stage.place == (0, 1.0)

    perform(first, memory=memory)
    perform(second, memory=memory, start=True)


def test_a_walk_can_be_forgotten(memory: Memory) -> None:
    memory.keep(PLACE)

    async def scene(stage: Stage) -> None:
        await stage.press("delete")
        assert "Go on where you were" not in stage.whole("#list")
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
        assert "Four VMs, two proxies, one firewall between five zones" in stage.whole("#facts")
        assert "2 hosts · 4 VMs · 1 firewall · 1 job" in stage.whole("#facts")
        assert "Head office and branch over a WAN" in stage.whole("#list")
        view = start(stage).query_one("#thumbnail")
        assert view.canvas is not None  # type: ignore[attr-defined]

    perform(scene, memory=memory, start=True)


def test_a_file_that_is_gone_is_marked_and_says_so(memory: Memory, tmp_path: Path) -> None:
    memory.keep(Place(str(tmp_path / "gone.yaml"), "gone", "nightly", Profile.V13, "a", "1.0", 2, 9))

    async def scene(stage: Stage) -> None:
        assert "file is gone" in stage.whole("#list")
        await stage.press("enter")
        assert stage.on(ReadingScreen)
        await stage.press("escape")
        assert stage.on(StartScreen)

    perform(scene, memory=memory, start=True)


class Slow:
    """Reads files of one's own only when it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.let = threading.Event()
        monkeypatch.setattr(file_reading, "load", self)

    def __call__(self, file: Path) -> LoadedTopology:
        if file.name == "large.yaml":
            assert self.let.wait(60)
        return load(file)


@pytest.fixture
def large(tmp_path: Path, memory: Memory) -> Path:
    """A file that takes a while, the first of the list."""
    file = tmp_path / "large.yaml"
    file.write_bytes(loaded().file.read_bytes() + b"#" * file_reading.LARGE)
    memory.keep(replace(PLACE, source=str(file)))
    return file


@pytest.mark.usefixtures("large")
def test_a_large_file_is_read_beside_the_screen_and_opened_when_it_is_there(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)

    async def scene(stage: Stage) -> None:
        await stage.press("enter", "enter")
        assert stage.on(StartScreen)
        assert "reading ..." in stage.whole("#facts")
        await stage.press("down", "L")
        assert start(stage).item.source == "classroom"
        await stage.press("up", "L")
        slow.let.set()
        await settled(stage, lambda: stage.on(WalkthroughScreen))
        assert stage.screen.walk.event.id == SNAPSHOT

    perform(scene, memory=memory, start=True)


@pytest.mark.usefixtures("large")
def test_who_has_gone_on_meanwhile_stays_there(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)

    async def scene(stage: Stage) -> None:
        await stage.press("enter", "down")
        source = start(stage)._items[0].source
        slow.let.set()
        await settled(stage, lambda: source in start(stage)._known and start(stage)._taking is None)
        assert stage.on(StartScreen)
        assert start(stage).item.source == "classroom"
        await stage.press("up", "enter")
        await settled(stage, lambda: stage.on(WalkthroughScreen))

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
