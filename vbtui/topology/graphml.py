"""Graphs as GraphML, for programs that draw or analyse them.

networkx writes it. In: a topology, or boxes and arrows as text. Out: XML text, the same in every run.
Never here: what is in a graph (`graph`), files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

from vbtui.topology.graph import graph
from vbtui.topology.model import Topology

Attributes = Mapping[str, str]


def topology_graphml(topology: Topology) -> str:
    """Every machine, VM, zone, firewall and datastore with what joins them, as `graph.graph` has it.

    Keys of nodes are `KIND/NAME`.
    """
    whole = graph(topology)
    drawn: nx.Graph[str] = nx.Graph(**whole.graph)
    drawn.add_nodes_from(("/".join(key), attributes) for key, attributes in whole.nodes(data=True))
    drawn.add_edges_from(("/".join(ours), "/".join(theirs), kind) for ours, theirs, kind in whole.edges(data=True))
    return _text(drawn)


def graphml_text(
    name: str, nodes: Iterable[tuple[str, Attributes]], edges: Iterable[tuple[str, str, Attributes]]
) -> str:
    """A directed graph with text attributes, several edges between two nodes among them."""
    drawn: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=name)
    for key, attributes in nodes:
        drawn.add_node(key, **attributes)
    for source, target, attributes in edges:
        drawn.add_edge(source, target, **attributes)
    return _text(drawn)


def _text(drawn: nx.Graph[str]) -> str:
    body = "\n".join(nx.generate_graphml(drawn, prettyprint=True))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
