"""Probes as rows: what would be tried, what came back, and what plan and answer say together.

In: a `ProbePlan`, `Comparison`s. Out: `Sheet`s, a JSON document, CSV rows, and lines for the shell of the source host.
Never here: a socket, an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from vbtui.i18n import N_, Translator
from vbtui.planning.probe import Agreement, Answer, Attempt, Comparison, LeftOut, NotTried, Observation, ProbePlan
from vbtui.render.messages import Messages
from vbtui.render.sheet import Sheet
from vbtui.render.sheets import steps_text
from vbtui.render.symbols import RICH, Symbols
from vbtui.topology import Topology

PROBE_VERSION: Final = 1

ANSWERS: Final[Mapping[Answer, str]] = {
    Answer.OPEN: N_("open"),
    Answer.REFUSED: N_("refused"),
    Answer.TIMED_OUT: N_("timed out"),
    Answer.UNREACHABLE: N_("unreachable"),
    Answer.NAME_NOT_FOUND: N_("name not found"),
    Answer.NAME_ELSEWHERE: N_("name leads elsewhere"),
}

AGREEMENTS: Final[Mapping[Agreement, str]] = {
    Agreement.AGREES: N_("as planned"),
    Agreement.PATH_OPEN: N_("as planned: the path is open, the port opens on demand"),
    Agreement.BLOCKED_OTHERWISE: N_("blocked as planned, but told in another way"),
    Agreement.NOT_LISTENING: N_("differs: nothing listens, or a firewall rejects"),
    Agreement.BLOCKED: N_("differs: dropped on the way, no route, or the machine is down"),
    Agreement.OPEN_UNPLANNED: N_("differs: it gets through"),
    Agreement.NO_NAME: N_("differs: name resolution, not a firewall"),
    Agreement.LEARNED: N_("not known from the rules: this is the answer"),
}

LEFT_OUT: Final[Mapping[NotTried, str]] = {
    NotTried.UDP: N_("UDP answers only to data, and nothing is sent"),
    NotTried.NO_ADDRESS: N_("no address that the other side could use"),
}


def probe_sheet(messages: Messages, compared: Sequence[Comparison], marks: Symbols = RICH) -> Sheet:
    """Planned against observed, one row for each port that was tried; of several sources each row names its own."""
    say = messages.translator
    sources = dict.fromkeys(one.source for one in compared)
    differing = sum(one.agreement.differs for one in compared)
    heading = say(N_("Planned against observed, from {source}: {count} tried, {differing} differ")).format(
        source=", ".join(sources) or "–", count=say.number(len(compared)), differing=say.number(differing)
    )
    rows, folded = [], []
    for one in compared:
        attempt = one.attempt
        planned = f"{marks.action(attempt.planned)} {messages.action(attempt.planned)}"
        observed = say(ANSWERS[one.answer])
        mark = marks.fail if one.agreement.differs else marks.unknown if _learned(one) else marks.ok
        result = f"{mark} {say(AGREEMENTS[one.agreement])}"
        target = f"{attempt.destination} {attempt.address}"
        if len(sources) > 1:
            target = f"{one.source} → {target}"
        steps = steps_text(say, attempt.steps)
        rows.append((target, f"tcp/{attempt.port}", steps, planned, observed, result))
        folded.append((f"{target}\ntcp/{attempt.port} · {steps}", f"{planned}\n{observed}", result))
    first = N_("To") if len(sources) < 2 else N_("Connection")
    columns = (first, N_("Service"), N_("Step"), N_("Planned"), N_("Observed"), N_("Result"))
    narrow = Sheet(heading, (say(first), say(N_("Planned / observed")), say(N_("Result"))), tuple(folded))
    return Sheet(heading, tuple(say(one) for one in columns), tuple(rows), narrow)


def _learned(one: Comparison) -> bool:
    return one.agreement is Agreement.LEARNED


def left_out_sheet(messages: Messages, left_out: Iterable[LeftOut]) -> Sheet:
    """Planned connections that are not tried, and why."""
    say = messages.translator
    rows = tuple((one.destination, str(one.service), say(LEFT_OUT[one.reason])) for one in left_out)
    return Sheet(say(N_("Not tried")), (say(N_("To")), say(N_("Service")), say(N_("Reason"))), rows)


def strangers_sheet(messages: Messages, observations: Iterable[Observation]) -> Sheet:
    """Observations that the topology does not ask for."""
    say = messages.translator
    rows = tuple((one.source, one.destination, f"tcp/{one.port}", say(ANSWERS[one.answer])) for one in observations)
    columns = (N_("From"), N_("To"), N_("Service"), N_("Observed"))
    heading = say(N_("Observed, but not planned by any job of this topology"))
    return Sheet(heading, tuple(say(one) for one in columns), rows)


def probe_document(plan: ProbePlan, compared: Iterable[Comparison]) -> dict[str, Any]:
    """Planned against observed for a program."""
    return {
        "schema": "vbtui-probe",
        "version": PROBE_VERSION,
        "topology": plan.topology,
        "source": plan.source,
        "compared": [comparison_document(one) for one in compared],
        "left_out": [
            {"destination": one.destination, "service": str(one.service), "reason": one.reason.value}
            for one in plan.left_out
        ],
    }


def comparison_document(one: Comparison) -> dict[str, Any]:
    attempt = one.attempt
    return {
        "source": one.source,
        "destination": attempt.destination,
        "address": str(attempt.address),
        "port": attempt.port,
        "service": str(attempt.service),
        "steps": list(attempt.steps),
        "jobs": list(attempt.jobs),
        "planned": attempt.planned,
        "observed": one.answer,
        "result": one.agreement,
        "differs": one.agreement.differs,
    }


PROBE_COLUMNS: Final = (
    *("source", "destination", "address", "port", "service", "steps", "jobs", "planned", "observed", "result"),
    "differs",
)


def probe_rows(compared: Iterable[Comparison]) -> Iterator[tuple[object, ...]]:
    """One CSV row for each port that was tried."""
    for one in compared:
        found = comparison_document(one)
        found["steps"], found["jobs"] = " ".join(one.attempt.steps), " ".join(one.attempt.jobs)
        found["differs"] = "yes" if found["differs"] else "no"
        yield tuple(found[name] for name in PROBE_COLUMNS)


def probe_lines(say: Translator, topology: Topology, plan: ProbePlan) -> Iterator[str]:
    """What to type on the source host to try the same by hand: PowerShell on Windows, netcat elsewhere.

    Only addresses and numbers stand in a command; names, which are checked when a file is loaded, only in comments.
    """
    system = next((node.os for node in topology.nodes if node.name == plan.source), "linux")
    yield "# " + say(N_("on {source}, to be run there: {count} connections")).format(
        source=plan.source, count=say.number(len(plan.attempts))
    )
    for attempt in plan.attempts:
        note = f"{attempt.destination}, {steps_text(say, attempt.steps)}"
        if attempt.on_demand:
            note += ", " + say(N_("opens on demand: refused is a pass for the path"))
        yield f"{_command(system, attempt)}  # {note}"
    for one in plan.left_out:
        yield f"# {one.destination} {one.service}: {say(LEFT_OUT[one.reason])}"


def _command(system: str, attempt: Attempt) -> str:
    if system == "windows":
        return f"Test-NetConnection -ComputerName {attempt.address} -Port {attempt.port}"
    return f"nc -zvw3 {attempt.address} {attempt.port}"
