"""What lies between the data movers cuts a stream at every frame, changes it, or takes its time: nothing gets lost.

A run ends with its reason, earlier points and the disk are as they were, and the next run on the same open disk
succeeds.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from protected_disk import BLOCK, LINE, Protection, content_of, read_all

from vbtui.engine import LoopbackNetwork
from vbtui.engine.block import HEAD_SIZE, BlockHead, BlockKind
from vbtui.engine.errors import PeerLost, ProtocolError
from vbtui.engine.wire import receive, send_all
from vbtui.vocabulary import Connection

LONG = bool(os.environ.get("VBTUI_LONG_TESTS"))
NEW = "p0003"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Protection:
    return Protection.make(tmp_path_factory.mktemp("failing") / "template")


@dataclass
class Relay:
    """Stands between the data movers and hands frames on: as they are until the frame `at`, then as told."""

    at: int
    how: str
    frames: int = 0
    at_end: bool = False
    """The frame `at` was the end of a stream, or what acknowledges it."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, network: LoopbackNetwork) -> Connection:
        def serve(sock: socket.socket) -> None:
            with (
                network.connect(Connection("relay", LINE.destination, LINE.service)) as onward,
                suppress(PeerLost, OSError),
            ):
                self._forward(sock, onward)

        network.listen("relay", LINE.service, serve)
        return Connection(LINE.source, "relay", LINE.service)

    def _forward(self, sock: socket.socket, onward: socket.socket) -> None:
        start = receive(sock, 8)
        self._hand_on(onward, start + receive(sock, int.from_bytes(start[6:8], "little")))
        while True:
            head = receive(sock, HEAD_SIZE)
            end = BlockHead.unpack(head).kind is BlockKind.END
            self._hand_on(onward, head + receive(sock, BlockHead.unpack(head).payload_size), end=end)
            if end:
                self._hand_on(sock, receive(onward, 16), end=True)
                return

    def _hand_on(self, sock: socket.socket, frame: bytes, *, end: bool = False) -> None:
        with self._lock:
            here, self.frames = self.frames == self.at, self.frames + 1
            self.at_end |= here and end
        if here and self.how == "cut":
            raise PeerLost("closed")
        if here and self.how == "cut inside":
            send_all(sock, frame[: len(frame) // 2])
            raise PeerLost("closed")
        if here and self.how == "changed":
            frame = frame[:-1] + bytes([frame[-1] ^ 1])
        if here and self.how == "twice":
            send_all(sock, frame)
        if here and self.how == "lost":
            return
        if self.how == "slow":
            for at in range(0, len(frame), 1000):
                send_all(sock, frame[at : at + 1000])
            return
        send_all(sock, frame)


@pytest.mark.parametrize("how", ["cut", "cut inside", "changed", "twice", "lost"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stream_that_is_cut_or_changed_at_any_frame(
    template: Protection, tmp_path: Path, how: str, workers: int, tell: Callable[[str, object], None]
) -> None:
    made = template.copy(tmp_path / "copy")
    made.place.timeout = 2.0 if how == "lost" else made.place.timeout
    at = 0
    with made.place.opened() as disk:
        while True:
            relay = Relay(at, how)
            made.model.write(disk, 0, content_of(100 + at, 4 * BLOCK))
            try:
                made.place.back_up(disk, NEW, workers=workers, relay=relay)
            except (PeerLost, ProtocolError):
                assert at <= relay.frames
                made.unchanged()
                assert disk.leftover == () and read_all(disk) == made.model.content
            else:
                made.points[NEW] = made.model.content
                made.unchanged()
                if at >= relay.frames:
                    break
                # Whoever has the end of a stream, or its acknowledgement, listens no more: once again does no harm.
                assert how == "twice" and relay.at_end, f"frame {at} {how} and nobody has noticed"
                made.place.repository.expire([NEW])
                del made.points[NEW]
            at += 1 if LONG or workers == 1 else 3
    assert at > 6
    tell(f"streams of {workers} workers, {how}", at)


def test_a_slow_line_loses_nothing(template: Protection, tmp_path: Path) -> None:
    made = template.copy(tmp_path / "copy")
    with made.place.opened() as disk:
        made.points[NEW] = made.model.content
        made.place.back_up(disk, NEW, full=True, workers=2, relay=Relay(-1, "slow"))
    made.unchanged()
