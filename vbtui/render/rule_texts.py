"""A firewall rule and a firewall in words: for lists, for details, for the messages of a form.

In: rules and firewalls of a topology, a language. Out: labels with values, one line for a firewall. Never here: what a
rule does to a flow, colours.
"""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_, Translator
from vbtui.render.messages import Messages
from vbtui.topology import Firewall, HostDefault, Rule
from vbtui.walk.rule_text import RuleField, selectors_text

Fact = tuple[str, str]
"""A label and its value, in the language of the moment."""

EVALUATIONS: Final = {
    "first-match": N_("the first match decides"),
    "deny-overrides": N_("a block beats every allow"),
    "allow-list": N_("only what is listed is allowed"),
}

DIRECTIONS: Final = {"inbound": N_("inbound"), "outbound": N_("outbound"), "both": N_("both directions")}

FIELDS: Final = {
    RuleField.SOURCE: N_("Source"),
    RuleField.DESTINATION: N_("Destination"),
    RuleField.SERVICES: N_("Services"),
    RuleField.NAME: N_("Name"),
    RuleField.OWNER: N_("Owner"),
    RuleField.TICKET: N_("Ticket"),
}


def firewall_line(messages: Messages, firewall: Firewall) -> str:
    """How a firewall evaluates, whether it remembers connections, and what it does without a rule."""
    say = messages.translator
    state = N_("stateful") if firewall.stateful else N_("stateless: answers need a rule too")
    parts = [say(EVALUATIONS[firewall.evaluation]), say(state), default_text(messages, firewall)]
    return ", ".join(parts)


def default_text(messages: Messages, firewall: Firewall) -> str:
    """What a firewall does with what no rule matches."""
    say, default = messages.translator, firewall.default
    if isinstance(default, HostDefault):
        text = say(N_("default: inbound {inbound}, outbound {outbound}"))
        return text.format(inbound=messages.action(default.inbound), outbound=messages.action(default.outbound))
    return say(N_("default: {action}")).format(action=messages.action(default))


def state_text(say: Translator, rule: Rule) -> str:
    """Whether a rule counts."""
    return say(N_("on")) if rule.enabled else say(N_("off"))


def rule_facts(messages: Messages, rule: Rule) -> tuple[Fact, ...]:
    """Everything that the file says of a rule but its name, in the order in which it is read."""
    say = messages.translator
    facts = [
        (say(FIELDS[RuleField.SOURCE]), selectors_text(rule.source)),
        (say(FIELDS[RuleField.DESTINATION]), selectors_text(rule.destination)),
        (say(FIELDS[RuleField.SERVICES]), ", ".join(rule.services)),
        (say(N_("Action")), messages.action(rule.action)),
        (say(N_("State")), state_text(say, rule)),
    ]
    if rule.direction != "both":
        facts.append((say(N_("Direction")), say(DIRECTIONS[rule.direction])))
    expires = "" if rule.expires is None else rule.expires.isoformat()
    for label, value in (
        (N_("Owner"), rule.owner),
        (N_("Ticket"), rule.ticket),
        (N_("Expires"), expires),
        (N_("Comment"), rule.comment),
        (N_("Imported from"), rule.origin),
        (N_("Its own words"), rule.raw),
    ):
        if value:
            facts.append((say(label), value))
    return tuple(facts)
