"""Disk images: raw files, VMDK and generated samples. Knows bytes and extents, not snapshots, movers or networks."""

from vbtui.engine.disk.conversion import Difference, NewFormat, NewImage, compare_images, convert_image, new_child
from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.image import DiskImage, ImageFormat, image_format, open_image, runs_of
from vbtui.engine.disk.raw import SECTOR, RawDisk
from vbtui.engine.disk.sample import (
    RegionKind,
    SampleMap,
    SampleRegion,
    SampleSpec,
    is_sample_vmdk,
    needs_writing,
    needs_writing_vmdk,
    sample_content,
    sample_map,
    write_sample,
    write_sample_vmdk,
)
from vbtui.engine.disk.vmdk import Run, RunKind, VmdkDisk

__all__ = [
    "SECTOR",
    "Difference",
    "DiskImage",
    "Extent",
    "ImageFormat",
    "NewFormat",
    "NewImage",
    "RawDisk",
    "RegionKind",
    "Run",
    "RunKind",
    "SampleMap",
    "SampleRegion",
    "SampleSpec",
    "VmdkDisk",
    "compare_images",
    "convert_image",
    "image_format",
    "is_sample_vmdk",
    "needs_writing",
    "needs_writing_vmdk",
    "new_child",
    "open_image",
    "runs_of",
    "sample_content",
    "sample_map",
    "write_sample",
    "write_sample_vmdk",
]
