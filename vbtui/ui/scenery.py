"""The topology picture of a moment: which links there are, where they run, and how each looks now.

In: a topology and its trace, once; then moments. Out: `drawing.Picture`s. Decided here: which connection carries an
event that opens none, when a packet moves and how far, and what stays visible afterwards (connections that stand,
what was blocked in this phase, what is tried instead). At rest a picture is the last frame of its animation.
Never here: places and characters (`drawing`), colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from vbtui.drawing import Emphasis, Gauge, Link, LinkPicture, LinkState, Mark, Picture, VmMark
from vbtui.firewall import Reason, Verdict
from vbtui.i18n import N_
from vbtui.topology import Topology
from vbtui.trace import Event, EventKind, Trace
from vbtui.ui.looks import Motion
from vbtui.ui.moment import Moment
from vbtui.vocabulary import Component, Outcome, Phase, Result, TransportMode
from vbtui.workflow.process import process

MOTION: Final = 0.8
"""Share of an event's time in which its packet moves; the rest is for looking at the outcome."""

LIT: Final = 1 / 3
"""Share of the motion in which only who begins is lit, where nothing travels."""

ROUNDS: Final = 2
"""How often the packet of a transfer goes from the disk to the repository."""

DELTA: Final = "Δ"
"""Stands before what the redo logs on a datastore have grown to."""

_MODE_LABELS: Final = {
    TransportMode.SAN: "SAN",
    TransportMode.NFS: "NFS",
    TransportMode.HOTADD: "HotAdd",
    TransportMode.NBD: "NBD",
}
_FIREWALLS: Final = (Reason.RULE, Reason.DEFAULT)
"""Reasons of a hop that is a firewall, and no default of the file."""
_BY_COMPONENT: Final = {Component.NFC: "NFC", Component.SSH_SERVER: "SSH", Component.VSPHERE_API: "HTTPS"}
_BY_PORTS: Final = {"135": "RPC", "445": "SMB", "53": "DNS", "123": "NTP"}
_THROUGH_VSPHERE: Final = frozenset({EventKind.SNAPSHOT, EventKind.COMMIT, EventKind.ATTACH, EventKind.DETACH})
"""Asked for through the vSphere API, whatever machine does it in the end."""


_SAME, _OWN, _VSPHERE = "same", "own", "vsphere"
"""What an earlier connection has in common with an event: both ends, its source for the VM, its source towards the
vSphere API."""


def _last(
    opened: Mapping[tuple[str, str, str | None], tuple[int, Link]], key: tuple[str, str], vm: str | None
) -> tuple[int, Link] | None:
    """The last connection of a key that serves a VM: its own, or one of the job."""
    candidates = [opened.get((*key, whose)) for whose in dict.fromkeys((None, vm))]
    return max((one for one in candidates if one is not None), key=lambda one: one[0], default=None)


class Scenery:
    """The links of one trace and what they look like at its moments."""

    def __init__(self, topology: Topology, trace: Trace) -> None:
        self._topology = topology
        self._trace = trace
        self.names = frozenset(topology.placed_names)
        """Everything that has a place."""
        self._hosts = {vm.name: vm.host for vm in topology.vms}
        self._by_ends: dict[tuple[str, str, str, Component, Component], Link] = {}
        self._opened: dict[str, Link] = {}
        links: dict[Link, None] = {}
        for event in trace.events:
            if event.kind is EventKind.CONNECT and (link := self._connection(event)) is not None:
                self._opened[event.id] = link
                links.setdefault(link)
        self._legs: dict[str, tuple[tuple[Link, bool], ...]] = {}
        last = {(link.source, link.destination): link for link in links}
        for event in trace.events:
            if event.kind is EventKind.TRANSFER:
                self._legs[event.id] = self._way(event, last)
                for link, _ in self._legs[event.id]:
                    links.setdefault(link)
                    last[link.source, link.destination] = link
        self.links: tuple[Link, ...] = tuple(links)
        """Every link that has a place: those that the trace can show, in its order."""
        self._carriers = self._find_carriers()
        self._blocked: dict[tuple[str | None, Phase], list[Event]] = {}
        for event in trace.blocked():
            if event.id in self._opened:
                self._blocked.setdefault((event.vm, event.step.phase), []).append(event)
        self._tasks: dict[str, list[str]] = {}
        """Ids of the tasks of each VM."""
        for task in trace.tasks:
            self._tasks.setdefault(task.vm, []).append(task.id)
        self._ends = {
            event.vm: event.position
            for event in trace.events
            if event.kind is EventKind.RESULT and event.vm is not None and event.disk is None
        }
        self._fallbacks = {event.id for event in trace.events if event.id in self._opened and self._instead(event)}

    def place_with(self, other: Scenery) -> None:
        """Keep room for the links of both from now on, so that what both draw is drawn at the same places."""
        self.links = other.links = tuple(dict.fromkeys((*self.links, *other.links)))

    def acting(self, event: Event) -> tuple[str, ...]:
        """Names of what takes part in an event: machines, VMs, datastores."""
        names = [endpoint.node for endpoint in (event.source, event.destination) if endpoint is not None]
        for link, _ in self._legs.get(event.id, ()):
            names += [link.source, link.destination]
        if (carrier := self._carriers[event.id]) is not None:
            names += [carrier.source, carrier.destination]
        if event.vm is not None and (event.disk is not None or len(set(names)) > 1):
            names.append(event.vm)
        return tuple(dict.fromkeys(name for name in names if name in self.names))

    def picture(self, moment: Moment) -> Picture:
        """How everything looks at a moment."""
        event = moment.event
        acting = self.acting(event)
        if moment.motion is Motion.REDUCED and (share := _share(moment)) is not None and share < LIT:
            acting = acting[:1]
        ends = [endpoint for endpoint in (event.source, event.destination) if endpoint is not None]
        return Picture(
            links=self._links(moment),
            boxes={**self._followed(moment), **dict.fromkeys(acting, Emphasis.ACTING)},
            other_boxes=Emphasis.DIM,
            components=frozenset((end.node, end.component) for end in ends),
            marks=self._marks(moment),
            gauges=self._gauges(moment),
        )

    def _followed(self, moment: Moment) -> dict[str, Emphasis]:
        """Where one thing is followed, what belongs to it is brighter than the rest."""
        followed = moment.walk.followed
        return {} if followed is None else dict.fromkeys(sorted(followed.machines), Emphasis.NORMAL)

    # ---- links ------------------------------------------------------------------------------------------------------

    def _links(self, moment: Moment) -> dict[Link, LinkPicture]:
        event, found = moment.event, dict[Link, LinkPicture]()
        focus = moment.walk.focus
        for connection in moment.state.connections:
            if (link := self._opened.get(connection.event)) is None:
                continue
            if focus is not None and not focus.belongs(self._trace.by_id[connection.event]):
                continue
            fallback = connection.event in self._fallbacks
            found[link] = LinkPicture(LinkState.FALLBACK if fallback else LinkState.OPEN)
        for past in self._blocked.get((event.vm, event.step.phase), ()):
            if past.position < event.position and past.verdict is not None and not self._same_way(past, event):
                found[self._opened[past.id]] = blocked_link(past.verdict)
        share = _share(moment)
        if (legs := self._legs.get(event.id)) is not None:
            found.update(_flowing(legs, share) if moment.motion is Motion.FULL else _lit(legs, share))
        elif (link := self._carriers[event.id]) is not None:
            if moment.motion is Motion.FULL:
                found[link] = self._crossing(event, share)
            elif share is None or share >= LIT:
                found[link] = replace(self._crossing(event, share), progress=None)
        return found

    def _same_way(self, past: Event, event: Event) -> bool:
        """Both events' lines run between the same two boxes, so that one would hide the other."""
        now = self._carriers[event.id]
        if now is None:
            return False
        before = self._opened[past.id]
        return (before.source, self._box(before.destination)) == (now.source, self._box(now.destination))

    def _box(self, name: str) -> str:
        """The node that is drawn for a name: a VM stands inside its host."""
        return self._hosts.get(name, name)

    def _crossing(self, event: Event, share: float | None) -> LinkPicture:
        """The link of the current event."""
        refused = event.kind is EventKind.CONNECT and event.outcome is not Outcome.OK
        if not refused:
            if share is None and event.id in self._fallbacks:
                return LinkPicture(LinkState.FALLBACK, badge=_badge(event))
            return LinkPicture(LinkState.ACTIVE, progress=share, badge=_badge(event))
        blocked = event.verdict is not None and not event.verdict.allowed
        # Allowed but refused: nobody listens, so the packet gets to the very end.
        stop = _stop(event.verdict) if blocked and event.verdict is not None else 1.0
        if share is None:
            return blocked_link(event.verdict) if blocked else LinkPicture(LinkState.BLOCKED, stop=stop)
        return LinkPicture(LinkState.ACTIVE, progress=share * stop)

    def _connection(self, event: Event) -> Link | None:
        source, destination = event.source, event.destination
        if source is None or destination is None or source.node == destination.node:
            return None
        if source.node not in self.names or destination.node not in self.names:
            return None
        label = ",".join(service.ports for service in event.services)
        ends = (source.node, destination.node, label, source.component, destination.component)
        # Of one connection that several events open, what the first has met stands: the line is one.
        found = self._by_ends.get(ends)
        if found is None:
            found = self._by_ends[ends] = Link(
                *ends,
                firewalls=crossed(event.verdict),
                badge=_badge(event),
                service=_service(destination.component, label),
            )
        return found

    def _way(self, event: Event, known: Mapping[tuple[str, str], Link]) -> tuple[tuple[Link, bool], ...]:
        """The two legs of a transfer, from the disk to the proxy and on to the repository, each with whether data runs
        against the direction in which the connection was opened. `known` has the last link between two ends."""
        proxy, mode = event.param("proxy"), event.param("mode")
        if event.source is None or event.destination is None:
            return ()
        origin, repository = event.source.node, event.destination.node
        if not isinstance(proxy, str) or not {proxy, origin, repository} <= self.names:
            return ()
        legs: list[tuple[Link, bool]] = []
        if origin != proxy:
            nfc = known.get((proxy, origin))
            if mode == TransportMode.NBD and nfc is not None:
                legs.append((nfc, True))
            else:
                label = _MODE_LABELS[TransportMode(mode)] if isinstance(mode, str) else ""
                # Without components: what is read here is no port that the data mover listens on.
                legs.append((Link(origin, proxy, label), False))
        if proxy != repository:
            there, back = known.get((proxy, repository)), known.get((repository, proxy))
            plain = Link(proxy, repository, "", Component.DATA_MOVER, Component.DATA_MOVER)
            legs.append((there, False) if there is not None else (back or plain, back is not None))
        return tuple(legs)

    def _find_carriers(self) -> dict[str, Link | None]:
        """The connection that each event opens or goes over, by the event's id. Connections that the job holds serve
        every VM, those of a VM only its own events; of several the last one opened is taken."""
        found: dict[str, Link | None] = {}
        opened: dict[tuple[str, str, str | None], tuple[int, Link]] = {}
        for event in self._trace.events:
            found[event.id] = self._carrier(event, opened)
            if (link := self._opened.get(event.id)) is not None and event.outcome is Outcome.OK:
                place = (event.position, link)
                opened[_SAME, f"{link.source} {link.destination}", event.vm] = place
                opened[_OWN, link.source, event.vm] = place
                if link.destination_component is Component.VSPHERE_API:
                    opened[_VSPHERE, link.source, event.vm] = place
        return found

    def _carrier(self, event: Event, opened: Mapping[tuple[str, str, str | None], tuple[int, Link]]) -> Link | None:
        """`opened` has what was opened before the event."""
        if event.id in self._opened or event.source is None or event.destination is None:
            return self._opened.get(event.id)
        if event.kind is EventKind.RESULT or event.source.node == event.destination.node:
            return None
        source, destination = event.source.node, event.destination.node
        same = _last(opened, (_SAME, f"{source} {destination}"), event.vm)
        own = opened.get((_OWN, source, event.vm))
        vsphere = _last(opened, (_VSPHERE, source), event.vm)
        choices = (vsphere, same) if event.kind in _THROUGH_VSPHERE else (same, own, vsphere)
        return next((choice[1] for choice in choices if choice is not None), None)

    def _instead(self, event: Event) -> bool:
        """This connection is tried because another was not possible."""
        cause = event.cause
        while cause is not None and (before := self._trace.by_id[cause]).kind is EventKind.CONNECT:
            if before.outcome is Outcome.FALLBACK:
                return event.outcome is Outcome.OK
            cause = before.cause
        return False

    # ---- boxes ------------------------------------------------------------------------------------------------------

    def _marks(self, moment: Moment) -> dict[str, tuple[Mark, ...]]:
        state, say, found = moment.state, moment.say, dict[str, tuple[Mark, ...]]()
        done = self._results(moment)
        for vm in self._trace.vms:
            marks = []
            if vm.vm in state.frozen:
                marks.append(Mark(VmMark.FROZEN, say(N_("frozen"))))
            if vm.vm in state.left:
                marks.append(Mark(VmMark.FAILED, say(N_("snapshot left"))))
            elif vm.vm in state.snapshots:
                marks.append(Mark(VmMark.SNAPSHOT, say(N_("snapshot"))))
            if vm.vm in done:
                kind = {Result.SUCCESS: VmMark.DONE, Result.WARNING: VmMark.WARNING, Result.ERROR: VmMark.FAILED}
                marks.append(Mark(kind[vm.result], moment.messages.result(vm.result)))
            if marks:
                found[vm.vm] = tuple(marks)
        return found

    def _results(self, moment: Moment) -> set[str]:
        """VMs that have got their result by now."""
        event = moment.event
        if event.kind is EventKind.RESULT and event.vm is None:
            return {vm.vm for vm in moment.trace.vms}
        return {vm for vm, position in self._ends.items() if position <= event.position}

    def _gauges(self, moment: Moment) -> dict[str, Gauge]:
        found = dict[str, Gauge]()
        for name in self._tasks:
            if (share := self._share(moment, name)) is not None:
                found[name] = Gauge(share, f"{moment.say.number(share * 100)} %")
        grown: dict[str, int] = {}
        for vm in sorted(moment.state.snapshots):
            size = moment.progress.redo_bytes.get(vm, 0) if moment.progress is not None and moment.is_now else 0
            for store in dict.fromkeys(disk.datastore for disk in self._topology.vm(vm).disks):
                grown[store] = grown.get(store, 0) + size
        for store, size in grown.items():
            text = moment.messages.size(size) if size else moment.say(N_("redo log"))
            found[store] = Gauge(None, f"{DELTA} {text}")
        return found

    def _share(self, moment: Moment, vm: str) -> float | None:
        """How far the copy is that the event is about, or else what of a VM is still being copied; None for nothing."""
        own = moment.event.task
        if moment.event.kind is EventKind.TRANSFER and moment.event.vm == vm and own in moment.figures:
            return moment.figures[own].fraction
        tasks = [moment.figures[task] for task in self._tasks[vm] if task in moment.figures]
        going = [one for one in tasks if one.fraction < 1.0]
        if not going:
            return None
        return sum(one.fraction * one.processed for one in going) / max(1, sum(one.processed for one in going))


def _badge(event: Event) -> str:
    """The number that the published diagrams print on the arrow of this event; empty where they have none. Where a step
    has several, the first is that of its connection and the last that of its data."""
    badges = process().step(event.step).badges
    return str(badges[-1 if event.kind is EventKind.TRANSFER else 0]) if badges else ""


def _service(component: Component, ports: str) -> str:
    """What the field calls the protocol on a connection; empty where the name of the component says it."""
    return _BY_COMPONENT.get(component) or _BY_PORTS.get(ports, "")


def crossed(verdict: Verdict | None) -> tuple[str, ...]:
    """Names of the firewalls that a flow meets, in the order of its way; what answers for them all is none."""
    if verdict is None:
        return ()
    hops = (hop for hop in verdict.hops if hop.where != "reply")
    found = (hop.name for hop in hops if any(one.reason in _FIREWALLS for one in hop.segments))
    return tuple(dict.fromkeys(found))


def _share(moment: Moment) -> float | None:
    """How much of its motion an event has behind it, 0 to 1; None when it is over, and where nothing moves."""
    moves = moment.motion is not Motion.NONE and moment.fraction < MOTION
    return moment.fraction / MOTION if moves else None


def _lit(legs: tuple[tuple[Link, bool], ...], share: float | None) -> dict[Link, LinkPicture]:
    """The legs of a transfer, one after the other and then together, without a packet."""
    shown = len(legs) if share is None else 1 + int(share * len(legs))
    return {link: LinkPicture(LinkState.ACTIVE, backwards=backwards) for link, backwards in legs[:shown]}


def _flowing(legs: tuple[tuple[Link, bool], ...], share: float | None) -> dict[Link, LinkPicture]:
    """One packet that goes along all legs, again and again; both legs stay bright."""
    found = {link: LinkPicture(LinkState.ACTIVE, backwards=backwards) for link, backwards in legs}
    if share is not None and legs:
        place = (share * ROUNDS) % 1.0 * len(legs)
        link, backwards = legs[min(int(place), len(legs) - 1)]
        found[link] = LinkPicture(LinkState.ACTIVE, progress=place % 1.0, backwards=backwards)
    return found


def blocked_link(verdict: Verdict | None) -> LinkPicture:
    """A flow that ended at a firewall; a default of the file is no firewall and has no name to show."""
    if verdict is None or verdict.hop is None:
        return LinkPicture(LinkState.BLOCKED)
    firewall = verdict.segment is not None and verdict.segment.reason in _FIREWALLS
    return LinkPicture(LinkState.BLOCKED, stop=_stop(verdict), stopped_by=verdict.hop.name if firewall else "")


def _stop(verdict: Verdict) -> float:
    """Where on its way a flow ends: at the source's own firewall, on the path, or at the destination's."""
    if verdict.hop is None:
        return 0.5
    return {"source": 0.0, "destination": 1.0}.get(verdict.hop.where, 0.5)
