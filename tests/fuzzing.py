"""A small mutation fuzzer: real files and streams with something changed in them, the same cases on every machine.

Decided here: what is changed (bits, numbers of every width and order where the structures are, pieces taken out, put in
twice or taken from elsewhere, ends cut off) and what holds for every case whatever the format: it ends within a few
seconds of processor time and a few MiB of memory, and leaves no file descriptor and no thread behind. A case is its
number: a failure says which, and that one alone can be run again.

In: a corpus (`load`) and a function that runs one case and asserts what is right for its format.
"""

from __future__ import annotations

import gzip
import random
import signal
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vbtui.vocabulary import MiB

CORPUS = Path(__file__).parent / "engine" / "fuzz" / "corpus"
CASES = 1500
"""For each format in an ordinary run."""
MANY = 200_000
"""For all formats together, with --long."""
SECONDS = 10.0
"""Processor time of one case: hundreds of times what one takes."""
MEMORY = 24 * MiB
"""Of one case, in Python's own memory: the largest directory of grain tables that is accepted has 8 MiB."""
_SAMPLE = 50
"""Every so many cases memory, descriptors and threads are looked at."""
_NUMBERS = (0, 1, 2, 3, 7, 8, 127, 255, 511, 512, 4096, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
_MOST = 512 * 1024
"""Bytes beyond which nothing grows any more."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One file or stream of the corpus."""

    name: str
    data: bytes
    places: tuple[int, ...]
    """Where its structures are: the bytes at which something is put, most of the time."""
    borders: tuple[int, ...]
    """Where its parts begin: what is taken out, doubled or moved."""


def load(folder: str) -> dict[str, bytes]:
    """The corpus of one format, by name."""
    return {
        path.name.removesuffix(".gz"): gzip.decompress(path.read_bytes())
        for path in sorted((CORPUS / folder).glob("*.gz"))
    }


def image_seed(name: str, data: bytes) -> Seed:
    """A file of sectors: structures are where sectors are mostly zeros, and where each begins."""
    places: list[int] = []
    for sector in range(0, len(data), 512):
        part = data[sector : sector + 512]
        if part.strip(b"\0"):
            places.append(sector)
        if part.count(0) * 2 > len(part):
            places += (at for at in range(sector, sector + len(part), 4) if data[at : at + 4].strip(b"\0"))
    return Seed(name, data, tuple(places), tuple(range(0, len(data), 512)))


def stream_seed(name: str, data: bytes, magics: Sequence[bytes]) -> Seed:
    """A stream of messages: structures are the first numbers behind each message's magic."""
    borders = sorted({0, *(at for magic in magics for at in _all(data, magic))})
    places = [at + by for at in borders for by in (0, 4, 6, 8, 12, 16, 20, 24, 28, 32) if at + by < len(data)]
    return Seed(name, data, tuple(places), tuple(borders))


def _all(data: bytes, magic: bytes) -> Iterator[int]:
    at = data.find(magic)
    while at >= 0:
        yield at
        at = data.find(magic, at + 1)


def mutated(picks: random.Random, seed: Seed) -> bytes:
    """The seed with one to eight things changed."""
    data = bytearray(seed.data)
    for _ in range(picks.choice((1, 1, 1, 2, 3, 8))):
        if not data:
            break
        aimed = seed.places and picks.random() < 0.8
        at = min(picks.choice(seed.places) if aimed else picks.randrange(len(data)), len(data) - 1)
        match picks.randrange(8):
            case 0 | 1:
                data[at] ^= 1 << picks.randrange(8)
            case 2 | 3 | 4:
                _put_number(picks, data, at)
            case 5:
                piece = _piece(picks, seed)
                if len(data) + len(piece) < _MOST:
                    data[at:at] = piece
            case 6:
                begin = picks.choice(seed.borders)
                del data[begin : begin + (len(_piece(picks, seed)) if picks.random() < 0.7 else picks.randrange(9))]
            case _:
                if picks.random() < 0.3:
                    del data[at:]
                else:
                    piece = _piece(picks, seed)
                    data[at : at + len(piece)] = piece
    return bytes(data)


def _put_number(picks: random.Random, data: bytearray, at: int) -> None:
    form = picks.choice(("<H", "<I", "<I", "<Q", ">H", ">I", ">I", ">Q", "B"))
    size = struct.calcsize(form)
    old = int.from_bytes(data[at : at + size], "little" if form[0] == "<" else "big")
    near = (old + 1, old - 1, old * 2, len(data), len(data) // 512, picks.getrandbits(8 * size), picks.randrange(300))
    data[at : at + size] = struct.pack(form, picks.choice((*_NUMBERS, *near)) % 2 ** (8 * size))


def _piece(picks: random.Random, seed: Seed) -> bytes:
    """From one border to the next."""
    number = picks.randrange(len(seed.borders))
    until = seed.borders[number + 1] if number + 1 < len(seed.borders) else len(seed.data)
    return seed.data[seed.borders[number] : until]


def run_cases(count: int, case: Callable[[random.Random], None], *, first: int = 0) -> None:
    """Run so many cases; what one of them raises says its number."""
    case(random.Random(first))  # whatever is imported or kept for ever is so now
    files, threads = open_files(), threading.active_count()
    with _clock() as rewind:
        for number in range(first, first + count):
            sampled = number % _SAMPLE == 0
            rewind()
            try:
                if sampled:
                    tracemalloc.start()
                case(random.Random(number))
                if sampled:
                    peak = tracemalloc.get_traced_memory()[1]
                    assert peak < MEMORY, f"{peak} bytes"
                    assert (open_files(), threading.active_count()) == (files, threads)
            except BaseException as error:
                error.add_note(f"in case {number}")
                raise
            finally:
                tracemalloc.stop()
    assert (open_files(), threading.active_count()) == (files, threads)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def _clock() -> Iterator[Callable[[], None]]:
    """Ends a case that computes for too long; what is called begins its time anew."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"more than {SECONDS} s of processor time")

    before = signal.signal(signal.SIGPROF, too_long)
    try:
        yield lambda: (signal.setitimer(signal.ITIMER_PROF, SECONDS), None)[1]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
