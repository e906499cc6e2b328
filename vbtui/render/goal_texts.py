"""A goal that is not met, in a few lines of text: for reports that are no tables.

In: goals of a check. Out: what it is about, what is in the way, what happens instead. Long lists of names are cut, so
that a report about ten thousand VMs stays one that a person reads; machines read the JSON document.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vbtui.i18n import N_, Translator
from vbtui.planning import ConnectionVerdict, Effect, Goal, StepVerdict
from vbtui.render.check_texts import EFFECTS, OBSTACLES, SURROUNDINGS
from vbtui.render.messages import Messages

MOST_NAMES: Final = 5
"""Of a longer list so many names are written out."""


def names_text(translator: Translator, names: Sequence[str]) -> str:
    """Names in a row, of a long list the first ones and how many more there are."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    more = translator(N_("and {count} more")).format(count=translator.number(len(names) - MOST_NAMES))
    return f"{', '.join(names[:MOST_NAMES])} {more}"


def step_name(messages: Messages, step: StepVerdict) -> str:
    """`5.3 Network mode`, or the word for the surroundings."""
    if step.step is None:
        return messages.translator(SURROUNDINGS)
    return f"{step.step} {messages.step_title(step.step)}"


def goal_subject(messages: Messages, goal: Goal) -> str:
    """Whom it concerns: disks or VMs, and the proxies; empty for the whole job."""
    subject = goal.subject
    parts = [names_text(messages.translator, subject.tasks or subject.vms)]
    parts.append(names_text(messages.translator, subject.proxies))
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
