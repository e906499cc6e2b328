"""Rules of Windows Defender Firewall, from the JSON of our collector (`collect-windows-firewall.ps1`).

Decided here: what the filters of a rule mean as sides and services. Windows does not go by order: a rule that blocks
beats one that allows (MS-FASP 2.2.34), so the evaluation is deny-overrides.
* Only rules of one network profile count; rules that are switched off are kept, switched off.
* A rule that holds for one program, service or package only is opaque: whether that program is the one that opens the
  port cannot be seen from the rules. So are rules that ask for IPsec, users, interfaces, or words such as LocalSubnet
  whose addresses the rules do not tell.
* An opaque rule that allows can only add to what is allowed: where everything that it could match is allowed anyway, it
  is left out.
* RPC stands for the dynamic ports 49152-65535 and RPCEPMap for 135.
In: bytes. Out: `ImportedRules`. Raises `RulesFileError`, nothing else. Proved from the documented wording only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal

from vbtui.firewall.importers.chains import Doubt
from vbtui.firewall.importers.imported import (
    ImportedRules,
    Note,
    NoteCode,
    OpaqueReason,
    OpaqueRule,
    RulesFormat,
    SkippedRule,
    SkipReason,
)
from vbtui.firewall.importers.problems import RulesProblemCode, refused
from vbtui.firewall.importers.space import ALL_PORTS, Box, Ports, Side, ports_between, ports_together
from vbtui.firewall.importers.text import json_document
from vbtui.firewall.importers.words import PortOutOfRange, ReversedRange, address_word, port_word
from vbtui.firewall.importers.writing import Groups, Names, clean
from vbtui.firewall.selectors import EVERYWHERE, AddressSet
from vbtui.topology import AddressRange, HostDefault, Network, Rule, Topology
from vbtui.vocabulary import Action

FORMAT_NAME: Final = "vbtui-windows-firewall"
FORMAT_VERSION: Final = 1

MOST_RULES: Final = 20_000

_CATEGORIES: Final[Mapping[str, str]] = {"domainauthenticated": "domain", "private": "private", "public": "public"}
"""Network categories of connections, and the profile that each makes active."""

_PORT_WORDS: Final[Mapping[str, Ports]] = {"rpc": ports_between(49152, 65535), "rpcepmap": ports_between(135, 135)}

_OF_ANYBODY: Final = frozenset({"", "any", "all", "*"})

_SECURITY: Final[Mapping[str, frozenset[str]]] = {
    "authentication": frozenset({"", "notrequired"}),
    "encryption": frozenset({"", "notrequired"}),
    "overrideBlockRules": frozenset({"", "false"}),
    "localUser": _OF_ANYBODY,
    "remoteUser": _OF_ANYBODY,
    "remoteMachine": _OF_ANYBODY,
}
"""Fields of the security filter, and the values under which they ask for nothing."""

Direction = Literal["inbound", "outbound"]


def collector() -> str:
    """The PowerShell script whose output `read_windows` reads."""
    return (files("vbtui.firewall.importers") / "collect-windows-firewall.ps1").read_text(encoding="utf-8")


def read_windows(
    data: bytes,
    *,
    file: str,
    profile: str | None = None,
    local_subnets: Sequence[Network] = (),
    topology: Topology | None = None,
) -> ImportedRules:
    """The rules of one network profile, by default the one that was active when the rules were collected.

    `local_subnets` are what the word LocalSubnet stands for; without them rules with it are opaque.
    """
    return _Import(_collected(json_document(data, file), file), file, profile, local_subnets, topology).result()


def _collected(document: Any, file: str) -> dict[str, Any]:
    if isinstance(document, dict) and document.get("format") == FORMAT_NAME:
        if document.get("version") != FORMAT_VERSION:
            raise refused(file, None, RulesProblemCode.NOT_COLLECTED)
        return document
    first = document[0] if isinstance(document, list) and document else document
    if isinstance(first, dict) and {"InstanceID", "DisplayName"} & set(first) and "LocalPort" not in first:
        raise refused(file, None, RulesProblemCode.RULES_WITHOUT_FILTERS)
    raise refused(file, None, RulesProblemCode.NOT_COLLECTED)


@dataclass(frozen=True, slots=True)
class _Found:
    """A rule of the file as it was read."""

    place: str
    words: str
    name: str
    box: Box
    action: Action
    direction: Direction
    enabled: bool
    doubt: Doubt | None


@dataclass(frozen=True, slots=True)
class _Profile:
    name: str
    enabled: bool
    inbound: Action
    outbound: Action
    allows_inbound: bool


class _Import:
    def __init__(
        self,
        document: dict[str, Any],
        file: str,
        profile: str | None,
        local_subnets: Sequence[Network],
        topology: Topology | None,
    ) -> None:
        self._file = file
        self._local = tuple(local_subnets)
        self._groups = Groups(topology)
        self._skipped: list[SkippedRule] = []
        self._rpc = False
        rules = self._list(document.get("rules"), "rules")
        if len(rules) > MOST_RULES:
            raise refused(file, None, RulesProblemCode.TOO_MANY_RULES, limit=MOST_RULES)
        self._profile = self._chosen(document, profile)
        self._read = len(rules)
        self._found = [one for number, body in enumerate(rules, start=1) if (one := self._rule(number, body))]

    def _list(self, value: Any, where: str) -> list[Any]:
        """`ConvertTo-Json` writes a list of one as the one; text in its place means that its depth was too small."""
        if isinstance(value, str):
            raise refused(self._file, None, RulesProblemCode.CUT_OFF, found=value)
        found = value if isinstance(value, list) else [] if value is None else [value]
        for number, one in enumerate(found):
            if isinstance(one, str) and where != "active":
                raise refused(self._file, None, RulesProblemCode.CUT_OFF, found=one)
            if not isinstance(one, dict) and where != "active":
                raise refused(self._file, None, RulesProblemCode.BAD_SHAPE, where=f"{where}[{number}]")
        return found

    def _chosen(self, document: dict[str, Any], wanted: str | None) -> _Profile:
        profiles = {_word(one.get("name")): one for one in self._list(document.get("profiles"), "profiles")}
        known = ", ".join(profiles) or "-"
        if wanted is None:
            active = document.get("active")
            words = {_word(one) for one in self._list([active] if isinstance(active, str) else active, "active")}
            names = sorted({_CATEGORIES.get(word, word) for word in words} & set(profiles))
            if len(names) != 1:
                raise refused(self._file, None, RulesProblemCode.PROFILE_NEEDED, known=known)
            wanted = names[0]
        one = profiles.get(wanted.lower())
        if one is None:
            raise refused(self._file, None, RulesProblemCode.UNKNOWN_PROFILE, found=wanted, known=known)
        # NotConfigured is the system's own default: inbound blocked, outbound allowed.
        return _Profile(
            wanted.lower(),
            _word(one.get("enabled")) not in ("false", "0"),
            Action.ALLOW if _word(one.get("defaultInbound")) == "allow" else Action.DENY,
            Action.DENY if _word(one.get("defaultOutbound")) == "block" else Action.ALLOW,
            _word(one.get("allowInboundRules")) not in ("false", "0"),
        )

    def _rule(self, number: int, body: dict[str, Any]) -> _Found | None:
        place = f"{self._file}:rules[{number}]"
        words = json.dumps(body, ensure_ascii=False)[:2000]
        name = clean(str(body.get("name") or body.get("id") or ""), 200)
        profiles = {word.strip() for word in _word(body.get("profile")).split(",")}
        if not profiles & {"any", "all", "", self._profile.name}:
            self._skip(place, words, SkipReason.OTHER_PROFILE)
            return None
        direction: Direction = "outbound" if _word(body.get("direction")) == "outbound" else "inbound"
        doubt = self._first_doubt(body)
        box, unclear = self._box(body, direction)
        if not (box.tcp or box.udp):
            self._skip(place, words, SkipReason.PROTOCOL)
            return None
        action = {"allow": Action.ALLOW, "block": Action.DENY}.get(_word(body.get("action")))
        if action is Action.ALLOW and direction == "inbound" and not self._profile.allows_inbound:
            self._skip(place, words, SkipReason.INBOUND_OFF)
            return None
        if action is None or _word(body.get("direction")) not in ("inbound", "outbound"):
            doubt = Doubt(OpaqueReason.ACTION, f"{body.get('direction')} {body.get('action')}")
            action = Action.DENY
        enabled = _word(body.get("enabled"))
        if enabled not in ("true", "false", "1", "2"):
            doubt = doubt or Doubt(OpaqueReason.ENABLED, enabled)
        # Enabled is True or False; as a number, 1 is True and 2 is False (MSFT_NetFirewallRule).
        return _Found(place, words, name, box, action, direction, enabled not in ("false", "2"), doubt or unclear)

    def _skip(self, place: str, words: str, reason: SkipReason) -> None:
        self._skipped.append(SkippedRule(place, clean(words), reason))

    def _first_doubt(self, body: dict[str, Any]) -> Doubt | None:
        for key in ("protocol", "localPort", "remotePort", "localAddress", "remoteAddress"):
            if not _words(body.get(key)):
                return Doubt(OpaqueReason.FIELD_MISSING, key)
        for value in body.values():
            for word in _words(value):
                if word.startswith(("System.", "@{", "MSFT_")) and word.lower() != "system":
                    return Doubt(OpaqueReason.CUT_OFF, word)
        for key in ("program", "service", "package"):
            if _word(body.get(key)) not in _OF_ANYBODY:
                return Doubt(OpaqueReason.PROGRAM, str(body.get(key)))
        for key, nothing in _SECURITY.items():
            if _word(body.get(key)) not in nothing:
                return Doubt(OpaqueReason.SECURITY, f"{key} {body.get(key)}")
        for key in ("interface", "interfaceType", "dynamicTarget"):
            for word in _words(body.get(key)):
                if word.lower() not in _OF_ANYBODY:
                    return Doubt(OpaqueReason.INTERFACE if key != "dynamicTarget" else OpaqueReason.KEYWORD, word)
        return None

    def _box(self, body: dict[str, Any], direction: Direction) -> tuple[Box, Doubt | None]:
        """The most that the rule could match, and what of it was not understood."""
        protocol = _word(body.get("protocol"))
        tcp, udp = protocol in ("tcp", "6", "any", ""), protocol in ("udp", "17", "any", "")
        near, far = ("localPort", "remotePort") if direction == "inbound" else ("remotePort", "localPort")
        ports, doubt = self._ports(_words(body.get(near)))
        # The other side's port is the initiator's, any high one.
        source_ports, unclear = self._ports(_words(body.get(far)))
        doubt = doubt or unclear
        if source_ports != ALL_PORTS:
            doubt = doubt or Doubt(OpaqueReason.SOURCE_PORT, ", ".join(_words(body.get(far))))
        local, local_doubt = self._addresses(_words(body.get("localAddress")))
        remote, remote_doubt = self._addresses(_words(body.get("remoteAddress")))
        source, destination = (remote, local) if direction == "inbound" else (local, remote)
        box = Box(Side(source), Side(destination), ports if tcp else (), ports if udp else ())
        return box, doubt or local_doubt or remote_doubt

    def _ports(self, words: Sequence[str]) -> tuple[Ports, Doubt | None]:
        found: list[Ports] = []
        for word in words:
            if word.lower() in _OF_ANYBODY:
                return ALL_PORTS, None
            named = _PORT_WORDS.get(word.lower())
            self._rpc = self._rpc or named is not None
            try:
                ports = named or port_word(word)
            except (ReversedRange, PortOutOfRange):
                ports = None
            if ports is None:
                return ALL_PORTS, Doubt(OpaqueReason.KEYWORD, word)
            found.append(ports)
        return (ports_together(*found), None) if found else (ALL_PORTS, None)

    def _addresses(self, words: Sequence[str]) -> tuple[AddressSet, Doubt | None]:
        parts: list[Network | AddressRange] = []
        for word in words:
            if word.lower() in _OF_ANYBODY:
                return EVERYWHERE, None
            local = [
                net
                for net in self._local
                if word.lower() == "localsubnet" or word.lower() == f"localsubnet{net.version}"
            ]
            if local:
                parts.extend(local)
                continue
            try:
                part = address_word(word, strict=False)
            except ReversedRange:
                part = None
            if part is None:
                return EVERYWHERE, Doubt(OpaqueReason.KEYWORD, word)
            parts.append(part)
        return (AddressSet.of_parts(parts), None) if parts else (EVERYWHERE, None)

    def result(self) -> ImportedRules:
        profile = self._profile
        notes = [Note(NoteCode.PROFILE, (("profile", profile.name),))]
        found = self._found
        if not profile.enabled:
            notes.append(Note(NoteCode.PROFILE_OFF, (("profile", profile.name),)))
            profile = replace(profile, inbound=Action.ALLOW, outbound=Action.ALLOW)
            found = []
        if self._rpc:
            notes.append(Note(NoteCode.RPC, (("ports", "49152-65535"),)))
        names = Names()
        rules: list[Rule] = []
        opaque: list[OpaqueRule] = []
        for one in found:
            box = one.box.in_family
            if box.empty:
                self._skip(one.place, one.words, SkipReason.NOTHING)
            elif one.doubt is not None and one.action is Action.ALLOW and self._allowed_anyway(one, profile):
                self._skip(one.place, one.words, SkipReason.COVERED)
            else:
                rule = self._written(one, box, names)
                rules.append(rule)
                if one.doubt is not None and one.enabled:
                    detail = clean(one.doubt.detail, 120)
                    opaque.append(OpaqueRule(one.place, clean(one.words), one.doubt.reason, detail, (rule.name,)))
        return ImportedRules(
            format=RulesFormat.WINDOWS,
            kind="host",
            rules=tuple(rules),
            networks=MappingProxyType(dict(self._groups.networks)),
            evaluation="deny-overrides",
            stateful=True,
            default=HostDefault(inbound=profile.inbound, outbound=profile.outbound),
            read=self._read,
            opaque=tuple(opaque),
            skipped=tuple(self._skipped),
            notes=tuple(notes),
        )

    def _allowed_anyway(self, one: _Found, profile: _Profile) -> bool:
        if (profile.inbound if one.direction == "inbound" else profile.outbound) is Action.ALLOW:
            return True
        certain = tuple(
            other.box
            for other in self._found
            if other.action is Action.ALLOW
            and other.enabled
            and other.doubt is None
            and other.direction == one.direction
        )
        return one.box.inside(certain[:200])

    def _written(self, one: _Found, box: Box, names: Names) -> Rule:
        name = names.fresh(one.name, one.direction)
        return Rule(
            name=name,
            source=self._groups.selectors(box.source, f"{name}-source"),
            destination=self._groups.selectors(box.destination, f"{name}-destination"),
            services=box.services,
            action=Action.UNKNOWN if one.doubt is not None else one.action,
            direction=one.direction,
            enabled=one.enabled,
            comment=one.name,
            origin=clean(one.place),
            raw=clean(one.words) if one.doubt is not None else "",
        )


def _word(value: Any) -> str:
    """A single value, in small letters; nothing for what is none."""
    words = _words(value)
    return words[0].lower() if len(words) == 1 else "" if not words else ", ".join(words).lower()


def _words(value: Any) -> tuple[str, ...]:
    """A value as the list of words that it should be."""
    match value:
        case None | "":
            return ()
        case bool() | int() | str():
            return (str(value).strip(),)
        case list():
            return tuple(word for one in value for word in _words(one))
        case {"value": list() as inner, **rest} if set(rest) <= {"Count"}:
            # Windows PowerShell 5.1 writes some arrays as {"value": [...], "Count": n}.
            return _words(inner)
        case _:
            return ("System.Object",)
