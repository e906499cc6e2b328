"""Network namespaces in a row, with real firewalls in them and real packets through them.

    client (host firewall) -- core -- edge -- server (host firewall)

Whole prefixes are local to the client and the server (AnyIP), so every address can ask and answer. Only the firewalls
look at packets: no NAT. Every object made here is removed by `close`.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE, bounded, outlasting

Shot = tuple[str, int, str, str, int]
"""Source address and port, destination address, protocol, port."""

SCRIPTS = Path(__file__).parent / "firewall" / "kernel"

NO_NAMESPACES = "VBTUI_NO_NETNS"
"""Environment: `1` says that there are no network namespaces here and that this is known."""


def require_kernel() -> None:
    """Skip where nobody can expect a kernel to compare with; fail where root has one missing and nobody said so."""
    if os.environ.get(NO_NAMESPACES) == "1":
        pytest.skip(f"no kernel to compare with: {NO_NAMESPACES}=1")
    if os.geteuid() != 0:
        pytest.skip("no kernel to compare with: not root")
    if (missing := _missing()) is not None:
        pytest.fail(f"no kernel to compare with: {missing}; {NO_NAMESPACES}=1 leaves this comparison out")


def _missing() -> str | None:
    for program in ("ip", "nft", "iptables-restore", "ip6tables-restore"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    name = f"vbt{os.getpid()}try"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False, timeout=PATIENCE)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False, timeout=PATIENCE)
    return None if tried.returncode == 0 else f"ip netns add: {tried.stderr.strip()}"


CLEAR = """\
printf '*filter\\n:INPUT ACCEPT\\n:FORWARD ACCEPT\\n:OUTPUT ACCEPT\\nCOMMIT\\n' | iptables-restore
printf '*filter\\n:INPUT ACCEPT\\n:FORWARD ACCEPT\\n:OUTPUT ACCEPT\\nCOMMIT\\n' | ip6tables-restore
nft flush ruleset
"""
"""Whichever of its two backends iptables has here."""


def loading(program: str, document: str) -> str:
    """Shell text that feeds a document to `nft -f -`, `iptables-restore` or `ip6tables-restore`."""
    return f"{program} <<'END-OF-RULES'\n{document}END-OF-RULES\n"


def run_in(box: str, script: str) -> str:
    """What a shell script writes inside a namespace. Fails the test with its complaint if it fails."""
    started = _shell(box)
    return _finished(started, script)


def _shell(box: str) -> subprocess.Popen[str]:
    command = ["ip", "netns", "exec", box, "sh", "-es"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _finished(started: subprocess.Popen[str], script: str) -> str:
    with outlasting(started):
        output, complaint = started.communicate(script)
    assert started.returncode == 0, f"{complaint}\n{script}"
    return output


class SingleBox:
    """One namespace without any network, for programs that load and list rules. There may be several at a time."""

    _numbers = itertools.count(1)

    def __init__(self) -> None:
        self.name = f"vbt{os.getpid()}alone{next(self._numbers)}"

    def __enter__(self) -> SingleBox:
        subprocess.run(["ip", "netns", "add", self.name], check=True, timeout=PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False, timeout=PATIENCE)

    def run(self, script: str) -> str:
        return run_in(self.name, script)


class Boxes:
    """The four of them."""

    def __init__(self) -> None:
        self.name = f"vbt{os.getpid()}"
        self.processes: list[subprocess.Popen[str]] = []
        self.boxes = [self.name + letter for letter in "cfgs"]

    def __enter__(self) -> Boxes:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        for box in self.boxes:
            subprocess.run(["ip", "netns", "del", box], capture_output=True, check=False, timeout=PATIENCE)

    def build(self, ports: list[int]) -> None:
        """Connect the boxes, and let the server answer on `ports`."""
        client, core, edge, server = self.boxes
        self._ip("".join(f"netns add {box}\n" for box in self.boxes))
        quiet = ["net.ipv4.icmp_ratelimit=0", "net.ipv4.icmp_ratemask=0", "net.ipv6.icmp.ratelimit=0"]
        quiet += ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.default.accept_dad=0"]
        quiet += ["net.ipv6.ip_nonlocal_bind=1"]
        for box in self.boxes:
            run_in(box, f"sysctl -qw {' '.join(quiet)}\nip link set lo up\n")
        for number, (left, right) in enumerate(zip(self.boxes, self.boxes[1:], strict=False)):
            self._ip(f"link add r{number} netns {left} type veth peer name l{number} netns {right}\n")
            for box, end, host in ((left, f"r{number}", 1), (right, f"l{number}", 2)):
                self._ip(
                    f"link set {end} up\n"
                    f"addr add 192.168.{number}.{host}/30 dev {end}\n"
                    f"addr add fd00:f:{number}::{host}/64 dev {end} nodad\n",
                    box,
                )
        self._ip("route add local 10.0.0.0/9 dev lo\nroute add local fd00:a::/32 dev lo\n", client)
        self._ip("route add local 10.128.0.0/9 dev lo\nroute add local fd00:b::/32 dev lo\n", server)
        self._ip("route add default via 192.168.0.2\nroute add default via fd00:f:0::2\n", client)
        self._ip("route add default via 192.168.2.1\nroute add default via fd00:f:2::1\n", server)
        for box, onward, back in ((core, 1, 0), (edge, 2, 1)):
            self._ip(
                f"route add 10.128.0.0/9 via 192.168.{onward}.2\nroute add fd00:b::/32 via fd00:f:{onward}::2\n"
                f"route add 10.0.0.0/9 via 192.168.{back}.1\nroute add fd00:a::/32 via fd00:f:{back}::1\n",
                box,
            )
        echo = self._start(server, "echo.py", *map(str, ports))
        with bounded(echo):
            assert echo.stdout is not None and echo.stdout.readline() == "ready\n"
        self._prober = self._start(client, "prober.py")

    def load(self, scripts: list[str]) -> None:
        """One shell text for each box, after all older rules and all memory of connections are gone."""
        forget = f"{sys.executable} -I {SCRIPTS / 'forget.py'}\n"
        started = [_shell(box) for box in self.boxes]
        for process, script in zip(started, scripts, strict=True):
            _finished(process, CLEAR + script + forget)

    def shoot(self, shots: list[Shot], seconds: float) -> list[str]:
        """What became of each shot, all fired at once: allow, deny (nothing heard for so many seconds) or reject."""
        assert self._prober.stdin is not None and self._prober.stdout is not None
        with bounded(self._prober, patience=PATIENCE + seconds):
            self._prober.stdin.write(json.dumps([seconds, shots]) + "\n")
            self._prober.stdin.flush()
            answers: list[str] = json.loads(self._prober.stdout.readline())
        return answers

    def _start(self, box: str, script: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            ["ip", "netns", "exec", box, sys.executable, "-I", str(SCRIPTS / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def _ip(self, batch: str, box: str | None = None) -> None:
        command = ["ip", *(["-n", box] if box else []), "-batch", "-"]
        done = subprocess.run(command, input=batch, capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.returncode == 0, f"{command}: {done.stderr}\n{batch}"
