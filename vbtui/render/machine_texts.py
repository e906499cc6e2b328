"""An inspected machine or datastore in words: what it is, where it is in the run, what it opens and accepts, its rules.

In: `MachineFacts` and `MachineNow`. Out: sections of lines (`told`), names of files literally in them.
Never here: facts of its own, widths, colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vbtui.i18n import N_
from vbtui.render.messages import Messages, citation_text
from vbtui.render.names import first_names, names_text
from vbtui.render.symbols import Symbols
from vbtui.render.told import Line, Link, LinkKind, Manner, Section
from vbtui.topology import Datastore, Node, Vm
from vbtui.vocabulary import Action, Role, StepId, TransportMode, services_text
from vbtui.walk.machine_facts import MachineFacts, MachineNow, Partner, ThingKind, TouchingRule

MOST_CONNECTIONS: Final = 8
"""Open connections that are told one by one."""


def machine_title(messages: Messages, facts: MachineFacts) -> str:
    """Name and what it is, for the head of a sheet."""
    if facts.kind is ThingKind.DATASTORE:
        return f"{facts.name}, {messages.translator(N_('datastore'))}"
    if facts.kind is ThingKind.VM:
        return f"{facts.name}, VM"
    return f"{facts.name}, {', '.join(messages.role(role) for role in facts.roles)}"


def machine_sections(messages: Messages, facts: MachineFacts, now: MachineNow, symbols: Symbols) -> tuple[Section, ...]:
    """Everything about a machine or datastore."""
    say = messages.translator
    opens = tuple(line for one in facts.opens for line in _partner(messages, one, symbols, opens=True))
    accepts = tuple(line for one in facts.accepts for line in _partner(messages, one, symbols, opens=False))
    found = (
        Section(say(N_("What it is")), tuple(_identity(messages, facts))),
        Section(say(N_("Now in the run")), tuple(_now(messages, facts, now, symbols))),
        Section(say(N_("What it opens for this job")), opens),
        Section(say(N_("What it accepts for this job")), accepts),
        Section(say(N_("Rules that touch it")), tuple(_rules(messages, facts, symbols))),
    )
    return tuple(section for section in found if section.lines)


# ---- what it is -----------------------------------------------------------------------------------------------------


def _identity(messages: Messages, facts: MachineFacts) -> Iterator[Line]:
    say, thing = messages.translator, facts.thing
    if not isinstance(thing, Datastore) and thing.description:
        yield Line(thing.description, Manner.ASIDE)
    for label, value in _labelled(messages, facts):
        if value:
            yield Line(f"{say(label)}: {value}")


def _labelled(messages: Messages, facts: MachineFacts) -> Iterator[tuple[str, str]]:
    say, thing = messages.translator, facts.thing
    yield N_("Role"), ", ".join(messages.role(role) for role in facts.roles)
    yield N_("Address"), ", ".join(f"{entry.address} ({entry.zone})" for entry in facts.addresses)
    yield N_("Components"), ", ".join(messages.component(one) for one in facts.components)
    match thing:
        case Node():
            yield from _node(messages, thing)
        case Vm():
            yield N_("System"), thing.os
            yield N_("ESXi host"), thing.host
            yield (
                N_("Disks"),
                ", ".join(f"{disk.name} ({messages.size(disk.size)}, {disk.datastore})" for disk in thing.disks),
            )
            yield "VMware Tools", say(_TOOLS[thing.tools])
            yield "CBT", say(N_("on")) if thing.cbt else say(N_("off"))
        case Datastore():
            yield N_("Kind"), thing.kind.upper()
            yield N_("Storage network"), say(_FABRICS[thing.fabric])
            yield N_("Storage array"), thing.array or ""
            yield N_("Mounted by"), names_text(say, facts.hosts)
            yield N_("Read directly by"), names_text(say, facts.proxies)
            yield N_("Disks of the job"), first_names(say, facts.disks)
    if isinstance(thing, Node) and thing.has(Role.ESXI_HOST):
        yield N_("VMs of the job"), names_text(say, facts.vms)
    if not isinstance(thing, Datastore):
        yield N_("Own firewall"), thing.firewall or ""


def _node(messages: Messages, node: Node) -> Iterator[tuple[str, str]]:
    say = messages.translator
    if not node.has(Role.ESXI_HOST):
        yield N_("System"), node.os
        where = say(N_("a VM on {host}")).format(host=node.host) if node.host else say(N_("a VM"))
        yield N_("Runs as"), where if node.platform == "vm" else say(N_("a physical machine"))
    yield N_("Managed by"), node.managed_by or ""
    yield N_("Datacenter"), node.datacenter or ""
    yield N_("Cluster"), node.cluster or ""
    yield N_("Datastores"), names_text(say, node.datastores)
    if node.has(Role.PROXY):
        mode = say(N_("automatic")) if node.transport == "auto" else messages.mode(TransportMode(node.transport))
        yield N_("Transport mode"), mode
        yield N_("Reads storage directly"), names_text(say, node.storage_access)
    if node.has(Role.PROXY) or node.has(Role.REPOSITORY):
        yield N_("Task slots"), say.number(node.task_slots)
    if node.has(Role.REPOSITORY) and node.hardened:
        yield N_("Hardened repository"), say(N_("yes"))
    yield N_("Gateway server"), node.gateway or ""
    yield N_("File share"), node.share or ""


_TOOLS: Final = {"running": N_("running"), "stopped": N_("stopped"), "absent": N_("not installed")}

_FABRICS: Final = {
    "fc": "Fibre Channel",
    "iscsi": "iSCSI",
    "sas": "SAS",
    "nfs": "NFS",
    "local": N_("none, the host's own disks"),
}


# ---- now ------------------------------------------------------------------------------------------------------------


def _now(messages: Messages, facts: MachineFacts, now: MachineNow, symbols: Symbols) -> Iterator[Line]:
    say = messages.translator
    if now.frozen:
        yield Line(say(N_("The applications in it hold their writes back.")), Manner.WARN)
    if now.snapshot_left:
        yield Line(say(N_("Its snapshot could not be removed.")), Manner.BAD)
    elif now.snapshot:
        yield Line(say(N_("It runs on the job's snapshot.")), Manner.WARN)
    for task in now.attached:
        yield Line(say(N_("The disk {task} is attached to it (HotAdd).")).format(task=task), Manner.WARN)
    for task_state in now.tasks[:MOST_CONNECTIONS]:
        text = f"{symbols.status(task_state.status)} {task_state.id}: {messages.status(task_state.status)}"
        if task_state.proxy is not None:
            text += f", {say(N_('proxy'))} {task_state.proxy}"
        if task_state.mode is not None:
            text += f", {messages.mode(task_state.mode)}"
        yield Line(text)
    yield from _more(messages, len(now.tasks))
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in now.connections:
        alike.setdefault((str(one.service), one.source, one.destination), []).append(one.event)
    for (service, source, destination), events in list(alike.items())[:MOST_CONNECTIONS]:
        out = source == facts.name
        text = say(N_("open: {service} to {partner}") if out else N_("open: {service} from {partner}"))
        text = text.format(service=service, partner=destination if out else source)
        times = f" ({say.number(len(events))}×)" if len(events) > 1 else ""
        yield Line(text + times, link=Link(LinkKind.EVENT, events[0]))
    yield from _more(messages, len(alike))
    if not (now.tasks or now.connections or now.frozen or now.snapshot or now.snapshot_left or now.attached):
        yield Line(say(N_("It has no part in the run at this moment.")), Manner.ASIDE)


def _more(messages: Messages, count: int) -> Iterator[Line]:
    if count > MOST_CONNECTIONS:
        say = messages.translator
        yield Line(say(N_("and {count} more")).format(count=say.number(count - MOST_CONNECTIONS)), Manner.ASIDE)


# ---- connections and rules ------------------------------------------------------------------------------------------


def _partner(messages: Messages, one: Partner, symbols: Symbols, *, opens: bool) -> Iterator[Line]:
    say = messages.translator
    local = one.verdict.is_local
    names = say(N_("itself")) if local else names_text(say, one.partners)
    mark = symbols.action(one.verdict.action)
    manner = Manner.GOOD if one.verdict.allowed else Manner.BAD
    if one.verdict.action is Action.UNKNOWN:
        manner = Manner.WARN
    link = Link(LinkKind.MACHINE, one.partners[0]) if len(one.partners) == 1 and not local else None
    template = N_("{service} to {partners} ({component})") if opens else N_("{service} from {partners} ({component})")
    text = say(template).format(
        service=services_text(one.services), partners=names, component=messages.component(one.other)
    )
    yield Line(f"{mark} {text}", manner, link)
    everywhere = len(one.steps) == len(StepId)
    steps = say(N_("every step")) if everywhere else say(N_("step {steps}")).format(steps=", ".join(one.steps))
    parts = [steps, messages.verdict(one.verdict)]
    if one.ways > 1:
        parts.append(say(N_("way {way} of {ways}")).format(way=one.way, ways=one.ways))
    yield Line("; ".join(parts), indent=1)
    yield Line(messages.translator.pick(one.row.purpose), indent=1)
    if one.row.citations:
        yield Line(citation_text(one.row.citations[0]), Manner.ASIDE, indent=1)


def _rules(messages: Messages, facts: MachineFacts, symbols: Symbols) -> Iterator[Line]:
    say = messages.translator
    named = [one for one in facts.rules if not one.by_any]
    for one in named:
        yield Line(_rule(messages, one, symbols), Manner.PLAIN if one.enabled else Manner.ASIDE)
    rest = [one for one in facts.rules if one.by_any]
    if rest:
        names = first_names(say, [f"{one.firewall}#{one.number} {one.name}" for one in rest])
        yield Line(say(N_("and as any machine: {rules}")).format(rules=names), Manner.ASIDE)


def _rule(messages: Messages, one: TouchingRule, symbols: Symbols) -> str:
    say = messages.translator
    if one.as_source and one.as_destination:
        side = say(N_("as source and destination"))
    else:
        side = say(N_("as source")) if one.as_source else say(N_("as destination"))
    text = f"{symbols.action(one.action)} {one.firewall}#{one.number} {one.name}: {messages.action(one.action)}, {side}"
    if one.line is not None:
        text += " " + say(N_("(line {line} of the file)")).format(line=one.line)
    return text if one.enabled else f"{text}, {say(N_('off'))}"
