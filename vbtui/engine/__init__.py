"""Real bytes: sample disks, snapshot, guest workload, three transports, data movers, repository.

Knows disks, not topologies: a job tells it what to read, from which node to which, and answers whether a connection is
permitted. One disk of one VM, from the first call to the last (a test runs this text):

    network = LoopbackNetwork(permit)                      # asks `permit` before every socket
    disk = LiveDisk(image)                                 # what the guest writes to, a snapshot or not
    guest = Guest({"a.img": disk}, seed)
    guest.start()

    guest.freeze()
    snapshot = disk.create_snapshot()
    guest.release()

    host = NbdServer(network, "host", Service.parse("tcp/902"))
    host.add_export("vm.vmx", TextExport(configuration))   # for every mode; in network mode the disks too
    target = RepositoryDataMover(network, "repository")
    target.listen(Service.parse("tcp/2500"))
    with repository.begin("vm", "vm-0001", [DiskInfo("a.img", disk.size)], created_ms=created_ms) as point:
        task = CopyTask(
            "vm/a.img",
            lambda: SanReader(snapshot, "proxy"),          # or a HotAddReader, or an NbdReader
            Connection("proxy", "repository", Service.parse("tcp/2500")),
        )
        copy = start_copy(task, ProxyDataMover(network, "proxy"), target, point.disk("a.img"))
        copy.wait()
        vmx = read_configuration(network, Connection("proxy", "host", Service.parse("tcp/902")), "vm.vmx")
        point.finish(PointMetadata("daily", vmx))
    disk.commit()                                          # the guest goes on writing meanwhile
    guest.stop()
    disk.close()
    network.close()

    repository.restore("vm-0001", "a.img", output)

The rooms, ground first: `disk` (images), `snapshot` and `cbt` (a disk in use, what has changed), `guest` (who writes to
it), `transport` (ways to read it), `mover` (from there to the repository), `repository` (restore points), `protect`
(all of it for plain images). Under them `storage`, `network` and `workers` (files, sockets, threads), `wire` and
`block` (bytes), `errors`.

Must never happen here: a socket outside `network`, a connection to anything but loopback (but for `open_foreign`, which
only the command line calls, with a name that the user has typed), a thread that outlives its owner's `wait`, `stop` or
`close`, a restore with a wrong byte.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from vbtui.engine import errors
    from vbtui.engine.block import DEFAULT_HASH, CompressionLevel, HashAlgorithm
    from vbtui.engine.block_map import BlockMap, BlockState
    from vbtui.engine.cbt import ChangedAreas, changed_extents
    from vbtui.engine.disk import (
        Extent,
        RawDisk,
        RegionKind,
        SampleMap,
        SampleRegion,
        SampleSpec,
        is_sample_vmdk,
        needs_writing,
        needs_writing_vmdk,
        write_sample,
        write_sample_vmdk,
    )
    from vbtui.engine.errors import Blocked, Cancelled, EngineError, StillAttached
    from vbtui.engine.guest import (
        Consistency,
        Guest,
        GuestState,
        GuestWrite,
        UnexplainedPage,
        examine,
        examine_machine,
    )
    from vbtui.engine.mover import (
        Copy,
        CopyTask,
        ProxyDataMover,
        RepositoryDataMover,
        Stage,
        TaskFigures,
        TaskProgress,
        Throttle,
        start_copy,
    )
    from vbtui.engine.network import LoopbackNetwork
    from vbtui.engine.repository import (
        BrokenChain,
        Chain,
        ChainFault,
        Damage,
        DamagedBlock,
        DamagedBlocks,
        DamagedPart,
        DamagedPoint,
        DamagedRecord,
        DiskInfo,
        ExpireReport,
        HealthReport,
        MergeReport,
        Point,
        PointExport,
        PointInfo,
        PointKind,
        PointMetadata,
        PointState,
        PointWriter,
        Repository,
        RestoreReport,
        VerifyReport,
        restore_disk,
    )
    from vbtui.engine.snapshot import CommitProgress, CommitReport, LiveDisk, Snapshot
    from vbtui.engine.transport import (
        DiskReader,
        ExportSource,
        HotAddReader,
        ImageExport,
        NbdClient,
        NbdReader,
        NbdServer,
        NbdUri,
        SanReader,
        Slot,
        SnapshotExport,
        SparseSource,
        TextExport,
        TrackedSource,
        VirtualScsi,
        is_nbd_uri,
        list_exports,
        open_foreign,
        read_configuration,
    )

_ROOM_OF: Final = {
    "BlockMap": "block_map",
    "BlockState": "block_map",
    "Blocked": "errors",
    "BrokenChain": "repository",
    "Cancelled": "errors",
    "Chain": "repository",
    "ChainFault": "repository",
    "ChangedAreas": "cbt",
    "CommitProgress": "snapshot",
    "CommitReport": "snapshot",
    "CompressionLevel": "block",
    "Consistency": "guest",
    "Copy": "mover",
    "CopyTask": "mover",
    "DEFAULT_HASH": "block",
    "Damage": "repository",
    "DamagedBlock": "repository",
    "DamagedBlocks": "repository",
    "DamagedPart": "repository",
    "DamagedPoint": "repository",
    "DamagedRecord": "repository",
    "DiskInfo": "repository",
    "DiskReader": "transport",
    "EngineError": "errors",
    "ExpireReport": "repository",
    "ExportSource": "transport",
    "Extent": "disk",
    "Guest": "guest",
    "GuestState": "guest",
    "GuestWrite": "guest",
    "HashAlgorithm": "block",
    "HealthReport": "repository",
    "HotAddReader": "transport",
    "ImageExport": "transport",
    "LiveDisk": "snapshot",
    "LoopbackNetwork": "network",
    "MergeReport": "repository",
    "NbdClient": "transport",
    "NbdReader": "transport",
    "NbdServer": "transport",
    "NbdUri": "transport",
    "Point": "repository",
    "PointExport": "repository",
    "PointInfo": "repository",
    "PointKind": "repository",
    "PointMetadata": "repository",
    "PointState": "repository",
    "PointWriter": "repository",
    "ProxyDataMover": "mover",
    "RawDisk": "disk",
    "RegionKind": "disk",
    "Repository": "repository",
    "RepositoryDataMover": "mover",
    "RestoreReport": "repository",
    "SampleMap": "disk",
    "SampleRegion": "disk",
    "SampleSpec": "disk",
    "SanReader": "transport",
    "Slot": "transport",
    "Snapshot": "snapshot",
    "SnapshotExport": "transport",
    "SparseSource": "transport",
    "Stage": "mover",
    "StillAttached": "errors",
    "TaskFigures": "mover",
    "TaskProgress": "mover",
    "TextExport": "transport",
    "Throttle": "mover",
    "TrackedSource": "transport",
    "UnexplainedPage": "guest",
    "VerifyReport": "repository",
    "VirtualScsi": "transport",
    "changed_extents": "cbt",
    "examine": "guest",
    "examine_machine": "guest",
    "is_nbd_uri": "transport",
    "is_sample_vmdk": "disk",
    "list_exports": "transport",
    "needs_writing": "disk",
    "needs_writing_vmdk": "disk",
    "open_foreign": "transport",
    "read_configuration": "transport",
    "restore_disk": "repository",
    "start_copy": "mover",
    "write_sample": "disk",
    "write_sample_vmdk": "disk",
}
"""Where each public name is made. A room is loaded when one of its names is first asked for: who describes a disk image
waits for neither data movers nor a repository."""


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"vbtui.engine.{_ROOM_OF[name]}"), name)


__all__ = [
    "DEFAULT_HASH",
    "BlockMap",
    "BlockState",
    "Blocked",
    "BrokenChain",
    "Cancelled",
    "Chain",
    "ChainFault",
    "ChangedAreas",
    "CommitProgress",
    "CommitReport",
    "CompressionLevel",
    "Consistency",
    "Copy",
    "CopyTask",
    "Damage",
    "DamagedBlock",
    "DamagedBlocks",
    "DamagedPart",
    "DamagedPoint",
    "DamagedRecord",
    "DiskInfo",
    "DiskReader",
    "EngineError",
    "ExpireReport",
    "ExportSource",
    "Extent",
    "Guest",
    "GuestState",
    "GuestWrite",
    "HashAlgorithm",
    "HealthReport",
    "HotAddReader",
    "ImageExport",
    "LiveDisk",
    "LoopbackNetwork",
    "MergeReport",
    "NbdClient",
    "NbdReader",
    "NbdServer",
    "NbdUri",
    "Point",
    "PointExport",
    "PointInfo",
    "PointKind",
    "PointMetadata",
    "PointState",
    "PointWriter",
    "ProxyDataMover",
    "RawDisk",
    "RegionKind",
    "Repository",
    "RepositoryDataMover",
    "RestoreReport",
    "SampleMap",
    "SampleRegion",
    "SampleSpec",
    "SanReader",
    "Slot",
    "Snapshot",
    "SnapshotExport",
    "SparseSource",
    "Stage",
    "StillAttached",
    "TaskFigures",
    "TaskProgress",
    "TextExport",
    "Throttle",
    "TrackedSource",
    "UnexplainedPage",
    "VerifyReport",
    "VirtualScsi",
    "changed_extents",
    "errors",
    "examine",
    "examine_machine",
    "is_nbd_uri",
    "is_sample_vmdk",
    "list_exports",
    "needs_writing",
    "needs_writing_vmdk",
    "open_foreign",
    "read_configuration",
    "restore_disk",
    "start_copy",
    "write_sample",
    "write_sample_vmdk",
]
