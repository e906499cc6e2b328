"""Two VMs, three disks, three modes, guests that write meanwhile: restored is the disk of the snapshot."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vbtui.engine import (
    BlockMap,
    Consistency,
    CopyTask,
    DiskInfo,
    DiskReader,
    Guest,
    GuestWrite,
    HotAddReader,
    LiveDisk,
    LoopbackNetwork,
    NbdReader,
    NbdServer,
    PointMetadata,
    ProxyDataMover,
    RawDisk,
    Repository,
    RepositoryDataMover,
    SanReader,
    Snapshot,
    StillAttached,
    TextExport,
    VirtualScsi,
    examine_machine,
    read_configuration,
    start_copy,
)
from vbtui.vocabulary import BLOCK_SIZE, Connection, Service

NFC = Service.parse("tcp/902")
DATA = Service.parse("tcp/2500")
QUOTA = 50


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class RunningVm:
    """A VM of the test: its live disks, its guest, and an obvious model of every disk."""

    name: str
    seed: int
    disks: dict[str, LiveDisk]
    marks: dict[str, BlockMap]
    models: dict[str, bytearray]
    writes: list[GuestWrite] = field(default_factory=list)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.guest = Guest(self.disks, self.seed, interval=0.001, progress=self.marks.get, on_write=self.writes.append)

    def wait_at_half(self, ordinal: int, total: int) -> None:
        """From the middle of the disk on, no block is read before the guest has had its say on both halves."""
        if ordinal >= total // 2:
            assert self.guest.wait_for(before_read=QUOTA, after_read=QUOTA)

    def model(self, disk: str) -> bytes:
        for write in self.writes:
            if write.disk == disk:
                self.models[disk][write.offset : write.offset + len(write.data)] = write.data
        return bytes(self.models[disk])


def running(name: str, seed: int, images: dict[str, Path]) -> RunningVm:
    disks = {disk: LiveDisk(path) for disk, path in images.items()}
    marks = {disk: BlockMap(-(-live.size // BLOCK_SIZE)) for disk, live in disks.items()}
    return RunningVm(name, seed, disks, marks, {disk: bytearray(path.read_bytes()) for disk, path in images.items()})


@pytest.mark.parametrize("server_on_proxy", [False, True], ids=["proxy-connects", "repository-connects"])
def test_restored_disks_are_the_disks_of_the_snapshot_although_the_guests_wrote(
    tmp_path: Path, sample: Callable[..., Path], network: LoopbackNetwork, server_on_proxy: bool
) -> None:
    images = {name: sample(name, size, 7) for name, size in (("a0.img", 24), ("a1.img", 12), ("b0.img", 16))}
    alpha = running("alpha", 11, {"a0.img": images["a0.img"], "a1.img": images["a1.img"]})
    beta = running("beta", 12, {"b0.img": images["b0.img"]})
    vms = (alpha, beta)
    repository = Repository(tmp_path / "repository")
    host = NbdServer(network, "host", NFC)
    target = RepositoryDataMover(network, "repository")
    if not server_on_proxy:
        target.listen(DATA)
    scsi = VirtualScsi("px-b")
    copies_of_snapshot: dict[str, Path] = {}

    for vm in vms:
        vm.guest.start()
        assert vm.guest.wait_for(before_read=0, after_read=0)
        vm.guest.freeze()
        for name, live in vm.disks.items():
            vm.snapshots[name] = live.create_snapshot()
            # Taken past the engine while the guest is frozen: what the restored disk is compared with.
            copies_of_snapshot[name] = tmp_path / f"{name}.independent"
            shutil.copyfile(images[name], copies_of_snapshot[name])
        vm.guest.release()
        host.add_export(f"{vm.name}/{vm.name}.vmx", TextExport(f'displayName = "{vm.name}"\n'))
    host.add_export("beta/b0.img", beta.snapshots["b0.img"])
    slot = scsi.attach(alpha.snapshots["a1.img"])

    def san() -> DiskReader:
        return SanReader(alpha.snapshots["a0.img"], "px-a")

    def hotadd() -> DiskReader:
        return HotAddReader(scsi, slot)

    def nbd() -> DiskReader:
        return NbdReader(network, Connection("px-b", "host", NFC), "beta/b0.img")

    plan = ((alpha, "a0.img", "px-a", san), (alpha, "a1.img", "px-b", hotadd), (beta, "b0.img", "px-b", nbd))
    points = {
        vm.name: repository.begin(
            vm.name, f"{vm.name}-0001", [DiskInfo(name, live.size) for name, live in vm.disks.items()], created_ms=1
        )
        for vm in vms
    }
    copies = []
    for number, (vm, disk, proxy, open_reader) in enumerate(plan):
        port = Service.parse(f"tcp/{2501 + number}")
        connection = Connection("repository", proxy, port) if server_on_proxy else Connection(proxy, "repository", DATA)
        task = CopyTask(
            f"{vm.name}/{disk}", open_reader, connection, marks=vm.marks[disk], before_block=vm.wait_at_half
        )
        copies.append(start_copy(task, ProxyDataMover(network, proxy), target, points[vm.name].disk(disk)))
    for copy in copies:
        copy.wait()
        figures = copy.progress.figures()
        assert figures.processed == figures.total
        assert figures.blocks_done == figures.blocks_total
        assert 0 < figures.transferred < figures.read <= figures.total
        assert figures.bottleneck is not None
    for vm, proxy in ((alpha, "px-a"), (beta, "px-b")):
        text = read_configuration(network, Connection(proxy, "host", NFC), f"{vm.name}/{vm.name}.vmx")
        points[vm.name].finish(PointMetadata("daily", text, ("san", "hotadd") if vm is alpha else ("nbd",)))
        assert vm.guest.writes_before_read >= QUOTA
        assert vm.guest.writes_after_read >= QUOTA

    with pytest.raises(StillAttached) as refused:
        alpha.disks["a1.img"].commit()
    assert refused.value.holders == (f"px-b {slot}",)
    scsi.detach(slot)
    for vm in vms:
        for live in vm.disks.values():
            report = live.commit(threshold=64 * 1024)
            assert report.bytes_merged > 0
        vm.guest.stop()

    assert [info.point for info in repository.points()] == ["alpha-0001", "beta-0001"]
    for vm, disk, *_ in plan:
        assert repository.verify(f"{vm.name}-0001").ok
        output = tmp_path / f"{disk}.restored"
        repository.restore(f"{vm.name}-0001", disk, output)
        assert sha256(output) == sha256(copies_of_snapshot[disk])
        assert images[disk].read_bytes() == vm.model(disk)
        assert sha256(images[disk]) != sha256(copies_of_snapshot[disk])
    for vm in vms:
        restored = [RawDisk(tmp_path / f"{disk}.restored") for disk in vm.disks]
        state = examine_machine([(one.read_into, one.size) for one in restored])
        assert (state.consistency, state.missing) == (Consistency.APPLICATION, ())
        for one in restored:
            one.close()
    with repository.open("alpha-0001") as point:
        assert point.metadata() == PointMetadata("daily", 'displayName = "alpha"\n', ("san", "hotadd"))
    for vm in vms:
        for live in vm.disks.values():
            live.close()
    assert network.failures == ()
    assert not [*tmp_path.rglob("*.part"), *tmp_path.rglob("*-000*.vmdk")]
