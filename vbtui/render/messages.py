"""Text for everything that a trace tells as codes: the one place where an event becomes a sentence.

In: parts of a trace, a topology, the catalogue of a profile, a language. Out: plain text of one line, without markup.
Names from files are put in literally; a caller that prints markup escapes what it gets from here.
Never here: decisions, figures that the trace does not carry, colours, symbols (`symbols`), tables.
"""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.catalogue import Citation, Disagreement, Row, load_catalogue
from vbtui.firewall import Verdict
from vbtui.i18n import N_, Translator
from vbtui.render import quantities
from vbtui.render.event_texts import EVENTS, INSTEAD, INSTEAD_OTHERWISE, REJECTED_MODES
from vbtui.render.verdicts import missing_ports, verdict_text
from vbtui.render.words import (
    ACCOUNTS,
    ACTIONS,
    COMPONENTS,
    CONSISTENT,
    GOALS,
    KINDS,
    LEVELS,
    MODES,
    OUTCOMES,
    RESULTS,
    ROLES,
    STATUSES,
    TRIGGERS,
    WAYS,
)
from vbtui.topology import Topology
from vbtui.trace import Event, EventKind, RejectedMode, Status, Value, VmResult
from vbtui.vocabulary import (
    Action,
    Component,
    GoalVerdict,
    Level,
    Outcome,
    Phase,
    Profile,
    Result,
    Role,
    StepId,
    TransportMode,
    Trigger,
    services_text,
)
from vbtui.workflow.process import process

_SIZES = frozenset({"processed", "read", "transferred"})


@dataclass(frozen=True, slots=True)
class Why:
    """One line of an explanation: what sort of fact, and the fact."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Narration:
    """What is told about a step."""

    title: str
    what: str
    who: str
    why: str


class Messages:
    """Sentences and words in one language, for one topology and port profile."""

    def __init__(self, translator: Translator, topology: Topology, profile: Profile | None = None) -> None:
        self.translator = translator
        self.topology = topology
        self.profile = profile or topology.profile
        self._catalogue = load_catalogue(self.profile)

    # ---- events -----------------------------------------------------------------------------------------------------

    def event(self, event: Event) -> str:
        """What happened, in one sentence. A code without a text is shown as itself, so that no view ever breaks."""
        template = EVENTS.get(_variant(event))
        if template is None:
            return event.code
        return self.translator(template).format(**self._fields(event))

    def verdict(self, verdict: Verdict) -> str:
        """Which hop and rule decided, and how: `core#5 proxy-nfc allows`."""
        return verdict_text(self.translator, verdict)

    def blocked(self, event: Event) -> str:
        """What happens instead of a connection that did not come about; empty for one that did."""
        if event.outcome is Outcome.OK:
            return ""
        row = self.row(event)
        special = INSTEAD.get((row.need, event.outcome)) if row is not None else None
        return self.translator(special or INSTEAD_OTHERWISE[event.outcome])

    def purpose(self, event: Event) -> str:
        """What a connection is for, from the catalogue; empty for events that are no connection."""
        row = self.row(event)
        return "" if row is None else self.translator.pick(row.purpose)

    def row(self, event: Event) -> Row | None:
        """The catalogue row that a connection stands on."""
        return None if event.row is None else self.catalogue_row(event.row)

    def catalogue_row(self, row: str) -> Row:
        """The catalogue row of that id. Raises KeyError."""
        return self._catalogue.row(row)

    def why(self, event: Event) -> tuple[Why, ...]:
        """Why this happens: for a connection its purpose, the sources of the fact and where they disagree; for anything
        else what is told about its step."""
        row = self.row(event)
        if row is None:
            text = process().step(event.step)
            return (
                Why(self.translator(N_("Why")), self.translator.pick(text.why)),
                *self.sources(text.citations, text.disagreements),
            )
        return (
            Why(self.translator(N_("Purpose")), self.translator.pick(row.purpose)),
            *self.sources(row.citations, row.disagreements),
        )

    def sources(self, citations: tuple[Citation, ...], disagreements: tuple[Disagreement, ...]) -> tuple[Why, ...]:
        """Where a fact comes from, and what the sources disagree about."""
        source, disagree = self.translator(N_("Source")), self.translator(N_("Sources disagree"))
        return (
            *(Why(source, citation_text(one)) for one in citations),
            *(Why(disagree, self.translator.pick(one.text)) for one in disagreements),
        )

    def rejected(self, rejected: RejectedMode) -> str:
        """A transport mode and why it was not taken: `virtual appliance (HotAdd): PROXY is not a VM`."""
        return f"{self.mode(rejected.mode)}: {self.objection(rejected)}"

    def objection(self, rejected: RejectedMode) -> str:
        """Only the reason, as half a sentence."""
        template = REJECTED_MODES.get(rejected.code)
        if template is None:
            return rejected.code
        return self.translator(template).format(**dict(rejected.params))

    # ---- the process ------------------------------------------------------------------------------------------------

    def phase_title(self, phase: Phase) -> str:
        return self.translator.pick(process().phase(phase).title)

    def phase_text(self, phase: Phase) -> str:
        """What happens in a phase, in a sentence or two."""
        return self.translator.pick(process().phase(phase).what)

    def step_title(self, step: StepId) -> str:
        return self.translator.pick(process().step(step).title)

    def narration(self, step: StepId) -> Narration:
        """What happens in a step, who acts on whom, and why."""
        text = process().step(step)
        pick = self.translator.pick
        return Narration(pick(text.title), pick(text.what), pick(text.who), pick(text.why))

    # ---- words ------------------------------------------------------------------------------------------------------

    def component(self, component: Component) -> str:
        return self.translator(COMPONENTS[component])

    def role(self, role: Role) -> str:
        return self.translator(ROLES[role])

    def mode(self, mode: TransportMode) -> str:
        return self.translator(MODES[mode])

    def outcome(self, outcome: Outcome) -> str:
        return self.translator(OUTCOMES[outcome])

    def status(self, status: Status) -> str:
        return self.translator(STATUSES[status])

    def result(self, result: Result) -> str:
        return self.translator(RESULTS[result])

    def action(self, action: Action) -> str:
        return self.translator(ACTIONS[action])

    def goal(self, verdict: GoalVerdict) -> str:
        return self.translator(GOALS[verdict])

    def level(self, level: Level) -> str:
        return self.translator(LEVELS[level])

    def way(self, name: str) -> str:
        """A way to meet a need, by the catalogue's name of it; as it stands there where it has no words."""
        return self.translator(WAYS.get(name, name))

    def kind(self, kind: EventKind) -> str:
        return self.translator(KINDS[kind])

    def consistent(self, result: VmResult | str) -> str:
        """What state the VM's restore point is in, by `VmResult` or its `consistent`."""
        return self.translator(CONSISTENT[result if isinstance(result, str) else result.consistent])

    def size(self, count: int) -> str:
        """Bytes, such as `64 MiB`."""
        return quantities.size(self.translator, count)

    def duration(self, milliseconds: int) -> str:
        """A length of time, such as `1.30 s`."""
        return quantities.duration(self.translator, milliseconds)

    def moment(self, milliseconds: int) -> str:
        """A point of simulated time, such as `12.490 s`."""
        return quantities.moment(self.translator, milliseconds)

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _fields(self, event: Event) -> dict[str, str]:
        fields = {
            "vm": event.vm or "",
            "disk": event.disk or "",
            "service": services_text(event.services),
            "missing": missing_ports(event.verdict) if event.verdict else "",
        }
        for name, endpoint in (("source", event.source), ("destination", event.destination)):
            fields[name] = endpoint.node if endpoint else ""
            fields[f"{name}_component"] = self.component(endpoint.component) if endpoint else ""
        return fields | {name: self.value(name, value) for name, value in event.params}

    def value(self, name: str, value: Value) -> str:
        """A parameter of an event or a question in words; its name says what it is."""
        match value:
            case bool():
                return self.translator(N_("yes")) if value else self.translator(N_("no"))
            case int() if name in _SIZES:
                return self.size(value)
            case int():
                return self.translator.number(value)
            case float():
                return self.translator.number(value, 2)
            case tuple():
                return ", ".join(self._word(name, one) for one in value)
            case None:
                return "–"
            case _:
                return self._word(name, value)

    def _word(self, name: str, value: str) -> str:
        match name:
            case "mode" | "rejected":
                return self.mode(TransportMode(value))
            case "trigger":
                return self.translator(TRIGGERS[Trigger(value)])
            case "account":
                return self.translator(ACCOUNTS[value])
            case "consistent":
                return self.consistent(value)
            case _:
                return value


def citation_text(citation: Citation) -> str:
    """A source with its version and the place in it; the same in every language, as it is titled in the original."""
    return f"{citation.source.title} ({citation.source.version}), {citation.place}"


def _variant(event: Event) -> str:
    """The key of the sentence: the code, and for some codes which of its variants the parameters ask for."""
    match event.code:
        case "mover.started" if event.disk is not None:
            return "mover.started/task"
        case "transfer.done":
            parts = (["incremental"] if event.param("incremental") else []) + ([] if event.param("cbt") else ["no-cbt"])
            return "/".join(["transfer.done", *(["-".join(parts)] if parts else [])])
        case "vm.success" | "vm.warning" | "vm.error" if event.param("snapshot_left"):
            return f"{event.code}/left"
        case _:
            return event.code
