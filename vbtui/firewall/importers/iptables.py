"""Rules from `iptables-save` and `ip6tables-save`.

Decided here: which lines count, which family a table is of, and what targets do. A file may hold both programs' output
one after the other; the comment lines that they write, addresses and targets tell the families apart. A rule's place is
its line.
In: bytes. Out: `ImportedRules`. Raises `RulesFileError`, nothing else.
Never here: what a match means (`iptables_conditions`), an order of evaluation (`walk`).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import Final, Literal

from vbtui.firewall.importers.chains import BaseChain, Chain, ChainRule, Condition, Doubt, Verdict
from vbtui.firewall.importers.imported import Hook, ImportedRules, Note, NoteCode, OpaqueReason, RulesFormat
from vbtui.firewall.importers.iptables_conditions import BadWords, read_rule
from vbtui.firewall.importers.netfilter import Interfaces, PacketFilter, imported
from vbtui.firewall.importers.nft_conditions import doubtful
from vbtui.firewall.importers.problems import RulesProblemCode, refused
from vbtui.firewall.importers.text import text_of
from vbtui.topology import Topology

_HOOKS: Final[dict[str, Literal["forward", "input", "output"]]] = {
    "FORWARD": "forward",
    "INPUT": "input",
    "OUTPUT": "output",
}

_WITHOUT_EFFECT: Final = frozenset(
    {"LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "TCPMSS", "CLASSIFY", "DSCP", "TOS", "TTL", "HL", "SET", "AUDIT",
     "CHECKSUM", "CONNSECMARK", "SECMARK", "IDLETIMER", "LED", "TRACE", "RATEEST"}
)  # fmt: skip
"""Targets behind which the next rule is looked at (iptables-extensions(8))."""

_FINAL: Final = {"ACCEPT": Verdict.ACCEPT, "DROP": Verdict.DROP, "REJECT": Verdict.REJECT, "RETURN": Verdict.RETURN}

_IPV6_SIGNS: Final = re.compile(r"icmp6|icmpv6|ipv6-icmp|(?:^|\s)(?:-[sd]|--(?:src|dst)-range)\s+\S*:")

_COUNTERS: Final = re.compile(r"\[\d+:\d+\]")


@dataclass(slots=True)
class _Table:
    """The lines of one `*filter` … `COMMIT`, with their numbers."""

    version: int
    number: int
    chains: dict[str, str] = field(default_factory=dict)
    """Policy by chain; `-` for one that has none."""
    rules: dict[str, list[tuple[int, str, list[str]]]] = field(default_factory=dict)


def read_iptables(
    data: bytes,
    *,
    file: str,
    hook: Hook = Hook.FORWARD,
    interfaces: Interfaces | None = None,
    topology: Topology | None = None,
) -> ImportedRules:
    """The rules of chain FORWARD, or for a host of INPUT and OUTPUT. `topology` lends its address groups, and tells
    which address families matter."""
    tables, notes = _tables(text_of(data, file), file)
    if not tables:
        raise refused(file, None, RulesProblemCode.NO_FILTER_TABLE)
    chains = {}
    bases = []
    for table in tables:
        for name, policy in table.chains.items():
            chain = _chain(table, name, file, interfaces or {})
            chains[chain.key] = chain
            if name in _HOOKS:
                accepts: Literal["accept", "drop"] = "accept" if policy == "ACCEPT" else "drop"
                bases.append(BaseChain(chain, _HOOKS[name], frozenset({table.version}), 0, accepts))
    source = PacketFilter(file=file, format=RulesFormat.IPTABLES, bases=bases, chains=chains, notes=tuple(notes))
    return imported(source, hook, topology)


def _tables(text: str, file: str) -> tuple[list[_Table], list[Note]]:
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise refused(file, None, RulesProblemCode.FILE_EMPTY)
    found: list[_Table] = []
    notes: list[Note] = []
    name = ""
    opened = 0
    announced: int | None = None
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if line.startswith("#"):
            if "tables-save" in line:
                announced = 6 if "ip6tables-save" in line else 4
        elif line.startswith("*"):
            if name:
                raise refused(file, opened, RulesProblemCode.NO_COMMIT, found=name)
            name, opened = line[1:], number
            if name == "filter":
                found.append(_Table(announced or _family(lines, number), number))
        elif line == "COMMIT" and name:
            name = ""
        elif line and name == "filter":
            _filter_line(found[-1], number, line, file)
        elif line.startswith("-A") and name == "nat" and not any(note.code is NoteCode.TRANSLATION for note in notes):
            notes.append(Note(NoteCode.TRANSLATION, (("place", f"{file}:{number}"),)))
        elif line and not name:
            raise refused(file, number, RulesProblemCode.BAD_LINE, found=line)
    if name:
        raise refused(file, opened, RulesProblemCode.NO_COMMIT, found=name)
    if len({table.version for table in found}) < len(found):
        raise refused(file, found[-1].number, RulesProblemCode.BAD_LINE, found="*filter")
    return found, notes


def _family(lines: list[str], start: int) -> int:
    """The family of a table whose program did not write its name: IPv6 if any of its lines can only be that."""
    for line in lines[start:]:
        if line.strip() == "COMMIT":
            break
        if _IPV6_SIGNS.search(line):
            return 6
    return 4


def _filter_line(table: _Table, number: int, line: str, file: str) -> None:
    if line.startswith(":"):
        words = line[1:].split()
        if len(words) < 2:
            raise refused(file, number, RulesProblemCode.BAD_LINE, found=line)
        table.chains[words[0]] = words[1]
        return
    bare = _COUNTERS.sub("", line, count=1).strip() if line.startswith("[") else line
    try:
        words = shlex.split(bare)
    except ValueError:
        raise refused(file, number, RulesProblemCode.BAD_LINE, found=line) from None
    if len(words) < 2 or words[0] not in ("-A", "--append"):
        raise refused(file, number, RulesProblemCode.BAD_LINE, found=line)
    if words[1] not in table.chains:
        raise refused(file, number, RulesProblemCode.UNKNOWN_CHAIN, found=words[1], where=str(number))
    table.rules.setdefault(words[1], []).append((number, bare, words[2:]))


def _chain(table: _Table, name: str, file: str, interfaces: Interfaces) -> Chain:
    rules = []
    for number, line, words in table.rules.get(name, ()):
        try:
            read = read_rule(words, table.version, interfaces)
        except BadWords as error:
            raise refused(file, number, RulesProblemCode.BAD_LINE, found=str(error) or line) from None
        verdict, target, condition = _outcome(table, read.target, read.goto, read.condition)
        rules.append(ChainRule(f"{file}:{number}", line, condition, verdict, target, f"{name}-{number}", read.comment))
    return Chain((f"ip{table.version}", "filter", name), tuple(rules))


def _outcome(table: _Table, target: str, goto: bool, condition: Condition) -> tuple[Verdict, str, Condition]:
    if target in _FINAL and not goto:
        return _FINAL[target], "", condition
    if target in table.chains:
        if target in _HOOKS:
            return Verdict.UNKNOWN, target, condition
        return (Verdict.GOTO if goto else Verdict.JUMP), target, condition
    if not target or target in _WITHOUT_EFFECT:
        return Verdict.NONE, target, condition
    return Verdict.UNKNOWN, target, doubtful(condition, Doubt(OpaqueReason.VERDICT, target))
