"""Whatever happens to a stream between two data movers, both sides end, and nothing wrong is handed over."""

from __future__ import annotations

import socket
import threading
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_points import MemoryDisk, MemorySink
from nbd_services import MemorySource, serving
from patience import PATIENCE, wait_until
from strategies import examples

from vbtui.engine import Cancelled, CopyTask, Extent, LoopbackNetwork, ProxyDataMover, RepositoryDataMover
from vbtui.engine.block import HEAD_SIZE, BlockHead, BlockKind
from vbtui.engine.errors import PeerLost, ProtocolError
from vbtui.engine.mover import Copy, TaskProgress, start_copy
from vbtui.engine.mover.repository import Delivery
from vbtui.engine.wire import receive, receive_into, send_all
from vbtui.vocabulary import Connection, MiB, Service

DATA = Service.parse("tcp/2500")
LINE = Connection("px", "repository", DATA)
DISK = MemoryDisk([b"a", b"b", b"", b"\0", b"a", b"c"])
HELLO = b"VBDM\x01\x00\x04\x00vm/d"


def a_stream() -> list[bytes]:
    """What one worker sends for DISK, from its hello to its END head, cut into frames."""
    with LoopbackNetwork(lambda _: True) as network:
        frames: list[bytes] = []

        def take_down(sock: socket.socket) -> None:
            frames.append(receive(sock, len(HELLO)))
            while not frames[1:] or BlockHead.unpack(frames[-1][:HEAD_SIZE]).kind is not BlockKind.END:
                head = receive(sock, HEAD_SIZE)
                frames.append(head + receive(sock, BlockHead.unpack(head).payload_size))
            send_all(sock, b"VBOK" + bytes(4) + (len(frames) - 2).to_bytes(8, "little"))

        network.listen("repository", DATA, take_down)
        target = RepositoryDataMover(network, "repository")
        task = CopyTask("vm/d", lambda: MemoryDisk(DISK.blocks), LINE, workers=1)
        start_copy(task, ProxyDataMover(network, "px"), target, MemorySink(DISK.size)).wait()
    assert b"".join(frames[:1]) == HELLO
    return frames


FRAMES = a_stream()
STREAM = b"".join(FRAMES)
BOUNDARIES = [sum(map(len, FRAMES[:number])) for number in range(len(FRAMES))]


def delivered(stream: bytes) -> tuple[MemorySink, Delivery, bool]:
    """What a repository's data mover makes of a stream that then ends; the last says whether it acknowledged it."""
    sink = MemorySink(DISK.size)
    with LoopbackNetwork(lambda _: True, timeout=10.0) as network:
        target = RepositoryDataMover(network, "repository")
        target.listen(DATA)
        delivery = target.expect("vm/d", sink, TaskProgress(DISK.size, 6))
        with network.connect(LINE) as sock:
            try:
                send_all(sock, stream)
                sock.shutdown(socket.SHUT_WR)
                acknowledged = bool(receive(sock, 16))
            except (PeerLost, OSError):
                acknowledged = False
        # A stream that ended in its hello has never been one of this task.
        delivery.close(hang_up_streams=False)
    return sink, delivery, acknowledged


def test_the_whole_stream_is_acknowledged() -> None:
    sink, delivery, acknowledged = delivered(STREAM)
    assert acknowledged and delivery.error is None
    assert sink.content() == DISK.content


CUTS = sorted({at + by for at in BOUNDARIES for by in (-1, 0, 1, HEAD_SIZE)} - {-1, len(STREAM)})


@pytest.mark.parametrize("cut", CUTS)
def test_a_stream_that_is_cut_hands_over_whole_frames_only(cut: int) -> None:
    sink, delivery, acknowledged = delivered(STREAM[:cut])
    assert not acknowledged
    whole = [BlockHead.unpack(frame[:HEAD_SIZE]) for at, frame in zip(BOUNDARIES, FRAMES, strict=True)
             if at and at + len(frame) <= cut]  # fmt: skip
    assert set(sink.heads.values()) == set(whole)
    if cut >= len(HELLO):
        assert isinstance(delivery.error, PeerLost)


@examples(150)
@given(st.integers(0, len(STREAM) * 8 - 1))
def test_a_flipped_bit_is_never_handed_over(bit: int) -> None:
    broken = bytearray(STREAM)
    broken[bit // 8] ^= 1 << bit % 8
    sink, delivery, acknowledged = delivered(bytes(broken))
    assert not acknowledged
    for head in sink.heads.values():
        assert head.pack() in STREAM
    if bit // 8 >= len(HELLO):
        assert isinstance(delivery.error, ProtocolError)


def test_frames_that_are_lost_or_come_twice_are_noticed_by_their_number() -> None:
    for frames in (FRAMES[:-2] + FRAMES[-1:], FRAMES[:1] + FRAMES[-1:]):
        _, delivery, acknowledged = delivered(b"".join(frames))
        assert not acknowledged
        assert isinstance(delivery.error, ProtocolError)


Handler = Callable[[socket.socket], None]


def copy_to(network: LoopbackNetwork, handler: Handler, **how: object) -> Copy:
    """A copy whose other side is `handler`."""
    network.listen("repository", DATA, handler)
    target = RepositoryDataMover(network, "repository")
    fields: dict[str, object] = {"workers": 2} | how
    task = CopyTask("vm/d", lambda: MemoryDisk(DISK.blocks), LINE, **fields)  # type: ignore[arg-type]
    return start_copy(task, ProxyDataMover(network, "px"), target, MemorySink(DISK.size))


def test_a_repository_that_never_answers_is_given_up() -> None:
    """It takes every block and owes the acknowledgement."""
    released = threading.Event()

    def swallow(sock: socket.socket) -> None:
        buffer = memoryview(bytearray(1))
        try:
            while not released.is_set():
                receive_into(sock, buffer)
        except PeerLost:
            released.wait(30)

    with LoopbackNetwork(lambda _: True, timeout=0.2) as network:
        copy = copy_to(network, swallow)
        with pytest.raises(PeerLost) as lost:
            copy.wait()
        assert lost.value.reason == "timeout"
        assert not copy.running
        released.set()


@pytest.mark.parametrize("answer", [b"VBOK" + bytes(12), b"VBNO" + bytes(12), b"VBOK" + bytes(4) + b"\xff" * 8])
def test_an_acknowledgement_of_something_else_is_no_acknowledgement(answer: bytes) -> None:
    def lie(sock: socket.socket) -> None:
        receive(sock, len(STREAM))
        send_all(sock, answer)

    with LoopbackNetwork(lambda _: True, timeout=10.0) as network, pytest.raises(ProtocolError):
        copy_to(network, lie, workers=1).wait()


@pytest.mark.parametrize("taken", BOUNDARIES)
def test_a_repository_that_goes_away_at_any_frame_ends_the_copy(taken: int) -> None:
    def leave(sock: socket.socket) -> None:
        receive(sock, taken)

    with LoopbackNetwork(lambda _: True, timeout=10.0) as network:
        copy = copy_to(network, leave)
        with pytest.raises(PeerLost):
            copy.wait()
        assert not copy.running


def test_a_sender_that_falls_silent_ends_when_its_task_is_cancelled() -> None:
    with LoopbackNetwork(lambda _: True, timeout=10.0) as network:
        target = RepositoryDataMover(network, "repository")
        target.listen(DATA)
        delivery = target.expect("vm/d", MemorySink(DISK.size), TaskProgress(DISK.size, 6))
        with network.connect(LINE) as sock:
            send_all(sock, STREAM[: BOUNDARIES[2]])
            wait_until(lambda: bool(delivery._streams))
            delivery.close(hang_up_streams=True)
            with pytest.raises((PeerLost, OSError)):
                receive(sock, 1)


def test_a_slow_target_slows_the_copy_down_and_loses_nothing() -> None:
    allowed = threading.Semaphore(0)
    sink = MemorySink(DISK.size, before_place=lambda: allowed.acquire(timeout=PATIENCE))
    with LoopbackNetwork(lambda _: True, timeout=10.0) as network:
        target = RepositoryDataMover(network, "repository")
        target.listen(DATA)
        task = CopyTask("vm/d", lambda: MemoryDisk(DISK.blocks), LINE)
        copy = start_copy(task, ProxyDataMover(network, "px"), target, sink)
        for _ in range(6):
            assert copy.running
            allowed.release()
        copy.wait()
    assert sink.content() == DISK.content


def test_a_cancelled_copy_ends_while_the_target_stands_still() -> None:
    allowed = threading.Event()
    sink = MemorySink(DISK.size, before_place=lambda: allowed.wait(30))
    with LoopbackNetwork(lambda _: True, timeout=600.0) as network:
        target = RepositoryDataMover(network, "repository")
        target.listen(DATA)
        copy = start_copy(
            CopyTask("vm/d", lambda: MemoryDisk(DISK.blocks), LINE), ProxyDataMover(network, "px"), target, sink
        )
        copy.cancel()
        for thread in copy._threads:
            thread.join(20)
        assert not copy.running  # its own threads do not wait for the target
        allowed.set()
        with pytest.raises(Cancelled):
            copy.wait()


class Silent(MemorySource):
    """A source that takes every read and does not answer before it is released."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content, (Extent(0, len(content)),))
        self.asked, self.released = threading.Event(), threading.Event()

    def read_into(self, offset: int, view: memoryview) -> None:
        self.asked.set()
        assert self.released.wait(60)
        super().read_into(offset, view)


def test_a_cancelled_copy_does_not_wait_for_a_source_that_never_answers() -> None:
    source = Silent(DISK.content)
    with LoopbackNetwork(lambda _: True, timeout=600.0) as network:
        host = serving(network, source)
        target = RepositoryDataMover(network, "repository")
        target.listen(DATA)
        task = CopyTask("vm/d", host.reader, LINE)
        try:
            copy = start_copy(task, ProxyDataMover(network, "px"), target, MemorySink(DISK.size))
            assert source.asked.wait(60)
            copy.cancel()
            for thread in copy._threads:
                thread.join(20)
            assert not copy.running
        finally:
            source.released.set()
        with pytest.raises(Cancelled):
            copy.wait()


class Endless:
    """A disk of different blocks that takes no memory."""

    def __init__(self, mebibytes: int) -> None:
        self.size = mebibytes * MiB
        self._noise = bytes((number * number) % 253 for number in range(64 * 1024)) * 16

    def read_into(self, offset: int, view: memoryview) -> None:
        view[:] = self._noise[: len(view)]
        view[:8] = offset.to_bytes(8, "little")

    def extents(self) -> tuple[Extent, ...]:
        return (Extent(0, self.size),)

    def close(self) -> None:
        pass


class Nowhere(MemorySink):
    """Takes blocks of 1 MiB and keeps nothing."""

    block_size = MiB

    def place(self, head: BlockHead, payload: memoryview) -> int:  # noqa: ARG002
        return len(payload)


def peak_of_a_copy(mebibytes: int) -> int:
    """Bytes that a copy of a disk of so many different blocks takes at its peak, in Python's own memory."""
    with LoopbackNetwork(lambda _: True, timeout=30.0) as network:
        target = RepositoryDataMover(network, "repository")
        target.listen(DATA)
        tracemalloc.start()
        try:
            task = CopyTask("vm/d", lambda: Endless(mebibytes), LINE)
            start_copy(task, ProxyDataMover(network, "px"), target, Nowhere(mebibytes * MiB)).wait()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_memory_depends_on_the_workers_and_not_on_the_disk() -> None:
    small, large = peak_of_a_copy(16), peak_of_a_copy(64)
    assert large < 16 * MiB
    assert abs(large - small) < 4 * MiB
