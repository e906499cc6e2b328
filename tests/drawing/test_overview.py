"""The map of a scene with the frame of the view, and the little picture of a topology."""

from __future__ import annotations

import pytest
from drawn_topologies import Make, Shipped
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.drawing import DetailLevel, Ink, Rect, hit, layout, overview, scale_of, thumbnail


def test_the_map_shows_every_part_and_where_the_view_is(shipped_topology: Shipped) -> None:
    scene = layout(shipped_topology("two-site"), width=80, height=20, level=DetailLevel.FULL)
    assert scene.height == 28
    found = overview(scene, width=24, height=9, view=Rect(0, 10, 60, 15))
    assert found.to_lines() == [
        "███████▌███████▌ ▐██████",
        "▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▖ ▗▄▄▄▄▄▄",
        "▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▖ ▐██████",
        "┌────────────────┐██████",
        "│█████  ███████▌ │██████",
        "│▀▀▀▀▀  ███████▌ │██████",
        "│       ███████▌ │▄▄▄▄▄▄",
        "│       ▀▀▀▀▀▀▀▘ │██████",
        "└────────────────┘▀▀▀▀▀▀",
    ]


def test_plain_characters_are_enough_for_the_map(make: Make) -> None:
    scene = layout(make(), width=100, height=30, ascii=True)
    lines = overview(scene, width=20, height=6, view=Rect(0, 0, 50, 15)).to_lines()
    assert "".join(lines).isascii()
    assert lines[0].startswith("+")


def test_who_acts_is_lit_on_the_map_even_inside_a_group(make: Make) -> None:
    scene = layout(make(hosts=9), width=100, height=30, level=DetailLevel.GROUP)
    found = overview(scene, width=30, height=8, acting={"n-vm3-1", "nobody"})
    lit = {
        run.x + i: y
        for y, row in enumerate(found.rows)
        for run in row
        for i in range(len(run.text))
        if run.ink is Ink.BOX_ACTING
    }
    scale = scale_of(scene, 30, 8)
    box, _ = scene.find("n-vm3-1")
    assert lit
    assert all(scale.to_map(box.rect).contains(x, y) for x, y in lit.items())


@examples(40)
@given(
    hosts=st.integers(0, 40),
    size=st.tuples(st.integers(1, 60), st.integers(1, 30)),
    view=st.tuples(st.integers(-5, 120), st.integers(-5, 60), st.integers(1, 200), st.integers(1, 100)),
    level=st.sampled_from([None, *DetailLevel]),
)
def test_no_box_is_lost_on_a_map_of_any_size(
    make: Make, hosts: int, size: tuple[int, int], view: tuple[int, int, int, int], level: DetailLevel | None
) -> None:
    scene = layout(make(hosts=hosts), width=100, height=20, level=level)
    bare = overview(scene, width=size[0], height=size[1])
    assert bare.width <= size[0]
    assert bare.height <= size[1]
    scale = scale_of(scene, *size)
    written = {(run.x + i, y) for y, row in enumerate(bare.rows) for run in row for i in range(len(run.text))}
    for box in scene.boxes:
        small = scale.to_map(box.rect)
        assert any(small.contains(x, y) for x, y in written)
    framed = overview(scene, width=size[0], height=size[1], view=Rect(*view))
    frame = [run for row in framed.rows for run in row if run.ink is Ink.VIEW]
    assert frame
    for y in range(bare.height):
        for x in range(bare.width):
            column, row = scale.to_canvas(x, y)
            assert 0 <= column < scene.width
            assert 0 <= row < scene.height
            hit(scene, column, row)


def test_a_map_without_cells_is_an_error(make: Make) -> None:
    scene = layout(make(), width=100, height=30)
    with pytest.raises(ValueError, match="0 x 5"):
        overview(scene, width=0, height=5)
    with pytest.raises(ValueError, match="3 x 0"):
        thumbnail(make(), width=3, height=0)


def test_a_topology_is_a_little_picture(shipped_topology: Shipped) -> None:
    assert thumbnail(shipped_topology("classroom"), width=40, height=10).to_lines() == [
        "┌ backup server ─────────┐  ┌ vCenter ─┐",
        "│ vbr01                  │─▶│ vc01     │",
        "└────────────────────────┘  └──────────┘",
        "      ▼             ▼             ▼",
        "┌repository┐  ┌ proxy ───┐  ┌ ESXi ────┐",
        "│ repo01   │◀─│ ×2       │◀─│ ×2 ▣ 4   │",
        "└──────────┘  └──────────┘  └──────────┘",
        "                            ┌datastores┐",
        "  + dns01                   │ ×2       │",
        "                            └──────────┘",
    ]
    assert thumbnail(shipped_topology("small-office"), width=40, height=10).to_lines() == [
        "┌ backup server ─────────┐",
        "│ backup                 │",
        "└────────────────────────┘",
        "             ▲",
        "             │              ┌ ESXi ────┐",
        "             └──────────────│ esx ▣ 2  │",
        "                            └──────────┘",
        "                            ┌datastores┐",
        "  + ×2                      │ host-di… │",
        "                            └──────────┘",
    ]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (10, 2), (29, 9), (30, 3), (30, 7), (40, 9), (60, 12)])
def test_a_little_picture_has_the_size_that_was_asked_for(make: Make, size: tuple[int, int], ascii: bool) -> None:
    found = thumbnail(make(hosts=2000, proxies=90), width=size[0], height=size[1], ascii=ascii)
    assert (found.width, found.height) == size
    assert all(len(line) <= size[0] for line in found.to_lines())
    assert "".join(found.to_lines()).isascii() or not ascii
