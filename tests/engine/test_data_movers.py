"""Data movers drop zeros and duplicates, keep their counters, and end cleanly however they end."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from patience import wait_until

from vbtui.engine import (
    DEFAULT_HASH,
    Blocked,
    Cancelled,
    CopyTask,
    DiskInfo,
    Extent,
    HashAlgorithm,
    LoopbackNetwork,
    PointMetadata,
    PointWriter,
    ProxyDataMover,
    RawDisk,
    Repository,
    RepositoryDataMover,
    Throttle,
    start_copy,
)
from vbtui.engine.block import HEAD_SIZE, BlockHead, BlockKind, Codec
from vbtui.engine.block_map import BlockMap, BlockState
from vbtui.engine.errors import NetworkClosed, NotListening, PeerLost, ProtocolError, RefusedByServer
from vbtui.engine.mover import DiskSink, TaskProgress
from vbtui.engine.mover.stream import send_hello
from vbtui.engine.wire import receive, send_all
from vbtui.vocabulary import BLOCK_SIZE, Connection, MiB, Service

DATA = Service.parse("tcp/2500")
TO_REPOSITORY = Connection("px", "repository", DATA)


class Bench:
    """A proxy, a repository and one point of one disk between them."""

    def __init__(self, folder: Path, network: LoopbackNetwork, size: int, *, listen: bool = True) -> None:
        self.network = network
        self.repository = Repository(folder / "repository")
        self.point: PointWriter = self.repository.begin("vm", "vm-0001", [DiskInfo("d", size)], created_ms=0)
        self.proxy = ProxyDataMover(network, "px")
        self.target = RepositoryDataMover(network, "repository")
        if listen:
            self.target.listen(DATA)

    def restored(self, folder: Path) -> bytes:
        self.point.finish(PointMetadata())
        assert self.repository.verify("vm-0001").ok
        self.repository.restore("vm-0001", "d", folder / "restored")
        return (folder / "restored").read_bytes()


def disk_of(folder: Path, *blocks: bytes, tail: bytes = b"") -> Path:
    """A raw disk from block contents; None-like empty bytes make a hole."""
    path = folder / "source.img"
    with path.open("wb") as file:
        for number, block in enumerate(blocks):
            if block:
                file.seek(number * BLOCK_SIZE)
                file.write(block * (BLOCK_SIZE // len(block)))
        file.truncate(len(blocks) * BLOCK_SIZE)
        if tail:
            file.seek(0, 2)
            file.write(tail)
    return path


@pytest.mark.parametrize("workers", [1, 3])
def test_zeros_duplicates_and_holes_are_not_transferred_and_all_is_counted(
    tmp_path: Path, network: LoopbackNetwork, workers: int
) -> None:
    path = disk_of(tmp_path, b"abcd", b"\0", b"", b"abcd", b"efgh", b"abcd", b"", tail=b"z" * 512)
    bench = Bench(tmp_path, network, 7 * MiB + 512)
    marks = BlockMap(8)
    task = CopyTask("vm/d", lambda: RawDisk(path), TO_REPOSITORY, workers=workers, marks=marks)
    copy = start_copy(task, bench.proxy, bench.target, bench.point.disk("d"))
    copy.wait()
    figures = copy.progress.figures()
    assert (figures.total, figures.processed) == (7 * MiB + 512, 7 * MiB + 512)
    assert figures.read == 5 * MiB + 512
    assert (figures.zero, figures.duplicate) == (MiB, 2 * MiB)
    assert (figures.blocks_done, figures.blocks_total) == (8, 8)
    assert figures.written < figures.transferred < 10_000
    sent, twice, hole = BlockState.WRITTEN, BlockState.DUPLICATE, BlockState.HOLE
    states = [BlockState(state) for state in marks.copy()]
    assert (states[1], states[2], states[4], states[6], states[7]) == (BlockState.ZERO, hole, sent, hole, sent)
    assert sorted([states[0], states[3], states[5]]) == [twice, twice, sent]
    assert bench.restored(tmp_path) == path.read_bytes()
    assert network.accepted("repository", DATA) == network.connected(TO_REPOSITORY) == workers


def test_a_block_is_marked_before_it_is_read_and_again_when_its_bytes_are_there(
    tmp_path: Path, network: LoopbackNetwork
) -> None:
    """The guest's counters stand on this: a block marked UNREAD after a write cannot have been read before it."""
    marks = BlockMap(4)
    states: list[bytes] = []

    class Watched(RawDisk):
        def read_into(self, offset: int, view: memoryview) -> None:
            # What has left the mover may have arrived already.
            states.append(marks.copy().replace(bytes([BlockState.WRITTEN]), bytes([BlockState.SENT])))
            super().read_into(offset, view)

    path = disk_of(tmp_path, b"a", b"b", b"", b"c")
    bench = Bench(tmp_path, network, 4 * MiB)
    task = CopyTask("vm/d", lambda: Watched(path), TO_REPOSITORY, workers=1, marks=marks)
    start_copy(task, bench.proxy, bench.target, bench.point.disk("d")).wait()
    bench.point.abort()
    assert states == [
        bytes([BlockState.READING, BlockState.UNREAD, BlockState.HOLE, BlockState.UNREAD]),
        bytes([BlockState.SENT, BlockState.READING, BlockState.HOLE, BlockState.UNREAD]),
        bytes([BlockState.SENT, BlockState.SENT, BlockState.HOLE, BlockState.READING]),
    ]


def test_the_host_s_extents_take_the_place_of_the_reader_s(tmp_path: Path, network: LoopbackNetwork) -> None:
    path = disk_of(tmp_path, b"a", b"b", b"c")
    bench = Bench(tmp_path, network, 3 * MiB)
    task = CopyTask("vm/d", lambda: RawDisk(path), TO_REPOSITORY, extents=(Extent(MiB, 1),))
    copy = start_copy(task, bench.proxy, bench.target, bench.point.disk("d"))
    copy.wait()
    assert copy.progress.read == MiB
    assert bench.restored(tmp_path) == bytes(MiB) + b"b" * MiB + bytes(MiB)


class BrokenReader:
    """A reader that fails at its third block."""

    size = 8 * MiB

    def __init__(self) -> None:
        self.closed = False
        self._reads = 0

    def read_into(self, offset: int, view: memoryview) -> None:
        self._reads += 1
        if self._reads > 2:
            raise RefusedByServer("disk", errno.EIO)
        view[:] = (b"%d" % (offset % 10)) * len(view)

    def extents(self) -> tuple[Extent, ...]:
        return (Extent(0, self.size),)

    def close(self) -> None:
        self.closed = True


def test_a_reader_that_fails_ends_the_copy_with_its_error(tmp_path: Path, network: LoopbackNetwork) -> None:
    bench = Bench(tmp_path, network, BrokenReader.size)
    readers: list[BrokenReader] = []

    def open_reader() -> BrokenReader:
        readers.append(BrokenReader())
        return readers[-1]

    copy = start_copy(
        CopyTask("vm/d", open_reader, TO_REPOSITORY, workers=3), bench.proxy, bench.target, bench.point.disk("d")
    )
    with pytest.raises(RefusedByServer):
        copy.wait()
    bench.point.abort()
    assert [reader.closed for reader in readers] == [True] * 3
    assert list((tmp_path / "repository").iterdir()) == []


class FullSink:
    """A target whose disk is full after some blocks."""

    number = 0
    size = 32 * MiB
    block_size = BLOCK_SIZE
    algorithm = DEFAULT_HASH
    known = None

    def __init__(self) -> None:
        self._placed = 0

    def place(self, head: BlockHead, payload: memoryview) -> int:  # noqa: ARG002
        self._placed += 1
        if self._placed > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return 0


def test_a_full_repository_is_the_error_and_not_the_lost_connection(
    sample: Callable[..., Path], network: LoopbackNetwork
) -> None:
    path = sample(mebibytes=32)
    target = RepositoryDataMover(network, "repository")
    target.listen(DATA)
    sink: DiskSink = FullSink()
    copy = start_copy(
        CopyTask("vm/d", lambda: RawDisk(path), TO_REPOSITORY, extents=(Extent(0, 32 * MiB),)),
        ProxyDataMover(network, "px"), target, sink,
    )  # fmt: skip
    with pytest.raises(OSError) as full:
        copy.wait()
    assert full.value.errno == errno.ENOSPC


def test_a_cancelled_copy_ends_although_it_is_throttled_to_a_standstill(
    sample: Callable[..., Path], tmp_path: Path, network: LoopbackNetwork
) -> None:
    path = sample(mebibytes=16)
    bench = Bench(tmp_path, network, 16 * MiB)
    begun = threading.Event()
    task = CopyTask(
        "vm/d", lambda: RawDisk(path), TO_REPOSITORY, throttle=Throttle(1.0), before_block=lambda *_: begun.set()
    )
    copy = start_copy(task, bench.proxy, bench.target, bench.point.disk("d"))
    assert begun.wait(10)
    copy.cancel()
    with pytest.raises(Cancelled):
        copy.wait()
    copy.cancel()
    bench.point.abort()
    assert list((tmp_path / "repository").iterdir()) == []


@pytest.mark.parametrize("server_on_proxy", [False, True])
def test_a_blocked_data_connection_is_the_callers_error_and_leaves_nothing(
    sample: Callable[..., Path], tmp_path: Path, server_on_proxy: bool
) -> None:
    path = sample(mebibytes=2)
    asked: list[Connection] = []

    def permit(connection: Connection) -> bool:
        asked.append(connection)
        return len(asked) != 2  # the second stream is the one that is blocked

    with LoopbackNetwork(permit) as network:
        bench = Bench(tmp_path, network, 2 * MiB)
        connection = Connection("repository", "px", DATA) if server_on_proxy else TO_REPOSITORY
        task = CopyTask("vm/d", lambda: RawDisk(path), connection, workers=2)
        with pytest.raises(Blocked) as blocked:
            start_copy(task, bench.proxy, bench.target, bench.point.disk("d"))
        assert blocked.value.connection == connection
        assert not network.listening("px", DATA)
        # The task's name is free again: the same copy can be tried once more.
        start_copy(task, bench.proxy, bench.target, bench.point.disk("d")).wait()
        assert bench.restored(tmp_path) == path.read_bytes()


def test_what_cannot_start_says_why(sample: Callable[..., Path], tmp_path: Path, network: LoopbackNetwork) -> None:
    path = sample(mebibytes=2)
    bench = Bench(tmp_path, network, 4 * MiB, listen=False)
    sink = bench.point.disk("d")
    other = Connection("elsewhere", "repository", DATA)
    with pytest.raises(ValueError):
        start_copy(CopyTask("vm/d", lambda: RawDisk(path), other), bench.proxy, bench.target, sink)
    with pytest.raises(ValueError):  # the disk is not the one that the point expects
        start_copy(CopyTask("vm/d", lambda: RawDisk(path), TO_REPOSITORY), bench.proxy, bench.target, sink)
    whole = sample("whole.img", 4)
    with pytest.raises(NotListening):
        start_copy(CopyTask("vm/d", lambda: RawDisk(whole), TO_REPOSITORY), bench.proxy, bench.target, sink)
    bench.point.abort()


def test_a_network_that_goes_down_ends_the_copy(sample: Callable[..., Path], tmp_path: Path) -> None:
    path = sample(mebibytes=16)
    network = LoopbackNetwork(lambda _: True)
    bench = Bench(tmp_path, network, 16 * MiB)
    begun, closed = threading.Event(), threading.Event()

    def hold(ordinal: int, _total: int) -> None:
        if ordinal:
            begun.set()
            closed.wait(10)

    task = CopyTask("vm/d", lambda: RawDisk(path), TO_REPOSITORY, before_block=hold)
    copy = start_copy(task, bench.proxy, bench.target, bench.point.disk("d"))
    assert begun.wait(10)
    network.close()
    closed.set()
    with pytest.raises((PeerLost, NetworkClosed)):
        copy.wait()
    bench.point.abort()


def test_a_repository_that_has_stopped_reading_is_given_up(sample: Callable[..., Path], tmp_path: Path) -> None:
    path = sample(mebibytes=16)
    released = threading.Event()

    def stopped(_sock: socket.socket) -> None:
        released.wait(30)

    with LoopbackNetwork(lambda _: True, timeout=0.2) as network:
        bench = Bench(tmp_path, network, 16 * MiB, listen=False)
        network.listen("repository", DATA, stopped)
        task = CopyTask("vm/d", lambda: RawDisk(path), TO_REPOSITORY)
        copy = start_copy(task, bench.proxy, bench.target, bench.point.disk("d"))
        with pytest.raises(PeerLost) as lost:
            copy.wait()
        assert lost.value.reason == "timeout"
        released.set()
        bench.point.abort()


def test_a_cancelled_copy_does_not_wait_for_an_answer_that_never_comes(tmp_path: Path) -> None:
    path = disk_of(tmp_path, b"\0")
    released = threading.Event()

    def stopped(_sock: socket.socket) -> None:
        released.wait(60)

    with LoopbackNetwork(lambda _: True, timeout=600.0) as network:
        bench = Bench(tmp_path, network, MiB, listen=False)
        network.listen("repository", DATA, stopped)
        task = CopyTask("vm/d", lambda: RawDisk(path), TO_REPOSITORY, workers=1)
        copy = start_copy(task, bench.proxy, bench.target, bench.point.disk("d"))
        wait_until(lambda: copy.progress.blocks_done > 0)
        copy.cancel()
        for thread in copy._threads:
            thread.join(20)
        assert not copy.running
        with pytest.raises(Cancelled):
            copy.wait()
        released.set()
        bench.point.abort()


def test_a_point_of_another_hash_gets_that_hash(
    sample: Callable[..., Path], tmp_path: Path, network: LoopbackNetwork
) -> None:
    path = sample(mebibytes=3)
    repository = Repository(tmp_path / "repository")
    target = RepositoryDataMover(network, "repository")
    target.listen(DATA)
    with repository.begin(
        "vm", "vm-0001", [DiskInfo("d", 3 * MiB)], created_ms=0, algorithm=HashAlgorithm.SHA256
    ) as point:
        task = CopyTask("vm/d", lambda: RawDisk(path), TO_REPOSITORY)
        start_copy(task, ProxyDataMover(network, "px"), target, point.disk("d")).wait()
        point.finish(PointMetadata())
    assert repository.verify("vm-0001").ok


def data_head(**changes: object) -> bytes:
    """A head that is right (4 stored bytes of a whole block would not be) with something wrong."""
    fields: dict[str, object] = {"kind": BlockKind.ZERO, "disk": 0, "block": 0, "plain_size": MiB} | changes
    return BlockHead(**fields).pack()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(HEAD_SIZE),
        data_head()[:-1] + b"\xff",
        data_head(disk=1),
        data_head(block=2),
        data_head(block=2**32 - 1),
        data_head(plain_size=MiB - 1),
        data_head(run=2),
        data_head() + data_head(),
        data_head(kind=BlockKind.HOLE, run=3),
        data_head(kind=BlockKind.HOLE, run=0),
        data_head(kind=BlockKind.HOLE, payload_size=4) + b"abcd",
        data_head(kind=BlockKind.DATA),
        data_head(kind=BlockKind.DATA, payload_size=2**32 - 1),
        data_head(kind=BlockKind.DATA, payload_size=4) + b"abcd",
        data_head(kind=BlockKind.DATA, payload_size=4, codec=Codec.ZSTD) + b"abcd",
        data_head(kind=BlockKind.END, run=1),
    ],
)
def test_a_sender_that_lies_is_hung_up_on_and_the_task_fails(
    tmp_path: Path, network: LoopbackNetwork, data: bytes
) -> None:
    bench = Bench(tmp_path, network, 2 * MiB)
    delivery = bench.target.expect("vm/d", bench.point.disk("d"), TaskProgress(2 * MiB, 2))
    with network.connect(TO_REPOSITORY) as sock:
        send_hello(sock, "vm/d")
        with pytest.raises((PeerLost, OSError)):  # hung up on in the middle of it, perhaps
            send_all(sock, data)
            sock.shutdown(socket.SHUT_WR)
            receive(sock, 1)
    delivery.close(hang_up_streams=True)
    assert type(delivery.error) is (ProtocolError if data else PeerLost)
    bench.point.abort()


@pytest.mark.parametrize("hello", [b"", b"VBDM", b"XXXX\1\0\0\0", b"VBDM\1\0\xff\xff", b"VBDM\1\0\4\0\xff\xfe\xfd\xfc"])
def test_a_stream_without_a_right_hello_is_hung_up_on(network: LoopbackNetwork, hello: bytes) -> None:
    RepositoryDataMover(network, "repository").listen(DATA)
    with network.connect(TO_REPOSITORY) as sock, pytest.raises((PeerLost, OSError)):
        send_all(sock, hello)
        sock.shutdown(socket.SHUT_WR)
        receive(sock, 1)
