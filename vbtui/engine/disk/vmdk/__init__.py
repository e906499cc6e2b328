"""VMDK, VMware's disk image format, by our own reader and writer.

Read: monolithicSparse, monolithicFlat, twoGbMaxExtentSparse, twoGbMaxExtentFlat, streamOptimized, and any mixture of
FLAT (from a start sector on), VMFS, SPARSE and ZERO extents, with RDONLY and NOACCESS; zeroed grains; compressed grains
with markers and a directory in the footer; deltas over their parents. Written: monolithicSparse, with or without a
parent, monolithicFlat, and in place whatever is not compressed. Not read: COWD ("vmfsSparse") and SESPARSE extents and
raw devices; they are refused by name.

Every byte of an image is hostile: no number from a file is believed before it was held against the file's size and the
bounds in `header`; nothing is opened that lies outside the image's folder; whatever is wrong is an error with file and
byte, or line. Must never happen here: a wrong byte without an error where the format allows to see it, memory or time
that a number in a file decides, a write to a parent.
"""

from vbtui.engine.disk.vmdk.create import (
    GRAIN,
    create_child,
    create_delta,
    create_flat,
    create_sparse,
    flat_data,
    flat_descriptor,
)
from vbtui.engine.disk.vmdk.descriptor import Access, Descriptor, ExtentLine, ExtentType, parse_descriptor
from vbtui.engine.disk.vmdk.errors import (
    BadDescriptor,
    BadVmdk,
    ImageFull,
    MissingFile,
    NoAccess,
    NotWritable,
    OutsideFolder,
    ParentChanged,
    ParentLoop,
    Part,
)
from vbtui.engine.disk.vmdk.extent import Run, RunKind
from vbtui.engine.disk.vmdk.image import VmdkDisk

__all__ = [
    "GRAIN",
    "Access",
    "BadDescriptor",
    "BadVmdk",
    "Descriptor",
    "ExtentLine",
    "ExtentType",
    "ImageFull",
    "MissingFile",
    "NoAccess",
    "NotWritable",
    "OutsideFolder",
    "ParentChanged",
    "ParentLoop",
    "Part",
    "Run",
    "RunKind",
    "VmdkDisk",
    "create_child",
    "create_delta",
    "create_flat",
    "create_sparse",
    "flat_data",
    "flat_descriptor",
    "parse_descriptor",
]
