"""A live run on the screen, with a run that does what the test says: follow, detach, rejoin, end, fail, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from live_runs import COPY, FIRST, Runs, ScriptedRun, copying, done, finish, reach
from pictures import Stage, loaded, perform

from vbtui.job import Places, Record, RecordKind, start_run
from vbtui.topology import LoadedTopology, parse
from vbtui.trace import Trace
from vbtui.ui import Run
from vbtui.ui.screens.question import QuestionScreen
from vbtui.vocabulary import MiB


@pytest.fixture
def runs() -> Runs:
    return Runs()


def test_r_performs_the_job_at_once_on_sample_disks_and_the_playhead_follows(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        assert runs.paces == ["paced"]
        assert "getting its disks ready" in stage.text("#now")
        assert "live · paced to about 20 s" in stage.text("#header")
        for index in (0, 1, 40):
            await reach(stage, runs, index)
            assert stage.place[0] == index

    perform(scene, begin=runs)


def test_r_while_a_run_is_live_starts_no_second_one(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r", "r", "r")
        assert len(runs.started) == 1

    perform(scene, begin=runs)


def test_going_back_detaches_and_end_rejoins(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        await reach(stage, runs, 50)
        await stage.press("left")
        assert stage.place == (49, 1.0)
        assert "live, detached · End rejoins" in stage.text("#header")
        await reach(stage, runs, 60)
        assert stage.place == (49, 1.0)
        await stage.press("end")
        assert stage.place[0] == 60
        await reach(stage, runs, 61)
        assert stage.place[0] == 61

    perform(scene, begin=runs)


def test_measured_figures_lie_over_the_estimates_and_say_so(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(COPY)
        assert "estimate" in stage.text("#step")
        await stage.press("r")
        runs.run.tasks = copying(0.5)
        await reach(stage, runs, stage.screen.walk.trace.by_id[COPY].position)
        shown = stage.text("#step")
        assert "measured" in shown
        assert "estimate" not in shown
        assert "10 MiB" in shown
        assert "Network" in shown
        assert "50 %" in stage.text("#process")
        assert "50 %" in stage.text("#topology")

    perform(scene, begin=runs)


def test_the_redo_log_grows_on_its_datastore(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        runs.run.redo = {"legacy01": 3 * MiB}
        await reach(stage, runs, stage.screen.walk.trace.by_id[COPY].position)
        assert "Δ 3 MiB" in stage.text("#topology")

    perform(scene, begin=runs)


def test_while_the_run_waits_for_a_copy_the_copy_is_shown(runs: Runs) -> None:
    """The runner has come to "the task is done" and waits there for the bytes."""

    async def scene(stage: Stage) -> None:
        copy = stage.screen.walk.trace.by_id[COPY].position
        await stage.press("r")
        runs.run.tasks = copying(0.25)
        await reach(stage, runs, copy)
        await reach(stage, runs, copy + 1)
        assert stage.place[0] == copy
        assert "is done" not in stage.text("#now")
        assert "▶ legacy01/legacy01.vmdk: 5 MiB of 64 MiB" in stage.text("#now")
        assert "(measured so far)" in stage.text("#now")
        assert "25 %" in stage.text("#process")
        runs.run.tasks = done()
        await reach(stage, runs, copy + 1)
        assert stage.place[0] == copy + 1
        assert "is done: 20 MiB read, 9 MiB transferred (measured)." in stage.text("#now")

    perform(scene, begin=runs)


def test_what_the_run_has_begun_beside_a_copy_stays_when_it_waits_for_that(runs: Runs) -> None:
    """sql01.vmdk is waited for after app01 has got its slot: the line is about the copy, the tree knows the slot."""

    async def scene(stage: Stage) -> None:
        trace = stage.screen.walk.trace
        copy, waiting = trace.by_id[FIRST].position, trace.by_id["sql01/sql01.vmdk/5/result"].position
        await stage.press("r")
        runs.run.tasks = copying(0.5, "sql01/sql01.vmdk")
        await reach(stage, runs, waiting)
        assert stage.place[0] == copy
        await stage.press("v", "v", "v", "v")
        assert "app01.vmdk" in stage.text("#process")
        assert "assigned" in stage.text("#process")

    perform(scene, begin=runs)


def test_the_past_is_shown_as_it_was_while_the_run_goes_on(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        copy = stage.screen.walk.trace.by_id[COPY].position
        await stage.press("r")
        runs.run.tasks, runs.run.redo = copying(0.5), {"legacy01": 3 * MiB}
        await reach(stage, runs, copy)
        await stage.press("left")
        for view in ("#process", "#topology", "#step"):
            assert "50 %" not in stage.text(view)
            assert "3 MiB" not in stage.text(view)
        await stage.press("end")
        for view in ("#process", "#topology", "#step"):
            assert "50 %" in stage.text(view)

    perform(scene, begin=runs)


def test_what_the_run_has_not_come_to_is_an_estimate(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        copy = stage.screen.walk.trace.by_id[COPY].position
        await stage.press("r")
        runs.run.tasks = copying(0.5)
        await reach(stage, runs, copy)
        await stage.go("legacy01/legacy01.vmdk/5/result")
        assert "12 MiB read, 6 MiB transferred (estimated)." in stage.text("#now")
        assert "50 %" not in stage.text("#process")

    perform(scene, begin=runs)


def test_line_tree_gauge_and_text_agree_at_a_copy_that_has_been_shown(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(COPY)
        assert "(estimated)" in stage.text("#now")
        await stage.press("r")
        finish(runs.run)
        await stage.look()
        await stage.go(COPY)
        assert "20 MiB of 64 MiB are read by network mode (NBD), 9 MiB go to repo01 (measured)." in stage.text("#now")
        for view in ("#process", "#topology", "#step"):
            assert "100 %" in stage.text(view), view
        await stage.press("left", "right")
        await stage.wait(0.3)
        for view in ("#process", "#topology", "#step"):
            assert f"{stage.place[1] * 100:.0f} %" in stage.text(view), view

    perform(scene, begin=runs)


def test_at_the_end_one_line_tells_what_came_of_it(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        await reach(stage, runs, 100)
        finish(runs.run)
        await stage.look()
        told = stage.text("#now")
        for part in ("Warning (measured)", "1 restore point written", "verified", "20 MiB read", "9 MiB transferred"):
            assert part in told
        assert "/var/backups/points" in told
        assert stage.place == (118, 1.0)
        assert "live" not in stage.text("#header")
        await stage.press("left")
        assert "restore point" not in stage.text("#now")
        await stage.press("right", "right")
        assert "Warning (measured)" in stage.text("#now")
        await stage.press("home", "end")
        assert "1 restore point written" in stage.text("#now")

    perform(scene, begin=runs)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_run_that_is_over_is_called_a_replay(runs: Runs, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        assert "replay" not in stage.text("#header")
        await stage.press("r")
        assert "replay" not in stage.text("#header")
        finish(runs.run)
        await stage.look()
        await stage.press("home")
        assert "replay" in stage.text("#header")
        assert "paused" in stage.text("#header")
        assert stage.text("#header").endswith(" 1/119  1x" if size[0] < 100 else " 1/119   1x")

    perform(scene, begin=runs, size=size)


def test_after_the_run_its_log_lies_over_the_estimates(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        finish(runs.run)
        await stage.look()
        await stage.go(COPY)
        await stage.press("right", "left")
        shown = stage.text("#step")
        assert "measured" in shown
        assert "20 MiB" in shown

    perform(scene, begin=runs)


def test_a_saved_run_is_shown_the_same_way() -> None:
    trace_log = []

    async def write(stage: Stage) -> None:
        run = ScriptedRun(stage.screen.walk.trace)
        finish(run)
        trace_log.append(run.log())

    async def scene(stage: Stage) -> None:
        assert "replay" in stage.text("#header")
        await stage.go(COPY)
        assert "measured" in stage.text("#step")
        await stage.press("end")
        assert "Warning (measured) · 1 restore point written · verified · 20 MiB read" in stage.text("#now")
        assert "measured in the run that is shown" in " ".join(stage.text("#step").split())

    perform(write)
    perform(scene, run_log=trace_log[0], size=(120, 60))


def test_an_error_is_told_in_one_line_and_the_walk_goes_on(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        await reach(stage, runs, 30)
        runs.run.finished, runs.run.error = True, "os.28"
        await stage.look()
        assert "✖ The run ended early: No space left on device" in stage.text("#now")
        assert stage.place[0] == 30
        await stage.press("right", "right")
        assert stage.place[0] > 30
        await stage.press("r")
        assert len(runs.started) == 2

    perform(scene, begin=runs)


def test_a_run_that_cannot_begin_is_told_in_one_line() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        assert "The run could not begin" in stage.text("#now")

    perform(scene, begin=Runs(OSError(28, "no space left")))


def test_q_stops_a_live_run_and_waits_for_it(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        await reach(stage, runs, 20)
        await stage.press("q")
        assert runs.run.cancelled
        assert "being stopped" in stage.text("#now")
        codes = [stage.app.return_value]
        runs.run.finished = True
        runs.run.records = (Record(2, "sql01/6/commit", RecordKind.POINT, "sql01.vbt", 9 * MiB),)
        await stage.look()
        assert [*codes, stage.app.return_value] == [None, 0]
        told = " ".join(str(one) for one in stage.app._exit_renderables)
        assert "The run was stopped · 1 restore point is complete · nothing half-written is left" in told
        assert told.endswith(" · in /var/backups/points")

    perform(scene, begin=runs)


def test_c_stops_a_live_run_and_the_walk_stays(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        assert "stop the run" not in stage.text("#keys")
        await stage.press("c")
        assert "No run is going on." in stage.text("#now")
        await stage.press("r")
        await reach(stage, runs, 20)
        assert "c stop the run" in stage.text("#keys")
        assert "run for real" not in stage.text("#keys")
        await stage.press("c")
        assert runs.run.cancelled
        assert "The run is being stopped" in stage.text("#now")
        assert "closes" not in stage.text("#now")
        await stage.look()
        assert "The run is being stopped" in stage.text("#now")
        runs.run.finished = True
        await stage.look()
        assert "The run was stopped · no restore point" in stage.text("#now")
        assert stage.app.return_value is None
        assert stage.place[0] == 20
        await stage.press("right", "r")
        assert len(runs.started) == 2

    perform(scene, begin=runs, size=(200, 60))


def test_what_bytes_are_stays_to_be_read_where_the_sentence_is_cut() -> None:
    async def scene(stage: Stage) -> None:
        await stage.go(COPY)
        row = next(line for line in stage.text("#events").splitlines() if "▶" in line)
        assert "… (estimated)." in row

    perform(scene, size=(200, 60))


def test_q_without_a_run_leaves_no_line() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("q")
        assert stage.app._exit_renderables == []

    perform(scene)


def with_own_image(tmp_path: Path) -> LoadedTopology:
    """The default topology with one disk that is the user's."""
    shipped = loaded()
    named = "name: sql01.vmdk,"
    text = shipped.file.read_text(encoding="utf-8").replace(named, f"{named} image: mine.img,", 1)
    (tmp_path / "mine.img").write_bytes(b"\0" * 512)
    return parse(text, tmp_path / "own.yaml")


@pytest.mark.parametrize(("answer", "started"), [("y", 1), ("enter", 1), ("n", 0), ("escape", 0)])
def test_own_images_are_asked_about_first(runs: Runs, tmp_path: Path, answer: str, started: int) -> None:
    async def scene(stage: Stage) -> None:
        assert "after a question" in stage.text("#now")
        await stage.press("r")
        assert stage.on(QuestionScreen)
        assert not runs.started
        assert "only read, never written to" in stage.text("#question")
        await stage.press(answer)
        assert len(runs.started) == started

    perform(scene, begin=runs, topology=with_own_image(tmp_path))


def test_a_run_at_full_speed_is_not_called_paced(runs: Runs) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("r")
        assert runs.paces == ["full"]
        assert "paced" not in stage.text("#header")
        assert "live" in stage.text("#header")

    arguments: dict[str, Any] = {"begin": runs, "pace": "full"}
    perform(scene, **arguments)


@pytest.mark.long
def test_the_real_runner_drives_the_screen_to_its_end(tmp_path: Path) -> None:
    """The whole way once: sample disks, real bytes, restore points; the screen follows by polling."""

    def begin(loaded: LoadedTopology, trace: Trace, *, pace: str) -> Run:
        return start_run(loaded, trace, places=Places(tmp_path), pace=pace)

    async def scene(stage: Stage) -> None:
        stage.screen.action_run()
        seen = set()
        while stage.screen.moment().is_live:
            stage.screen.poll()
            seen.add(stage.place[0])
        await stage.pilot.pause()
        assert len(seen) > 2
        assert stage.place == (118, 1.0)
        assert "4 restore points written · verified" in stage.text("#now")
        await stage.go(COPY)
        assert "measured" in stage.text("#step")

    perform(scene, begin=begin, pace="full")
