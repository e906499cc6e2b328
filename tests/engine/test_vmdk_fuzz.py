"""VMDKs with anything changed in them, and any text for a descriptor: only the engine's own errors come.

A few thousand cases, 200,000 with --long; a case is its number, so that a failure can be looked at again.
"""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vmdk_images import GRAIN, SECTOR, descriptor, disk_bytes, sparse_file, stream_optimized

from vbtui.engine import EngineError
from vbtui.engine.disk import open_image, runs_of
from vbtui.engine.disk.vmdk import BadDescriptor, parse_descriptor
from vbtui.vocabulary import MiB

CONTENT = disk_bytes(2 * MiB, 9)
PLAIN = sparse_file({number: CONTENT[number * GRAIN :][:GRAIN] for number in range(8)})
FILES = (
    ("disk.vmdk", PLAIN),
    ("stream.vmdk", stream_optimized(CONTENT)),
    ("mixed.vmdk", descriptor('RW 16 FLAT "data" 2', "RW 8 ZERO", 'RW 4096 SPARSE "part.vmdk"').encode()),
    ("child.vmdk", descriptor("RW 8 ZERO", parent="parent.vmdk", parent_id="12345678").encode()),
)


def u32(number: int) -> bytes:
    return struct.pack("<I", number)


def u64(number: int) -> bytes:
    return struct.pack("<Q", number)


NUMBERS = (u32(0), u32(1), u32(2**32 - 1), u64(2**63), u64(2**64 - 2), u64(0), b"\n", b'"', b" ", b"9" * 20)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def mutated(picks: random.Random) -> tuple[str, bytes]:
    """A file with a few bits, numbers or pieces changed, most of them where its structures are."""
    name, file = picks.choice(FILES)
    data = bytearray(file)
    for _ in range(picks.choice((1, 1, 2, 5, 40))):
        reach = picks.choice((80, SECTOR, 32 * SECTOR, len(data)))
        at = picks.randrange(max(1, min(reach, len(data))))
        kind = picks.randrange(5)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] ^= 1 << picks.randrange(8)
        elif kind == 1:
            number = picks.choice((*NUMBERS, picks.randbytes(4), u32(picks.randrange(300))))
            data[at : at + len(number)] = number
        elif kind == 2 and picks.random() < 0.2:
            del data[at:]
        elif kind == 3 and len(data) < 4096:
            del data[at : at + picks.randrange(20)]
        elif kind == 4:
            data[-picks.randrange(1, 3 * SECTOR) :][:1] = picks.randbytes(1)
    return name, bytes(data)


def survives(folder: Path, picks: random.Random) -> None:
    """Open, map, read and perhaps write: anything but an EngineError is a fault."""
    name, data = mutated(picks)
    path = folder / name
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    disk = None
    try:
        disk = open_image(path, writable=picks.random() < 0.3)
        for number, _ in enumerate(runs_of(disk)):
            if number > 1000:
                break
        for _ in range(3):
            offset = picks.randrange(disk.size)
            disk.read_into(offset, memoryview(bytearray(min(disk.size - offset, 100_000))))
        if disk.writable:
            disk.write(picks.randrange(disk.size), b"x")
    except EngineError as error:
        assert str(error)
    finally:
        if disk is not None:
            disk.close()


def test_whatever_is_changed_only_our_errors_come(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    cases = 200_000 if request.config.getoption("--long") else 3000
    (tmp_path / "data").write_bytes(bytes(18 * SECTOR))
    (tmp_path / "part.vmdk").write_bytes(PLAIN)
    (tmp_path / "parent.vmdk").write_text(descriptor("RW 8 ZERO"))
    before = open_files()
    for number in range(cases):
        survives(tmp_path, random.Random(number))
    assert open_files() == before


LINES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ("RW 8 ZERO", 'RW 8 FLAT "x" 0', "CID=1", "parentCID=2", 'createType="custom"', "version=1", "ddb.x = 1", "#")
    ),
    st.from_regex(r'(RW|RDONLY|NOACCESS|rw) [0-9]{0,21} [A-Z]{0,8}( "[^"\n]{0,9}")?( [0-9]{0,21})?', fullmatch=True),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=st.lists(LINES, max_size=12), begin=st.booleans(), tail=st.binary(max_size=20))
def test_any_text_is_a_descriptor_or_an_error_at_a_line(lines: list[str], begin: bool, tail: bytes) -> None:
    first = ["# Disk DescriptorFile"] if begin else []
    data = "\n".join((*first, *lines)).encode("utf-8", "surrogatepass") + tail
    try:
        found = parse_descriptor(Path("x.vmdk"), data)
    except BadDescriptor as error:
        assert 1 <= error.line <= data.count(b"\n") + 1
    else:
        assert found.size > 0
