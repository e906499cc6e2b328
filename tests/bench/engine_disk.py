"""The disk that the engine's measurement copies: a file system of this machine's own files, duplicates, random, zeros.

    build_disk(folder, mebibytes) -> the raw image
    blocks_to_change(disk, share, seed) -> offsets of blocks in use

Made with `mke2fs -d`, so that files lie as a file system lays them; what it cannot make (blocks that repeat at whole
MiB, zeros that are written) is put into its holes.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

MIB = 2**20
FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/include", "/usr/lib/python3", "/usr/share/doc", "/usr/lib", "/usr/share")
_FILES_SHARE, _TWICE_SHARE = 0.50, 0.06
_RANDOM_SHARE, _DUPLICATE_SHARE, _ZERO_SHARE = 0.03, 0.047, 0.031
"""Of the disk's size; about seven tenths of it are in use at the end."""


def build_disk(folder: Path, mebibytes: int) -> Path:
    """A raw ext4 image of so many MiB. Raises CalledProcessError."""
    staging, disk = folder / "staging", folder / "disk.img"
    staging.mkdir()
    copied = _copy_files(staging, int(mebibytes * MIB * _FILES_SHARE))
    again = 0
    (staging / "again").mkdir()
    for number, path in enumerate(copied):
        if again > mebibytes * MIB * _TWICE_SHARE:
            break
        shutil.copyfile(path, staging / "again" / str(number))
        again += path.stat().st_size
    (staging / "random").write_bytes(random.Random(1).randbytes(int(mebibytes * MIB * _RANDOM_SHARE)))
    mke2fs = shutil.which("mke2fs") or "/usr/sbin/mke2fs"
    subprocess.run(
        [mke2fs, "-q", "-t", "ext4", "-d", str(staging), "-E", "hash_seed=01234567-89ab-cdef-0123-456789abcdef",
         "-U", "01234567-89ab-cdef-0123-456789abcdef", str(disk), f"{mebibytes}M"],
        check=True, capture_output=True,
    )  # fmt: skip
    shutil.rmtree(staging)
    holes = (block for block in range(mebibytes) if _is_hole(disk, block))
    repeated = [random.Random(seed).randbytes(MIB // 4) * 4 for seed in range(3)]
    with disk.open("r+b") as file:
        for number, block in zip(range(int(mebibytes * _DUPLICATE_SHARE)), holes, strict=False):
            os.pwrite(file.fileno(), repeated[number % 3], block * MIB)
        for _, block in zip(range(int(mebibytes * _ZERO_SHARE)), holes, strict=False):
            os.pwrite(file.fileno(), bytes(MIB), block * MIB)
        os.fsync(file.fileno())
    return disk


def blocks_to_change(disk: Path, share: float, seed: int) -> Iterator[tuple[int, bytes]]:
    """Offsets of so many of the blocks in use, by chance, and new content for each: as compressible as the old."""
    used = [block for block in range(disk.stat().st_size // MIB) if not _is_hole(disk, block)]
    picks = random.Random(seed)
    with disk.open("rb") as file:
        for block in sorted(picks.sample(used, max(1, int(len(used) * share)))):
            content = bytearray(os.pread(file.fileno(), MIB, picks.choice(used) * MIB))
            content[:64] = picks.randbytes(64)
            yield block * MIB, bytes(content)


def allocated(path: Path) -> int:
    """Bytes on disk of a file, or of everything in a folder."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(one.stat().st_blocks * 512 for one in files)


def _copy_files(staging: Path, room: int) -> list[Path]:
    copied: list[Path] = []
    for number, folder in enumerate(FOLDERS):
        target, share = staging / str(number), room // (len(FOLDERS) - number)
        target.mkdir()
        for source in sorted(Path(folder).rglob("*")):
            if share <= 0:
                break
            if source.is_file() and not source.is_symlink() and os.access(source, os.R_OK):
                size = source.stat().st_size
                if size <= share:
                    copied.append(target / f"{len(copied)}-{source.name[-80:]}")
                    shutil.copyfile(source, copied[-1])
                    share, room = share - size, room - size
    return copied


def _is_hole(disk: Path, block: int) -> bool:
    with disk.open("rb") as file:
        try:
            return os.lseek(file.fileno(), block * MIB, os.SEEK_DATA) >= (block + 1) * MIB
        except OSError:  # nothing but a hole up to the end
            return True
