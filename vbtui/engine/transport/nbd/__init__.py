"""Network mode over the open NBD protocol, in the place of the product's closed NFC: server and client.

`protocol` has the numbers. The server's half is `negotiation`, `transmission` and `exports` under `server`; the
client's is `handshake`, `replies` and `client`, with `foreign` for servers that are not ours. Both halves take
everything the other side sends for hostile.
"""

from vbtui.engine.transport.nbd.client import NbdClient, NbdReader, list_exports, read_configuration
from vbtui.engine.transport.nbd.exports import ImageExport, SnapshotExport, TextExport
from vbtui.engine.transport.nbd.foreign import NbdUri, is_nbd_uri, open_foreign
from vbtui.engine.transport.nbd.server import NbdServer

__all__ = [
    "ImageExport",
    "NbdClient",
    "NbdReader",
    "NbdServer",
    "NbdUri",
    "SnapshotExport",
    "TextExport",
    "is_nbd_uri",
    "list_exports",
    "open_foreign",
    "read_configuration",
]
