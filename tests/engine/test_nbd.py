"""The network service speaks NBD: strangers' clients read it, hostile ones break nothing, ours trusts no server."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vbtui.engine import LiveDisk, LoopbackNetwork, NbdReader, NbdServer, TextExport, list_exports, read_configuration
from vbtui.engine.errors import PeerLost, ProtocolError, RefusedByServer
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.wire import receive, send_all
from vbtui.vocabulary import Connection, MiB, Service

NFC = Service.parse("tcp/902")
TO_HOST = Connection("px", "host", NFC)


@dataclass
class Host:
    network: LoopbackNetwork
    server: NbdServer
    image: Path
    disk: LiveDisk

    def uri(self, export: str = "") -> str:
        return f"nbd://127.0.0.1:{self.network.port('host', NFC)}/{export}"

    def session(self) -> socket.socket:
        """A bare connection, past the greeting."""
        sock = self.network.connect(TO_HOST)
        receive(sock, nbd.GREETING.size)
        send_all(sock, nbd.LONG.pack(3))
        return sock


@pytest.fixture
def host(network: LoopbackNetwork, sample: Callable[..., Path]) -> Iterator[Host]:
    image = sample("disk.img", 6)
    disk = LiveDisk(image)
    server = NbdServer(network, "host", NFC)
    server.add_export("vm/disk.img", disk.create_snapshot())
    server.add_export("vm/vm.vmx", TextExport('displayName = "vm"\n'))
    yield Host(network, server, image, disk)
    server.close()
    network.close()
    disk.commit()  # no client has left a hold behind
    disk.close()


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nbdinfo_lists_every_export_as_read_only_and_shareable(host: Host) -> None:
    found = json.loads(run(tool("nbdinfo"), "--list", "--json", host.uri()))
    assert found["protocol"] == "newstyle-fixed"
    exports = {export["export-name"]: export for export in found["exports"]}
    assert set(exports) == {"vm/disk.img", "vm/vm.vmx"}
    disk = exports["vm/disk.img"]
    assert (disk["export-size"], disk["is_read_only"], disk["can_multi_conn"]) == (6 * MiB, True, True)
    assert not disk["can_trim"]
    assert not disk["can_zero"]


def test_nbdcopy_reads_the_disk_over_several_connections(host: Host, tmp_path: Path) -> None:
    run(tool("nbdcopy"), "--connections=4", host.uri("vm/disk.img"), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == host.image.read_bytes()
    run(tool("nbdcopy"), host.uri("vm/vm.vmx"), tmp_path / "vmx")
    assert (tmp_path / "vmx").read_text() == 'displayName = "vm"\n'


def test_qemu_img_sees_the_same_disk(host: Host) -> None:
    out = run(tool("qemu-img"), "compare", "-f", "raw", "-F", "raw", host.uri("vm/disk.img"), host.image)
    assert "identical" in out


def test_our_client_reads_any_range_and_the_configuration(host: Host) -> None:
    reader = NbdReader(host.network, TO_HOST, "vm/disk.img")
    content = host.image.read_bytes()
    picks = random.Random(1)
    ranges = [(0, 1), (0, 6 * MiB), (6 * MiB - 1, 1)]
    ranges += [(start := picks.randrange(6 * MiB), picks.randrange(1, 6 * MiB - start + 1)) for _ in range(20)]
    for offset, length in ranges:
        buffer = bytearray(length)
        reader.read_into(offset, memoryview(buffer))
        assert buffer == content[offset : offset + length]
    with pytest.raises(RefusedByServer) as refused:
        reader.read_into(6 * MiB - 1, memoryview(bytearray(2)))
    assert refused.value.error == nbd.NbdError.EINVAL
    reader.close()
    reader.close()
    assert read_configuration(host.network, TO_HOST, "vm/vm.vmx") == 'displayName = "vm"\n'
    assert list_exports(host.network, TO_HOST) == ("vm/disk.img", "vm/vm.vmx")


def test_an_unknown_export_is_refused_by_name(host: Host) -> None:
    with pytest.raises(RefusedByServer) as refused:
        NbdReader(host.network, TO_HOST, "vm/other.img")
    assert (refused.value.export, refused.value.error) == ("vm/other.img", nbd.Reply.ERR_UNKNOWN)
    host.server.remove_export("vm/vm.vmx")
    with pytest.raises(RefusedByServer):
        read_configuration(host.network, TO_HOST, "vm/vm.vmx")


def option(sock: socket.socket, number: int, data: bytes) -> tuple[int, bytes]:
    send_all(sock, nbd.OPTION.pack(nbd.OPTION_MAGIC, number, len(data)) + data)
    magic, answered, kind, length = nbd.OPTION_REPLY.unpack(receive(sock, nbd.OPTION_REPLY.size))
    assert (magic, answered) == (nbd.OPTION_REPLY_MAGIC, number)
    return kind, receive(sock, length)


@pytest.mark.parametrize(
    ("number", "data", "reply"),
    [
        (nbd.Option.STRUCTURED_REPLY, b"x", nbd.Reply.ERR_INVALID),
        (nbd.Option.STARTTLS, b"", nbd.Reply.ERR_UNSUP),
        (nbd.Option.SET_META_CONTEXT, b"anything", nbd.Reply.ERR_INVALID),
        (nbd.Option.SET_META_CONTEXT, b"\0\0\0\1x\0\0\0\0", nbd.Reply.ERR_INVALID),
        (11, b"anything", nbd.Reply.ERR_UNSUP),
        (2**32 - 1, bytes(65536), nbd.Reply.ERR_UNSUP),
        (nbd.Option.LIST, b"x", nbd.Reply.ERR_INVALID),
        (nbd.Option.GO, b"", nbd.Reply.ERR_INVALID),
        (nbd.Option.GO, b"\xff\xff\xff\xff\0\0", nbd.Reply.ERR_INVALID),
        (nbd.Option.GO, b"\0\0\0\1x\xff\xff", nbd.Reply.ERR_INVALID),
        (nbd.Option.INFO, b"\0\0\0\1x\0\0", nbd.Reply.ERR_UNKNOWN),
        (nbd.Option.GO, b"\0\0\0\2\xff\xfe\0\0", nbd.Reply.ERR_UNKNOWN),
    ],
)
def test_a_wrong_option_is_refused_and_the_session_goes_on(host: Host, number: int, data: bytes, reply: int) -> None:
    with host.session() as sock:
        assert option(sock, number, data) == (reply, b"")
        assert option(sock, nbd.Option.ABORT, b"") == (nbd.Reply.ACK, b"")
        assert sock.recv(1) == b""


def test_the_oldest_way_to_choose_an_export_works_with_and_without_zeroes(host: Host) -> None:
    for flags, tail in ((3, 0), (1, 124)):
        with host.network.connect(TO_HOST) as sock:
            receive(sock, nbd.GREETING.size)
            send_all(sock, nbd.LONG.pack(flags) + nbd.OPTION.pack(nbd.OPTION_MAGIC, 1, 9) + b"vm/vm.vmx")
            assert struct.unpack(">QH", receive(sock, 10)) == (19, 1 | 2 | 256)
            assert receive(sock, tail) == bytes(tail)
            send_all(sock, nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, nbd.Command.READ, 77, 0, 11))
            assert receive(sock, 16) == nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, 77)
            assert receive(sock, 11) == b"displayName"


@pytest.mark.parametrize(
    ("command", "flags", "offset", "length", "error"),
    [
        (nbd.Command.READ, 0, 0, 0, nbd.NbdError.EINVAL),
        (nbd.Command.READ, 0, 0, nbd.MAX_REQUEST + 1, nbd.NbdError.EINVAL),
        (nbd.Command.READ, 0, 2**64 - 1, 2, nbd.NbdError.EINVAL),
        (nbd.Command.READ, 0, 6 * MiB, 1, nbd.NbdError.EINVAL),
        (nbd.Command.READ, 4, 0, 512, nbd.NbdError.EINVAL),
        (nbd.Command.WRITE, 0, 0, 5, nbd.NbdError.EPERM),
        (nbd.Command.TRIM, 0, 0, 512, nbd.NbdError.EPERM),
        (nbd.Command.WRITE_ZEROES, 0, 0, 2**32 - 1, nbd.NbdError.EPERM),
        (nbd.Command.FLUSH, 0, 0, 0, nbd.NbdError.EINVAL),
        (99, 0, 0, 0, nbd.NbdError.EINVAL),
    ],
)
def test_a_wrong_request_is_answered_and_changes_nothing(
    host: Host, command: int, flags: int, offset: int, length: int, error: int
) -> None:
    before = host.image.read_bytes()
    with host.session() as sock:
        send_all(sock, nbd.OPTION.pack(nbd.OPTION_MAGIC, 1, 11) + b"vm/disk.img")
        receive(sock, 10)
        payload = b"wrong" if command == nbd.Command.WRITE else b""
        send_all(sock, nbd.REQUEST.pack(nbd.REQUEST_MAGIC, flags, command, 5, offset, length) + payload)
        assert receive(sock, 16) == nbd.REPLY.pack(nbd.REPLY_MAGIC, error, 5)
        send_all(sock, nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, nbd.Command.READ, 6, 0, 512))
        assert receive(sock, 16 + 512)[16:] == before[:512]
    assert host.image.read_bytes() == before


CHOSEN = nbd.LONG.pack(3) + nbd.OPTION.pack(nbd.OPTION_MAGIC, 1, 11) + b"vm/disk.img"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0",
        nbd.LONG.pack(0xFFFFFFFF),
        nbd.LONG.pack(0),
        nbd.LONG.pack(3) + b"GET / HTTP/1.1\r\n\r\n",
        nbd.LONG.pack(3) + nbd.OPTION.pack(nbd.OPTION_MAGIC, 7, 2**32 - 1),
        nbd.LONG.pack(3) + nbd.OPTION.pack(nbd.OPTION_MAGIC, 7, 100) + b"short",
        nbd.LONG.pack(3) + nbd.OPTION.pack(nbd.OPTION_MAGIC, 1, 5) + b"other",
        nbd.LONG.pack(3) + nbd.OPTION.pack(nbd.OPTION_MAGIC, 10, 0) * 65,
        CHOSEN + bytes(28),
        CHOSEN + nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, 1, 1, 0, 2**32 - 1),
        CHOSEN + nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, 2, 1, 0, 0),
        CHOSEN + nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, 0, 1, 0, MiB),
    ],
)
def test_a_client_that_breaks_the_protocol_or_leaves_is_hung_up_on(host: Host, data: bytes) -> None:
    stranger = socket.create_connection(("127.0.0.1", host.network.port("host", NFC)), timeout=10)
    with stranger, contextlib.suppress(OSError):  # hung up on in the middle of it, perhaps
        stranger.sendall(data)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(65536):
            pass
    # And the next client is served as if nothing had been.
    assert read_configuration(host.network, TO_HOST, "vm/vm.vmx").startswith("displayName")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        bytes(18),
        nbd.GREETING.pack(nbd.NBD_MAGIC, nbd.OPTION_MAGIC, 0),
        b"greeting" + bytes(20),
        b"greeting" + nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, 7, 3, 2**32 - 1),
        b"greeting" + nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, 7, 3, 1) + b"x",
        b"greeting" + nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, 7, 1, 0),
        b"greeting" + nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, 7, 3, 12) + nbd.EXPORT_INFO.pack(0, 2**64 - 1, 3),
        b"greeting"
        + nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, 7, 3, 12)
        + nbd.EXPORT_INFO.pack(0, 2**40, 3)
        + nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, 7, 1, 0),
    ],
)
def test_our_client_trusts_no_server(network: LoopbackNetwork, answer: bytes) -> None:
    greeting = nbd.GREETING.pack(nbd.NBD_MAGIC, nbd.OPTION_MAGIC, 3)

    def hostile(sock: socket.socket) -> None:
        send_all(sock, answer.replace(b"greeting", greeting))
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass

    network.listen("host", NFC, hostile)
    with pytest.raises((ProtocolError, PeerLost)):
        read_configuration(network, TO_HOST, "vm.vmx")
