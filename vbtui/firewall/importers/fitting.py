"""Imported rules in the place of those that a firewall of a topology has.

Decided here: when rules cannot take that place because the firewall goes by other rules of the game, and that a default
which is another one becomes a last rule, so that the rules mean there what they meant in their file.
In: imported rules, the firewall as it is. Out: rules. Raises `UnfitError`.
Never here: a file's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from vbtui.firewall.importers.imported import ImportedRules
from vbtui.firewall.importers.writing import Names
from vbtui.topology import Firewall, HostDefault, Rule, Selector
from vbtui.vocabulary import Action

Direction = Literal["inbound", "outbound", "both"]


class Trait(StrEnum):
    """What a firewall is beside its rules: keys of the topology file."""

    KIND = "kind"
    EVALUATION = "evaluation"
    STATEFUL = "stateful"
    DEFAULT = "default"


@dataclass(slots=True)
class UnfitError(Exception):
    """The firewall in the topology is not of the kind that the rules were written for."""

    firewall: str
    trait: Trait
    found: str
    """What the topology has."""
    expected: str
    """What the rules need."""


def fitting_rules(imported: ImportedRules, firewall: Firewall) -> tuple[Rule, ...]:
    """The rules as they must stand in `firewall`, whose other keys stay as they are. Raises UnfitError."""
    wanted: tuple[tuple[Trait, object, object], ...] = (
        (Trait.KIND, firewall.kind, imported.kind),
        (Trait.EVALUATION, firewall.evaluation, imported.evaluation),
        (Trait.STATEFUL, firewall.stateful, imported.stateful),
    )
    for trait, found, expected in wanted:
        if expected is not None and found != expected:
            raise UnfitError(firewall.name, trait, str(found).lower(), str(expected).lower())
    if imported.default is None:
        return imported.rules
    names = Names({rule.name: rule for rule in imported.rules})
    last = [
        _default_rule(firewall, direction, found, expected, names)
        for direction, found, expected in _defaults(firewall, imported.default)
        if found is not expected
    ]
    return (*imported.rules, *last)


def _defaults(firewall: Firewall, wanted: Action | HostDefault) -> list[tuple[Direction, Action, Action]]:
    """By direction: the default that the firewall has, and the one that the rules come with."""
    has = firewall.default
    ours = wanted if isinstance(wanted, HostDefault) else HostDefault(inbound=wanted, outbound=wanted)
    theirs = has if isinstance(has, HostDefault) else HostDefault(inbound=has, outbound=has)
    if firewall.kind == "network":
        return [("both", theirs.inbound, ours.inbound)]
    return [("inbound", theirs.inbound, ours.inbound), ("outbound", theirs.outbound, ours.outbound)]


def _default_rule(firewall: Firewall, direction: Direction, found: Action, expected: Action, names: Names) -> Rule:
    if firewall.evaluation != "first-match" and expected is not Action.ALLOW:
        # Wherever it stands, such a rule would win over every other.
        raise UnfitError(firewall.name, Trait.DEFAULT, found.value, expected.value)
    anywhere = (Selector(any=True),)
    return Rule(
        name=names.fresh("default" if direction == "both" else f"default-{direction}", "default"),
        source=anywhere,
        destination=anywhere,
        services=("any",),
        action=expected,
        direction=direction,
    )
