"""The path of one connection on the topology: its two ends lit, its line, and the firewall where it stops.

Decided here: how much of a topology is drawn. As long as the whole fits into the view as boxes it is shown, or at
least its servers, so that places stay what they are; of a larger one only the ends of the connection and the hosts that
they run on: a picture of ten thousand boxes would show nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from vbtui.drawing import DetailLevel, Emphasis, Link, LinkPicture, LinkState, Picture, drawn_role
from vbtui.i18n import N_
from vbtui.topology import Topology
from vbtui.ui.bench import Bench
from vbtui.ui.scenery import blocked_link
from vbtui.ui.text import one_cell
from vbtui.ui.widgets.picture_canvas import PictureCanvas
from vbtui.vocabulary import Action, Role
from vbtui.walk.matrix import MatrixRow

MOST_BOXES = 60
"""Nodes and VMs beyond which the whole is not even tried."""
MOST_ENDS = 3
"""Machines that are drawn of each end of a folded connection."""
_SERVERS = frozenset({Role.BACKUP_SERVER, Role.PROXY, Role.REPOSITORY, Role.GATEWAY, Role.VCENTER, Role.ESXI_HOST})

_Part = Callable[[Topology, MatrixRow], Topology]


class PathCanvas(PictureCanvas):
    """A view of the connection under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._placed_for: object = None
        self._too_large: set[tuple[object, _Part]] = set()
        """Sizes of the view with what does not fit there, so that it is not tried again for every connection."""

    def show(self, bench: Bench) -> None:
        row, topology = bench.desk.row, bench.desk.plan.original
        self.entitle(_title(bench, row))
        if row is None or row.connection is None:
            self._placed_for = None
            self.clear_picture()
            return
        links = links_of(row)
        size = (*self.content_size, bench.say.language, self.ascii)
        placed_for = (size, links)
        renewed = placed_for != self._placed_for
        if renewed:
            self._placed_for = placed_for
            self._place(bench, topology, row, links, size)
        ends = (*row.sources[:MOST_ENDS], *row.destinations[:MOST_ENDS])
        self.draw(picture_of(row, links), renewed=renewed, follow=ends)

    def _place(self, bench: Bench, topology: Topology, row: MatrixRow, links: tuple[Link, ...], size: object) -> None:
        """As much as fits: the whole, or its servers, or the surroundings of the connection."""
        if len(topology.nodes) + len(topology.vms) <= MOST_BOXES:
            for part in (whole, servers):
                if (size, part) in self._too_large:
                    continue
                self.place(part(topology, row), links, bench.say)
                if not self.overflowing and self.level is not DetailLevel.LINE:
                    return
                self._too_large.add((size, part))
        self.place(around(topology, row), links, bench.say)


def _title(bench: Bench, row: MatrixRow | None) -> str:
    say = bench.say
    if row is None or row.connection is None:
        return say(N_("Path"))
    shown = min(len(row.sources), MOST_ENDS) * min(len(row.destinations), MOST_ENDS)
    title = f"{say(N_('Path'))} · {row.sources[0]} → {row.destinations[0]} {row.service}"
    if row.connection.flows > shown:
        title += say(N_(" · the first of {count}")).format(count=say.number(row.connection.flows))
    return one_cell(title)


def links_of(row: MatrixRow | None) -> tuple[Link, ...]:
    """The line of a connection; none inside one machine."""
    if row is None or row.connection is None:
        return ()
    asked = row.connection.asked
    if asked.source.node == asked.destination.node:
        return ()
    label = asked.service.ports
    return (
        Link(asked.source.node, asked.destination.node, label, asked.source.component, asked.destination.component),
    )


def picture_of(row: MatrixRow | None, links: tuple[Link, ...]) -> Picture:
    """The ends lit, the line open, stopped, or not known."""
    if row is None or row.connection is None:
        return Picture(other_boxes=Emphasis.DIM)
    asked, verdict = row.connection.asked, row.connection.verdict
    if verdict.allowed:
        line = LinkPicture(LinkState.ACTIVE)
    elif verdict.action is Action.UNKNOWN:
        line = LinkPicture(LinkState.OPEN)
    else:
        line = blocked_link(verdict)
    return Picture(
        links=dict.fromkeys(links, line),
        boxes=dict.fromkeys((*row.sources, *row.destinations), Emphasis.ACTING),
        other_boxes=Emphasis.DIM,
        components=frozenset(
            {(asked.source.node, asked.source.component), (asked.destination.node, asked.destination.component)}
        ),
    )


def ends_of(row: MatrixRow) -> set[str]:
    """The machines that are drawn of a connection."""
    return {*row.sources[:MOST_ENDS], *row.destinations[:MOST_ENDS]}


def whole(topology: Topology, row: MatrixRow) -> Topology:
    """Everything that there is. VMs of the connection come first, as a small box has no room for all of its VMs."""
    ends = ends_of(row)
    vms = sorted(topology.vms, key=lambda vm: vm.name not in ends)
    return topology.model_copy(update={"vms": tuple(vms)})


def servers(topology: Topology, row: MatrixRow) -> Topology:
    """The machines that backups run through, and the ends of the connection; no datastores."""
    ends = ends_of(row)
    nodes = tuple(node for node in topology.nodes if node.name in ends or drawn_role(node) in _SERVERS)
    return whole(topology, row).model_copy(update={"nodes": nodes, "datastores": ()})


def around(topology: Topology, row: MatrixRow) -> Topology:
    """The ends of a connection and the hosts that they run on, without datastores."""
    ends = ends_of(row)
    vms = tuple(vm.model_copy(update={"disks": ()}) for vm in topology.vms if vm.name in ends)
    hosts = {vm.host for vm in vms} | {node.host for node in topology.nodes if node.name in ends}
    kept = ends | hosts
    nodes = tuple(
        node.model_copy(update={"datastores": (), "storage_access": ()}) for node in topology.nodes if node.name in kept
    )
    return topology.model_copy(update={"nodes": nodes, "vms": vms, "datastores": ()})
