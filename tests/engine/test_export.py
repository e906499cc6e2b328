"""A restore point as a disk: any bytes of it at any time, for our readers and for strangers' clients, or an error."""

from __future__ import annotations

import random
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE, joined
from restore_chains import write_point
from restore_points import BLOCK, content_of
from strategies import examples

from vbtui.engine import Chain, Damage, DamagedBlocks, Extent, LoopbackNetwork, NbdServer, PointExport, Repository
from vbtui.engine.block import HEAD_SIZE
from vbtui.engine.errors import UnknownDisk
from vbtui.engine.transport.reader import SparseSource, TrackedSource
from vbtui.vocabulary import Service

NFC = Service.parse("tcp/902")
BEFORE = content_of("abcdr..eaa.xyzrr") * 8
AFTER = content_of("abcdr.QeaN..zyrr") + BEFORE[16 * BLOCK :] + b"t" * 512


@pytest.fixture
def chain(repository: Repository) -> Iterator[Chain]:
    write_point(repository, "p1", {"disk": BEFORE, "other": b"o" * BLOCK})
    write_point(repository, "p2", {"disk": AFTER, "other": b"o" * BLOCK}, "p1")
    with repository.open_chain("p2") as opened:
        yield opened


def read(export: PointExport, offset: int, length: int) -> bytes:
    buffer = bytearray(length)
    export.read_into(offset, memoryview(buffer))
    return bytes(buffer)


def test_any_range_is_what_the_disk_held(chain: Chain) -> None:
    export = PointExport(chain, "disk", kept=3 * BLOCK)
    assert export.size == len(AFTER)
    assert read(export, 0, len(AFTER)) == AFTER

    @given(st.data())
    @examples(80)
    def at_any_place(data: st.DataObject) -> None:
        offset = data.draw(st.integers(0, len(AFTER)))
        length = data.draw(st.integers(0, min(4 * BLOCK, len(AFTER) - offset)))
        assert read(export, offset, length) == AFTER[offset : offset + length]

    at_any_place()


def test_nothing_beyond_the_end_and_no_other_disk(chain: Chain) -> None:
    export = PointExport(chain, "other")
    for offset, length in ((-1, 1), (BLOCK, 1), (0, BLOCK + 1), (2**63, 1)):
        with pytest.raises(ValueError):
            read(export, offset, length)
    with pytest.raises(UnknownDisk):
        PointExport(chain, "third")


def test_it_says_where_data_is_and_what_the_point_has_changed(chain: Chain, repository: Repository) -> None:
    export = PointExport(chain, "disk")
    assert isinstance(export, SparseSource)
    assert isinstance(export, TrackedSource)

    def blocks(extents: tuple[Extent, ...]) -> set[int]:
        return {block for one in extents for block in range(one.offset // BLOCK, -(-one.end // BLOCK))}

    pieces = [AFTER[at : at + BLOCK] for at in range(0, len(AFTER), BLOCK)]
    extents = export.extents()
    assert blocks(extents) == {number for number, piece in enumerate(pieces) if piece.strip(b"\0")}
    assert extents == tuple(sorted(extents)) and extents[-1].end == len(AFTER)
    dirty = export.dirty()
    assert dirty is not None
    before = [BEFORE[at : at + BLOCK] for at in range(0, len(BEFORE), BLOCK)]
    assert blocks(dirty) == {
        number for number, piece in enumerate(pieces) if number >= len(before) or piece != before[number]
    }
    with repository.open_chain("p1") as full:
        assert PointExport(full, "disk").dirty() is None


def test_many_threads_read_at_once_and_no_block_is_unpacked_by_two(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked: list[int] = []
    original = chain.read_block

    def counted(disk: int, block: int) -> object:
        unpacked.append(block)
        return original(disk, block)

    monkeypatch.setattr(chain, "read_block", counted)
    export = PointExport(chain, "disk", kept=len(AFTER) + BLOCK)
    wrong: list[int] = []

    def client(seed: int) -> None:
        picks = random.Random(seed)
        for _ in range(200):
            offset = picks.randrange(len(AFTER) - BLOCK)
            if read(export, offset, BLOCK) != AFTER[offset : offset + BLOCK]:
                wrong.append(offset)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    joined(threads)
    assert wrong == []
    assert len(unpacked) == len(set(unpacked))


def test_no_more_than_some_blocks_are_kept(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[int] = []
    original = chain.read_block

    def counted(disk: int, block: int) -> object:
        unpacked.append(block)
        return original(disk, block)

    monkeypatch.setattr(chain, "read_block", counted)
    export = PointExport(chain, "disk", kept=3 * BLOCK)
    for block in (0, 1, 2, 0, 1, 2, 3, 1, 2, 3, 0):
        read(export, block * BLOCK + 5, 7)
    assert unpacked == [0, 1, 2, 3, 0]  # what was read last stays


def test_a_damaged_block_is_an_error_and_the_others_are_not(chain: Chain, repository: Repository) -> None:
    number = chain.disk("disk")
    assert number is not None
    point, record = chain.locate(number, 3)
    data = bytearray(point.path.read_bytes())
    data[record.offset + HEAD_SIZE] ^= 1
    point.path.write_bytes(data)
    with repository.open_chain("p2") as damaged:
        export = PointExport(damaged, "disk")
        for _ in range(2):  # it is not forgotten, nor taken for read
            with pytest.raises(DamagedBlocks) as refused:
                read(export, 2 * BLOCK + 1, 2 * BLOCK)
            (block,) = refused.value.blocks
            assert (block.disk, block.block, block.damage, block.point) == ("disk", 3, Damage.PAYLOAD, "p1")
        assert read(export, 0, 3 * BLOCK) == AFTER[: 3 * BLOCK]
        assert Extent(3 * BLOCK, BLOCK).end <= export.extents()[0].end


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture
def uri(chain: Chain, network: LoopbackNetwork) -> Iterator[str]:
    server = NbdServer(network, "mount-server", NFC)
    server.add_export("vm/disk", PointExport(chain, "disk", kept=4 * BLOCK))
    yield f"nbd://127.0.0.1:{network.port('mount-server', NFC)}/vm/disk"
    server.close()
    network.close()


def test_strangers_clients_read_the_point_without_a_restore(uri: str, tmp_path: Path) -> None:
    model = tmp_path / "model.img"
    model.write_bytes(AFTER)
    nbdcopy = subprocess.run(
        [tool("nbdcopy"), "--connections=4", uri, tmp_path / "copy"], check=False, timeout=PATIENCE
    )
    assert nbdcopy.returncode == 0
    assert (tmp_path / "copy").read_bytes() == AFTER
    command = [tool("qemu-img"), "compare", "-f", "raw", "-F", "raw", uri, str(model)]
    compared = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert "identical" in compared.stdout


def test_a_client_that_meets_damage_is_told_so(uri: str, chain: Chain, tmp_path: Path) -> None:
    number = chain.disk("disk")
    assert number is not None
    point, record = chain.locate(number, 3)
    data = bytearray(point.path.read_bytes())
    data[record.offset + HEAD_SIZE] ^= 1
    point.path.write_bytes(data)
    done = subprocess.run(
        [tool("nbdcopy"), uri, tmp_path / "copy"], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode != 0
    assert "Input/output error" in done.stderr
