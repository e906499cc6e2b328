"""Every parser of bytes from outside, fed with real files and streams that something was changed in.

A few thousand cases, 200,000 with --long. Right is: the bytes that the file itself says, by a second and obvious
reader; or a refusal that names the place; and nothing in the folder is other than before. `make_corpus.py` says who
made the corpus.
"""

from __future__ import annotations

import random
import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from forged_points import STATES, forge, outcome
from fuzzing import CASES, MANY, Seed, image_seed, load, mutated, run_cases, stream_seed
from nbd_sessions import SIZE, session, source
from vmdk_images import HEADER, SECTOR

from vbtui.engine import EngineError, Extent, NbdClient, Repository
from vbtui.engine.disk import open_image, runs_of
from vbtui.engine.disk.vmdk import BadDescriptor, BadVmdk
from vbtui.engine.errors import BadImage, PeerLost, ProtocolError, RefusedByServer
from vbtui.engine.transport.nbd import protocol as nbd
from vbtui.engine.transport.nbd.exports import Export
from vbtui.engine.transport.nbd.negotiation import Negotiation
from vbtui.engine.transport.nbd.transmission import Transmission
from vbtui.engine.wire import set_timeouts
from vbtui.vocabulary import KiB

Case = Callable[[random.Random], None]


@pytest.fixture
def cases(request: pytest.FixtureRequest) -> int:
    return MANY // 4 if request.config.getoption("--long") else CASES


def folder_of(path: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in path.iterdir()}


# VMDK


def by_the_tables(data: bytes, offset: int, length: int) -> list[bytes]:
    """What a sparse file holds at a place within one grain, the obvious way: by its directory, and by the other one."""
    found = []
    (_, _, flags, _, grain, _, _, entries, redundant, directory, *_) = HEADER.unpack_from(data)
    if directory == 2**64 - 1:
        (_, _, flags, _, grain, _, _, entries, redundant, directory, *_) = HEADER.unpack_from(data, len(data) - 1024)
    number, inside = divmod(offset, grain * SECTOR)
    for at in (directory, redundant):
        try:
            (table,) = struct.unpack_from("<I", data, at * SECTOR + 4 * (number // entries))
            (entry,) = struct.unpack_from("<I", data, table * SECTOR + 4 * (number % entries))
            if table == 0 or entry == 0 or (entry == 1 and flags & 4):
                found.append(bytes(length))
            elif flags & 0x10000:
                (size,) = struct.unpack_from("<I", data, entry * SECTOR + 8)
                plain = zlib.decompressobj().decompress(data[entry * SECTOR + 12 :][:size])
                found.append(plain[inside : inside + length])
            else:
                found.append(data[entry * SECTOR + inside :][:length])
        except (struct.error, zlib.error):
            continue
    return found


def vmdk_case(folder: Path, seeds: list[Seed]) -> Case:
    neighbours = load("vmdk") | {"data": bytes(18 * SECTOR)}
    for name, data in neighbours.items():
        (folder / name).write_bytes(data)

    def case(picks: random.Random) -> None:
        seed = picks.choice(seeds)
        path = folder / seed.name
        data = mutated(picks, seed)
        path.write_bytes(data)
        # Which bytes are right is clear as long as the descriptor in the file is as it was.
        clear = b"SPARSE" in seed.data and data[:1] == b"K" and seed.data[512:1536] == data[512:1536]
        try:
            read_all(picks, path, data if clear else None)
        finally:
            assert path.read_bytes() == data
            path.write_bytes(seed.data)
        if picks.randrange(200) == 0:
            assert folder_of(folder) == neighbours

    return case


def read_all(picks: random.Random, path: Path, data: bytes | None) -> None:
    try:
        disk = open_image(path)
    except EngineError as error:
        assert_names_a_place(error, path)
        return
    try:
        size, places = disk.size, [0]
        try:
            for number, run in enumerate(runs_of(disk)):
                assert 0 <= run.offset < run.end <= size
                places.append(run.offset)
                if number > 200:
                    break
        except EngineError as error:
            assert_names_a_place(error, path)
        for offset in (*picks.sample(places, min(4, len(places))), picks.randrange(size), picks.randrange(size)):
            length = min(size - offset, 4 * KiB - offset % (4 * KiB), picks.choice((512, 4096)))
            buffer = bytearray(b"\xaa" * length)
            try:
                disk.read_into(offset, memoryview(buffer))
            except EngineError as error:
                assert_names_a_place(error, path)
                continue
            if data is not None:
                assert bytes(buffer) in by_the_tables(data, offset, length), (offset, length)
    finally:
        disk.close()


def assert_names_a_place(error: EngineError, path: Path) -> None:
    assert str(error)
    assert getattr(error, "path", path).parent == path.parent
    if isinstance(error, BadVmdk):
        assert 0 <= error.offset <= max(2**41, error.path.stat().st_size)
    elif isinstance(error, BadDescriptor):
        assert error.line >= 1
    else:
        assert not isinstance(error, BadImage) or error.expected


def test_vmdk(tmp_path: Path, cases: int) -> None:
    run_cases(cases, vmdk_case(tmp_path, [image_seed(name, data) for name, data in load("vmdk").items()]))


def test_the_corpus_of_vmdk_reads_as_its_tables_say(tmp_path: Path) -> None:
    """Unharmed files are not refused, so that the fuzzer does not prove itself on refusals."""
    vmdk_case(tmp_path, [])
    for name, data in load("vmdk").items():
        if name.startswith("regression"):
            continue
        disk = open_image(tmp_path / name)
        readable = disk.size - (8 * SECTOR if name == "mixed.vmdk" else 0)  # its end may not be read by anybody
        for offset in range(0, readable, 4 * KiB):
            buffer = bytearray(4 * KiB)
            disk.read_into(offset, memoryview(buffer))
            assert data[:1] != b"K" or buffer == by_the_tables(data, offset, len(buffer))[0]
        disk.close()


# container


def container_case(folder: Path) -> Case:
    repository = Repository(folder)
    seeds = [image_seed(name, data) for name, data in load("container").items()]
    for seed in seeds:
        (folder / seed.name).write_bytes(seed.data)

    def case(picks: random.Random) -> None:
        changed = set()
        for _ in range(picks.choice((1, 1, 2))):
            seed = picks.choice(seeds)
            path = folder / seed.name
            changed.add(seed)
            if picks.random() < 0.5:
                path.write_bytes(mutated(picks, seed))
                continue
            try:
                forge(
                    path,
                    picks.choice(("header", "entry", "entry", "footer")),
                    picks.getrandbits(16),
                    picks.getrandbits(16),
                )
            except (ValueError, EngineError, IndexError):
                path.write_bytes(mutated(picks, seed))
        before = {seed.name: (folder / seed.name).read_bytes() for seed in changed}
        point = picks.choice(sorted(STATES))
        try:
            found = outcome(repository, point)
            if picks.randrange(8) == 0:
                report = repository.verify(point)
                assert found == "whole" or not report.ok
                for block in report.damaged:
                    assert 0 <= block.offset <= (folder / f"{block.point}.vbx").stat().st_size
            if picks.randrange(16) == 0:
                assert len(repository.points()) == len(seeds)
        finally:
            assert before == {name: (folder / name).read_bytes() for name in before}
            for seed in changed:
                (folder / seed.name).write_bytes(seed.data)
        assert len(list(folder.iterdir())) == len(seeds)

    return case


def test_container(tmp_path: Path, cases: int) -> None:
    run_cases(cases, container_case(tmp_path))


# NBD


def played(said: bytes, serve: Callable[[socket.socket], None]) -> bytes:
    """What is answered to a peer that says all this at once and then nothing more."""
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            for sock in (ours, theirs):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            set_timeouts(ours, 0.05)  # the answers of one that asks for too much do not fit
            theirs.settimeout(1)
            theirs.sendall(said)
            theirs.shutdown(socket.SHUT_WR)
            serve(ours)
        answered = bytearray()
        try:
            while part := theirs.recv(1 << 20):
                answered += part
        except ConnectionResetError:  # what was said has not been read to its end
            pass
        return bytes(answered)


def serve_source(sock: socket.socket) -> None:
    """As a host's service does with one client."""
    try:
        agreed = Negotiation(sock, lambda: {"disk": EXPORT}, patience=1).run()
        if agreed is not None:
            Transmission(sock, agreed, patience=1).run()
    except (ProtocolError, PeerLost):
        pass


SOURCE = source()
EXPORT = Export("disk", SOURCE)
CLIENTS = [
    stream_seed(
        name, data, (nbd.LONG.pack(3), nbd.OPTION.pack(nbd.OPTION_MAGIC, 0, 0)[:8], struct.pack(">I", 0x25609513))
    )
    for name, data in load("clients").items()
]
SERVERS = [
    stream_seed(
        name,
        data,
        (
            b"NBDMAGIC",
            struct.pack(">Q", nbd.OPTION_REPLY_MAGIC),
            *(struct.pack(">I", one) for one in (nbd.CHUNK_MAGIC, nbd.REPLY_MAGIC)),
        ),
    )
    for name, data in load("servers").items()
]


def client_case(picks: random.Random) -> None:
    """Whatever a client says, every byte that it is given as data of the disk is that of the disk."""
    answered = played(mutated(picks, picks.choice(CLIENTS)), serve_source)
    assert answered.startswith(b"NBDMAGIC")
    at = answered.find(struct.pack(">I", nbd.CHUNK_MAGIC))
    while 0 <= at <= len(answered) - nbd.CHUNK.size:
        magic, _, kind, _, length = nbd.CHUNK.unpack_from(answered, at)
        assert magic == nbd.CHUNK_MAGIC
        payload = answered[at + nbd.CHUNK.size :][:length]
        if len(payload) == length and kind == nbd.Chunk.OFFSET_DATA:
            (offset,) = nbd.OFFSET.unpack_from(payload)
            assert payload[8:] == SOURCE.content[offset : offset + length - 8]
        elif len(payload) == length and kind == nbd.Chunk.OFFSET_HOLE:
            offset, hole = nbd.HOLE.unpack(payload)
            assert SOURCE.content[offset : offset + hole] == bytes(hole)
        at += nbd.CHUNK.size + length


def server_case(picks: random.Random) -> None:
    """Whatever a server says, our client ends, and no byte of a buffer that it fills is left as it was."""
    said = mutated(picks, picks.choice(SERVERS))
    one, other = (told(said, fill) for fill in (b"\xaa", b"\x55"))
    assert one == other


def told(said: bytes, fill: bytes) -> object:
    found: list[object] = []

    def ask(sock: socket.socket) -> None:
        try:
            found.append(session(NbdClient(sock, "disk", patience=1), fill))
        except (ProtocolError, PeerLost, RefusedByServer) as error:
            found.append(str(error))

    played(said, ask)
    (answer,) = found
    if isinstance(answer, tuple):
        size, extents, dirty, *_ = answer
        for extent in (*extents, *(dirty or ())):
            assert isinstance(extent, Extent) and 0 <= extent.offset < extent.end <= size
    return answer


def test_nbd_server(cases: int) -> None:
    run_cases(cases, client_case)


def test_nbd_client(cases: int) -> None:
    run_cases(cases, server_case)


def test_the_corpus_of_nbd_gets_its_answers() -> None:
    for seed in SERVERS:
        answer = told(seed.data, b"\xaa")
        assert isinstance(answer, tuple), seed.name
        assert (answer[0], *answer[3:]) == (SIZE, SOURCE.content[:4096], SOURCE.content[-5000:]), seed.name
    for seed in CLIENTS:
        answered = played(seed.data, serve_source)
        assert b"disk" in answered or len(answered) > 100, seed.name
