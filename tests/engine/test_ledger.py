"""Whatever write of the guest's application was the last to reach its disks, the ledger brings back a state it had."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.engine.disk.extents import Extent
from vbtui.engine.guest.application import Application, DataPage, DiskRoom, PageWrite, WriteKind
from vbtui.engine.guest.ledger import Consistency, GuestState, Read, examine, examine_machine, recover
from vbtui.engine.guest.ledger_layout import PAGE, crc_of, page_content, plan_layout
from vbtui.vocabulary import KiB, MiB

Image = bytearray


def reader(image: Image) -> Read:
    def read(offset: int, view: memoryview) -> None:
        assert 0 <= offset <= offset + len(view) <= len(image)
        view[:] = memoryview(image)[offset : offset + len(view)]

    return read


def put(image: Image, offset: int, data: bytes) -> None:
    assert 0 <= offset <= offset + len(data) <= len(image)
    image[offset : offset + len(data)] = data


SMALL = (Extent(0, 64 * KiB),)
"""As a sample disk of 1 MiB: the smallest that has room."""
LARGE = (Extent(0, 64 * KiB), Extent(MiB, MiB))


class Machine:
    """Disks in memory with an application on them, every write kept, and what the data should be after each."""

    def __init__(self, *disks: tuple[Extent, ...], seed: int = 7) -> None:
        self.images = {f"disk{number}": Image(b"\xee" * 2 * MiB) for number in range(len(disks))}
        self.extents = {f"disk{number}": extents for number, extents in enumerate(disks)}
        self.before = {name: bytes(image) for name, image in self.images.items()}
        self.seed = seed
        self.writes: list[PageWrite] = []
        self.states: list[dict[tuple[str, int], int]] = [{}]
        """After every transaction: which one wrote a page last, by disk and offset."""
        self.application = self.opened()

    def opened(self) -> Application:
        rooms = {name: DiskRoom(reader(image), len(image), self.extents[name]) for name, image in self.images.items()}
        return Application(rooms, self.seed)

    def do(self, writes: Iterator[PageWrite]) -> None:
        for write in writes:
            inside = [e for e in self.extents[write.disk] if e.offset <= write.offset and write.end <= e.end]
            assert inside, "written where nothing is allocated"
            put(self.images[write.disk], write.offset, write.data)
            self.writes.append(write)

    def commit(self, pages: list[DataPage]) -> None:
        self.do(self.application.transaction(pages))
        changes = {(page.disk, page.offset): self.application.transactions for page in pages}
        self.states.append(self.states[-1] | changes)

    def work(self, transactions: int, seed: int = 1, *, rest_every: int = 6) -> None:
        picks = random.Random(seed)
        pages = list(self.application.pages())
        for number in range(transactions):
            count = min(len(pages), picks.randint(1, self.application.most_pages()))
            self.commit(picks.sample(pages, count))
            if number % rest_every == rest_every - 1:
                self.do(self.application.rest())


def state_of(images: Mapping[str, Image]) -> GuestState:
    return examine_machine([(reader(image), len(image)) for image in images.values()])


def recovered(images: Mapping[str, Image]) -> GuestState:
    return recover([(reader(image), partial(put, image), len(image)) for image in images.values()])


def data_of(machine: Machine, images: Mapping[str, Image]) -> dict[tuple[str, int], bytes]:
    return {
        (page.disk, page.offset): bytes(images[page.disk][page.offset : page.offset + PAGE])
        for page in machine.application.pages()
    }


def expected(machine: Machine, transactions: int) -> dict[tuple[str, int], bytes]:
    found = {}
    for page in machine.application.pages():
        last = machine.states[transactions].get((page.disk, page.offset), 0)
        before = machine.before[page.disk][page.offset : page.offset + PAGE]
        number = int(page.disk.removeprefix("disk"))
        found[page.disk, page.offset] = (
            page_content(machine.application.identity, number, page.page, last) if last else before
        )
    return found


@pytest.mark.parametrize("disks", [(SMALL,), (LARGE,), (LARGE, LARGE), (SMALL, LARGE, SMALL)], ids=len)
def test_after_every_prefix_of_the_writes_whole_and_torn_the_committed_transactions_are_there_and_no_others(
    disks: tuple[tuple[Extent, ...], ...],
) -> None:
    machine = Machine(*disks)
    machine.do(machine.application.start())
    machine.work(14)
    images = {name: Image(content) for name, content in machine.before.items()}
    picks = random.Random(3)
    seen: set[Consistency] = set()
    committed = 0
    for write in machine.writes:
        cuts = {0, 1, 512, PAGE, len(write.data) - 1, picks.randrange(len(write.data))}
        for cut in sorted(cut for cut in cuts if cut < len(write.data)):
            torn = {name: Image(image) for name, image in images.items()}
            put(torn[write.disk], write.offset, write.data[:cut])
            state = state_of(torn)
            seen.add(state.consistency)
            assert state.consistency is not Consistency.BROKEN, (write.kind, write.transaction, cut, state)
            assert state.committed in (committed, committed + (write.kind is WriteKind.COMMIT))
            assert (recovered(torn).consistency, data_of(machine, torn)) == (
                state.consistency,
                expected(machine, state.committed) if state.disks else data_of(machine, images),
            )
            after = state_of(torn)
            assert after.consistency in (Consistency.APPLICATION, Consistency.NONE)
            assert (after.committed, after.to_replay, after.in_flight) == (state.committed, 0, 0)
        put(images[write.disk], write.offset, write.data)
        if write.kind is WriteKind.COMMIT:
            committed = write.transaction
    assert images == machine.images
    assert committed == 14
    assert seen == {Consistency.NONE, Consistency.APPLICATION, Consistency.CRASH}


def worked(*disks: tuple[Extent, ...], transactions: int = 9, rest: bool = False) -> Machine:
    machine = Machine(*disks)
    machine.do(machine.application.start())
    machine.work(transactions, rest_every=transactions + 1)
    if rest:
        machine.do(machine.application.rest())
    return machine


def test_a_rest_is_application_consistent_and_the_moment_after_is_not() -> None:
    machine = worked(LARGE, SMALL, rest=True)
    assert state_of(machine.images) == GuestState(Consistency.APPLICATION, committed=9, disks=2)
    assert list(machine.application.rest()) == []
    machine.commit(list(machine.application.pages())[:1])
    state = state_of(machine.images)
    assert (state.consistency, state.committed, state.to_replay, state.in_flight) == (Consistency.CRASH, 10, 1, 0)


def test_one_disk_of_a_machine_can_be_looked_at_by_itself() -> None:
    machine = worked(LARGE, LARGE, rest=True)
    for number, image in enumerate(machine.images.values()):
        state = examine(reader(image), len(image))
        assert (state.consistency, state.disks, state.missing) == (Consistency.APPLICATION, 2, (1 - number,))
    # All that there is, and one disk has no ledger any more.
    (first, second) = machine.images.values()
    both = [(reader(first), len(first)), (reader(Image(len(second))), len(second))]
    state = examine_machine(both)
    assert (state.consistency, state.missing) == (Consistency.BROKEN, (1,))


def test_a_transaction_that_committed_on_one_disk_counts_on_all() -> None:
    machine = worked(LARGE, LARGE, transactions=2)
    one, other = (next(p for p in machine.application.pages() if p.disk == name) for name in machine.images)
    writes = iter(machine.application.transaction([one, other]))
    for _ in range(3):  # two records, the first disk's commit
        machine.do(iter([next(writes)]))
    machine.states.append(machine.states[-1] | {(one.disk, one.offset): 3, (other.disk, other.offset): 3})
    state = state_of(machine.images)
    assert (state.committed, state.in_flight) == (3, 0)
    alone = examine(reader(machine.images["disk1"]), 2 * MiB)
    assert alone.committed < 3
    assert alone.in_flight == 1
    assert recovered(machine.images) == state
    assert data_of(machine, machine.images) == expected(machine, 3)


def test_disks_of_two_moments_are_no_state_of_the_machine() -> None:
    machine = worked(LARGE, LARGE)
    old = {name: Image(image) for name, image in machine.images.items()}
    machine.work(5, seed=2)
    for name in machine.images:
        state = state_of(machine.images | {name: old[name]})
        assert state.consistency is Consistency.BROKEN
        assert state.apart == (int(name.removeprefix("disk")),)


def test_a_page_that_no_transaction_wrote_is_named() -> None:
    machine = worked(LARGE, rest=True)
    image = machine.images["disk0"]
    written = sorted(offset for _, offset in machine.states[-1])
    for offset in (written[0], written[-1]):
        image[offset + 100] ^= 1
        state = state_of(machine.images)
        assert state.consistency is Consistency.BROKEN
        (page,) = state.unexplained
        assert (page.disk, page.offset, page.transaction) == (0, offset, machine.states[-1]["disk0", offset])
        assert recovered(machine.images).consistency is Consistency.BROKEN
        image[offset + 100] ^= 1
    assert state_of(machine.images).consistency is Consistency.APPLICATION


def test_an_old_page_in_a_new_disk_is_named() -> None:
    """What change tracking that forgets a write does to an incremental backup."""
    machine = worked(LARGE)
    page = list(machine.application.pages())[3]
    old = bytes(machine.images["disk0"][page.offset : page.offset + PAGE])
    machine.commit([page])
    for _ in range(6):
        machine.commit([one for one in machine.application.pages() if one != page][:1])
    machine.do(machine.application.rest())
    put(machine.images["disk0"], page.offset, old)
    (named,) = state_of(machine.images).unexplained
    assert (named.offset, named.transaction) == (page.offset, 10)


@examples(25)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7), rest=st.booleans())
def test_a_flipped_bit_in_what_the_application_wrote_is_seen_or_harmless(place: int, bit: int, rest: bool) -> None:
    """Harmless is what the ledger does not use any more, or puts right when the application recovers."""
    machine = worked(LARGE, rest=rest)
    written = sorted({(w.offset, w.end) for w in machine.writes})
    start, end = written[place % len(written)]
    machine.images["disk0"][start + place * 7 % (end - start)] ^= 1 << bit
    state = recovered(machine.images)
    if state.consistency in (Consistency.APPLICATION, Consistency.CRASH):
        # A damaged page of the log's end cannot be told from one that was being written: fewer transactions count.
        assert state.committed <= 9
        assert data_of(machine, machine.images) == expected(machine, 9)


def test_the_application_goes_on_where_it_stopped() -> None:
    machine = worked(LARGE, LARGE)
    writes = iter(machine.application.transaction(list(machine.application.pages())[:2]))
    machine.do(iter([next(writes)]))
    assert state_of(machine.images).in_flight == 1
    machine.application = machine.opened()
    machine.do(machine.application.start())
    assert (machine.application.transactions, machine.application.clean) == (9, True)
    machine.work(4, seed=5, rest_every=4)
    assert state_of(machine.images) == GuestState(Consistency.APPLICATION, committed=13, disks=2)
    assert data_of(machine, machine.images) == expected(machine, 13)


def test_another_application_takes_the_disk_over_and_at_no_moment_is_it_broken() -> None:
    machine = worked(LARGE, SMALL)
    machine.seed = 8
    machine.application = machine.opened()
    for write in machine.application.start():
        machine.do(iter([write]))
        # Disk by disk: between them one ledger is gone and the other not yet, which only its own disk can say.
        for image in machine.images.values():
            assert examine(reader(image), len(image)).consistency is not Consistency.BROKEN
    assert state_of(machine.images) == GuestState(Consistency.APPLICATION, disks=2)


def test_a_broken_ledger_is_set_up_anew() -> None:
    machine = worked(LARGE, rest=True)
    put(machine.images["disk0"], machine.application._layouts["disk0"].catalogue, bytes(PAGE))
    assert state_of(machine.images).consistency is Consistency.BROKEN
    machine.application = machine.opened()
    machine.do(machine.application.start())
    machine.states = machine.states[:1]
    assert state_of(machine.images) == GuestState(Consistency.APPLICATION, disks=1)


def test_a_disk_without_a_ledger_has_none() -> None:
    for size in (512, PAGE, 40 * KiB, MiB + 512):
        assert examine(reader(Image(size)), size) == GuestState(Consistency.NONE)
    noise = Image(random.Random(1).randbytes(MiB))
    assert examine(reader(noise), MiB) == GuestState(Consistency.NONE)
    assert recover([(reader(noise), partial(put, noise), MiB)]) == GuestState(Consistency.NONE)
    assert examine_machine([]) == GuestState(Consistency.NONE)


@examples(150)
@given(fields=st.binary(min_size=100, max_size=300), at=st.integers(8, 150))
def test_a_superblock_that_lies_is_no_reason_to_read_or_write_elsewhere(fields: bytes, at: int) -> None:
    """The fuzzed page has a right checksum: `reader` and `put` refuse what is outside the disk."""
    machine = worked(SMALL, transactions=2)
    image = machine.images["disk0"]
    for place in (32 * KiB, 36 * KiB):
        page = bytearray(image[place : place + PAGE])
        page[at : at + len(fields)] = fields
        page[:16] = image[place : place + 8] + bytes(4) + image[place + 12 : place + 16]
        page[8:12] = crc_of(bytes(page)).to_bytes(4, "little")
        put(image, place, bytes(page))
    examine(reader(image), len(image))
    recovered(machine.images)


@examples(100)
@given(
    pieces=st.lists(st.tuples(st.integers(0, 3 * MiB // 512), st.integers(1, 2 * MiB // 512)), max_size=12),
    size=st.integers(1, 6 * MiB // 512),
)
def test_a_layout_lies_in_allocated_areas_and_its_parts_do_not_meet(pieces: list[tuple[int, int]], size: int) -> None:
    size *= 512
    extents, position = [], 0
    for gap, length in pieces:
        extents.append(Extent(position + gap * 512, length * 512))
        position = extents[-1].end
    layout = plan_layout(size, extents)
    if layout is None:
        return
    assert layout.fits(size)
    taken = [(layout.superblock, 2), (layout.catalogue, layout.catalogue_pages), (layout.log, layout.log_pages)]
    taken += [(offset, 1) for offset in layout.page_offsets()]
    assert len(layout.page_offsets()) == layout.pages > 0
    ranges = sorted((at, at + count * PAGE) for at, count in taken)
    assert ranges[0][0] >= 32 * KiB
    assert all(one[1] <= other[0] for one, other in pairwise(ranges))
    bytes_of = bytearray(size)
    for extent in extents:
        end = min(extent.end, size)
        bytes_of[extent.offset : end] = b"x" * max(0, end - extent.offset)
    assert all(bytes_of[at:end] == b"x" * (end - at) for at, end in ranges)


def test_a_huge_disk_has_no_more_pages_than_a_small_one() -> None:
    layout = plan_layout(2**42, [Extent(0, 2**42)])
    assert layout is not None
    assert 2048 <= layout.pages <= 4096
    assert layout.page_offsets()[-1] > 2**42 - 2**32
    scattered = plan_layout(2**40, [Extent(n * MiB, 128 * KiB) for n in range(2**14)])
    assert scattered is not None
    assert 200 <= scattered.pages <= 4096
