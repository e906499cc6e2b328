"""Our client reads other people's servers: qemu-nbd and nbdkit, with what they can and what they refuse."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from nbd_services import nbdkit, qemu_nbd, run, tool

from vbtui.engine import Extent, NbdClient, NbdUri, is_nbd_uri, open_foreign
from vbtui.engine.errors import BadUri, PeerLost, ProtocolError, RefusedByServer
from vbtui.vocabulary import KiB, MiB


def everything(reader: NbdClient) -> bytes:
    data = bytearray(b"\xff" * reader.size)  # so that a hole has something to fill
    reader.read_into(0, memoryview(data))
    return bytes(data)


def in_blocks(reader: NbdClient, block: int) -> bytes:
    """As a data mover reads: each block announced while the one before is in work."""
    data = bytearray(b"\xff" * reader.size)
    for offset in range(0, reader.size, block):
        view = memoryview(data)[offset : offset + block]
        reader.read_into(offset, view)
        reader.will_read(offset + block, min(block, reader.size - offset - block))
    return bytes(data)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.truncate(4 * MiB)
        for place in (0, MiB, 3 * MiB - 64 * KiB):
            file.seek(place)
            file.write(bytes(range(1, 256)) * 514)
    return path


def test_qemu_nbd_is_read_by_its_block_status(image: Path) -> None:
    with qemu_nbd("--format=raw", "--export-name=a disk/1", "--shared=4", image) as uri:
        reader = open_foreign(f"{uri}a%20disk/1", timeout=20)
        assert everything(reader) == in_blocks(reader, MiB) == image.read_bytes()
        assert reader.dirty() is None
        extents = reader.extents()
        assert sum(extent.length for extent in extents) < MiB
        content = image.read_bytes()
        for before, after in zip((Extent(0, 0), *extents), (*extents, Extent(reader.size, 0)), strict=True):
            assert not content[before.end : after.offset].strip(b"\0")
        reader.close()


def test_qemu_nbds_dirty_bitmap_tells_what_has_changed(tmp_path: Path) -> None:
    qcow2 = tmp_path / "disk.qcow2"
    qemu_img, qemu_io = tool("qemu-img"), tool("qemu-io")
    run(qemu_img, "create", "-f", "qcow2", qcow2, "4M")
    run(qemu_io, "-c", "write -P 1 0 1M", qcow2)
    run(qemu_img, "bitmap", "--add", "--granularity=65536", qcow2, "since")
    run(qemu_io, "-c", "write -P 2 2M 128k", "-c", "write -P 3 3M 1", qcow2)
    with qemu_nbd("--format=qcow2", "--bitmap=since", qcow2) as uri:
        reader = open_foreign(uri, timeout=20, dirty_context="qemu:dirty-bitmap:since")
        assert reader.dirty() == (Extent(2 * MiB, 128 * KiB), Extent(3 * MiB, 64 * KiB))
        assert reader.extents()[0] == Extent(0, MiB)
        assert everything(reader)[2 * MiB : 2 * MiB + 2] == b"\2\2"
        reader.close()


def test_an_export_that_is_not_there_is_refused(image: Path) -> None:
    with qemu_nbd("--format=raw", "--export-name=one", image) as uri, pytest.raises(RefusedByServer) as refused:
        open_foreign(f"{uri}other", timeout=20)
    assert refused.value.export == "other"


@pytest.mark.parametrize(
    ("plugin", "size"),
    [
        (("pattern", "3M"), 3 * MiB),
        (("memory", "size=2M"), 2 * MiB),
        (("sparse-random", "size=6M", "seed=1", "percent=30", "runlength=16384"), 6 * MiB),
        (("data", "data=1 2 3 @0x100000 4"), MiB + 1),
        (("--filter=noextents", "pattern", "1M"), MiB),
        (("--no-sr", "pattern", "2M"), 2 * MiB),
        (("--mask-handshake=0", "pattern", "1M"), None),
        (("--filter=delay", "pattern", "512k", "rdelay=5ms", "delay-extents=5ms"), 512 * KiB),
        (("--filter=rate", "pattern", "256k", "rate=64M"), 256 * KiB),
    ],
)  # fmt: skip
def test_nbdkit_gives_the_bytes_that_nbdcopy_gets(tmp_path: Path, plugin: tuple[str, ...], size: int | None) -> None:
    with nbdkit(tmp_path, *plugin) as uri:
        if size is None:  # a server from before the fixed negotiation
            with pytest.raises(ProtocolError):
                open_foreign(uri, timeout=20)
            return
        run(tool("nbdcopy"), uri, tmp_path / "copy")
        expected = (tmp_path / "copy").read_bytes()
        reader = open_foreign(uri, timeout=20)
        assert reader.size == size
        assert everything(reader) == in_blocks(reader, MiB) == expected
        part = bytearray(b"\xff" * 1000)
        reader.read_into(100_001, memoryview(part))  # aligned to nothing
        assert part == expected[100_001:101_001]
        at = 0
        for extent in reader.extents():
            assert not expected[at : extent.offset].strip(b"\0")
            at = extent.end
        assert not expected[at:].strip(b"\0")
        reader.close()


@pytest.mark.parametrize(
    ("minimum", "preferred", "maximum"), [(512, 4096, 8192), (65536, 65536, 131072), (4096, 1048576, 33554432)]
)
def test_a_server_that_only_gives_whole_blocks_of_its_own_gets_such_requests(
    tmp_path: Path, minimum: int, preferred: int, maximum: int
) -> None:
    sizes = (f"blocksize-minimum={minimum}", f"blocksize-preferred={preferred}", f"blocksize-maximum={maximum}")
    # The pattern is each place's own offset, in eight bytes.
    expected = b"".join(offset.to_bytes(8, "big") for offset in range(0, 2 * MiB, 8))
    arguments = ("--filter=blocksize-policy", "pattern", "2M", *sizes, "blocksize-error-policy=error")
    with nbdkit(tmp_path, *arguments) as uri:
        reader = open_foreign(uri, timeout=20)
        assert everything(reader) == in_blocks(reader, MiB) == in_blocks(reader, 100_000) == expected
        assert reader.extents() == (Extent(0, 2 * MiB),)
        reader.close()


def test_an_error_of_the_server_names_its_errno_and_the_connection_goes_on(tmp_path: Path) -> None:
    trigger = tmp_path / "trigger"
    with nbdkit(
        tmp_path, "--filter=error", "pattern", "4M", "error-pread=EIO", "error-rate=1", f"error-file={trigger}"
    ) as uri:
        reader = open_foreign(uri, timeout=20)
        whole = everything(reader)
        trigger.touch()
        for _ in range(3):
            with pytest.raises(RefusedByServer) as refused:
                everything(reader)
            assert refused.value.error == 5
        reader.will_read(0, MiB)
        trigger.unlink()
        assert everything(reader) == whole  # what was announced and failed is asked for anew
        reader.close()


def test_a_server_that_refuses_to_tell_its_extents_is_read_whole(tmp_path: Path) -> None:
    with nbdkit(tmp_path, "--filter=error", "memory", "2M", "error-extents=EIO", "error-extents-rate=1") as uri:
        reader = open_foreign(uri, timeout=20)
        assert reader.extents() == (Extent(0, 2 * MiB),)
        assert everything(reader) == bytes(2 * MiB)
        reader.close()


def test_a_server_that_dies_or_is_not_there_is_an_error_and_no_wait(tmp_path: Path) -> None:
    with nbdkit(tmp_path, "pattern", "64M") as uri:
        reader = open_foreign(uri, timeout=20)
        reader.will_read(0, 8 * MiB)
    with pytest.raises(PeerLost):
        everything(reader)
    with pytest.raises(PeerLost):
        reader.read_into(0, memoryview(bytearray(1)))
    reader.close()
    with pytest.raises(OSError, match="refused"):
        open_foreign(uri, timeout=20)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        open_foreign(f"nbd://127.0.0.1:{port}", timeout=20)


def test_a_server_that_says_nothing_is_given_up_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"nbd://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(PeerLost) as lost:
            open_foreign(uri, timeout=0.2)
    assert lost.value.reason == "timeout"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("nbd://example.com/disk", NbdUri("disk", "example.com")),
        ("nbd://example.com", NbdUri("", "example.com")),
        ("nbd://example.com//disk", NbdUri("/disk", "example.com")),
        ("nbd://example.com:10810/hello%20world", NbdUri("hello world", "example.com", 10810)),
        ("nbd://[::1]:7/x", NbdUri("x", "::1", 7)),
        ("NBD://127.0.0.1/%C3%A4", NbdUri("ä", "127.0.0.1")),
        ("nbd+unix:///disk?socket=nbd.sock", NbdUri("disk", path="nbd.sock")),
        ("nbd+unix:///?socket=%00/abstract", NbdUri("", path="\0/abstract")),
    ],
)
def test_an_address_is_read_as_the_standard_has_it(text: str, place: NbdUri) -> None:
    assert NbdUri.parse(text) == place
    assert is_nbd_uri(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "disk.img", "nbd:", "nbd:///x", "nbd://", "nbd://host:99999/x", "nbd://host:x/", "nbds://host/x",
        "nbds+unix:///x?socket=s", "http://host/x", "nbd://user@host/x", "nbd://host/x#part", "nbd://host/x?a=b",
        "nbd+unix:///x", "nbd+unix:///x?socket=", "nbd+unix://host/x?socket=s", "nbd+unix:///x?socket=s&tls-type=anon",
        "nbd://host/%ff", "nbd://host/%00", "nbd://host/" + "x" * 5000, "nbd://[::1/x", "nbd://host/x?socket",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_one_says_what_was_expected(text: str) -> None:
    with pytest.raises(BadUri) as bad:
        NbdUri.parse(text)
    assert bad.value.uri == text
    assert bad.value.expected
    assert is_nbd_uri(text) == text.startswith(("nbd://", "nbds", "nbd+unix"))
