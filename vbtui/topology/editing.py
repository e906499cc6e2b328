"""Changes to a topology file's text that touch nothing else.

Decided here: what of a file changes when a firewall gets other rules: the text of the rules that are new or different,
and new groups. Rules that stay keep their own text with their comments; every other byte stays. In: the text of a sound
file. Out: the changed text, of which it is proved before it is handed out that it says exactly what it should: it is
read again and compared with the changed topology.
Never here: a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from vbtui.topology.fields import AddressRange, Network
from vbtui.topology.firewalls import Firewall, Rule
from vbtui.topology.loading import parse
from vbtui.topology.model import Topology
from vbtui.topology.problems import Problem, TopologyError
from vbtui.topology.spans import BREAK, Span, line_end, line_start, spans, whole_lines
from vbtui.topology.yaml_text import (
    RULE_DEFAULTS,
    GroupMember,
    firewall_lines,
    flow_firewall,
    flow_group,
    flow_rule,
    group_lines,
    rule_entries,
    rule_lines,
)
from vbtui.topology.yaml_text import rules_text as rules_text
from vbtui.vocabulary import Service

Networks = Mapping[str, Sequence[Network | AddressRange]]
Services = Mapping[str, Sequence[Service]]

_NO_NETWORKS: Final[Networks] = MappingProxyType({})
_NO_SERVICES: Final[Services] = MappingProxyType({})


_ORDINARY_BREAK: Final = re.compile("\r\n|[\n\r]")


class EditError(Exception):
    """A change cannot be made. `code` is one of

    `no-firewall`, `firewall-exists`: `found` is its name;
    `group-differs`: the file has a group of the name `found` with other members;
    `not-sound`: the changed file would have `problems`;
    `not-equal`: the changed text would not say what it should. That is a fault of this module.
    """

    def __init__(self, code: str, found: str = "", problems: tuple[Problem, ...] = ()) -> None:
        self.code, self.found, self.problems = code, found, problems
        super().__init__(f"{code}: {found}" if found else code)


def replace_rules(
    text: str,
    firewall: str,
    rules: Sequence[Rule],
    *,
    networks: Networks = _NO_NETWORKS,
    services: Services = _NO_SERVICES,
    file: Path = Path("topology.yaml"),
) -> str:
    """The file's text with `rules` as the list of that firewall.

    `networks` and `services` are groups that the rules need; those that the file has already must be equal. `file`
    names the file in problems. Raises `TopologyError` for text that is no sound topology, and `EditError`.
    """
    return replace_all_rules(text, {firewall: rules}, networks=networks, services=services, file=file)


def replace_all_rules(
    text: str,
    rules: Mapping[str, Sequence[Rule]],
    *,
    networks: Networks = _NO_NETWORKS,
    services: Services = _NO_SERVICES,
    file: Path = Path("topology.yaml"),
) -> str:
    """As `replace_rules` for several firewalls at once: a large file is read twice, however many there are."""
    before = parse(text, file).topology
    known = {one.name: at for at, one in enumerate(before.firewalls)}
    firewalls = list(before.firewalls)
    edit = _Edit(text)
    edit.add_groups(before, networks, services)
    for name, new in rules.items():
        if name not in known:
            raise EditError("no-firewall", name)
        at = known[name]
        firewalls[at] = before.firewalls[at].model_copy(update={"rules": tuple(new)})
        edit.replace_rules(edit.section("firewalls").items[at], before.firewalls[at].rules, firewalls[at].rules)
    return edit.proved(_expected(before, tuple(firewalls), networks, services), file)


def add_firewall(
    text: str,
    firewall: Firewall,
    *,
    networks: Networks = _NO_NETWORKS,
    services: Services = _NO_SERVICES,
    file: Path = Path("topology.yaml"),
) -> str:
    """The file's text with one more firewall behind the others. Arguments and errors as of `replace_rules`."""
    before = parse(text, file).topology
    if firewall.name in {one.name for one in before.firewalls}:
        raise EditError("firewall-exists", firewall.name)
    edit = _Edit(text)
    edit.add_groups(before, networks, services)
    edit.add_firewall(firewall)
    return edit.proved(_expected(before, (*before.firewalls, firewall), networks, services), file)


def _expected(before: Topology, firewalls: tuple[Firewall, ...], networks: Networks, services: Services) -> Topology:
    groups = {
        "networks": {**before.networks, **{name: tuple(parts) for name, parts in networks.items()}},
        "services": {**before.services, **{name: tuple(parts) for name, parts in services.items()}},
    }
    return before.model_copy(update={"firewalls": firewalls, **groups})


@dataclass(frozen=True, slots=True)
class _Written:
    """A rule of a block list with the text that is its own."""

    rule: Rule
    span: Span
    lead: str
    """Comments and empty lines before it."""
    body: str
    start: int
    """Of the body, in the file."""


class _Edit:
    """Changes that are collected, and then made at once."""

    def __init__(self, text: str) -> None:
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self._text = text.removeprefix(self._mark)
        self._break = found.group() if (found := _ORDINARY_BREAK.search(self._text)) else "\n"
        self._document = spans(self._text, {"firewalls", "networks", "services"})
        self._changes: list[tuple[int, int, str]] = []

    def section(self, name: str) -> Span:
        found = self._document.value(name)
        assert found is not None
        return found

    def proved(self, expected: Topology, file: Path) -> str:
        """The changed text. Raises `EditError` unless it says what is expected."""
        text = self._mark + _applied(self._text, self._changes)
        try:
            found = parse(text.removeprefix(self._mark), file).topology
        except TopologyError as error:
            raise EditError("not-sound", problems=error.problems) from error
        if found != expected:
            raise EditError("not-equal")
        return text

    # groups

    def add_groups(self, before: Topology, networks: Networks, services: Services) -> None:
        known: tuple[tuple[str, Mapping[str, Sequence[GroupMember]], Mapping[str, Sequence[GroupMember]]], ...]
        known = (("services", services, before.services), ("networks", networks, before.networks))
        for section, wanted, there in known:
            for name in wanted:
                if name in there and tuple(there[name]) != tuple(wanted[name]):
                    raise EditError("group-differs", name)
            new = {name: members for name, members in wanted.items() if name not in there}
            if new:
                self._add_entries(section, new)

    def _add_entries(self, section: str, groups: Mapping[str, Sequence[GroupMember]]) -> None:
        mapping = self._document.value(section)
        flow = ", ".join(flow_group(name, members) for name, members in groups.items())
        if mapping is None:
            lines = [line for name, members in groups.items() for line in group_lines(name, members, 2)]
            self._add_section(section, [f"{section}:", *lines], f"{section}: {{{flow}}}")
        elif mapping.flow:
            self._insert_in_flow(mapping, [value for _, _, value in mapping.keys], flow)
        else:
            indent = mapping.column
            self._insert_lines(
                whole_lines(self._text, mapping),
                [line for name, members in groups.items() for line in group_lines(name, members, indent)],
            )

    def _add_section(self, name: str, lines: list[str], flow: str) -> None:
        """A new key of the document, before the firewalls or jobs and the comments right above them."""
        if self._document.flow:
            self._insert_in_flow(self._document, [value for _, _, value in self._document.keys], flow)
            return
        following = (self._document.key("firewalls") if name != "firewalls" else None) or self._document.key("jobs")
        assert following is not None
        at = line_start(self._text, following.start)
        while at > 0 and self._text.startswith("#", above := line_start(self._text, at - 1)):
            at = above
        indent = " " * following.column
        self._insert_lines(at, [*(indent + line for line in lines), ""])

    # firewalls

    def add_firewall(self, firewall: Firewall) -> None:
        found = self._document.value("firewalls")
        key = self._document.key("firewalls")
        if found is None or key is None:
            lines = ["firewalls:", *firewall_lines(firewall, 2)]
            self._add_section("firewalls", lines, f"firewalls: [{flow_firewall(firewall)}]")
        elif not found.flow:
            self._insert_lines(whole_lines(self._text, found), firewall_lines(firewall, found.column))
        elif found.items or self._document.flow:
            self._insert_in_flow(found, list(found.items), flow_firewall(firewall))
        else:
            self._open_list(found, firewall_lines(firewall, key.column + 2))

    # rules

    def replace_rules(self, firewall: Span, old: Sequence[Rule], new: Sequence[Rule]) -> None:
        if tuple(old) == tuple(new):
            return
        key, found = firewall.key("rules"), firewall.value("rules")
        if key is None or found is None:
            if firewall.flow:
                values = [value for _, _, value in firewall.keys]
                self._insert_in_flow(firewall, values, f"rules: [{', '.join(map(flow_rule, new))}]")
            else:
                indent = firewall.keys[0][1].column
                lines = [f"{' ' * indent}rules:", *_all_lines(new, indent + 2)]
                self._insert_lines(whole_lines(self._text, firewall), lines)
        elif not found.flow:
            self._replace_in_block(key, found, old, new)
        elif found.items or firewall.flow:
            self._replace_in_flow(found, old, new)
        else:
            self._open_list(found, list(_all_lines(new, key.column + 2)))

    def _replace_in_block(self, key: Span, found: Span, old: Sequence[Rule], new: Sequence[Rule]) -> None:
        start, end = line_end(self._text, key.end), whole_lines(self._text, found)
        if not new:
            after_colon = self._text.index(":", key.end) + 1
            self._changes += [(after_colon, after_colon, " []"), (start, end, "")]
            return
        known = {one.rule.name: one for one in self._written(start, found, old)}
        pieces = []
        for rule in new:
            if (before := known.get(rule.name)) is None:
                pieces.append(self._block(rule_lines(rule, found.column)))
            else:
                pieces += [before.lead, self._ended(self._patched(before, rule))]
        text = "".join(pieces)
        if end == len(self._text) and not BREAK.fullmatch(self._text[-1:]):
            text = text.removesuffix(self._break)
        self._changes.append((start, end, text))

    def _written(self, start: int, found: Span, old: Sequence[Rule]) -> Iterator[_Written]:
        """The rules of a block list from `start` on, each with its text."""
        text = self._text
        for rule, item in zip(old, found.items, strict=True):
            dash = line_start(text, item.start)
            # a dash may stand alone on a line above its rule
            while text[dash : dash + found.column].strip(" ") or text[dash + found.column] != "-":
                dash = line_start(text, dash - 1)
            end = whole_lines(text, item)
            yield _Written(rule, item, text[start:dash], text[dash:end], dash)
            start = end

    def _replace_in_flow(self, found: Span, old: Sequence[Rule], new: Sequence[Rule]) -> None:
        """Rules in brackets: those that stay keep their text, and what stands between two neighbours that stay."""
        text, items = self._text, found.items
        if not items or not new:
            self._changes.append((found.start, found.end, f"[{', '.join(map(flow_rule, new))}]"))
            return
        written = [
            _Written(rule, item, "", text[item.start : item.end], item.start)
            for rule, item in zip(old, items, strict=True)
        ]
        places = {rule.name: place for place, rule in enumerate(old)}
        gap = text[items[0].end : items[1].start] if len(items) > 1 else ", "
        gap = f",{self._break}{' ' * items[1].column}" if BREAK.search(gap) else ", "
        pieces, last = [text[found.start : items[0].start]], -2
        for number, rule in enumerate(new):
            place = places.get(rule.name, -2)
            if number:
                follows = place >= 0 and place == last + 1
                pieces.append(text[items[last].end : items[place].start] if follows else gap)
            pieces.append(self._patched(written[place], rule) if place >= 0 else flow_rule(rule))
            last = place
        self._changes.append((found.start, found.end, "".join((*pieces, text[items[-1].end : found.end]))))

    def _patched(self, before: _Written, rule: Rule) -> str:
        """The text of a rule with the values that are different. Where a key is there, it stays with the value that it
        has by default: a person wrote it."""
        old, new = dict(rule_entries(before.rule)), dict(rule_entries(rule))
        changes: list[tuple[int, int, str]] = []
        end = before.span.keys[-1][2].end
        for key in dict.fromkeys((*old, *new)):
            if old.get(key) == new.get(key):
                continue
            text = new.get(key, RULE_DEFAULTS.get(key, '""'))
            name, value = before.span.key(key), before.span.value(key)
            if name is not None and value is not None:
                inline = value.flow or (not value.items and self._text[value.end - 1] not in "\r\n")
                start = value.start if inline else self._text.index(":", name.end) + 1
                changes.append((start, value.end, text if inline else f" {text}{self._break * (not value.items)}"))
            elif before.span.flow:
                changes.append((end, end, f", {key}: {text}"))
            else:
                at = whole_lines(self._text, before.span)
                line = f"{' ' * before.span.column}{key}: {text}{self._break}"
                changes.append((at, at, line if BREAK.fullmatch(self._text[at - 1 : at]) else self._break + line))
        return _applied(before.body, [(start - before.start, stop - before.start, new) for start, stop, new in changes])

    # text

    def _block(self, lines: Iterable[str]) -> str:
        return "".join(line + self._break for line in lines)

    def _ended(self, lines: str) -> str:
        """Lines that may have been the last of a file without a line break at its end."""
        return lines if BREAK.fullmatch(lines[-1:]) else lines + self._break

    def _insert_lines(self, at: int, lines: Iterable[str]) -> None:
        new = self._block(lines)
        if at == len(self._text) and not BREAK.fullmatch(self._text[-1:]):
            new = self._break + new.removesuffix(self._break)
        self._changes.append((at, at, new))

    def _insert_in_flow(self, around: Span, entries: list[Span], new: str) -> None:
        at = entries[-1].end if entries else around.start + 1
        self._changes.append((at, at, f", {new}" if entries else new))

    def _open_list(self, empty: Span, lines: list[str]) -> None:
        """In place of `[]` after a key in block style: items on lines of their own. A comment stays behind the key."""
        if lines:
            self._changes.append((len(self._text[: empty.start].rstrip(" ")), empty.end, ""))
            self._insert_lines(line_end(self._text, empty.end), lines)


def _applied(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """The text with other words from each start to each end; of two at one place the first comes first."""
    pieces, at = [], 0
    for start, end, new in sorted(changes, key=lambda change: change[:2]):
        pieces += [text[at:start], new]
        at = end
    return "".join((*pieces, text[at:]))


def _all_lines(rules: Iterable[Rule], indent: int) -> Iterator[str]:
    return (line for rule in rules for line in rule_lines(rule, indent))
