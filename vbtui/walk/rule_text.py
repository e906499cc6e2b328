"""A rule's name, sides and services as one line of text each, and back: what a person reads and types into a form.

Decided here: how a selector is written in a line (`role:proxy`, `zone:esx`, `10.0.0.0/24`, keys that must all hold
joined by `+`, alternatives by commas), what a word without a key means, and what is wrong with a text that cannot be
read. In: a topology's names, a text. Out: selectors and services, or a `RuleTextError` with a problem's code.
Never here: a sentence, what a rule does to a flow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import count
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from vbtui.topology import ProblemCode, Selector, Topology
from vbtui.topology.fields import NAME_PATTERN, Text, meant_service, service_fault
from vbtui.topology.problems import Param, suggestion, visible
from vbtui.vocabulary import Role

ANY: Final = "any"
"""Every address, or every service."""

_REMARK: Final[TypeAdapter[str]] = TypeAdapter(Text)

MOST: Final = 2000
"""Characters of a text that is read at all; a longer one is no line that a person typed."""


class RuleField(StrEnum):
    """Which part of a rule a text is for."""

    NAME = "name"
    SOURCE = "source"
    DESTINATION = "destination"
    SERVICES = "services"
    OWNER = "owner"
    TICKET = "ticket"


class RuleTextError(ValueError):
    """A text cannot become that part of a rule. `code` and `params` are those of a topology problem."""

    def __init__(self, field: RuleField, code: ProblemCode, params: tuple[Param, ...] = ()) -> None:
        super().__init__(field, code, params)
        self.field = field
        self.code = code
        self.params = params


def selectors_text(selectors: tuple[Selector, ...]) -> str:
    """One side of a rule: `role:proxy, zone:esx+role:esxi_host, 10.0.0.0/24`. `parse_selectors` reads it back."""
    return ", ".join(_selector_text(selector) for selector in selectors)


def _selector_text(selector: Selector) -> str:
    words = [ANY] if selector.any else []
    for key in ("node", "role", "zone", "network"):
        value = getattr(selector, key)
        words += [] if value is None else [f"{key}:{value}"]
    words += [str(value) for value in (selector.cidr, selector.range) if value is not None]
    return "+".join(words)


def nodes_text(names: Iterable[str]) -> str:
    """A side of just these machines; empty for more than fit a line."""
    text = ", ".join(f"node:{name}" for name in names)
    return text if len(text) <= MOST else ""


def parse_selectors(text: str, topology: Topology, field: RuleField) -> tuple[Selector, ...]:
    """One side of a rule. Raises RuleTextError for an empty side, an unknown name or a malformed address."""
    found = []
    for part in _parts(text, field):
        keys: dict[str, Any] = {}
        for word in part.split("+"):
            key, value = _keyed(word.strip(), topology, field)
            if key in keys:
                raise RuleTextError(field, ProblemCode.BAD_VALUE, (("found", visible(part)),))
            keys[key] = value
        try:
            found.append(Selector.model_validate(keys))
        except ValidationError as error:
            raise _refused(field, error) from None
    return tuple(found)


def _parts(text: str, field: RuleField) -> list[str]:
    if len(text) > MOST:
        raise RuleTextError(field, ProblemCode.TOO_MANY, (("expected", MOST), ("found", len(text))))
    parts = [part.strip() for part in text.split(",")]
    parts = [part for part in parts if part]
    if not parts:
        raise RuleTextError(field, ProblemCode.TOO_FEW, (("expected", 1), ("found", 0)))
    return parts


_ADDRESS = re.compile(r"[0-9]{1,3}\.[0-9.]*|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]*")
"""What begins as an address and can be no name of the file."""


def _keyed(word: str, topology: Topology, field: RuleField) -> tuple[str, Any]:
    """The key that a word stands for, and its value."""
    if word == ANY:
        return ANY, True
    known = _known(topology)
    key, colon, name = word.partition(":")
    if colon and key in known:
        if name not in known[key]:
            raise _unknown(field, key, name, known[key])
        return key, name
    if colon and key in ("cidr", "range"):
        return key, name
    for kind, names in known.items():
        if word in names:
            return kind, word
    if "-" in word and _ADDRESS.match(word):
        return "range", word
    if "/" in word or _ADDRESS.match(word):
        return "cidr", word
    raise _unknown(field, "node", word, tuple(name for names in known.values() for name in names))


def _known(topology: Topology) -> dict[str, dict[str, None]]:
    """The names of each key, in the order in which a word without a key is looked up."""
    machines = dict.fromkeys(node.name for node in topology.nodes) | dict.fromkeys(vm.name for vm in topology.vms)
    return {
        "node": machines,
        "role": dict.fromkeys(role.value for role in Role),
        "zone": dict.fromkeys(zone.name for zone in topology.zones),
        "network": dict.fromkeys(topology.networks),
    }


def _unknown(field: RuleField, key: str, name: str, known: Any) -> RuleTextError:
    kind = "machine" if key == "node" else key
    params: tuple[Param, ...] = (("kind", kind), ("found", visible(name)))
    if (meant := suggestion(name, known)) is not None:
        params = (*params, ("suggestion", meant))
    return RuleTextError(field, ProblemCode.UNKNOWN_REFERENCE, params)


def _refused(field: RuleField, error: ValidationError) -> RuleTextError:
    """What the topology's own fields say to a value."""
    detail = error.errors()[0]
    code = detail["type"] if detail["type"] in set(ProblemCode) else ProblemCode.BAD_VALUE
    params = tuple((name, str(value)) for name, value in detail.get("ctx", {}).items() if name in _SHOWN)
    return RuleTextError(field, ProblemCode(code), (*params, ("found", visible(detail["input"]))))


_SHOWN: Final = ("expected", "suggestion")


def parse_services(text: str, topology: Topology) -> tuple[str, ...]:
    """Services of a rule: `tcp/902, tcp/2500-3300`, names of the file's `services:`, or `any`. Raises RuleTextError."""
    field, found = RuleField.SERVICES, []
    for part in _parts(text, field):
        if part != ANY and part not in topology.services and (code := service_fault(part)) is not None:
            raise _bad_service(part, code, topology)
        found.append(part)
    return tuple(dict.fromkeys(found))


def _bad_service(part: str, code: ProblemCode, topology: Topology) -> RuleTextError:
    meant = meant_service(part) or suggestion(part, topology.services)
    near: tuple[Param, ...] = () if meant is None else (("suggestion", meant),)
    if "/" not in part and meant_service(part) is None:
        params: tuple[Param, ...] = (("kind", "service"), ("found", visible(part)), *near)
        return RuleTextError(RuleField.SERVICES, ProblemCode.UNKNOWN_REFERENCE, params)
    expected = "1-65535" if code is ProblemCode.PORT_OUT_OF_RANGE else "tcp/902"
    return RuleTextError(RuleField.SERVICES, code, (("expected", expected), ("found", visible(part)), *near))


def parse_name(text: str, others: Iterable[str]) -> str:
    """A rule's name. Raises RuleTextError for what is no name, or the name of another rule of its firewall."""
    name = text.strip()
    if re.fullmatch(NAME_PATTERN, name) is None:
        raise RuleTextError(RuleField.NAME, ProblemCode.BAD_NAME, (("found", visible(name)),))
    if name in others:
        raise RuleTextError(RuleField.NAME, ProblemCode.DUPLICATE_NAME, (("kind", "rule"), ("found", name)))
    return name


def parse_remark(text: str, field: RuleField) -> str:
    """An owner or a ticket; empty for none. Raises RuleTextError for text that a file must not have."""
    try:
        return _REMARK.validate_python(text.strip())
    except ValidationError as error:
        raise _refused(field, error) from None


def unused_name(others: Iterable[str]) -> str:
    """A name for a new rule: `new-1`, or the first of its kind that is free."""
    taken = frozenset(others)
    return next(name for number in count(1) if (name := f"new-{number}") not in taken)
