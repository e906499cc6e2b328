"""Runs that build on earlier ones: what they read, what stands behind a point, and images that are the user's own."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest
from patience import PATIENCE
from performing import Performed, perform

from vbtui.cli.entry import run
from vbtui.engine import PointKind, Repository
from vbtui.engine.repository.catalogue import Catalogue
from vbtui.engine.repository.catalogue.health_record import remember
from vbtui.job import RecordKind, SnapshotState, history, prove, read_run_log, start_run
from vbtui.topology import load, resolve
from vbtui.trace import EventKind
from vbtui.vocabulary import MiB
from vbtui.workflow import CbtReset, Change, History, simulate


def again(done: Performed, tmp_path: Path, changes: tuple[Change, ...] = ()) -> Performed:
    """The next run of the same job into the same folder."""
    known = history(done.run.repository, done.loaded.topology, done.loaded.topology.jobs[0])
    return perform(done.loaded.file, tmp_path, repository=done.run.repository, changes=changes, history=known)


def equals_the_snapshots(done: Performed) -> bool:
    return all(prove(done.run.repository, point, disk).equal for point in done.run.points for disk, _ in point.digests)


def transfers(done: Performed) -> list[tuple[int, int]]:
    """Read and transferred of every disk, as measured."""
    return [(task.read, task.transferred) for _, task in sorted(done.run.progress().tasks.items())]


def test_the_second_run_reads_what_has_changed_and_restores_to_the_disk_of_its_snapshot(tmp_path: Path) -> None:
    first = perform("classroom", tmp_path, repository=tmp_path / "points")
    second = again(first, tmp_path)
    assert second.trace.history == tuple(sorted(vm.vm for vm in second.trace.vms))
    assert equals_the_snapshots(second)
    for before, after in zip(transfers(first), transfers(second), strict=True):
        assert 0 < after[0] < before[0] / 2
        assert after[1] < before[1]
    for task in second.run.progress().tasks.values():
        assert task.tracked is True
        assert task.parent is not None and task.unchanged == task.total - task.read
    log = second.run.log()
    assert log is not None
    for vm in second.trace.vms:
        built = [(one.name, one.value) for one in log.of(f"{vm.vm}/6/commit") if one.kind is RecordKind.BUILT_ON]
        assert built == [(f"{vm.vm}-0001", 1)]
    # The first point is what it was: it was read back when it was made, and nothing has touched it since.
    assert equals_the_snapshots(first)


def test_what_an_increment_reads_follows_the_rate_of_change_of_each_disk(tmp_path: Path) -> None:
    """As the estimate says; but a guest that writes at all writes its journal, two blocks, and one block of data."""
    text = resolve("small-office").read_text(encoding="utf-8")
    rates = iter(("0.0", "0.05", "0.2", "0.4"))
    entry = re.compile(r"\{name: ([^,]+), datastore: ([^,}]+), size: [^}]*\}")
    text, disks = entry.subn(
        lambda found: (
            f"{{name: {found[1]}, datastore: {found[2]}, size: 128MiB, used: 40MiB, change_rate: {next(rates)}}}"
        ),
        text,
    )
    assert disks > 2
    file = tmp_path / "rates.yaml"
    file.write_text(text, encoding="utf-8")
    done = perform(file, tmp_path, repository=tmp_path / "points")
    for _ in range(2 if os.environ.get("VBTUI_LONG_TESTS") else 1):
        done = again(done, tmp_path)
        estimated = {task.id: task.read // MiB for task in done.trace.tasks}
        read = {name: task.read // MiB for name, task in done.run.progress().tasks.items()}
        assert len(set(estimated.values())) == disks
        for name, blocks in estimated.items():
            # Of the data, two blocks at most may be those of the journal.
            assert max(3, blocks - 2) <= read[name] <= max(3, blocks), (estimated, read)


def test_a_saved_log_finds_its_trace_again(tmp_path: Path) -> None:
    second = again(perform("small-office", tmp_path, repository=tmp_path / "points"), tmp_path)
    assert second.run.log_path is not None
    log = read_run_log(second.run.log_path)
    topology = second.loaded.topology
    assert simulate(topology, topology.jobs[0], history=History(frozenset(log.history))) == second.trace


def test_after_a_reset_everything_is_read_and_little_is_sent(tmp_path: Path) -> None:
    first = perform("small-office", tmp_path, repository=tmp_path / "points")
    start = next(event for event in first.trace if event.kind is EventKind.SNAPSHOT)
    assert start.vm is not None
    second = again(first, tmp_path, (Change(first.trace[0].id, CbtReset(start.vm)),))
    assert equals_the_snapshots(second)
    for name, task in second.run.progress().tasks.items():
        if name.startswith(f"{start.vm}/"):
            assert task.tracked is False
            assert task.read == task.total
            assert task.transferred < first.run.progress().tasks[name].transferred
        else:
            assert task.tracked is True


def test_disks_that_somebody_else_has_written_to_are_read_whole(tmp_path: Path) -> None:
    """Change tracking that cannot be trusted is not: no change id is known any more."""
    first = perform("small-office", tmp_path, repository=tmp_path / "points")
    for data in first.places.samples("small-office").rglob("*-flat.vmdk"):
        with data.open("r+b") as file:
            file.seek(3 * 512)
            file.write(b"not by the guest")
    second = again(first, tmp_path)
    assert {task.tracked for task in second.run.progress().tasks.values()} == {False}
    assert equals_the_snapshots(second)


def test_a_screen_sees_the_snapshot_from_its_stun_to_its_commit(tmp_path: Path) -> None:
    done = perform("small-office", tmp_path)
    found = done.run.progress().snapshots
    assert set(found) == {vm.vm for vm in done.trace.vms}
    for one in found.values():
        assert one.state is SnapshotState.COMMITTED
        assert one.before_commit is not None and one.merged >= one.before_commit > 0
        assert one.create_stun_seconds > 0
        assert one.commit_stun_seconds > 0
        assert one.converged


def own_topology(folder: Path, image: str, size: str) -> tuple[Path, str]:
    """A shipped topology whose first VM has an image of the user's; the file and the disk's name."""
    text = resolve("small-office").read_text(encoding="utf-8")
    entry = re.search(r"- \{name: (?P<name>[^,]+), datastore: (?P<store>[^,}]+),[^}]*\}", text)
    assert entry is not None
    own = f"- {{name: {entry['name']}, datastore: {entry['store']}, size: {size}, image: {image}}}"
    file = folder / "own.yaml"
    file.write_text(text.replace(entry[0], own), encoding="utf-8")
    return file, entry["name"]


@pytest.mark.parametrize("subformat", ["monolithicSparse", "monolithicFlat", "streamOptimized", "twoGbMaxExtentSparse"])
def test_a_vmdk_of_the_users_is_backed_up_as_it_is_although_a_guest_writes(tmp_path: Path, subformat: str) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    raw = tmp_path / "disk.raw"
    raw.write_bytes(bytes(512) + b"mine" * 512 * 1024 + bytes(8 * 1024 * 1024 - 512 - 2048 * 1024))
    command = ["qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", f"subformat={subformat}"]
    subprocess.run([*command, raw, folder / "disk.vmdk"], check=True, timeout=PATIENCE)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    file, name = own_topology(folder, "disk.vmdk", "8MiB")
    done = perform(file, tmp_path)
    assert done.run.progress().error is None
    point = next(one for one in done.run.points if name in dict(one.digests))
    assert dict(point.digests)[name] == hashlib.sha256(raw.read_bytes()).hexdigest()
    assert prove(done.run.repository, point, name).equal
    # The guest wrote meanwhile, over the image; nothing of that is left, and nothing came into the image or beside it.
    assert done.run.progress().snapshots[point.vm].merged > 0
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path != file} == files
    assert [path for path in done.places.root.rglob("overlays/**/*") if path.is_file() and path.suffix != ".lock"] == []


def test_a_second_run_over_the_users_images_compares_and_sends_little(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    image = folder / "disk.img"
    image.write_bytes(bytes(512) + b"mine" * 512 * 1024 + bytes(8 * 1024 * 1024 - 512 - 2048 * 1024))
    file, name = own_topology(folder, "disk.img", "8MiB")
    first = perform(file, tmp_path, repository=tmp_path / "points")
    with image.open("r+b") as changed:
        changed.seek(5 * 1024 * 1024)
        changed.write(b"changed" * 1000)
    second = again(first, tmp_path)
    task = next(task for task in second.run.progress().tasks.values() if task.id.endswith(f"/{name}"))
    assert task.tracked is False
    assert task.transferred < 10_000
    assert equals_the_snapshots(second)


def test_two_runs_do_not_write_to_one_chain(tmp_path: Path) -> None:
    first = perform("small-office", tmp_path, repository=tmp_path / "points")
    vm = first.trace.vms[0].vm
    with Repository(first.run.repository).lock(vm):
        run = start_run(
            load(resolve("small-office")),
            first.trace,
            places=first.places,
            pace="full",
            repository=first.run.repository,
        )
        assert run.wait(120.0)
    assert run.progress().error == "engine.repository-busy"
    assert run.points == ()


def test_a_damaged_block_that_a_health_check_has_found_comes_anew_with_the_next_run(tmp_path: Path) -> None:
    first = perform("small-office", tmp_path, repository=tmp_path / "points")
    repository = Repository(first.run.repository)
    written = first.run.points[0]
    with repository.open(written.point) as point:
        entries = (point.entry(position) for position in range(point.footer.entries))
        record = next(entry for entry in entries if entry.payload_size)
    with written.path.open("r+b") as file:
        file.seek(record.offset + 100)
        file.write(b"damage")
    with repository.lock(written.vm):
        remember(repository, repository.health_check(written.vm), 0)
    second = again(first, tmp_path)
    assert equals_the_snapshots(second)
    assert not repository.verify(written.point).ok
    assert all(repository.verify(point.point).ok for point in second.run.points)


def test_the_catalogue_knows_of_the_runs_and_its_loss_harms_nothing(tmp_path: Path) -> None:
    first = perform("small-office", tmp_path, repository=tmp_path / "points")
    with Catalogue(first.run.repository) as catalogue:
        assert {one.point for one in catalogue.points()} == {point.point for point in first.run.points}
        known = {one.vm: one for one in catalogue.sessions()}
    for point in first.run.points:
        mine = [one for name, one in first.run.progress().tasks.items() if name.startswith(f"{point.vm}/")]
        assert (known[point.vm].point, known[point.vm].outcome) == (point.point, "done")
        assert known[point.vm].read == sum(one.read for one in mine)
    (first.run.repository / "catalogue.sqlite").write_bytes(b"garbage")
    assert equals_the_snapshots(again(first, tmp_path))


def test_over_a_damaged_newest_point_a_new_chain_begins(tmp_path: Path) -> None:
    """Not a branch beside it: what comes next would belong to one of two stories."""
    first = perform("small-office", tmp_path, repository=tmp_path / "points")
    second = again(first, tmp_path)
    damaged = second.run.points[0]
    damaged.path.write_bytes(damaged.path.read_bytes()[:-1])
    third = again(first, tmp_path)
    kinds = {point.vm: Repository(first.run.repository).open(point.point).header.kind for point in third.run.points}
    assert kinds.pop(damaged.vm) is PointKind.FULL
    assert set(kinds.values()) == {PointKind.INCREMENTAL}
    assert equals_the_snapshots(third)


def test_a_chain_that_is_as_long_as_it_may_be_is_followed_by_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run of that night is a full one, and does not fail for having nowhere to put its point."""
    for room in ("base", "repository", "chain"):
        monkeypatch.setattr(f"vbtui.engine.repository.{room}.MAX_POINTS", 2)
    first = perform("small-office", tmp_path, repository=tmp_path / "points")
    again(first, tmp_path)
    third = again(first, tmp_path)
    kinds = {Repository(first.run.repository).open(point.point).header.kind for point in third.run.points}
    assert kinds == {PointKind.FULL}
    assert equals_the_snapshots(third)


def test_a_full_one_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    points, environment = tmp_path / "points", {"XDG_STATE_HOME": str(tmp_path / "state")}
    kinds = []
    for words in ((), (), ("--full",)):
        assert run(["backup", "small-office", "--repo", str(points), *words], environment) == 0
        kinds.append({one.kind for one in Repository(points).points()})
    capsys.readouterr()
    assert kinds == [{PointKind.FULL}, {PointKind.FULL, PointKind.INCREMENTAL}, {PointKind.FULL, PointKind.INCREMENTAL}]
    assert sum(one.kind is PointKind.FULL for one in Repository(points).points()) == 4
