"""Questions about connections: who opens them, to whom, on which port, and what comes of one that is blocked.

Every wrong answer is a machine, a port or an outcome of the same run. What follows from a blocked connection is decided
in `workflow`; the tables here only name what `render.event_texts.INSTEAD` tells, so that it can be asked, and the tests
hold them against simulated runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from vbtui.catalogue import Need
from vbtui.lessons.ground import Ground, Proposal, distinct, went_well
from vbtui.lessons.question import Choice, QuestionKind
from vbtui.trace import Event, EventKind
from vbtui.vocabulary import Action, Outcome, Role, StepId, services_text

_CONTROL: Final = (Need.TRANSPORT_REPOSITORY, Need.TRANSPORT_PROXY)
_DATA: Final = (Need.DATA_MOVERS, Need.DATA_MOVERS_REVERSE)
_GUEST: Final = (Need.GUEST_WINDOWS, Need.GUEST_LINUX)


def about_connections(ground: Ground, event: Event) -> Iterator[Proposal]:
    """What may be asked before `event`, if it is a connection or follows from one."""
    before = ground.cause(event)
    if before is not None and before.verdict is not None and not before.verdict.allowed:
        yield from _aftermath(ground, before, event)
    if event.kind is not EventKind.CONNECT or event.source is None or event.destination is None:
        return
    if event.source.node == event.destination.node:
        return
    row = ground.row(event)
    if row is None:
        return
    yield from _verdict(event)
    if row.need in _CONTROL:
        yield from _opener(ground, event)
    elif row.need in _DATA:
        yield from _data_movers(ground, event)
    elif row.need is Need.METADATA:
        yield from _metadata(ground, event)
    elif row.need is Need.NFC:
        yield from _port(ground, event)
    elif row.need is Need.SNAPSHOT_COMMIT:
        yield from _commit(ground, event)
    if went_well(event):
        yield from _what_if(row.need, event)


def _ends(event: Event) -> tuple[str, str]:
    assert event.source is not None and event.destination is not None
    return event.source.node, event.destination.node


def _machine(code: str, name: str, row: str | None = None) -> Choice:
    return Choice(code, (("machine", name),), row)


def _with_role(ground: Ground, *roles: Role) -> list[str]:
    """The first machine of each role."""
    return [node.name for role in roles if (node := ground.topology.first(role)) is not None]


def _opener(ground: Ground, event: Event) -> Iterator[Proposal]:
    source, destination = _ends(event)
    strangers = [name for name in _with_role(ground, Role.VCENTER, Role.ESXI_HOST) if name not in (source, destination)]
    right = _machine("opens", source, event.row)
    others = (_machine("accepts", destination), *(_machine("stranger", name) for name in strangers))
    yield Proposal(QuestionKind.OPENER, (("destination", destination),), right, distinct(right, others))


def _data_movers(ground: Ground, event: Event) -> Iterator[Proposal]:
    source, destination = _ends(event)
    row = ground.row(event)
    proxy, repository = (destination, source) if row and row.need is Need.DATA_MOVERS_REVERSE else (source, destination)
    right = _machine("opens", source, event.row)
    others = [_machine("accepts", destination)]
    others += [_machine("server", name) for name in _with_role(ground, Role.BACKUP_SERVER) if name not in _ends(event)]
    others += [_machine("host", name) for name in _with_role(ground, Role.ESXI_HOST) if name not in _ends(event)]
    params = (("proxy", proxy), ("repository", repository))
    yield Proposal(QuestionKind.DATA_MOVERS, params, right, distinct(right, others))


def _metadata(ground: Ground, event: Event) -> Iterator[Proposal]:
    source, destination = _ends(event)
    right = _machine("asked", destination, event.row)
    others = [_machine("guest", ground.trace.vms[0].vm)] if ground.trace.vms else []
    others += [
        _machine("other", name)
        for name in _with_role(ground, Role.ESXI_HOST, Role.PROXY, Role.REPOSITORY)
        if name not in (source, destination)
    ]
    yield Proposal(
        QuestionKind.METADATA, (("source", source), ("job", ground.trace.job)), right, distinct(right, others)
    )


def _port(ground: Ground, event: Event) -> Iterator[Proposal]:
    source, destination = _ends(event)
    right = Choice("right", (("service", services_text(event.services)),), event.row)
    params = (("source", source), ("destination", destination), ("vm", event.vm or ""))
    others = distinct(right, tuple(_other_services(ground, event)))
    if others:
        yield Proposal(QuestionKind.PORT, params, right, others)


def _other_services(ground: Ground, event: Event) -> Iterator[Choice]:
    """Services of the run's other connections that share no port with this one, each with what it is for; those that
    one of the two machines really uses come first."""
    source, destination = _ends(event)
    found = []
    for text, uses in ground.services.items():
        if not any(a.low <= b.high and b.low <= a.high for a in uses.services for b in event.services):
            near = uses.by_machine.get(source) or uses.by_machine.get(destination)
            found.append((near is None, Choice("other", (("service", text),), near or uses.row)))
    yield from (choice for _, choice in sorted(found, key=lambda pair: pair[0]))


def _commit(ground: Ground, event: Event) -> Iterator[Proposal]:
    """When a snapshot goes; asked where its disks have been read, not where a backup is given up."""
    before = ground.cause(event)
    if before is not None and before.code == "task.done":
        others = (Choice("job"), Choice("released"))
        params = (("vm", event.vm or ""), ("job", ground.trace.job))
        yield Proposal(QuestionKind.COMMIT, params, Choice("read"), others)


def _verdict(event: Event) -> Iterator[Proposal]:
    """Only of a connection that does not get through: of the others there are too many."""
    verdict = event.verdict
    if verdict is None or verdict.partial or verdict.action not in (Action.DENY, Action.REJECT):
        return
    source, destination = _ends(event)
    codes = ("passes", "dropped", "rejected")
    answers = [Choice(code, verdict=verdict) for code in codes]
    place = 1 if verdict.action is Action.DENY else 2
    right = answers.pop(place)
    params = (("source", source), ("destination", destination), ("service", services_text(event.services)))
    yield Proposal(QuestionKind.VERDICT, params, right, tuple(answers), ordered=True, place=place)


# ---- blocked --------------------------------------------------------------------------------------------------------

_AFTERMATH: Final[Mapping[tuple[Need, Outcome], str]] = {
    **{(need, Outcome.WARNING): "without-guest" for need in _GUEST},
    **{(need, Outcome.FAIL): "vm-fails" for need in _GUEST},
    **{(need, Outcome.FALLBACK): "network-mode" for need in (Need.STORAGE_ISCSI, Need.STORAGE_NFS)},
    **{(need, Outcome.FAIL): "task-fails" for need in (Need.STORAGE_ISCSI, Need.STORAGE_NFS)},
    **{(need, Outcome.FAIL): "task-fails" for need in (*_DATA, Need.NFC, Need.PROXY_VSPHERE)},
    **{(need, Outcome.FALLBACK): "next-way" for need in (*_DATA, Need.TRANSPORT_PROXY, Need.RULES_PROXY)},
    (Need.CONFIG_DATABASE, Outcome.FAIL): "job-ends",
    (Need.TRANSPORT_REPOSITORY, Outcome.FAIL): "job-ends",
    (Need.RULES_REPOSITORY, Outcome.FAIL): "job-ends",
    (Need.SNAPSHOT_CREATE, Outcome.FAIL): "vm-fails",
    (Need.SNAPSHOT_COMMIT, Outcome.WARNING): "snapshot-stays",
}
"""What follows a blocked connection, where it does not depend on the next way; every value is an answer's code."""

_DISTRACTORS: Final[Mapping[str, tuple[str, ...]]] = {
    "vix": ("without-guest", "vm-fails", "job-ends"),
    "next-way": ("task-fails", "job-ends"),
    "without-guest": ("vix", "vm-fails", "job-ends"),
    "vm-fails": ("job-ends", "next-way"),
    "network-mode": ("task-fails", "job-ends"),
    "task-fails": ("network-mode", "job-ends"),
    "job-ends": ("next-way", "task-fails"),
    "snapshot-stays": ("vm-fails", "job-ends"),
}


def _aftermath(ground: Ground, blocked: Event, event: Event) -> Iterator[Proposal]:
    """What follows, asked before the first event that does."""
    row = ground.row(blocked)
    if row is None or blocked.source is None or blocked.destination is None:
        return
    code = _AFTERMATH.get((row.need, blocked.outcome))
    if row.need in _GUEST and blocked.outcome is Outcome.FALLBACK:
        following = ground.row(event)
        code = None if following is None else "vix" if following.alternative == "vix" else "next-way"
    if code is None or (code in ("without-guest", "vm-fails") and event.vm is None):
        return
    source, destination = _ends(blocked)
    params = (
        ("source", source),
        ("destination", destination),
        ("service", services_text(blocked.services)),
        ("vm", blocked.vm or ""),
    )
    # Only a guest has a VM to speak of in its answers.
    others = [one for one in _DISTRACTORS[code] if blocked.vm is not None or one not in ("vm-fails", "without-guest")]
    if row.need in _GUEST and code == "next-way":
        others = ["without-guest", "vm-fails"]
    yield Proposal(QuestionKind.BLOCKED, params, Choice(code), tuple(Choice(one) for one in others))


_CONSEQUENCE: Final[Mapping[Need, tuple[str, tuple[str, ...]]]] = {
    Need.NFC: ("task-fails", ("network-mode", "no-effect")),
    Need.SNAPSHOT_COMMIT: ("snapshot-stays", ("point-lost", "by-itself")),
}
"""What would follow if a connection that stands were blocked, and what else could be thought."""


def _what_if(need: Need, event: Event) -> Iterator[Proposal]:
    if need not in _CONSEQUENCE or event.vm is None:
        return
    if need is Need.NFC and event.step is StepId.NETWORK:
        return  # here the data itself takes this connection: nothing to think about
    right, others = _CONSEQUENCE[need]
    source, destination = _ends(event)
    params = (
        ("source", source),
        ("destination", destination),
        ("service", services_text(event.services)),
        ("vm", event.vm),
    )
    yield Proposal(QuestionKind.WHAT_IF, params, Choice(right), tuple(Choice(one) for one in others), idea=str(need))
