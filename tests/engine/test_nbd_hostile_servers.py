"""Our client believes no server: any order of honest parts gives the bytes, anything else ends with an error.

The server is a socket pair whose other end has said everything already: what the client does cannot depend on time.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.engine import Extent, NbdClient
from vbtui.engine.errors import PeerLost, ProtocolError, RefusedByServer
from vbtui.engine.transport.nbd import protocol as nbd

SIZE = 64 * 1024
GREETING = nbd.GREETING.pack(nbd.NBD_MAGIC, nbd.OPTION_MAGIC, 3)


def reply(option: int, kind: int, data: bytes = b"") -> bytes:
    return nbd.OPTION_REPLY.pack(nbd.OPTION_REPLY_MAGIC, option, kind, len(data)) + data


def context(number: int, name: str) -> bytes:
    return reply(10, nbd.Reply.META_CONTEXT, nbd.LONG.pack(number) + name.encode())


EXPORT = reply(7, nbd.Reply.INFO, nbd.EXPORT_INFO.pack(0, SIZE, 3))
CHOSEN = EXPORT + reply(7, nbd.Reply.ACK)
STRUCTURED = GREETING + reply(8, nbd.Reply.ACK)
NO_CONTEXTS = STRUCTURED + reply(10, nbd.Reply.ACK)
CONTEXTS = context(7, nbd.ALLOCATION) + context(9, nbd.DIRTY) + reply(10, nbd.Reply.ACK)
READY = STRUCTURED + CONTEXTS + CHOSEN
SIMPLE = GREETING + reply(8, nbd.Reply.ERR_UNSUP) + CHOSEN


def chunk(kind: int, payload: bytes = b"", *, done: bool = False, handle: int = 1) -> bytes:
    return nbd.CHUNK.pack(nbd.CHUNK_MAGIC, int(done), kind, handle, len(payload)) + payload


def data(offset: int, content: bytes, *, done: bool = False, handle: int = 1) -> bytes:
    return chunk(nbd.Chunk.OFFSET_DATA, nbd.OFFSET.pack(offset) + content, done=done, handle=handle)


def hole(offset: int, length: int, *, done: bool = False, handle: int = 1) -> bytes:
    return chunk(nbd.Chunk.OFFSET_HOLE, nbd.HOLE.pack(offset, length), done=done, handle=handle)


def status(number: int, *extents: tuple[int, int], done: bool = False) -> bytes:
    packed = b"".join(nbd.EXTENT.pack(*extent) for extent in extents)
    return chunk(nbd.Chunk.BLOCK_STATUS, nbd.LONG.pack(number) + packed, done=done)


@contextlib.contextmanager
def client_of(said: bytes) -> Iterator[NbdClient]:
    """A client whose server says `said` and then nothing more."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024 * 1024)
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        with contextlib.closing(NbdClient(ours, "x", patience=10)) as client:
            yield client


def read(client: NbdClient, offset: int, length: int) -> bytes:
    buffer = bytearray(b"\xaa" * length)
    client.read_into(offset, memoryview(buffer))
    return bytes(buffer)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        GREETING[:-1],
        b"OLDMAGIC" + GREETING[8:],
        nbd.GREETING.pack(nbd.NBD_MAGIC, nbd.OPTION_MAGIC, 2),
        GREETING + reply(8, nbd.Reply.INFO),
        GREETING + reply(7, nbd.Reply.ACK),
        STRUCTURED + reply(10, nbd.Reply.META_CONTEXT, b"\0\0"),
        STRUCTURED + context(1, "base:other") + reply(10, nbd.Reply.ACK),
        STRUCTURED + context(1, nbd.ALLOCATION) + context(1, nbd.DIRTY) + reply(10, nbd.Reply.ACK) + CHOSEN,
        STRUCTURED + context(1, nbd.ALLOCATION) + context(2, nbd.ALLOCATION) + reply(10, nbd.Reply.ACK) + CHOSEN,
        NO_CONTEXTS + reply(7, nbd.Reply.ACK),
        NO_CONTEXTS + reply(7, nbd.Reply.INFO, nbd.BLOCK_SIZE_INFO.pack(3, 3, 4096, 4096)),
        NO_CONTEXTS + reply(7, nbd.Reply.INFO, nbd.BLOCK_SIZE_INFO.pack(3, 0, 0, 0)),
        NO_CONTEXTS + reply(7, nbd.Reply.INFO, nbd.BLOCK_SIZE_INFO.pack(3, 2**20, 2**20, 2**20)),
        NO_CONTEXTS + reply(7, nbd.Reply.INFO, nbd.BLOCK_SIZE_INFO.pack(3, 512, 512, 700)),
        NO_CONTEXTS + reply(7, nbd.Reply.INFO, nbd.EXPORT_INFO.pack(0, 2**63, 3)),
        NO_CONTEXTS + reply(7, nbd.Reply.INFO, b"\0\0\0") + reply(7, nbd.Reply.ACK),
        NO_CONTEXTS + EXPORT * 4097,
    ],
)  # fmt: skip
def test_a_wrong_negotiation_is_an_error(said: bytes) -> None:
    with pytest.raises((ProtocolError, PeerLost)), client_of(said):
        pass


def test_a_server_without_go_or_contexts_is_used_all_the_same() -> None:
    oldest = GREETING + reply(8, nbd.Reply.ERR_UNSUP) + reply(7, nbd.Reply.ERR_UNSUP) + struct.pack(">QH", SIZE, 3)
    with client_of(oldest + nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, 1) + b"abc") as client:
        assert (client.size, client.extents(), client.dirty()) == (SIZE, (Extent(0, SIZE),), None)
        assert read(client, 5, 3) == b"abc"
    padded = nbd.GREETING.pack(nbd.NBD_MAGIC, nbd.OPTION_MAGIC, 1) + oldest[len(GREETING) :] + bytes(124)
    with client_of(padded + nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, 1) + b"abc") as client:
        assert read(client, 5, 3) == b"abc"
    without = STRUCTURED + reply(10, nbd.Reply.ERR_UNSUP) + CHOSEN
    with client_of(without + hole(0, 4, done=True)) as client:
        assert client.extents() == (Extent(0, SIZE),)
        assert read(client, 0, 4) == bytes(4)


ERROR = nbd.CHUNK_ERROR.pack(5, 0)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        data(100, b"x" * 7),
        data(100, b"x" * 8)[:-1],
        data(99, b"x" * 8, done=True),
        data(101, b"x" * 8, done=True),
        data(100, b"x" * 7, done=True),
        data(100, b"x" * 8, done=True, handle=2),
        data(100, b"x" * 8) + data(100, b"x" * 8, done=True),
        data(100, b"x" * 6) + hole(105, 3, done=True),
        data(2**64 - 1, b"x" * 8, done=True),
        hole(100, 0),
        hole(100, 2**32 - 1, done=True),
        hole(108, 1) + data(100, b"x" * 8, done=True),
        chunk(nbd.Chunk.OFFSET_DATA, nbd.OFFSET.pack(100), done=True),
        chunk(nbd.Chunk.OFFSET_HOLE, bytes(11), done=True),
        chunk(nbd.Chunk.NONE, done=True),
        chunk(nbd.Chunk.NONE),
        chunk(nbd.Chunk.NONE, b"x", done=True),
        chunk(3, b"", done=True),
        chunk(nbd.Chunk.ERROR, b"", done=True),
        chunk(nbd.Chunk.ERROR, nbd.CHUNK_ERROR.pack(0, 0), done=True),
        chunk(nbd.Chunk.ERROR, nbd.CHUNK_ERROR.pack(5, 9) + b"short", done=True),
        chunk(nbd.Chunk.ERROR_OFFSET, ERROR, done=True),
        chunk(nbd.Chunk.ERROR, ERROR) * 100,
        status(7, (8, 0), done=True),
        nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, 1) + b"x" * 8,
        nbd.REPLY.pack(nbd.REPLY_MAGIC, 5, 1),
        nbd.REPLY.pack(nbd.REQUEST_MAGIC, 0, 1),
        nbd.CHUNK.pack(nbd.CHUNK_MAGIC, 1, nbd.Chunk.ERROR, 1, 2**32 - 1),
        b"".join(data(place, b"x") for place in range(100, 108)),
    ],
)
def test_a_wrong_answer_to_a_read_is_an_error_and_the_last_of_the_connection(said: bytes) -> None:
    with client_of(READY + said) as client:
        with pytest.raises((ProtocolError, PeerLost)):
            read(client, 100, 8)
        with pytest.raises(PeerLost):
            read(client, 0, 1)


@pytest.mark.parametrize("kind", [nbd.Chunk.ERROR, nbd.Chunk.ERROR_OFFSET, 2**15 + 99])
def test_an_error_is_told_after_everything_that_belongs_to_the_request(kind: int) -> None:
    payload = nbd.CHUNK_ERROR.pack(28, 2) + b"no" + nbd.OFFSET.pack(104)
    said = data(100, b"good") + chunk(kind, payload) + hole(104, 4) + chunk(nbd.Chunk.NONE, done=True)
    with client_of(READY + said + data(0, b"next", done=True, handle=2)) as client:
        with pytest.raises(RefusedByServer) as refused:
            read(client, 100, 8)
        assert refused.value.error == 28
        assert read(client, 0, 4) == b"next"


@pytest.mark.parametrize(
    "said",
    [
        chunk(nbd.Chunk.NONE, done=True),
        status(9, (SIZE, 0), done=True),
        status(7, (0, 0), done=True),
        status(7, done=True),
        status(8, (SIZE, 0), done=True),
        status(7, (SIZE, 0)) + status(7, (SIZE, 0), done=True),
        status(7, (SIZE, 0), (1, 0), done=True),
        chunk(nbd.Chunk.BLOCK_STATUS, b"\0\0\0\7" + bytes(9), done=True),
        data(0, b"x", done=True),
        nbd.REPLY.pack(nbd.REPLY_MAGIC, 0, 1),
    ],
)
def test_a_wrong_block_status_is_an_error(said: bytes) -> None:
    with client_of(READY + said) as client, pytest.raises((ProtocolError, PeerLost)):
        client.extents()


def test_only_what_is_said_to_read_as_zeros_is_left_out() -> None:
    areas = ((1024, 0), (1024, 1), (1024, 2), (1024, 3), (2**32 - 1, 4))
    said = status(9, (512, 1), (SIZE - 512, 0)) + status(7, *areas, done=True)
    with client_of(READY + said + said.replace(struct.pack(">Q", 1), struct.pack(">Q", 2))) as client:
        # A hole whose content is not said may hold anything; an unknown flag says nothing of zeros.
        assert client.extents() == (Extent(0, 2048), Extent(4096, SIZE - 4096))
        assert client.dirty() == (Extent(0, 512),)


def test_a_refused_block_status_means_that_all_is_read() -> None:
    for refusal in (chunk(nbd.Chunk.ERROR, ERROR, done=True), nbd.REPLY.pack(nbd.REPLY_MAGIC, 95, 1)):
        with client_of(READY + refusal) as client:
            assert client.extents() == (Extent(0, SIZE),)


@st.composite
def honest_replies(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Bytes of a range, and a server's answer that cuts them anyhow and sends the parts in any order."""
    cuts = sorted({0, 4096, *draw(st.lists(st.integers(1, 4095), max_size=12))})
    content = bytearray()
    parts = []
    for begin, end in pairwise(cuts):
        if draw(st.booleans()):
            content += bytes(end - begin)
            parts.append(hole(begin, end - begin))
        else:
            fill = bytes([draw(st.integers(1, 255))]) * (end - begin)
            content += fill
            parts.append(data(begin, fill))
    shuffled = draw(st.permutations(parts))
    return bytes(content), b"".join(shuffled) + chunk(nbd.Chunk.NONE, done=True)


@examples(200)
@given(honest_replies())
def test_honest_parts_in_any_order_give_the_bytes(drawn: tuple[bytes, bytes]) -> None:
    content, said = drawn
    with client_of(READY + said) as client:
        assert read(client, 0, 4096) == content


NUMBERS = st.sampled_from([0, 1, 2, 7, 9, 12, 100, 4096, SIZE, 2**31, 2**32 - 1])
PLACES = st.sampled_from([0, 1, 512, 4095, 4096, SIZE - 1, SIZE, 2**63, 2**64 - 1])
LIES = st.one_of(
    st.binary(max_size=40),
    st.builds(nbd.REPLY.pack, st.just(nbd.REPLY_MAGIC), NUMBERS, st.integers(0, 3)),
    st.builds(
        nbd.CHUNK.pack, st.just(nbd.CHUNK_MAGIC), st.integers(0, 3),
        st.sampled_from([0, 1, 2, 3, 5, 2**15 + 1, 2**15 + 2, 2**16 - 1]), st.integers(0, 3), NUMBERS,
    ),
    st.builds(lambda place, size: data(place, b"d" * size), PLACES, st.integers(0, 300)),
    st.builds(lambda place, length, done: hole(place, length, done=done), PLACES, NUMBERS, st.booleans()),
    st.builds(lambda number, length, flags: status(number, (length, flags), done=True), NUMBERS, NUMBERS, NUMBERS),
)  # fmt: skip


@examples(1000)
@given(st.sampled_from([READY, SIMPLE, STRUCTURED, GREETING]), st.lists(LIES, max_size=8))
def test_whatever_a_server_says_ends_with_an_answer_or_an_error_of_ours(begin: bytes, said: list[bytes]) -> None:
    with contextlib.suppress(ProtocolError, PeerLost, RefusedByServer), client_of(begin + b"".join(said)) as client:
        for extent in client.extents():
            assert 0 <= extent.offset < extent.end <= SIZE
        client.will_read(0, 4096)
        assert len(read(client, 0, 4096)) == 4096
