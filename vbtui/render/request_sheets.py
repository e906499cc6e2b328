"""A change request as sheets: the form for the network team, and a short table for a terminal.

Decided here: the columns of the form, as request forms for firewalls have them, how many names stand in one cell, and
how many lines the list of single flows may have. In: a `ChangeRequest`. Out: `Sheet`s.
Never here: drawing, files (`workbook`), the form for programs (`request_documents`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from vbtui.i18n import N_
from vbtui.planning import Change, ChangeRequest, ProposedRule
from vbtui.planning.missing import End
from vbtui.planning.review import remarks
from vbtui.planning.wanted import Unsolved
from vbtui.render.check_texts import EFFECTS
from vbtui.render.messages import Messages
from vbtui.render.names import first_names, unchanged_last
from vbtui.render.request_texts import CHANGES, DIRECTIONS, REASONS, REMARKS, REQUIREMENTS
from vbtui.render.sheet import Sheet
from vbtui.render.sheets import steps_text
from vbtui.render.symbols import RICH, Symbols
from vbtui.topology import Rule
from vbtui.vocabulary import GoalVerdict, Protocol, services_text

MOST_NAMES: Final = 50
"""Names or addresses in one cell of the form; the list of single flows has them all."""
MOST_FLOWS: Final = 5000
"""Lines of the list of single flows. A reviewer reads groups; this list is for looking something up."""


# ---- the form ------------------------------------------------------------------------------------------------------

COLUMNS: Final = (
    *(N_("#"), N_("Change type"), N_("Source name"), N_("Source IP/CIDR"), N_("Source zone")),
    *(N_("Destination name"), N_("Destination IP/CIDR"), N_("Destination zone")),
    *(N_("Protocol"), N_("Port(s)"), N_("Direction"), N_("Action"), N_("Firewall/hop"), N_("Rule")),
    *(N_("Purpose"), N_("Phase"), N_("Requirement"), N_("Impact if missing"), N_("Duration/Expiry")),
    *(N_("Owner/Requestor"), N_("Ticket"), N_("Existing rule"), N_("Status"), N_("Jobs"), N_("Source of the fact")),
)
"""One line for each rule and protocol."""


def form_sheet(messages: Messages, request: ChangeRequest) -> Sheet:
    """The change request with all columns of the form; empty columns are for the people who handle it."""
    say = messages.translator
    heading = say(N_("Firewall change request: {topology}, ports of {profile}")).format(
        topology=request.topology, profile=request.profile
    )
    rows = [
        cells
        for number, one in enumerate(request.proposals, start=1)
        for cells in _form_rows(messages, request, number, one)
    ]
    return Sheet(heading, tuple(say(column) for column in COLUMNS), tuple(rows))


def _form_rows(messages: Messages, request: ChangeRequest, number: int, one: ProposedRule) -> Iterator[tuple[str, ...]]:
    say = messages.translator
    for protocol in Protocol:
        ports = [service.ports for service in one.services if service.protocol is protocol]
        if not ports:
            continue
        yield (
            *(str(number), say(CHANGES[one.change])),
            *_side(messages, one.source_ends),
            *_side(messages, one.destination_ends),
            *(str(protocol), ", ".join(ports), say(DIRECTIONS[one.direction])),
            say(N_("allow")) if one.change is Change.ADD else say(N_("no longer block")),
            *(one.firewall, one.name, purpose(messages, one), phase(messages, one)),
            *(say(REQUIREMENTS[one.requirement]), impact(messages, one), ""),
            *(one.paperwork.owner, one.paperwork.ticket, existing(messages, request, one), say(N_("proposed"))),
            *(", ".join(one.jobs), _sources(one)),
        )


def _side(messages: Messages, ends: Sequence[End]) -> tuple[str, str, str]:
    names = tuple(dict.fromkeys(end.machine for end in ends))
    addresses = tuple(f"{end.address}/{end.address.max_prefixlen}" for end in ends)
    zones = tuple(dict.fromkeys(end.zone for end in ends))
    listed = (
        first_names(messages.translator, names, MOST_NAMES, "\n"),
        first_names(messages.translator, addresses, MOST_NAMES, "\n"),
    )
    return (*listed, ", ".join(zones))


def purpose(messages: Messages, one: ProposedRule) -> str:
    """What the flows are for, from the catalogue; of a reply, that it is one."""
    say = messages.translator
    texts = list(dict.fromkeys(say.pick(row.purpose) for row in one.rows))
    if one.reply:
        texts.insert(0, say(N_("Replies: this firewall does not remember connections.")))
    return " ".join(texts)


def phase(messages: Messages, one: ProposedRule) -> str:
    """The steps; what the process rests on has none of its own."""
    every = messages.translator(N_("all steps"))
    return steps_text(messages.translator, one.steps) if one.steps else every


def impact(messages: Messages, one: ProposedRule) -> str:
    """What happens without it, worst first."""
    return "; ".join(messages.translator(EFFECTS[effect]) for effect in one.effects)


def existing(messages: Messages, request: ChangeRequest, one: ProposedRule) -> str:
    """What decides about the flows now, and where the rule goes."""
    say = messages.translator
    firewall = request.base.firewall(one.firewall)
    if one.change is Change.MODIFY:
        return _numbered(firewall.rules, one.name)
    if not one.present:
        return say(N_("none (default)"))
    names = ", ".join(_numbered(firewall.rules, name) for name in one.present)
    if firewall.evaluation == "first-match":
        opaque = say(N_("{rules} (not understood): goes above")) if one.opaque else say(N_("{rules}: goes above"))
        return opaque.format(rules=names)
    return names


def _numbered(rules: Sequence[Rule], name: str) -> str:
    number = next(place for place, rule in enumerate(rules, start=1) if rule.name == name)
    return f"#{number} {name}"


def _sources(one: ProposedRule) -> str:
    cited = (f"{citation.source.key}, {citation.place}" for row in one.rows for citation in row.citations)
    return "; ".join(dict.fromkeys(cited))


def flows_sheet(messages: Messages, request: ChangeRequest) -> Sheet:
    """Every single flow of the request, host by host, up to `MOST_FLOWS`; what is left out is told at the end."""
    say = messages.translator
    total = sum(one.flows for one in request.proposals)
    lines = _flows(request.proposals)
    rows = [line for _, line in zip(range(MOST_FLOWS), lines, strict=False)]
    if total > MOST_FLOWS:
        more = say(N_("{count} more flows are not listed")).format(count=say.number(total - MOST_FLOWS))
        rows.append((more, *[""] * 7))
    columns = (
        *(N_("#"), N_("Firewall/hop"), N_("Source name"), N_("Source IP/CIDR")),
        *(N_("Destination name"), N_("Destination IP/CIDR"), N_("Protocol"), N_("Port(s)")),
    )
    heading = say(N_("Single flows: {count}")).format(count=say.number(total))
    return Sheet(heading, tuple(say(column) for column in columns), tuple(rows))


def _flows(proposals: Iterable[ProposedRule]) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(proposals, start=1):
        for source in one.source_ends:
            for destination in one.destination_ends:
                for service in one.services:
                    yield (
                        *(str(number), one.firewall, source.machine, str(source.address)),
                        *(destination.machine, str(destination.address), str(service.protocol), service.ports),
                    )


# ---- for a terminal ------------------------------------------------------------------------------------------------


def summary_sheet(messages: Messages, request: ChangeRequest) -> Sheet:
    """How much has to change, in one line; without rows."""
    say = messages.translator
    if request.proposals:
        text = say(N_("{topology}, ports of {profile}; changes: {count}, firewalls: {firewalls}"))
    elif request.verdict in (GoalVerdict.OK, GoalVerdict.FALLBACK):
        text = say(N_("{topology}, ports of {profile}: no rule has to change"))
    else:
        text = say(N_("{topology}, ports of {profile}: no rule helps"))
    firewalls = len({one.firewall for one in request.proposals})
    told = {"count": len(request.proposals), "firewalls": firewalls}
    return Sheet(text.format(topology=request.topology, profile=request.profile, **told), (), ())


def rule_sheets(messages: Messages, request: ChangeRequest) -> Iterator[Sheet]:
    """The proposals of each firewall in a table of their own."""
    say = messages.translator
    columns = (N_("#"), N_("Change"), N_("From"), N_("To"), N_("Service"), N_("Step"), N_("Without it"))
    numbered = list(enumerate(request.proposals, start=1))
    for firewall in dict.fromkeys(one.firewall for one in request.proposals):
        mine = [(number, one) for number, one in numbered if one.firewall == firewall]
        rows, folded = [], []
        for number, one in mine:
            change, (source, destination) = _change(messages, request, one), _both(messages, one)
            service, step, without = services_text(one.services), phase(messages, one), _worst(messages, one)
            rows.append((str(number), change, source, destination, service, step, without))
            folded.append((str(number), f"{change}\n{source}\n→ {destination}\n{service}", f"{step}: {without}"))
        heading = say(N_("Firewall {firewall}")).format(firewall=firewall)
        names = tuple(say(column) for column in columns)
        narrow = Sheet(heading, (names[0], names[1], names[6]), tuple(folded))
        yield Sheet(heading, names, tuple(rows), narrow)


def _change(messages: Messages, request: ChangeRequest, one: ProposedRule) -> str:
    say = messages.translator
    if one.change is Change.MODIFY:
        old = existing(messages, request, one)
        return say(N_("rule {rule} no longer blocks this")).format(rule=old)
    text = say(N_("add {rule}")).format(rule=one.name)
    if one.reply:
        text += "\n" + say(N_("(replies)"))
    if one.opaque:
        text += "\n" + say(N_("(above {rules}, not understood)")).format(rules=", ".join(one.opaque))
    return text


def _worst(messages: Messages, one: ProposedRule) -> str:
    return messages.translator(EFFECTS[one.effects[0]]) if one.effects else ""


def _both(messages: Messages, one: ProposedRule) -> tuple[str, str]:
    return _ends(messages, one.source_ends), _ends(messages, one.destination_ends)


def _ends(messages: Messages, ends: Sequence[End]) -> str:
    """The machines with their addresses, one below the other."""
    named = tuple(dict.fromkeys(f"{end.machine} {end.address}" for end in ends))
    return first_names(messages.translator, named, between="\n")


def verdicts_sheet(messages: Messages, request: ChangeRequest, marks: Symbols = RICH) -> Sheet:
    """The jobs before and after; many that stay as they are share a row."""
    say = messages.translator
    rows = [
        (
            before.job,
            f"{marks.goal(before.verdict)} {messages.goal(before.verdict)}",
            f"{marks.goal(after.verdict)} {messages.goal(after.verdict)}",
        )
        for before, after in zip(request.before, request.after, strict=True)
    ]
    columns = (say(N_("Job")), say(N_("Before")), say(N_("After")))
    return Sheet(say(N_("Checked again, with the changes")), columns, unchanged_last(say, rows))


def opened_sheet(messages: Messages, request: ChangeRequest) -> Sheet:
    """What gets through from end to end that did not."""
    say = messages.translator
    rows = tuple(
        (
            _ends(messages, one.sources),
            _ends(messages, one.destinations),
            services_text(one.services),
            say.number(one.flows),
        )
        for one in request.opened
    )
    columns = (say(N_("From")), say(N_("To")), say(N_("Service")), say(N_("Flows")))
    return Sheet(say(N_("What becomes allowed, and nothing else that a job asks for")), columns, rows)


def unsolved_sheet(messages: Messages, request: ChangeRequest, marks: Symbols = RICH) -> Sheet:
    """What no firewall rule helps, equal reasons of several jobs in one row."""
    say = messages.translator
    groups: dict[tuple[object, ...], list[Unsolved]] = {}
    for one in request.unsolved:
        groups.setdefault((one.steps, one.code, one.performer, one.flow, one.verdict, one.effect), []).append(one)
    rows, folded = [], []
    for group in groups.values():
        one = group[0]
        jobs = first_names(messages.translator, tuple(dict.fromkeys(other.job for other in group)))
        names = tuple(dict.fromkeys(n for other in group for n in other.subject.tasks or other.subject.vms))
        subject, what = first_names(messages.translator, names), _what(one)
        reason = say(REASONS.get(one.code, one.code))
        effect = say(EFFECTS[one.effect]) if one.effect else ""
        verdict = f"{marks.goal(one.verdict)} {messages.goal(one.verdict)}"
        rows.append((jobs, steps_text(say, one.steps), verdict, subject, what, reason, effect))
        head = "\n".join(part for part in (jobs, verdict, subject) if part)
        folded.append((head, "\n".join(part for part in (what, reason) if part), effect))
    columns = (N_("Job"), N_("Step"), N_("Verdict"), N_("For"), N_("What"), N_("Reason"), N_("Instead"))
    heading = say(N_("What no firewall rule helps"))
    narrow = Sheet(heading, (say(N_("For")), say(N_("Reason")), say(N_("Instead"))), tuple(folded))
    return Sheet(heading, tuple(say(column) for column in columns), tuple(rows), narrow)


def _what(one: Unsolved) -> str:
    if one.flow is not None:
        source, destination, service = one.flow
        return f"{source} → {destination} {service}"
    return one.performer or ""


def remarks_sheet(messages: Messages, request: ChangeRequest) -> Sheet:
    """What a reviewer will ask."""
    say = messages.translator
    rows = tuple(
        (
            say(REMARKS[one.kind]),
            first_names(messages.translator, [f"{firewall}: {rule}" for firewall, rule in one.rules]),
        )
        for one in remarks(request.proposals)
    )
    columns = (say(N_("Point")), say(N_("Rules")))
    return Sheet(say(N_("What a reviewer will ask")), columns, rows)


# ---- legend --------------------------------------------------------------------------------------------------------

_LEGEND: Final = (
    ("#", N_("One number for each rule; a rule for two protocols has two lines.")),
    (
        N_("Change type"),
        N_("add: a new rule that allows exactly these flows. modify: the existing rule no longer matches these flows."),
    ),
    (N_("Source IP/CIDR"), N_("The address that the machine really uses towards this destination.")),
    (
        N_("Direction"),
        N_("forward: through a network firewall. inbound, outbound: at the machine whose host firewall it is."),
    ),
    (N_("Purpose"), N_("What the connection is for, from the public port tables.")),
    (N_("Phase"), N_("The steps of the backup process that open the connection.")),
    (
        N_("Requirement"),
        N_(
            "required: a restore point is lost without it. against a fallback: the job runs, but otherwise than it was "
            "meant. infrastructure: names, time and identity."
        ),
    ),
    (N_("Existing rule"), N_("What decides about these flows now.")),
    (
        N_("Duration/Expiry"),
        N_("Backups run every day: the rules are meant to stay. To be filled in by the requestor."),
    ),
    (N_("Source of the fact"), N_("Key of the public source, and the place in it.")),
)


def legend_sheet(messages: Messages) -> Sheet:
    """What the columns of the form mean."""
    say = messages.translator
    rows = tuple((say(column) if column != "#" else column, say(text)) for column, text in _LEGEND)
    return Sheet(say(N_("Legend")), (say(N_("Column")), say(N_("Meaning"))), rows)
