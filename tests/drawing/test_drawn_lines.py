"""What holds for random graphs as they are painted: lines from end to end, nothing on top of what must be read, a hit
test that agrees with what is seen, groups that lose nobody."""

from __future__ import annotations

from itertools import combinations, pairwise

from drawn_graphs import ON_LINES, Graph, built, drawn, graphs, inks_of, levels
from drawn_topologies import Make, canvases, moved
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import examples

from vbtui.drawing import (
    DetailLevel,
    Ink,
    LinkPicture,
    LinkState,
    Picture,
    Rect,
    Route,
    hit,
    layout,
    paint,
    route,
)
from vbtui.drawing.glyphs import badge_text
from vbtui.drawing.routing import _Board

IN_BOXES = frozenset(
    {Ink.BOX, Ink.TITLE, Ink.COMPONENT, Ink.VM, Ink.PLACE, Ink.PORT, Ink.ZONE, Ink.GAUGE, Ink.GAUGE_EMPTY}
)


def places(way: Route, ascii: bool) -> dict[str, Rect]:
    """What a line has to read: its label and its number."""
    found = {}
    if way.label_position is not None:
        found["label"] = Rect(*way.label_position, len(way.caption), 1)
    if way.badge_position is not None:
        found["badge"] = Rect(*way.badge_position, len(badge_text(way.link.badge, ascii)), 1)
    return found


@examples(40)
@given(graph=graphs(), canvas=canvases, level=levels, ascii=st.booleans())
def test_every_line_is_drawn_from_end_to_end(
    make: Make, graph: Graph, canvas: tuple[int, int], level: DetailLevel | None, ascii: bool
) -> None:
    scene, routes, _ = drawn(make, graph, canvas, level, ascii)
    bare = paint(scene, (), Picture())
    without = inks_of(bare)
    for way in routes:
        if not way.cells:
            assert scene.find(way.source)[0] is scene.find(way.destination)[0]
            continue
        painted = paint(scene, routes, Picture(links={way.link: LinkPicture(LinkState.ACTIVE)}))
        inks = inks_of(painted)
        assert all(inks.get(cell) in ON_LINES for cell in way.cells), "a gap in the line"
        assert all(hit(scene, *cell) is None for cell in way.cells), "the line runs over a box"
        first, last = way.cells[0], way.cells[-1]
        assert scene.find(way.source)[0].rect.contains(*moved(first, way.leaves.opposite))
        assert scene.find(way.destination)[0].rect.contains(*moved(last, way.arrives))
        lines = painted.to_lines()
        assert lines[last[1]][last[0]] in ("^>v<" if ascii else "▲▶▼◀")
        # Nothing of the boxes was written over but the one joint with the source.
        joint = moved(first, way.leaves.opposite)
        changed = {
            (x, y)
            for y, (before, after) in enumerate(zip(bare.to_lines(), lines, strict=True))
            for x, (a, b) in enumerate(zip(before.ljust(scene.width), after.ljust(scene.width), strict=True))
            if a != b and without.get((x, y), Ink.TIE) is not Ink.TIE
        }
        assert changed <= {joint}


@examples(25)
@given(graph=graphs(), canvas=canvases, level=levels, ascii=st.booleans())
def test_the_cross_of_a_blocked_line_is_hidden_by_nothing_and_cuts_nothing(
    make: Make, graph: Graph, canvas: tuple[int, int], level: DetailLevel | None, ascii: bool
) -> None:
    """Whatever other lines stand, and whichever firewalls they pass at the same place."""
    scene, routes, _ = drawn(make, graph, canvas, level, ascii)
    for way in routes:
        if way.cells:
            state = LinkPicture(LinkState.BLOCKED, stopped_by=way.crossings[-1][1] if way.crossings else "")
            picture = Picture(links={way.link: state}, other_links=LinkState.OPEN)
            painted = paint(scene, routes, picture)
            lines, inks = painted.to_lines(), inks_of(painted)
            crossed = [(x, y) for x, y in way.cells if lines[y].ljust(x + 1)[x] == ("x" if ascii else "✖")]
            crossed = [cell for cell in crossed if inks[cell] is Ink.MARK_FAIL]
            assert len(crossed) == 1
            label = places(way, ascii).get("label")
            if label is not None and not label.contains(*crossed[0]):
                assert lines[label.y][label.x : label.right] == way.caption, "what is blocked is said whole"


@examples(25)
@given(graph=graphs(), canvas=canvases, level=levels, ascii=st.booleans())
def test_the_hook_of_a_fallback_cuts_nothing_that_is_read(
    make: Make, graph: Graph, canvas: tuple[int, int], level: DetailLevel | None, ascii: bool
) -> None:
    """Where a short line has no room for both, its port is left out whole; its number stays."""
    scene, routes, _ = drawn(make, graph, canvas, level, ascii)
    for way in routes:
        if len(way.cells) > 1:
            picture = Picture(links={way.link: LinkPicture(LinkState.FALLBACK)})
            lines = [line.ljust(scene.width) for line in paint(scene, routes, picture).to_lines()]
            read = {kind: lines[rect.y][rect.x : rect.right] for kind, rect in places(way, ascii).items()}
            assert read.get("badge") in (None, badge_text(way.link.badge, ascii))
            whole = read.get("label") in (None, way.caption)
            assert whole or not any(part.isdigit() for part in read["label"])
            marked = {cell for cell, _ in way.crossings}
            number = places(way, ascii).get("badge", Rect(0, 0, 0, 0))
            free = [cell for cell in way.cells[:-1] if cell not in marked and not number.contains(*cell)]
            hooks = [cell for cell in free if lines[cell[1]][cell[0]] == ("~" if ascii else "↪")]
            assert hooks or not whole or not free


HEAD_UNDER_LABEL: Graph = (
    {"proxies": 0, "repositories": 1, "hosts": 5, "vms": 0, "entries": 1, "word": "n"},
    ("core",),
    ((0, 0, "", 0, ""),) * 7 + ((25, 33, "135,445,6173", 0, ""),),
)
"""A line that goes down at its end, below a row that has no room for what it is called."""


@examples(40)
@example(graph=HEAD_UNDER_LABEL, canvas=(30, 5), level=None, ascii=False)
@given(graph=graphs(), canvas=canvases, level=levels, ascii=st.booleans())
def test_what_must_be_read_lies_free(
    make: Make, graph: Graph, canvas: tuple[int, int], level: DetailLevel | None, ascii: bool
) -> None:
    scene, routes, _ = drawn(make, graph, canvas, level, ascii)
    whole = Rect(0, 0, scene.width, scene.height)
    for one, other in combinations(scene.boxes, 2):
        assert not one.rect.overlaps(other.rect)
    texts = [(way, kind, rect) for way in routes for kind, rect in places(way, ascii).items()]
    for _, _, rect in texts:
        assert whole.contains(rect.x, rect.y)
        assert rect.right <= scene.width
        assert not any(rect.overlaps(box.rect) for box in scene.boxes)
    for (one_way, one_kind, a), (other_way, other_kind, b) in combinations(texts, 2):
        alike = one_kind == other_kind and (one_way.between == other_way.between or a == b)
        assert alike or not a.overlaps(b), (one_way, other_way)
    labels = [rect for _, _, rect in texts]
    assert not any(rect.contains(*way.cells[-1]) for way, _, rect in texts), "a line's head would cut it"
    for way in routes:
        order = [way.cells.index(cell) for cell, _ in way.crossings]
        assert order == sorted(set(order)), "firewalls in the order of the way"
        names = [name for _, name in way.crossings]
        assert [name for name in way.link.firewalls if name in names] == names
        assert not any(rect.contains(*cell) for rect in labels for cell, _ in way.crossings)


@examples(30)
@given(graph=graphs(), canvas=canvases, level=levels, ascii=st.booleans())
def test_the_hit_test_agrees_with_what_is_painted(
    make: Make, graph: Graph, canvas: tuple[int, int], level: DetailLevel | None, ascii: bool
) -> None:
    scene, _, _ = drawn(make, graph, canvas, level, ascii)
    inks = inks_of(paint(scene, (), Picture()))
    for cell, ink in inks.items():
        assert (hit(scene, *cell) is not None) is (ink in IN_BOXES), (cell, ink)
    expected: dict[tuple[int, int], str] = {}
    for box in scene.boxes:
        for y in range(box.rect.y, box.rect.bottom):
            expected.update({(x, y): box.name for x in range(box.rect.x, box.rect.right)})
        for row in box.rows:
            if row.name is not None:
                expected.update({(x, row.rect.y): row.name for x in range(row.rect.x, row.rect.right)})
    for y in range(-1, scene.height + 1):
        for x in range(-1, scene.width + 1):
            assert hit(scene, x, y) == expected.get((x, y))


@examples(30)
@given(graph=graphs(), canvas=canvases, level=levels, ascii=st.booleans())
def test_a_window_of_rows_equals_the_rows_of_the_whole(
    make: Make, graph: Graph, canvas: tuple[int, int], level: DetailLevel | None, ascii: bool
) -> None:
    scene, routes, _ = drawn(make, graph, canvas, level, ascii)
    states = list(LinkState)
    links = {
        way.link: LinkPicture(states[index % len(states)], stopped_by="middle") for index, way in enumerate(routes)
    }
    whole = paint(scene, routes, Picture(links=links))
    assert paint(scene, tuple(routes), Picture(links=links)) == whole, "found by their links or by looking at all"
    for top in range(0, scene.height, 7):
        window = range(top, min(scene.height, top + 7))
        part = paint(scene, routes, Picture(links=links), window)
        assert part.rows[top : window.stop] == whole.rows[top : window.stop]
        assert not any(part.rows[:top])
        assert not any(part.rows[window.stop :])


@examples(40)
@given(graph=graphs(), canvas=canvases, opened=st.sets(st.integers(0, 20), max_size=3))
def test_groups_open_and_close_and_lose_nobody(
    make: Make, graph: Graph, canvas: tuple[int, int], opened: set[int]
) -> None:
    topology, links, names = built(make, graph)
    closed = layout(topology, width=canvas[0], height=canvas[1], links=links, level=DetailLevel.GROUP)
    groups = [box.name for box in closed.boxes if box.folded]
    wanted = {groups[number % len(groups)] for number in opened} if groups else set()
    scene = layout(
        topology, width=canvas[0], height=canvas[1], links=links, level=DetailLevel.GROUP, opened=frozenset(wanted)
    )
    for name in names:
        box, _ = scene.find(name)
        assert name == box.name or name in box.members
        folded_into = closed.find(name)[0]
        if folded_into.folded:
            assert box.unit == folded_into.name or box.name in folded_into.members
            assert box.folded is (folded_into.name not in wanted)
    for group in groups:
        box, row = scene.find(group)
        assert row is None
        assert box.is_group
        assert box.folded is (group not in wanted)
        assert hit(scene, box.rect.x, box.rect.y) == group
    for one, other in combinations(scene.boxes, 2):
        assert not one.rect.overlaps(other.rect)
    assert all(hit(scene, *cell) is None for way in route(scene, links) for cell in way.cells)


@examples(20)
@given(graph=graphs(), canvas=canvases)
def test_lines_in_lanes_run_outside_all_boxes(make: Make, graph: Graph, canvas: tuple[int, int]) -> None:
    """The way of lines where there are too many for a search, tried on small graphs."""
    topology, links, _ = built(make, graph)
    scene = layout(topology, width=canvas[0], height=canvas[1], links=links, level=DetailLevel.LINE)
    board = _Board(scene)
    for link in links:
        cells, leaves, arrives = board.lead(link)
        if not cells:
            continue
        assert all(hit(scene, *cell) is None for cell in cells)
        assert len(set(cells)) == len(cells)
        assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in pairwise(cells))
        assert scene.find(link.source)[0].rect.contains(*moved(cells[0], leaves.opposite))
        assert scene.find(link.destination)[0].rect.contains(*moved(cells[-1], arrives))
