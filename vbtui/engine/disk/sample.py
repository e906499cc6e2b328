"""Generated disks: the same name, size and seed always give the same bytes.

Decided here: what a sample disk holds. It has every kind of region that a backup treats differently: a boot sector,
text that compresses, bytes that do not, blocks that occur twice, zeros that are allocated, and holes, spread over the
whole disk; less than a fifth of it is allocated from 64 MiB on. In comes a spec, out comes a sparse raw file, or a
monolithicFlat VMDK as on a datastore (the descriptor, and the same raw file as its data), and the map of its regions.
A marker beside the file (sizes, modification times) tells an untouched sample from one that was written to.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from vbtui.engine.disk.raw import SECTOR
from vbtui.engine.disk.vmdk import flat_data, flat_descriptor
from vbtui.engine.errors import BadImage
from vbtui.engine.storage import CREATE, STORAGE, unfinished
from vbtui.vocabulary import KiB, MiB

GENERATION: Final = 1
"""Raised whenever the same spec gives other bytes than before."""


class RegionKind(StrEnum):
    BOOT = "boot"
    TEXT = "text"
    RANDOM = "random"
    DUPLICATE = "duplicate"
    ZERO = "zero"
    """Allocated in the file, and nothing but zeros."""
    HOLE = "hole"


@dataclass(frozen=True, slots=True)
class SampleSpec:
    """What to generate. `size` in bytes, whole sectors; `name` gives two disks of one seed different content."""

    name: str
    size: int
    seed: int


@dataclass(frozen=True, slots=True)
class SampleRegion:
    kind: RegionKind
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class SampleMap:
    """The regions of a sample, in order, without gaps from 0 to its size."""

    spec: SampleSpec
    regions: tuple[SampleRegion, ...]

    def length(self, *kinds: RegionKind) -> int:
        """Bytes in regions of these kinds."""
        return sum(region.length for region in self.regions if region.kind in kinds)


_PATTERN: Final = (
    RegionKind.TEXT, RegionKind.HOLE, RegionKind.RANDOM, *(RegionKind.HOLE,) * 5, RegionKind.DUPLICATE,
    *(RegionKind.HOLE,) * 5, RegionKind.ZERO, *(RegionKind.HOLE,) * 4, RegionKind.DUPLICATE, *(RegionKind.HOLE,) * 12,
)  # fmt: skip
"""What the blocks after the boot block hold, again and again: 5 of 32 blocks are allocated."""

_WORDS: Final = (
    "backup restore disk block snapshot volume guest error warning info service started stopped request accepted job "
    "session index page table commit write read flush user group access policy network address packet connection "
    "timeout retry queue worker thread memory buffer cache entry record header footer checksum valid missing"
)


def sample_map(spec: SampleSpec) -> SampleMap:
    """Where everything lies, without writing anything. Raises ValueError for a size that is no disk."""
    if spec.size <= 0 or spec.size % SECTOR:
        raise ValueError(f"expected a multiple of {SECTOR} bytes, found {spec.size}")
    regions = [SampleRegion(RegionKind.BOOT, 0, min(spec.size, 64 * KiB))]
    if spec.size > 64 * KiB:
        regions.append(SampleRegion(RegionKind.HOLE, 64 * KiB, min(spec.size, MiB) - 64 * KiB))
    for number, offset in enumerate(range(MiB, spec.size, MiB)):
        kind, length = _PATTERN[number % len(_PATTERN)], min(MiB, spec.size - offset)
        if kind is regions[-1].kind:
            last = regions.pop()
            regions.append(SampleRegion(kind, last.offset, last.length + length))
        else:
            regions.append(SampleRegion(kind, offset, length))
    return SampleMap(spec, tuple(regions))


def write_sample(path: Path, spec: SampleSpec) -> SampleMap:
    """Write the sample as a sparse file, replacing what was there, and its marker.

    The file appears under its name only when it is complete. Raises ValueError for a bad size, OSError, and BadImage if
    `path` is something else than a file.
    """
    plan = sample_map(spec)
    _must_be_replaceable(path)
    _marker(path).unlink(missing_ok=True)
    _write_content(path, plan)
    _marker(path).write_text(_marker_text(spec, path), encoding="utf-8")
    return plan


def needs_writing(path: Path, spec: SampleSpec) -> bool:
    """Whether `path` is anything but the untouched sample of this spec."""
    return _differs(path, spec, path)


def write_sample_vmdk(path: Path, spec: SampleSpec) -> SampleMap:
    """The same as a monolithicFlat VMDK: `disk.vmdk` is its descriptor, `disk-flat.vmdk` has the bytes.

    The same spec gives the same two files. The descriptor appears last; raises as `write_sample`, and BadName if the
    name can be in no descriptor.
    """
    plan = sample_map(spec)
    data = flat_data(path)
    content_id = zlib.crc32(_key(spec))
    text = flat_descriptor(data.name, spec.size, content_id=content_id).text()
    for one in (path, data):
        _must_be_replaceable(one)
    _marker(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)  # nor may an old descriptor stand beside new bytes
    _write_content(data, plan)
    part = unfinished(path)
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    _marker(path).write_text(_marker_text(spec, path, data), encoding="utf-8")
    return plan


def needs_writing_vmdk(path: Path, spec: SampleSpec) -> bool:
    """Whether `path` and its data are anything but the untouched sample of this spec."""
    return _differs(path, spec, path, flat_data(path))


def is_sample_vmdk(path: Path, spec: SampleSpec) -> bool:
    """Whether `path` and its data are the sample of this spec, whatever a guest has written to it since."""
    with contextlib.suppress(OSError, ValueError):
        known, data = json.loads(_marker(path).read_text(encoding="utf-8")), flat_data(path)
        if path.is_symlink() or data.is_symlink() or not isinstance(known, dict):
            return False
        now: dict[str, object] = json.loads(_marker_text(spec, path, data))
        return {**known, "modified_ns": 0} == {**now, "modified_ns": 0}
    return False


def _must_be_replaceable(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise BadImage(path, "regular file", "something else")


def _write_content(path: Path, plan: SampleMap) -> None:
    part = unfinished(path)
    part.unlink(missing_ok=True)
    number = STORAGE.open(part, CREATE)
    try:
        STORAGE.truncate(number, plan.spec.size)
        for offset, data in sample_content(plan):
            STORAGE.write(number, offset, data)
    except BaseException:
        os.close(number)
        part.unlink(missing_ok=True)
        raise
    os.close(number)
    part.replace(path)


def _marker(path: Path) -> Path:
    return path.with_name(path.name + ".sample")


def _differs(path: Path, spec: SampleSpec, *files: Path) -> bool:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if not any(one.is_symlink() for one in files):
            return _marker(path).read_text(encoding="utf-8") != _marker_text(spec, *files)
    return True


def _marker_text(spec: SampleSpec, *files: Path) -> str:
    states = [one.stat() for one in files]
    facts = {
        "generation": GENERATION,
        **asdict(spec),
        "bytes": [state.st_size for state in states],
        "modified_ns": [state.st_mtime_ns for state in states],
    }
    return json.dumps(facts, sort_keys=True) + "\n"


def _key(spec: SampleSpec) -> bytes:
    return hashlib.sha256(f"{GENERATION}\0{spec.name}\0{spec.seed}".encode()).digest()


def sample_content(plan: SampleMap) -> Iterator[tuple[int, bytes]]:
    """(offset, bytes) of everything that is allocated, in order, at most 1 MiB at a time."""
    spec = plan.spec
    key = _key(spec)
    source = random.Random(key)
    corpus = _corpus(spec.seed)
    # The same on every disk of one seed, so that two disks of a VM share a block as well.
    duplicate = _text(random.Random(f"duplicate {spec.seed}"), corpus, MiB)
    for region in plan.regions:
        if region.kind is RegionKind.HOLE:
            continue
        if region.kind is RegionKind.BOOT:
            yield 0, _boot(spec, key)
            continue
        for offset in range(region.offset, region.offset + region.length, MiB):
            length = min(MiB, region.offset + region.length - offset)
            if region.kind is RegionKind.TEXT:
                yield offset, _text(source, corpus, length)
            elif region.kind is RegionKind.RANDOM:
                yield offset, source.randbytes(length)
            elif region.kind is RegionKind.ZERO:
                yield offset, bytes(length)
            else:
                yield offset, duplicate[:length]


def _corpus(seed: int) -> bytes:
    """Words in a random order, from which the lines of every text are cut."""
    return " ".join(random.Random(f"corpus {seed}").choices(_WORDS.split(), k=24_000)).encode()


def _boot(spec: SampleSpec, key: bytes) -> bytes:
    """A master boot record with one Linux partition from 1 MiB on (or from sector 1 on a tiny disk), and its loader."""
    sectors = spec.size // SECTOR
    first = 2048 if sectors > 2048 else min(1, sectors - 1)
    count = min(sectors - first, 2**32 - 1)
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", first, count)
    record = hashlib.shake_128(key).digest(440) + key[:4] + bytes(2) + entry + bytes(48) + b"\x55\xaa"
    gap = min(spec.size, 64 * KiB) - SECTOR
    return record + hashlib.shake_128(key + b"loader").digest(min(gap, 16 * KiB)).ljust(gap, b"\0")


def _text(source: random.Random, corpus: bytes, length: int) -> bytes:
    """Log-like lines: words in ever new order with numbers that do not repeat, about a third of its size compressed."""
    lines: list[bytes] = []
    room = length
    while room > 0:
        start = source.randrange(len(corpus) - 160)
        line = b"%s %s\n" % (source.randbytes(24).hex().encode(), corpus[start : start + source.randrange(60, 160)])
        lines.append(line)
        room -= len(line)
    return b"".join(lines)[:length]
