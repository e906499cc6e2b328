"""Random graphs to draw: made-up topologies with links between any of their machines, laid out and routed."""

from __future__ import annotations

from drawn_topologies import Make, sizes
from hypothesis import strategies as st

from vbtui.drawing import ZOOM_LEVELS, Canvas, DetailLevel, Ink, Link, Scene, layout, route
from vbtui.drawing.scene import Routes
from vbtui.topology import Topology

levels = st.sampled_from([None, *ZOOM_LEVELS])

ZONES = ("core", "backup", "esx")
LINES = frozenset({Ink.EDGE_IDLE, Ink.EDGE_OPEN, Ink.EDGE_ACTIVE, Ink.EDGE_BLOCKED, Ink.EDGE_FALLBACK})
ON_LINES = LINES | {Ink.LABEL, Ink.LABEL_ACTIVE, Ink.FIREWALL, Ink.BADGE}

"""What may stand where a line is drawn."""

Graph = tuple[dict[str, object], tuple[str, ...], tuple[tuple[int, int, str, int, str], ...]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Sizes, the zones of the machines in turn, and links as places in the list of all names with what they say."""
    links = st.tuples(
        st.integers(0, 200),
        st.integers(0, 200),
        st.sampled_from(["", "902", "443", "135,445,6173", "2500-3300"]),
        st.integers(0, 3),
        st.sampled_from(["", "4", "13"]),
    )
    zones = tuple(draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=6)))
    return draw(sizes), zones, tuple(draw(st.lists(links, max_size=18)))


def built(make: Make, graph: Graph) -> tuple[Topology, tuple[Link, ...], list[str]]:
    """The topology, its links, and the names of everything in it."""
    size, zones, ends = graph
    topology = make(**size)
    nodes = tuple(
        node.model_copy(update={"zone": zones[index % len(zones)]}) for index, node in enumerate(topology.nodes)
    )
    topology = topology.model_copy(update={"nodes": nodes})
    names = [node.name for node in topology.nodes] + [vm.name for vm in topology.vms]
    names += [store.name for store in topology.datastores]
    links = tuple(
        Link(
            names[a % len(names)],
            names[b % len(names)],
            label,
            firewalls=("inner", "middle", "outer")[:walls],
            badge=badge,
            service="NFC" if label == "902" else "",
        )
        for a, b, label, walls, badge in ends
    )
    return topology, links, names


def drawn(
    make: Make,
    graph: Graph,
    canvas: tuple[int, int],
    level: DetailLevel | None,
    ascii: bool,
) -> tuple[Scene, Routes, list[str]]:
    """The graph laid out and its links routed, and the names of everything in it."""
    topology, links, names = built(make, graph)
    scene = layout(topology, width=canvas[0], height=canvas[1], links=links, level=level, ascii=ascii)
    return scene, route(scene, links), names


def inks_of(canvas: Canvas) -> dict[tuple[int, int], Ink]:
    return {(run.x + i, y): run.ink for y, row in enumerate(canvas.rows) for run in row for i in range(len(run.text))}
