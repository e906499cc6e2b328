"""The three ways from a snapshot to a proxy's data mover: directly from storage, HotAdd, and network.

Each way is a reader with the same four methods and a code path of its own, as in the product. The configuration file of
a VM (.vmx) comes through the host's network service in all three.
"""

from vbtui.engine.transport.hotadd import HotAddReader, Slot, VirtualScsi
from vbtui.engine.transport.nbd import NbdReader, list_exports, read_configuration
from vbtui.engine.transport.nbd_server import NbdServer, TextExport
from vbtui.engine.transport.reader import DiskReader, ExportSource
from vbtui.engine.transport.san import SanReader

__all__ = [
    "DiskReader",
    "ExportSource",
    "HotAddReader",
    "NbdReader",
    "NbdServer",
    "SanReader",
    "Slot",
    "TextExport",
    "VirtualScsi",
    "list_exports",
    "read_configuration",
]
