"""What the walkthrough costs and how soon it answers: the real app in a real pseudo-terminal, 200x60.

    python tests/bench/bench_ui.py [--seconds 6] [--rounds 3] [--only WORD]

* Moving pictures: 40 packets at 30 pictures a second, on a company of about 36 machines and on one of 2,000; no walk
  moves so much, so the canvas of the walkthrough stands alone on a screen for it (`moving_picture.py`).
* The walkthrough: playing as it is delivered, at rest, and under 200 keys, each counted until the picture with the
  place that it leads to is complete.
* Opening: from the start of the process to the first picture, and to the answer of a key that was typed before it.
* 2,000 machines: memory. 10,000 VMs: opening.

CPU is user and system time of the app's process, as a share of one core; it says the same on a machine that others use
as well. Seconds are the wall's, the best and the median of the rounds. The limits are those of the design.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.terminal import Cost, Terminal

from vbtui.topology.generate import CompanySize, generate

COLUMNS, ROWS = 200, 60
VBTUI = [sys.executable, "-m", "vbtui"]
MOVING = [sys.executable, str(Path(__file__).with_name("moving_picture.py"))]
EVENTS = 119
"""Of the classroom's job."""
KEYS = 200
MIB = 1 << 20

DOZENS = CompanySize(vms=24, hosts=12, proxies=8, repositories=5, rules=40)
"""With vCenter, servers and datastores about 36 boxes stand beside each other."""
TWO_THOUSAND = CompanySize(vms=1200, hosts=560, proxies=180, repositories=60, rules=200)
TEN_THOUSAND_VMS = CompanySize(vms=10_000, hosts=400, proxies=60, repositories=16, rules=500)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    found: str
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the measurement works, and how long."""

    folder: Path
    seconds: float
    rounds: int

    def company(self, name: str, size: CompanySize) -> str:
        file = self.folder / f"{name}.yaml"
        if not file.exists():
            file.write_text(generate(size, seed=3), encoding="utf-8")
        return str(file)

    def terminal(self, *command: str) -> Terminal:
        """The app, with nothing remembered from before and every colour."""
        shutil.rmtree(self.folder / "state", ignore_errors=True)  # or it would go on where the last one was left
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SSH_", "TMUX", "VBTUI_"))},
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
        }
        environment.pop("NO_COLOR", None)
        return Terminal(command, environment, COLUMNS, ROWS)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6.0, help="how long a moving picture is watched")
    parser.add_argument("--rounds", type=int, default=3, help="how often the app is opened")
    parser.add_argument("--only", default="", help="measure only what has this word in its name")
    options = parser.parse_args()
    measurements = (moving_dozens, moving_thousands, playing, at_rest, keys, opening, large_keys, memory, ten_thousand)
    print(f"{'':52}{'found':>34}   limit")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder), options.seconds, options.rounds)
        for measure in measurements:
            if options.only in measure.__name__:
                for line in measure(place):
                    print(f"{line.what:52}{line.found:>34}   {line.limit}", flush=True)
    return 0


def moving_dozens(place: Place) -> Iterator[Line]:
    yield from _moving(place, "40 packets, 36 machines, 30/s", place.company("dozens", DOZENS))


def moving_thousands(place: Place) -> Iterator[Line]:
    yield from _moving(place, "40 packets, 2,000 machines, 30/s", place.company("thousands", TWO_THOUSAND))


def _moving(place: Place, what: str, company: str) -> Iterator[Line]:
    with place.terminal(*MOVING, company) as terminal:
        terminal.wait_for(b"902", 120)
        terminal.watch(1.0)
        yield _cost(what, terminal.watch(place.seconds), "<= 20 % at 30/s")


def playing(place: Place) -> Iterator[Line]:
    with place.terminal(*VBTUI, "play", "classroom") as terminal:
        terminal.wait_for(f"/{EVENTS}".encode())
        terminal.quiet()
        terminal.write(b" ")
        yield _cost("the classroom's walk, playing at 15/s", terminal.watch(place.seconds), "<= 20 %")


def at_rest(place: Place) -> Iterator[Line]:
    with place.terminal(*VBTUI, "play", "classroom") as terminal:
        terminal.wait_for(f"/{EVENTS}".encode())
        terminal.write(b"\x1b[C")
        terminal.quiet(2.0)
        cost = terminal.watch(3.0)
        found = f"{cost.cpu_seconds * 1000:.0f} ms CPU, {cost.bytes} bytes in 3 s"
        yield Line("at rest", found, "no CPU, no output")


def _cost(what: str, cost: Cost, limit: str) -> Line:
    found = f"{cost.share:.1%} CPU, {cost.pictures_per_second:.1f}/s, {cost.kibibytes_per_picture:.1f} KiB"
    return Line(what, found, limit)


def keys(place: Place) -> Iterator[Line]:
    with place.terminal(*VBTUI, "play", "classroom") as terminal:
        terminal.wait_for(f"/{EVENTS}".encode())
        terminal.quiet()
        yield _answers("a key of the classroom's walk", _walked(terminal, EVENTS))


def large_keys(place: Place) -> Iterator[Line]:
    with place.terminal(*VBTUI, "play", place.company("thousands", TWO_THOUSAND)) as terminal:
        terminal.wait_for(b" 1/", 120)
        terminal.quiet()
        yield _answers("a key with 2,000 machines", _walked(terminal, None))


def _walked(terminal: Terminal, events: int | None) -> list[float]:
    """Seconds until the answer of each key: forth event by event, finishing each movement, then back."""
    found = []
    half = KEYS // 2 if events is None else min(KEYS // 2, events - 1)
    for number in range(2, half + 2):
        terminal.write(b"\x1b[C")
        found.append(terminal.wait_for(f"{number}/".encode()))
        terminal.write(b"\x1b[C")
        terminal.quiet(0.12)
    for number in range(half, 0, -1):
        terminal.write(b"\x1b[D")
        found.append(terminal.wait_for(f"{number}/".encode()))
        terminal.quiet(0.05)
    return found


def _answers(what: str, seconds: list[float]) -> Line:
    ordered = sorted(seconds)
    middle, last = statistics.median(ordered), ordered[int(len(ordered) * 0.99) - 1]
    return Line(
        f"{what}, {len(seconds)} keys, p50 and p99", f"{middle * 1000:.0f} ms, {last * 1000:.0f} ms", "p99 <= 50 ms"
    )


def opening(place: Place) -> Iterator[Line]:
    firsts, readies, cpus = [], [], []
    for _ in range(place.rounds):
        with place.terminal(*VBTUI, "play", "classroom") as terminal:
            # A box of the topology: the header alone would be no picture.
            terminal.wait_for(b"vbr01")
            firsts.append(terminal.age)
            cpus.append(terminal.cpu_seconds)
        with place.terminal(*VBTUI, "play", "classroom") as terminal:
            terminal.write(b"\x1b[C")
            terminal.wait_for(f"2/{EVENTS}".encode())
            readies.append(terminal.age)
    yield Line("first picture, CPU", _seconds(cpus))
    yield Line("first picture, from the start of the process", _seconds(firsts), "<= 0.7 s")
    yield Line("walk ready: the first key is answered", _seconds(readies), "<= 1.0 s")


def memory(place: Place) -> Iterator[Line]:
    with place.terminal(*VBTUI, "play", place.company("thousands", TWO_THOUSAND)) as terminal:
        terminal.wait_for(b" 1/", 120)
        for key in (b"\x1b[C", b"\x1b[6~", b"3", b"5", b"\x1b[F"):
            terminal.write(key)
            terminal.quiet()
        yield Line("memory with 2,000 machines", f"{terminal.memory / MIB:.0f} MiB", "< 120 MiB")


def ten_thousand(place: Place) -> Iterator[Line]:
    company = place.company("ten-thousand", TEN_THOUSAND_VMS)
    found, cpus = [], []
    for _ in range(place.rounds):
        with place.terminal(*VBTUI, "play", company) as terminal:
            terminal.wait_for(b" 1/", 120)
            found.append(terminal.age)
            cpus.append(terminal.cpu_seconds)
    yield Line("opening 10,000 VMs, CPU", _seconds(cpus))
    yield Line("opening 10,000 VMs", _seconds(found), "<= 3 s")


def _seconds(found: list[float]) -> str:
    return f"{min(found):.2f} s, median {statistics.median(found):.2f} s"


if __name__ == "__main__":
    sys.exit(main())
