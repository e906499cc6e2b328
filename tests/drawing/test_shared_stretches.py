"""Lines that share cells: what stands is never drawn as blocked, and what is looked at is seen from end to end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from drawn_graphs import Graph, drawn, graphs, inks_of, levels
from drawn_topologies import LinksOf, Make, Shipped, canvases
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.drawing import (
    Canvas,
    DetailLevel,
    Ink,
    Link,
    LinkPicture,
    LinkState,
    Picture,
    Route,
    Scene,
    layout,
    paint,
    route,
)
from vbtui.topology import load, resolve
from vbtui.vocabulary import Component

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "VBTUI_UPDATE"
STANDS = frozenset({LinkState.OPEN, LinkState.FALLBACK, LinkState.ACTIVE})
TOLD = frozenset({Ink.LABEL, Ink.LABEL_ACTIVE, Ink.FIREWALL, Ink.BADGE})
"""What is written on a line."""

pictures = st.builds(
    LinkPicture,
    st.sampled_from(LinkState),
    stop=st.sampled_from([0.0, 0.5, 1.0]),
    stopped_by=st.sampled_from(["", "inner", "middle", "core"]),
)
Cell = tuple[int, int]


def assert_told_apart(scene: Scene, routes: tuple[Route, ...], states: dict[Link, LinkPicture]) -> None:
    """No cell of a line that stands looks blocked, and every cross stands where its line alone is, if there is such a
    cell."""
    canvas = paint(scene, routes, Picture(links=states))
    inks, texts = inks_of(canvas), characters(canvas)
    used = {way.between for way in routes if states[way.link].state is LinkState.ACTIVE}
    standing = {cell for way in routes if states[way.link].state in STANDS for cell in way.cells}
    for cell in standing:
        assert inks[cell] is not Ink.EDGE_BLOCKED
        assert scene.ascii or texts[cell] not in "┄┆·"
    cross = "x" if scene.ascii else "✖"
    refused = [way for way in routes if way.cells and states[way.link].state is LinkState.BLOCKED]
    refused = [way for way in refused if way.between not in used]
    for way in refused:
        crosses = {cell for cell in way.cells if texts.get(cell) == cross and inks[cell] is Ink.MARK_FAIL}
        assert crosses or standing.intersection(way.cells), "a refusal without a cross"
        assert crosses - standing or standing.issuperset(way.cells), "a cross on a line that stands"
    for cell in standing:
        if inks[cell] is Ink.MARK_FAIL and texts[cell] == cross:
            assert any(cell in way.cells and standing.issuperset(way.cells) for way in refused)


def characters(canvas: Canvas) -> dict[Cell, str]:
    return {(run.x + at, y): c for y, row in enumerate(canvas.rows) for run in row for at, c in enumerate(run.text)}


@examples(60)
@given(graph=graphs(), canvas=canvases, level=levels, ascii=st.booleans(), data=st.data())
def test_what_stands_is_never_drawn_as_blocked(
    make: Make, graph: Graph, canvas: tuple[int, int], level: DetailLevel | None, ascii: bool, data: st.DataObject
) -> None:
    scene, routes, _ = drawn(make, graph, canvas, level, ascii)
    assert_told_apart(scene, routes, {way.link: data.draw(pictures) for way in routes})


@pytest.mark.parametrize("canvas", [(87, 22), (120, 32)])
@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site", "locked-down"])
@examples(15)
@given(data=st.data())
def test_what_stands_of_a_job_is_never_drawn_as_blocked(
    shipped_topology: Shipped, told_links_of: LinksOf, name: str, canvas: tuple[int, int], data: st.DataObject
) -> None:
    """There nearly all lines begin at one server."""
    topology = shipped_topology(name)
    links = told_links_of(topology)
    scene = layout(topology, width=canvas[0], height=canvas[1], links=links)
    assert_told_apart(scene, route(scene, links), {link: data.draw(pictures) for link in links})


@examples(40)
@given(
    graph=graphs(),
    canvas=canvases,
    level=levels,
    ascii=st.booleans(),
    now=st.sampled_from([LinkState.ACTIVE, LinkState.FALLBACK]),
    data=st.data(),
)
def test_what_is_looked_at_is_drawn_as_itself_from_end_to_end(
    make: Make,
    graph: Graph,
    canvas: tuple[int, int],
    level: DetailLevel | None,
    ascii: bool,
    now: LinkState,
    data: st.DataObject,
) -> None:
    """Whatever else stands or was refused on its way; only what is written on lines stands on it, and the heads and
    firewalls of others."""
    scene, routes, _ = drawn(make, graph, canvas, level, ascii)
    ink = Ink.EDGE_ACTIVE if now is LinkState.ACTIVE else Ink.EDGE_FALLBACK
    others = st.sampled_from([LinkState.HIDDEN, LinkState.IDLE, LinkState.OPEN, LinkState.BLOCKED])
    around = {way.link: LinkPicture(data.draw(others), stopped_by="inner") for way in routes}
    for way in routes:
        inks = inks_of(paint(scene, routes, Picture(links={**around, way.link: LinkPicture(now)})))
        marked = {cell for one in routes for cell in (*one.cells[-1:], *(at for at, _ in one.crossings))}
        for cell in way.cells:
            assert inks[cell] is ink or inks[cell] in TOLD or cell in marked or inks[cell] is Ink.MARK_FAIL


def painted(*links: tuple[Link, LinkPicture], size: tuple[int, int] = (100, 26)) -> list[str]:
    topology = load(resolve("classroom")).topology
    scene = layout(topology, width=size[0], height=size[1], links=[link for link, _ in links])
    return paint(scene, route(scene, [link for link, _ in links]), Picture(links=dict(links))).to_lines()


API = Link("vbr01", "vc01", "443", Component.BACKUP_MANAGER, Component.VSPHERE_API, service="HTTPS")
WEB = Link("vbr01", "web01", "22", Component.BACKUP_MANAGER, Component.GUEST_OS, firewalls=("core",), service="SSH")
APP = Link("vbr01", "app01", "22", Component.BACKUP_MANAGER, Component.GUEST_OS, firewalls=("core",), service="SSH")


def test_a_cross_is_not_hidden_by_the_number_of_another_line(make: Make) -> None:
    """Both were refused, and share what they have: found among the random ones."""
    plain = (0, 0, "", 0, "")
    links = (plain, (185, 1, "", 0, ""), (66, 9, "", 0, ""), *(plain,) * 9, (52, 1, "", 0, "4"))
    size = {"proxies": 1, "repositories": 1, "hosts": 1, "vms": 1, "entries": 1, "word": "n"}
    scene, routes, _ = drawn(make, (size, ("core",), links), (30, 5), None, False)
    states = {way.link: LinkPicture(LinkState.HIDDEN) for way in routes}
    states |= {routes[at].link: LinkPicture(LinkState.BLOCKED, stop=0.0) for at in (2, 12)}
    assert set(routes[2].cells) & set(routes[12].cells)
    assert_told_apart(scene, routes, states)


def test_three_lines_of_one_source_look_as_reviewed() -> None:
    """What is tried instead, what stands and what was refused leave the server on one trunk. VBTUI_UPDATE=1 writes the
    file anew."""
    refused = LinkPicture(LinkState.BLOCKED, stop=0.5, stopped_by="core")
    found = painted((API, LinkPicture(LinkState.FALLBACK)), (WEB, LinkPicture(LinkState.OPEN)), (APP, refused))
    file = GOLDEN / "shared-trunk.txt"
    if os.environ.get(UPDATE):
        file.write_text("\n".join(found) + "\n", encoding="utf-8")
        pytest.fail(f"{file.name} was written: read it, then run without {UPDATE}")
    assert found == file.read_text(encoding="utf-8").splitlines()
