"""How long things take in simulated time, and how many bytes an estimate moves.

These are numbers of our model, chosen so that proportions are right and a person can follow; they are no promise about
the product. Where a public figure exists it is named. Milliseconds and bytes throughout.
"""

from __future__ import annotations

from typing import Final

from vbtui.topology import Disk, Node, ThrottlingRule, Topology, addresses_of
from vbtui.vocabulary import BLOCK_SIZE, MiB, TransportMode

CONNECT_MS: Final = 5
"""A connection that is accepted."""
REJECT_MS: Final = 1
"""A connection that is refused costs next to nothing."""
TIMEOUT_MS: Final = 20_000
"""A connection whose first packet is dropped: the initiator waits."""
LOCAL_MS: Final = 2
START_PROCESS_MS: Final = 400
REQUEST_MS: Final = 150
DECISION_MS: Final = 20
SCRIPT_MS: Final = 2_000
FREEZE_MS: Final = 3_000
SNAPSHOT_MS: Final = 1_500
THAW_MS: Final = 200
ATTACH_MS: Final = 60_000
"""HotAdd costs one to two minutes per VM (best-practice guide, virtual appliance mode)."""
DETACH_MS: Final = 10_000
COMMIT_BASE_MS: Final = 1_500

_RATE: Final = {
    TransportMode.SAN: 400 * MiB,
    TransportMode.NFS: 300 * MiB,
    TransportMode.HOTADD: 250 * MiB,
    TransportMode.NBD: 100 * MiB,
}
"""Bytes a second of one task. Only the order matters: direct storage, then HotAdd, then network."""

_REDUCTION: Final = 0.5
"""Two to one, the best-practice guide's rule of thumb for deduplication and compression together."""


def read_bytes(disk: Disk, *, cbt: bool, incremental: bool) -> int:
    """What is read from the source: with CBT allocated or changed areas, without it the whole disk.

    Changed areas are whole blocks, so the figure is rounded up to blocks and never above the disk's size.
    """
    used = disk.used if disk.used is not None else disk.size * 6 // 10
    if not cbt:
        return disk.size
    wanted = round(used * disk.change_rate) if incremental else used
    return min(disk.size, -(-wanted // BLOCK_SIZE) * BLOCK_SIZE)


def transferred_bytes(disk: Disk, read: int, *, cbt: bool, incremental: bool) -> int:
    """What goes to the repository. Without CBT everything is read but only what changed is sent."""
    useful = min(read, read_bytes(disk, cbt=True, incremental=incremental)) if not cbt else read
    return round(useful * _REDUCTION)


def transfer_ms(mode: TransportMode, read: int, transferred: int, mbit_per_second: int | None) -> int:
    """Duration of the copy of one disk: the slower of reading and, under a throttling rule, sending."""
    reading = read * 1000 // _RATE[mode]
    sending = transferred * 8 * 1000 // (mbit_per_second * 1_000_000) if mbit_per_second else 0
    return max(1, reading, sending)


def commit_ms(transfer: int) -> int:
    """The longer the snapshot lived, the more its redo log holds to merge."""
    return COMMIT_BASE_MS + transfer // 20


def traffic_rule(topology: Topology, one: Node, other: Node) -> ThrottlingRule | None:
    """The lowest traffic rule between two servers' zones, in either direction; none inside one server.

    Rules are reversible and the lowest of several wins (Help Center, network traffic throttling).
    """
    if one.name == other.name:
        return None
    zones = [frozenset(address.zone for address in addresses_of(node)) for node in (one, other)]
    found = [
        rule
        for rule in topology.throttling
        if (rule.source in zones[0] and rule.destination in zones[1])
        or (rule.source in zones[1] and rule.destination in zones[0])
    ]
    return min(found, key=lambda rule: rule.mbit_per_second, default=None)
