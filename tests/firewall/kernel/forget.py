"""Makes the namespace forget all connections, as `conntrack -F` does, so that equal packets are new ones again.

One netlink message: delete in the connection tracking subsystem, without saying what (linux/netfilter/nfnetlink.h and
nfnetlink_conntrack.h).
"""

from __future__ import annotations

import socket
import struct

NETLINK_NETFILTER = 12
CTNETLINK_DELETE = (1 << 8) | 2
REQUEST_AND_ACKNOWLEDGE = 1 | 4
ERROR = 2


def main() -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as opened:
        header = struct.pack("=IHHII", 20, CTNETLINK_DELETE, REQUEST_AND_ACKNOWLEDGE, 1, 0)
        opened.send(header + struct.pack("=BBH", socket.AF_UNSPEC, 0, 0))
        answer = opened.recv(4096)
    kind = struct.unpack_from("=H", answer, 4)[0]
    code = struct.unpack_from("=i", answer, 16)[0]
    if kind != ERROR or code != 0:
        raise SystemExit(f"connections were not forgotten: {code}")


if __name__ == "__main__":
    main()
