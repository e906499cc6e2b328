"""The words that a person looks for, in a language: what `walk` gets to find events, steps and machines by."""

from __future__ import annotations

from vbtui.render.messages import Messages
from vbtui.trace import EventKind
from vbtui.vocabulary import Action, Component, Outcome, Role, StepId
from vbtui.walk.listing import Words


def find_words(messages: Messages) -> Words:
    """In the language of `messages`."""
    return Words(
        kinds={kind: messages.kind(kind) for kind in EventKind},
        actions={action: messages.action(action) for action in Action},
        outcomes={outcome: messages.outcome(outcome) for outcome in Outcome},
        steps={step: messages.step_title(step) for step in StepId},
        components={component: messages.component(component) for component in Component},
        roles={role: messages.role(role) for role in Role},
    )
