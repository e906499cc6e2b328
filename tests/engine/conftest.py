"""Shared by the engine's tests: sample disks, an open network, and the rule that no test leaves a thread behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from restore_points import FIRST, SECOND, begin, place

from vbtui.engine import LoopbackNetwork, PointMetadata, Repository, SampleSpec, write_sample
from vbtui.vocabulary import MiB

SampleFactory = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert left == []


@pytest.fixture
def sample(tmp_path: Path) -> SampleFactory:
    """Writes a sample disk: `sample(name, mebibytes, seed)`."""

    def write(name: str = "disk.img", mebibytes: int = 32, seed: int = 1) -> Path:
        path = tmp_path / name
        write_sample(path, SampleSpec(name, mebibytes * MiB, seed))
        return path

    return write


@pytest.fixture
def network() -> Iterator[LoopbackNetwork]:
    with LoopbackNetwork(lambda _: True, timeout=10.0) as opened:
        yield opened


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture
def finished(repository: Repository) -> Path:
    """A point with two disks that share content; block 7 of the first is a hole."""
    with begin(repository, first=len(FIRST), second=len(SECOND)) as point:
        place(point, "second", SECOND)
        place(point, "first", FIRST, holes=frozenset({7}))
        return point.finish(PointMetadata("daily", 'displayName = "vm"', ("san", "nbd")))
