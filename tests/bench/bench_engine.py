"""The engine against the tools that people use, in one run: prints times, ratios and budgets, asserts nothing.

    python tests/bench/bench_engine.py [--size MEBIBYTES] [--rounds N] [--quick] [--only WORDS] [--folder DIR]

The disk is that of `engine_disk`. Every tool reads it from a warm cache, in turn, round after round, and before each
everything is synchronised; between the full copies and the others 5 % of its blocks change. The engine's times hold the
start of a new interpreter and all fsyncs; qemu-img, nbdcopy, zstd and borg extract do not synchronise. Restic always
encrypts. Processor seconds are given too: where others use the machine, their ratio is the one to trust. Peak memory is
that of the largest process.

A measurement is one small function that gives a command; each is found by the name in `MEASUREMENTS`, so that one part
can be run alone while it is worked on: `--only restore`.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.engine_disk import MIB, allocated, build_disk

WORK = Path(__file__).with_name("engine_work.py")
TIME = "/usr/bin/time"
PEERS = ("qemu-img", "qemu-nbd", "restic", "borg", "nbdcopy", "zstd", "mke2fs", TIME)
PACKAGES = "qemu-utils restic borgbackup libnbd-bin zstd e2fsprogs time"


@dataclass(frozen=True)
class Sample:
    """One run of one tool: seconds, seconds of processors, MiB."""

    wall: float
    cpu: float
    rss: int
    facts: dict[str, object] = field(default_factory=dict)


@dataclass
class Bench:
    """The folder of a run, and what was measured in it."""

    folder: Path
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes that a tool has left on disk."""

    def __post_init__(self) -> None:
        self.environment = os.environ | {
            "RESTIC_PASSWORD": "measured", "RESTIC_CACHE_DIR": str(self.path("restic-cache")),
            "BORG_BASE_DIR": str(self.path("borg-base")), "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        }  # fmt: skip

    def path(self, name: str) -> Path:
        return self.folder / name

    @property
    def disk(self) -> Path:
        return self.path("disk.img")

    def run(self, *command: str | Path, where: Path | None = None) -> str:
        """A step that is not measured."""
        done = subprocess.run(
            [str(word) for word in command],
            check=False,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=where,
        )
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done.stdout

    def measure(self, name: str, *command: str | Path, where: Path | None = None) -> None:
        """Run a command and keep what it cost."""
        notes = self.path("time.txt")
        os.sync()  # nobody pays for what the one before has left unwritten
        begin = time.perf_counter()
        out = self.run(TIME, "-q", "-o", notes, "-f", "%U %S %M", *command, where=where)
        wall = time.perf_counter() - begin
        user, system, rss = notes.read_text().split()
        facts = json.loads(out) if str(WORK) in map(str, command) else {}
        self.samples.setdefault(name, []).append(Sample(wall, float(user) + float(system), int(rss) // 1024, facts))

    def engine(self, action: str, store: str, *rest: str | Path) -> tuple[str | Path, ...]:
        return sys.executable, WORK, action, self.disk, self.path(store), *rest

    def fresh(self, *names: str) -> None:
        """Take away what an earlier round has left."""
        for name in names:
            shutil.rmtree(self.path(name), ignore_errors=True)
            self.path(name).unlink(missing_ok=True)

    def median(self, name: str, what: Callable[[Sample], float]) -> float:
        return statistics.median(map(what, self.samples[name]))


# Full


def full_vbtui(bench: Bench) -> None:
    bench.fresh("store", "store-scan")
    bench.measure("vbtui full san", *bench.engine("full", "store"))
    shutil.copytree(bench.path("store"), bench.path("store-scan"))
    bench.sizes["vbtui full san"] = allocated(bench.path("store"))


def full_vbtui_nbd(bench: Bench) -> None:
    bench.fresh("store-nbd")
    bench.measure("vbtui full nbd", *bench.engine("full-nbd", "store-nbd"))


def full_vbtui_command(bench: Bench) -> None:
    bench.fresh("store-command")
    words = ("backup", "--image", bench.disk, "--repo", bench.path("store-command"))
    bench.measure("vbtui backup --image", sys.executable, "-m", "vbtui", *words)


def full_qemu(bench: Bench) -> None:
    convert = ("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd")
    bench.fresh("disk.qcow2", "disk-w.qcow2")
    bench.measure("qemu-img convert -c", *convert, bench.disk, bench.path("disk.qcow2"))
    bench.measure("qemu-img convert -c -m 16 -W", *convert, "-m", "16", "-W", bench.disk, bench.path("disk-w.qcow2"))
    bench.sizes["qemu-img convert -c"] = allocated(bench.path("disk.qcow2"))


def full_restic(bench: Bench) -> None:
    bench.fresh("restic", "restic-cache")
    bench.run("restic", "-q", "-r", bench.path("restic"), "init")
    bench.measure("restic backup", "restic", "-q", "-r", bench.path("restic"), "backup", bench.disk)
    bench.sizes["restic backup"] = allocated(bench.path("restic"))


def full_borg(bench: Bench) -> None:
    bench.fresh("borg", "borg-base")
    bench.run("borg", "init", "-e", "none", bench.path("borg"))
    bench.measure("borg create", *_borg_create(bench, "full"))
    bench.sizes["borg create"] = allocated(bench.path("borg"))


def full_zstd(bench: Bench) -> None:
    bench.measure("zstd -T2 -1", "zstd", "-q", "-f", "-T2", "-1", bench.disk, "-o", bench.path("disk.zst"))
    bench.sizes["zstd -T2 -1"] = allocated(bench.path("disk.zst"))


def full_nbdcopy(bench: Bench) -> None:
    """Plain bytes over NBD, neither compressed nor hashed: what the transport alone takes."""
    server = ("[", "qemu-nbd", "-r", "-f", "raw", bench.disk, "]")
    bench.fresh("out-nbdcopy")
    bench.measure("nbdcopy", "nbdcopy", "--", *server, bench.path("out-nbdcopy"))


def floor(bench: Bench) -> None:
    bench.measure("floor: compression alone", *bench.engine("floor", "store"))


# Incremental


def incremental_vbtui(bench: Bench) -> None:
    bench.measure("vbtui incremental cbt", *bench.engine("cbt", "store"))
    bench.measure("vbtui incremental scan", *bench.engine("scan", "store-scan"))


def incremental_restic(bench: Bench) -> None:
    bench.measure("restic incremental", "restic", "-q", "-r", bench.path("restic"), "backup", bench.disk)


def incremental_borg(bench: Bench) -> None:
    bench.measure("borg incremental", *_borg_create(bench, "next"))


# Restore


def restore_vbtui(bench: Bench) -> None:
    bench.fresh("out-vbtui")
    bench.measure("vbtui restore", *bench.engine("restore", "store", bench.path("out-vbtui")))


def restore_restic(bench: Bench) -> None:
    bench.fresh("out-restic")
    bench.measure(
        "restic restore", "restic", "-q", "-r", bench.path("restic"), "restore", "latest", "--target",
        bench.path("out-restic"),
    )  # fmt: skip


def restore_borg(bench: Bench) -> None:
    bench.fresh("out-borg")
    bench.path("out-borg").mkdir()
    archive = f"{bench.path('borg')}::next"
    bench.measure("borg extract", "borg", "extract", "--sparse", archive, where=bench.path("out-borg"))


def restore_qemu(bench: Bench) -> None:
    bench.fresh("out-qemu")
    bench.measure("qemu-img qcow2 -> raw", "qemu-img", "convert", "-O", "raw", bench.path("disk.qcow2"),
                  bench.path("out-qemu"))  # fmt: skip


# Verify


def verify_vbtui(bench: Bench) -> None:
    bench.measure("vbtui verify", *bench.engine("verify", "store"))


def verify_restic(bench: Bench) -> None:
    words = ("-r", bench.path("restic"), "check", "--read-data")
    bench.measure("restic check --read-data", "restic", "-q", *words)


def verify_borg(bench: Bench) -> None:
    bench.measure("borg check --verify-data", "borg", "check", "--verify-data", bench.path("borg"))


def verify_qemu(bench: Bench) -> None:
    """Against the image that was restored from it: the disk itself has changed since."""
    bench.measure("qemu-img compare", "qemu-img", "compare", "-q", "-F", "raw", bench.path("disk.qcow2"),
                  bench.path("out-qemu"))  # fmt: skip


def _borg_create(bench: Bench, archive: str) -> tuple[str | Path, ...]:
    """The settings under which borg is fastest on such a disk (measured): fixed blocks, holes skipped."""
    settings = ("--sparse", "--chunker-params", "fixed,1048576", "-C", "zstd,1")
    return "borg", "create", *settings, f"{bench.path('borg')}::{archive}", bench.disk


MEASUREMENTS: dict[str, tuple[Callable[[Bench], None], ...]] = {
    "full": (
        full_vbtui,
        full_qemu,
        full_vbtui_nbd,
        full_restic,
        full_vbtui_command,
        full_borg,
        full_zstd,
        full_nbdcopy,
        floor,
    ),
    "incremental": (incremental_vbtui, incremental_restic, incremental_borg),
    "restore": (restore_vbtui, restore_restic, restore_borg, restore_qemu),
    "verify": (verify_vbtui, verify_restic, verify_borg, verify_qemu),
}
"""In the order of a round; 5 % of the disk change before `incremental`."""

_NEEDED_FIRST = (full_vbtui, full_restic, full_borg, full_qemu, incremental_vbtui, incremental_restic,
                 incremental_borg, restore_qemu)  # fmt: skip
"""What later parts read; run once where only those are asked for."""


@dataclass(frozen=True)
class Budget:
    """`own` at most `limit` times the fastest of the peers."""

    own: str
    peers: tuple[str, ...]
    limit: float


BUDGETS = (
    Budget("vbtui full san", ("qemu-img convert -c",), 0.35),
    Budget("vbtui full san", ("qemu-img convert -c -m 16 -W",), 0.75),
    Budget("vbtui full san", ("restic backup",), 0.4),
    Budget("vbtui full san", ("borg create",), 0.5),
    Budget("vbtui full nbd", ("vbtui full san",), 1.3),
    Budget("vbtui incremental cbt", ("borg incremental",), 0.25),
    Budget("vbtui incremental scan", ("borg incremental",), 0.8),
    Budget("vbtui restore", ("restic restore", "borg extract", "qemu-img qcow2 -> raw"), 1.0),
    Budget("vbtui verify", ("restic check --read-data", "borg check --verify-data", "qemu-img compare"), 0.4),
)
MEMORY_BUDGET = 64
"""MiB above the interpreter with its imports."""


def print_tables(bench: Bench) -> None:
    print(f"\n{'':32}{'wall s':>9}{'min':>8}{'cpu s':>8}{'RSS MiB':>9}{'out MiB':>9}")
    for name, samples in bench.samples.items():
        row = f"{name:32}{bench.median(name, lambda one: one.wall):9.2f}{min(one.wall for one in samples):8.2f}"
        row += f"{bench.median(name, lambda one: one.cpu):8.2f}{max(one.rss for one in samples):9}"
        print(row + (f"{bench.sizes[name] // MIB:9}" if name in bench.sizes else ""))
        if samples[-1].facts:
            print(" " * 6 + ", ".join(f"{key} {value}" for key, value in samples[-1].facts.items()))
    print(f"\n{'budget':62}{'wall':>7}{'cpu':>7}{'limit':>7}")
    for budget in BUDGETS:
        peers = [peer for peer in budget.peers if peer in bench.samples]
        if budget.own not in bench.samples or not peers:
            continue
        fastest = min(peers, key=lambda peer: bench.median(peer, lambda one: one.wall))
        wall, cpu = (
            bench.median(budget.own, what) / max(0.01, bench.median(fastest, what))
            for what in (lambda one: one.wall, lambda one: one.cpu)
        )
        met = "ok" if wall <= budget.limit else "MISSED"
        print(f"{budget.own + ' / ' + fastest:62}{wall:7.2f}{cpu:7.2f}{budget.limit:7.2f}  {met}")
    for name, samples in bench.samples.items():
        memory = [int(str(one.facts["memory"])) for one in samples if "memory" in one.facts]
        if memory and not name.startswith("floor"):
            met = "ok" if max(memory) <= MEMORY_BUDGET else "MISSED"
            print(f"{name + ': MiB above the imports':62}{max(memory):7}{'':7}{MEMORY_BUDGET:7}  {met}")
    if "floor: compression alone" in bench.samples and "vbtui full san" in bench.samples:
        facts = [one.facts for one in bench.samples["floor: compression alone"]]
        least = statistics.median(float(str(one["wall"])) for one in facts)
        print(f"floor (compression of {facts[-1]['unique']} MiB alone, all cores): {least:.2f} s; a full copy takes "
              f"{bench.median('vbtui full san', lambda one: one.wall) / least:.2f} times as long")  # fmt: skip


def is_equal(bench: Bench) -> str:
    """Whether what was restored is the disk."""
    restored = bench.path("out-vbtui")
    if not restored.exists():
        return "not restored"
    same = {hashlib.file_digest(path.open("rb"), "blake2b").hexdigest() for path in (restored, bench.disk)}
    return "equal" if len(same) == 1 else "DIFFERENT"


def main() -> None:
    parser = argparse.ArgumentParser(description="The engine against other tools.")
    parser.add_argument("--size", type=int, default=2048, metavar="MEBIBYTES")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="512 MiB and one round")
    parser.add_argument("--only", nargs="+", choices=tuple(MEASUREMENTS), default=tuple(MEASUREMENTS))
    parser.add_argument("--folder", type=Path, help="where the disk and the repositories are made")
    chosen = parser.parse_args()
    missing = [tool for tool in PEERS if shutil.which(tool) is None and not Path("/usr/sbin", tool).exists()]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; Debian: apt-get install {PACKAGES}")
    mebibytes, rounds = (512, 1) if chosen.quick else (chosen.size, chosen.rounds)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        bench = Bench(Path(name))
        build_disk(bench.folder, mebibytes)
        bench.run(*bench.engine("track", "store"))
        for number in range(rounds):
            for part, steps in MEASUREMENTS.items():
                if part == "incremental":
                    bench.run(*bench.engine("change", "store", str(number)))
                for step in steps:
                    if part in chosen.only or (number == 0 and step in _NEEDED_FIRST):
                        step(bench)
        print(f"disk {mebibytes} MiB, {allocated(bench.disk) // MIB} MiB in use, {rounds} rounds, medians; "
              f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")  # fmt: skip
        print_tables(bench)
        print(f"restored disk: {is_equal(bench)}")


if __name__ == "__main__":
    main()
