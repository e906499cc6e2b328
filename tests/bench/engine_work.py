"""What the engine does in one measured process; started by `bench_engine`, never imported by it.

    python engine_work.py ACTION DISK REPOSITORY [OUTPUT]

Prints one JSON object: peak memory above the imports (MiB) and what the data movers counted.
"""

# ruff: noqa: T201 - its result is its output

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vbtui.engine import (
    DEFAULT_HASH,
    CopyTask,
    DiskInfo,
    DiskReader,
    LiveDisk,
    LoopbackNetwork,
    NbdReader,
    NbdServer,
    PointMetadata,
    ProxyDataMover,
    Repository,
    RepositoryDataMover,
    SanReader,
    start_copy,
)
from vbtui.engine.block import Compressor, digest
from vbtui.engine.cbt import changed_extents
from vbtui.vocabulary import Connection, Service

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.engine_disk import blocks_to_change

MIB = 2**20
DATA, NFC = Service.parse("tcp/2500"), Service.parse("tcp/902")
CHANGED = 0.05


def peak() -> int:
    """KiB. VmHWM and not ru_maxrss: that one is inherited from the process that started this one."""
    return int(next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line).split()[1])


def back_up(disk: Path, folder: Path, *, mode: str = "san", parent: bool = False, tracked: bool = False) -> Any:
    """One restore point, from the snapshot to its merge."""
    repository = Repository(folder)
    last = repository.latest("vm") if parent else None
    live = LiveDisk(disk)
    snapshot = live.create_snapshot()
    with LoopbackNetwork(lambda _: True) as network:
        host = NbdServer(network, "host", NFC)
        host.add_export("vm/disk", snapshot)
        changed = None
        if tracked and last is not None:
            with repository.open(last.point) as point:
                changed = changed_extents(snapshot, point.metadata().change_ids[0])

        def reader() -> DiskReader:
            if mode == "nbd":
                return NbdReader(network, Connection("proxy", "host", NFC), "vm/disk")
            return SanReader(snapshot, "proxy")

        target = RepositoryDataMover(network, "repository")
        target.listen(DATA)
        number = f"vm-{len(repository.points()) + 1:04}"
        with repository.begin(
            "vm", number, [DiskInfo("disk", live.size)], created_ms=len(repository.points()),
            parent=None if last is None else last.point,
        ) as writer:  # fmt: skip
            task = CopyTask("vm/disk", reader, Connection("proxy", "repository", DATA), changed=changed)
            copy = start_copy(task, ProxyDataMover(network, "proxy"), target, writer.disk("disk"))
            copy.wait()
            writer.finish(PointMetadata(change_ids=(snapshot.change_id or "",)))
    # Only now does no stream hold the snapshot any more.
    live.commit()
    live.close()
    figures = copy.progress.figures()
    return {
        "read": figures.read // MIB,
        "transferred": figures.transferred // MIB,
        "busy": {str(stage): round(seconds, 2) for stage, seconds in figures.busy_seconds},
    }


def track(disk: Path) -> None:
    """Turn change tracking on; it acts from the stun of this snapshot on."""
    live = LiveDisk(disk)
    live.enable_tracking()
    live.create_snapshot()
    live.commit()
    live.close()


def change(disk: Path, seed: int) -> None:
    """The guest writes to one block in twenty."""
    live = LiveDisk(disk)
    for offset, content in blocks_to_change(disk, CHANGED, seed):
        live.write(offset, content)
    live.flush()
    live.close()


def floor(disk: Path) -> dict[str, float]:
    """Seconds to compress every different block that is no zeros, on all cores, and nothing else."""
    live = LiveDisk(disk)
    blocks: dict[bytes, bytes] = {}
    for extent in live.extents():
        for offset in range(extent.offset - extent.offset % MIB, extent.end, MIB):
            buffer = bytearray(min(MIB, live.size - offset))
            live.read_into(offset, memoryview(buffer))
            if any(buffer):
                blocks.setdefault(digest(DEFAULT_HASH, buffer), bytes(buffer))
    live.close()
    from concurrent.futures import ThreadPoolExecutor  # its import is not a part of what the others take

    cores, waiting = os.cpu_count() or 1, iter(list(blocks.values()))

    def work() -> None:
        compressor = Compressor()
        for block in waiting:
            compressor.pack(block)

    begin, busy = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(cores) as threads:
        for future in [threads.submit(work) for _ in range(cores)]:
            future.result()
    return {
        "wall": time.perf_counter() - begin,
        "cpu": time.process_time() - busy,
        "unique": sum(map(len, blocks.values())) // MIB,
    }


def newest(folder: Path) -> str:
    last = Repository(folder).latest("vm")
    assert last is not None
    return last.point


def main() -> None:
    action, disk, folder, *rest = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:]
    actions: dict[str, Callable[[], Any]] = {
        "nothing": lambda: None,
        "track": lambda: track(disk),
        "change": lambda: change(disk, int(rest[0])),
        "full": lambda: back_up(disk, folder),
        "full-nbd": lambda: back_up(disk, folder, mode="nbd"),
        "cbt": lambda: back_up(disk, folder, parent=True, tracked=True),
        "scan": lambda: back_up(disk, folder, parent=True),
        "restore": lambda: Repository(folder).restore(newest(folder), "disk", Path(rest[0]), overwrite=True) and None,
        "verify": lambda: Repository(folder).verify(newest(folder)).ok,
        "floor": lambda: floor(disk),
    }
    before = peak()
    found = actions[action]()
    if found is False:
        sys.exit("the restore point is damaged")
    facts = found if isinstance(found, dict) else {}
    print(json.dumps({"memory": (peak() - before) // 1024, **facts}))


if __name__ == "__main__":
    main()
