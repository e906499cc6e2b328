"""The firewalls of a topology file as types: sides of a rule, rules, firewalls, paths through them.

Decided here: the fields, their types, defaults and bounds, each checked on its own. Whether references resolve is
decided in `checks`.
A rule's `owner`, `ticket`, `expires`, `comment`, `origin` and `raw` are for whoever reads the file: nothing is decided
by them, and an expired rule still holds.
Never here: what a rule means for a packet; that is the firewall room's.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from vbtui.topology.fields import (
    NAME_PATTERN,
    AddressRange,
    DateField,
    Flag,
    Name,
    Network,
    NetworkField,
    RangeField,
    Text,
    exactly,
)
from vbtui.topology.part import Part
from vbtui.vocabulary import Action, Role


class Selector(Part):
    """One side of a rule. Keys of one selector must all hold; a list of selectors is an alternative."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    any: Annotated[Literal[True], BeforeValidator(exactly(bool))] | None = None
    node: Name | None = None
    role: Role | None = None
    zone: Name | None = None
    cidr: NetworkField | None = None
    range: RangeField | None = None
    network: Name | None = None
    """A group of addresses of the file's `networks:`."""

    @classmethod
    def of_part(cls, part: Network | AddressRange, zone: str | None = None) -> Self:
        """The selector of just these addresses, within a zone if one is given."""
        return cls(zone=zone, range=part) if isinstance(part, AddressRange) else cls(zone=zone, cidr=part)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict | Selector) else value


def meant_side(value: object) -> str | None:
    """What a bare word in the place of a side may have meant: `{any: true}` for `any`, `{cidr: ...}`, `{node: ...}`."""
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 63:
        return None
    if value.casefold() in ("any", "all", "*"):
        return "{any: true}"
    try:
        ip_network(value)
    except ValueError:
        return f"{{node: {value}}}" if re.fullmatch(NAME_PATTERN, value) else None
    return f"{{cidr: {value}}}"


Selectors = Annotated[
    tuple[Selector, ...],
    Field(min_length=1),
    BeforeValidator(_listed, json_schema_input_type=Selector | Annotated[tuple[Selector, ...], Field(min_length=1)]),
]


class Rule(Part):
    """One rule. `services` holds literal services and names of the file's `services:`; `any` is every service.

    A rule with the action `unknown` is opaque: it was imported and not understood. Its sides and services are the most
    that it could match, and what it does to a flow is not known.
    """

    name: Name
    source: Selectors
    destination: Selectors
    services: tuple[Text, ...] = Field(min_length=1)
    action: Action
    direction: Literal["inbound", "outbound", "both"] = "both"
    """Only for host firewalls."""
    enabled: Flag = True
    owner: Text = ""
    ticket: Text = ""
    expires: DateField | None = None
    comment: Text = ""
    origin: Text = ""
    """Of an imported rule: its file with line, row or handle, `edge.nft:12`."""
    raw: Text = ""
    """Of an opaque rule: its own words, as the imported file has them."""


class HostDefault(Part):
    inbound: Action = Action.DENY
    outbound: Action = Action.ALLOW


def _default_kind(value: Any) -> str:
    return "host" if isinstance(value, dict | HostDefault) else "action"


class Firewall(Part):
    name: Name
    kind: Literal["network", "host"] = "network"
    connects: tuple[Name, ...] = ()
    """Zones that a network firewall joins."""
    evaluation: Literal["first-match", "deny-overrides", "allow-list"] = "first-match"
    stateful: Flag = True
    default: Annotated[
        Annotated[Action, Tag("action")] | Annotated[HostDefault, Tag("host")], Discriminator(_default_kind)
    ] = Action.DENY
    """One action, or for a host firewall one per direction. Unless it is written, a network firewall denies, and a host
    firewall denies what comes in and allows what goes out."""
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _host_default(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") == "host" and "default" not in data:
            return {**data, "default": HostDefault()}
        return data


class Path(Part):
    """The network firewalls that a packet from one zone to another crosses, in order. Holds for both directions."""

    source: Name = Field(alias="from")
    destination: Name = Field(alias="to")
    via: tuple[Name, ...]
    nat: Flag = False
    """Addresses are translated on the way, so that what rules make of a connection is not known."""


class Defaults(Part):
    same_zone: Action = Action.ALLOW
    unlisted_path: Action = Action.DENY
    """Verdict where two zones have no path."""
