"""One bit of a chain's files is another: it is noticed, its place is named, and no restore gives other bytes for it.

Half of the bits are drawn from all, half from parts drawn first, since most bytes of a file are payloads and padding.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from protected_disk import content_of
from restore_chains import read_back, write_point
from restore_points import BLOCK

from vbtui.engine import Repository
from vbtui.engine.block import HEAD_SIZE
from vbtui.engine.errors import EngineError
from vbtui.engine.repository import BrokenChain, Damage, DamagedBlocks, DamagedPoint
from vbtui.engine.repository.damage import BlockDamaged
from vbtui.engine.repository.layout import FOOTER_SIZE, PAGE_HEAD, PAGE_SIZE

FLIPS = 10_000 if os.environ.get("VBTUI_LONG_TESTS") else 150
SIZES = {"web01.vmdk": 14 * BLOCK + 512, "web01_1.vmdk": 9 * BLOCK}
POINTS = ("p1", "p2", "p3", "p4")


@dataclass(frozen=True)
class Part:
    """A run of bytes of a point's file: what it is, and what a damage of it may be called."""

    point: str
    name: str
    start: int
    end: int
    damage: frozenset[Damage]


PARTS = {
    "header": {Damage.HEADER},
    "head": {Damage.RECORD},
    "payload": {Damage.PAYLOAD},
    "index": {Damage.INDEX},
    "index padding": {Damage.INDEX},
    "metadata": {Damage.METADATA},
    "footer": {Damage.FOOTER},
}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, dict[str, dict[str, bytes]]]:
    """Four points: changed blocks, zeros, duplicates, content of the parent at another place."""
    repository = Repository(tmp_path_factory.mktemp("flips") / "repository")
    disks = {name: bytearray(content_of(number, size)) for number, (name, size) in enumerate(SIZES.items(), 1)}
    found: dict[str, dict[str, bytes]] = {}
    parent = None
    for number, point in enumerate(POINTS):
        for seed, disk in enumerate(disks.values()):
            for block in range(number, 8, 3):
                disk[block * BLOCK : (block + 1) * BLOCK] = content_of(100 * number + 10 * block + seed, BLOCK)
            disk[3 * BLOCK : 4 * BLOCK] = disk[8 * BLOCK : 9 * BLOCK]
            disk[(number + 4) * BLOCK : (number + 5) * BLOCK] = bytes(BLOCK)
        found[point] = {name: bytes(disk) for name, disk in disks.items()}
        write_point(repository, point, found[point], parent, created_ms=number)
        parent = point
    return repository, found


def parts_of(repository: Repository, name: str) -> list[Part]:
    with repository.open(name) as point:
        footer = point.footer
        size = footer.file_size
        bounds: list[tuple[str, int, int]] = []
        records = sorted(
            (point.offset_at(position), point.payload_size_at(position)) for position in point.data_positions()
        )
        bounds.append(("header", 0, records[0][0]))
        for offset, payload in records:
            bounds += [
                ("head", offset, offset + HEAD_SIZE),
                ("payload", offset + HEAD_SIZE, offset + HEAD_SIZE + payload),
            ]
        entries = footer.index_offset + PAGE_HEAD + 64 * footer.entries
        bounds.append(("index", footer.index_offset, entries))
        bounds.append(("index padding", entries, footer.index_offset + PAGE_SIZE))
        bounds.append(("metadata", footer.metadata_offset, footer.metadata_offset + footer.metadata_size))
        bounds.append(("footer", size - FOOTER_SIZE, size))
    assert [start for _, start, _ in bounds[1:]] == [end for _, _, end in bounds[:-1]]
    return [Part(name, what, start, end, frozenset(PARTS[what])) for what, start, end in bounds]


def test_no_flipped_bit_is_restored_and_each_is_found_where_it_is(
    contents: tuple[Repository, dict[str, dict[str, bytes]]], tmp_path: Path, tell: Callable[[str, object], None]
) -> None:
    repository, expected = contents
    parts = [part for point in POINTS for part in parts_of(repository, point)]
    assert read_back(repository, "p4") == expected["p4"] and repository.health_check("vm").ok
    chance = random.Random(4)
    met: Counter[str] = Counter()
    for number in range(FLIPS):
        if number % 2:
            what = chance.choice(list(PARTS))
            part = chance.choice([one for one in parts if one.name == what])
        else:
            part = chance.choices(parts, [one.end - one.start for one in parts])[0]
        byte, bit = chance.randrange(part.start, part.end), chance.randrange(8)
        path = repository.path / f"{part.point}.vbx"
        flip(path, byte, bit)
        try:
            look(repository, expected, part, byte)
            restore_one(repository, expected, chance, tmp_path)
        except BaseException as error:
            error.add_note(f"bit {bit} of byte {byte} of {part}")
            raise
        finally:
            flip(path, byte, bit)
        met[part.name] += 1
    assert repository.health_check("vm").ok and read_back(repository, "p4") == expected["p4"]
    assert set(met) == set(PARTS)
    tell("bits flipped", dict(met))


def flip(path: Path, byte: int, bit: int) -> None:
    with path.open("r+b", buffering=0) as file:
        old = os.pread(file.fileno(), 1, byte)
        os.pwrite(file.fileno(), bytes([old[0] ^ 1 << bit]), byte)


def look(repository: Repository, expected: dict[str, dict[str, bytes]], part: Part, byte: int) -> None:
    """The flip is told by a verification of its point, with its place, and of those only that build on it."""
    harmed = set()
    for point in POINTS:
        try:
            assert read_back(repository, point) == expected[point], f"{point} is restored wrong"
        except (EngineError, BlockDamaged):
            harmed.add(point)
    assert all(point >= part.point for point in harmed)
    report = repository.verify(part.point)
    assert not report.ok
    found = set(report.structure) | {block.damage for block in report.damaged}
    assert found and found <= part.damage, found
    if part.name in ("head", "payload"):
        records = list(repository.health_check("vm").records)
        assert [(one.point, one.damage) for one in records] == [(part.point, *part.damage)]
        assert records[0].offset <= byte < records[0].offset + records[0].size
        assert set(records[0].affects) == harmed
        assert {(one.point, one.offset) for one in report.damaged} == {(part.point, records[0].offset)}
    elif part.name.startswith("index"):
        assert all(one.point == part.point for one in report.damaged)
        assert all(0 <= byte - one.offset < PAGE_SIZE for one in report.damaged)
    if part.name == "metadata":
        assert harmed == set()  # no restore needs it
    else:
        assert harmed


def restore_one(
    repository: Repository, expected: dict[str, dict[str, bytes]], chance: random.Random, folder: Path
) -> None:
    """The restore that everybody uses gives the disk, or says what is damaged and leaves nothing."""
    point, disk, output = chance.choice(POINTS), chance.choice(list(SIZES)), folder / "restored.img"
    try:
        repository.restore(point, disk, output)
    except (DamagedBlocks, DamagedPoint, BrokenChain):
        assert list(folder.iterdir()) == []
    else:
        assert output.read_bytes() == expected[point][disk]
        output.unlink()
