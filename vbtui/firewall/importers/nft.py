"""Rules from `nft -j list ruleset` (libnftables-json(5), schema version 1).

Decided here: which tables and chains count, what statements do, and how verdict maps become rules. Tables of the
families ip, ip6 and inet count; a rule's place is its handle.
In: bytes. Out: `ImportedRules`. Raises `RulesFileError`, nothing else.
Never here: what a comparison means (`nft_conditions`), an order of evaluation (`walk`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from vbtui.firewall.importers.chains import BaseChain, Chain, ChainRule, Condition, Doubt, Verdict
from vbtui.firewall.importers.imported import Hook, ImportedRules, Note, NoteCode, OpaqueReason, RulesFormat
from vbtui.firewall.importers.netfilter import Interfaces, PacketFilter, imported
from vbtui.firewall.importers.nft_conditions import (
    MOST_ALTERNATIVES,
    NotUnderstood,
    Surroundings,
    address_set,
    both,
    conditions,
    doubtful,
    plain,
)
from vbtui.firewall.importers.problems import RulesProblemCode, refused
from vbtui.firewall.importers.space import Box
from vbtui.firewall.importers.text import json_document
from vbtui.firewall.selectors import AddressSet
from vbtui.topology import Topology

MOST_WRITTEN_OUT: Final = 60_000
"""Rules of all chains, when concatenations and verdict maps are written out."""

_FAMILIES: Final = {"ip": frozenset({4}), "ip6": frozenset({6}), "inet": frozenset({4, 6})}

_WITHOUT_EFFECT: Final = frozenset({"counter", "log", "mangle", "ct helper", "last", "flow", "ct timeout", "secmark"})
"""Statements that leave a packet's fate to the others."""

_RATES: Final = frozenset({"limit", "quota", "ct count", "meter"})

_XT_WITHOUT_EFFECT: Final = frozenset({"LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS"})

_VERDICTS: Final = {verdict.value: verdict for verdict in Verdict if verdict.value in ("accept", "drop", "return")}

_OTHER_HOOKS: Final = ("prerouting", "postrouting", "ingress", "egress")

Table = tuple[str, str]
Key = tuple[str, str, str]


def read_nft(
    data: bytes,
    *,
    file: str,
    hook: Hook = Hook.FORWARD,
    interfaces: Interfaces | None = None,
    topology: Topology | None = None,
) -> ImportedRules:
    """The rules of one hook. `topology` lends its address groups, and tells which address families matter."""
    found = _Ruleset(json_document(data, file), file, interfaces or {})
    source = PacketFilter(
        file=file,
        format=RulesFormat.NFT,
        bases=found.bases(),
        chains=found.chains,
        sets=found.named_sets(),
        notes=tuple(found.notes()),
    )
    return imported(source, hook, topology)


class _Ruleset:
    def __init__(self, document: Any, file: str, interfaces: Interfaces) -> None:
        listed = document.get("nftables") if isinstance(document, dict) else None
        if not isinstance(listed, list):
            raise refused(file, None, RulesProblemCode.NOT_NFTABLES)
        self._file = file
        self._interfaces = interfaces
        self._tables: set[Table] = set()
        self._around: dict[Table, Surroundings] = {}
        self._written_out = 0
        self._chains: dict[Key, dict[str, Any]] = {}
        self._rules: dict[Key, list[dict[str, Any]]] = {}
        self._sets: dict[Table, dict[str, dict[str, Any]]] = {}
        for number, one in enumerate(listed):
            self._collect(one, f"nftables[{number}]")
        self.chains: Mapping[Key, Chain] = {key: self._chain(key) for key in self._chains}

    def _collect(self, one: Any, where: str) -> None:
        if not isinstance(one, dict) or len(one) != 1:
            raise self._misshapen(where)
        ((kind, body),) = one.items()
        if kind not in ("chain", "rule", "set", "map"):
            return
        if not isinstance(body, dict):
            raise self._misshapen(where)
        names = [body.get(word) for word in ("family", "table", "chain" if kind == "rule" else "name")]
        if not all(isinstance(name, str) for name in names):
            raise self._misshapen(f"{where}.{kind}")
        family, table, name = (str(word) for word in names)
        if family not in _FAMILIES:
            return
        if kind == "chain":
            self._chains[family, table, name] = body
            self._tables.add((family, table))
        elif kind == "rule":
            if not isinstance(body.get("expr"), list):
                raise self._misshapen(f"{where}.rule.expr")
            self._rules.setdefault((family, table, name), []).append(body)
        else:
            self._sets.setdefault((family, table), {})[name] = body

    def _misshapen(self, where: str) -> Exception:
        return refused(self._file, None, RulesProblemCode.BAD_SHAPE, where=where)

    def bases(self) -> list[BaseChain]:
        """Base chains that filter what is forwarded, comes in or goes out."""
        found = []
        for key, body in self._chains.items():
            hook, priority, policy = body.get("hook"), body.get("prio", 0), body.get("policy", "accept")
            if body.get("type") not in ("filter", "route") or hook not in ("forward", "input", "output"):
                continue
            if type(priority) is not int or policy not in ("accept", "drop"):
                raise self._misshapen(f"chain {key[2]}")
            found.append(BaseChain(self.chains[key], hook, _FAMILIES[key[0]], priority, policy))
        return found

    def notes(self) -> list[Note]:
        """What the file does beside filtering on the three hooks."""
        found = []
        for key, body in self._chains.items():
            if body.get("type") == "nat" and self.chains[key].rules:
                found.append(Note(NoteCode.TRANSLATION, (("place", f"{key[0]} {key[1]} {key[2]}"),)))
            elif body.get("hook") in _OTHER_HOOKS and body.get("type") == "filter":
                drops = any(rule.verdict not in (Verdict.ACCEPT, Verdict.NONE) for rule in self.chains[key].rules)
                if drops or body.get("policy") == "drop":
                    params = (("chain", f"{key[0]} {key[1]} {key[2]}"), ("hook", str(body["hook"])))
                    found.append(Note(NoteCode.OTHER_CHAIN, params))
        return found

    def named_sets(self) -> dict[str, AddressSet]:
        """Named sets of addresses whose elements are in the file."""
        found = {}
        for sets in self._sets.values():
            for name, body in sets.items():
                elements = _elements_of(body)
                if body.get("type") in ("ipv4_addr", "ipv6_addr") and elements:
                    try:
                        found[name] = address_set([plain(value) for value in elements])
                    except NotUnderstood:
                        continue
        return found

    def _chain(self, key: Key) -> Chain:
        family, table, name = key
        around = self._around.get((family, table))
        if around is None:
            sets = {one: _elements_of(body) for one, body in self._sets.get((family, table), {}).items()}
            around = self._around[family, table] = Surroundings(sets, self._interfaces)
        base = Condition() if family == "inet" else Condition(Box.of_family(min(_FAMILIES[family])))
        rules: list[ChainRule] = []
        for number, body in enumerate(self._rules.get(key, ()), start=1):
            handle = body.get("handle", number)
            # Handles count within a table.
            within = "" if len(self._tables) == 1 else f"{family}/{table}/"
            place = f"{self._file}:{within}{handle}"
            words = json.dumps(body["expr"], ensure_ascii=False)[:2000]
            comment = body.get("comment")
            before = len(rules)
            rules.extend(
                ChainRule(
                    place,
                    words,
                    condition,
                    verdict,
                    target,
                    f"{name}-{handle}",
                    comment if isinstance(comment, str) else "",
                )
                for condition, verdict, target in _outcomes(body["expr"], base, around)
            )
            self._written_out += len(rules) - before
            if self._written_out > MOST_WRITTEN_OUT:
                raise refused(self._file, None, RulesProblemCode.TOO_MANY_RULES, limit=MOST_WRITTEN_OUT)
        for rule in rules:
            if rule.verdict in (Verdict.JUMP, Verdict.GOTO) and (family, table, rule.target) not in self._chains:
                raise refused(self._file, None, RulesProblemCode.UNKNOWN_CHAIN, found=rule.target, where=rule.place)
        return Chain(key, tuple(rules))


def _elements_of(body: dict[str, Any]) -> list[Any] | None:
    """None where elements come and go by themselves, or are not in the file (`nft --terse`)."""
    flags = body.get("flags")
    flags = flags if isinstance(flags, list) else [flags]
    elements = body.get("elem")
    if "dynamic" in flags or "timeout" in flags or not isinstance(elements, list):
        return None
    return elements


Outcome = tuple[Condition, Verdict, str]


def _outcomes(expressions: list[Any], base: Condition, around: Surroundings) -> list[Outcome]:
    """What one rule does, as conditions with their verdict; the first that holds counts."""
    alternatives = [base]
    doubt: Doubt | None = None
    odd: Doubt | None = None
    for expression in expressions:
        if not isinstance(expression, dict) or len(expression) != 1:
            odd = Doubt(OpaqueReason.STATEMENT, str(expression)[:200])
            continue
        ((kind, body),) = expression.items()
        try:
            if kind == "match" and isinstance(body, dict):
                found = conditions(body.get("left"), body.get("op"), body.get("right"), around)
                alternatives = _product(alternatives, found)
            elif kind == "vmap" and isinstance(body, dict):
                cases = _cases(body, around)
                mapped = [(_product(alternatives, when), verdict, target) for when, verdict, target in cases]
                return _all_doubtful([(one, v, t) for every, v, t in mapped for one in every], doubt or odd)
            elif (verdict := _verdict(kind, body)) is not None:
                implied = _implied(kind, body)
                return _all_doubtful([(both(one, implied), *verdict) for one in alternatives], doubt or odd)
            elif kind in _RATES or (kind in ("set", "map") and isinstance(body, dict) and body.get("stmt")):
                doubt = doubt or Doubt(OpaqueReason.RATE, kind)
            elif kind == "xt":
                name = str(body.get("name")) if isinstance(body, dict) else ""
                if isinstance(body, dict) and body.get("type") == "target":
                    odd = odd if name in _XT_WITHOUT_EFFECT else Doubt(OpaqueReason.STATEMENT, f"xt {name}")
                elif name != "comment":
                    doubt = doubt or Doubt(OpaqueReason.MATCH, f"xt {name}")
            elif kind not in _WITHOUT_EFFECT and kind not in ("set", "map"):
                odd = odd or Doubt(OpaqueReason.STATEMENT, kind)
        except NotUnderstood as unknown:
            doubt = doubt or unknown.doubt
            if kind == "vmap":
                return _all_doubtful([(one, Verdict.UNKNOWN, "vmap") for one in alternatives], doubt)
    if odd is not None:
        return _all_doubtful([(one, Verdict.UNKNOWN, odd.detail) for one in alternatives], doubt or odd)
    return [(one, Verdict.NONE, "") for one in alternatives[:1]]


def _all_doubtful(outcomes: list[Outcome], doubt: Doubt | None) -> list[Outcome]:
    if doubt is None:
        return outcomes
    return [(doubtful(condition, doubt), verdict, target) for condition, verdict, target in outcomes]


def _product(left: list[Condition], right: tuple[Condition, ...]) -> list[Condition]:
    if len(left) * len(right) > MOST_ALTERNATIVES:
        raise NotUnderstood(OpaqueReason.SET, f"> {MOST_ALTERNATIVES}")
    return [both(one, other) for one in left for other in right]


def _verdict(kind: str, body: Any) -> tuple[Verdict, str] | None:
    if kind in _VERDICTS:
        return _VERDICTS[kind], ""
    if kind == "reject" or (kind == "xt" and isinstance(body, dict) and body == {"type": "target", "name": "REJECT"}):
        return Verdict.REJECT, ""
    if kind in ("jump", "goto"):
        target = body.get("target") if isinstance(body, dict) else None
        return (Verdict(kind), target) if isinstance(target, str) else (Verdict.UNKNOWN, kind)
    if kind == "continue":
        return Verdict.NONE, ""
    if kind in ("queue", "synproxy", "tproxy", "dup", "fwd"):
        return Verdict.UNKNOWN, kind
    return None


_REJECTED: Final = {
    "icmp": Condition(Box.of_family(4)),
    "icmpv6": Condition(Box.of_family(6)),
    "tcp reset": Condition(Box(udp=())),
}


def _implied(kind: str, body: Any) -> Condition:
    """What a reject itself asks for: nft leaves out `meta nfproto ipv6` before `reject with icmpv6` when it lists a
    rule, since nothing else can be rejected so."""
    found = body.get("type") if kind == "reject" and isinstance(body, dict) else None
    return _REJECTED.get(found, Condition()) if isinstance(found, str) else Condition()


def _cases(body: dict[str, Any], around: Surroundings) -> list[tuple[tuple[Condition, ...], Verdict, str]]:
    """The cases of a verdict map, `*` last. Raises NotUnderstood."""
    data = body.get("data")
    if isinstance(data, str) and data.startswith("@"):
        data = {"set": around.sets.get(data[1:])}
    pairs = data.get("set") if isinstance(data, dict) else None
    if not isinstance(pairs, list) or len(pairs) > MOST_ALTERNATIVES:
        raise NotUnderstood(OpaqueReason.SET, body.get("data"))
    found = []
    otherwise = []
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], dict) or len(pair[1]) != 1:
            raise NotUnderstood(OpaqueReason.SET, pair)
        ((kind, inner),) = pair[1].items()
        verdict = _verdict(kind, inner)
        if verdict is None:
            raise NotUnderstood(OpaqueReason.VERDICT, kind)
        key = plain(pair[0])
        if key == "*":
            otherwise.append(((Condition(),), *verdict))
        else:
            found.append((conditions(body.get("key"), "==", key, around), *verdict))
    return found + otherwise
