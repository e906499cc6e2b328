"""What the screens cost a copy: the same job at full pace, with the app attached in a terminal and without it.

    python tests/bench/bench_app.py [--mebibytes 1024] [--rounds 5] [--folder DIR]

One VM with one disk like that of the engine's measurement. Its copy is timed by the run's own log. With the app:
`vbtui play --pace full` in a pseudo-terminal of 200x60, on the walkthrough and on the Data screen, whose output is read
as fast as it comes. Without: `vbtui backup` in a pipe. Rounds alternate; printed are medians, and their ratio to the
copy without the app (budget: 1.05).
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.engine_disk import build_disk

VBTUI = [sys.executable, "-m", "vbtui"]
PATIENCE = 600.0
BUDGET = 1.05
TOPOLOGY = """\
version: 1
name: bench
zones:
  - {{name: lan, cidrs: [10.0.0.0/24]}}
datastores:
  - {{name: store, kind: vmfs}}
nodes:
  - {{name: backup, roles: [backup_server, proxy, repository], zone: lan, address: 10.0.0.2, os: windows}}
  - {{name: host, roles: [esxi_host], zone: lan, address: 10.0.0.3, datastores: [store]}}
vms:
  - name: vm
    host: host
    zone: lan
    address: 10.0.0.4
    os: linux
    disks:
      - {{name: disk.vmdk, datastore: store, size: {mebibytes}MiB, image: disk.img}}
jobs:
  - {{name: job, vms: [vm], repository: backup}}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        folder = Path(place)
        build_disk(folder, options.mebibytes)
        topology = folder / "bench.yaml"
        topology.write_text(TOPOLOGY.format(mebibytes=options.mebibytes), encoding="utf-8")
        ways: dict[str, Callable[[], Path]] = {
            "without the app": lambda: without_app(topology, folder),
            "walkthrough": lambda: with_app(topology, folder, b""),
            "data screen": lambda: with_app(topology, folder, b"\x1bOR"),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, perform in ways.items():
                shutil.rmtree(folder / "state", ignore_errors=True)
                shutil.rmtree(folder / "points", ignore_errors=True)
                seconds[way].append(copy_seconds(perform()))
    base = statistics.median(seconds["without the app"])
    print(f"copy of one disk of {options.mebibytes} MiB, {options.rounds} rounds, seconds")
    print(f"{'':18}{'median':>8}{'best':>8}{'ratio':>8}")
    for way, found in seconds.items():
        print(f"{way:18}{statistics.median(found):8.2f}{min(found):8.2f}{statistics.median(found) / base:8.2f}")
    print(f"budget: {BUDGET}")
    return 0


def without_app(topology: Path, folder: Path) -> Path:
    """The run log of `vbtui backup`. Raises CalledProcessError."""
    command = [*VBTUI, "backup", str(topology), "--repo", str(folder / "points"), "--yes"]
    subprocess.run(command, check=True, capture_output=True, env=environment(folder))
    return folder / "points" / "bench-job.run.jsonl"


def with_app(topology: Path, folder: Path, screen: bytes) -> Path:
    """The run log of a run that was watched. Raises TimeoutError."""
    log = folder / "state" / "vbtui" / "runs" / "bench-job.run.jsonl"
    process, terminal = pty.fork()
    if process == 0:
        os.execve(VBTUI[0], [*VBTUI, "play", str(topology), "--pace", "full"], environment(folder))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    try:
        for keys in (screen, b"r", b"y"):
            read_for(terminal, 3.0)
            os.write(terminal, keys)
        end = time.monotonic() + PATIENCE
        while not log.exists():
            read_for(terminal, 0.05)
            if time.monotonic() > end:
                raise TimeoutError(log)
        os.write(terminal, b"q")
        read_for(terminal, 2.0)
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    return log


def read_for(terminal: int, seconds: float) -> None:
    """Take what the app draws, as a terminal does."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            try:
                os.read(terminal, 1 << 16)
            except OSError:  # the app has left
                return


def copy_seconds(log: Path) -> float:
    """How long the copy took, as the run has noted it."""
    records = [json.loads(line) for line in log.read_text(encoding="ascii").splitlines()[1:]]
    return float(next(one for one in records if one["kind"] == "copy")["value"]) / 1e6


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "TERM": "xterm-256color", "COLORTERM": "truecolor"}


if __name__ == "__main__":
    sys.exit(main())
