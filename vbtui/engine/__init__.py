"""Real bytes: sample disks, snapshot, guest workload, three transports, data movers, repository.

Knows disks, not topologies: a job tells it what to read, from which node to which, and answers whether a connection is
permitted. One disk of one VM, from the first call to the last:

    network = LoopbackNetwork(permit)
    disk = LiveDisk(image);  guest = Guest({name: disk}, seed);  guest.start()
    guest.freeze();  snapshot = disk.create_snapshot();  guest.release()
    host = NbdServer(network, host_node, nfc);  host.add_export(...)  # .vmx for all modes, disks for network mode
    target = RepositoryDataMover(network, repository_node);  target.listen(service)
    with repository.begin(vm, point_id, disks, created_ms=...) as point:
        copy = start_copy(CopyTask(...), ProxyDataMover(network, proxy_node), target, point.disk(name))
        copy.wait()
        point.finish(PointMetadata(...))
    disk.commit()

Must never happen here: a socket outside `network`, a connection to anything but loopback (but for `open_foreign`, which
only the command line calls, with a name that the user has typed), a thread that outlives its owner's `wait`, `stop` or
`close`, a restore with a wrong byte.
"""

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
from vbtui.engine.guest import Guest, GuestWrite
from vbtui.engine.ledger import Consistency, GuestState, UnexplainedPage, examine, examine_machine
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
