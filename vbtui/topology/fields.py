"""The scalar types of a topology file: names, sizes, addresses, services, dates.

Decided here: how one scalar of the file is read, and with which problem code it is refused. Nothing is coerced: `"4"`
is not a number, `yes` is not a boolean, 64 is not a size. In: one value of the file. Out: its type, or a pydantic error
whose type is a `ProblemCode`.
Never here: anything that needs a second value.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, Strict, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from vbtui.topology.problems import ProblemCode
from vbtui.vocabulary import Service, parse_size

NAME_PATTERN: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}"
"""Names may stand in ids, tables and exported rules, so they hold no blanks, markup or control characters."""

FROM_FILE: Final = "from_file"
"""Key of the validation context under which sizes must carry their unit; code may give bytes."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Addresses of one family from `first` to `last`, both included; written `10.0.0.1-10.0.0.9`."""

    first: Address
    last: Address

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Name = Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]


def _refused(code: ProblemCode, expected: str, **more: str) -> PydanticCustomError:
    return PydanticCustomError(code.value, "{expected}", {"expected": expected, **more})


def exactly(kind: type) -> Callable[[Any], Any]:
    """A check for literals, since `1`, `1.0` and `true` are equal to Python and different in a file."""

    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise _refused(ProblemCode.WRONG_TYPE, "boolean" if kind is bool else "integer")
        return value

    return check


def _size(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and not (info.context or {}).get(FROM_FILE):
        return value
    try:
        return parse_size(value if isinstance(value, str) else "")
    except ValueError:
        raise _refused(ProblemCode.BAD_SIZE, "64MiB") from None


def _service(value: Any) -> Any:
    if isinstance(value, Service):
        return value
    if (code := service_fault(value)) is not None:
        near = {"suggestion": meant} if (meant := meant_service(value)) else {}
        raise _refused(code, "1-65535" if code is ProblemCode.PORT_OUT_OF_RANGE else "tcp/902", **near)
    return Service.parse(value)


_SERVICE_SHAPE = re.compile(r"(tcp|udp)/(?P<low>[0-9]{1,9})(-(?P<high>[0-9]{1,9}))?", re.ASCII)


def service_fault(value: object) -> ProblemCode | None:
    """Why a literal service such as `tcp/902` or `tcp/2500-3300` is malformed, or None."""
    match = _SERVICE_SHAPE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return ProblemCode.BAD_SERVICE
    low = int(match["low"])
    high = int(match["high"] or low)
    if not (1 <= low <= 65535 and 1 <= high <= 65535):
        return ProblemCode.PORT_OUT_OF_RANGE
    return None if low <= high and len(match["low"]) <= 5 and len(match["high"] or "") <= 5 else ProblemCode.BAD_SERVICE


_TURNED = re.compile(r"(?P<ports>[0-9]{1,5}(-[0-9]{1,5})?)(/(?P<protocol>tcp|udp))?", re.ASCII | re.IGNORECASE)


def meant_service(value: object) -> str | None:
    """What a bare port, or one before its protocol, may have meant: `tcp/902` for 902, `udp/53` for `53/udp`."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    match = _TURNED.fullmatch(text)
    if match is None:
        return None
    meant = f"{(match['protocol'] or 'tcp').lower()}/{match['ports']}"
    return meant if service_fault(meant) is None else None


def _address(value: Any) -> Any:
    if isinstance(value, IPv4Address | IPv6Address):
        return value
    try:
        address = ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        raise _refused(ProblemCode.BAD_ADDRESS, "10.0.0.1") from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise _refused(ProblemCode.BAD_ADDRESS, "fd00::1")
    return address


def _network(value: Any) -> Any:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        if not isinstance(value, str) or "%" in value:
            raise ValueError
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise _refused(ProblemCode.BAD_NETWORK, "10.0.0.0/24") from None
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        raise _refused(ProblemCode.HOST_BITS, str(network), suggestion=str(network)) from None


def _range(value: Any) -> Any:
    if isinstance(value, AddressRange):
        return value
    try:
        first, last = (ipaddress.ip_address(end) for end in (value if isinstance(value, str) else "").split("-"))
    except ValueError:
        raise _refused(ProblemCode.BAD_RANGE, "10.0.0.1-10.0.0.9") from None
    if "%" in value or first.version != last.version or int(first) > int(last):
        raise _refused(ProblemCode.BAD_RANGE, "10.0.0.1-10.0.0.9")
    return AddressRange(first, last)


def _network_or_range(value: Any) -> Any:
    return (
        _range(value)
        if isinstance(value, AddressRange) or (isinstance(value, str) and "-" in value)
        else _network(value)
    )


def _date(value: Any) -> Any:
    if type(value) is datetime.date:
        return value
    try:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise _refused(ProblemCode.BAD_DATE, "2027-01-31") from None


def _printable(value: str) -> str:
    if not value.isprintable():
        raise _refused(ProblemCode.NOT_PRINTABLE, "")
    return value


def _as_text(value: object) -> str:
    return str(value)


Text = Annotated[str, Field(max_length=500), AfterValidator(_printable)]

Size = Annotated[
    int,
    BeforeValidator(_size),
    Field(ge=0, le=2**60),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,15}(B|KiB|MiB|GiB|TiB)$"}),
]
"""Bytes; in a file a whole number with a unit, such as `64MiB`."""

ServiceField = Annotated[
    Service,
    BeforeValidator(_service),
    PlainSerializer(_as_text),
    WithJsonSchema({"type": "string", "pattern": "^(tcp|udp)/[0-9]{1,5}(-[0-9]{1,5})?$"}),
]
AddressField = Annotated[
    Address,
    BeforeValidator(_address),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
]
NetworkField = Annotated[
    Network,
    BeforeValidator(_network),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$"}),
]
RangeField = Annotated[
    AddressRange,
    BeforeValidator(_range),
    PlainSerializer(_as_text),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-fA-F.:]+-[0-9a-fA-F.:]+$"}),
]
NetworkOrRangeField = Annotated[
    Network | AddressRange,
    BeforeValidator(_network_or_range),
    PlainSerializer(_as_text),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-fA-F.:]+(/[0-9]{1,3}|-[0-9a-fA-F.:]+)?$"}),
]
"""One entry of a group of addresses: a network, or a range."""
DateField = Annotated[datetime.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
