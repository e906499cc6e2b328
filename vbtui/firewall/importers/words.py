"""Addresses and ports as people and Windows write them.

Decided here: how one word is read. None for a word that is neither; ReversedRange where both ends are clear and turned.
Never here: names, keywords, rows.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from vbtui.firewall.importers.space import Ports, ports_between
from vbtui.topology import AddressRange, Network


class ReversedRange(ValueError):  # noqa: N818 - what is wrong is its name
    """The last of a range comes before the first."""


class PortOutOfRange(ValueError):  # noqa: N818
    """A port above 65535, or 0."""


_DASHES: Final = str.maketrans({"–": "-", "—": "-", "−": "-"})

_PORTS: Final = re.compile(r"(?P<low>[0-9]{1,9})(?:\s*[-:]\s*(?P<high>[0-9]{1,9}))?", re.ASCII)


def address_word(word: str, *, strict: bool) -> Network | AddressRange | None:
    """`10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9`, and their like of IPv6.

    `strict`: bits behind the prefix make it no network. Raises ReversedRange.
    """
    text = word.translate(_DASHES).strip()
    if len(text) > 100 or "%" in text:
        return None
    low, dash, high = text.partition("-")
    try:
        if not dash:
            return ipaddress.ip_network(text, strict=strict)
        first, last = ipaddress.ip_address(low.strip()), ipaddress.ip_address(high.strip())
    except ValueError:
        return None
    if first.version != last.version:
        return None
    if int(first) > int(last):
        raise ReversedRange(text)
    return AddressRange(first, last)


def port_word(word: str) -> Ports | None:
    """`443`, `2500-3300`, `2500:3300`. Raises ReversedRange, PortOutOfRange."""
    match = _PORTS.fullmatch(word.translate(_DASHES).strip())
    if match is None:
        return None
    low = int(match["low"])
    high = int(match["high"] or low)
    if not (1 <= low <= 65535 and 1 <= high <= 65535):
        raise PortOutOfRange(word)
    if low > high:
        raise ReversedRange(word)
    return ports_between(low, high)
