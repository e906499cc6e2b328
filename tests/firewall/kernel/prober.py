"""Reads batches of probes as JSON lines and writes what the kernel made of each: allow, deny (silence) or reject.

A batch is [seconds, [[source, source port, destination, protocol, port], ...]]; its probes run at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import sys
from typing import Any


async def probe(seconds: float, source: str, source_port: int, destination: str, protocol: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    loop = asyncio.get_running_loop()
    with socket.socket(family, kind) as opened:
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((source, source_port))
        try:
            async with asyncio.timeout(seconds):
                if protocol == "tcp":
                    # Close with a reset, so that nothing lingers.
                    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    await loop.sock_connect(opened, (destination, port))
                else:
                    opened.connect((destination, port))
                    # Not permitted: dropped or rejected on its way out of this very host; which, the answer tells.
                    with contextlib.suppress(PermissionError):
                        opened.send(b"?")
                    await loop.sock_recv(opened, 100)
        except TimeoutError:
            return "deny"
        except PermissionError:
            return "deny"
        except ConnectionRefusedError:
            return "reject"
        return "allow"


async def batch(seconds: float, probes: list[Any]) -> list[str]:
    return list(await asyncio.gather(*(probe(seconds, *one) for one in probes)))


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asyncio.run(batch(*json.loads(line)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
