"""What an importer hands over: rules of the topology's own kind, and an account of what became of every rule.

Decided here: the shapes and the codes of why a rule is opaque or left out. An importer is a function of bytes or text;
it never guesses: what it does not understand becomes a rule with the action `unknown` whose sides and services are the
most that it could match.
Never here: a file system, a sentence for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from vbtui.topology import AddressRange, Firewall, HostDefault, Network, Rule
from vbtui.vocabulary import Action


class RulesFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    NFT = "nft"
    IPTABLES = "iptables"
    WINDOWS = "windows"


class Hook(StrEnum):
    """Which chains of a Linux machine are read."""

    FORWARD = "forward"
    """A network firewall: what the machine forwards."""
    HOST = "host"
    """A host firewall: chains `input` and `output`."""


class OpaqueReason(StrEnum):
    """Why a rule was not understood. `detail` of the rule holds the words that are meant."""

    MATCH = "match"
    """A condition that is not known here."""
    STATEMENT = "statement"
    """Something that a rule does and that is not known here."""
    VERDICT = "verdict"
    """What becomes of the packet is decided elsewhere: a queue, an unknown target."""
    RATE = "rate"
    """A limit on packets per time or in all."""
    INTERFACE = "interface"
    """An interface that was not mapped to a zone."""
    SOURCE_PORT = "source_port"
    """Only some source ports."""
    SET = "set"
    """A set or map whose elements are not in the file, or of a kind that is not known here."""
    LOOP = "loop"
    """A chain that leads to itself, or chains nested too deep."""
    RETURN = "return"
    """A return whose flows cannot be told from the others."""
    REPLIES = "replies"
    """The rule allows, but whether the replies pass cannot be said."""
    FAMILY = "family"
    """The file holds no rules for this address family."""
    ADDRESS = "address"
    """Neither an address nor a known name."""
    NAME_AMBIGUOUS = "name_ambiguous"
    """A name that more than one part of the topology has."""
    NEGATION = "negation"
    """Negated and plain values in one cell."""
    SERVICE = "service"
    PROTOCOL_MISSING = "protocol_missing"
    """A port without a protocol."""
    ACTION = "action"
    ENABLED = "enabled"
    """Whether the rule is switched on cannot be read."""
    EMPTY_CELL = "empty_cell"
    FORMULA = "formula"
    COLUMN = "column"
    """The rule is limited by a column that has no counterpart: a schedule, users, applications."""
    PROGRAM = "program"
    """Holds for one program, service or package only."""
    SECURITY = "security"
    """Holds for authenticated or encrypted connections, certain users or computers only."""
    KEYWORD = "keyword"
    """A word of Windows whose addresses or ports depend on the machine."""
    CUT_OFF = "cut_off"
    """The value was lost when the file was written."""
    FIELD_MISSING = "field_missing"


class SkipReason(StrEnum):
    """Why a rule was left out: it can never decide about a new TCP or UDP connection over the network."""

    PROTOCOL = "protocol"
    """ICMP and other protocols without ports."""
    STATE = "state"
    """Established, related, invalid: no first packet."""
    LOOPBACK = "loopback"
    NO_VERDICT = "no_verdict"
    """It counts, logs or marks and goes on."""
    NOTHING = "nothing"
    """No flow reaches it or matches it."""
    HEADING = "heading"
    """A row of a sheet without a rule: a title between rules."""
    OTHER_PROFILE = "other_profile"
    """Of Windows: another network profile."""
    COVERED = "covered"
    """Of Windows: an opaque rule that allows what is allowed anyway."""
    INBOUND_OFF = "inbound_off"
    """Of Windows: the profile ignores every rule that allows inbound."""


class NoteCode(StrEnum):
    """What the reader must know although every rule was read. Behind each: its parameters."""

    COLUMN = "column"
    """A column was recognised; `field`, `column`."""
    COLUMN_IGNORED = "column_ignored"
    """`column`."""
    ENCODING = "encoding"
    """Not UTF-8; read as `encoding`."""
    HIDDEN_SHEET = "hidden_sheet"
    """`sheet`."""
    OTHER_SHEET = "other_sheet"
    """A visible sheet that was not read; `sheet`."""
    EXPIRY = "expiry"
    """Days on which rules end that cannot be read were left out; `count`, the first: `found`, `place`."""
    ONE_FAMILY = "one_family"
    """The file decides about one address family only; `missing`: IPv4 or IPv6."""
    TRANSLATION = "translation"
    """The file translates addresses, which rules do not show; `place`."""
    OTHER_CHAIN = "other_chain"
    """A base chain on a hook that was not read can drop packets too; `chain`, `hook`."""
    STATELESS = "stateless"
    """No rule lets replies through by their state."""
    PROFILE = "profile"
    """Of Windows: the profile that was read; `profile`."""
    PROFILE_OFF = "profile_off"
    """Of Windows: the firewall is switched off for this profile; `profile`."""
    RPC = "rpc"
    """Of Windows: the keyword RPC was read as `ports`."""


Param = tuple[str, str | int]


@dataclass(frozen=True, slots=True)
class Note:
    code: NoteCode
    params: tuple[Param, ...] = ()

    def param(self, name: str) -> str | int | None:
        return next((value for key, value in self.params if key == name), None)


@dataclass(frozen=True, slots=True)
class OpaqueRule:
    """A rule of the file that is switched on and was not understood. `rules`: the names of those that stand for it."""

    place: str
    words: str
    reason: OpaqueReason
    detail: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkippedRule:
    place: str
    words: str
    reason: SkipReason


NetworkParts = tuple[Network | AddressRange, ...]


@dataclass(frozen=True, slots=True)
class ImportedRules:
    """The rules of one file, in its order, ready to be a firewall of a topology.

    `evaluation`, `stateful` and `default` are None where the file does not say: a rule sheet is a list of rules only.
    `networks` are the address groups that the rules name and that the topology does not have yet.
    """

    format: RulesFormat
    kind: Literal["network", "host"]
    rules: tuple[Rule, ...]
    networks: Mapping[str, NetworkParts]
    evaluation: Literal["first-match", "deny-overrides", "allow-list"] | None
    stateful: bool | None
    default: Action | HostDefault | None
    read: int
    """Rules of the file that were looked at."""
    opaque: tuple[OpaqueRule, ...] = ()
    skipped: tuple[SkippedRule, ...] = ()
    notes: tuple[Note, ...] = ()

    def firewall(self, name: str, *, connects: tuple[str, ...] = ()) -> Firewall:
        """These rules as a firewall of that name; what the file does not say is as in a topology that leaves it out."""
        written: dict[str, object] = {"name": name, "kind": self.kind, "connects": connects, "rules": self.rules}
        known = {"evaluation": self.evaluation, "stateful": self.stateful, "default": self.default}
        return Firewall.model_validate({**written, **{key: value for key, value in known.items() if value is not None}})
