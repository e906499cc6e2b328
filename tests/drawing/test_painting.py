"""Characters: junctions, states, marks, goldens, the same bytes in every process."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from dataclasses import fields
from itertools import product
from pathlib import Path

import pytest
from drawn_topologies import LinksOf, Make, Shipped
from patience import PATIENCE

from vbtui.drawing import (
    Emphasis,
    Gauge,
    Link,
    LinkPicture,
    LinkState,
    Mark,
    Picture,
    VmMark,
    diff,
    layout,
    paint,
    route,
)
from vbtui.drawing.boxes import build
from vbtui.drawing.contents import Content, Item
from vbtui.drawing.glyphs import ASCII, RICH, Weight
from vbtui.drawing.scene import DetailLevel, Group, Rect, RowKind
from vbtui.vocabulary import Role

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "VBTUI_UPDATE"


@pytest.mark.parametrize("arms", [arms for arms in product(Weight, repeat=4) if any(arms)])
def test_every_junction_is_what_unicode_says_it_is(arms: tuple[Weight, Weight, Weight, Weight]) -> None:
    name = unicodedata.name(RICH.line(arms)).removeprefix("BOX DRAWINGS ")
    sides = dict(zip(("UP", "RIGHT", "DOWN", "LEFT"), arms, strict=True))
    assert arms_of(name) == sides


def arms_of(name: str) -> dict[str, Weight]:
    """The arms that the Unicode name of a box drawing character describes."""
    weights = {"LIGHT": Weight.LIGHT, "HEAVY": Weight.HEAVY}
    groups = {"VERTICAL": ("UP", "DOWN"), "HORIZONTAL": ("LEFT", "RIGHT")}
    found = dict.fromkeys(("UP", "RIGHT", "DOWN", "LEFT"), Weight.NONE)
    words = [word for word in name.split() if word != "AND"]
    if words[0] in weights:
        pairs, weight = [], weights[words[0]]
        for word in words[1:]:
            if word in weights:
                weight = weights[word]
            else:
                pairs.append((word, weight))
    else:
        pairs = []
        waiting: list[str] = []
        for word in words:
            if word in weights:
                pairs += [(side, weights[word]) for side in waiting]
                waiting = []
            else:
                waiting.append(word)
    for word, weight in pairs:
        for side in groups.get(word, (word,)):
            found[side] = weight
    return found


@pytest.mark.parametrize("glyphs", [RICH, ASCII])
def test_every_symbol_is_one_cell_wide(glyphs: object) -> None:
    for field in fields(glyphs):  # type: ignore[arg-type]
        value = getattr(glyphs, field.name)
        for text in value if isinstance(value, tuple) else [value] if isinstance(value, str) else []:
            assert all(unicodedata.east_asian_width(c) not in "WF" and not unicodedata.combining(c) for c in text)


def pictured(make: Make, state: LinkPicture, *, ascii: bool = False) -> list[str]:
    link = Link("n-px0", "n-esx0", "902")
    scene = layout(make(proxies=1, hosts=1), width=110, height=22, links=[link], ascii=ascii)
    return paint(scene, route(scene, [link]), Picture(links={link: state})).to_lines()


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (LinkPicture(LinkState.OPEN), "─902─"),
        (LinkPicture(LinkState.ACTIVE), "━902━"),
        (LinkPicture(LinkState.ACTIVE, 0.0), "┝●━"),
        (LinkPicture(LinkState.ACTIVE, 0.0, backwards=True), "━●│"),
        (LinkPicture(LinkState.BLOCKED), "✖"),
        (LinkPicture(LinkState.BLOCKED, stop=1.0), "┄✖│"),
        (LinkPicture(LinkState.FALLBACK), "├↪─"),
    ],
)
def test_a_state_can_be_told_without_colour(make: Make, state: LinkPicture, shown: str) -> None:
    assert any(shown in line.replace(" ", "") for line in pictured(make, state))


def test_hidden_links_leave_the_picture_alone(make: Make) -> None:
    assert not any("902─" in line for line in pictured(make, LinkPicture(LinkState.HIDDEN)))


def test_the_plain_set_is_ascii(make: Make) -> None:
    for state in LinkState:
        assert "\n".join(pictured(make, LinkPicture(state, 0.5), ascii=True)).isascii()


def test_marks_and_gauges_stand_in_their_rows(make: Make) -> None:
    scene = layout(make(hosts=1), width=120, height=30)
    picture = Picture(
        marks={"n-vm0-0": (Mark(VmMark.SNAPSHOT, "snapshot"),), "n-vm0-1": (Mark(VmMark.DONE),)},
        gauges={"n-store": Gauge(0.5, "50 %")},
        boxes={"n-esx0": Emphasis.ACTING},
    )
    lines = paint(scene, (), picture).to_lines()
    assert any("n-vm0-0" in line and "snapshot ◩" in line for line in lines)
    assert any("n-vm0-1" in line and "✔" in line for line in lines)
    assert any("█" in line and "░" in line and "50 %" in line for line in lines)


def test_a_moving_packet_changes_only_its_rows(make: Make) -> None:
    link = Link("n-px0", "n-esx0", "902")
    scene = layout(make(), width=110, height=24, links=[link])
    routes = route(scene, [link])
    old, new = (paint(scene, routes, Picture(links={link: LinkPicture(LinkState.ACTIVE, at)})) for at in (0.0, 1.0))
    assert diff(old, new) == {routes[0].cells[0][1], routes[0].cells[-1][1]}
    assert diff(old, old) == set()


@pytest.mark.parametrize("canvas", [(87, 22), (160, 40)])
@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site", "locked-down"])
def test_shipped_topologies_look_as_reviewed(
    shipped_topology: Shipped,
    links_of: LinksOf,
    name: str,
    canvas: tuple[int, int],
) -> None:
    """Set VBTUI_UPDATE=1 to write the files anew; the test then fails once, so that nobody overlooks it."""
    topology = shipped_topology(name)
    links = links_of(topology)
    scene = layout(topology, width=canvas[0], height=canvas[1], links=links)
    picture = Picture(other_links=LinkState.OPEN)
    found = "\n".join(paint(scene, route(scene, links), picture).to_lines()) + "\n"
    file = GOLDEN / f"{name}-{canvas[0]}x{canvas[1]}.txt"
    if os.environ.get(UPDATE):
        file.write_text(found, encoding="utf-8")
        pytest.fail(f"{file.name} was written: read it, then run without {UPDATE}")
    assert found == file.read_text(encoding="utf-8")


PROGRAM = """
import sys
from vbtui.drawing import LinkState, Picture, layout, paint, route, Link
from vbtui.topology import load, resolve
topology = load(resolve("classroom")).topology
links = [Link(a.name, b.name, "902") for a in topology.nodes for b in topology.nodes if a is not b][:30]
scene = layout(topology, width=100, height=30, links=links)
canvas = paint(scene, route(scene, links), Picture(other_links=LinkState.OPEN))
sys.stdout.buffer.write("\\n".join(canvas.to_lines()).encode())
"""


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=PATIENCE,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("names", "width", "line"),
    [
        (("sql01", "web01"), 19, "▣ sql01 ▣ web01"),
        (("sql01", "web01"), 18, "▣ sql01 +1"),
        (("sql01", "web01", "app01"), 22, "▣ sql01 ▣ web01 +1"),
        (("a-very-long-name", "web01"), 19, "▣ a-very-lo… +1"),
        (("a-very-long-name",), 19, "▣ a-very-long-…"),
    ],
)
def test_the_line_of_a_small_box_says_whole_names_and_how_many_more_there_are(
    names: tuple[str, ...], width: int, line: str
) -> None:
    items = tuple(Item(RowKind.VM, name, name=name) for name in names)
    content = Content("esx01", Group.HOST, Role.ESXI_HOST, "", "", items)
    box = build(content, DetailLevel.COMPACT, Rect(0, 0, width, 3), ascii=False)
    shown = " ".join(row.text if row.kind is RowKind.MORE else f"▣ {row.text}" for row in box.rows)
    assert shown == line
    assert all(row.rect.right <= box.rect.right - 2 for row in box.rows)
