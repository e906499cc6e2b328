"""Unmodified programs of others read what our server says: data, holes, changed areas, errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbd_services import MemorySource, nbdsh, run, serving, sparse_source, tool

from vbtui.engine import Extent, LiveDisk, LoopbackNetwork, NbdServer
from vbtui.vocabulary import KiB, MiB, Service

SIZE = 4 * MiB
ALLOCATED = (Extent(0, 64 * KiB), Extent(MiB, MiB + 512), Extent(SIZE - 512, 512))
CHANGED = (Extent(64 * KiB, 64 * KiB), Extent(MiB, 128 * KiB))


@pytest.fixture
def source() -> MemorySource:
    return sparse_source(SIZE, ALLOCATED, CHANGED)


def test_nbdinfo_knows_what_there_is(network: LoopbackNetwork, source: MemorySource) -> None:
    host = serving(network, source)
    (export,) = json.loads(run(tool("nbdinfo"), "--json", host.uri()))["exports"]
    assert export["contexts"] == ["base:allocation", "x-vbtui:dirty"]
    assert (export["export-size"], export["is_read_only"], export["can_df"]) == (SIZE, True, True)
    assert (export["can_multi_conn"], export["can_cache"], export["can_flush"]) == (True, False, False)
    assert (export["block_size_minimum"], export["block_size_maximum"]) == (1, 32 * MiB)
    source.changed = None
    host.server.remove_export("disk")
    host.server.add_export("disk", source)
    (export,) = json.loads(run(tool("nbdinfo"), "--json", host.uri()))["exports"]
    assert export["contexts"] == ["base:allocation"]


def told(uri: str, context: str) -> list[tuple[int, int, int]]:
    rows = json.loads(run(tool("nbdinfo"), f"--map={context}", "--json", uri))
    return [(row["offset"], row["length"], row["type"]) for row in rows]


def test_nbdinfo_maps_holes_and_changed_areas(network: LoopbackNetwork, source: MemorySource) -> None:
    uri = serving(network, source).uri()
    assert told(uri, "base:allocation") == [
        (0, 64 * KiB, 0),
        (64 * KiB, MiB - 64 * KiB, 3),
        (MiB, MiB + 512, 0),
        (2 * MiB + 512, 2 * MiB - 1024, 3),
        (SIZE - 512, 512, 0),
    ]
    assert told(uri, "x-vbtui:dirty") == [
        (0, 64 * KiB, 0),
        (64 * KiB, 64 * KiB, 1),
        (128 * KiB, MiB - 128 * KiB, 0),
        (MiB, 128 * KiB, 1),
        (MiB + 128 * KiB, SIZE - MiB - 128 * KiB, 0),
    ]


def test_a_map_with_more_areas_than_one_answer_holds_is_told_in_several(network: LoopbackNetwork) -> None:
    # Every other sector: 16,384 extents, four answers.
    areas = tuple(Extent(offset, 512) for offset in range(0, 8 * MiB, 1024))
    uri = serving(network, sparse_source(8 * MiB, areas)).uri()
    assert told(uri, "base:allocation") == [(n * 512, 512, 3 if n % 2 else 0) for n in range(16 * 1024)]


def test_nbdcopy_over_several_connections_copies_every_byte_and_reads_no_hole(
    network: LoopbackNetwork, source: MemorySource, tmp_path: Path
) -> None:
    host = serving(network, source)
    run(
        tool("nbdcopy"),
        "--threads=4",
        "--connections=4",
        "--requests=16",
        "--request-size=65536",
        host.uri(),
        tmp_path / "copy",
    )
    assert (tmp_path / "copy").read_bytes() == source.content
    assert network.accepted("host", Service.parse("tcp/902")) >= 4
    # A block of 64 KiB with a sector of data is read whole; what is nothing but hole never is.
    touched = {place for read in source.reads for place in range(read.offset // (64 * KiB), -(-read.end // (64 * KiB)))}
    assert touched == {0, *range(16, 33), 63}
    assert source.held == []


def test_qemu_img_maps_converts_and_compares(network: LoopbackNetwork, source: MemorySource, tmp_path: Path) -> None:
    uri = serving(network, source).uri()
    image = tmp_path / "disk.qcow2"
    run(tool("qemu-img"), "convert", "-f", "raw", "-O", "qcow2", uri, image)
    assert "identical" in run(tool("qemu-img"), "compare", "-f", "raw", "-F", "qcow2", uri, image)
    rows = json.loads(run(tool("qemu-img"), "map", "-f", "raw", "--output=json", uri))
    assert [(row["start"], row["length"], row["data"]) for row in rows if row["data"]] == [
        (extent.offset, extent.length, True) for extent in ALLOCATED
    ]


def test_libnbd_gets_holes_as_chunks_and_one_chunk_when_it_asks_for_that(
    network: LoopbackNetwork, source: MemorySource
) -> None:
    uri = serving(network, source).uri()
    out = nbdsh(
        uri,
        "h.connect_uri(uri)",
        "def chunk(data, offset, status, error): print(offset, len(data), status, bytes(data).count(0) == len(data))",
        f"h.pread_structured({2 * MiB}, {MiB // 2}, chunk)",
        "print('unfragmented')",
        f"h.pread_structured({128 * KiB}, {MiB - 64 * KiB}, chunk, nbd.CMD_FLAG_DF)",
        "h.set_strict_mode(0)",
        "try: h.pread_structured(2 << 20, 0, chunk, nbd.CMD_FLAG_DF)",
        "except nbd.Error as error: print(error.errno)",
        "h.shutdown()",
    )
    data, hole = 1, 2  # libnbd's READ_DATA and READ_HOLE
    assert out.splitlines() == [
        f"{MiB // 2} {MiB // 2} {hole} True",
        f"{MiB} {MiB} {data} False",
        f"{2 * MiB} 512 {data} False",
        f"{2 * MiB + 512} {MiB // 2 - 512} {hole} True",
        "unfragmented",
        f"{MiB - 64 * KiB} {128 * KiB} {data} False",
        "EOVERFLOW",
    ]


def test_libnbd_asks_for_one_extent_for_no_context_and_beyond_the_end(
    network: LoopbackNetwork, source: MemorySource
) -> None:
    uri = serving(network, source).uri()
    out = nbdsh(
        uri,
        "def told(context, offset, entries, error): print(context, offset, entries)",
        "h.add_meta_context('x-vbtui:dirty')",
        "h.add_meta_context('base:allocation')",
        "h.add_meta_context('x-vbtui:other')",
        "h.connect_uri(uri)",
        "print(h.can_meta_context('x-vbtui:other'))",
        f"h.block_status({MiB}, {32 * KiB}, told, nbd.CMD_FLAG_REQ_ONE)",
        "h.set_strict_mode(0)",
        f"for offset, length in ((0, 0), ({SIZE}, 1), ({SIZE - 1}, 2)):",
        "    try: h.block_status(length, offset, told)",
        "    except nbd.Error as error: print(error.errno)",
        "h.shutdown()",
        "h = nbd.NBD()",
        "h.connect_uri(uri)",
        "h.set_strict_mode(0)",
        "try: h.block_status(512, 0, told)",
        "except nbd.Error as error: print(error.errno)",
        "print(h.pread(1, 0))",
    )
    assert out.splitlines() == [
        "False",
        f"base:allocation {32 * KiB} [{32 * KiB}, 0]",
        f"x-vbtui:dirty {32 * KiB} [{32 * KiB}, 0]",
        *["EINVAL"] * 4,
        "bytearray(b'\\x01')",
    ]


def test_libnbd_lists_contexts_by_query_and_by_namespace(network: LoopbackNetwork, source: MemorySource) -> None:
    uri = serving(network, source).uri()
    out = nbdsh(
        uri,
        "h.set_opt_mode(True)",
        "h.connect_uri(uri)",
        "def show(name): print(' ', name)",
        "for queries in ([], ['base:'], ['x-vbtui:'], ['x-vbtui:dirty', 'base:'], ['base:other', 'qemu:']):",
        "    print(queries)",
        "    h.clear_meta_contexts()",
        "    for one in queries: h.add_meta_context(one)",
        "    h.opt_list_meta_context(show)",
        "h.set_export_name('other')",
        "try: h.opt_list_meta_context(show)",
        "except nbd.Error as error: print(error.errno)",
        "h.set_export_name('disk')",
        "h.set_full_info(True)",
        "h.opt_info()",
        "print(h.get_size(), h.get_canonical_export_name())",
        "h.opt_abort()",
    )
    assert out.splitlines() == [
        "[]",
        "  base:allocation",
        "  x-vbtui:dirty",
        "['base:']",
        "  base:allocation",
        "['x-vbtui:']",
        "  x-vbtui:dirty",
        "['x-vbtui:dirty', 'base:']",
        "  base:allocation",
        "  x-vbtui:dirty",
        "['base:other', 'qemu:']",
        "ENOTSUP",  # what libnbd 1.14 makes of every refusal here
        f"{SIZE} disk",
    ]


def test_a_broken_area_is_an_error_at_its_place_and_the_session_goes_on(network: LoopbackNetwork) -> None:
    everything = (Extent(0, SIZE),)
    host = serving(network, sparse_source(SIZE, everything, broken=range(2 * MiB, 2 * MiB + 512)))
    out = nbdsh(
        host.uri(),
        "h.connect_uri(uri)",
        "def chunk(data, offset, status, error): print(offset, len(data), status, error.value)",
        f"try: h.pread_structured({SIZE}, 0, chunk)",
        "except nbd.Error as error: print(error.errno)",
        "print(len(h.pread(512, 0)))",
        "h.shutdown()",
    )
    # Two pieces are good, the error tells where the third begins.
    assert out.splitlines() == [f"0 {MiB} 1 0", f"{MiB} {MiB} 1 0", f"{2 * MiB} 0 3 5", "EIO", "512"]
    assert host.source.held == []


def test_every_way_of_libnbd_to_write_is_refused(network: LoopbackNetwork, source: MemorySource) -> None:
    before = source.content
    out = nbdsh(
        serving(network, source).uri(),
        "h.set_strict_mode(0)",
        "h.connect_uri(uri)",
        "def tried(call, *arguments):",
        "    try: print(call(*arguments))",
        "    except nbd.Error as error: print(error.errno)",
        "tried(h.pwrite, b'x' * 70000, 0)",
        "tried(h.zero, 512, 0)",
        "tried(h.trim, 512, 0)",
        "tried(h.cache, 512, 0)",
        "tried(h.flush)",
        "print(len(h.pread(512, 0)))",
    )
    assert out.splitlines() == ["EPERM", "EPERM", "EPERM", "EINVAL", "EINVAL", "512"]
    assert source.content == before


def test_a_snapshot_of_a_sparse_disk_is_served_with_its_holes(network: LoopbackNetwork, tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(SIZE)
        file.seek(MiB)
        file.write(b"x" * 64 * KiB)
    disk = LiveDisk(image)
    server = NbdServer(network, "host", Service.parse("tcp/902"))
    server.add_export("disk", disk.create_snapshot())
    uri = f"nbd://127.0.0.1:{network.port('host', Service.parse('tcp/902'))}/disk"
    data = [(offset, length) for offset, length, kind in told(uri, "base:allocation") if kind == 0]
    assert data == [(MiB, 64 * KiB)]
    disk.write(0, b"later" * 1000)
    run(tool("nbdcopy"), uri, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes()[: MiB + 1] == bytes(MiB) + b"x"
    server.close()
    network.close()
    disk.commit()
    disk.close()
