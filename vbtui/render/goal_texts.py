"""What is said about a goal of a check: whom it is about, what is in the way, what happens instead.

In: goals of a check. Out: short texts without line breaks, for tables, reports and screens.
Never here: a verdict, columns.
"""

from __future__ import annotations

from vbtui.i18n import Translator
from vbtui.planning import ConnectionVerdict, Effect, Goal, Subject
from vbtui.render.check_texts import EFFECTS, OBSTACLES, SURROUNDINGS
from vbtui.render.messages import Messages
from vbtui.render.names import names_text
from vbtui.vocabulary import StepId


def step_text(messages: Messages, step: StepId | None) -> str:
    """`5.3 Network mode`; the surroundings have no number."""
    return messages.translator(SURROUNDINGS) if step is None else f"{step} {messages.step_title(step)}"


def subject_text(translator: Translator, subject: Subject) -> str:
    """Whom it concerns: disks or VMs, and the proxies; empty for the whole job."""
    parts = (names_text(translator, subject.tasks or subject.vms), names_text(translator, subject.proxies))
    return " @ ".join(part for part in parts if part)


def connection_text(messages: Messages, one: ConnectionVerdict) -> str:
    """`proxy-a, proxy-b → host-a tcp/902: core drops (default)`"""
    say = messages.translator
    sources, destinations = names_text(say, one.sources), names_text(say, one.destinations)
    return f"{sources} → {destinations} {one.asked.service}: {messages.verdict(one.verdict)}"


def goal_lines(messages: Messages, goal: Goal) -> tuple[str, ...]:
    """What is in the way of every way up to the one that stands, then what happens instead."""
    say = messages.translator
    lines = []
    for place, way in enumerate(goal.ways):
        if goal.chosen is not None and place > goal.chosen:
            break
        lines += [connection_text(messages, one) for one in way.blocked]
        for code in (way.obstacle, way.shortfall):
            if code is not None:
                obstacle = say(OBSTACLES.get(code, code))
                lines.append(f"{way.performer}: {obstacle}" if way.performer else obstacle)
    effect = effect_text(messages, goal)
    return tuple(dict.fromkeys([*lines, *([effect] if effect else [])]))


def effect_text(messages: Messages, goal: Goal) -> str:
    """What happens instead; empty where nothing does."""
    if goal.effect is None:
        return ""
    text = messages.translator(EFFECTS[goal.effect])
    if goal.effect is Effect.NEXT_WAY and goal.way is not None:
        text += f" – {messages.way(goal.way.name)}"
    return text
