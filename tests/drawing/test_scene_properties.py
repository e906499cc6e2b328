"""What holds for every picture: boxes and labels apart, lines outside boxes, ends at the right places."""

from __future__ import annotations

from itertools import combinations

import pytest
from drawn_topologies import LinksOf, Make, Shipped, canvases, moved, sizes
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.drawing import (
    DetailLevel,
    Link,
    LinkState,
    Picture,
    Rect,
    Route,
    Scene,
    hit,
    layout,
    paint,
    route,
)
from vbtui.topology import Topology


@examples(30)
@given(size=sizes, canvas=canvases, ascii=st.booleans())
def test_every_made_up_topology_is_drawn_in_order(
    make: Make, links_of: LinksOf, size: dict[str, int], canvas: tuple[int, int], ascii: bool
) -> None:
    topology = make(**size)
    links = links_of(topology)
    scene = layout(topology, width=canvas[0], height=canvas[1], links=links, ascii=ascii)
    assert_in_order(topology, scene, route(scene, links))


@pytest.mark.parametrize("canvas", [(87, 22), (118, 22), (160, 40), (78, 14), (40, 8)])
@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site", "locked-down"])
def test_every_shipped_topology_is_drawn_in_order(
    shipped_topology: Shipped, links_of: LinksOf, name: str, canvas: tuple[int, int]
) -> None:
    topology = shipped_topology(name)
    links = links_of(topology)
    scene = layout(topology, width=canvas[0], height=canvas[1], links=links)
    assert_in_order(topology, scene, route(scene, links))


def assert_in_order(topology: Topology, scene: Scene, routes: tuple[Route, ...]) -> None:
    canvas = Rect(0, 0, scene.width, scene.height)
    named = {box.name for box in scene.boxes}
    assert named == {node.name for node in topology.nodes} | {store.name for store in topology.datastores}
    for box in scene.boxes:
        assert inside(box.rect, canvas)
        for part in box.rows:
            assert inside(part.rect, box.rect)
    for one, other in combinations(scene.boxes, 2):
        assert not one.rect.overlaps(other.rect), (one.name, other.name)
    labels: list[tuple[Route, Rect]] = []
    for way in routes:
        source, _ = scene.find(way.source)
        target, row = scene.find(way.destination)
        if not way.cells:
            assert source is target
            continue
        assert all(canvas.contains(*cell) for cell in way.cells)
        assert not any(box.rect.contains(*cell) for box in scene.boxes for cell in way.cells)
        assert len(set(way.cells)) == len(way.cells)
        assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in zip(way.cells, way.cells[1:], strict=False))
        assert source.rect.contains(*moved(way.cells[0], way.leaves.opposite))
        end = moved(way.cells[-1], way.arrives)
        assert target.rect.contains(*end)
        if row is not None:
            assert end[1] == row.rect.y
        if way.label_position is not None:
            assert way.caption
            labels.append((way, Rect(*way.label_position, len(way.caption), 1)))
    for way, place in labels:
        assert inside(place, canvas)
        assert not any(place.overlaps(box.rect) for box in scene.boxes), way.label
    for (one_way, one_place), (other_way, other_place) in combinations(labels, 2):
        if one_way.between != other_way.between:
            shared = one_place == other_place and one_way.caption == other_way.caption
            assert shared or not one_place.overlaps(other_place)


def inside(inner: Rect, outer: Rect) -> bool:
    return outer.x <= inner.x and outer.y <= inner.y and inner.right <= outer.right and inner.bottom <= outer.bottom


@pytest.mark.parametrize(
    ("name", "canvas", "level"),
    [
        ("classroom", (160, 40), DetailLevel.FULL),
        ("classroom", (87, 22), DetailLevel.FULL),
        ("classroom", (78, 14), DetailLevel.COMPACT),
        ("classroom", (60, 10), DetailLevel.LINE),
        ("small-office", (78, 14), DetailLevel.FULL),
    ],
)
def test_the_highest_level_of_detail_that_fits_is_taken(
    shipped_topology: Shipped,
    links_of: LinksOf,
    name: str,
    canvas: tuple[int, int],
    level: DetailLevel,
) -> None:
    topology = shipped_topology(name)
    scene = layout(topology, width=canvas[0], height=canvas[1], links=links_of(topology))
    assert scene.level is level
    if level is not DetailLevel.LINE:
        assert (scene.width, scene.height) == canvas


@pytest.mark.parametrize("height", range(8, 24))
def test_no_picture_is_larger_than_its_view_that_was_made_to_fit(
    shipped_topology: Shipped, links_of: LinksOf, height: int
) -> None:
    """Spare rows are shared out, but never the one that lines need below everything."""
    topology = shipped_topology("classroom")
    scene = layout(topology, width=58, height=height, links=links_of(topology))
    assert scene.height == height
    assert max(box.rect.bottom for box in scene.boxes) <= scene.height - (scene.level is DetailLevel.LINE)


def test_data_runs_right_to_left_and_control_from_top_to_bottom(make: Make, links_of: LinksOf) -> None:
    topology = make()
    scene = layout(topology, width=120, height=40, links=links_of(topology))
    repository, proxy, host = (scene.find(f"n-{name}0")[0].rect for name in ("repo", "px", "esx"))
    assert repository.right < proxy.x
    assert proxy.right < host.x
    assert scene.find("n-server")[0].rect.bottom < min(repository.y, proxy.y)
    assert scene.find("n-vc")[0].rect.bottom < host.y
    assert host.bottom < scene.find("n-store")[0].rect.y


def test_what_does_not_fit_makes_the_canvas_larger(make: Make) -> None:
    scene = layout(make(hosts=40), width=60, height=10)
    assert scene.level is DetailLevel.LINE
    assert scene.height > 10


def test_what_nobody_would_scroll_through_is_grouped(make: Make) -> None:
    scene = layout(make(hosts=400), width=60, height=10)
    assert scene.level is DetailLevel.GROUP
    assert scene.width == 60
    assert scene.height <= 12
    assert scene.find("n-vm399-1") == scene.find("n-esx0") == scene.find("group:esxi_host:esx")


def test_two_thousand_nodes_are_drawn(make: Make) -> None:
    topology = make(proxies=150, repositories=50, hosts=1798, vms=1)
    links = tuple(Link(f"n-px{i}", f"n-esx{i * 7}", "902") for i in range(20))
    scene = layout(topology, width=118, height=40, links=links, level=DetailLevel.LINE)
    assert len(scene.boxes) == 2001
    canvas = paint(scene, route(scene, links), Picture(other_links=LinkState.OPEN), rows=range(100, 140))
    assert not any(canvas.rows[:100])
    assert all(canvas.rows[100:140])


def test_every_cell_of_a_box_answers_to_its_name(make: Make) -> None:
    topology = make(hosts=1)
    scene = layout(topology, width=120, height=40)
    for box in scene.boxes:
        names = {
            hit(scene, x, y) for x in range(box.rect.x, box.rect.right) for y in range(box.rect.y, box.rect.bottom)
        }
        assert names == {box.name, *box.members}
    assert hit(scene, scene.width - 1, scene.height - 1) is None


def test_a_link_to_an_unknown_machine_is_an_error(make: Make) -> None:
    scene = layout(make(), width=100, height=30)
    with pytest.raises(KeyError):
        route(scene, [Link("n-server", "nobody")])
