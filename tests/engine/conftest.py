"""Shared by the engine's tests: sample disks, an open network, and the rule that no test leaves a thread behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vbtui.engine import LoopbackNetwork, SampleSpec, write_sample
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
