"""What the picture shows at one moment: the state of every link, box and VM, as values without colours or sentences.

A view derives a `Picture` from the trace at the playhead; `paint` draws it. Decided here: which states there are and
the names of the inks; a theme gives each ink its colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vbtui.drawing.scene import Link
from vbtui.vocabulary import Component


class Ink(StrEnum):
    """What a run of characters is, for the theme. Every state also differs in its characters."""

    BOX = "box"
    BOX_DIM = "box_dim"
    BOX_ACTING = "box_acting"
    TITLE = "title"
    TITLE_DIM = "title_dim"
    TITLE_ACTING = "title_acting"
    ZONE = "zone"
    COMPONENT = "component"
    COMPONENT_DIM = "component_dim"
    COMPONENT_ACTING = "component_acting"
    VM = "vm"
    VM_DIM = "vm_dim"
    VM_ACTING = "vm_acting"
    PLACE = "place"
    PORT = "port"
    EDGE_IDLE = "edge_idle"
    EDGE_OPEN = "edge_open"
    EDGE_ACTIVE = "edge_active"
    EDGE_BLOCKED = "edge_blocked"
    EDGE_FALLBACK = "edge_fallback"
    LABEL = "label"
    LABEL_ACTIVE = "label_active"
    PACKET = "packet"
    MARK = "mark"
    MARK_OK = "mark_ok"
    MARK_WARN = "mark_warn"
    MARK_FAIL = "mark_fail"
    GAUGE = "gauge"
    GAUGE_EMPTY = "gauge_empty"
    GAUGE_TEXT = "gauge_text"
    FIREWALL = "firewall"
    """Where a line passes a firewall, and the firewall's name."""
    BADGE = "badge"
    """Number of the process diagrams."""
    TIE = "tie"
    """What holds boxes of one zone together."""
    VIEW = "view"
    """Frame of the view on the overview map."""
    CURSOR = "cursor"
    """What a person points at."""


class LinkState(StrEnum):
    """State of a link. What is written on one that is later in this list matters more; what a cell looks like that
    several share is decided in `stretches`."""

    HIDDEN = "hidden"
    IDLE = "idle"
    """Would be possible, was not used yet."""
    OPEN = "open"
    """Was used and stands."""
    FALLBACK = "fallback"
    """The way that is tried instead of another."""
    BLOCKED = "blocked"
    ACTIVE = "active"
    """Something moves on it now."""


@dataclass(frozen=True, slots=True)
class LinkPicture:
    """One link at this moment."""

    state: LinkState
    progress: float | None = None
    """Where the packet is, 0 at the source to 1 at the destination; None for no packet."""
    backwards: bool = False
    """The packet runs from the destination to the source: data that was asked for."""
    stop: float = 0.5
    """Where a blocked link ends, as a share of its way: 0 at the source's own firewall, 1 at the destination's."""
    stopped_by: str = ""
    """Name of the firewall that blocked it, written beside the cross where there is room. If the line crosses it, it
    ends there and not at `stop`."""
    badge: str = ""
    """Number of the process diagrams, `1` to `13`, instead of the link's own, if it is not longer."""


class Emphasis(StrEnum):
    NORMAL = "normal"
    ACTING = "acting"
    DIM = "dim"


class VmMark(StrEnum):
    """A state of a VM that stays for a while."""

    SNAPSHOT = "snapshot"
    FROZEN = "frozen"
    DONE = "done"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark with the word that stands beside its symbol where there is room."""

    kind: VmMark
    word: str = ""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A bar in a VM's or datastore's row. `fraction` is 0 to 1, None for text alone."""

    fraction: float | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that changes while the boxes stand still. What is not named has the default."""

    links: Mapping[Link, LinkPicture] = field(default_factory=dict)
    other_links: LinkState = LinkState.HIDDEN
    """By default only links that the process has used are drawn, so that the picture stays calm."""
    boxes: Mapping[str, Emphasis] = field(default_factory=dict)
    """By name of node, datastore or VM."""
    other_boxes: Emphasis = Emphasis.NORMAL
    components: frozenset[tuple[str, Component]] = frozenset()
    """Acting components by node."""
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    """By name of VM."""
    gauges: Mapping[str, Gauge] = field(default_factory=dict)
    """By name of VM or datastore."""

    def link(self, link: Link) -> LinkPicture:
        return self.links.get(link) or LinkPicture(self.other_links)

    def emphasis(self, name: str) -> Emphasis:
        return self.boxes.get(name, self.other_boxes)
