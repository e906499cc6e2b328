"""Diagrams: read by Graphviz and networkx and by a grammar of Mermaid of our own, and never too large to read."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from xml.etree import ElementTree as Xml

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE
from strategies import examples, topologies

from vbtui.i18n import LANGUAGES, translator
from vbtui.planning import check
from vbtui.render.graph_formats import diagram_graphml, dot_text, mermaid_text
from vbtui.render.graphs import (
    MOST_EDGES,
    Answer,
    BoxKind,
    Diagram,
    GraphArrow,
    GraphBox,
    connections_diagram,
    topology_diagram,
    zones_diagram,
)
from vbtui.topology import Topology, load, resolve, shipped
from vbtui.topology.graph import graph
from vbtui.topology.graphml import topology_graphml

HOSTILE = [
    'say "x"',
    "a|b",
    "end",
    "graph TD; x-->y",
    "<script>alert(1)</script>",
    "&lt;b&gt;",
    "`code` and **bold**",
    "#quot; #35;",
    "back\\slash \\N \\",
    "%% comment",
    "{{hexagon}}",
    "[link](javascript:alert(1))",
    "a\x1b[31m\x00",
    "ä → ×",
    "",
]


def drawings(topology: Topology, language: str = "en") -> list[Diagram]:
    say = translator(language)
    reports = [check(topology, job) for job in topology.jobs]
    return [
        zones_diagram(say, topology),
        topology_diagram(say, topology),
        connections_diagram(say, topology, reports),
    ]


def hostile(text: str) -> Diagram:
    boxes = tuple(GraphBox(f"b{place}", kind, (text, f"x{text}")) for place, kind in enumerate(BoxKind, start=1))
    answers: tuple[Answer | None, ...] = (None, *Answer)
    arrows = tuple(GraphArrow("b1", f"b{2 + place % 3}", text, answer) for place, answer in enumerate(answers))
    return Diagram(text, boxes, arrows)


def shown(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# ---- Mermaid ---------------------------------------------------------------------------------------------------------

QUOTED = r'"(?P<{0}>(?:[^"#\\<>&`\n]|#[0-9]+;|<br/>)*)"'
BOX = re.compile(r"    (?P<key>b[0-9]+)(?P<open>\(\[|\{\{|\[|>)" + QUOTED.format("text") + r"(?P<close>\]\)|\}\}|\])")
ARROW = re.compile(
    r"    (?P<source>b[0-9]+) (?P<line>---|-->|==>|-\.-o|-\.-x)(?:\|"
    + QUOTED.format("text")
    + r"\|)? (?P<target>b[0-9]+)"
)
STYLE = re.compile(r"    linkStyle (?P<places>[0-9]+(?:,[0-9]+)*) stroke:#[0-9a-f]{6},color:#[0-9a-f]{6}")
CLOSING = {"([": "])", "{{": "}}", "[": "]", ">": "]"}


def read_mermaid(text: str) -> tuple[dict[str, list[str]], list[tuple[str, str, str, str]]]:
    """Boxes with their lines and arrows with their line and text, by the grammar; an error for anything else."""
    first, *lines = text.splitlines()
    assert first == "flowchart LR"
    boxes: dict[str, list[str]] = {}
    arrows: list[tuple[str, str, str, str]] = []
    styled: list[int] = []
    for line in lines:
        if box := BOX.fullmatch(line):
            assert not arrows
            assert box["close"] == CLOSING[box["open"]]
            assert box["key"] not in boxes
            boxes[box["key"]] = [plain(part) for part in box["text"].split("<br/>")]
        elif arrow := ARROW.fullmatch(line):
            assert {arrow["source"], arrow["target"]} <= set(boxes)
            arrows.append((arrow["source"], arrow["target"], arrow["line"], plain(arrow["text"] or "")))
        else:
            style = STYLE.fullmatch(line)
            assert style, line
            styled += [int(place) for place in style["places"].split(",")]
    assert sorted(styled) == [place for place, arrow in enumerate(arrows) if arrow[2] != "---"]
    return boxes, arrows


def plain(text: str) -> str:
    return re.sub(r"#([0-9]+);", lambda match: chr(int(match[1])), text)


@pytest.mark.parametrize("text", HOSTILE)
def test_mermaid_shows_any_text_literally(text: str) -> None:
    diagram = hostile(text)
    boxes, arrows = read_mermaid(mermaid_text(diagram))
    assert boxes == {box.key: [shown(line) for line in box.lines] for box in diagram.boxes}
    assert [(source, target, said) for source, target, _, said in arrows] == [
        (one.source, one.target, shown(one.text)) for one in diagram.arrows
    ]
    assert len({line for _, _, line, _ in arrows}) == len(Answer) + 1


@examples(100)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_mermaid_keeps_its_grammar_whatever_the_text(text: str) -> None:
    read_mermaid(mermaid_text(hostile(text)))


# ---- DOT -------------------------------------------------------------------------------------------------------------


def read_dot(text: str) -> tuple[list[str], list[str]]:
    """The texts of boxes and of arrows as Graphviz draws them."""
    done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, list[str]] = {"node": [], "edge": []}
    for group in Xml.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}g"):
        if group.get("class") in found:
            texts = [one.text or "" for one in group.iter("{http://www.w3.org/2000/svg}text")]
            found[str(group.get("class"))].append("\n".join(texts))
    return found["node"], found["edge"]


needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def spaced(text: str) -> str:
    """Graphviz writes blanks that no reader may drop, and none for an empty line."""
    return text.replace("\u00a0", " ").strip()


@needs_dot
@pytest.mark.parametrize("text", HOSTILE)
def test_graphviz_shows_any_text_literally(text: str) -> None:
    diagram = hostile(text)
    boxes, arrows = read_dot(dot_text(diagram))
    assert len(boxes) == len(diagram.boxes)
    assert len(arrows) == len(diagram.arrows)
    for said in boxes:
        assert spaced(said) == spaced(f"{shown(text)}\nx{shown(text)}")
    for said in arrows:
        assert spaced(said) == spaced(shown(text))


@needs_dot
@pytest.mark.parametrize("name", shipped())
def test_graphviz_draws_every_shipped_topology(name: str) -> None:
    for diagram in drawings(load(resolve(name)).topology):
        boxes, arrows = read_dot(dot_text(diagram))
        assert (len(boxes), len(arrows)) == (len(diagram.boxes), len(diagram.arrows))


# ---- GraphML ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_networkx_reads_any_text_back(text: str) -> None:
    diagram = hostile(text)
    read = nx.parse_graphml(diagram_graphml(diagram), force_multigraph=True)
    assert {key: read.nodes[key]["label"] for key in read} == {
        box.key: "\n".join(map(shown, box.lines)) for box in diagram.boxes
    }
    assert read.number_of_edges() == len(diagram.arrows)
    said = sorted((s, t, data.get("label") or "", data.get("answer") or "") for s, t, data in read.edges(data=True))
    assert said == sorted((one.source, one.target, shown(one.text), one.answer or "") for one in diagram.arrows)


@pytest.mark.parametrize("name", shipped())
def test_graphml_of_a_topology_has_every_part_of_it(name: str) -> None:
    topology = load(resolve(name)).topology
    text = topology_graphml(topology)
    read, whole = nx.parse_graphml(text), graph(topology)
    assert set(read) == {"/".join(key) for key in whole}
    assert {(*sorted((a, b)), data["kind"]) for a, b, data in read.edges(data=True)} == {
        (*sorted(("/".join(a), "/".join(b))), data["kind"]) for a, b, data in whole.edges(data=True)
    }
    assert text == topology_graphml(topology)


# ---- what is in it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", shipped())
def test_every_machine_and_required_connection_is_in_the_picture(name: str, language: str) -> None:
    topology = load(resolve(name)).topology
    zones, whole, connections = (read_mermaid(mermaid_text(one)) for one in drawings(topology, language))
    assert len(zones[0]) == len(topology.zones) + sum(one.kind == "network" for one in topology.firewalls)
    named = {part for lines in whole[0].values() for line in lines for part in re.findall(r"[\w.-]+", line)}
    assert {node.name for node in topology.nodes} | {vm.name for vm in topology.vms} <= named
    for report in (check(topology, job) for job in topology.jobs):
        for one in report.connections:
            if one.asked.source.node != one.asked.destination.node:
                assert _drawn(connections, one.asked.source.node, one.asked.destination.node)


def _drawn(read: tuple[dict[str, list[str]], list[tuple[str, str, str, str]]], source: str, target: str) -> bool:
    boxes, arrows = read
    of = {name: key for key, lines in boxes.items() for name in re.findall(r"[\w.-]+", lines[1])}
    return any((ours, theirs) == (of[source], of[target]) for ours, theirs, _, _ in arrows)


def test_an_answer_is_a_word_a_line_and_a_colour() -> None:
    topology = load(resolve("locked-down")).topology
    diagram = drawings(topology)[2]
    found = {one.answer for one in diagram.arrows}
    assert {Answer.ALLOWED, Answer.BLOCKED, Answer.PARTLY} <= found
    for one in diagram.arrows:
        assert one.answer is not None
        assert one.text.startswith({"allowed": "✔", "blocked": "✖", "partly": "◐", "unknown": "?"}[one.answer])
    text = dot_text(diagram)
    assert "style=dashed" in text
    assert "style=solid" in text


def test_what_is_too_much_for_a_picture_is_left_out_and_counted() -> None:
    diagram = zones_diagram(translator("en"), _crowded())
    assert len(diagram.arrows) == MOST_EDGES
    assert diagram.left_out == 50
    (note,) = (box for box in diagram.boxes if box.kind is BoxKind.NOTE)
    assert "50 more" in note.lines[0]


def _crowded() -> Topology:
    """Many firewalls with many zones each."""
    topology = load(resolve("small-office")).topology
    zones = tuple(
        topology.zones[0].model_copy(update={"name": f"z{number}"}) for number in range((MOST_EDGES + 50) // 2)
    )
    firewalls = tuple(
        topology.firewalls[0].model_copy(update={"name": f"f{number}", "connects": tuple(zone.name for zone in zones)})
        for number in range(2)
    )
    return topology.model_copy(update={"zones": zones, "firewalls": firewalls})


FORMATS: tuple[Callable[[Diagram], str], ...] = (mermaid_text, dot_text, diagram_graphml)


@examples(25)
@given(topologies())
def test_any_topology_is_drawn_the_same_in_every_run(topology: Topology) -> None:
    for first, second in zip(drawings(topology), drawings(topology), strict=True):
        read_mermaid(mermaid_text(first))
        for form in FORMATS:
            assert form(first) == form(second)
