"""The host's network service: a read-only NBD server in the place of the product's NFC.

Decided here: which exports there are (one per snapshot disk and per configuration file, or per disk of a restore
point), and that an export is held as long as a client reads it. Everything a client sends is hostile: names, option
lengths, counts and requests are bounded before anything is allocated, and a client that breaks the protocol, or begins
a message and does not end it, is hung up on. How a session goes is in `negotiation` and `transmission`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping

from vbtui.engine.errors import PeerLost, ProtocolError
from vbtui.engine.network import LoopbackNetwork
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.transport.nbd.exports import Export
from vbtui.engine.transport.nbd.negotiation import Negotiation
from vbtui.engine.transport.nbd.transmission import Transmission
from vbtui.engine.transport.reader import ExportSource
from vbtui.vocabulary import Service


class NbdServer:
    """Serves exports at one node's service until `close`; exports may come and go meanwhile."""

    def __init__(self, network: LoopbackNetwork, node: str, service: Service, *, port: int = 0) -> None:
        """Start listening; any local NBD client may connect. `port` is the real port on 127.0.0.1, 0 for a free one.

        Raises AlreadyListening, NetworkClosed, OSError (the port is taken).
        """
        self.node = node
        self.service = service
        self._network = network
        self._lock = threading.Lock()
        self._exports: dict[str, Export] = {}
        network.listen(node, service, self._serve, foreign=True, port=port)

    def add_export(self, name: str, source: ExportSource) -> None:
        """Offer `source` under `name`: its holes if it is a SparseSource, its changes if it is a TrackedSource.

        Raises ValueError for a name that is taken, empty, too long or no text.
        """
        if not 0 < len(name.encode()) <= nbd.MAX_NAME or "\0" in name:
            raise ValueError(f"export name of {len(name.encode())} bytes")
        with self._lock:
            if name in self._exports:
                raise ValueError(f"export {name!r} exists")
            self._exports[name] = Export(name, source)

    def remove_export(self, name: str) -> None:
        """Offer it no longer; sessions that stand live on. Nothing happens if it is not there."""
        with self._lock:
            self._exports.pop(name, None)

    @property
    def exports(self) -> Mapping[str, ExportSource]:
        return {name: export.source for name, export in self._offered().items()}

    def close(self) -> None:
        """Accept no more clients."""
        self._network.unlisten(self.node, self.service)

    # one session

    def _offered(self) -> Mapping[str, Export]:
        with self._lock:
            return dict(self._exports)

    def _serve(self, sock: socket.socket) -> None:
        # What a client does wrong is no failure of the server's, and would pile up in one that runs for days.
        with contextlib.suppress(PeerLost, ProtocolError):
            self._session(sock)

    def _session(self, sock: socket.socket) -> None:
        patience = self._network.timeout
        agreed = Negotiation(sock, self._offered, patience=patience).run()
        if agreed is None:
            return
        holder = f"{self.node} nbd"
        agreed.export.source.hold(holder)
        try:
            Transmission(sock, agreed, patience=patience).run()
        finally:
            agreed.export.source.let_go(holder)
