"""A copy with a parent point reads and sends what it must and no more, and the outcome is the disk as it is now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_points import BLOCK, MemoryDisk, MemorySink, Parent
from strategies import examples

from vbtui.engine import (
    BlockMap,
    BlockState,
    CompressionLevel,
    Copy,
    CopyTask,
    Extent,
    LoopbackNetwork,
    ProxyDataMover,
    RepositoryDataMover,
    Stage,
    Throttle,
    start_copy,
)
from vbtui.engine.block import BlockKind
from vbtui.vocabulary import Connection, Service

DATA = Service.parse("tcp/2500")
LINE = Connection("px", "repository", DATA)
DATA_, ZERO, TWICE, HOLE, SAME = (
    BlockKind.DATA, BlockKind.ZERO, BlockKind.DUPLICATE, BlockKind.HOLE, BlockKind.UNCHANGED
)  # fmt: skip
PARENT = MemoryDisk([b"a", b"b", b"", b"\0", b"e", b"f"])


def copied(
    network: LoopbackNetwork,
    disk: MemoryDisk,
    sink: MemorySink,
    *,
    clock: Callable[[], int] | None = None,
    **how: object,
) -> Copy:
    """A finished copy of `disk` into `sink`."""
    proxy, repository = ProxyDataMover(network, "px"), RepositoryDataMover(network, "repository")
    network.unlisten("repository", DATA)
    repository.listen(DATA)
    task = CopyTask("vm/d", lambda: disk, LINE, **({"workers": 1} | how))  # type: ignore[arg-type]
    copy = start_copy(task, proxy, repository, sink, **({} if clock is None else {"clock": clock}))
    copy.wait()
    assert disk.closed == task.workers
    return copy


def areas(*blocks: int) -> tuple[Extent, ...]:
    return tuple(Extent(block * BLOCK, BLOCK) for block in blocks)


def test_change_tracking_reads_the_changed_blocks_and_nothing_else(network: LoopbackNetwork) -> None:
    disk = MemoryDisk([b"a", b"B", b"", b"\0", b"e", b"F"])
    sink = MemorySink(disk.size, Parent(PARENT.content))
    copy = copied(network, disk, sink, changed=areas(1, 5))
    assert disk.reads == [1, 5]
    assert sink.kinds() == [SAME, DATA_, SAME, SAME, SAME, DATA_]
    assert sink.content() == disk.content
    figures = copy.progress.figures()
    assert (figures.processed, figures.read, figures.unchanged) == (6 * BLOCK, 2 * BLOCK, 4 * BLOCK)


def test_without_change_tracking_all_in_use_is_read_and_only_what_differs_is_sent(network: LoopbackNetwork) -> None:
    disk = MemoryDisk([b"a", b"B", b"", b"\0", b"e", b"f"])
    sink = MemorySink(disk.size, Parent(PARENT.content))
    copy = copied(network, disk, sink)
    assert disk.reads == [0, 1, 3, 4, 5]
    assert sink.kinds() == [SAME, DATA_, SAME, SAME, SAME, SAME]
    assert sink.content() == disk.content
    figures = copy.progress.figures()
    assert (figures.read, figures.unchanged, figures.zero) == (5 * BLOCK, 5 * BLOCK, 0)


def test_content_that_the_chain_holds_elsewhere_is_a_reference(network: LoopbackNetwork) -> None:
    disk = MemoryDisk([b"f", b"g", b"g", b"a", b"e", b"f"])
    sink = MemorySink(disk.size, Parent(PARENT.content))
    copy = copied(network, disk, sink)
    assert sink.kinds() == [TWICE, DATA_, TWICE, TWICE, SAME, SAME]
    assert sink.content() == disk.content
    assert copy.progress.figures().duplicate == 3 * BLOCK


def test_what_was_freed_or_zeroed_since_the_parent_is_said_without_data(network: LoopbackNetwork) -> None:
    disk = MemoryDisk([b"", b"\0", b"", b"\0", b"e", b"f"])
    for changed in (None, areas(0, 1)):
        sink = MemorySink(disk.size, Parent(PARENT.content))
        copied(network, disk, sink, changed=changed)
        disk.closed = 0
        assert sink.kinds() == [HOLE, ZERO, SAME, SAME, SAME, SAME]
        assert sink.content() == disk.content


def test_a_changed_area_that_has_not_changed_is_read_but_not_sent(network: LoopbackNetwork) -> None:
    """Change tracking may say too much, never too little."""
    sink = MemorySink(PARENT.size, Parent(PARENT.content))
    disk = MemoryDisk([b"a", b"b", b"", b"\0", b"e", b"f"])
    copied(network, disk, sink, changed=(Extent(0, disk.size),))
    assert disk.reads == [0, 1, 3, 4, 5]
    assert set(sink.kinds()) == {SAME}


@pytest.mark.parametrize("tracked", [True, False])
def test_a_block_to_be_read_again_is_sent_as_data_although_nothing_has_changed(
    network: LoopbackNetwork, tracked: bool
) -> None:
    """Its record in the chain is damaged: neither that block nor its content elsewhere is anything to refer to."""
    disk = MemoryDisk([b"a", b"b", b"", b"\0", b"e", b"b"])
    sink = MemorySink(disk.size, Parent(PARENT.content))
    copied(network, disk, sink, changed=areas(5) if tracked else None, reread=frozenset({1, 2, 99}))
    assert sink.kinds()[1:3] == [DATA_, HOLE]
    assert sink.kinds()[5] is TWICE
    assert sink.content() == disk.content


def test_a_block_that_the_parent_lacks_is_read_whatever_change_tracking_says(network: LoopbackNetwork) -> None:
    disk = MemoryDisk([b"a", b"b", b"", b"\0", b"e", b"f"])
    sink = MemorySink(disk.size, Parent(PARENT.content, lacking=frozenset({4})))
    copied(network, disk, sink, changed=())
    assert disk.reads == [4]
    assert sink.kinds() == [SAME, SAME, SAME, SAME, DATA_, SAME]


def test_without_a_parent_changed_areas_mean_nothing(network: LoopbackNetwork) -> None:
    disk = MemoryDisk([b"a", b"", b"\0"])
    sink = MemorySink(disk.size)
    copied(network, disk, sink, changed=())
    assert sink.kinds() == [DATA_, HOLE, ZERO]


def test_the_map_shows_what_change_tracking_says_before_the_first_block_is_read(network: LoopbackNetwork) -> None:
    disk, marks = MemoryDisk([b"a", b"B", b"", b"\0", b"e", b"F"]), BlockMap(6)
    before: list[bytes] = []
    copied(
        network, disk, MemorySink(disk.size, Parent(PARENT.content)),
        changed=areas(1, 5), reread=frozenset({0}), marks=marks, before_block=lambda *_: before.append(marks.copy()),
    )  # fmt: skip
    same, changed = BlockState.UNCHANGED, BlockState.CHANGED
    assert before[0] == bytes([BlockState.UNREAD, changed, same, same, same, changed])
    assert marks.copy() == bytes([BlockState.WRITTEN] * 2 + [same] * 3 + [BlockState.WRITTEN])


_CONTENTS = st.sampled_from([b"", b"\0", b"a", b"b", b"c", b"d", b"e"])


@examples(60)
@given(st.data())
def test_whatever_changed_the_outcome_is_the_disk_and_every_byte_is_accounted_for(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12), "blocks")
    tail = data.draw(st.sampled_from([512, BLOCK]), "tail")
    before = MemoryDisk(data.draw(st.lists(_CONTENTS, min_size=count, max_size=count), "before"), tail=tail)
    now = MemoryDisk(data.draw(st.lists(_CONTENTS, min_size=count, max_size=count), "now"), tail=tail)
    numbers = st.frozensets(st.integers(0, count - 1))
    lacking, reread = data.draw(numbers, "lacking"), data.draw(numbers, "reread")
    differing = {
        number
        for number in range(count)
        if before.content[number * BLOCK : (number + 1) * BLOCK] != now.content[number * BLOCK : (number + 1) * BLOCK]
    }
    changed = None
    if data.draw(st.booleans(), "tracked"):
        changed = areas(*sorted(differing | data.draw(numbers, "said too much")))
    workers = data.draw(st.integers(1, 3), "workers")
    sink, marks = MemorySink(now.size, Parent(before.content, lacking)), BlockMap(count)
    with LoopbackNetwork(lambda _: True) as network:
        copy = copied(network, now, sink, changed=changed, reread=reread, workers=workers, marks=marks)
    assert sink.content() == now.content
    kinds = sink.kinds()
    assert not {number for number in reread | lacking if kinds[number] is SAME}
    used = {number for number, block in enumerate(now.blocks) if block}
    must = set(range(count)) if changed is None else {area.offset // BLOCK for area in changed} | reread | lacking
    assert sorted(now.reads) == sorted(used & must)
    figures = copy.progress.figures()
    assert figures.processed == figures.total == now.size
    assert figures.blocks_done == figures.blocks_total == count
    lengths = {number: len(now.content[number * BLOCK : (number + 1) * BLOCK]) for number in range(count)}
    counted = {SAME: figures.unchanged, ZERO: figures.zero, TWICE: figures.duplicate}
    for kind, figure in counted.items():
        assert figure == sum(lengths[number] for number in range(count) if kinds[number] is kind)
    assert figures.written == sum(map(len, sink.payloads.values()))
    final = {
        DATA_: BlockState.WRITTEN, SAME: BlockState.UNCHANGED, ZERO: BlockState.ZERO, TWICE: BlockState.DUPLICATE,
        HOLE: BlockState.HOLE,
    }  # fmt: skip
    assert marks.copy() == bytes(final[kind] for kind in kinds)


class Announced(MemoryDisk):
    """A reader that is told what comes next."""

    def __init__(self, blocks: list[bytes]) -> None:
        super().__init__(blocks)
        self.told: list[tuple[str, int]] = []

    def will_read(self, offset: int, length: int) -> None:
        assert length == BLOCK
        self.told.append(("will", offset // BLOCK))

    def read_into(self, offset: int, view: memoryview) -> None:
        self.told.append(("read", offset // BLOCK))
        super().read_into(offset, view)


def test_a_reader_over_a_network_is_told_its_next_block_before_this_one_is_compressed(network: LoopbackNetwork) -> None:
    disk = Announced([b"a", b"", b"b", b"c"])
    sink = MemorySink(disk.size)
    copied(network, disk, sink)
    assert disk.told == [("read", 0), ("will", 2), ("read", 2), ("will", 3), ("read", 3)]
    assert sink.content() == disk.content


def test_the_order_of_blocks_is_kept_where_somebody_watches_it(network: LoopbackNetwork) -> None:
    disk = Announced([b"a", b"b"])
    copied(network, disk, MemorySink(disk.size), before_block=lambda *_: None)
    assert disk.told == [("read", 0), ("read", 1)]


class Clock(threading.local):
    """Nanoseconds that pass for a thread only when something in it takes its time."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += int(seconds * 1e9)


class SlowDisk(MemoryDisk):
    clock: Clock

    def read_into(self, offset: int, view: memoryview) -> None:
        self.clock.pass_(1.0)
        super().read_into(offset, view)


def throttle_on(clock: Clock, rate: float) -> Throttle:
    def wait(_stop: threading.Event, seconds: float) -> bool:
        clock.pass_(seconds)
        return False

    return Throttle(rate, clock=lambda: clock.now / 1e9, wait=wait)


@pytest.mark.parametrize("slow", [Stage.SOURCE, Stage.NETWORK, Stage.TARGET])
def test_the_stage_that_takes_its_time_is_the_bottleneck(network: LoopbackNetwork, slow: Stage) -> None:
    clock = Clock()
    disk = (SlowDisk if slow is Stage.SOURCE else MemoryDisk)([b"a", b"b", b"c", b"d"])
    SlowDisk.clock = clock
    sink = MemorySink(disk.size, before_place=lambda: clock.pass_(1.0 if slow is Stage.TARGET else 0.001))
    throttle = throttle_on(clock, 10.0) if slow is Stage.NETWORK else None
    copy = copied(network, disk, sink, clock=clock, throttle=throttle)
    assert copy.progress.figures().bottleneck is slow


def test_hard_work_on_the_blocks_makes_the_proxy_the_bottleneck(network: LoopbackNetwork) -> None:
    """Measured, on the processor's time of each thread: how busy the machine is otherwise does not matter."""
    disk = MemoryDisk([bytes((number * step) % 251 for step in range(BLOCK)) for number in range(64)])
    copy = copied(network, disk, MemorySink(disk.size), compression=CompressionLevel.HIGH, clock=time.thread_time_ns)
    busy = dict(copy.progress.figures().busy_seconds)
    assert copy.progress.figures().bottleneck is Stage.PROXY, busy


@pytest.mark.parametrize("level", CompressionLevel)
def test_every_level_of_compression_delivers_the_same_disk(network: LoopbackNetwork, level: CompressionLevel) -> None:
    disk = MemoryDisk([b"some txt", b"a", bytes(range(256))])
    sink = MemorySink(disk.size)
    copy = copied(network, disk, sink, compression=level)
    assert sink.content() == disk.content
    plain = level is CompressionLevel.NONE
    assert (copy.progress.figures().written >= disk.size) == plain
