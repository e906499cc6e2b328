"""Disk images: raw files and generated samples. Knows bytes and extents, nothing of snapshots, movers or networks."""

from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.raw import SECTOR, RawDisk
from vbtui.engine.disk.sample import RegionKind, SampleMap, SampleRegion, SampleSpec, needs_writing, write_sample

__all__ = [
    "SECTOR",
    "Extent",
    "RawDisk",
    "RegionKind",
    "SampleMap",
    "SampleRegion",
    "SampleSpec",
    "needs_writing",
    "write_sample",
]
