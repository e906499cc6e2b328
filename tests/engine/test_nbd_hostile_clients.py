"""Whatever a client sends, our server answers or hangs up: no hang, no hold, no thread is left, the next is served."""

from __future__ import annotations

import contextlib
import socket

from hypothesis import given
from hypothesis import strategies as st
from nbd_services import TO_HOST, serving, sparse_source
from strategies import examples

from vbtui.engine import Extent, LoopbackNetwork
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.wire import receive, send_all
from vbtui.vocabulary import KiB

SIZE = 64 * KiB
ALLOCATED = (Extent(0, 512), Extent(32 * KiB, 16 * KiB))


def option(number: int, data: bytes, length: int | None = None) -> bytes:
    return nbd.OPTION.pack(nbd.OPTION_MAGIC, number, len(data) if length is None else length) + data


def text(value: bytes) -> bytes:
    return nbd.LONG.pack(len(value)) + value


GO = option(7, text(b"disk") + b"\0\0")
STRUCTURED = option(8, b"")
CONTEXTS = option(10, text(b"disk") + nbd.LONG.pack(2) + text(b"base:allocation") + text(b"x-vbtui:dirty"))

COUNTS = st.sampled_from([0, 1, 2, 31, 32, 33, 4096, 4097, 2**16 - 1, 2**31, 2**32 - 1])
OPTIONS = st.one_of(
    st.just(STRUCTURED),
    st.just(CONTEXTS),
    st.just(GO),
    st.builds(option, st.integers(0, 12), st.binary(max_size=40)),
    st.builds(option, st.integers(0, 12), st.binary(max_size=20), COUNTS),
    st.builds(
        lambda number, name, count, queries: option(
            number, text(name) + nbd.LONG.pack(count) + b"".join(map(text, queries))
        ),
        st.sampled_from([9, 10]),
        st.sampled_from([b"disk", b"", b"other", b"\xff"]),
        COUNTS,
        st.lists(st.sampled_from([b"base:", b"base:allocation", b"x-vbtui:", b"", b":", b"\xff" * 50]), max_size=4),
    ),
)
REQUESTS = st.builds(
    nbd.REQUEST.pack,
    st.sampled_from([nbd.REQUEST_MAGIC] * 9 + [0]),
    st.sampled_from([0, 0, 0, 1, 4, 8, 12, 2**16 - 1]),
    st.sampled_from([0, 0, 7, 7, 1, 2, 3, 4, 5, 6, 8, 2**16 - 1]),
    st.integers(0, 2**64 - 1),
    st.sampled_from([0, 1, 511, 32 * KiB, SIZE - 1, SIZE, 2**63, 2**64 - 1]),
    st.sampled_from([0, 1, 512, 32 * KiB, SIZE, SIZE + 1, 2**25 + 1, 2**32 - 1]),
)
SESSIONS = st.tuples(
    st.sampled_from([nbd.LONG.pack(3), nbd.LONG.pack(3), nbd.LONG.pack(1), b"", b"\xff" * 4]),
    st.lists(OPTIONS, max_size=5),
    st.sampled_from([GO, STRUCTURED + CONTEXTS + GO, STRUCTURED + CONTEXTS + GO, b"", option(1, b"disk")]),
    st.lists(st.one_of(REQUESTS, st.binary(max_size=30)), max_size=10),
).map(lambda parts: parts[0] + b"".join(parts[1]) + parts[2] + b"".join(parts[3]))


def test_whatever_a_client_sends_the_next_one_is_served(network: LoopbackNetwork) -> None:
    host = serving(network, sparse_source(SIZE, ALLOCATED, ()))

    @examples(1500)
    @given(SESSIONS)
    def fuzz(sent: bytes) -> None:
        stranger = socket.create_connection(("127.0.0.1", host.port), timeout=10)
        with stranger, contextlib.suppress(OSError):
            stranger.sendall(sent)
            stranger.shutdown(socket.SHUT_WR)
            while stranger.recv(65536):
                pass

    fuzz()
    reader = host.reader()
    buffer = bytearray(SIZE)
    reader.read_into(0, memoryview(buffer))
    assert buffer == host.source.content
    assert reader.extents() == ALLOCATED
    reader.close()
    network.close()
    assert host.source.held == []
    assert network.failures == ()


AREAS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(1, SIZE)).map(lambda pair: Extent(*pair)), max_size=6)


def test_our_client_gets_from_our_server_what_the_source_holds(network: LoopbackNetwork) -> None:
    """Both halves against a plain model: any areas, any read, with or without an announcement."""

    @examples(150)
    @given(AREAS, st.none() | AREAS, st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)), max_size=5))
    def fuzz(allocated: list[Extent], changed: list[Extent] | None, reads: list[tuple[int, int]]) -> None:
        clipped = tuple(Extent(one.offset, min(one.length, SIZE - one.offset)) for one in allocated)
        host = serving(network, sparse_source(SIZE, clipped, None if changed is None else tuple(changed)))
        try:
            reader = host.reader()
            for one, other in reads:
                begin, end = sorted((one, other))
                reader.will_read(other, SIZE // 4)
                buffer = bytearray(b"\xaa" * (end - begin))
                reader.read_into(begin, memoryview(buffer))
                assert buffer == host.source.content[begin:end]
            in_use = {place for extent in clipped for place in range(extent.offset, extent.end)}
            assert {place for extent in reader.extents() for place in range(extent.offset, extent.end)} == in_use
            dirty = reader.dirty()
            if changed is None:
                assert dirty is None
            else:
                marked = {place for one in changed for place in range(one.offset, min(SIZE, one.end))}
                assert dirty is not None
                assert {place for extent in dirty for place in range(extent.offset, extent.end)} == marked
            reader.close()
        finally:
            host.server.close()

    fuzz()


def test_a_client_that_stops_in_the_middle_of_a_message_is_given_up() -> None:
    with LoopbackNetwork(lambda _: True, timeout=0.3) as network:
        host = serving(network, sparse_source(SIZE, ALLOCATED))
        for sent in (
            b"\0\0",
            nbd.LONG.pack(3) + GO[:20],
            nbd.LONG.pack(3) + GO + nbd.REQUEST.pack(0, 0, 0, 0, 0, 0)[:9],
        ):
            with network.connect(TO_HOST) as sock:
                send_all(sock, sent)
                sock.settimeout(10)
                while sock.recv(65536):
                    pass
        assert host.source.held == []


def test_a_client_that_does_not_read_its_answers_is_given_up() -> None:
    big = 8 * 1024 * KiB
    with LoopbackNetwork(lambda _: True, timeout=0.3) as network:
        host = serving(network, sparse_source(big, (Extent(0, big),)))
        with network.connect(TO_HOST) as sock:
            receive(sock, nbd.GREETING.size)
            send_all(sock, nbd.LONG.pack(3) + option(1, b"disk"))
            request = nbd.REQUEST.pack(nbd.REQUEST_MAGIC, 0, 0, 1, 0, big)
            send_all(sock, request * 8)
            network.close()  # also with the server stuck in the middle of an answer
        assert host.source.held == []
