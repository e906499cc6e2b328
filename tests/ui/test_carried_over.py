"""What a walk hands over to the one that takes its place: how a person looks at it, and how fast they go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from forked_walks import NFC, fork
from live_runs import Runs, finish
from pictures import Stage, loaded, perform

from vbtui.drawing import DetailLevel, group_names
from vbtui.render.canvas_words import canvas_wording
from vbtui.topology import Job, Topology, load, resolve
from vbtui.ui.live_run import LiveRun
from vbtui.ui.sight import Sight
from vbtui.ui.tabs import Tab
from vbtui.ui.widgets.topology_canvas import TopologyCanvas
from vbtui.workflow import History

HOSTS = "group:esxi_host:esx"
LOOKED = Sight("esx02", DetailLevel.GROUP, frozenset({HOSTS}), map=True)


async def look(stage: Stage) -> None:
    """Look at the picture in a manner of one's own, and go to a view."""
    stage.screen.look(LOOKED)
    await stage.press("tab", "tab")
    assert (stage.screen._tab, stage.screen._tabbed) == (Tab.PROCESS, True)


def assert_looked_at(stage: Stage, sight: Sight = LOOKED) -> None:
    assert stage.screen.sight == sight
    assert (stage.screen._tab, stage.screen._tabbed) == (Tab.PROCESS, True)


def test_in_a_fork_and_back_again_one_looks_as_before() -> None:
    async def scene(stage: Stage) -> None:
        await look(stage)
        await fork(stage)
        before = stage.screen
        await stage.press("enter")
        assert stage.screen is not before
        assert_looked_at(stage)
        await stage.press("u")
        assert not stage.screen.walk.trace.changes
        assert_looked_at(stage)

    perform(scene, place=NFC)


def test_under_other_rules_one_looks_as_before() -> None:
    async def scene(stage: Stage) -> None:
        await look(stage)
        before = stage.screen
        await stage.press("f2", "space", "escape", "enter")
        assert stage.screen is not before
        assert_looked_at(stage)

    perform(scene, place=NFC)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(resolve("classroom").read_text())
    return file


def test_over_the_file_read_again_one_looks_as_before(own: Path) -> None:
    async def scene(stage: Stage) -> None:
        await look(stage)
        await stage.press("f5")
        assert "same as before" in stage.text("#now")
        assert_looked_at(stage)

    perform(scene, topology=load(own))


def test_what_the_file_has_no_more_is_not_pointed_at(own: Path) -> None:
    async def scene(stage: Stage) -> None:
        await look(stage)
        own.write_text(own.read_text().replace("esx02", "esx0x"))
        await stage.press("f5")
        assert_looked_at(stage, Sight(None, DetailLevel.GROUP, frozenset({HOSTS}), map=True))
        own.write_text(re.sub(r"\besx\b", "hosts", own.read_text()))
        stage.screen.look(LOOKED.at(HOSTS))
        await stage.press("f5")
        assert_looked_at(stage, Sight(None, DetailLevel.GROUP, map=True))

    perform(scene, topology=load(own))


def test_the_names_of_groups_are_those_that_can_be_opened() -> None:
    async def scene(stage: Stage) -> None:
        stage.screen.look(Sight(level=DetailLevel.GROUP))
        await stage.pilot.pause()
        names = group_names(stage.screen._loaded.topology, canvas_wording(stage.screen.say))
        assert names == stage.app.screen.query_one(TopologyCanvas).groups
        assert HOSTS in names

    perform(scene)


def test_the_next_run_is_walked_as_fast_and_follows_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def history(live: LiveRun, topology: Topology, _: Job) -> History | None:
        return None if live.repository is None else History.of_every_vm(topology)

    monkeypatch.setattr(LiveRun, "next_history", history)
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await look(stage)
        await stage.press("plus", "plus", "f")
        speed, focus = stage.screen.walk.speed, stage.screen.walk.focus
        assert speed > 1 and focus is not None
        await stage.press("r")
        finish(runs.run)
        await stage.look()
        await stage.press("r")
        await stage.pilot.pause()
        assert len(runs.started) == 2
        walk = stage.screen.walk
        assert walk.trace.history and walk.index == 0
        assert (walk.speed, walk.focus) == (speed, focus)
        assert_looked_at(stage)

    perform(scene, begin=runs, topology=loaded())
