"""The three ways to a disk read the same bytes by different roads, and each holds its snapshot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from vbtui.engine import (
    DiskReader,
    Extent,
    HotAddReader,
    LiveDisk,
    LoopbackNetwork,
    NbdReader,
    NbdServer,
    SanReader,
    SnapshotExport,
    StillAttached,
    VirtualScsi,
)
from vbtui.engine.disk.vmdk import create_flat, create_sparse
from vbtui.engine.errors import NoFreeSlot, NotAttached, SnapshotGone
from vbtui.vocabulary import Connection, KiB, MiB, Service

NFC = Service.parse("tcp/902")


def everything(reader: DiskReader) -> bytes:
    data = bytearray(reader.size)
    reader.read_into(0, memoryview(data))
    return bytes(data)


def test_all_three_read_the_snapshot_and_not_what_the_guest_writes(
    sample: Callable[..., Path], network: LoopbackNetwork
) -> None:
    image = sample(mebibytes=8)
    before = image.read_bytes()
    disk = LiveDisk(image)
    snapshot = disk.create_snapshot()
    disk.write(0, b"written after the snapshot")
    server = NbdServer(network, "host", NFC)
    server.add_export("disk", snapshot)
    scsi = VirtualScsi("px")
    slot = scsi.attach(snapshot)
    readers: dict[str, DiskReader] = {
        "san": SanReader(snapshot, "px san"),
        "hotadd": HotAddReader(scsi, slot),
        "nbd": NbdReader(network, Connection("px", "host", NFC), "disk"),
    }
    for name, reader in readers.items():
        assert everything(reader) == before, name
    # The storage knows what is allocated, and the host says it over the network; a SCSI disk does not tell.
    assert sum(extent.length for extent in readers["san"].extents()) < 8 * MiB
    assert readers["nbd"].extents() == readers["san"].extents()
    assert readers["hotadd"].extents() == (Extent(0, 8 * MiB),)

    for name, held in (("san", "px san"), ("nbd", "host nbd")):
        with pytest.raises(StillAttached) as refused:
            disk.commit()
        assert held in refused.value.holders
        readers[name].close()
        readers[name].close()
    readers["hotadd"].close()
    network.close()
    with pytest.raises(StillAttached) as refused:
        disk.commit()
    assert refused.value.holders == (f"px {slot}",)
    scsi.detach(slot)
    disk.commit()
    with pytest.raises(NotAttached):
        readers["hotadd"].read_into(0, memoryview(bytearray(1)))
    with pytest.raises(SnapshotGone):
        SanReader(snapshot, "px san")
    with pytest.raises(SnapshotGone):
        scsi.attach(snapshot)
    assert scsi.attached == ()
    disk.close()


def test_slots_are_given_in_order_without_the_controllers_own_target(sample: Callable[..., Path]) -> None:
    disk = LiveDisk(sample(mebibytes=1))
    snapshot = disk.create_snapshot()
    scsi = VirtualScsi("px", controllers=2, reserved=1)
    slots = [scsi.attach(snapshot) for _ in range(29)]
    assert [str(slot) for slot in slots[:8]] == [f"scsi0:{target}" for target in (1, 2, 3, 4, 5, 6, 8, 9)]
    assert str(slots[14]) == "scsi1:0"
    assert len(set(slots)) == 29
    with pytest.raises(NoFreeSlot):
        scsi.attach(snapshot)
    scsi.detach(slots[3])
    with pytest.raises(NotAttached):
        scsi.detach(slots[3])
    assert scsi.attach(snapshot) == slots[3]
    for slot in slots:
        scsi.detach(slot)
    disk.commit()
    disk.close()


def test_four_controllers_take_sixty_disks(sample: Callable[..., Path]) -> None:
    """15 on each: target 7 is the controller itself."""
    disk = LiveDisk(sample(mebibytes=1))
    snapshot = disk.create_snapshot()
    scsi = VirtualScsi("px", controllers=4, reserved=0)
    slots = [scsi.attach(snapshot) for _ in range(60)]
    assert len(set(slots)) == 60
    assert {slot.target for slot in slots} == set(range(16)) - {7}
    with pytest.raises(NoFreeSlot) as full:
        scsi.attach(snapshot)
    assert full.value.slots == 60
    for slot in slots[:-1]:
        scsi.detach(slot)
    with pytest.raises(StillAttached) as refused:
        disk.commit()
    assert refused.value.holders == ("px scsi3:15",)
    scsi.detach(slots[-1])
    disk.commit()
    disk.close()


@pytest.mark.parametrize("kind", ["flat", "sparse"])
def test_direct_access_reads_the_files_of_a_vmdk_itself(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "disk.vmdk"
    (create_flat if kind == "flat" else create_sparse)(path, 4 * MiB)
    disk = LiveDisk(path)
    disk.write(MiB, b"before" * 1000)
    snapshot = disk.create_snapshot()
    disk.write(MiB, b"after " * 1000)
    disk.write(3 * MiB, b"after " * 1000)
    reader = SanReader(snapshot, "px")
    found = everything(reader)
    assert found[MiB : MiB + 6000] == b"before" * 1000
    assert not any(found[:MiB]) and not any(found[MiB + 6000 :])
    assert reader.extents() == snapshot.extents()
    assert sum(extent.length for extent in reader.extents()) <= 64 * 1024
    reader.close()
    disk.commit()
    disk.close()


@pytest.mark.parametrize("controllers", [-1, 5])
def test_a_vm_has_at_most_four_controllers(controllers: int) -> None:
    with pytest.raises(ValueError):
        VirtualScsi("px", controllers=controllers)


def test_a_proxy_without_a_scsi_controller_has_no_slot(sample: Callable[..., Path]) -> None:
    disk = LiveDisk(sample(mebibytes=1))
    with pytest.raises(NoFreeSlot):
        VirtualScsi("px", controllers=0).attach(disk.create_snapshot())
    disk.commit()
    disk.close()


def test_the_hosts_service_tells_what_has_changed_since_an_earlier_snapshot(
    sample: Callable[..., Path], network: LoopbackNetwork
) -> None:
    disk = LiveDisk(sample(mebibytes=8))
    disk.enable_tracking()
    first = disk.create_snapshot()
    disk.write(3 * MiB, b"later" * 1000)
    assert first.change_id is not None
    disk.commit()
    host = NbdServer(network, "host", NFC)
    now = disk.create_snapshot()
    host.add_export("since", SnapshotExport(now, first.change_id))
    host.add_export("unknown", SnapshotExport(now, "00000000-0000-0000-0000-000000000000/7"))
    host.add_export("full", SnapshotExport(now, ""))
    connection = Connection("proxy", "host", NFC)
    with closing(NbdReader(network, connection, "since")) as reader:
        assert reader.dirty() == (Extent(3 * MiB, 64 * KiB),)
    for export in ("unknown", "full"):
        with closing(NbdReader(network, connection, export)) as reader:
            assert reader.dirty() is None
    disk.close()
