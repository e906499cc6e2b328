"""The name of the firewall beside the cross of a blocked line, and a packet that never hides a port number."""

from __future__ import annotations

import pytest

from vbtui.drawing import Ink, Link, LinkPicture, LinkState, Picture, layout, paint, route
from vbtui.topology import load, resolve


def painted(state: LinkPicture) -> tuple[list[str], list[str]]:
    """Lines of the picture, and what is written in the ink of failures."""
    topology = load(resolve("classroom")).topology
    link = Link("vbr01", "legacy01", "445")
    scene = layout(topology, width=87, height=26, links=[link])
    canvas = paint(scene, route(scene, [link]), Picture(links={link: state}))
    marked = [run.text.strip() for row in canvas.rows for run in row if run.ink is Ink.MARK_FAIL]
    return canvas.to_lines(), marked


def test_the_firewall_that_blocks_is_named_beside_the_cross() -> None:
    lines, marked = painted(LinkPicture(LinkState.BLOCKED, stopped_by="core"))
    assert sorted(marked) == ["core", "✖"]
    row = next(index for index, line in enumerate(lines) if "✖" in line)
    assert any("core" in line for line in lines[row - 2 : row + 3])


def test_a_name_without_room_is_left_out_and_nothing_is_overwritten() -> None:
    bare, _ = painted(LinkPicture(LinkState.BLOCKED))
    lines, marked = painted(LinkPicture(LinkState.BLOCKED, stopped_by="f" * 60))
    assert marked == ["✖"]
    assert lines == bare


@pytest.mark.parametrize("progress", [index / 40 for index in range(41)])
def test_a_port_number_is_whole_wherever_the_packet_is(progress: float) -> None:
    lines, _ = painted(LinkPicture(LinkState.ACTIVE, progress=progress))
    assert any("445" in line for line in lines)
