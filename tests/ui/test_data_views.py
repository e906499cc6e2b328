"""The views of the Data screen as text that a person can read, in every size and language; and a few pictures."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from data_stage import BLOCKS, SQL, copying, keep, look, opened, states
from live_runs import Runs
from pictures import UPDATE, Stage, compare, loaded, perform
from view_texts import chain_lines, map_lines, table_lines

from vbtui.i18n import translator
from vbtui.job import BlockState, KeptPoints, RunProgress, SnapshotProgress, SnapshotState, TaskProgress
from vbtui.render import ASCII, RICH, Messages
from vbtui.render.data_texts import ASCII_BLOCKS, RICH_BLOCKS
from vbtui.ui.data_bench import DataBench, DataView, KeptList, points_of
from vbtui.ui.inks import length
from vbtui.ui.widgets.block_map import TONES
from vbtui.ui.widgets.throughput import chart, figure_rows
from vbtui.vocabulary import MiB, TiB
from vbtui.walk.disk_lines import disk_lines, snapshot_line
from vbtui.walk.history import History
from vbtui.workflow import simulate

HERE = Path(__file__).parent
RUNNING = TaskProgress(
    SQL, 96 * MiB, 20 * MiB, 9 * MiB, 0.6, 4.0, "source", False, "san", 160 * MiB, MiB, 3 * MiB, 70 * MiB, 9 * MiB,
    "sql01-0001", True,
)  # fmt: skip
ENDED = replace(RUNNING, id="web01/web01.vmdk", fraction=1.0, done=True, mode="hotadd", tracked=False, seconds=2.0)
BROKEN = replace(RUNNING, id="legacy01/legacy01.vmdk", fraction=0.2, done=True, mode="nbd", parent=None, tracked=None)
SNAPSHOT = SnapshotProgress(SnapshotState.COMMITTING, 3 * MiB, 9 * MiB, 4, 0.0123, 0.0, False)


def bench(
    language: str = "en", *, running: bool = True, blocks: bytes = b"", kept: KeptList | None = None
) -> DataBench:
    """A moment of a scripted run, or the estimate before it."""
    given = loaded()
    trace = simulate(given.topology, given.topology.jobs[0])
    tasks = {one.id: one for one in (RUNNING, ENDED, BROKEN)}
    moments = [
        RunProgress(
            60, at / 2, False, False,
            {one.id: replace(one, read=one.read * at // 8, seconds=min(one.seconds, at / 2)) for one in tasks.values()},
            {"sql01": at * at * MiB // 8}, None, None, snapshots={"sql01": SNAPSHOT},
        )
        for at in range(1, 9)
    ]  # fmt: skip
    history = History()
    for moment in moments if running else ():
        history.add(moment)
    progress = replace(moments[-1], tasks=tasks) if running else None
    return DataBench(
        topology="classroom", job="daily",
        messages=Messages(translator(language), given.topology, trace.profile), symbols=RICH,
        lines=disk_lines(trace, progress, None), place=0, states=blocks,
        snapshot=snapshot_line("sql01", progress, None), history=history,
        kept=kept or KeptList(Path("/var/points"), ()), point_place=0, work=None, progress=progress,
    )  # fmt: skip


def figures(given: DataBench, width: int, height: int) -> list[str]:
    rows = figure_rows(given, width, height)
    assert all(length(one.spans) <= width + 1 for one in rows)
    return ["".join(text for text, _ in one.spans).rstrip() for one in rows]


def hold(lines: list[str], name: str) -> None:
    """Hold a view against its golden; VBTUI_UPDATE=1 writes it."""
    golden = HERE / "goldens" / f"data-{name}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get(UPDATE):
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [78, 117, 196])
def test_the_disks(width: int) -> None:
    hold(table_lines(bench(), width), f"disks-{width}")


def test_the_disks_in_german_and_before_any_run() -> None:
    hold([*table_lines(bench("de"), 117), "", *table_lines(bench("de", running=False), 78)], "disks-de")


def test_the_figures_of_a_disk() -> None:
    hold(figures(bench(), 44, 18), "figures-44x18")


def test_the_figures_in_german_and_before_any_run() -> None:
    hold([*figures(bench("de"), 44, 26), "", *figures(bench("de", running=False), 44, 18)], "figures-de")


def test_in_german_a_disk_that_is_not_begun_is_not_open_like_a_port() -> None:
    say = translator("de")
    table = "\n".join(table_lines(bench("de", running=False), 78))
    assert say("pending") in table
    assert say("open") not in table


@pytest.mark.parametrize(("width", "height"), [(66, 17), (78, 18)])
def test_the_map_of_a_small_disk(width: int, height: int) -> None:
    hold(map_lines(bench(blocks=states(90)), width, height), f"map-{width}x{height}")


def test_the_map_of_two_tebibytes() -> None:
    blocks = 2 * TiB // MiB
    hold(map_lines(bench(blocks=states(blocks // 2, blocks)), 66, 17), "map-2tib")


def test_the_map_in_plain_characters() -> None:
    given = replace(bench(blocks=states(90)), symbols=ASCII)
    lines = map_lines(given, 66, 17)
    assert "\n".join(lines).replace("·", "").isascii()
    hold(lines, "map-ascii")


def test_the_map_before_any_run_says_why_it_is_empty() -> None:
    hold(map_lines(bench("de", running=False), 78, 18), "map-empty-de")


@pytest.mark.parametrize("width", [78, 117])
def test_the_points_of_a_chain(tmp_path: Path, width: int) -> None:
    keep(tmp_path)
    listed = KeptPoints(tmp_path / "vbtui/repository/classroom").points()
    given = bench(kept=KeptList(Path("/var/points"), points_of("sql01", listed)))
    hold(chain_lines(replace(given, view=DataView.POINTS), width), f"points-{width}")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", range(57, 200, 13))
def test_no_line_is_wider_than_its_view(language: str, width: int) -> None:
    given = bench(language, blocks=states(90))
    assert table_lines(given, width)
    assert map_lines(given, width, 16)
    assert figures(given, min(width, 60), 20)


def test_every_state_of_a_block_has_a_mark_of_its_own_and_one_cell() -> None:
    for marks in (RICH_BLOCKS, ASCII_BLOCKS):
        assert set(marks) == set(BlockState) == set(TONES)
        assert len(set(marks.values())) == len(BlockState)
        assert all(len(mark) == 1 for mark in marks.values())


def test_a_chart_shows_what_is_not_nought() -> None:
    assert chart((0, 1, 500, 1000), 2) == ["   █", " ▁██"]
    assert chart((0, 4, 8), 1, ascii=True) == [" =@"]
    assert chart((), 2) == ["", ""]


def test_sizes_of_a_large_disk_are_told_in_round_offsets() -> None:
    blocks = 2 * TiB // MiB
    offsets = [line[:10].strip() for line in map_lines(bench(blocks=bytes(blocks)), 66, 17)[2:12]]
    assert offsets[:3] == ["0", "384 GiB", "768 GiB"]


@pytest.mark.parametrize(
    ("name", "size", "language"),
    [("data-80x24", (80, 24), "en"), ("data-120x40-de", (120, 40), "de"), ("data-200x60", (200, 60), "en")],
)
def test_the_data_screen_looks_as_it_did(
    name: str, size: tuple[int, int], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs()
    monkeypatch.setattr("vbtui.job.KeptPoints.points", lambda _: ())

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("r")
        for step in range(1, 8):
            copying(runs, step / 10, seconds=float(step))
            runs.run.snapshots = {
                "sql01": SnapshotProgress(SnapshotState.ACTIVE, step * MiB, create_stun_seconds=0.004)
            }
            await look(stage)
        if size[0] < 100:
            await stage.press("tab")
        compare(stage.svg(), HERE / "pictures" / f"{name}.svg", HERE / "differences")

    perform(scene, size=size, language=language, begin=runs, environment={"XDG_STATE_HOME": "/nonexistent"})
    assert BLOCKS == 160


def test_an_incremental_run_looks_as_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has changed since the last point is read, and the chain that it goes on with stands below."""
    runs = Runs()
    points = keep(tmp_path).points()
    monkeypatch.setattr("vbtui.job.KeptPoints.points", lambda _: points)
    unchanged, changed, written = BlockState.UNCHANGED, BlockState.CHANGED, BlockState.WRITTEN

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("r")
        for step in range(1, 8):
            copying(runs, step / 10, seconds=step / 2)
            done, task = 16 * step, runs.run.tasks[SQL]
            runs.run.tasks[SQL] = replace(
                task, parent="sql01-0002", tracked=True, unchanged=120 * MiB, read=step * 4 * MiB,
                transferred=step * 2 * MiB, zero=0, duplicate=0,
            )  # fmt: skip
            states = [changed if block >= done else written for block in range(BLOCKS)]
            states = [state if block % 23 < 4 else unchanged for block, state in enumerate(states)]
            runs.run.maps = {SQL: bytes(BlockState.HOLE if block % 5 == 3 else one for block, one in enumerate(states))}
            redo = SnapshotProgress(SnapshotState.ACTIVE, round(step**1.4) * MiB // 4, create_stun_seconds=0.004)
            runs.run.snapshots, runs.run.redo = {"sql01": redo}, {"sql01": redo.redo_bytes}
            await look(stage)
        compare(stage.svg(), HERE / "pictures" / "data-120x40.svg", HERE / "differences")

    perform(scene, begin=runs, environment={"XDG_STATE_HOME": "/nonexistent"})
