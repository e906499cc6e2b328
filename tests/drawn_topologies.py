"""What tests of drawings share: sizes of topologies that are made up, canvases of any size, and a step on a canvas."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from vbtui.drawing import Direction, Link
from vbtui.topology import Topology

Make = Callable[..., Topology]
"""The fixture that makes a topology up."""
LinksOf = Callable[[Topology], tuple[Link, ...]]
"""The fixtures that tell the connections of a job."""
Shipped = Callable[[str], Topology]
"""The fixture that loads what comes with the program, by its name."""

sizes = st.fixed_dictionaries(
    {
        "proxies": st.integers(0, 6),
        "repositories": st.integers(0, 4),
        "hosts": st.integers(0, 7),
        "vms": st.integers(0, 4),
        "entries": st.integers(0, 6),
        "word": st.sampled_from(["n", "node", "a-rather-long-name-for-a-machine"]),
    }
)
"""What `Make` takes."""
canvases = st.tuples(st.integers(30, 200), st.integers(5, 60))
"""Width and height in cells."""


def moved(cell: tuple[int, int], way: Direction) -> tuple[int, int]:
    """The cell beside a cell."""
    dx, dy = way.step
    return cell[0] + dx, cell[1] + dy
