"""Topology files on the screen: opened by their path, shown with what is wrong, read again when they change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from data_stage import opened
from patience import until
from pictures import Stage, loaded, perform
from textual.widgets import Input

from vbtui.i18n import translator
from vbtui.topology import LoadedTopology, TopologyError, load
from vbtui.ui.screens import file_reading
from vbtui.ui.screens.file_reading import FileReadingScreen
from vbtui.ui.screens.open_file import OpenFileScreen
from vbtui.ui.screens.problems import problem_rows
from vbtui.ui.screens.reading import ReadingScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen

SNAPSHOT = "sql01/3/snapshot"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A topology file of one's own."""
    file = tmp_path / "own.yaml"
    file.write_bytes(loaded().file.read_bytes())
    return file


def test_a_file_is_opened_by_its_path_which_tab_completes(own: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    async def scene(stage: Stage) -> None:
        await stage.press("o")
        assert stage.on(OpenFileScreen)
        stage.app.screen.query_one("#line").value = f"{tmp_path}/o"  # type: ignore[attr-defined]
        await stage.pilot.pause()
        assert "own.yaml" in stage.text("#fitting")
        assert "notes.txt" not in stage.text("#fitting")
        await stage.press("tab", "enter")
        assert stage.on(WalkthroughScreen)
        assert stage.screen._loaded.file == own

    perform(scene, start=True)


@pytest.mark.parametrize("ending", ["", "/"])
def test_enter_goes_into_a_folder_and_lists_it(ending: str, own: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("o")
        line = stage.app.screen.query_one("#line", Input)
        line.value = f"{own.parent}{ending}"
        await stage.press("enter")
        assert stage.on(OpenFileScreen)
        assert line.value == f"{own.parent}/"
        assert line.cursor_position == len(line.value)
        assert "own.yaml" in stage.text("#fitting")
        await stage.press("tab", "enter")
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


@pytest.mark.parametrize("typed", ["", "nonsense", "~nobody-has-this-name/x.yaml", "/dev/zero", "a\x00b.yaml"])
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


def test_f5_on_a_renamed_topology_leads_to_the_restore_points_of_its_new_name(own: Path) -> None:
    async def scene(stage: Stage) -> None:
        data = await opened(stage)
        assert str(data.query_one("#points").border_title).endswith("/classroom")
        own.write_text(own.read_text().replace("name: classroom", "name: renamed", 1))
        await stage.press("escape", "f5")
        data = await opened(stage)
        assert str(data.query_one("#points").border_title).endswith("/renamed")

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


# ---- large files ----------------------------------------------------------------------------------------------------


class Gate:
    """Lets files be read only when it is opened."""

    def __init__(self) -> None:
        self.let = threading.Event()

    def __call__(self, file: Path) -> LoadedTopology:
        assert self.let.wait(60)
        return load(file)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """No thread is left that waits at it."""
    found = Gate()
    monkeypatch.setattr(file_reading, "load", found)
    yield found
    found.let.set()
    for thread in threading.enumerate():
        if thread.name == file_reading.THREAD:
            thread.join(60)


@pytest.fixture
def large(own: Path) -> Path:
    """A file of one's own that takes a while."""
    own.write_bytes(own.read_bytes() + b"#" * file_reading.LARGE)
    return own


async def settled(stage: Stage, done: Callable[[], bool]) -> None:
    await until(done)
    await stage.pilot.pause()


async def ask_for(stage: Stage, file: Path) -> None:
    await stage.press("o")
    stage.app.screen.query_one("#line").value = str(file)  # type: ignore[attr-defined]
    await stage.press("enter")


def test_a_large_file_is_read_beside_the_dialogue_and_opened_when_it_is_there(large: Path, gate: Gate) -> None:
    async def scene(stage: Stage) -> None:
        await ask_for(stage, large)
        assert stage.on(FileReadingScreen)
        assert "own.yaml is read and checked" in stage.shown().replace("\n", " ")
        gate.let.set()
        await settled(stage, lambda: stage.on(WalkthroughScreen))
        assert stage.screen._loaded.file == large

    perform(scene, start=True)


def test_escape_gives_up_reading_and_what_comes_later_opens_nothing(large: Path, gate: Gate) -> None:
    async def scene(stage: Stage) -> None:
        await ask_for(stage, large)
        threads = [one for one in threading.enumerate() if one.name == file_reading.THREAD]
        await stage.press("escape")
        assert stage.on(OpenFileScreen)
        assert stage.app.screen.query_one("#line").value == str(large)  # type: ignore[attr-defined]
        gate.let.set()
        await settled(stage, lambda: not any(one.is_alive() for one in threads))
        assert stage.on(OpenFileScreen)
        await stage.press("enter")
        await settled(stage, lambda: stage.on(WalkthroughScreen))

    perform(scene, start=True, size=(80, 24))


def test_what_is_wrong_with_a_large_file_is_told_when_it_is_read(large: Path, gate: Gate) -> None:
    large.write_text(large.read_text().replace("roles: [vcenter]", "roles: [vcentre]"))

    async def scene(stage: Stage) -> None:
        await ask_for(stage, large)
        gate.let.set()
        await settled(stage, lambda: stage.on(ReadingScreen))
        assert "did you mean 'vcenter'" in stage.text("#reading")
        await stage.press("escape")
        assert stage.on(OpenFileScreen)

    perform(scene, start=True)


def test_leaving_while_a_file_is_read_leaves(large: Path, gate: Gate) -> None:
    async def scene(stage: Stage) -> None:
        await ask_for(stage, large)
        await stage.press("ctrl+q")
        assert stage.app.return_value == 0

    perform(scene, start=True)
    gate.let.set()


def test_f5_reads_a_large_file_beside_the_walk(large: Path, gate: Gate) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(SNAPSHOT)
        walk = stage.screen
        await stage.press("f5")
        assert stage.on(FileReadingScreen)
        await stage.press("escape")
        assert stage.app.screen is walk
        large.write_text(large.read_text().replace("name: classroom", "name: renamed", 1))
        gate.let.set()
        await stage.press("f5")
        await settled(stage, lambda: stage.screen is not walk)
        assert stage.screen.walk.trace.topology == "renamed"
        assert stage.screen.walk.event.id == SNAPSHOT
        assert "read again" in stage.text("#now")

    perform(scene, topology=load(large))
