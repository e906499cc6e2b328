"""The block map at the size of a screen, against a slow second implementation of its rule."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.job import BlockState
from vbtui.vocabulary import MiB, TiB
from vbtui.walk.block_cells import LIFE, WEIGHT, WIDEST, BlockCells, Grid, fit_grid

STATES = st.lists(st.sampled_from(BlockState), min_size=1, max_size=300).map(bytes)
WORKED = {BlockState.CHANGED, BlockState.ZERO, BlockState.DUPLICATE, BlockState.WRITTEN}


def slowly(states: bytes, per_cell: int) -> list[BlockState]:
    """What every cell shows, block by block."""
    shown = []
    for first in range(0, len(states), per_cell):
        found = Counter(BlockState(one) for one in states[first : first + per_cell])
        moving = [state for state in (BlockState.READING, BlockState.READ, BlockState.SENT) if found[state]]
        if moving:
            shown.append(moving[0])
        else:
            shown.append(max(found, key=lambda one: (found[one] * (WEIGHT if one in WORKED else 1), LIFE.index(one))))
    return shown


@examples(200)
@given(blocks=st.integers(1, 3_000_000), width=st.integers(1, 220), height=st.integers(1, 60))
def test_every_grid_holds_all_blocks_and_fits_and_no_finer_one_would(blocks: int, width: int, height: int) -> None:
    grid = fit_grid(blocks, width, height)
    assert grid.cells * grid.per_cell >= blocks
    assert (grid.cells - 1) * grid.per_cell < blocks
    assert grid.columns * grid.cell_width <= width
    assert grid.rows <= height
    assert grid.columns % 8 == 0 or width < 8 * grid.cell_width
    if grid.per_cell > 1:
        room = (width // 8 * 8 or width) * height
        assert blocks > room * (grid.per_cell // 2)


@pytest.mark.parametrize(
    ("size", "width", "height", "wanted"),
    [
        (64 * MiB, 48, 10, Grid(64, 1, 8, 6)),
        (64 * MiB, 69, 5, Grid(64, 1, 16, 4)),
        (160 * MiB, 58, 10, Grid(160, 1, 16, 3)),
        (2 * TiB, 58, 10, Grid(2 * 1024 * 1024, 4096, 56, 1)),
        (2 * TiB, 180, 40, Grid(2 * 1024 * 1024, 512, 176, 1)),
    ],
)
def test_small_disks_get_wide_cells_and_large_ones_cells_of_many_blocks(
    size: int, width: int, height: int, wanted: Grid
) -> None:
    assert fit_grid(size // MiB, width, height) == wanted
    assert wanted.cell_width <= WIDEST


@examples(100)
@given(first=STATES, per_cell=st.sampled_from([1, 2, 4, 16, 64]), data=st.data())
def test_cells_show_what_the_rule_says_after_every_change(first: bytes, per_cell: int, data: st.DataObject) -> None:
    cells = BlockCells(Grid(len(first), per_cell, 8, 1))
    assert cells.update(first) == list(range(cells.grid.cells))
    states = first
    for _ in range(3):
        before = list(cells.shown)
        changed = bytearray(states)
        for place in data.draw(st.lists(st.integers(0, len(states) - 1), max_size=5)):
            changed[place] = data.draw(st.sampled_from(BlockState))
        states = bytes(changed)
        told = cells.update(states)
        assert cells.shown == slowly(states, per_cell)
        assert told == [place for place, (a, b) in enumerate(zip(before, cells.shown, strict=True)) if a is not b]
        assert {state: cells.count(state) for state in BlockState} == {
            state: states.count(state) for state in BlockState
        }


def test_one_block_in_twenty_that_changed_is_seen_and_fewer_are_not() -> None:
    def shown(changed: int) -> BlockState:
        cells = BlockCells(Grid(1024, 1024, 8, 1))
        cells.update(bytes([BlockState.CHANGED]) * changed + bytes([BlockState.UNCHANGED]) * (1024 - changed))
        return cells.shown[0]

    assert shown(51) is BlockState.CHANGED
    assert shown(10) is BlockState.UNCHANGED


def test_what_moves_is_seen_among_two_million_blocks() -> None:
    states = bytearray([BlockState.HOLE]) * (2 * 1024 * 1024)
    cells = BlockCells(fit_grid(len(states), 100, 20))
    cells.update(bytes(states))
    states[1_234_567] = BlockState.READING
    assert cells.update(bytes(states)) == [1_234_567 // cells.grid.per_cell]


@pytest.mark.parametrize("states", [b"", b"\x01\x01\x01", bytes([99, 1]), bytes([1, 99])])
def test_states_of_another_disk_or_of_no_disk_are_refused(states: bytes) -> None:
    with pytest.raises(ValueError, match="state"):
        BlockCells(Grid(2, 2, 8, 1)).update(states)
