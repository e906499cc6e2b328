"""The three ways from a snapshot to a proxy's data mover: directly from storage, HotAdd, and network.

Each way is a `DiskReader` with a code path of its own, as in the product: `san`, `hotadd`, `nbd`. The configuration
file of a VM (.vmx) comes through the host's network service in all three. Never here: which way is taken, what is done
with the bytes.
"""

from vbtui.engine.transport.hotadd import HotAddReader, Slot, VirtualScsi
from vbtui.engine.transport.nbd import (
    ImageExport,
    NbdClient,
    NbdReader,
    NbdServer,
    NbdUri,
    SnapshotExport,
    TextExport,
    is_nbd_uri,
    list_exports,
    open_foreign,
    read_configuration,
)
from vbtui.engine.transport.reader import DiskReader, ExportSource, SparseSource, TrackedSource
from vbtui.engine.transport.san import SanReader

__all__ = [
    "DiskReader",
    "ExportSource",
    "HotAddReader",
    "ImageExport",
    "NbdClient",
    "NbdReader",
    "NbdServer",
    "NbdUri",
    "SanReader",
    "Slot",
    "SnapshotExport",
    "SparseSource",
    "TextExport",
    "TrackedSource",
    "VirtualScsi",
    "is_nbd_uri",
    "list_exports",
    "open_foreign",
    "read_configuration",
]
