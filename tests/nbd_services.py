"""Both ends of NBD for tests: our server with sources that are known to the byte, and other people's servers.

In: a source as bytes and extents. Out: addresses, readers, and programs that must be installed or the test says so.
Never here: what a test expects of them.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from vbtui.engine import Extent, LoopbackNetwork, NbdReader, NbdServer
from vbtui.vocabulary import Connection, Service

NFC = Service.parse("tcp/902")
TO_HOST = Connection("px", "host", NFC)
SYSTEM_PYTHON = "/usr/bin/python3"
"""Has Debian's libnbd bindings, which are on no package index."""


@dataclass
class MemorySource:
    """A disk in memory. What lies outside `allocated` is zeros; reading `broken` bytes fails."""

    content: bytes
    allocated: tuple[Extent, ...]
    changed: tuple[Extent, ...] | None = None
    broken: range = range(0)
    held: list[str] = field(default_factory=list)
    reads: list[Extent] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.content)

    def read_into(self, offset: int, view: memoryview) -> None:
        self.reads.append(Extent(offset, len(view)))
        if offset < self.broken.stop and self.broken.start < offset + len(view):
            raise OSError(5, "broken on purpose")
        view[:] = self.content[offset : offset + len(view)]

    def extents(self) -> tuple[Extent, ...]:
        return self.allocated

    def dirty(self) -> tuple[Extent, ...] | None:
        return self.changed

    def hold(self, holder: str) -> None:
        self.held.append(holder)

    def let_go(self, holder: str) -> None:
        self.held.remove(holder)


def sparse_source(
    size: int, allocated: tuple[Extent, ...], changed: tuple[Extent, ...] | None = None, *, broken: range = range(0)
) -> MemorySource:
    """A source whose allocated bytes are never zero, and tell their place."""
    content = bytearray(size)
    for extent in allocated:
        content[extent.offset : extent.end] = bytes(
            1 + (place >> 9) % 255 for place in range(extent.offset, extent.end)
        )
    return MemorySource(bytes(content), allocated, changed, broken)


@dataclass
class Service902:
    """Our server at the node `host`, with one export called `disk`."""

    network: LoopbackNetwork
    server: NbdServer
    source: MemorySource

    def uri(self, export: str = "disk") -> str:
        return f"nbd://127.0.0.1:{self.port}/{export}"

    @property
    def port(self) -> int:
        return self.network.port("host", NFC)

    def reader(self) -> NbdReader:
        return NbdReader(self.network, TO_HOST, "disk")


def serving(network: LoopbackNetwork, source: MemorySource) -> Service902:
    server = NbdServer(network, "host", NFC)
    server.add_export("disk", source)
    return Service902(network, server, source)


def tool(name: str) -> str:
    """The path of a program. Skips the test if it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str | Path, code: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout


def nbdsh(uri: str, *lines: str) -> str:
    """A script over libnbd's Python bindings; `h` is a handle that is not yet connected, `uri` the address."""
    tool("nbdsh")
    script = ["import sys, nbd", "h = nbd.NBD()", f"uri = {uri!r}", *lines]
    return run(SYSTEM_PYTHON, "-c", "\n".join(script))


@contextmanager
def qemu_nbd(*arguments: str | Path) -> Iterator[str]:
    """qemu's server at a port of loopback: its address, without an export. Ends with the context."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with _activated(listener, "qemu-nbd", "--read-only", *arguments):
            yield f"nbd://127.0.0.1:{port}/"


@contextmanager
def nbdkit(folder: Path, *arguments: str | Path) -> Iterator[str]:
    """nbdkit with a plugin and filters, at a Unix socket in `folder`: its address. Ends with the context."""
    path = folder / "nbdkit socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with _activated(listener, "nbdkit", "--foreground", *arguments):
            yield f"nbd+unix:///?socket={quote(str(path))}"


@contextmanager
def _activated(listener: socket.socket, program: str, *arguments: str | Path) -> Iterator[None]:
    """A server on a socket that listens already (systemd's socket activation), so that nobody waits for it to be up."""
    inherit = f'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&{listener.fileno()}'
    command = ["bash", "-c", inherit, "bash", tool(program), *map(str, arguments)]
    with subprocess.Popen(command, pass_fds=[listener.fileno()], stderr=subprocess.PIPE, text=True) as server:
        # The server's alone from here on: if it does not come up, its clients are refused instead of left waiting.
        listener.close()
        try:
            yield
        finally:
            # Not asked to end: nbdkit would first answer what a client has asked for, also one that does not listen.
            server.kill()
