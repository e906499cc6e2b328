"""A check as rows: step by step, what is in the way, what becomes of each VM, and all jobs at a glance.

In: the reports of jobs. Out: `Sheet`s that stay short however many machines there are: names are abbreviated, and VMs
with one fate share a row. The full lists are in `documents`. Never here: a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.i18n import N_, Translator
from vbtui.planning import CheckReport, Effect, Goal, VmVerdict, WayVerdict
from vbtui.render.check_texts import EFFECTS, LOSSES, OBSTACLES, SURROUNDINGS
from vbtui.render.goal_texts import effect_text, subject_text
from vbtui.render.messages import Messages
from vbtui.render.names import names_text
from vbtui.render.sheet import Sheet
from vbtui.render.symbols import RICH, Symbols
from vbtui.vocabulary import GoalVerdict


def check_sheet(messages: Messages, report: CheckReport, marks: Symbols = RICH) -> Sheet:
    """One row for each step that the job goes through."""
    say = messages.translator
    heading = say(N_("{topology}, job {job}, ports of {profile}: {verdict}")).format(
        topology=report.topology, job=report.job, profile=report.profile, verdict=messages.goal(report.verdict)
    )
    rows = tuple(
        (
            "" if one.step is None else str(one.step),
            say(SURROUNDINGS) if one.step is None else messages.step_title(one.step),
            f"{marks.goal(one.verdict)} {messages.goal(one.verdict)}",
            say.number(one.flows),
        )
        for one in report.steps
    )
    return Sheet(heading, (say(N_("Step")), say(N_("Title")), say(N_("Verdict")), say(N_("Flows"))), rows)


def trouble_sheet(messages: Messages, report: CheckReport, marks: Symbols = RICH) -> Sheet:
    """One row for each blocked connection or other obstacle of a goal that is not ok."""
    say = messages.translator
    rows: list[tuple[str, ...]] = []
    for goal in report.goals:
        if goal.verdict is GoalVerdict.OK:
            continue
        steps = ", ".join(goal.steps)
        verdict = f"{marks.goal(goal.verdict)} {messages.goal(goal.verdict)}"
        effect, subject = _instead(messages, goal), subject_text(say, goal.subject)
        rows += [(steps, verdict, subject, what, why, effect) for what, why in _troubles(messages, goal)]
    columns = (N_("Step"), N_("Verdict"), N_("For"), N_("Connection"), N_("In the way"), N_("Instead"))
    heading = say(N_("What is in the way"))
    folded = tuple((f"{steps}\n{verdict}", *_stacked(rest)) for steps, verdict, *rest in rows)
    narrow = Sheet(heading, (say(N_("Step")), say(N_("In the way")), say(N_("Instead"))), folded)
    return Sheet(heading, tuple(say(one) for one in columns), tuple(rows), narrow)


def _stacked(cells: Sequence[str]) -> tuple[str, str]:
    subject, what, why, effect = cells
    return "\n".join(one for one in (subject, what, why) if one), effect


def vms_sheet(messages: Messages, report: CheckReport, marks: Symbols = RICH, *, every: bool = False) -> Sheet:
    """VMs that are not ok, one row for all of one fate; with `every` one row for each VM."""
    say = messages.translator
    groups: dict[object, list[VmVerdict]] = {}
    for place, one in enumerate(report.vms):
        if every or one.verdict is not GoalVerdict.OK:
            groups.setdefault(place if every else (one.verdict, one.effects, one.losses), []).append(one)
    rows = tuple(
        (
            names_text(say, [one.vm for one in alike]),
            f"{marks.goal(alike[0].verdict)} {messages.goal(alike[0].verdict)}",
            "; ".join(say(EFFECTS[effect]) for effect in alike[0].effects),
            "; ".join(say(LOSSES[loss]) for loss in alike[0].losses),
        )
        for alike in groups.values()
    )
    counts = {"job": report.job, "count": say.number(_fine(report)), "all": say.number(len(report.vms))}
    heading = say(N_("Job {job}: {count} of {all} VMs ok, whatever proxy and host they get")).format(**counts)
    columns = (N_("VMs"), N_("Verdict"), N_("Instead"), N_("What is lost"))
    return Sheet(heading, tuple(say(one) for one in columns), rows)


def jobs_sheet(messages: Messages, reports: Sequence[CheckReport], marks: Symbols = RICH) -> Sheet:
    """All jobs at a glance: the verdict, how many VMs are ok, and the steps that are not."""
    say = messages.translator
    rows = tuple(
        (
            one.job,
            f"{marks.goal(one.verdict)} {messages.goal(one.verdict)}",
            say(N_("{count} of {all}")).format(count=say.number(_fine(one)), all=say.number(len(one.vms))),
            ", ".join(str(step.step) for step in one.steps if step.step and step.verdict is not GoalVerdict.OK),
        )
        for one in reports
    )
    fine = sum(one.verdict is GoalVerdict.OK for one in reports)
    counts = {"count": say.number(fine), "all": say.number(len(reports))}
    columns = (N_("Job"), N_("Verdict"), N_("VMs ok"), N_("Steps that are not ok"))
    return Sheet(say(N_("{count} of {all} jobs ok")).format(**counts), tuple(say(one) for one in columns), rows)


def _fine(report: CheckReport) -> int:
    return sum(one.verdict is GoalVerdict.OK for one in report.vms)


def _instead(messages: Messages, goal: Goal) -> str:
    """What happens instead and by which way; what is lost by it, where the words for it do not say so."""
    if goal.effect is None:
        return ""
    say = messages.translator
    text = effect_text(messages, goal)
    if goal.effect is Effect.NEXT_WAY and goal.way is not None:
        text += f": {_flows(say, goal.way)}"
    if goal.effect in (Effect.NEXT_WAY, Effect.NETWORK_MODE) and goal.loss is not None:
        text += f"; {say(LOSSES[goal.loss])}"
    return text


def _flows(translator: Translator, way: WayVerdict) -> str:
    """What a way connects, `vbr → vc, esx tcp/443`."""
    towards: dict[tuple[tuple[str, ...], str], dict[str, None]] = {}
    for one in way.connections:
        towards.setdefault((one.sources, str(one.asked.service)), {}).update(dict.fromkeys(one.destinations))
    return "; ".join(
        f"{names_text(translator, sources)} → {names_text(translator, tuple(names))} {service}"
        for (sources, service), names in towards.items()
    )


def _troubles(messages: Messages, goal: Goal) -> list[tuple[str, str]]:
    """Connection and reason, for every way that was meant to be taken before the one that stands."""
    found = []
    for place, way in enumerate(goal.ways):
        if goal.chosen is not None and place > goal.chosen:
            break
        found += _refused(messages, way)
        found += [(_performer(messages, way), messages.translator(OBSTACLES.get(code, code))) for code in _codes(way)]
    return found or [("", "")]


def _refused(messages: Messages, way: WayVerdict) -> list[tuple[str, str]]:
    """The connections of a way that do not pass, those to the same machines with the same reason in one row."""
    together: dict[tuple[tuple[str, ...], str, str], dict[str, None]] = {}
    for one in way.blocked:
        key = (one.destinations, str(one.asked.service), messages.verdict(one.verdict))
        together.setdefault(key, {}).update(dict.fromkeys(one.sources))
    say = messages.translator
    return [
        (f"{names_text(say, tuple(sources))} → {names_text(say, destinations)} {service}", why)
        for (destinations, service, why), sources in together.items()
    ]


def _codes(way: WayVerdict) -> tuple[str, ...]:
    return tuple(code for code in (way.obstacle, way.shortfall) if code is not None)


def _performer(messages: Messages, way: WayVerdict) -> str:
    """What was to be done, where it is no connection that is in the way: `vbr: guest account over VIX`."""
    if way.performer is None:
        return ""
    account = messages.translator(N_("guest account {way}")).format(way=messages.way(way.name))
    return f"{way.performer}: {account}"
