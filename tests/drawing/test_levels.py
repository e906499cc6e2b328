"""Every shipped topology at every level of detail, as text that a reviewer can read; groups that open and close."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from drawn_topologies import LinksOf, Make, Shipped

from vbtui.drawing import (
    ZOOM_LEVELS,
    DetailLevel,
    Emphasis,
    Link,
    LinkPicture,
    LinkState,
    Picture,
    hit,
    in_order,
    layout,
    paint,
    route,
)

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "VBTUI_UPDATE"


def moment_of(links: tuple[Link, ...]) -> Picture:
    """Control connections stand, the first way to a host is refused by a firewall, another carries data."""
    shown = {link: LinkPicture(LinkState.OPEN) for link in links if link.label in ("443", "6162", "902")}
    nfc = [link for link in shown if link.label == "902"]
    shown[nfc[0]] = LinkPicture(LinkState.BLOCKED, stopped_by=nfc[0].firewalls[0] if nfc[0].firewalls else "")
    shown[nfc[-1]] = LinkPicture(LinkState.ACTIVE if len(nfc) > 1 else LinkState.BLOCKED)
    return Picture(links=shown)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("level", ZOOM_LEVELS)
@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site", "locked-down"])
def test_shipped_topologies_look_as_reviewed_at_every_level(
    shipped_topology: Shipped, told_links_of: LinksOf, name: str, level: DetailLevel, ascii: bool
) -> None:
    """Set VBTUI_UPDATE=1 to write the files anew; the test then fails once, so that nobody overlooks it."""
    if ascii and name != "classroom":
        pytest.skip("plain characters are reviewed in one topology")
    topology = shipped_topology(name)
    links = told_links_of(topology)
    scene = layout(topology, width=120, height=34, links=links, level=level, ascii=ascii)
    assert scene.level is level
    found = "\n".join(paint(scene, route(scene, links), moment_of(links)).to_lines()) + "\n"
    assert found.isascii() or not ascii
    file = GOLDEN / f"{name}-{level}{'-ascii' if ascii else ''}.txt"
    if os.environ.get(UPDATE):
        file.write_text(found, encoding="utf-8")
        pytest.fail(f"{file.name} was written: read it, then run without {UPDATE}")
    assert found == file.read_text(encoding="utf-8")


def test_a_level_that_was_asked_for_is_drawn_however_large_it_gets(make: Make) -> None:
    topology = make(hosts=30, proxies=9)
    for level in ZOOM_LEVELS:
        scene = layout(topology, width=80, height=20, level=level)
        assert scene.level is level
        if level is not DetailLevel.GROUP:
            assert {box.level for box in scene.boxes if box.name.startswith("n-esx")} == {level}
    assert layout(topology, width=80, height=20, level=DetailLevel.FULL).height > 20


def test_a_group_is_one_box_until_it_is_opened(make: Make) -> None:
    topology = make(hosts=12, proxies=3, vms=5)
    name = "group:esxi_host:esx"
    closed = layout(topology, width=100, height=40, level=DetailLevel.GROUP)
    box, row = closed.find("n-vm7-3")
    assert (box.name, row, box.folded, box.is_group) == (name, None, True, True)
    assert box.title == "▸ ESXi ×12"
    assert box.zone == "esx"
    assert [part.text for part in box.rows] == ["60 VMs"]
    assert hit(closed, box.rect.x + 3, box.rect.y + 1) == name

    opened = layout(topology, width=100, height=40, level=DetailLevel.GROUP, opened={name, "group:nothing:here"})
    heading, _ = opened.find(name)
    assert (heading.folded, heading.is_group, heading.title) == (False, True, "▾ ESXi ×12")
    assert hit(opened, heading.rect.x, heading.rect.y) == name
    host, _ = opened.find("n-esx7")
    assert (host.name, host.unit, host.is_group) == ("n-esx7", name, False)
    assert opened.find("n-vm7-3")[0] is host
    assert opened.find("n-px2")[0].name == "group:proxy:backup"


def test_nodes_are_walked_through_in_the_order_of_the_process(make: Make) -> None:
    topology = make(hosts=2, proxies=2, vms=1, entries=1)
    full = layout(topology, width=120, height=40)
    assert in_order(full) == (
        *("n-entry0", "n-server", "n-repo0", "n-px0", "n-px1", "n-vc"),
        *("n-esx0", "n-vm0-0", "n-esx1", "n-vm1-0", "n-store"),
    )
    grouped = layout(topology, width=120, height=40, level=DetailLevel.GROUP)
    assert in_order(grouped) == (
        *("n-entry0", "n-server", "n-repo0", "group:proxy:backup", "n-vc", "group:esxi_host:esx", "n-store"),
    )


def test_links_between_folded_machines_are_one_line(make: Make) -> None:
    topology = make(hosts=6, proxies=3)
    links = tuple(Link(f"n-px{p}", f"n-esx{h}", "902") for p in range(3) for h in range(6))
    scene = layout(topology, width=100, height=30, links=links, level=DetailLevel.GROUP)
    routes = route(scene, links)
    assert len(routes) == len(links)
    assert [one.link for one in routes] == list(links)
    assert {one.between for one in routes} == {("group:proxy:backup", "group:esxi_host:esx")}
    assert len({one.cells for one in routes}) == 1
    lines = paint(scene, routes, Picture(links={links[7]: LinkPicture(LinkState.ACTIVE)})).to_lines()
    assert any("902" in line and "▶" in line for line in lines)


def test_a_group_says_which_of_its_machines_act(make: Make) -> None:
    scene = layout(make(hosts=6), width=100, height=30, level=DetailLevel.GROUP)
    picture = Picture(boxes={"n-esx4": Emphasis.ACTING, "n-vm4-1": Emphasis.ACTING}, other_boxes=Emphasis.DIM)
    box, _ = scene.find("n-esx4")
    lines = paint(scene, (), picture).to_lines()
    assert "n-esx4 n-vm4-1" in lines[box.rect.y + 1]
    assert "12 VMs" in paint(scene, (), Picture()).to_lines()[box.rect.y + 1]


def test_boxes_of_one_zone_stand_together(make: Make) -> None:
    topology = make(hosts=1, proxies=4)
    zones = ["backup", "esx", "backup", "esx"]
    nodes = iter(zones)
    moved = tuple(
        node.model_copy(update={"zone": next(nodes)}) if node.name.startswith("n-px") else node
        for node in topology.nodes
    )
    scene = layout(topology.model_copy(update={"nodes": moved}), width=110, height=60)
    proxies = sorted((box for box in scene.boxes if box.name.startswith("n-px")), key=lambda box: box.rect.y)
    assert [box.name for box in proxies] == ["n-px0", "n-px2", "n-px1", "n-px3"]
    gaps = [below.rect.y - above.rect.bottom for above, below in pairwise(proxies)]
    assert gaps[0] == gaps[2] < gaps[1]
    tied = {tie.y for tie in scene.ties if tie.x == proxies[0].rect.x}
    assert tied == {proxies[0].rect.bottom, proxies[2].rect.bottom}


def test_a_blocked_line_ends_at_the_firewall_that_decided(make: Make) -> None:
    link = Link("n-px0", "n-esx0", "902", firewalls=("inner", "outer"), badge="12", service="NFC")
    scene = layout(make(proxies=1, hosts=1), width=130, height=26, links=[link])
    routes = route(scene, [link])
    at = {name: cell for cell, name in routes[0].crossings}
    assert [name for _, name in routes[0].crossings] == ["inner", "outer"]
    for name in ("inner", "outer"):
        state = LinkPicture(LinkState.BLOCKED, stop=0.0, stopped_by=name)
        lines = paint(scene, routes, Picture(links={link: state})).to_lines()
        x, y = at[name]
        assert lines[y][x] == "✖"
        assert any(name in line for line in lines[y - 2 : y + 3])
        assert ("╫" in "".join(lines) or "╪" in "".join(lines)) is (name == "outer")
    through = paint(scene, routes, Picture(links={link: LinkPicture(LinkState.ACTIVE)})).to_lines()
    text = "\n".join(through)
    assert all(word in text for word in ("inner", "outer", "⑫", "902 NFC"))
    assert all(through[y][x] in "╫╪" for x, y in at.values())
