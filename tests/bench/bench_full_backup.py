"""Full backup against qemu-img in one run: prints times and ratios, asserts nothing.

    python tests/bench/bench_full_backup.py [MEBIBYTES] [ROUNDS]

Every tool reads the same disk from a warm cache, in turn. The engine's times hold the start of a new interpreter and
all fsyncs; qemu-img does not sync. Peak memory is the engine's own, above an interpreter that has only imported it.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import hashlib
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENGINE = """
import json, pathlib, sys
from vbtui.engine import *
from vbtui.vocabulary import Connection, Service
def peak():
    # VmHWM and not ru_maxrss: that one is inherited from the process that started this one.
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
action, image, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
base = peak()
repository = Repository(folder)
if action == "backup":
    data = Service.parse("tcp/2500")
    with LoopbackNetwork(lambda _: True) as network:
        live = LiveDisk(image)
        snapshot = live.create_snapshot()
        target = RepositoryDataMover(network, "repository")
        target.listen(data)
        with repository.begin("vm", "vm-0001", [DiskInfo("disk", live.size)], created_ms=0) as point:
            task = CopyTask("vm/disk", lambda: SanReader(snapshot, "proxy"), Connection("proxy", "repository", data))
            copy = start_copy(task, ProxyDataMover(network, "proxy"), target, point.disk("disk"))
            copy.wait()
            point.finish(PointMetadata())
        live.commit()
        live.close()
    busy = {str(stage): round(seconds, 2) for stage, seconds in copy.progress.figures().busy_seconds}
    print(json.dumps({"memory": (peak() - base) // 1024, "busy": busy}))
elif action == "verify":
    assert repository.verify("vm-0001").ok
else:
    repository.restore("vm-0001", "disk", image, overwrite=True)
"""


def write_disk(path: Path, mebibytes: int) -> None:
    """A disk of files of this machine, random bytes, repeated blocks, zeros and a third of holes."""
    picks, written = random.Random(1), 0
    room = mebibytes * 2**20 * 2 // 3
    with path.open("wb") as file:
        for source in sorted(Path("/usr/lib").rglob("*")):
            if written > room * 8 // 10:
                break
            if source.is_file() and not source.is_symlink():
                data = source.read_bytes()
                file.write(data + bytes(-len(data) % 4096))
                written += len(data)
        file.seek(-(-file.tell() // 2**20) * 2**20)
        repeated = picks.randbytes(2**20)
        for number in range((room - min(written, room)) // 2**20):
            file.write((picks.randbytes(2**20), repeated, bytes(2**20))[number % 3])
        file.truncate(mebibytes * 2**20)


def main() -> None:
    mebibytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    qemu = shutil.which("qemu-img")
    if qemu is None:
        sys.exit("qemu-img is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        disk, output, store = folder / "disk.img", folder / "out", folder / "repository"
        write_disk(disk, mebibytes)
        convert = [qemu, "convert", "-f", "raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd"]
        engine = [sys.executable, "-c", ENGINE]
        commands: dict[str, list[str]] = {
            "vbtui full backup": [*engine, "backup", str(disk), str(store)],
            "qemu-img convert -c": [*convert, str(disk), str(output) + ".qcow2"],
            "qemu-img convert -c -m 16 -W": [*convert, "-m", "16", "-W", str(disk), str(output) + "-w.qcow2"],
            "vbtui deep verify": [*engine, "verify", str(disk), str(store)],
            "qemu-img compare": [qemu, "compare", "-f", "raw", str(disk), str(output) + ".qcow2"],
            "vbtui restore": [*engine, "restore", str(output) + ".vbtui", str(store)],
            "qemu-img convert qcow2 -> raw": [qemu, "convert", "-O", "raw", str(output) + ".qcow2", str(output)],
        }
        seconds: dict[str, list[float]] = {label: [] for label in commands}
        facts = {}
        for _ in range(rounds):
            for label, command in commands.items():
                if label == "vbtui full backup":
                    shutil.rmtree(store, ignore_errors=True)
                begin = time.perf_counter()
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                seconds[label].append(time.perf_counter() - begin)
                if label == "vbtui full backup":
                    facts = json.loads(done.stdout)
        same = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (disk, Path(str(output) + ".vbtui"))]
        print(f"disk {mebibytes} MiB, {disk.stat().st_blocks // 2048} MiB allocated, {rounds} rounds, medians")
        sizes = {
            "vbtui full backup": store / "vm-0001.vbx",
            "qemu-img convert -c": Path(str(output) + ".qcow2"),
            "qemu-img convert -c -m 16 -W": Path(str(output) + "-w.qcow2"),
        }
        own = statistics.median(seconds["vbtui full backup"])
        for label, times in seconds.items():
            median = statistics.median(times)
            peers = {"vbtui deep verify": "qemu-img compare", "vbtui restore": "qemu-img convert qcow2 -> raw"}
            peer = statistics.median(seconds[peers[label]]) if label in peers else median
            ratio = median / peer if label in peers else own / median
            size = f"{sizes[label].stat().st_size // 2**20:6} MiB" if label in sizes else " " * 10
            print(f"{label:32} {median:7.2f} s   min {min(times):6.2f} s   {size}   ratio {ratio:5.2f}")
        print(f"restored disk equal: {same[0] == same[1]}; engine memory above imports: {facts['memory']} MiB")
        print(f"busy seconds per stage: {facts['busy']}")


if __name__ == "__main__":
    main()
