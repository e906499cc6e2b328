"""The words that a person looks for, in a language: what `walk` gets to find events, steps and machines by.

Decided here: the words that stand beside a mark in a list of symbols, but not in the rows themselves. They find the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.i18n import N_
from vbtui.render.matrix_texts import verdict_words
from vbtui.render.messages import Messages
from vbtui.render.symbols import WORDS_ONLY
from vbtui.trace import EventKind
from vbtui.vocabulary import Action, Component, Outcome, Role, StepId
from vbtui.walk.listing import Words
from vbtui.walk.matrix import MatrixRow

_ACTIONS: Final[Mapping[Action, str]] = {Action.DENY: N_("blocked"), Action.REJECT: N_("blocked")}
_OUTCOMES: Final[Mapping[Outcome, str]] = {Outcome.OK: N_("done"), Outcome.SKIPPED: N_("left out")}


def find_words(messages: Messages) -> Words:
    """In the language of `messages`."""
    return Words(
        kinds={kind: messages.kind(kind) for kind in EventKind},
        actions={action: (messages.action(action), *_also(messages, _ACTIONS.get(action))) for action in Action},
        outcomes={one: (messages.outcome(one), *_also(messages, _OUTCOMES.get(one))) for one in Outcome},
        steps={step: messages.step_title(step) for step in StepId},
        components={component: messages.component(component) for component in Component},
        roles={role: messages.role(role) for role in Role},
    )


def row_words(messages: Messages, row: MatrixRow) -> tuple[str, ...]:
    """What a row of the matrix says of its verdict."""
    also = None if row.verdict is None else _ACTIONS.get(row.verdict.action)
    return verdict_words(messages, WORDS_ONLY, row), *_also(messages, also)


def _also(messages: Messages, text: str | None) -> tuple[str, ...]:
    return () if text is None else (messages.translator(text),)
