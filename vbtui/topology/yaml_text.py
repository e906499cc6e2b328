"""Rules, firewalls and groups as YAML text, in the way a person would write them.

Decided here: what is left out (defaults), what is quoted, when a part gets lines of its own. In: parts of the model.
Out: text that the loader reads as equal parts. The words may be hostile: an importer took them from somewhere.
Never here: where the text goes in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from vbtui.topology.fields import AddressRange, Network
from vbtui.topology.firewalls import Firewall, HostDefault, Rule, Selector
from vbtui.topology.yaml_events import core_scalar
from vbtui.vocabulary import Action, Service

WIDTH: Final = 120
"""Characters of a line; a part that needs more gets a line for each of its keys."""

GroupMember = Network | AddressRange | Service | str
"""What stands in `networks:` and `services:`."""


def rules_text(rules: Iterable[Rule]) -> str:
    """Rules as a YAML list without indentation, one after the other; empty for none."""
    return "".join(line + "\n" for rule in rules for line in rule_lines(rule, 0))


def rule_lines(rule: Rule, indent: int) -> list[str]:
    """A rule as an item of a list whose dashes stand at column `indent`, from 0."""
    line = f"{' ' * indent}- {flow_rule(rule)}"
    if len(line) <= WIDTH:
        return [line]
    lines: list[str] = []
    for key, parts in _rule_parts(rule):
        lines += _entry(key, parts, indent + 2)
    return [f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]


def flow_rule(rule: Rule) -> str:
    """A rule on one line, in braces."""
    return "{" + ", ".join(f"{key}: {_joined(parts)}" for key, parts in _rule_parts(rule)) + "}"


def rule_entries(rule: Rule) -> Iterator[tuple[str, str]]:
    """The keys of a rule that differ from their defaults, each with its value on one line."""
    return ((key, _joined(parts)) for key, parts in _rule_parts(rule))


RULE_DEFAULTS: Final = {"direction": "both", "enabled": "true", "expires": "null"}
"""How the default of a key is written where it must be; for the others it is no text."""


def firewall_lines(firewall: Firewall, indent: int) -> list[str]:
    """A firewall with its rules as an item of a list whose dashes stand at column `indent`."""
    lines = [f"{' ' * (indent + 2)}{key}: {value}" for key, value in _firewall_entries(firewall)]
    if firewall.rules:
        lines.append(f"{' ' * (indent + 2)}rules:")
        lines += [line for rule in firewall.rules for line in rule_lines(rule, indent + 4)]
    return [f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]


def flow_firewall(firewall: Firewall) -> str:
    """A firewall with its rules on one line, in braces."""
    entries = [f"{key}: {value}" for key, value in _firewall_entries(firewall)]
    if firewall.rules:
        entries.append(f"rules: [{', '.join(map(flow_rule, firewall.rules))}]")
    return "{" + ", ".join(entries) + "}"


def group_lines(name: str, members: Sequence[GroupMember], indent: int) -> list[str]:
    """A named group as an entry of a mapping whose keys stand at column `indent`."""
    return _entry(scalar(name), [member(one) for one in members], indent)


def flow_group(name: str, members: Sequence[GroupMember]) -> str:
    return f"{scalar(name)}: [{', '.join(map(member, members))}]"


def scalar(text: str) -> str:
    """Text as a scalar that is text to every reader of YAML, also one of version 1.1 (`no`, `22:22`, `1_000`)."""
    harmless = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML_1_1 and isinstance(core_scalar(text), str)
    return text if harmless else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_PLAIN: Final = re.compile(r"[A-Za-z_]([A-Za-z0-9_./@+ -]*[A-Za-z0-9_./@+-])?", re.ASCII)
_WORDS_OF_YAML_1_1: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def member(one: GroupMember) -> str:
    """A network, range or service; an address with colons is quoted."""
    text = str(one)
    return scalar(text) if isinstance(one, str) or ":" in text else text


_Parts = str | list[str]
"""The value of an entry: one scalar or flow mapping, or the items of a list."""


def _joined(parts: _Parts) -> str:
    return parts if isinstance(parts, str) else f"[{', '.join(parts)}]"


def _entry(key: str, parts: _Parts, indent: int) -> list[str]:
    """An entry of a mapping on a line of its own, or with a line for each item of its list if that is too long."""
    line = f"{' ' * indent}{key}: {_joined(parts)}"
    if isinstance(parts, str) or len(line) <= WIDTH:
        return [line]
    return [f"{' ' * indent}{key}:", *(f"{' ' * (indent + 2)}- {part}" for part in parts)]


def _rule_parts(rule: Rule) -> Iterator[tuple[str, _Parts]]:
    yield "name", scalar(rule.name)
    yield "source", _side(rule.source)
    yield "destination", _side(rule.destination)
    yield "services", [scalar(service) for service in rule.services]
    yield "action", rule.action.value
    if rule.direction != "both":
        yield "direction", rule.direction
    if not rule.enabled:
        yield "enabled", "false"
    for key in ("owner", "ticket"):
        if text := getattr(rule, key):
            yield key, scalar(text)
    if rule.expires is not None:
        yield "expires", rule.expires.isoformat()
    for key in ("comment", "origin", "raw"):
        if text := getattr(rule, key):
            yield key, scalar(text)


def _side(selectors: Sequence[Selector]) -> _Parts:
    """One selector stands alone, several in a list: the model reads both alike."""
    parts = ["{" + ", ".join(_conditions(selector)) + "}" for selector in selectors]
    return parts[0] if len(parts) == 1 else parts


def _conditions(selector: Selector) -> Iterator[str]:
    if selector.any:
        yield "any: true"
    for key in ("node", "role", "zone"):
        if (name := getattr(selector, key)) is not None:
            yield f"{key}: {scalar(name)}"
    if selector.cidr is not None:
        yield f"cidr: {member(selector.cidr)}"
    if selector.range is not None:
        yield f"range: {member(selector.range)}"
    if selector.network is not None:
        yield f"network: {scalar(selector.network)}"


def _firewall_entries(firewall: Firewall) -> Iterator[tuple[str, str]]:
    yield "name", scalar(firewall.name)
    if firewall.kind != "network":
        yield "kind", firewall.kind
    if firewall.connects:
        yield "connects", f"[{', '.join(map(scalar, firewall.connects))}]"
    if firewall.evaluation != "first-match":
        yield "evaluation", firewall.evaluation
    if not firewall.stateful:
        yield "stateful", "false"
    default = firewall.default
    if isinstance(default, HostDefault):
        if default != HostDefault():
            yield "default", f"{{inbound: {default.inbound.value}, outbound: {default.outbound.value}}}"
    elif default is not Action.DENY or firewall.kind == "host":
        yield "default", default.value
