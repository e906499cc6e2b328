"""After many runs, good ones and failed ones, there are no more threads, descriptors, sockets and files than before."""

from __future__ import annotations

import errno
import gc
import os
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_storage import Fault, FaultyStorage, How
from protected_disk import BLOCK, LINE, SIZE, VM, Protected, content_of

from vbtui.engine import LiveDisk, LoopbackNetwork
from vbtui.engine.errors import Blocked, NotListening, PeerLost, RepositoryBusy
from vbtui.engine.repository.catalogue.rescan import open_catalogue, rescan
from vbtui.vocabulary import Connection

RUNS = 200 if os.environ.get("VBTUI_LONG_TESTS") else 20
WARM = 7
KEEP = 2


def test_after_many_runs_there_is_nothing_left(tmp_path: Path, tell: Callable[[str, object], None]) -> None:
    place = Protected(tmp_path / "work")
    place.folder.mkdir()
    place.make(content_of(1, SIZE))
    for number in range(1, WARM + 1):
        live(place, number, tmp_path / "side")
    before = held()
    for number in range(WARM + 1, WARM + RUNS + 1):
        live(place, number, tmp_path / "side")
    assert held() == before
    assert len(place.points()) == KEEP
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {name for name in left if not name.endswith((".vbx", ".lock"))} == {
        "web01.vmdk", "web01-flat.vmdk", "web01-ctk.vmdk", "catalogue.sqlite",
    }  # fmt: skip
    tell("runs without a leak", RUNS)


def held() -> tuple[int, Counter[str]]:
    """Threads, and what the open descriptors are of, sockets and pipes without their numbers."""
    gc.collect()
    found: Counter[str] = Counter()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found[str(entry.readlink()).partition(":[")[0]] += 1
        except FileNotFoundError:
            continue  # of the listing itself
    return threading.active_count(), found


def live(place: Protected, number: int, side: Path) -> None:
    """One day: a run that fails in one of several ways, a good one; points expire, one is restored, all is checked."""
    point = f"p{number:04}"
    with place.opened() as disk:
        disk.write(number % 10 * BLOCK, content_of(number, 700))
        WAYS[number % len(WAYS)](place, disk, point, side)
        place.back_up(disk, point, full=number % 7 == 0, scan=number % 3 == 0, workers=2)
    with place.repository.lock(VM):
        points = [one.point for one in place.points()]
        if number % 5 == 0:
            place.repository.synthetic(points[-1])
        place.repository.expire(points[:-KEEP])
    assert place.restored(point)
    assert place.repository.verify(point).ok
    rescan(place.repository)
    with open_catalogue(place.repository) as catalogue:
        assert len(catalogue.points()) == len(place.points())


def full(place: Protected, disk: LiveDisk, point: str, side: Path) -> None:
    failing = Protected(place.folder, FaultyStorage(side, Fault(int(point[1:]) % 5, How.FROM_THEN_ON, errno.ENOSPC)))
    with pytest.raises(OSError):
        failing.back_up(disk, point, full=True)
    assert isinstance(failing.storage, FaultyStorage)
    failing.storage.close()


def blocked(place: Protected, disk: LiveDisk, point: str, _: Path) -> None:
    def relay(_: LoopbackNetwork) -> Connection:
        raise Blocked(LINE)

    with pytest.raises(Blocked):
        place.back_up(disk, point, relay=relay)


def nobody_there(place: Protected, disk: LiveDisk, point: str, _: Path) -> None:
    with pytest.raises(NotListening):
        place.back_up(disk, point, relay=lambda _: Connection(LINE.source, "nobody", LINE.service))


def hung_up(place: Protected, disk: LiveDisk, point: str, _: Path) -> None:
    def relay(network: LoopbackNetwork) -> Connection:
        network.listen("relay", LINE.service, lambda sock: sock.close())
        return Connection(LINE.source, "relay", LINE.service)

    with pytest.raises(PeerLost):
        place.back_up(disk, point, relay=relay, workers=2)


def busy(place: Protected, disk: LiveDisk, point: str, _: Path) -> None:
    with place.repository.lock(VM), pytest.raises(RepositoryBusy):
        place.back_up(disk, point)


def guest_dies(place: Protected, disk: LiveDisk, point: str, _: Path) -> None:
    def meanwhile() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.back_up(disk, point, meanwhile=meanwhile)


WAYS = (full, blocked, nobody_there, hung_up, busy, guest_dies)
