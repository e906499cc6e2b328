"""NBD against its peers in one run: prints medians, the quickest and ratios, asserts nothing.

    python tests/bench/bench_nbd.py [MEBIBYTES] [ROUNDS]

Everything reads the same sparse disk from a warm page cache, in turn, round by round. Servers: ours, qemu-nbd and
nbdkit, each read by nbdcopy into nothing over one connection and over four. Clients: ours and nbdcopy, each reading
nbdkit, the areas in use only. Backups: the engine's full in network mode and directly from the storage.
Processes that are started for a measurement are part of it.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.engine_disk import build_disk

from vbtui.engine import open_foreign
from vbtui.engine.transport.nbd import client
from vbtui.vocabulary import KiB, MiB

PEERS = ("nbdcopy", "qemu-nbd", "nbdkit", "mke2fs")
PACKAGES = "qemu-utils nbdkit libnbd-bin e2fsprogs"


@contextmanager
def served(*command: str | Path) -> Iterator[subprocess.Popen[str]]:
    server = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    try:
        yield server
    finally:
        server.terminate()
        server.communicate()


def servers(stack: ExitStack, disk: Path, folder: Path) -> dict[str, str]:
    """The addresses of the three, which serve until the stack ends."""
    ours = stack.enter_context(served(sys.executable, "-m", "vbtui", "nbd", "serve", disk))
    assert ours.stdout is not None
    addresses = {"vbtui nbd serve": ours.stdout.readline().strip()}
    others = {
        "qemu-nbd": ("qemu-nbd", "-r", "-t", "-f", "raw", "-e", "8", "-k", folder / "qemu-nbd", disk),
        "nbdkit-file": ("nbdkit", "-f", "-r", "-U", folder / "nbdkit-file", "file", disk),
    }
    for name, command in others.items():
        stack.enter_context(served(*command))
        while not (folder / name).exists():
            time.sleep(0.01)
        addresses[name] = f"nbd+unix:///?socket={folder / name}"
    return addresses


def copied(address: str, connections: int) -> None:
    command = ["nbdcopy", f"--connections={connections}", f"--threads={connections}", address, "null:"]
    subprocess.run(command, check=True)


def read_by_us(address: str, piece: int, *, announced: bool) -> None:
    """As a data mover's one worker: block by block, each announced before the one in hand is worked on."""
    client.PIECE = piece  # type: ignore[misc]
    reader = open_foreign(address)
    buffer = memoryview(bytearray(MiB))
    blocks = sorted({block for one in reader.extents() for block in range(one.offset // MiB, -(-one.end // MiB))})
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        reader.read_into(block * MiB, buffer[: min(MiB, reader.size - block * MiB)])
        if announced and following is not None:
            reader.will_read(following * MiB, min(MiB, reader.size - following * MiB))
    reader.close()


def backed_up(mode: str, disk: Path, store: Path) -> None:
    shutil.rmtree(store, ignore_errors=True)
    worker = Path(__file__).with_name("engine_work.py")
    subprocess.run([sys.executable, worker, mode, disk, store], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    mebibytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    missing = [name for name in PEERS if shutil.which(name) is None and not Path("/usr/sbin", name).exists()]
    if missing:
        sys.exit(f"not installed: {' '.join(missing)} (Debian: {PACKAGES})")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        disk = build_disk(folder, mebibytes)
        addresses = servers(stack, disk, folder)
        nbdkit = addresses["nbdkit-file"]
        works: dict[str, dict[str, Callable[[], None]]] = {
            f"servers, read by nbdcopy over {count}": {
                server: lambda address=address, count=count: copied(address, count)  # type: ignore[misc]
                for server, address in addresses.items()
            }
            for count in (1, 4)
        }
        works["clients of nbdkit, one connection"] = {
            "nbdcopy": lambda: copied(nbdkit, 1),
            "ours, 1 MiB, announced": lambda: read_by_us(nbdkit, MiB, announced=True),
            "ours, 1 MiB": lambda: read_by_us(nbdkit, MiB, announced=False),
            "ours, 256 KiB, announced": lambda: read_by_us(nbdkit, 256 * KiB, announced=True),
            "ours, 256 KiB": lambda: read_by_us(nbdkit, 256 * KiB, announced=False),
        }
        works["full backup"] = {
            "directly from storage": lambda: backed_up("full", disk, folder / "store"),
            "network mode": lambda: backed_up("full-nbd", disk, folder / "store"),
        }
        seconds: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds):
            for group, entries in works.items():
                for entry, work in entries.items():
                    begin = time.perf_counter()
                    work()
                    seconds.setdefault((group, entry), []).append(time.perf_counter() - begin)
        for group, entries in works.items():
            print(f"{group:44}  median     min   ratio of medians, of minima")
            first = seconds[group, next(iter(entries))]
            for entry in entries:
                own = seconds[group, entry]
                middle, least = statistics.median(own), min(own)
                ratios = f"{middle / statistics.median(first):5.2f} {least / min(first):5.2f}"
                print(f"  {entry:42} {middle:7.2f} {least:7.2f}   {ratios}")
        print(json.dumps({"mebibytes": mebibytes, "rounds": rounds, "in_use": disk.stat().st_blocks * 512 // MiB}))


if __name__ == "__main__":
    main()
