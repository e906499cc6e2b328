"""A performed job: what it leaves on disk, what its guests did meanwhile, and what a blocked connection stops."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from performing import perform

from vbtui.engine import Repository
from vbtui.job import Places, RecordKind, prove, start_run
from vbtui.topology import load, resolve
from vbtui.trace import EventKind
from vbtui.vocabulary import Component, Connection, Outcome, Result, Service, TransportMode
from vbtui.workflow import Change, ProcessKilled, RuleSet, simulate


@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site"])
def test_every_vm_leaves_a_restore_point_that_restores_to_the_disk_at_the_snapshot(tmp_path: Path, name: str) -> None:
    done = perform(name, tmp_path)
    progress = done.run.progress()
    assert progress.error is None
    assert progress.result is done.trace.result
    assert {point.vm for point in done.run.points} == {vm.vm for vm in done.trace.vms}
    for point in done.run.points:
        assert Repository(done.run.repository).verify(point.point).ok
        for disk, _ in point.digests:
            assert prove(done.run.repository, point, disk).equal


def test_the_guest_changes_the_disk_behind_and_before_the_copy(tmp_path: Path) -> None:
    """At least fifty writes on either side of the reading, and the disk is another one afterwards."""
    done = perform("classroom", tmp_path)
    log = done.run.log()
    assert log is not None
    for vm in done.trace.vms:
        commit = f"{vm.vm}/6/commit"
        writes = {one.name: one.value for one in log.of(commit) if one.kind is RecordKind.GUEST}
        assert writes["before-read"] >= 50
        assert writes["after-read"] >= 50
        merged = [one.value for one in log.of(commit) if one.kind is RecordKind.REDO and one.name == "bytes"]
        assert merged[0] > 0
    for point in done.run.points:
        for disk, at_snapshot in point.digests:
            image = done.places.samples("classroom") / point.vm / f"{disk.removesuffix('.vmdk')}-flat.vmdk"
            assert hashlib.sha256(image.read_bytes()).hexdigest() != at_snapshot


def test_no_thread_and_no_redo_log_is_left(tmp_path: Path) -> None:
    done = perform("small-office", tmp_path)
    assert [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()] == []
    assert [*done.places.root.rglob("*-000*.vmdk"), *done.places.root.rglob("*.part")] == []


def test_each_transport_mode_takes_its_own_way(tmp_path: Path) -> None:
    """Only network mode reads disk data over the host's 902; all three read the configuration there."""
    done = perform("classroom", tmp_path)
    log = done.run.log()
    assert log is not None
    performance = done.run._performance
    assert performance is not None
    network, nfc = performance.machines.network, Service.parse("tcp/902")
    modes: dict[Connection, list[TransportMode]] = {}
    for task in done.trace.tasks:
        data = next(e for e in done.trace if e.kind is EventKind.TRANSFER and e.task == task.id)
        assert log.measured(data.id, "processed") == task.processed
        assert task.proxy is not None and task.mode is not None
        way = Connection(task.proxy, done.loaded.topology.vm(task.vm).host, nfc)
        modes.setdefault(way, []).append(task.mode)
    assert {mode for found in modes.values() for mode in found} == {
        TransportMode.SAN,
        TransportMode.HOTADD,
        TransportMode.NBD,
    }
    for way, found in modes.items():
        # One connection for each task's configuration; whatever is above that carries disk data.
        assert (network.connected(way) > len(found)) == (TransportMode.NBD in found)


def test_a_blocked_connection_opens_no_socket(tmp_path: Path) -> None:
    """Neither an accept nor a connect: counted by the listener and by the interpreter's own audit events."""
    script = """
import json, sys
from pathlib import Path
from vbtui.job import Places, start_run, RecordKind
from vbtui.topology import load, resolve
from vbtui.workflow import Change, RuleSet, simulate

connects = []
sys.addaudithook(lambda name, args: connects.append(args[1]) if name == "socket.connect" else None)
loaded = load(resolve("classroom"))
topology = loaded.topology
change = [Change("job/1.0/start", RuleSet("core", "proxy-nfc", False))] if sys.argv[2] == "blocked" else []
trace = simulate(topology, topology.jobs[0], changes=change)
run = start_run(loaded, trace, places=Places(Path(sys.argv[1])), pace="full")
run.wait()
hosts = {vm.host for vm in topology.vms}
network = run._performance.machines.network
services = {(e.destination.node, s) for e in trace for s in e.services if e.destination and e.destination.node in hosts}
print(json.dumps({
    "connects": len(connects),
    "accepts": sum(network.accepted(node, service) for node, service in services if str(service) == "tcp/902"),
    "loopback": all(address[0] == "127.0.0.1" for address in connects),
    "blocked": sum(r.kind is RecordKind.BLOCKED for r in run.log().records),
    "result": run.progress().result,
    "points": len(run.points),
}))
"""

    def performed(how: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / how), how], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, object] = json.loads(done.stdout)
        return found

    allowed, blocked = performed("allowed"), performed("blocked")
    assert allowed["loopback"] is True
    assert isinstance(allowed["accepts"], int) and allowed["accepts"] > 0
    assert blocked["accepts"] == 0
    assert blocked["connects"] == 0  # the data movers' streams are opened only for a copy, and there is none
    assert blocked["points"] == 0
    assert blocked["result"] == Result.ERROR
    assert isinstance(blocked["blocked"], int) and blocked["blocked"] >= 5


def test_a_rule_that_is_switched_off_on_the_way_stops_the_bytes_that_come_after_it(tmp_path: Path) -> None:
    loaded = load(resolve("classroom"))
    plain = simulate(loaded.topology, loaded.topology.jobs[0])
    nfc = [event for event in plain if event.id.endswith("tcp-902")]
    change = Change(nfc[-1].id, RuleSet("core", "proxy-nfc", False))
    done = perform("classroom", tmp_path, changes=(change,))
    lost = nfc[-1].vm
    assert {point.vm for point in done.run.points} == {vm.vm for vm in plain.vms} - {lost}
    assert done.run.progress().result is Result.ERROR


def test_a_disk_left_attached_keeps_the_snapshot_until_the_run_is_cleaned_up(tmp_path: Path) -> None:
    loaded = load(resolve("classroom"))
    plain = simulate(loaded.topology, loaded.topology.jobs[0])
    detach = next(event for event in plain if event.kind is EventKind.DETACH)
    assert detach.source is not None and detach.source.component is Component.DATA_MOVER
    done = perform("classroom", tmp_path, changes=(Change(detach.id, ProcessKilled(detach.source.node)),))
    commit = next(e for e in done.trace if e.kind is EventKind.COMMIT and e.vm == detach.vm)
    assert commit.outcome is Outcome.WARNING
    assert detach.vm not in {point.vm for point in done.run.points}
    log = done.run.log()
    assert log is not None
    assert [one.name for one in log.of(commit.id) if one.kind is RecordKind.FAILURE] == ["engine.still-attached"]
    assert list(done.places.root.rglob("*-000*.vmdk")) == []


def test_an_image_of_the_users_is_read_and_never_written(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    image = folder / "disk.img"
    image.write_bytes(bytes(512) + b"mine" * 128 * 1024 + bytes(4 * 1024 * 1024 - 512 - 512 * 1024))
    before = (image.read_bytes(), image.stat().st_mtime_ns)
    text = resolve("small-office").read_text(encoding="utf-8")
    entry = re.search(r"- \{name: (?P<name>[^,]+), datastore: (?P<store>[^,}]+),[^}]*\}", text)
    assert entry is not None
    name, own = entry["name"], f"- {{name: {entry['name']}, datastore: {entry['store']}, size: 4MiB, image: disk.img}}"
    file = folder / "own.yaml"
    file.write_text(text.replace(entry[0], own), encoding="utf-8")
    done = perform(file, tmp_path)
    assert done.run.progress().error is None
    assert (image.read_bytes(), image.stat().st_mtime_ns) == before
    assert sorted(path.name for path in folder.iterdir()) == ["disk.img", "own.yaml"]
    point = next(one for one in done.run.points if name in dict(one.digests))
    assert dict(point.digests)[name] == hashlib.sha256(before[0]).hexdigest()
    assert prove(done.run.repository, point, name).equal


def test_the_demonstration_keeps_the_four_newest_points_and_a_users_repository_all(tmp_path: Path) -> None:
    for _ in range(5):
        done = perform("small-office", tmp_path)
    names = {point.point for point in Repository(done.run.repository).points()}
    assert names == {f"{vm.vm}-{number:04}" for vm in done.trace.vms for number in (2, 3, 4, 5)}
    own = tmp_path / "own repository"
    for _ in range(5):
        done = perform("small-office", tmp_path, repository=own)
    assert len(Repository(own).points()) == 5 * len(done.trace.vms)


def test_a_cancelled_run_takes_no_earlier_point_away(tmp_path: Path) -> None:
    for _ in range(2):
        done = perform("small-office", tmp_path)
    before = {path.name: path.read_bytes() for path in done.run.repository.glob("*.vbx*")}
    run = start_run(done.loaded, done.trace, places=done.places)
    run.cancel()
    assert run.wait(120.0)
    assert run.progress().cancelled
    assert {path.name: path.read_bytes() for path in done.run.repository.glob("*.vbx*")} == before


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "state" / "vbtui"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("a file", encoding="utf-8")
    loaded = load(resolve("small-office"))
    trace = simulate(loaded.topology, loaded.topology.jobs[0])
    run = start_run(loaded, trace, places=Places(in_the_way), pace="full")
    assert run.wait(120.0)
    progress = run.progress()
    assert progress.error == f"os.{errno.EEXIST}"
    assert progress.error_file == str(in_the_way)
    log = run.log()
    assert log is not None
    assert [(one.event, one.kind) for one in log.records] == [("", RecordKind.FAILURE)]
