"""Makes the fuzzers' corpus: `python tests/engine/fuzz/make_corpus.py`, with `tests` on PYTHONPATH.

What is in it and who made it:

* `vmdk`: disks of 1 MiB by our own writer and by qemu-img in the subformats that have tables, one with small grains
  and zeroed ones made from the specification (`vmdk_images`), and descriptors with every kind of extent and a parent;
* `container`: a chain of a full and two incremental points with two disks, by our own writer;
* `clients`: what nbdinfo, nbdcopy, qemu-img and our own client say to our server;
* `servers`: what our server, qemu-nbd and nbdkit (with and without structured replies) say to our own client, and the
  oldest server that it can use, from the protocol's text.

Everything is packed with gzip, without times; point ids and sizes are fixed. A stream that is recorded anew may differ
in what a program's version says. Regressions (`regression-*`) are not made here: they are kept as they were found.
"""

from __future__ import annotations

import gzip
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from forged_points import write_states
from fuzzing import CORPUS
from nbd_services import nbdkit, qemu_nbd, serving
from nbd_sessions import SIZE, session, source
from vmdk_images import descriptor, header, qemu_image

from vbtui.engine import LoopbackNetwork, Repository, open_foreign
from vbtui.engine.disk import VmdkDisk, open_image
from vbtui.engine.disk.vmdk import create_sparse
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.vocabulary import KiB, MiB


def keep(folder: str, name: str, data: bytes) -> None:
    (CORPUS / folder).mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(data, 9, mtime=0)
    (CORPUS / folder / f"{name}.gz").write_bytes(packed)
    print(f"{folder}/{name}: {len(data)} bytes, {len(packed)} packed")  # noqa: T201 - a script for people


def lines(grain: int, size: int) -> bytes:
    """Bytes that tell their place and compress well."""
    return b"".join(struct.pack("<II", grain, place) * 8 for place in range(size // 64))


def small_grains() -> bytes:
    """A disk of 96 KiB: grains of 4 KiB, two tables of 16 entries; one has data, a hole and zeros, one is not there."""
    text = descriptor('RW 192 SPARSE "small-grains.vmdk"', create_type="monolithicSparse")
    tables = struct.pack("<16I", 9, 17, 0, 1, 25, *[0] * 11)
    parts = [
        header(sectors=192, grain=8, entries=16, flags=7, descriptor_sectors=2, redundant=3, directory=5, overhead=9),
        text.encode().ljust(1024, b"\0"),
        struct.pack("<2I", 4, 0).ljust(512, b"\0"),
        tables.ljust(512, b"\0"),
        struct.pack("<2I", 6, 0).ljust(512, b"\0"),
        tables.ljust(512, b"\0"),
        bytes(1024),
        *(lines(grain, 4 * KiB) for grain in (0, 1, 4)),
    ]
    return b"".join(parts)


def vmdks(folder: Path) -> None:
    content = bytes(64 * KiB) + lines(1, 64 * KiB) + bytes(512 * KiB) + lines(2, 100 * KiB)
    content = content.ljust(MiB, b"\0")
    for subformat in ("monolithicSparse", "streamOptimized"):
        keep("vmdk", f"{subformat}.vmdk", qemu_image(folder, subformat, content).read_bytes())
    ours = folder / "ours.vmdk"
    create_sparse(ours, MiB, content_id=0x12345678)
    disk = open_image(ours, writable=True)
    disk.write(64 * KiB, content[64 * KiB : 128 * KiB])
    disk.close()
    parent_id = f"{open_id(ours):08x}"
    keep("vmdk", "ours.vmdk", ours.read_bytes())
    keep("vmdk", "small-grains.vmdk", small_grains())
    extents = ('RW 16 FLAT "data" 2', "RW 8 ZERO", 'RDONLY 192 SPARSE "small-grains.vmdk"', "NOACCESS 8 ZERO")
    keep("vmdk", "mixed.vmdk", descriptor(*extents).encode())
    keep("vmdk", "child.vmdk", descriptor("RW 2048 ZERO", parent="ours.vmdk", parent_id=parent_id).encode())


def open_id(path: Path) -> int:
    """The content id after the last change."""
    disk = open_image(path)
    assert isinstance(disk, VmdkDisk)
    disk.close()
    return disk.content_id


def containers(folder: Path) -> None:
    repository = write_states(Repository(folder / "points"))
    for path in sorted(repository.path.glob("*.vbx")):
        keep("container", path.name, path.read_bytes())


@contextmanager
def listening_in(port: int) -> Iterator[tuple[int, bytearray, bytearray]]:
    """A port that leads to `port`, and what client and server said: of the longest session."""
    said, answered = bytearray(), bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def pump(here: socket.socket, there: socket.socket, kept: bytearray) -> None:
            try:
                while part := here.recv(65536):
                    kept += part
                    there.sendall(part)
                there.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                one, other = bytearray(), bytearray()
                with client, socket.create_connection(("127.0.0.1", port)) as server:
                    back = threading.Thread(target=pump, args=(server, client, other))
                    back.start()
                    pump(client, server, one)
                    back.join()
                if len(one) > len(said):
                    said[:], answered[:] = one, other

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], said, answered
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def clients(folder: Path) -> None:
    def command(*words: str) -> Callable[[str], None]:
        def run(uri: str) -> None:
            subprocess.run([word.replace("URI", uri) for word in words], check=True, stdout=subprocess.DEVNULL)

        return run

    out = str(folder / "out")
    programs = {
        "ours": lambda uri: session(open_foreign(uri)),
        "nbdinfo-map": command("nbdinfo", "--map", "URI"),
        "nbdinfo-list": command("nbdinfo", "--list", "URI"),
        "nbdcopy": command("nbdcopy", "--connections=1", "URI", out),
        "qemu-img": command("qemu-img", "convert", "-f", "raw", "-O", "raw", "URI", out),
    }
    with LoopbackNetwork(lambda _: True) as network:
        host = serving(network, source())
        for name, run in programs.items():
            with listening_in(host.port) as (port, said, answered):
                run(f"nbd://127.0.0.1:{port}/disk")
            keep("clients", name, bytes(said))
            if name == "ours":
                keep("servers", "ours", bytes(answered))


def servers(folder: Path) -> None:
    raw = folder / "disk.raw"
    raw.write_bytes(source().content)
    with qemu_nbd("--format=raw", raw) as uri, listening_in(int(uri.split(":")[2].strip("/"))) as (port, _, answered):
        session(open_foreign(f"nbd://127.0.0.1:{port}/"))
    keep("servers", "qemu-nbd", bytes(answered))
    for name, option in (("nbdkit", "--log=null"), ("nbdkit-simple", "--no-sr")):
        with socket.create_server(("127.0.0.1", 0)) as relay, nbdkit(folder, option, "file", raw) as uri:
            path = uri.partition("socket=")[2].replace("%20", " ")
            thread = threading.Thread(target=relay_to, args=(relay, path))
            thread.start()
            with listening_in(relay.getsockname()[1]) as (port, _, answered):
                session(open_foreign(f"nbd://127.0.0.1:{port}/"))
            thread.join()
        Path(path).unlink(missing_ok=True)
        keep("servers", name, bytes(answered))
    oldest = [
        nbd.GREETING.pack(nbd.NBD_MAGIC, nbd.OPTION_MAGIC, 1),
        *(nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, option, nbd.Reply.ERR_UNSUP, 0) for option in (8, 7)),
        struct.pack(">QH124x", SIZE, 3),
        nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, 1) + source().content[:4096],
        nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, 2) + source().content[SIZE - 5000 :],
    ]
    keep("servers", "oldest", b"".join(oldest))


def relay_to(relay: socket.socket, path: str) -> None:
    """One connection from TCP to a Unix socket."""
    client, _ = relay.accept()
    with client, socket.socket(socket.AF_UNIX) as server:
        server.connect(path)

        def back() -> None:
            while part := server.recv(65536):
                client.sendall(part)
            client.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=back)
        thread.start()
        while part := client.recv(65536):
            server.sendall(part)
        server.shutdown(socket.SHUT_WR)
        thread.join()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        vmdks(Path(made))
        containers(Path(made))
        clients(Path(made))
        servers(Path(made))
