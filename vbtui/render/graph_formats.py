"""Diagrams as text that other programs draw: Mermaid (GitHub, GitLab, wikis), DOT (Graphviz), GraphML (yEd, Gephi).

Decided here: shapes, lines and colours of each format, and how text is written in it so that it is shown literally.
Keys of boxes are ours and safe; everything else comes from files. An answer is told three times: by its word in the
text, by the kind of line and by colour.
Sources: Mermaid "Flowcharts - Basic Syntax" (entity codes, `linkStyle`), Graphviz "The DOT Language", GraphML 1.1.
Never here: what is shown (`graphs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.render.graphs import Answer, BoxKind, Diagram, GraphArrow, GraphBox
from vbtui.render.printing import printable

_COLOURS: Final[Mapping[Answer, str]] = {
    Answer.ALLOWED: "#2e7d32",
    Answer.PARTLY: "#b26a00",
    Answer.UNKNOWN: "#6a4fa3",
    Answer.BLOCKED: "#c62828",
}

# ---- Mermaid ---------------------------------------------------------------------------------------------------------

_MERMAID_SHAPES: Final[Mapping[BoxKind, tuple[str, str]]] = {
    BoxKind.ZONE: ("([", "])"),
    BoxKind.FIREWALL: ("{{", "}}"),
    BoxKind.MACHINES: ("[", "]"),
    BoxKind.NOTE: (">", "]"),
}
_MERMAID_LINES: Final[Mapping[Answer | None, str]] = {
    None: "---",
    Answer.ALLOWED: "-->",
    Answer.PARTLY: "==>",
    Answer.UNKNOWN: "-.-o",
    Answer.BLOCKED: "-.-x",
}
_PLAIN: Final = frozenset(" _-./,:()+")
"""ASCII that means nothing in a quoted text of Mermaid, besides letters and digits."""


def mermaid_text(diagram: Diagram) -> str:
    """A flowchart from left to right."""
    lines = ["flowchart LR", *(f"    {_mermaid_box(box)}" for box in diagram.boxes)]
    for arrow in diagram.arrows:
        text = f'|"{_mermaid(arrow.text)}"|' if arrow.text else ""
        lines.append(f"    {arrow.source} {_MERMAID_LINES[arrow.answer]}{text} {arrow.target}")
    for answer, colour in _COLOURS.items():
        places = [str(place) for place, arrow in enumerate(diagram.arrows) if arrow.answer is answer]
        if places:
            lines.append(f"    linkStyle {','.join(places)} stroke:{colour},color:{colour}")
    return "\n".join(lines) + "\n"


def _mermaid_box(box: GraphBox) -> str:
    opening, closing = _MERMAID_SHAPES[box.kind]
    return f'{box.key}{opening}"{"<br/>".join(_mermaid(line) for line in box.lines)}"{closing}'


def _mermaid(text: str) -> str:
    """Entity codes for all that could be read as anything but text."""
    return "".join(
        char if char.isalnum() or char in _PLAIN or not char.isascii() else f"#{ord(char)};" for char in printable(text)
    )


# ---- DOT -------------------------------------------------------------------------------------------------------------

_DOT_SHAPES: Final[Mapping[BoxKind, str]] = {
    BoxKind.ZONE: "ellipse",
    BoxKind.FIREWALL: "hexagon",
    BoxKind.MACHINES: "box",
    BoxKind.NOTE: "note",
}
_DOT_LINES: Final[Mapping[Answer | None, str]] = {
    None: "dir=none",
    Answer.ALLOWED: "style=solid, arrowhead=normal",
    Answer.PARTLY: "style=bold, arrowhead=normal",
    Answer.UNKNOWN: "style=dotted, arrowhead=odot",
    Answer.BLOCKED: "style=dashed, arrowhead=tee",
}


def dot_text(diagram: Diagram) -> str:
    """A directed graph from left to right."""
    lines = [
        f"digraph {_dot(diagram.name)} {{",
        "    rankdir=LR;",
        '    node [fontname="sans-serif"];',
        '    edge [fontname="sans-serif"];',
    ]
    lines += [f"    {box.key} [shape={_DOT_SHAPES[box.kind]}, label={_dot(*box.lines)}];" for box in diagram.boxes]
    lines += [f"    {_dot_edge(arrow)}" for arrow in diagram.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _dot_edge(arrow: GraphArrow) -> str:
    attributes = [_DOT_LINES[arrow.answer]]
    if arrow.text:
        attributes.append(f"label={_dot(arrow.text)}")
    if arrow.answer is not None:
        colour = _COLOURS[arrow.answer]
        attributes.append(f'color="{colour}", fontcolor="{colour}"')
    return f"{arrow.source} -> {arrow.target} [{', '.join(attributes)}];"


def _dot(*lines: str) -> str:
    """A quoted string. Backslashes are doubled, since `\\N` and the like stand for names, and `&` is written as an
    entity, since Graphviz reads entities in labels."""
    escaped = (printable(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(escaped) + '"'


# ---- GraphML ---------------------------------------------------------------------------------------------------------


def diagram_graphml(diagram: Diagram) -> str:
    """The picture as a graph: boxes with `kind` and `label`, arrows with `label` and `answer`."""
    # Loads networkx.
    from vbtui.topology.graphml import graphml_text

    return graphml_text(
        printable(diagram.name),
        [(box.key, {"kind": box.kind.value, "label": "\n".join(map(printable, box.lines))}) for box in diagram.boxes],
        [
            (
                arrow.source,
                arrow.target,
                {"label": printable(arrow.text), "answer": arrow.answer.value if arrow.answer else ""},
            )
            for arrow in diagram.arrows
        ],
    )
