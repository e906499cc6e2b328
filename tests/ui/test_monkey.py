"""Whatever a monkey does at the screens, nothing may be raised, no task or thread may be left over, and memory must not
grow with the time it plays."""

from __future__ import annotations

import asyncio
import gc
import shutil
import tempfile
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from data_stage import keep
from monkeys import BEGINNINGS, Monkey
from textual.app import App

ACTIONS = 500
"""For one seed; 3,000 in all."""
LONG = 5000
"""For one seed of the long play; 100,000 in all."""
TURN = 40
"""Actions on one app in a short play, so that every beginning gets its turn in some seed."""
GROWTH = 24 << 20
"""Bytes by which a long play may end above its middle: caches fill up, and screens are opened in another order."""
PATIENCE = 30.0
"""Seconds that a thread which reads files beside a screen may need to its end."""


def leftovers(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads that an app has left; one that reads topologies for the start screen ends by itself."""
    for one in threading.enumerate():
        if one.name == "vbtui-preview":
            one.join(PATIENCE)
    return [one for one in threading.enumerate() if one not in before]


def let_loose(monkey: Monkey, actions: int, turn: int) -> list[int]:
    """Play until so many things have been done; the bytes that were held after each app, where they are traced."""
    threads, memory = set(threading.enumerate()), []

    async def play() -> None:
        await monkey.play(min(turn, actions - monkey.done))
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    while monkey.done < actions:
        # A loop for each app: its threads outlive the app that they were started in, and hold it.
        asyncio.run(play())
        assert not leftovers(threads)
        if tracemalloc.is_tracing():
            gc.collect()
            assert not [one for one in gc.get_objects() if isinstance(one, App)]
            memory.append(tracemalloc.get_traced_memory()[0])
    return memory


@pytest.fixture
def channel() -> Iterator[Path]:
    """Short, since a socket's path must be."""
    above = Path(tempfile.mkdtemp(prefix="vbtui-"))
    yield above / "channel"
    shutil.rmtree(above)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person who runs the tests is read or written; there are restore points to work with."""
    monkeypatch.chdir(tmp_path)
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    keep(tmp_path / "xdg_state_home")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_pressed_clicked_or_pasted_nothing_breaks(seed: int, tmp_path: Path, channel: Path) -> None:
    monkey = Monkey(seed, tmp_path / "recent.json", channel)
    monkey.turn = seed * len(BEGINNINGS) // 6
    let_loose(monkey, ACTIONS, TURN)
    assert not monkey.lost, "\n".join(monkey.lost)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 118))
def test_it_stays_so_for_a_long_time(seed: int, tmp_path: Path, channel: Path) -> None:
    monkey = Monkey(seed, tmp_path / "recent.json", channel)
    let_loose(monkey, LONG, 200)
    assert not monkey.lost, "\n".join(monkey.lost)
    assert {one.screen for one in BEGINNINGS} <= monkey.seen


@pytest.mark.long
@pytest.mark.parametrize("seed", range(118, 120))
def test_no_app_is_held_by_anything_and_memory_is_flat(seed: int, tmp_path: Path, channel: Path) -> None:
    monkey = Monkey(seed, tmp_path / "recent.json", channel)
    tracemalloc.start()  # which takes several times as long
    try:
        memory = let_loose(monkey, LONG, 200)
    finally:
        tracemalloc.stop()
    assert not monkey.lost, "\n".join(monkey.lost)
    assert max(memory[-2:]) < min(memory[len(memory) // 2 :]) + GROWTH
