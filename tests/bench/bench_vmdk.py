"""VMDK against raw and against qemu-img in one run: prints times and ratios, asserts nothing but equal bytes.

    python tests/bench/bench_vmdk.py [MEBIBYTES] [ROUNDS]

Every command reads the same disk from a warm cache, in turn, each in a new process; vbtui's times hold the start of its
interpreter, and its conversions end with fsync and rename, which qemu-img leaves out. `read` is the engine alone: the
whole disk in pieces of 1 MiB, without anything written. What was written is removed before the next one writes: pages
that the machine has just given back are several times faster than new ones, and so everyone gets them. CPU is the user
and system time of the process: on a machine that does other work it says more than the clock.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

READ = """
import pathlib, sys, time
from vbtui.engine.disk import open_image
disk = open_image(pathlib.Path(sys.argv[1]))
buffer = memoryview(bytearray(2**20))
begin = time.perf_counter()
for extent in disk.extents():
    for offset in range(extent.offset, extent.end, 2**20):
        disk.read_into(offset, buffer[:min(2**20, extent.end - offset)])
seconds = time.perf_counter() - begin
peak = int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
print(seconds, peak // 1024)
"""


def write_disk(path: Path, mebibytes: int) -> None:
    """Two thirds of it in runs of 1 to 16 MiB: random bytes, text that compresses, pages of zeros between."""
    picks = random.Random(1)
    text = b"".join(b"%d a line of a log that repeats itself\n" % number for number in range(30_000))[: 2**20]
    with path.open("wb") as file:
        position = 0
        while position < mebibytes:
            run = min(picks.randrange(1, 17), mebibytes - position)
            if picks.random() < 2 / 3:
                file.seek(position * 2**20)
                file.writelines(picks.choice((picks.randbytes(2**20), text, text)) for _ in range(run))
            position += run
        file.truncate(mebibytes * 2**20)


def children_cpu() -> float:
    """User and system seconds of all children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    mebibytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    qemu = shutil.which("qemu-img")
    if qemu is None:
        sys.exit("qemu-img is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw = folder / "disk.img"
        write_disk(raw, mebibytes)
        sparse, stream = folder / "sparse.vmdk", folder / "stream.vmdk"
        for path, subformat in ((sparse, "monolithicSparse"), (stream, "streamOptimized")):
            made = [qemu, "convert", "-f", "raw", "-O", "vmdk", "-o", f"subformat={subformat}", str(raw), str(path)]
            subprocess.run(made, check=True)
        read: list[str | Path] = [sys.executable, "-c", READ]
        disk: list[str | Path] = [sys.executable, "-m", "vbtui", "disk"]
        ours, theirs = folder / "ours", folder / "theirs"
        pairs: dict[str, tuple[list[str | Path], list[str | Path]]] = {
            "read sparse VMDK / raw": ([*read, sparse], [*read, raw]),
            "sparse VMDK to raw": (
                [*disk, "convert", sparse, f"{ours}.img", "--to", "raw"],
                [qemu, "convert", "-O", "raw", sparse, f"{theirs}.img"],
            ),
            "raw to sparse VMDK": (
                [*disk, "convert", raw, f"{ours}.vmdk", "--to", "vmdk-sparse"],
                [qemu, "convert", "-f", "raw", "-O", "vmdk", raw, f"{theirs}.vmdk"],
            ),
            "stream VMDK to raw": (
                [*disk, "convert", stream, f"{ours}.img", "--to", "raw"],
                [qemu, "convert", "-O", "raw", stream, f"{theirs}.img"],
            ),
            "compare sparse VMDK, raw": (
                [*disk, "compare", sparse, raw],
                [qemu, "compare", "-F", "raw", sparse, raw],
            ),
        }
        seconds: dict[str, tuple[list[float], list[float]]] = {label: ([], []) for label in pairs}
        cpu: dict[str, tuple[list[float], list[float]]] = {label: ([], []) for label in pairs}
        peak = 0
        for _ in range(rounds):
            for label, commands in pairs.items():
                for command, times, spent in zip(commands, seconds[label], cpu[label], strict=True):
                    for written in (*folder.glob("ours*"), *folder.glob("theirs*")):
                        written.unlink()
                    begin, used = time.perf_counter(), children_cpu()
                    done = subprocess.run(command, check=True, capture_output=True, text=True)
                    times.append(time.perf_counter() - begin)
                    spent.append(children_cpu() - used)
                    if command[:3] == read:
                        own, memory = done.stdout.split()
                        times[-1], peak = float(own), max(peak, int(memory))
                    if Path(f"{ours}.img").exists():
                        subprocess.run(["cmp", raw, f"{ours}.img"], check=True)
                    if Path(f"{ours}.vmdk").exists():
                        same = [qemu, "compare", "-f", "raw", "-F", "vmdk", str(raw), f"{ours}.vmdk"]
                        subprocess.run(same, check=True, stdout=subprocess.DEVNULL)
        print(f"disk {mebibytes} MiB, {raw.stat().st_blocks // 2048} MiB allocated, {rounds} rounds, medians")
        print(f"{'':28} {'seconds':>26}  {'CPU seconds':>26}")
        for label in pairs:
            texts = []
            for one, other in (seconds[label], cpu[label]):
                pair = (statistics.median(one), statistics.median(other))
                texts.append(f"{pair[0]:7.2f} / {pair[1]:7.2f} = {pair[0] / pair[1]:6.2f}")
            print(f"{label:28} {texts[0]:>26}  {texts[1]:>26}")
        print(f"peak of a reading process, interpreter and all: {peak} MiB")


if __name__ == "__main__":
    main()
