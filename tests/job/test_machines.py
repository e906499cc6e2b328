"""What a run has open is closed again, whatever goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from vbtui.engine import LiveDisk
from vbtui.engine.errors import BadImage, GuestFailed
from vbtui.job import Image, Places, prepare_images
from vbtui.job.machines import Machines
from vbtui.topology import Topology, load, resolve
from vbtui.trace import EventKind, Trace
from vbtui.vocabulary import Connection, Service
from vbtui.workflow import simulate


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Topology, Trace, tuple[Image, ...]]:
    loaded = load(resolve("small-office"))
    job = loaded.topology.jobs[0]
    images = prepare_images(loaded, job, Places(tmp_path / "state"))
    return loaded.topology, simulate(loaded.topology, job), images


def can_be_opened(images: tuple[Image, ...]) -> bool:
    """An image that is still open for writing is busy."""
    for image in images:
        LiveDisk(image.path).close()
    return True


def test_disks_that_are_open_when_another_fails_are_closed(parts: tuple[Topology, Trace, tuple[Image, ...]]) -> None:
    topology, trace, images = parts
    images[1].path.write_bytes(b"no disk")
    with pytest.raises(BadImage):
        Machines(topology, trace, images, lambda _: True)
    assert can_be_opened(images[:1])


def test_a_guest_that_has_failed_keeps_nothing_open(
    parts: tuple[Topology, Trace, tuple[Image, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    topology, trace, images = parts
    machines = Machines(topology, trace, images, lambda _: True)
    machines.vms[trace.vms[0].vm].start()
    machines.create_snapshot(trace.vms[0].vm)
    guest = machines.vms[trace.vms[0].vm].guest
    assert guest is not None

    def fail() -> None:
        raise GuestFailed

    monkeypatch.setattr(guest, "stop", fail)
    with pytest.raises(GuestFailed):
        machines.close()
    assert machines.network.closing.is_set()
    assert can_be_opened(images)
    assert list(images[0].path.parent.glob("*-000*.vmdk")) == []


def test_tasks_under_one_traffic_rule_share_its_limit(tmp_path: Path) -> None:
    loaded = load(resolve("two-site"))
    job = loaded.topology.jobs[0]
    trace = simulate(loaded.topology, job)
    images = prepare_images(loaded, job, Places(tmp_path / "state"))
    machines = Machines(loaded.topology, trace, images, lambda _: True)
    limits: dict[tuple[bool, bool], list[object]] = {}
    for result in trace.vms:
        machines.vms[result.vm].start()
        machines.create_snapshot(result.vm)
    for event in trace:
        if event.kind is not EventKind.TRANSFER or event.destination is None:
            continue
        assert event.vm is not None and event.disk is not None
        if event.param("mode") == "hotadd":
            machines.attach(event.vm, event.disk, str(event.param("proxy")))
        data = Connection(str(event.param("proxy")), event.destination.node, Service.parse("tcp/6162"))
        task, _ = machines.copy_task(event, data, Service.parse("tcp/902"), None)
        branch = [loaded.topology.node(name).zone for name in (data.source, data.destination)]
        crosses = {"br-backup", "hq-backup"} == set(branch)
        limits.setdefault((crosses, task.throttle is None), []).append(task.throttle)
    machines.close()
    assert set(limits) == {(True, False), (False, True)}
    assert len({id(one) for one in limits[True, False]}) == 1 < len(limits[True, False])
